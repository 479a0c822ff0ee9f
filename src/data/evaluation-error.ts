/** How evaluators inside `data` fail: thrown here, caught in one place, where the engine makes it a state's failure. */

import type { StatesErrorName } from "../asl/error-names.ts";

/** @see https://states-language.net/spec.html#errors for the names */
export class EvaluationError extends Error {
  readonly error: StatesErrorName;
  override readonly cause: string;
  /** The field, as in `Output/total`, where a JSONata expression stands; AWS reports such a failure in an event of its own. */
  readonly location: string | undefined;

  constructor(error: StatesErrorName, cause: string, location?: string) {
    super(`${error}: ${cause}`);
    this.name = "EvaluationError";
    this.error = error;
    this.cause = cause;
    this.location = location;
  }
}
