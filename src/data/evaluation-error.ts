/** How evaluators inside `data` fail: thrown here, caught in one place, where the engine makes it a state's failure. */

import type { StatesErrorName } from "../asl/error-names.ts";

/** @see https://states-language.net/spec.html#errors for the names */
export class EvaluationError extends Error {
  readonly error: StatesErrorName;
  override readonly cause: string;
  /** The field, as in `Output/total`, where a JSONata expression stands; AWS reports such a failure in an event of its own. */
  readonly location: string | undefined;
  /** Whether the cause stands by itself, without a sentence that says where it happened. */
  readonly isComplete: boolean;

  constructor(error: StatesErrorName, cause: string, location?: string, isComplete = false) {
    super(`${error}: ${cause}`);
    this.name = "EvaluationError";
    this.error = error;
    this.cause = cause;
    this.location = location;
    this.isComplete = isComplete;
  }
}

/** The cause as AWS words it for a state that was entered at that event. */
export function causeIn(stateName: string, enteredEventId: number, { cause, isComplete }: EvaluationError): string {
  if (isComplete) return cause;
  return `An error occurred while executing the state '${stateName}' (entered at the event id #${enteredEventId}). ${cause}`;
}
