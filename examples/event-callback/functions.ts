/** A laboratory. */
import type { FunctionHandler } from "../../src/runtime/tasks/functions.ts";
import { errorNamed, numberIn } from "../input.ts";

const NORMAL = { from: 60, to: 170 };

const lookAtSample: FunctionHandler = (input) => {
  const iron = numberIn(input, "iron");
  if (iron < 0) throw errorNamed("UnreadableSample", "The sample is spoiled.");
  return { text: iron < NORMAL.from ? "too little iron" : iron > NORMAL.to ? "too much iron" : "all is well" };
};

export const eventCallbackFunctions: Readonly<Record<string, FunctionHandler>> = { "look-at-sample": lookAtSample };
