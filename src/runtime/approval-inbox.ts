/**
 * Keeps the list of approvals that wait, for one execution: it hears the calls of its tasks, and its turns.
 *
 * B1. A task whose call holds no link of its own costs a look at its text, and nothing is written or awaited for it.
 * B2. A row is written beside the call, and the call is over when both are: a call that was lost is made again, and so the
 *     row is written again. One that the database refuses for too long is given up, as its link works without it.
 * B3. Rows are written and deleted one after the other, so that a deletion is never overtaken by what it deletes.
 */
import type { TaskCursor, TaskId } from "../engine/execution.ts";
import { findOpenTask } from "../engine/places.ts";
import { askedOf } from "./approval-asked.ts";
import { deleteApproval, insertApproval, type ListedApproval } from "./approval-index.ts";
import { APPROVAL_LINK_PREFIX, readApprovalLink } from "./approval-link.ts";
import { digestOf } from "./answered-tasks.ts";
import { approvalOf } from "./approvals.ts";
import type { LoadedExecution } from "./loaded-execution.ts";
import type { ObservedTurn } from "./observe/observed-turn.ts";
import type { ObserveTurn } from "./observe/platform.ts";
import type { Sealer } from "./sealing.ts";
import type { PerformTask } from "./tasks/task-call.ts";

export interface InboxHost {
  readonly db: D1Database;
  readonly sealer: Sealer;
  /** The execution as it is; to be asked while a call of it begins. */
  load(): Promise<LoadedExecution | undefined>;
  sleep(milliseconds: number): Promise<void>;
  keepAlive(work: Promise<unknown>): void;
  logDefect(message: string, error: unknown): void;
}

const PAUSES_MS = [500, 3_000, 15_000];
const MAX_TITLE = 500;
/** More links in one call are hardly its own. */
const MAX_LINKS = 20;
const LINKS = new RegExp(`${APPROVAL_LINK_PREFIX}[\\w-]{60,}`, "gu");

export class ApprovalInbox {
  readonly #host: InboxHost;
  #written: Promise<void> = Promise.resolve();
  #waiting: D1PreparedStatement[] = [];

  constructor(host: InboxHost) {
    this.#host = host;
  }

  /** Calls, with a row for those that somebody is asked by. */
  performing(perform: PerformTask): PerformTask {
    return (call, signal) => {
      if (!this.#isAsked(call.executionArn, call)) return perform(call, signal);
      const listed = this.#list(this.#host.load(), call.taskId);
      return Promise.all([perform(call, signal), listed]).then(([answer]) => answer);
    };
  }

  /** Turns, after which nobody is asked any more by tasks that have their answer. */
  observing(observe: ObserveTurn): ObserveTurn {
    return (request, turn) => {
      observe(request, turn);
      const closed = this.#closedIn(turn);
      if (closed.length > 0) this.#host.keepAlive(this.#write(closed));
    };
  }

  async #list(loading: Promise<LoadedExecution | undefined>, taskId: TaskId): Promise<void> {
    const loaded = await loading;
    const row = loaded && this.#rowOf(loaded, taskId);
    if (row !== undefined) await this.#write([insertApproval(this.#host.db, row)]);
  }

  /** undefined: it has its answer. */
  #rowOf(loaded: LoadedExecution, taskId: TaskId): ListedApproval | undefined {
    const { facts, branches } = loaded.execution;
    const task = findOpenTask(branches, taskId);
    if (task?.taskToken === undefined) return undefined;
    const tokenDigest = digestOf(task.taskToken);
    const open = approvalOf(loaded, { version: 1, taskId, tokenDigest }, undefined);
    if (open.kind !== "open") return undefined;
    const { title } = askedOf(open.parameters, open.comment ?? open.stateName);
    return {
      ...keyOf(facts.executionArn, task),
      tokenDigest,
      stateMachineArn: facts.stateMachineArn,
      startedAt: facts.startedAt,
      executionName: facts.executionName,
      stateName: open.stateName,
      title: title.slice(0, MAX_TITLE),
      ...(task.timeout !== undefined && { closesAt: task.timeout.at }),
    };
  }

  #closedIn({ before, result }: ObservedTurn): readonly D1PreparedStatement[] {
    const { outcome, branches } = result.execution;
    const { executionArn } = before.facts;
    const isRunning = outcome.status === "RUNNING";
    const branchesBefore = isRunning
      ? Array.from(result.changed, (id) => before.branches.get(id))
      : before.branches.values();
    const closed: D1PreparedStatement[] = [];
    for (const branch of branchesBefore) {
      if (branch?.cursor.kind !== "task" || !this.#isAsked(executionArn, branch.cursor)) continue;
      const { cursor } = branch;
      if (isRunning && findOpenTask(branches, cursor.taskId) !== undefined) continue;
      closed.push(deleteApproval(this.#host.db, keyOf(executionArn, cursor)));
    }
    return closed;
  }

  /** Whether the task was given a link of its own. */
  #isAsked(executionArn: string, task: Pick<TaskCursor, "taskId" | "taskToken" | "parameters">): boolean {
    const { taskId, taskToken, parameters } = task;
    if (taskToken === undefined || !parameters.text.includes(APPROVAL_LINK_PREFIX)) return false;
    const found = parameters.text.match(LINKS) ?? [];
    return found.slice(0, MAX_LINKS).some((part) => {
      const link = readApprovalLink(this.#host.sealer, part);
      return link?.taskId === taskId && link.executionArn === executionArn && link.tokenDigest === digestOf(taskToken);
    });
  }

  /** Rows of one moment go in one request. Never throws. */
  #write(statements: readonly D1PreparedStatement[]): Promise<void> {
    this.#waiting.push(...statements);
    this.#written = this.#written.then(() => this.#flush());
    return this.#written;
  }

  async #flush(): Promise<void> {
    const statements = this.#waiting.splice(0);
    if (statements.length === 0) return;
    for (const pause of [...PAUSES_MS, undefined]) {
      try {
        await this.#host.db.batch(statements);
        return;
      } catch (error) {
        if (pause === undefined) this.#host.logDefect("the list of approvals could not be written", error);
        else await this.#host.sleep(pause);
      }
    }
  }
}

function keyOf(
  executionArn: string,
  { taskId, scheduledAt, visit }: Pick<TaskCursor, "taskId" | "scheduledAt" | "visit">,
): Pick<ListedApproval, "askedAt" | "executionArn" | "taskId"> {
  return { askedAt: scheduledAt ?? visit.enteredAt, executionArn, taskId };
}
