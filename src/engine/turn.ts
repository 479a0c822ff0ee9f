/**
 * What one call of `advance` collects. The only mutable object of the core; it never leaves that call.
 *
 * U1. History ids follow each other without a gap; the event that reaches the quota is the last one.
 * U2. A branch counts as changed when the turn has written it, or removed it.
 * U3. The next snapshot is put together once, when the turn is over.
 */
import type { StateFailure } from "../asl/error-names.ts";
import type { Json } from "../asl/json.ts";
import type { TaskState } from "../asl/types.ts";
import type { TaskLinkName } from "../asl/task-links.ts";
import type { Entropy } from "../data/intrinsics.ts";
import { newEffort, type Effort } from "../data/effort.ts";
import type { Payload } from "../data/payload.ts";
import { BranchChanges } from "./branch-changes.ts";
import type { Command } from "./command.ts";
import type {
  Branch,
  BranchId,
  Cursor,
  EndedCursor,
  Execution,
  ExecutionOutcome,
  ParentLink,
  ReadyCursor,
  Redrive,
  TaskId,
  Timer,
  TimerId,
  Visit,
} from "./execution.ts";
import type { HistoryEvent, HistoryEventDetails, HistoryEventType } from "./history-event.ts";
import { childrenOf, failed } from "./stopped.ts";
import { MAX_HISTORY_EVENTS, MAX_TURN_CHARACTERS, MAX_TURN_EVENTS, MAX_TURN_STEPS, payloadBytesOf } from "./quotas.ts";

/** Randomness, handed in with each event. */
export interface TurnEntropy extends Entropy {
  /** A token nobody can guess, for the task of that id. */
  taskToken(taskId: TaskId): string;
  /** A link with which people answer that task; throws an EvaluationError where there is no address it could lead to. */
  taskLink(name: TaskLinkName, task: LinkedTask): string;
}

/** The task that a link is for. */
export interface LinkedTask {
  readonly taskId: TaskId;
  readonly taskToken: string;
  /** When it is scheduled. */
  readonly at: number;
}

/** How a branch came to its end. */
export type BranchResult = { readonly output: Payload } | { readonly failure: StateFailure };

/** What is still to be done in this turn. */
export type Work =
  /** The branch is ready to enter a state. */
  | { readonly kind: "enter"; readonly branchId: BranchId; readonly cursor: ReadyCursor }
  /** A task failed: Retry and Catch decide. */
  | {
      readonly kind: "recover";
      readonly branchId: BranchId;
      readonly state: TaskState;
      readonly visit: Visit;
      readonly failure: StateFailure;
    }
  /** The branch has ended: its parent, or the execution, goes on. */
  | { readonly kind: "settle"; readonly branchId: BranchId; readonly result: BranchResult };

/** An event's details: AWS's member name and the value. */
export type Details = readonly [name: string, details: HistoryEventDetails];

export interface TurnResult {
  readonly execution: Execution;
  readonly history: readonly HistoryEvent[];
  readonly commands: readonly Command[];
  /** The branches whose records differ from the snapshot that went in; those that are gone included. */
  readonly changed: ReadonlySet<BranchId>;
  /** For each event of the history the branch as it stood when it was recorded; the execution's own events have none. */
  readonly places: readonly (Branch | undefined)[];
  /** The branches that failed for good, as they stood then: no Retrier and no Catcher took it. */
  readonly failures: readonly BranchFailure[];
  /** State transitions made, as AWS counts them. */
  readonly transitions: number;
}

export interface BranchFailure {
  readonly branch: Branch;
  readonly failure: StateFailure;
}

export class Turn {
  /** The snapshot that went in. */
  readonly before: Execution;
  readonly at: number;
  readonly entropy: TurnEntropy;
  readonly history: HistoryEvent[] = [];
  readonly commands: Command[] = [];
  readonly branches: BranchChanges;
  readonly #places: (Branch | undefined)[] = [];
  readonly #failures: BranchFailure[] = [];
  readonly #work: Work[] = [];
  /** The id of the last event that there may be. */
  readonly lastEventId: number;
  /** The bytes that an input or output may have. */
  readonly maxPayloadBytes: number;
  #outcome: ExecutionOutcome;
  #redrive: Redrive | undefined;
  #timeout: Timer | undefined;
  #nextEventId: number;
  #nextBranchId: number;
  #nextTimerId: number;
  #nextTaskNumber: number;
  #transitions = 0;
  #historySize = 0;
  #earlierSteps = 0;
  #effort: Effort;

  constructor(execution: Execution, at: number, entropy: TurnEntropy) {
    this.before = execution;
    this.at = Math.max(at, execution.lastTurnAt);
    this.entropy = entropy;
    this.branches = new BranchChanges(execution.branches);
    const { quotas, unlimitedHistory } = execution.facts;
    this.lastEventId = unlimitedHistory === true ? Infinity : (quotas?.historyEvents ?? MAX_HISTORY_EVENTS);
    this.maxPayloadBytes = payloadBytesOf(execution.facts);
    this.#effort = newEffort(quotas?.evaluationSteps);
    this.#outcome = execution.outcome;
    this.#redrive = execution.redrive;
    this.#timeout = execution.timeout;
    this.#nextEventId = execution.nextEventId;
    this.#nextBranchId = execution.nextBranchId;
    this.#nextTimerId = execution.nextTimerId;
    this.#nextTaskNumber = execution.nextTaskNumber;
  }

  /** What the turn amounts to. */
  result(): TurnResult {
    const execution: Execution = {
      facts: this.before.facts,
      outcome: this.#outcome,
      ...(this.#redrive !== undefined && { redrive: this.#redrive }),
      nextEventId: this.#nextEventId,
      nextBranchId: this.#nextBranchId,
      nextTimerId: this.#nextTimerId,
      nextTaskNumber: this.#nextTaskNumber,
      lastTurnAt: this.at,
      ...(this.#timeout !== undefined && { timeout: this.#timeout }),
      branches: this.branches.applied(),
    };
    const { history, commands } = this;
    return {
      execution,
      history,
      commands,
      changed: this.branches.ids,
      places: this.#places,
      failures: this.#failures,
      transitions: this.#transitions,
    };
  }

  /** A state is entered, or tried again: what AWS would bill. */
  countTransition(): void {
    this.#transitions += 1;
  }

  get isRunning(): boolean {
    return this.#outcome.status === "RUNNING";
  }

  /** Whether the history has room for nothing but its last event. */
  get isFull(): boolean {
    return this.#nextEventId >= this.lastEventId;
  }

  /** Whether the turn has recorded or evaluated so much that no further state should be entered in it. */
  get isLong(): boolean {
    if (this.#historySize > MAX_TURN_CHARACTERS || this.history.length > MAX_TURN_EVENTS) return true;
    return this.#earlierSteps + this.#effort.steps > MAX_TURN_STEPS;
  }

  /** What the work under way has spent on expressions. */
  get effort(): Effort {
    return this.#effort;
  }

  #beginWork(): void {
    this.#earlierSteps += this.#effort.steps;
    this.#effort = newEffort(this.before.facts.quotas?.evaluationSteps);
  }

  /**
   * Records an event and answers its id. In a full history only the closing event is still recorded.
   * @param branch whose event it is; absent for the execution's own
   */
  record(type: HistoryEventType, previousEventId: number, details?: Details, branch?: Branch, closing = false): number {
    const id = this.#nextEventId;
    if (id >= this.lastEventId && !closing) return previousEventId;
    const timestamp = this.at;
    if (details === undefined) this.history.push({ id, previousEventId, type, timestamp });
    else {
      this.#historySize += sizeOf(details[1]);
      this.history.push({ id, previousEventId, type, timestamp, detailsName: details[0], details: details[1] });
    }
    this.#places.push(branch);
    this.#nextEventId = id + 1;
    return id;
  }

  /** Records the next event of a branch. */
  recordFor(branchId: BranchId, type: HistoryEventType, details?: Details): number {
    const branch = this.branch(branchId);
    const id = this.record(type, branch.lastEventId, details, branch);
    this.setBranch({ ...branch, lastEventId: id });
    return id;
  }

  find(id: BranchId): Branch | undefined {
    return this.branches.get(id);
  }

  branch(id: BranchId): Branch {
    const branch = this.find(id);
    if (branch === undefined) throw new Error(`Defect: no branch ${id}`);
    return branch;
  }

  setBranch(branch: Branch): void {
    this.branches.set(branch);
  }

  setCursor(id: BranchId, cursor: Cursor): void {
    this.setBranch({ ...this.branch(id), cursor });
  }

  /** Removes all branches below that one; its cursor names none any more. */
  dropChildren(id: BranchId): void {
    this.#removeChildren(id);
    const { cursor } = this.branch(id);
    if (cursor.kind === "joining") this.setCursor(id, { ...cursor, children: [] });
  }

  #removeChildren(id: BranchId): void {
    for (const child of childrenOf(this.branch(id).cursor)) {
      if (this.find(child) === undefined) continue;
      this.#removeChildren(child);
      this.branches.delete(child);
    }
  }

  addBranch(parent: ParentLink, lastEventId: number, stateName: string, input: Payload): BranchId {
    const id = this.#nextBranchId as BranchId;
    this.#nextBranchId = id + 1;
    const cursor = { kind: "ready", stateName, input } as const;
    this.setBranch({ id, parent, lastEventId, variables: {}, cursor });
    this.enter(id, cursor);
    return id;
  }

  /** Lets a branch go on to a state within this turn. */
  moveTo(id: BranchId, stateName: string, input: Payload): void {
    const cursor = { kind: "ready", stateName, input } as const;
    this.setCursor(id, cursor);
    this.enter(id, cursor);
  }

  /** Lets a branch that is ready enter its state. */
  enter(branchId: BranchId, cursor: ReadyCursor): void {
    this.#work.push({ kind: "enter", branchId, cursor });
  }

  /** Leaves a task's failure for Retry and Catch, after what else the event brought. */
  recover(branchId: BranchId, state: TaskState, visit: Visit, failure: StateFailure): void {
    this.#work.push({ kind: "recover", branchId, state, visit, failure });
  }

  /** Ends a branch. Settled first, so that a failure stops the siblings before they do more. */
  settle(branchId: BranchId, result: BranchResult): void {
    const branch = this.branch(branchId);
    const { cursor } = branch;
    if ("failure" in result) this.#failures.push({ branch, failure: result.failure });
    if ("output" in result) this.setCursor(branchId, { kind: "ended", result });
    // Ended as it has, a branch cannot fail any more.
    else this.setCursor(branchId, failed(cursor as Exclude<Cursor, EndedCursor>));
    this.#work.unshift({ kind: "settle", branchId, result });
  }

  takeWork(): Work | undefined {
    this.#beginWork();
    return this.#work.shift();
  }

  /** @param branchId absent for the execution's own timeout */
  setTimer(at: number, branchId?: BranchId): Timer {
    const id = this.#nextTimerId as TimerId;
    this.#nextTimerId = id + 1;
    this.commands.push({ type: "SetTimer", timerId: id, at, ...(branchId !== undefined && { branchId }) });
    return { id, at };
  }

  /** The execution's own timeout. */
  get timeout(): Timer | undefined {
    return this.#timeout;
  }

  setTimeout(at: number): void {
    this.#timeout = this.setTimer(at);
  }

  cancelTimer(timer: Timer | undefined): void {
    if (timer !== undefined) this.commands.push({ type: "CancelTimer", timerId: timer.id });
  }

  nextTaskId(branchId: BranchId): TaskId {
    const number = this.#nextTaskNumber;
    this.#nextTaskNumber = number + 1;
    return `${branchId}-${number}` as TaskId;
  }

  /** A variable as the branch sees it: its own, or that of the nearest scope around it. */
  variable(branchId: BranchId, name: string): Json | undefined {
    let branch: Branch | undefined = this.branch(branchId);
    while (branch !== undefined) {
      if (Object.hasOwn(branch.variables, name)) return branch.variables[name];
      branch = branch.parent && this.find(branch.parent.branch);
    }
    return undefined;
  }

  /** All variables that the branch sees. */
  variables(branchId: BranchId): Readonly<Record<string, Json>> {
    const { variables, parent } = this.branch(branchId);
    return parent === undefined ? variables : { ...this.variables(parent.branch), ...variables };
  }

  /** Ends the execution as a failure. */
  fail(failure: StateFailure, previousEventId: number): void {
    const details: Details = ["executionFailedEventDetails", failureDetails(failure)];
    this.record("ExecutionFailed", previousEventId, details, undefined, true);
    this.end({ status: "FAILED", stoppedAt: this.at, failure });
  }

  /** How often the execution was taken up again, and when the last time. */
  get redrive(): Redrive | undefined {
    return this.#redrive;
  }

  /** Takes an unsuccessful execution up again; answers how often that has been done. */
  reopen(): number {
    const count = (this.#redrive?.count ?? 0) + 1;
    this.#redrive = { count, at: this.at };
    this.#outcome = { status: "RUNNING" };
    this.publishStatus();
    return count;
  }

  end(outcome: ExecutionOutcome): void {
    this.cancelTimer(this.#timeout);
    this.#timeout = undefined;
    this.#outcome = outcome;
    this.publishStatus();
  }

  publishStatus(): void {
    if (!this.commands.some((x) => x.type === "PublishStatus")) this.commands.push({ type: "PublishStatus" });
  }
}

/** A failure in an event: what is empty or absent is left out. */
export function failureDetails(failure: StateFailure): { error?: string; cause?: string } {
  return { ...(failure.error && { error: failure.error }), ...(failure.cause && { cause: failure.cause }) };
}

/** The characters of an event's payloads. */
function sizeOf(details: HistoryEventDetails): number {
  let size = 0;
  for (const name in details) {
    const value = details[name];
    if (typeof value === "string") size += value.length;
  }
  return size;
}
