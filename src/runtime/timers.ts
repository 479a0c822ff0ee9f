/**
 * The timers of one execution, in memory: many of them over the object's one alarm.
 *
 * They are not stored: every timer stands in a branch's cursor (or in the head), and is read off there after a restart.
 */
import type { Command } from "../engine/command.ts";
import type { DueTimer } from "../engine/event.ts";
import type { Branch, BranchId, Execution, Timer, TimerId } from "../engine/execution.ts";

interface PendingTimer {
  readonly at: number;
  readonly branchId?: BranchId;
}

export class Timers {
  readonly #pending: Map<TimerId, PendingTimer> = new Map();

  /** All timers that a snapshot waits for. */
  static of(execution: Execution): Timers {
    const timers = new Timers();
    if (execution.timeout !== undefined) timers.#add(execution.timeout);
    for (const branch of execution.branches.values()) {
      for (const timer of timersOf(branch)) timers.#add(timer, branch.id);
    }
    return timers;
  }

  apply(command: Command): void {
    if (command.type === "SetTimer") this.#add({ id: command.timerId, at: command.at }, command.branchId);
    else if (command.type === "CancelTimer") this.#pending.delete(command.timerId);
  }

  /** The timers due by that moment, in the order in which they are due; they are pending no more. */
  takeDue(now: number): readonly DueTimer[] {
    const due = [...this.#pending].filter(([, timer]) => timer.at <= now);
    for (const [id] of due) this.#pending.delete(id);
    due.sort(([idA, a], [idB, b]) => a.at - b.at || idA - idB);
    return due.map(([timerId, { branchId }]) => ({ timerId, ...(branchId !== undefined && { branchId }) }));
  }

  /** When the first of them is due. */
  next(): number | undefined {
    let next: number | undefined;
    for (const { at } of this.#pending.values()) if (next === undefined || at < next) next = at;
    return next;
  }

  #add(timer: Timer, branchId?: BranchId): void {
    this.#pending.set(timer.id, { at: timer.at, ...(branchId !== undefined && { branchId }) });
  }
}

function timersOf({ cursor }: Branch): readonly Timer[] {
  if (cursor.kind === "waiting" || cursor.kind === "retrying") return [cursor.timer];
  return cursor.kind === "task" ? [cursor.timeout, cursor.heartbeat].filter((x) => x !== undefined) : [];
}
