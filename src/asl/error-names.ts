/**
 * The States Language's error names, and which of them a Retrier's or Catcher's ErrorEquals matches.
 * @see https://states-language.net/spec.html#appendix-a
 */

const NAMES = [
  "States.ALL",
  "States.BranchFailed",
  "States.DataLimitExceeded",
  "States.ExceedToleratedFailureThreshold",
  "States.HeartbeatTimeout",
  "States.IntrinsicFailure",
  "States.ItemReaderFailed",
  "States.NoChoiceMatched",
  "States.ParameterPathFailure",
  "States.Permissions",
  "States.QueryEvaluationError",
  "States.ResultPathMatchFailure",
  "States.ResultWriterFailed",
  "States.Runtime",
  "States.TaskFailed",
  "States.Timeout",
] as const;

export type StatesErrorName = (typeof NAMES)[number];

/** Whether the name is the language's own; those of HTTP Tasks carry a status code. */
export function isStatesErrorName(name: string): boolean {
  return (NAMES as readonly string[]).includes(name) || name.startsWith("States.Http.");
}

/** A failed state: what Retry and Catch see, and what ExecutionFailed reports. Either part may be absent (a bare Fail state). */
export interface StateFailure {
  readonly error?: string;
  readonly cause?: string;
  /** Of a States.Timeout: it was the heartbeat that was missed. */
  readonly missedHeartbeat?: true;
}

/**
 * Whether ErrorEquals names the failure. A States.Runtime failure is matched by nothing: it always ends the execution.
 * States.ALL matches every other failure (States.DataLimitExceeded of a task's result included, as AWS does, whatever its
 * guide says); States.TaskFailed all of them but a timeout; a missed heartbeat is a
 * States.Timeout, which States.HeartbeatTimeout matches, too.
 */
export function matchesError(failure: StateFailure, errorEquals: readonly string[]): boolean {
  const { error } = failure;
  if (error === "States.Runtime") return false;
  return errorEquals.some((name) => {
    if (name === error || name === "States.ALL") return true;
    if (name === "States.TaskFailed") return error !== "States.Timeout" && error !== "States.HeartbeatTimeout";
    if (name === "States.Timeout") return error === "States.HeartbeatTimeout";
    return name === "States.HeartbeatTimeout" && failure.missedHeartbeat === true;
  });
}
