/** How a Map Run fails over its data set or its results. Anything else that is thrown is the platform's, and may pass. */

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
