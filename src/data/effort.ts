/**
 * What a piece of work, such as a state's start, spends on its paths, functions and expressions: counted and bounded, so
 * that none can occupy the isolate it shares. Steps are counted, because a clock stands still while a Worker computes.
 */
import type { Json } from "../asl/json.ts";
import { EvaluationError } from "./evaluation-error.ts";
import { Extents } from "./extents.ts";

export interface Effort {
  steps: number;
}

/** A step takes some fifty nanoseconds: a fifth of a second in all, on a machine of today. */
export const MAX_STEPS = 4_000_000;
/** What it costs to hand a text on, or to compare it. */
export const CHARACTERS_PER_STEP = 16;
/** What it costs to write a value out, and to measure what was written. */
const WRITTEN_PER_STEP = 4;

/** Characters of JSON, roughly: several times what a payload may have. */
export const MAX_SIZE = 4_194_304;
/** As deep as a text of JSON may be that comes from outside. */
const MAX_DEPTH = 1000;

/** Adds to the effort; answers whether it is still within its bound. */
export function spend(effort: Effort, steps: number): boolean {
  effort.steps += steps;
  return effort.steps <= MAX_STEPS;
}

/** The same for paths and intrinsic functions. @throws EvaluationError States.Runtime */
export function spendOnPaths(effort: Effort, steps: number): void {
  if (spend(effort, steps)) return;
  throw new EvaluationError("States.Runtime", `The state's paths and functions took more than ${MAX_STEPS} steps`);
}

/** Values of JSON do not change. */
const extents = new Extents(MAX_DEPTH, () => {
  throw new EvaluationError("States.Runtime", `A value is nested more than ${MAX_DEPTH} levels deep`);
});

/** Characters of the value's JSON, roughly; in no more time than its parts are many, whatever they share. */
export function sizeOf(value: Json): number {
  return extents.of(value).size;
}

/** For a walk over the whole value, such as writing it out, whatever parts it shares with others. @throws EvaluationError States.Runtime */
export function spendOnValue(effort: Effort, value: Json): void {
  const { size } = extents.of(value);
  if (size > MAX_SIZE) throw new EvaluationError("States.Runtime", `A value grew larger than ${MAX_SIZE} characters`);
  spendOnPaths(effort, Math.ceil(size / WRITTEN_PER_STEP));
}
