/** What can be said about a text. */
import type { FunctionHandler } from "../../src/runtime/tasks/functions.ts";
import { errorNamed, textIn } from "../input.ts";

const checkDocument: FunctionHandler = (input) => {
  const text = textIn(input, "document");
  if (text.trim() === "") throw errorNamed("EmptyDocument", "There is no text in the document.");
  return { characters: text.length };
};

const countWords: FunctionHandler = (input) => ({
  words: textIn(input, "document")
    .split(/\s+/u)
    .filter((word) => word !== "").length,
});

const findTitle: FunctionHandler = (input) => ({ title: textIn(input, "document").split("\n")[0] ?? "" });

export const stagesFunctions: Readonly<Record<string, FunctionHandler>> = {
  "check-document": checkDocument,
  "count-words": countWords,
  "find-title": findTitle,
};
