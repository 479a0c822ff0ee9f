/**
 * The contract between a Map Run's object, the execution whose state it is, and the invocations that run its children.
 *
 * The same rules as between the API and an execution's object (execution-rpc).
 */
import type { StateFailure } from "../../asl/error-names.ts";
import type { ChildStatus, Counts, MapRunLimits, MapRunStatus } from "../../engine/map-run-ledger.ts";
import type { Answer, ExecutionDescription, ExecutionStatus, Inherited, MapRunPlace, Usage } from "../execution-rpc.ts";

/** What a Map Run is, pinned when it begins. */
export interface MapRunPlan extends Inherited {
  readonly version: 1;
  readonly mapRunArn: string;
  /** The execution's facts: the text of a snapshot's. */
  readonly facts: string;
  readonly redrive?: { readonly count: number; readonly at: number };
  /** Of the machine that the execution runs. */
  readonly definition: string;
  readonly revisionId: string;
  readonly definitionUpdatedAt: number;
  readonly loggingConfiguration?: string;
  readonly tracingConfiguration?: string;
  readonly traceHeader?: string;
  /** The Map state. */
  readonly stateName: string;
  readonly enteredAt: number;
  readonly retryCount: number;
  /** How often the execution has redriven it, before it was known to have this; absent: never. */
  readonly redriveCount?: number;
  /** A MapRunOrder in its stored form. */
  readonly order: string;
}

/** What a Map Run came to; the output is JSON text. */
export type MapRunOutcome = { readonly output: string } | { readonly failure: StateFailure };

/** A message of the queue: work on that chunk. */
export interface MapRunMessage {
  readonly version: 1;
  readonly mapRunArn: string;
  readonly chunk: number;
  readonly attempt: number;
}

export interface TakeRequest {
  readonly chunk: number;
  readonly attempt: number;
  /** Drawn by the invocation that asks: another one is refused while this one is heard of. */
  readonly claim: string;
  /** Whether it has the plan already. */
  readonly knowsPlan: boolean;
}

/** What an invocation may work on. */
export interface ChunkGrant {
  readonly plan?: MapRunPlan;
  readonly epoch: number;
  /** A ChunkText. */
  readonly chunk: string;
  /** `$$.Map.Item.Source` of items without one of their own. */
  readonly sourceName: string;
  /** The places of the children to begin. */
  readonly positions: readonly number[];
  /** How many of them at the same time. */
  readonly parallel: number;
}

/** A chunk as it is stored: the items of each child. */
export interface ChunkText {
  readonly children: readonly (readonly ChunkItem[])[];
}

/** An item: its place among all, its JSON text, where it is from if the items are from several objects, whether it is a member. */
export type ChunkItem = readonly [index: number, text: string, source?: string, isMember?: boolean];

/** A child's outcome; moments in epoch milliseconds, the output and the input JSON texts. */
export interface ChildOutcome {
  readonly position: number;
  readonly epoch: number;
  readonly status: ChildStatus;
  readonly output?: string;
  readonly error?: string;
  readonly cause?: string;
  /** Absent: it could not even be begun. */
  readonly input?: string;
  readonly startedAt: number;
  readonly stoppedAt: number;
  /** Of a Standard child that was redriven. */
  readonly redriveCount?: number;
}

export interface ChunkReport {
  readonly chunk: number;
  readonly claim: string;
  readonly epoch: number;
  readonly outcomes: readonly ChildOutcome[];
  /** Standard children that run by themselves now. */
  readonly started: readonly number[];
  /** The invocation does no more for this chunk. */
  readonly isLast: boolean;
  /** The Map Run cannot go on. */
  readonly failure?: StateFailure;
}

export interface MapRunCounts extends Counts {
  readonly running: number;
  readonly pending: number;
  readonly resultsWritten: number;
}

export interface MapRunDescription extends MapRunLimits {
  readonly mapRunArn: string;
  readonly executionArn: string;
  readonly stateMachineArn: string;
  readonly status: MapRunStatus;
  readonly startDate: number;
  readonly stopDate?: number;
  readonly itemCounts: MapRunCounts;
  readonly executionCounts: MapRunCounts;
  readonly redriveCount: number;
  readonly redriveDate?: number;
}

/** An entry of ListExecutions. */
export interface MapRunChild {
  readonly executionArn: string;
  readonly stateMachineArn: string;
  readonly name: string;
  readonly status: ExecutionStatus;
  readonly startDate: number;
  readonly stopDate?: number;
  readonly itemCount: number;
  readonly redriveCount: number;
}

export interface MapRunChildrenRequest {
  readonly status?: ExecutionStatus;
  /** Only those that were redriven, or only those that were not. */
  readonly isRedriven?: boolean;
  /** At least 1. */
  readonly maxResults: number;
  /** The number of the child that the page begins at; absent: the newest. */
  readonly fromNumber?: number;
}

export interface MapRunChildrenPage {
  readonly children: readonly MapRunChild[];
  readonly nextNumber?: number;
}

export interface MapRunRetireRequest {
  /** Epoch milliseconds: the execution ended before. */
  readonly closedBefore: number;
  /** Whether Standard children are to be written to R2 first. */
  readonly archive: boolean;
}
/** What was spent on this Map Run so far, without what its Standard children spent in their own objects. */
export type MapRunUsage = Omit<Usage, "turns" | "transitions">;

/** The object's name is the Map Run's ARN. */
export interface MapRunRpc {
  /** Idempotent. Takes up again what is over where the plan says that it was redriven since; refused like `redrive`. */
  start(plan: MapRunPlan): Promise<Answer<null>>;
  /** Idempotent. Refused while what was stopped is not over yet. @param redriveCount 1 for the first time */
  redrive(redriveCount: number): Promise<Answer<null>>;
  /** @param redriveCount of the Map Run, as far as whoever stops it knows */
  stop(redriveCount: number): Promise<Answer<null>>;
  /** Null: the chunk is someone else's, or nobody's any more. */
  take(request: TakeRequest): Promise<ChunkGrant | null>;
  /** Says that the invocation is at work; answers whether it should go on. */
  progress(chunk: number, claim: string): Promise<boolean>;
  /** Answers whether the invocation should go on. */
  report(report: ChunkReport): Promise<boolean>;
  /** Told by a Standard child. Of an earlier redrive than the Map Run is in, it changes nothing. */
  childEnded(place: MapRunPlace, child: ExecutionDescription): Promise<Answer<null>>;
  describe(): Promise<Answer<MapRunDescription>>;
  update(limits: Partial<MapRunLimits>): Promise<Answer<null>>;
  children(request: MapRunChildrenRequest): Promise<Answer<MapRunChildrenPage>>;
  /** Deletes all that is stored of it and of its children, by and by. Refused while it runs. */
  retire(request: MapRunRetireRequest): Promise<Answer<null>>;
  /** An Express child; a Standard one describes itself. */
  describeChild(name: string, redacted?: boolean): Promise<Answer<ExecutionDescription>>;
  usage(): Promise<Answer<MapRunUsage>>;
}
