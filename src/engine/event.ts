/** Everything that can happen to an execution from outside. Past tense: it has happened, the engine decides what follows. */
import type { StateFailure } from "../asl/error-names.ts";
import type { Payload } from "../data/payload.ts";
import type { BranchId, TaskId, TimerId } from "./execution.ts";

/** A timer as it was set; without a branch it is the execution's own timeout. */
export interface DueTimer {
  readonly timerId: TimerId;
  readonly branchId?: BranchId;
}

/** What a Map Run came to. */
export type MapRunResult = { readonly output: Payload } | { readonly failure: StateFailure };

export type ExecutionEvent =
  | { readonly type: "ExecutionStarted" }
  /** The rest of a turn that was cut, as `ContinueTurn` asked for. */
  | { readonly type: "TurnContinued" }
  /** All timers that were due at the same moment, in the order in which they were due. */
  | { readonly type: "TimersFired"; readonly timers: readonly DueTimer[] }
  /** A worker takes the task from its activity's queue; again, where the answer that told it was lost. */
  | { readonly type: "TaskStarted"; readonly taskId: TaskId; readonly workerName?: string }
  /** The call was answered, but the task goes on: until a callback, or until the work it began ends. */
  | { readonly type: "TaskSubmitted"; readonly taskId: TaskId; readonly output: Payload }
  | { readonly type: "TaskSucceeded"; readonly taskId: TaskId; readonly output: Payload }
  | {
      readonly type: "TaskFailed";
      readonly taskId: TaskId;
      readonly failure: StateFailure;
      /** The call may have been heard all the same: what it asked for may go on. */
      readonly isUncertain?: true;
    }
  | { readonly type: "TaskHeartbeatReceived"; readonly taskId: TaskId }
  /** The Map Run does what it was asked to, with how often it had been redriven then: a later redrive asks anew. */
  | { readonly type: "MapRunAccepted"; readonly mapRunArn: string; readonly redriveCount: number }
  /** With how often it had been redriven: the end that a redrive took back belongs to the past. */
  | {
      readonly type: "MapRunEnded";
      readonly mapRunArn: string;
      readonly redriveCount: number;
      readonly result: MapRunResult;
    }
  | { readonly type: "ExecutionStopped"; readonly failure: StateFailure }
  /** It has been open for as long as an execution may be. */
  | { readonly type: "ExecutionExpired" }
  /** To be taken up again where it failed; changes nothing while it runs, and when it has succeeded. */
  | { readonly type: "ExecutionRedriven" };
