/**
 * Which visits to states, and which attempts of their tasks, ended in a turn.
 *
 * V1. An entered state ends exactly once: when it is left, when it is stopped, or when it failed for good. A redrive lets it
 *     begin once more, at the moment of the redrive.
 * V2. Looked at are the turn's events and the branches that it changed, never all branches; only the turn that ends the
 *     execution looks at those that were still in a state.
 */
import type { StateFailure } from "../../asl/error-names.ts";
import type { Branch, BranchId, Execution, TaskCursor, TaskId, Visit } from "../../engine/execution.ts";
import type { HistoryEvent } from "../../engine/history-event.ts";
import { retryCountOf } from "../../engine/visit.ts";
import { liveVisitOf, visitOf, type ObservedTurn } from "./observed-turn.ts";

/** How something ended: well, stopped because of something else, or with the failure. */
export type Ending = "left" | "stopped" | StateFailure;

export interface EndedVisit {
  readonly stateName: string;
  /** The id of its StateEntered event, which tells it from other visits. */
  readonly enteredEventId: number;
  /** The same of the Parallel or Map around it. */
  readonly container?: number;
  /** Which branch of a Parallel, or which item of a Map, it belongs to. */
  readonly index?: number;
  /** Epoch milliseconds. */
  readonly from: number;
  readonly to: number;
  readonly ending: Ending;
}

export interface EndedAttempt {
  readonly taskId: TaskId;
  readonly stateName: string;
  /** The visit that it was made for. */
  readonly enteredEventId: number;
  /** 0 for the first one. */
  readonly retryCount: number;
  readonly from: number;
  readonly to: number;
  readonly ending: Ending;
}

export interface Endings {
  readonly visits: readonly EndedVisit[];
  readonly attempts: readonly EndedAttempt[];
}

type OpenVisit = Omit<EndedVisit, "to" | "ending">;

export function endingsOf(turn: ObservedTurn): Endings {
  const tally = new Tally(turn);
  turn.result.history.forEach((event, i) => tally.hear(event, turn.result.places[i]));
  return tally.result();
}

/** The types of event with which an attempt has its answer. */
const ANSWERED = /^(?:LambdaFunction|Activity|Task)(?:Succeeded|Failed|TimedOut|ScheduleFailed|SubmitFailed)$/u;

class Tally {
  readonly #turn: ObservedTurn;
  /** By the id of its StateEntered. */
  readonly #open: Map<number, OpenVisit> = new Map();
  readonly #ended: Map<number, EndedVisit> = new Map();
  readonly #attempts: EndedAttempt[] = [];
  readonly #failures: Map<number, StateFailure> = new Map();
  /** The visits that branches began in this turn. */
  readonly #begun: Map<BranchId, number> = new Map();

  constructor(turn: ObservedTurn) {
    this.#turn = turn;
    for (const id of turn.result.changed) {
      const branch = turn.before.branches.get(id);
      const visit = liveVisitOf(branch?.cursor);
      if (branch !== undefined && visit !== undefined) this.#openedBy(branch, visit);
    }
    for (const { branch, failure } of turn.result.failures) {
      const visit = visitOf(branch.cursor);
      if (visit !== undefined) this.#failures.set(visit.enteredEventId, failure);
    }
  }

  hear(event: HistoryEvent, branch: Branch | undefined): void {
    if (branch === undefined) return;
    const { type, id, timestamp } = event;
    if (type.endsWith("StateEntered")) {
      this.#openedBy(branch, { stateName: String(event.details?.["name"]), enteredEventId: id, enteredAt: timestamp });
      this.#begun.set(branch.id, id);
      return;
    }
    const { cursor } = branch;
    const visit = visitOf(cursor);
    if (visit === undefined) return;
    if (type.endsWith("StateExited")) this.#end(branch, visit, timestamp, "left");
    else if (type.endsWith("StateAborted")) this.#stop(branch, visit, timestamp);
    else if (cursor.kind === "task" && ANSWERED.test(type)) {
      this.#attempts.push(attemptOf(cursor, timestamp, answerOf(event)));
    }
  }

  result(): Endings {
    const { execution, failures, changed } = this.#turn.result;
    const { lastTurnAt, branches, outcome } = execution;
    const live = new Set<number>();
    if (outcome.status === "RUNNING") {
      for (const id of changed) live.add(liveVisitOf(branches.get(id)?.cursor)?.enteredEventId ?? 0);
    } else {
      for (const branch of branches.values()) {
        const visit = liveVisitOf(branch.cursor);
        if (visit !== undefined) this.#stop(branch, visit, lastTurnAt);
      }
    }
    // No event of its own says that a state failed for good.
    for (const { branch, failure } of failures) {
      const visit = visitOf(branch.cursor);
      if (visit !== undefined) this.#end(branch, visit, lastTurnAt, failure);
    }
    for (const [id, open] of this.#open) {
      if (!this.#ended.has(id) && !live.has(id)) this.#ended.set(id, { ...open, to: lastTurnAt, ending: "stopped" });
    }
    return { visits: [...this.#ended.values()], attempts: this.#attempts };
  }

  #stop(branch: Branch, visit: Visit, at: number): void {
    const { cursor } = branch;
    if (cursor.kind === "task" && cursor.closed === undefined) this.#attempts.push(attemptOf(cursor, at, "stopped"));
    this.#end(branch, visit, at, this.#failures.get(visit.enteredEventId) ?? "stopped");
  }

  #end(branch: Branch, visit: Entered, to: number, ending: Ending): void {
    const id = visit.enteredEventId;
    if (this.#ended.has(id)) return;
    this.#ended.set(id, { ...(this.#open.get(id) ?? this.#openedBy(branch, visit)), to, ending });
  }

  #openedBy({ parent }: Branch, { stateName, enteredEventId, enteredAt }: Entered): OpenVisit {
    const { before, result } = this.#turn;
    const container = parent && this.#visitIn(parent.branch, before);
    const open = {
      stateName,
      enteredEventId,
      ...(container !== undefined && { container }),
      ...(parent !== undefined && { index: parent.index }),
      from: Math.max(enteredAt, result.execution.redrive?.at ?? 0),
    };
    this.#open.set(enteredEventId, open);
    return open;
  }

  #visitIn(branchId: BranchId, before: Execution): number | undefined {
    return this.#begun.get(branchId) ?? visitOf(before.branches.get(branchId)?.cursor)?.enteredEventId;
  }
}

type Entered = Pick<Visit, "stateName" | "enteredEventId" | "enteredAt">;

function attemptOf({ taskId, visit, scheduledAt }: TaskCursor, to: number, ending: Ending): EndedAttempt {
  const { stateName, enteredEventId, enteredAt } = visit;
  return {
    taskId,
    stateName,
    enteredEventId,
    retryCount: retryCountOf(visit),
    from: scheduledAt ?? enteredAt,
    to,
    ending,
  };
}

function answerOf({ type, details }: HistoryEvent): Ending {
  if (type.endsWith("Succeeded")) return "left";
  const { error, cause } = (details ?? {}) as StateFailure;
  return { ...(error !== undefined && { error }), ...(cause !== undefined && { cause }) };
}
