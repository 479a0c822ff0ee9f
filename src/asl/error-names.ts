/**
 * The States Language's error names, and which of them a Retrier's or Catcher's ErrorEquals matches.
 * @see https://states-language.net/spec.html#appendix-a
 */

export type StatesErrorName =
  | "States.ALL"
  | "States.BranchFailed"
  | "States.DataLimitExceeded"
  | "States.ExceedToleratedFailureThreshold"
  | "States.HeartbeatTimeout"
  | "States.IntrinsicFailure"
  | "States.ItemReaderFailed"
  | "States.NoChoiceMatched"
  | "States.ParameterPathFailure"
  | "States.Permissions"
  | "States.QueryEvaluationError"
  | "States.ResultPathMatchFailure"
  | "States.ResultWriterFailed"
  | "States.Runtime"
  | "States.TaskFailed"
  | "States.Timeout";

/** A failed state: what Retry and Catch see, and what ExecutionFailed reports. Either part may be absent (a bare Fail state). */
export interface StateFailure {
  readonly error?: string;
  readonly cause?: string;
}
