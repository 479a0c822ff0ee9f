/**
 * Stops the executions that tasks have started and waited for (`.sync`), once nobody waits for them any more: the execution
 * was stopped or has ended, the task timed out, a sibling branch failed.
 *
 * A1. What is to be stopped is stored with the turn that abandons the task, in the state's row. An execution without such
 *     tasks pays nothing for it.
 * A2. It is told until the child's object has heard it, also by a later instance. Then it is struck off at once: a child that
 *     somebody has redriven since is not stopped again.
 * A3. A child's name is known before it is started. One whose start is still under way finds the door closed: see
 *     `closed-doors`. What has the same name and does not belong to the task is left alone.
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html (Run a Job)
 */
import type { ExecutionEvent } from "../engine/event.ts";
import type { Execution, TaskCursor, TaskId } from "../engine/execution.ts";
import { branchOfTask, taskStateOf } from "../engine/places.ts";
import type { TurnResult } from "../engine/turn.ts";
import { pauseAfter } from "./backoff.ts";
import type { Answer, Waiter } from "./execution-rpc.ts";
import type { LoadedExecution } from "./loaded-execution.ts";
import { awaitsChild, childArn } from "./tasks/awaited-child.ts";
import { idempotencyKeyOf } from "./tasks/made-call.ts";

/** A child that is to be stopped. */
export interface AbandonedChild {
  readonly executionArn: string;
  readonly taskId: TaskId;
  /** Since when, epoch milliseconds. */
  readonly at: number;
  /** Whether its start was recorded; absent: it may still be under way. */
  readonly isStarted?: true;
}

export interface AbandoningHost {
  now(): number;
  keepAlive(work: Promise<unknown>): void;
  stopChild(executionArn: string, waiter: Waiter, isStarted: boolean): Promise<Answer<null>>;
  logDefect(message: string, error: unknown): void;
}

/** Calls under way at the same time. */
const AT_THE_SAME_TIME = 20;

export class AbandonedChildren {
  readonly #host: AbandoningHost;
  readonly #strike: (strike: () => void) => Promise<void>;
  #open: readonly AbandonedChild[] = [];
  #checkAt: number | undefined;
  #telling: Promise<void> | undefined;

  /** @param strike does it and stores the result, alone and with what is stored in memory */
  constructor(host: AbandoningHost, strike: (strike: () => void) => Promise<void>) {
    this.#host = host;
    this.#strike = strike;
  }

  /** What the driver's state holds of it. */
  get stored(): { readonly abandonedChildren?: readonly AbandonedChild[] } {
    return this.#open.length === 0 ? {} : { abandonedChildren: this.#open };
  }

  /** When to tell those that have not heard it; undefined: all have. */
  get checkAt(): number | undefined {
    return this.#checkAt;
  }

  load(stored: readonly AbandonedChild[] = []): void {
    this.#open = stored;
    this.#checkAt = this.#nextCheck();
  }

  /** To be stored with the turn that is being committed. */
  add(children: readonly AbandonedChild[]): void {
    if (children.length === 0) return;
    this.#open = [...this.#open, ...children];
    this.#checkAt = this.#nextCheck();
  }

  /** Tells all that have not heard it, without anybody waiting for that. */
  tell(executionArn: string): void {
    if (this.#open.length > 0) this.#host.keepAlive(this.#tellOnce(executionArn));
  }

  /** Tells them when it is time to. */
  async check(executionArn: string): Promise<void> {
    if (this.#checkAt === undefined || this.#checkAt > this.#host.now()) return;
    await this.#tellOnce(executionArn);
    this.#checkAt = this.#nextCheck();
  }

  #nextCheck(): number | undefined {
    const now = this.#host.now();
    const [first] = this.#open;
    return first === undefined ? undefined : now + pauseAfter(now - first.at);
  }

  #tellOnce(executionArn: string): Promise<void> {
    this.#telling ??= this.#tellAll(executionArn).finally(() => (this.#telling = undefined));
    return this.#telling;
  }

  async #tellAll(executionArn: string): Promise<void> {
    const tried = new Set<TaskId>();
    for (;;) {
      const next = this.#open.filter((x) => !tried.has(x.taskId)).slice(0, AT_THE_SAME_TIME);
      if (next.length === 0) return;
      for (const { taskId } of next) tried.add(taskId);
      const answers = await Promise.all(next.map((child) => this.#tell(executionArn, child)));
      const heard = new Set(next.filter((_, i) => answers[i]).map(({ taskId }) => taskId));
      if (heard.size > 0) {
        await this.#strike(() => {
          this.#open = this.#open.filter(({ taskId }) => !heard.has(taskId));
          if (this.#open.length === 0) this.#checkAt = undefined;
        });
      }
    }
  }

  async #tell(executionArn: string, child: AbandonedChild): Promise<boolean> {
    try {
      const waiter = { executionArn, taskId: child.taskId };
      return (await this.#host.stopChild(child.executionArn, waiter, child.isStarted === true)).ok;
    } catch (error) {
      this.#host.logDefect(`${child.executionArn} could not be stopped`, error);
      return false;
    }
  }
}

/** The children of tasks that are not waited for any more after the turn. */
export function childrenAbandonedBy(
  { machine, execution: before }: LoadedExecution,
  event: ExecutionEvent,
  { execution: after, commands }: TurnResult,
): readonly AbandonedChild[] {
  const { executionArn } = before.facts;
  const at = after.lastTurnAt;
  return abandonedTasks(before, event, after, commands).flatMap(({ taskId, parameters, submitted }) => {
    const branch = before.branches.get(branchOfTask(taskId));
    if (branch?.cursor.kind !== "task") return [];
    const { Resource } = taskStateOf(machine, before.branches, branch, branch.cursor);
    const child = awaitsChild(Resource) ? childArn(parameters, idempotencyKeyOf(executionArn, taskId)) : undefined;
    return child === undefined ? [] : [{ executionArn: child, taskId, at, ...(submitted && { isStarted: true }) }];
  });
}

/** The tasks that are said not to be waited for any more. One that the same turn has scheduled need not be begun. */
export function abandonedIn(commands: TurnResult["commands"]): ReadonlySet<TaskId> {
  return new Set(commands.flatMap((x) => (x.type === "AbandonTask" ? [x.taskId] : [])));
}

/** Those that the turn itself scheduled are none: their calls were never made. */
function abandonedTasks(
  before: Execution,
  event: ExecutionEvent,
  { outcome }: Execution,
  commands: TurnResult["commands"],
): readonly TaskCursor[] {
  const given = new Set(abandonedIn(commands));
  if (event.type === "TaskFailed" && event.isUncertain === true) given.add(event.taskId);
  const hasEnded = outcome.status !== "RUNNING";
  if (given.size === 0 && !hasEnded) return [];
  const isAnswered = (taskId: TaskId): boolean =>
    (event.type === "TaskSucceeded" || event.type === "TaskFailed") && event.taskId === taskId;
  const tasks: TaskCursor[] = [];
  for (const { cursor } of before.branches.values()) {
    if (cursor.kind !== "task") continue;
    if (given.has(cursor.taskId) || (hasEnded && !isAnswered(cursor.taskId))) tasks.push(cursor);
  }
  return tasks;
}
