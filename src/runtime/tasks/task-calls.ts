/**
 * The calls of tasks that an execution's object has under way.
 *
 * Each is read off a cursor, so that a lost instance's calls are made again, with the same idempotency key; what is answered
 * to a call that nobody waits for any more is dropped.
 */
import type { ScheduleTask } from "../../engine/command.ts";
import type { ExecutionEvent } from "../../engine/event.ts";
import type { Execution, TaskId } from "../../engine/execution.ts";
import { findOpenTask, pendingCalls, queuedTasks } from "../../engine/places.ts";
import type { LoadedExecution } from "../loaded-execution.ts";
import { answerEvent } from "./answer-event.ts";
import { idempotencyKeyOf, madeCall } from "./made-call.ts";
import type { PerformTask, WithdrawTask } from "./task-call.ts";

export interface CallsHost {
  readonly performTask: PerformTask;
  readonly withdrawTask: WithdrawTask;
  keepAlive(work: Promise<unknown>): void;
  logDefect(message: string, error: unknown): void;
}

export class TaskCalls {
  readonly #host: CallsHost;
  readonly #receive: (event: ExecutionEvent) => Promise<void>;
  readonly #underWay: Map<TaskId, AbortController> = new Map();

  /** @param receive tells the execution what happened */
  constructor(host: CallsHost, receive: (event: ExecutionEvent) => Promise<void>) {
    this.#host = host;
    this.#receive = receive;
  }

  /** Whether an answer is still to come. */
  get isOpen(): boolean {
    return this.#underWay.size > 0;
  }

  /** Makes the calls that the snapshot waits for and that this instance has not under way. */
  resume(loaded: LoadedExecution): void {
    for (const command of pendingCalls(loaded.machine, loaded.execution))
      if (!this.#underWay.has(command.taskId)) this.make(command, loaded);
  }

  make(command: ScheduleTask, loaded: LoadedExecution): void {
    const { taskId } = command;
    const controller = new AbortController();
    this.#underWay.set(taskId, controller);
    const answered = this.#callAndReceive(command, loaded, controller.signal).catch((error: unknown) => {
      // The watchdog makes the call again.
      this.#underWay.delete(taskId);
      this.#host.logDefect(`the answer of task ${taskId} could not be taken`, error);
    });
    this.#host.keepAlive(answered);
  }

  /** Nobody waits for the task any more. */
  abandon(taskId: TaskId): void {
    this.#underWay.get(taskId)?.abort();
    this.#underWay.delete(taskId);
  }

  abandonAll(): void {
    for (const taskId of this.#underWay.keys()) this.abandon(taskId);
  }

  /** Takes the tasks that waited for a worker before a turn, and are not waited for after it, out of their queues. */
  withdraw({ machine, execution: before }: LoadedExecution, after: Execution): void {
    const { executionArn } = before.facts;
    for (const task of queuedTasks(machine, before)) {
      if (after.outcome.status === "RUNNING" && findOpenTask(after.branches, task.taskId) !== undefined) continue;
      const idempotencyKey = idempotencyKeyOf(executionArn, task.taskId);
      this.#host.keepAlive(this.#host.withdrawTask({ ...task, idempotencyKey }));
    }
  }

  async #callAndReceive(command: ScheduleTask, loaded: LoadedExecution, signal: AbortSignal): Promise<void> {
    const call = madeCall(command, loaded.request, loaded.execution.facts);
    const answer = await this.#host.performTask(call, signal);
    if (signal.aborted) return;
    await this.#receive(answerEvent(command.taskId, answer));
    this.#underWay.delete(command.taskId);
  }
}
