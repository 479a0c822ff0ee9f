/** The words of hostile tests: an expression is evaluated, and what it cost is seen. */
import { memberOf, type Json } from "../../src/asl/json.ts";
import { parseExpression } from "../../src/asl/jsonata-expression.ts";
import { parseIntrinsic } from "../../src/asl/intrinsic.ts";
import { parseJsonPath } from "../../src/asl/json-path.ts";
import { LEAST_STEPS } from "../../src/data/effort.ts";
import { EvaluationError } from "../../src/data/evaluation-error.ts";
import { evaluateIntrinsic } from "../../src/data/intrinsics.ts";
import { evaluatePath } from "../../src/data/json-path.ts";
import { evaluateExpression } from "../../src/data/jsonata.ts";
import { Scope } from "../../src/data/scope.ts";

export interface Ended {
  readonly value?: Json | undefined;
  readonly error?: string;
  readonly cause?: string;
  /** What was counted, the charge that was too much not included. */
  readonly steps: number;
}

/** Counts, and never shows more than the bound: a charge that exceeds it is refused before the work. */
class Counter {
  allowed?: number;
  #steps = 0;
  #done = 0;

  get bound(): number {
    return this.allowed ?? LEAST_STEPS;
  }

  get steps(): number {
    return this.#steps;
  }

  set steps(steps: number) {
    if (this.#steps <= this.bound) this.#done = this.#steps;
    this.#steps = steps;
  }

  get done(): number {
    return this.#steps <= this.bound ? this.#steps : this.#done;
  }
}

export async function ended(
  work: (scope: Scope) => Json | undefined | Promise<Json>,
  input: Json = {},
  variables: Readonly<Record<string, Json>> = {},
): Promise<Ended> {
  const effort = new Counter();
  const source = {
    context: (): Json => ({ Execution: { Name: "run-1" } }),
    variable: (name: string): Json | undefined => memberOf(variables, name),
    variables: () => variables,
    entropy: { random: () => 0.5, uuid: () => "uuid-1" },
    at: 0,
    effort,
  };
  try {
    return { value: await work(new Scope(input, source)), steps: effort.done };
  } catch (thrown) {
    if (!(thrown instanceof EvaluationError)) throw thrown;
    return { error: thrown.error, cause: thrown.cause, steps: effort.done };
  }
}

export async function endOfJsonata(source: string, input: Json = {}): Promise<Ended> {
  const expression = parseExpression(`{% ${source} %}`);
  if (typeof expression === "string") throw new Error(`refused: ${expression}`);
  return ended((scope) => evaluateExpression(expression, "Output", scope), input);
}

export async function endOfPath(text: string, input: Json = {}): Promise<Ended> {
  const path = parseJsonPath(text);
  if (path === undefined) throw new Error(`refused: ${text.slice(0, 200)}`);
  return ended((scope) => evaluatePath(path, scope), input);
}

export async function endOfIntrinsic(text: string, input: Json = {}): Promise<Ended> {
  const call = parseIntrinsic(text);
  if (call === undefined) throw new Error(`refused: ${text.slice(0, 200)}`);
  return ended((scope) => evaluateIntrinsic(call, scope, scope.entropy), input);
}

export const zeros = (count: number): number[] => Array.from({ length: count }, () => 0);
export const numbers = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
