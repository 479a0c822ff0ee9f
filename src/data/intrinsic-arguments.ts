/** The evaluated arguments of an intrinsic call, read by kind, and how a call fails. */
import type { IntrinsicName } from "../asl/intrinsic.ts";
import { isArray, isObject, type Json, type JsonArray, type JsonObject } from "../asl/json.ts";
import { EvaluationError } from "./evaluation-error.ts";

/**
 * The guide says States.IntrinsicFailure; executions on AWS have been seen to fail with this name instead.
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
 */
const INTRINSIC_FAILURE = "States.Runtime";

/** @param expression the outermost call, as written */
export function intrinsicFailure(expression: string, reason: string): EvaluationError {
  return new EvaluationError(INTRINSIC_FAILURE, `The function '${expression}' had the following error: ${reason}`);
}

const ORDINALS = ["first", "second", "third"] as const;

/** No function that reads its arguments one by one has more. */
type Position = 0 | 1 | 2;

export class Arguments {
  readonly #name: IntrinsicName;
  readonly #values: readonly Json[];
  readonly #expression: string;

  constructor(name: IntrinsicName, values: readonly Json[], expression: string) {
    this.#name = name;
    this.#values = values;
    this.#expression = expression;
  }

  get count(): number {
    return this.#values.length;
  }

  /** Those from the position on. */
  from(position: number): readonly Json[] {
    return this.#values.slice(position);
  }

  /** Their number was checked when the call was parsed. */
  at(position: Position): Json {
    return this.#values[position] as Json;
  }

  string(position: Position): string {
    const value = this.at(position);
    if (typeof value !== "string") throw this.#mistaken(position, "a string");
    return value;
  }

  number(position: Position): number {
    const value = this.at(position);
    if (typeof value !== "number") throw this.#mistaken(position, "a number");
    return value;
  }

  /** A number without its fraction. AWS documents rounding, but was seen to truncate everywhere but in MathAdd. */
  integer(position: Position): number {
    // Adding zero turns -0 into 0.
    return Math.trunc(this.number(position)) + 0;
  }

  array(position: Position): JsonArray {
    const value = this.at(position);
    if (!isArray(value)) throw this.#mistaken(position, "an array");
    return value;
  }

  object(position: Position): JsonObject {
    const value = this.at(position);
    if (!isObject(value)) throw this.#mistaken(position, "a JSON object");
    return value;
  }

  /** AWS says `Invalid arguments in States.X` and no more; the reason is ours. */
  failure(reason: string): EvaluationError {
    return intrinsicFailure(this.#expression, `Invalid arguments in ${this.#name}: ${reason}`);
  }

  /** For a template that does not parse. */
  templateFailure(reason: string): EvaluationError {
    return intrinsicFailure(this.#expression, `Invalid template in ${this.#name}: ${reason}`);
  }

  #mistaken(position: Position, expected: string): EvaluationError {
    return this.failure(`the ${ORDINALS[position]} argument must be ${expected}`);
  }
}
