/** How a Map Run fails over its data set or its results. Anything else that is thrown is the platform's, and may pass. */
import type { StateFailure } from "../../asl/error-names.ts";

export class ItemReaderFailure extends Error {
  readonly error = "States.ItemReaderFailed";
  override readonly cause: string;

  constructor(cause: string) {
    super(cause);
    this.name = "ItemReaderFailure";
    this.cause = cause;
  }
}

export class ResultWriterFailure extends Error {
  readonly error = "States.ResultWriterFailed";
  override readonly cause: string;

  constructor(cause: string) {
    super(cause);
    this.name = "ResultWriterFailure";
    this.cause = cause;
  }
}

/** The failure of a Map Run whose object has no room left. */
export const OBJECT_FULL: StateFailure = {
  error: "States.DataLimitExceeded",
  cause: "The Map Run was ended: its items and the results of its children exceed what its object can hold.",
};
