/**
 * The contract between the API and the object of one Standard execution.
 *
 * C1. Methods answer values; a caller's mistake is `{ ok: false }`, never an exception (an exception would not undo writes).
 * C2. Requests carry a version: the Worker and the object may run different code for minutes during a deployment.
 * C3. Moments are epoch milliseconds; JSON payloads are text, exactly as the caller sent them.
 */
import type { HistoryEvent } from "../engine/history-event.ts";
import type { Approval, ApprovalQuestion, GivenDecision } from "./approvals.ts";
import type { MapRunOutcome } from "./map/map-run-rpc.ts";
import type { ExecutionQuotas } from "../engine/quotas.ts";
import type { ExecutionIndexEntry } from "./execution-index.ts";

export type ExecutionStatus = "RUNNING" | "SUCCEEDED" | "FAILED" | "TIMED_OUT" | "ABORTED" | "PENDING_REDRIVE";

/** Why an object refused, in the API's own error names. */
export type RefusalName =
  | "ExecutionAlreadyExists"
  | "ExecutionDoesNotExist"
  | "ExecutionNotRedrivable"
  | "InvalidToken"
  | "ResourceNotFound"
  | "TaskDoesNotExist"
  | "TaskTimedOut";

export type Answer<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: RefusalName; readonly message: string };

/** The Map Run whose child an execution is, and its place there. */
export interface MapRunPlace {
  readonly mapRunArn: string;
  readonly chunk: number;
  readonly position: number;
  /** The last redrive of the Map Run that took the child up, or began it; absent: it was begun before that was noted. */
  readonly epoch?: number;
}

/** A task of another execution. */
export interface Waiter {
  readonly executionArn: string;
  readonly taskId: string;
}

/** One that waits for this one's end. */
export interface Watcher extends Waiter {
  /** Whether its result shows input and output as JSON (`.sync:2`) rather than as texts (`.sync`). */
  readonly parseOutput: boolean;
}

/** What the executions of a Map Run have from the one that it belongs to. */
export interface Inherited {
  /** How many requests of tasks led to each other until it was started; absent: none. */
  readonly callDepth?: number;
  /** See redaction: JSON text; absent: nothing is hidden. */
  readonly redactedPaths?: string;
}

export interface StartRequest extends Inherited {
  readonly version: 1;
  readonly executionArn: string;
  readonly name: string;
  readonly stateMachineArn: string;
  readonly stateMachineName: string;
  readonly stateMachineVersionArn?: string;
  readonly stateMachineAliasArn?: string;
  readonly roleArn: string;
  /** Pinned for the life of the execution. */
  readonly revisionId: string;
  readonly definition: string;
  /** When that definition was created or last updated. */
  readonly definitionUpdatedAt: number;
  readonly input: string;
  readonly traceHeader?: string;
  readonly loggingConfiguration?: string;
  readonly tracingConfiguration?: string;
  readonly watcher?: Watcher;
  /** It is told of the end, and knows the execution: the index does not. */
  readonly mapRun?: MapRunPlace;
  /** See search-fields: JSON text. */
  readonly searchFields?: string;
  /** Absent: the usual ones. */
  readonly quotas?: ExecutionQuotas;
}

export interface StartAnswer {
  readonly executionArn: string;
  readonly startDate: number;
}

export interface ExecutionDescription {
  readonly executionArn: string;
  readonly name: string;
  readonly stateMachineArn: string;
  readonly stateMachineVersionArn?: string;
  readonly stateMachineAliasArn?: string;
  readonly status: ExecutionStatus;
  readonly startDate: number;
  readonly stopDate?: number;
  readonly input: string;
  readonly output?: string;
  readonly error?: string;
  readonly cause?: string;
  readonly traceHeader?: string;
  /** The execution that started it; absent: none is known. */
  readonly parentArn?: string;
  /** Of a Map Run's child. */
  readonly mapRunArn?: string;
  /** Absent: 0. */
  readonly redriveCount?: number;
  readonly redriveDate?: number;
  /** Why it cannot be redriven; absent: it can. */
  readonly redriveStatusReason?: string;
}

/** What DescribeStateMachineForExecution shows: the definition the execution is pinned to. */
export interface PinnedStateMachine {
  readonly stateMachineArn: string;
  readonly name: string;
  /** Of a Map Run's child. */
  readonly mapRunArn?: string;
  readonly definition: string;
  readonly roleArn: string;
  readonly updateDate: number;
  readonly revisionId: string;
  readonly loggingConfiguration?: string;
  readonly tracingConfiguration?: string;
}

export interface HistoryRequest {
  readonly maxResults: number;
  readonly reverseOrder: boolean;
  readonly includeExecutionData: boolean;
  /** Whether the state machine's redacted paths are hidden. */
  readonly redacted?: boolean;
  /** The id of the first event of this page; absent: the first page. Stays valid while the execution runs. */
  readonly fromEventId?: number;
}

export interface HistoryPage {
  readonly events: readonly HistoryEvent[];
  readonly nextEventId?: number;
}

/** What the engine spent on this execution so far: the user's bill. */
export interface Usage {
  readonly rowsWritten: number;
  readonly objectRequests: number;
  readonly queueMessages: number;
  readonly alarmsSet: number;
  readonly turns: number;
  readonly transitions: number;
}

/** What a worker gets of the task that it takes. */
export interface StartedTask {
  readonly input: string;
}

/** Moments in epoch milliseconds. */
export interface BegunMapRun {
  readonly mapRunArn: string;
  readonly startDate: number;
  /** Absent: it has not ended. */
  readonly stopDate?: number;
}

/** What an object was at when a call of it was lost. */
export type LostEvent = { readonly taskId: string } | { readonly taskToken: string } | { readonly type: "MapRunEnded" };

export interface RetireRequest {
  readonly version: 1;
  /** Of the execution that is meant: its name may have been used again since. */
  readonly startedAt: number;
  /** Epoch milliseconds; one that ended later is kept. */
  readonly closedBefore: number;
  /** Whether to write it to R2 first. */
  readonly archive: boolean;
}

/** What became of it: nothing is stored of it (any more), or it is kept, and the index is to show this. */
export type Retirement = { readonly kind: "gone" } | { readonly kind: "kept"; readonly entry: ExecutionIndexEntry };

/** The RPC surface of an execution's object. The object's name is the execution's ARN. */
export interface ExecutionRpc {
  start(request: StartRequest): Promise<Answer<StartAnswer>>;
  /** @param redacted whether the state machine's redacted paths are hidden */
  describe(redacted?: boolean): Promise<Answer<ExecutionDescription>>;
  describeStateMachine(): Promise<Answer<PinnedStateMachine>>;
  history(request: HistoryRequest): Promise<Answer<HistoryPage>>;
  stop(error: string | undefined, cause: string | undefined): Promise<Answer<{ readonly stopDate: number }>>;
  /** @param clientToken a repeated one is answered as the first time */
  redrive(clientToken: string | undefined): Promise<Answer<{ readonly redriveDate: number }>>;
  /**
   * For a Map Run's child: it belongs to that redrive of the Map Run now, and goes on where it had ended without success.
   * Idempotent: what ends after it is not taken up again. Refused where it has ended and cannot go on.
   */
  takeUp(epoch: number): Promise<Answer<null>>;
  /** Told by an activity's queue, before its worker gets the task. */
  startTask(taskToken: string, workerName: string | undefined): Promise<Answer<StartedTask>>;
  sendTaskSuccess(taskToken: string, output: string): Promise<Answer<null>>;
  sendTaskFailure(taskToken: string, error: string | undefined, cause: string | undefined): Promise<Answer<null>>;
  sendTaskHeartbeat(taskToken: string): Promise<Answer<null>>;
  /** What somebody with a link is asked. */
  approval(question: ApprovalQuestion): Promise<Answer<Approval>>;
  /** Answers the task as somebody with a link decided, unless it has its answer; how it stands after that. */
  decide(question: ApprovalQuestion, given: GivenDecision): Promise<Answer<Approval>>;
  /** Told by an execution that a task of this one waits for. Refused: the task has not recorded the start yet; ask again. */
  childEnded(watcher: Watcher, child: ExecutionDescription): Promise<Answer<null>>;
  /**
   * Told by an execution whose task does not wait for this one any more: it is stopped, if that task started or joined it.
   * @param isStarted whether its start is known to have arrived; otherwise, where it has not, it is not let in any more
   */
  abandon(waiter: Waiter, isStarted: boolean): Promise<Answer<null>>;
  /** Told by a Map Run. @param redriveCount how often the Map Run was redriven before it ended */
  mapRunEnded(mapRunArn: string, redriveCount: number, outcome: MapRunOutcome): Promise<Answer<null>>;
  /** Those that its states began, in that order. */
  mapRuns(): Promise<Answer<readonly BegunMapRun[]>>;
  /** Whether one of its states waits for that Map Run. */
  awaitsMapRun(mapRunArn: string): Promise<Answer<boolean>>;
  /** Told by whoever made a call that was lost: the object may have died of it. */
  suspect(event: LostEvent): Promise<Answer<null>>;
  usage(): Promise<Answer<Usage>>;
  /** Deletes all that is stored of it, if it has ended before that moment. One that has run for too long is ended first. */
  retire(request: RetireRequest): Promise<Answer<Retirement>>;
}
