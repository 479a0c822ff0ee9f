/**
 * What one call of `advance` collects. The only mutable object of the core; it never leaves that call.
 *
 * U1. History ids follow each other without a gap; the event that reaches the quota is the last one.
 * U2. A branch counts as changed when its record differs from the one the turn began with.
 */
import type { StateFailure } from "../asl/error-names.ts";
import type { Json } from "../asl/json.ts";
import type { Entropy } from "../data/intrinsics.ts";
import type { Effort } from "../data/effort.ts";
import type { Payload } from "../data/payload.ts";
import type { Command } from "./command.ts";
import type { Branch, BranchId, Cursor, Execution, ParentLink, TaskId, Timer, TimerId } from "./execution.ts";
import type { HistoryEvent, HistoryEventDetails, HistoryEventType } from "./history-event.ts";
import { MAX_HISTORY_EVENTS, MAX_TURN_CHARACTERS, MAX_TURN_STEPS } from "./quotas.ts";

/** Randomness, handed in with each event. */
export interface TurnEntropy extends Entropy {
  /** A token nobody can guess, for the task of that id. */
  taskToken(taskId: TaskId): string;
}

/** How a branch came to its end. */
export type BranchResult = { readonly output: Payload } | { readonly failure: StateFailure };

/** What is still to be done in this turn. */
export type Work =
  /** The branch's cursor is ready: enter that state. */
  | { readonly kind: "enter"; readonly branchId: BranchId }
  /** The state's work failed: Retry and Catch decide. */
  | { readonly kind: "recover"; readonly branchId: BranchId; readonly failure: StateFailure }
  /** The branch has ended: its parent, or the execution, goes on. */
  | { readonly kind: "settle"; readonly branchId: BranchId; readonly result: BranchResult };

/** An event's details: AWS's member name and the value. */
export type Details = readonly [name: string, details: HistoryEventDetails];

export class Turn {
  readonly at: number;
  readonly entropy: TurnEntropy;
  readonly history: HistoryEvent[] = [];
  readonly commands: Command[] = [];
  readonly changed: Set<BranchId> = new Set();
  readonly #work: Work[] = [];
  #execution: Execution;
  #transitions = 0;
  #historySize = 0;
  #earlierSteps = 0;
  #effort: Effort = { steps: 0 };

  constructor(execution: Execution, at: number, entropy: TurnEntropy) {
    this.#execution = execution;
    this.at = Math.max(at, execution.lastTurnAt);
    this.entropy = entropy;
  }

  get execution(): Execution {
    return this.#execution;
  }

  /** States entered in this turn, retries included: what AWS would bill. */
  get transitions(): number {
    return this.#transitions;
  }

  countTransition(): void {
    this.#transitions += 1;
  }

  get isRunning(): boolean {
    return this.#execution.outcome.status === "RUNNING";
  }

  /** Whether the history has room for nothing but its last event. */
  get isFull(): boolean {
    return this.#execution.nextEventId >= MAX_HISTORY_EVENTS;
  }

  /** Whether the turn has recorded or evaluated so much that no further state should be entered in it. */
  get isLong(): boolean {
    return this.#historySize > MAX_TURN_CHARACTERS || this.#earlierSteps + this.#effort.steps > MAX_TURN_STEPS;
  }

  /** What the work under way has spent on expressions. */
  get effort(): Effort {
    return this.#effort;
  }

  #beginWork(): void {
    this.#earlierSteps += this.#effort.steps;
    this.#effort = { steps: 0 };
  }

  update(change: Partial<Execution>): void {
    this.#execution = { ...this.#execution, ...change };
  }

  /** Records an event and answers its id. In a full history only the closing event is still recorded. */
  record(type: HistoryEventType, previousEventId: number, details?: Details, closing = false): number {
    const id = this.#execution.nextEventId;
    if (id >= MAX_HISTORY_EVENTS && !closing) return id;
    const event = { id, previousEventId, type, timestamp: this.at };
    if (details !== undefined) this.#historySize += sizeOf(details[1]);
    this.history.push(details === undefined ? event : { ...event, detailsName: details[0], details: details[1] });
    this.update({ nextEventId: id + 1 });
    return id;
  }

  /** Records the next event of a branch. */
  recordFor(branchId: BranchId, type: HistoryEventType, details?: Details): number {
    const branch = this.branch(branchId);
    const id = this.record(type, branch.lastEventId, details);
    this.setBranch({ ...branch, lastEventId: id });
    return id;
  }

  find(id: BranchId): Branch | undefined {
    return this.#execution.branches.get(id);
  }

  branch(id: BranchId): Branch {
    const branch = this.find(id);
    if (branch === undefined) throw new Error(`Defect: no branch ${id}`);
    return branch;
  }

  setBranch(branch: Branch): void {
    this.changed.add(branch.id);
    this.update({ branches: this.#execution.branches.set(branch.id, branch) });
  }

  setCursor(id: BranchId, cursor: Cursor): void {
    this.setBranch({ ...this.branch(id), cursor });
  }

  removeBranch(id: BranchId): void {
    this.changed.add(id);
    this.update({ branches: this.#execution.branches.delete(id) });
  }

  addBranch(parent: ParentLink, lastEventId: number, stateName: string, input: Payload): BranchId {
    const id = this.#execution.nextBranchId as BranchId;
    this.update({ nextBranchId: id + 1 });
    this.setBranch({ id, parent, lastEventId, variables: {}, cursor: { kind: "ready", stateName, input } });
    this.#work.push({ kind: "enter", branchId: id });
    return id;
  }

  /** Lets a branch go on to a state within this turn. */
  moveTo(id: BranchId, stateName: string, input: Payload): void {
    this.setCursor(id, { kind: "ready", stateName, input });
    this.#work.push({ kind: "enter", branchId: id });
  }

  /** Lets a branch that is ready enter its state. */
  enter(branchId: BranchId): void {
    this.#work.push({ kind: "enter", branchId });
  }

  /** Leaves a failure for the state's Retry and Catch, after what else the event brought. */
  recover(branchId: BranchId, failure: StateFailure): void {
    this.#work.push({ kind: "recover", branchId, failure });
  }

  /** Ends a branch. Settled first, so that a failure stops the siblings before they do more. */
  settle(branchId: BranchId, result: BranchResult): void {
    this.#work.unshift({ kind: "settle", branchId, result });
  }

  takeWork(): Work | undefined {
    this.#beginWork();
    return this.#work.shift();
  }

  /** @param branchId absent for the execution's own timeout */
  setTimer(at: number, branchId?: BranchId): Timer {
    const id = this.#execution.nextTimerId as TimerId;
    this.update({ nextTimerId: id + 1 });
    this.commands.push({ type: "SetTimer", timerId: id, at, ...(branchId !== undefined && { branchId }) });
    return { id, at };
  }

  cancelTimer(timer: Timer | undefined): void {
    if (timer !== undefined) this.commands.push({ type: "CancelTimer", timerId: timer.id });
  }

  nextTaskId(branchId: BranchId): TaskId {
    const number = this.#execution.nextTaskNumber;
    this.update({ nextTaskNumber: number + 1 });
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
    this.record("ExecutionFailed", previousEventId, ["executionFailedEventDetails", failureDetails(failure)], true);
    this.end({ status: "FAILED", stoppedAt: this.at, failure });
  }

  end(outcome: Execution["outcome"]): void {
    this.cancelTimer(this.#execution.timeout);
    const { timeout: _, ...rest } = this.#execution;
    this.#execution = { ...rest, outcome };
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
  for (const value of Object.values(details)) if (typeof value === "string") size += value.length;
  return size;
}
