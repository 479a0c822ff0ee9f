/** A film lab: the scanner jams at frame 42, and frame 77 comes out dark. */
import type { FunctionHandler } from "../../src/runtime/tasks/functions.ts";
import { errorNamed, listIn, numberIn, objectIn, partOf, textIn } from "../input.ts";

const JAMMED_FRAME = 42;
const DARK_FRAME = 77;

const developImage: FunctionHandler = (input, { retryCount }) => {
  const frame = numberIn(input, "frame");
  if (frame === JAMMED_FRAME && retryCount === 0) throw errorNamed("ScannerJam", `The scanner jammed at ${frame}.`);
  const brightness = frame === DARK_FRAME ? 7 : 30 + ((frame * 31) % 60);
  return { name: `${textIn(input, "film")}-${String(frame).padStart(3, "0")}.png`, brightness };
};

/** "Sends" the question: it writes it to the log, with the link that answers it. */
const askImageReviewer: FunctionHandler = (input) => {
  const to = textIn(input, "to");
  console.log(`To ${to}: ${textIn(objectIn(input, "Approval"), "Title")}\n  ${textIn(input, "link")}`);
  return { asked: to };
};

const sumUpFilm: FunctionHandler = (input) => {
  const kept = listIn(input, "images").filter((image) => partOf(image, "kept") === true);
  return { film: textIn(input, "film"), images: listIn(input, "images").length, kept: kept.length };
};

export const imagePipelineFunctions: Readonly<Record<string, FunctionHandler>> = {
  "develop-image": developImage,
  "ask-image-reviewer": askImageReviewer,
  "sum-up-film": sumUpFilm,
};
