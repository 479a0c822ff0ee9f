/** Image processing on made-up pixels: the same name and size always give the same image. */
import type { FunctionHandler } from "../../src/runtime/tasks/functions.ts";
import { numberIn, objectIn, textIn } from "../input.ts";

const THUMBNAIL_PIXELS = 96;
const MAX_SIDE_PIXELS = 512;

const ImageProcessorFunction: FunctionHandler = async (input) => {
  const name = textIn(input, "name");
  const width = Math.min(numberIn(input, "width"), MAX_SIDE_PIXELS);
  const height = Math.min(numberIn(input, "height"), MAX_SIDE_PIXELS);
  const pixels = drawPixels(name, width * height);
  // Long enough that the timeline shows how many run at the same time.
  await scheduler.wait(150);
  const scale = Math.min(1, THUMBNAIL_PIXELS / Math.max(width, height));
  return {
    name,
    sizeBytes: pixels.length,
    checksum: checksumOf(pixels).toString(16).padStart(8, "0"),
    brightness: Math.round(pixels.reduce((sum, gray) => sum + gray, 0) / pixels.length),
    thumbnail: { width: Math.round(width * scale), height: Math.round(height * scale) },
  };
};

/** Its input is what the Map gives: one answer of `lambda:invoke` per image, in the order of the images. */
const AggregateFunction: FunctionHandler = (input) => {
  const images = (Array.isArray(input) ? input : []).map((answer) => objectIn(answer, "Payload"));
  const byBrightness = images.toSorted((a, b) => numberIn(b, "brightness") - numberIn(a, "brightness"));
  return {
    images: images.length,
    totalBytes: images.reduce((sum, image) => sum + numberIn(image, "sizeBytes"), 0),
    brightest: byBrightness[0] === undefined ? null : textIn(byBrightness[0], "name"),
    checksums: Object.fromEntries(images.map((image) => [textIn(image, "name"), textIn(image, "checksum")])),
  };
};

/** One gray value per pixel. */
function drawPixels(name: string, count: number): Uint8Array {
  let seed = checksumOf(new TextEncoder().encode(name));
  return Uint8Array.from({ length: count }, () => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return seed >>> 24;
  });
}

/** FNV-1a, 32 bits. */
function checksumOf(bytes: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash;
}

export const imageMapFunctions: Readonly<Record<string, FunctionHandler>> = {
  AggregateFunction,
  ImageProcessorFunction,
};
