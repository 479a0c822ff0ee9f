/**
 * The snapshot of an execution: everything the next turn needs, and nothing else.
 *
 * X1. Branches lie flat in a table, each with its parent's id: the machine itself, a Parallel's branch, a Map's iteration.
 * X2. A cursor carries what its place needs. What is due (timers, calls under way) is read off the cursors, so no other
 *     record of it can disagree.
 * X3. Ids are counted, never drawn: an id that no cursor holds belongs to the past and changes nothing.
 */
import type { StateFailure } from "../asl/error-names.ts";
import type { Json } from "../asl/json.ts";
import type { Payload } from "../data/payload.ts";
import type { BranchTable } from "./branch-table.ts";
import type { ExecutionQuotas } from "./quotas.ts";
import type { ChildIds } from "./child-ids.ts";

/**
 * Raised whenever the stored form of a snapshot changes; older ones are read as well (snapshot.ts). 2: ids of children in runs.
 * 3: what ended is kept together, what a container holds apart from its counts, and a Map's effective input.
 */
export const SNAPSHOT_VERSION = 3;

declare const brand: unique symbol;
export type BranchId = number & { readonly [brand]: "BranchId" };
export type TimerId = number & { readonly [brand]: "TimerId" };
/** `<branch id>-<count>`, so that the branch is found without searching. */
export type TaskId = string & { readonly [brand]: "TaskId" };

export const ROOT_BRANCH: BranchId = 0 as BranchId;

/** What never changes while the execution lives. */
export interface ExecutionFacts {
  readonly executionArn: string;
  readonly executionName: string;
  readonly stateMachineArn: string;
  readonly stateMachineName: string;
  readonly roleArn: string;
  readonly region: string;
  readonly input: Payload;
  /** Epoch milliseconds. */
  readonly startedAt: number;
  /** Of an Express execution: nobody keeps its history, so it has no last event. */
  readonly unlimitedHistory?: true;
  /** Absent: the usual ones. */
  readonly quotas?: ExecutionQuotas;
}

export type ExecutionOutcome =
  | { readonly status: "RUNNING" }
  | { readonly status: "SUCCEEDED"; readonly stoppedAt: number; readonly output: Payload }
  | { readonly status: "FAILED" | "TIMED_OUT" | "ABORTED"; readonly stoppedAt: number; readonly failure: StateFailure };

export interface Execution {
  readonly facts: ExecutionFacts;
  readonly outcome: ExecutionOutcome;
  /** Absent: it was never redriven. */
  readonly redrive?: Redrive;
  readonly nextEventId: number;
  readonly nextBranchId: number;
  readonly nextTimerId: number;
  readonly nextTaskNumber: number;
  /** The moment of the last turn; time never runs backwards. */
  readonly lastTurnAt: number;
  /** The machine's own TimeoutSeconds. */
  readonly timeout?: Timer;
  readonly branches: BranchTable<Branch>;
}

/** The last time that an unsuccessful execution was taken up again. */
export interface Redrive {
  /** How often so far. */
  readonly count: number;
  readonly at: number;
}

export interface Timer {
  readonly id: TimerId;
  /** Epoch milliseconds; it fires at or after this moment. */
  readonly at: number;
}

export interface Branch {
  readonly id: BranchId;
  readonly parent?: ParentLink;
  /** The last event of this branch: the previousEventId of its next one. */
  readonly lastEventId: number;
  readonly variables: Readonly<Record<string, Json>>;
  readonly cursor: Cursor;
}

/** A branch of a Parallel, an iteration of a Map. */
export interface ChildBranch extends Branch {
  readonly parent: ParentLink;
}

export interface ParentLink {
  readonly branch: BranchId;
  /** Which branch of the Parallel, or which item of the Map. */
  readonly index: number;
  /** The item of a Map's iteration, for `$$.Map.Item.Value`. */
  readonly item?: Json;
}

/** One visit to a state, retries included. */
export interface Visit {
  readonly stateName: string;
  readonly enteredEventId: number;
  /** The event before that one; 0 for none. */
  readonly enteredAfter: number;
  readonly enteredAt: number;
  /** The state's raw input. */
  readonly input: Payload;
  /** How often each Retrier of the state was charged. */
  readonly retries: readonly number[];
}

export type Cursor =
  | ReadyCursor
  | WaitingCursor
  | TaskCursor
  | RetryingCursor
  | JoiningCursor
  | MapRunCursor
  | EndedCursor
  | StoppedCursor;

/** About to enter a state, or to run it again: within a turn, and between the parts of one that was cut. */
export interface ReadyCursor {
  readonly kind: "ready";
  readonly stateName: string;
  readonly input: Payload;
  /** The state has been entered; absent: not yet. */
  readonly visit?: Visit;
}

/** In a Wait state. */
export interface WaitingCursor {
  readonly kind: "waiting";
  readonly visit: Visit;
  readonly timer: Timer;
}

/** In a Task state whose work is under way. */
export interface TaskCursor {
  readonly kind: "task";
  readonly visit: Visit;
  readonly taskId: TaskId;
  /** The task's input: the Parameters, evaluated. */
  readonly parameters: Payload;
  readonly taskToken?: string;
  /** Of its Credentials: as whom it is to be called. */
  readonly roleArn?: string;
  /** Whether the call was answered and only the callback, or the work it began, is still awaited. */
  readonly submitted: boolean;
  /** When this attempt was asked for; absent in what an earlier version stored. */
  readonly scheduledAt?: number;
  /** Whether a worker took it; only of an activity's task. */
  readonly started?: true;
  /** When that was. */
  readonly startedAt?: number;
  /** It has its answer, and Retry or Catch is about to decide. Only within a turn. */
  readonly closed?: true;
  readonly timeout?: Timer;
  readonly heartbeat?: Timer;
  /** Of an activity's task, whose time begins when a worker takes it. */
  readonly timeoutSeconds?: number;
  readonly heartbeatSeconds?: number;
}

/** Between a failure and the next attempt. */
export interface RetryingCursor {
  readonly kind: "retrying";
  readonly visit: Visit;
  readonly timer: Timer;
}

/** In a Parallel or Map state whose branches run. */
export interface JoiningCursor {
  readonly kind: "joining";
  readonly visit: Visit;
  /** The branches begun so far, by index. */
  readonly children: ChildIds;
  /** How many there will be. */
  readonly total: number;
  readonly running: number;
  readonly failed: number;
  readonly maxConcurrency: number;
  /** Of a Map whose Items were evaluated, or were more than a look-up to find: the items. */
  readonly items?: Payload;
  /** Of a Map: its effective input, where that was more than a look-up to find. */
  readonly input?: Payload;
}

/** In a distributed Map state whose Map Run is under way. */
export interface MapRunCursor {
  readonly kind: "mapRun";
  readonly visit: Visit;
  readonly mapRunArn: string;
  /** How often it was redriven. */
  readonly redriveCount: number;
  /** What is asked of the Map Run, until it has taken it. */
  readonly asked?: MapRunDemand;
}

export type MapRunDemand =
  | { readonly kind: "start"; readonly order: MapRunOrder }
  /** To take up again what did not succeed. */
  | { readonly kind: "redrive" };

/** What a Map Run is to do, as the state's fields say it for this visit. */
export interface MapRunOrder {
  /** The state's effective input. */
  readonly input: Payload;
  /** The items; absent: the ItemReader has them. An array, or an object whose members are the items. */
  readonly items?: Payload;
  /** The ItemReader's Parameters or Arguments. */
  readonly reader?: Json;
  /** 0: no limit. Below 0: the Map Run fails. */
  readonly maxItems?: number;
  /** The ResultWriter's Parameters or Arguments. */
  readonly writer?: Json;
  readonly batch?: MapRunBatch;
  /** 0: no limit of its own. */
  readonly maxConcurrency: number;
  readonly toleratedFailureCount: number;
  readonly toleratedFailurePercentage: number;
  /** The variables that the state's expressions see. */
  readonly variables: Readonly<Record<string, Json>>;
}

/** How items are put together; at least one limit is there. */
export interface MapRunBatch {
  readonly maxItems?: number;
  /** UTF-8 bytes of a child's input. */
  readonly maxInputBytes?: number;
  readonly input?: Json;
}

/** A branch that has its result and waits for its siblings. */
export interface EndedCursor {
  readonly kind: "ended";
  readonly result: { readonly output: Payload };
}

/** A branch that failed, or was stopped because of another: nothing happens in it until a redrive. */
export interface StoppedCursor {
  readonly kind: "stopped";
  readonly resume: ReadyCursor | JoiningCursor | MapRunCursor;
  /** It failed, and its container does not know yet; `isOpen`: in a state that it stayed in. Only within a turn. */
  readonly unsettled?: { readonly isOpen: boolean };
}
