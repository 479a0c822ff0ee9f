/**
 * The history of an execution, in AWS's own event types and details.
 * @see https://docs.aws.amazon.com/step-functions/latest/apireference/API_HistoryEvent.html
 */

type StateKind = "Pass" | "Task" | "Choice" | "Wait" | "Succeed" | "Parallel" | "Map";

export type HistoryEventType =
  | "ExecutionStarted"
  | "ExecutionSucceeded"
  | "ExecutionFailed"
  | "ExecutionTimedOut"
  | "ExecutionAborted"
  | "ExecutionRedriven"
  | `${StateKind}StateEntered`
  | `${StateKind}StateExited`
  | "FailStateEntered"
  | "TaskScheduled"
  | "TaskStarted"
  | "TaskSubmitted"
  | "TaskSubmitFailed"
  | "TaskSucceeded"
  | "TaskFailed"
  | "TaskTimedOut"
  | "ActivityScheduled"
  | "ActivityScheduleFailed"
  | "ActivityStarted"
  | "ActivitySucceeded"
  | "ActivityFailed"
  | "ActivityTimedOut"
  | "LambdaFunctionScheduled"
  | "LambdaFunctionStarted"
  | "LambdaFunctionSucceeded"
  | "LambdaFunctionFailed"
  | "LambdaFunctionTimedOut"
  | "ParallelStateStarted"
  | "ParallelStateSucceeded"
  | "ParallelStateFailed"
  | "ParallelStateAborted"
  | "MapStateStarted"
  | "MapStateSucceeded"
  | "MapStateFailed"
  | "MapStateAborted"
  | "MapRunStarted"
  | "MapRunSucceeded"
  | "MapRunFailed"
  | "MapRunAborted"
  | "MapRunRedriven"
  | "MapIterationStarted"
  | "MapIterationSucceeded"
  | "MapIterationFailed"
  | "MapIterationAborted"
  | "TaskStateAborted"
  | "WaitStateAborted"
  | "EvaluationFailed";

/** The one details member of an event, under AWS's member name; payloads are JSON text. */
export type HistoryEventDetails = Readonly<Record<string, unknown>>;

export interface HistoryEvent {
  readonly id: number;
  readonly previousEventId: number;
  readonly type: HistoryEventType;
  /** Epoch milliseconds; the wire shows seconds. */
  readonly timestamp: number;
  /** Such as `stateEnteredEventDetails`; absent for the events that carry nothing (TaskStarted has one, LambdaFunctionStarted none). */
  readonly detailsName?: string;
  readonly details?: HistoryEventDetails;
}
