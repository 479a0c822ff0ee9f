/** Two looks at one album, and what they say together. */
import type { FunctionHandler } from "../../src/runtime/tasks/functions.ts";
import { listIn, numberIn, objectIn, partOf, textIn } from "../input.ts";

const processImages: FunctionHandler = (input) => {
  const names = listIn(input, "images").map(String);
  return { images: names.length, longestName: names.toSorted((a, b) => b.length - a.length)[0] ?? null };
};

const processMetadata: FunctionHandler = (input) => {
  const formats = new Map<string, number>();
  for (const name of listIn(input, "images").map(String)) {
    const format = name.slice(name.lastIndexOf(".") + 1);
    formats.set(format, (formats.get(format) ?? 0) + 1);
  }
  return { album: textIn(input, "album"), formats: Object.fromEntries(formats) };
};

const aggregateResults: FunctionHandler = (input) => {
  const [images, metadata] = Array.isArray(input) ? input : [];
  const album = textIn(metadata, "album");
  const formats = Object.keys(objectIn(metadata, "formats")).sort().join(" and ");
  const count = numberIn(images, "images");
  return {
    title: `${album}: ${count} images, ${formats}`,
    album,
    images: count,
    longestName: partOf(images, "longestName") ?? null,
  };
};

export const parallelFunctions: Readonly<Record<string, FunctionHandler>> = {
  "process-images": processImages,
  "process-metadata": processMetadata,
  "aggregate-results": aggregateResults,
};
