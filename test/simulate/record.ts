/**
 * What an execution has committed, as the world heard it, turn by turn.
 *
 * Rules that each turn must keep are checked here: ids without a gap (1), time (2), one close for each task (6), one key
 * for each attempt (8), an alarm wherever something is to happen by itself (12).
 */
import type { Execution } from "../../src/engine/execution.ts";
import type { HistoryEvent } from "../../src/engine/history-event.ts";
import type { ObservedTurn } from "../../src/runtime/observe/observed-turn.ts";
import type { SimulatedObject } from "./platform.ts";

const CLOSES = /^(?:Task|LambdaFunction|Activity)(?:Succeeded|Failed|TimedOut|ScheduleFailed)$/u;
const SCHEDULES = /^(?:Task|LambdaFunction|Activity)Scheduled$/u;

export interface Attempt {
  readonly taskId: string;
  readonly scheduledId: number;
  /** How often the execution had been redriven. */
  readonly epoch: number;
  closed?: HistoryEvent;
}

export class ExecutionRecord {
  readonly events: HistoryEvent[] = [];
  /** When each event was committed, by a watch that never jumps. */
  readonly moments: number[] = [];
  readonly branchOf: Map<number, number> = new Map();
  readonly parents: Map<number, { readonly branch: number; readonly index: number }> = new Map();
  /** By task id. */
  readonly attempts: Map<string, Attempt> = new Map();
  execution: Execution | undefined;
  readonly #open: Map<number, Attempt> = new Map();

  get isRunning(): boolean {
    return this.execution?.outcome.status === "RUNNING";
  }

  get epoch(): number {
    return this.execution?.redrive?.count ?? 0;
  }

  /** @throws where the turn breaks a rule */
  add({ before, result }: ObservedTurn, object: SimulatedObject | undefined, moment: number, clock = moment): void {
    const { execution, history, places, commands } = result;
    const known = this.execution?.nextEventId ?? 1;
    if (before.nextEventId !== known)
      throw new Error(`1: a turn goes on from ${before.nextEventId}, and ${known} is next`);
    this.execution = execution;
    const scheduled = commands.filter((x) => x.type === "ScheduleTask").map((x) => x.taskId);
    for (const [i, event] of history.entries()) {
      const last = this.events.at(-1);
      if (event.id !== (last?.id ?? 0) + 1) throw new Error(`1: event ${event.id} follows ${last?.id ?? 0}`);
      if (event.timestamp < (last?.timestamp ?? 0))
        throw new Error(`2: event ${event.id} is earlier than the one before`);
      this.events.push(event);
      this.moments.push(moment);
      const branch = places[i];
      // What a Map Run's end records is of the execution, and goes on from the branch's last event.
      const around = this.branchOf.get(event.previousEventId);
      if (around !== undefined && /^Map(?:RunSucceeded|StateSucceeded)$/u.test(event.type))
        this.branchOf.set(event.id, around);
      if (branch === undefined) continue;
      this.branchOf.set(event.id, branch.id);
      if (branch.parent !== undefined) this.parents.set(branch.id, branch.parent);
      if (SCHEDULES.test(event.type)) this.#schedule(event, branch.id, scheduled.shift());
      if (CLOSES.test(event.type)) this.#close(event, branch.id);
    }
    if (object !== undefined) expectAlarm(execution, object, clock);
  }

  #schedule(event: HistoryEvent, branch: number, taskId: string | undefined): void {
    if (taskId === undefined) {
      // It was stopped in the turn that began it, or the history was full.
      return;
    }
    if (this.attempts.has(taskId)) throw new Error(`8: two attempts share the key of ${taskId}`);
    const attempt = { taskId, scheduledId: event.id, epoch: this.epoch };
    this.attempts.set(taskId, attempt);
    this.#open.set(branch, attempt);
  }

  #close(event: HistoryEvent, branch: number): void {
    const attempt = this.#open.get(branch);
    if (attempt === undefined) throw new Error(`6: event ${event.id} closes a task that is not open`);
    if (attempt.epoch !== this.epoch) throw new Error(`9: event ${event.id} closes a task of an earlier epoch`);
    attempt.closed = event;
    this.#open.delete(branch);
  }
}

const ALARM_RETRY_MS = 30_000;

/** Nothing that is to happen by itself is without an alarm, or with a later one; what was due before is due now. */
function expectAlarm(
  { outcome, branches, timeout }: Execution,
  { alarm, firing, isPutOff }: SimulatedObject,
  clock: number,
): void {
  if (outcome.status !== "RUNNING" || firing !== undefined) return;
  let first = timeout?.at ?? Infinity;
  let isPending = timeout !== undefined;
  for (const { cursor } of branches.values()) {
    if (cursor.kind === "waiting" || cursor.kind === "retrying") first = Math.min(first, cursor.timer.at);
    if (cursor.kind === "task") {
      first = Math.min(first, cursor.timeout?.at ?? Infinity, cursor.heartbeat?.at ?? Infinity);
      isPending ||= !cursor.submitted;
    }
    isPending ||= cursor.kind === "ready" || (cursor.kind === "mapRun" && cursor.asked !== undefined);
  }
  if ((isPending || first < Infinity) && alarm === undefined) throw new Error("12: it waits, and there is no alarm");
  // Where the alarm's handler failed it runs again after that, whatever is due before.
  if (!isPutOff && Math.max(first, clock) + ALARM_RETRY_MS < (alarm ?? 0))
    throw new Error(`12: the alarm is ${(alarm ?? 0) - first} ms later than a timer`);
}
