/** How evaluators inside `data` fail: thrown here, caught in one place, where the engine makes it a state's failure. */

/** @see https://states-language.net/spec.html#errors for the names */
export class EvaluationError extends Error {
  /** Such as `States.Runtime`. */
  readonly error: string;
  override readonly cause: string;

  constructor(error: string, cause: string) {
    super(`${error}: ${cause}`);
    this.name = "EvaluationError";
    this.error = error;
    this.cause = cause;
  }
}
