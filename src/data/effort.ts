/**
 * What a piece of work, such as a state's start, spends on its paths, functions and expressions: counted and bounded, so
 * that none can occupy the isolate it shares. Steps are counted, because a clock stands still while a Worker computes.
 */
import type { Json } from "../asl/json.ts";
import { EvaluationError } from "./evaluation-error.ts";
import { Extents } from "./extents.ts";

export interface Effort {
  steps: number;
  /** What was last found to be allowed; absent as long as nobody had to ask. */
  allowed?: number;
  /** What is allowed at the most, with data to match; absent: MAX_STEPS. */
  readonly most?: number;
}

/** @param most what is allowed at the most; with little data it is in proportion less */
export function newEffort(most: number = MAX_STEPS): Effort {
  return most === MAX_STEPS ? { steps: 0 } : { steps: 0, most, allowed: (LEAST_STEPS * most) / MAX_STEPS };
}

/** Who spends: the effort, and the data that it is spent on. */
export interface Spender {
  readonly effort: Effort;
  readonly input: Json;
  readonly context: Json;
  readonly variables?: Readonly<Record<string, Json>>;
  /** What a task gave. */
  readonly answer?: { readonly result?: Json };
}

/**
 * What is allowed whatever the data, unless a quota says otherwise. A step takes some thirty nanoseconds on a machine of
 * today.
 */
export const LEAST_STEPS = 1_200_000;
/** More data may take more work, up to MAX_STEPS: sixty thousand characters have it. */
const STEPS_PER_CHARACTER = 8;
/** What is allowed at the most. */
export const MAX_STEPS = 1_700_000;
/** What it costs to hand a text on, or to compare it. */
export const CHARACTERS_PER_STEP = 16;
/** What it costs to write a value out, and to measure what was written. */
const WRITTEN_PER_STEP = 4;

/** Characters of JSON, roughly: several times what a payload may have. */
export const MAX_SIZE = 4_194_304;
/** As deep as a text of JSON may be that comes from outside. */
const MAX_DEPTH = 1000;

/** Adds to the effort; answers whether it is still within its bound. */
export function spend(spender: Spender, steps: number): boolean {
  const { effort } = spender;
  effort.steps += steps;
  if (effort.steps <= (effort.allowed ?? LEAST_STEPS)) return true;
  // Data is measured only here, so that ordinary work pays nothing for it.
  effort.allowed = allowedTo(spender);
  return effort.steps <= effort.allowed;
}

function allowedTo({ effort, input, context, variables = {}, answer }: Spender): number {
  const data = [input, context, answer?.result ?? null, ...Object.values(variables)];
  const characters = data.reduce<number>((sum, value) => sum + sizeOf(value), 0);
  const allowed = Math.min(MAX_STEPS, LEAST_STEPS + characters * STEPS_PER_CHARACTER);
  return Math.round((allowed * (effort.most ?? MAX_STEPS)) / MAX_STEPS);
}

/** The same for paths and intrinsic functions. @throws EvaluationError States.Runtime */
export function spendOnPaths(spender: Spender, steps: number): void {
  if (spend(spender, steps)) return;
  const { allowed } = spender.effort;
  throw new EvaluationError(
    "States.Runtime",
    `The state's paths and functions took more than ${allowed} steps (the quota EvaluationSteps)`,
  );
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
export function spendOnValue(spender: Spender, value: Json): void {
  const { size } = extents.of(value);
  if (size > MAX_SIZE) throw new EvaluationError("States.Runtime", `A value grew larger than ${MAX_SIZE} characters`);
  spendOnPaths(spender, Math.ceil(size / WRITTEN_PER_STEP));
}
