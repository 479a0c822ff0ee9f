/** A letter scale. */
import type { FunctionHandler } from "../../src/runtime/tasks/functions.ts";
import { numberIn } from "../input.ts";

const GRAMS_OF_A_SHEET = 5;

const weighLetter: FunctionHandler = (input) => ({ grams: numberIn(input, "sheets") * GRAMS_OF_A_SHEET });

export const observedFunctions: Readonly<Record<string, FunctionHandler>> = { "weigh-letter": weighLetter };
