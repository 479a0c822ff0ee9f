/**
 * The queue of one activity: tasks that wait for workers, and workers that wait for tasks.
 *
 * Q1. A task is one row from the moment it was accepted until a worker has it. What memory adds, who gets it just now, is
 *     lost with the object, and the row is handed out again.
 * Q2. A task is given to one worker at a time: only when that worker is found to be gone does the next one get it.
 * Q3. The order of a hand-out: the worker is known to be there; the execution records the start, or says that it does not
 *     wait any more; the worker is looked for once more, and gets its answer; the row is deleted. Before the last step
 *     nothing is lost by a crash. Between the last two, a worker may have a task that is handed out again: the execution
 *     takes one answer.
 * Q4. An empty poll writes nothing.
 */
import type { PollAnswer, PollingWorker, PollRequest, QueuedTask } from "./activity-rpc.ts";
import type { Answer, StartedTask } from "./execution-rpc.ts";
import type { KeyValueStorage } from "./text-rows.ts";

/** What the queue needs of the platform. */
export interface QueueHost {
  readonly storage: Pick<KeyValueStorage, "kv">;
  /** Does the work then, unless the function that is answered is called before. */
  after(milliseconds: number, work: () => void): () => void;
  /** Tells the execution that a worker takes its task; answers the task's input, or that nobody waits for it. */
  startTask(taskToken: string, workerName: string | undefined): Promise<Answer<StartedTask>>;
  logDefect(message: string, error: unknown): void;
}

interface Waiter {
  readonly request: PollRequest;
  readonly worker: PollingWorker;
  readonly end: (answer: PollAnswer) => void;
  isOver: boolean;
}

interface Reservation {
  readonly key: string;
  readonly taskToken: string;
}

/** AWS's own: pollers of one activity at the same time. */
const MAX_POLLERS = 1000;
const TASK = "task/";
/** Keys that memory holds at most; the rest is read when these are gone. */
const MAX_READY = 1000;
/** An execution that cannot be reached is asked again after this. */
const RETRY_MS = 1000;
/** A worker that says neither yes nor no for so long is gone. */
const ANSWERS_WITHIN_MS = 10_000;
/** Where a worker waits, a task is acknowledged when that worker has it, or after this. */
const ACKNOWLEDGE_WITHIN_MS = 1000;

export class ActivityQueue {
  readonly #host: QueueHost;
  readonly #waiters: Waiter[] = [];
  readonly #polls: Map<string, Waiter> = new Map();
  /** The tasks that are being handed out. */
  readonly #leaving: Map<string, Promise<void>> = new Map();
  /** The next keys, oldest first; `#hasMore` says whether there may be rows beyond them. */
  #ready: string[] = [];
  #hasMore = true;

  constructor(host: QueueHost) {
    this.#host = host;
  }

  async enqueue({ key, taskToken }: QueuedTask): Promise<void> {
    const { kv } = this.#host.storage;
    if (kv.get(TASK + key) === undefined) {
      kv.put(TASK + key, taskToken);
      if (!this.#hasMore && this.#ready.length < MAX_READY) this.#ready.push(key);
      else this.#hasMore = true;
    }
    this.#match();
    // Acknowledged after its start, a task that was taken at once costs its execution no turn for the acknowledgement.
    const leaving = this.#leaving.get(key);
    if (leaving !== undefined) await this.#within(ACKNOWLEDGE_WITHIN_MS, leaving, undefined);
  }

  withdraw(key: string): void {
    this.#host.storage.kv.delete(TASK + key);
  }

  /** Waits for a task. */
  poll(request: PollRequest, worker: PollingWorker): Promise<PollAnswer> {
    if (this.#polls.size >= MAX_POLLERS) return Promise.resolve("too many pollers");
    return new Promise((answer) => {
      const cancelTimer = this.#host.after(request.seconds * 1000, () => this.#giveUp(waiter));
      const waiter: Waiter = {
        request,
        worker,
        isOver: false,
        end: (result) => {
          waiter.isOver = true;
          cancelTimer();
          this.#polls.delete(request.pollId);
          answer(result);
        },
      };
      this.#polls.set(request.pollId, waiter);
      this.#waiters.push(waiter);
      this.#match();
    });
  }

  leave(pollId: string): void {
    const waiter = this.#polls.get(pollId);
    if (waiter !== undefined) this.#giveUp(waiter);
  }

  /** Ends a poll that waits; one that is being given a task sees to itself. */
  #giveUp(waiter: Waiter): void {
    const at = this.#waiters.indexOf(waiter);
    waiter.isOver = true;
    if (at === -1) return;
    this.#waiters.splice(at, 1);
    waiter.end("nothing");
  }

  /** Brings workers and tasks together, as long as there are both. */
  #match(): void {
    for (let waiter = this.#waiters[0]; waiter !== undefined; waiter = this.#waiters[0]) {
      const task = this.#nextTask();
      if (task === undefined) return;
      this.#waiters.shift();
      const leaving = this.#handOut(task, waiter)
        .catch((error: unknown) => {
          this.#host.logDefect("a task could not be handed out", error);
          // Whoever polls is not left waiting; the task's row brings it to somebody once more.
          waiter.end("nothing");
        })
        .finally(() => {
          // It may be on its way to the next worker already.
          if (this.#leaving.get(task.key) === leaving) this.#leaving.delete(task.key);
        });
      this.#leaving.set(task.key, leaving);
    }
  }

  async #handOut(task: Reservation, waiter: Waiter): Promise<void> {
    const { worker, request } = waiter;
    if (!(await this.#within(ANSWERS_WITHIN_MS, said(worker.isThere()), false))) {
      this.#backToQueue(task, waiter, "gone");
      return;
    }
    const started = await this.#start(task, request.workerName);
    if (started === undefined) {
      await new Promise<void>((resolve) => void this.#host.after(RETRY_MS, resolve));
      this.#backToQueue(task, waiter, "there");
    } else if (!started.ok) {
      this.withdraw(task.key);
      this.#wait(waiter);
    } else if (await said(worker.take({ taskToken: task.taskToken, input: started.value.input }))) {
      // First of all: a row that cannot be deleted changes nothing about who has the task.
      waiter.end("taken");
      this.withdraw(task.key);
    } else {
      this.#backToQueue(task, waiter, "gone");
    }
  }

  /** Undefined: the execution cannot be reached just now. */
  async #start(task: Reservation, workerName: string | undefined): Promise<Answer<StartedTask> | undefined> {
    try {
      return await this.#host.startTask(task.taskToken, workerName);
    } catch (error) {
      this.#host.logDefect("an execution could not be told of a start", error);
      return undefined;
    }
  }

  #backToQueue(task: Reservation, waiter: Waiter, worker: "there" | "gone"): void {
    this.#leaving.delete(task.key);
    this.#ready.unshift(task.key);
    if (worker === "gone") {
      waiter.end("nothing");
      this.#match();
    } else {
      this.#wait(waiter);
    }
  }

  /** The worker goes on waiting, at the head of the line. */
  #wait(waiter: Waiter): void {
    if (waiter.isOver) waiter.end("nothing");
    else this.#waiters.unshift(waiter);
    this.#match();
  }

  async #within<T>(milliseconds: number, work: Promise<T>, otherwise: T): Promise<T> {
    return new Promise((resolve, reject) => {
      const cancelTimer = this.#host.after(milliseconds, () => resolve(otherwise));
      work.then(resolve, reject).finally(cancelTimer);
    });
  }

  #nextTask(): Reservation | undefined {
    for (;;) {
      if (this.#ready.length === 0 && this.#hasMore) this.#readMore();
      const key = this.#ready.shift();
      if (key === undefined) return undefined;
      const taskToken = this.#host.storage.kv.get(TASK + key);
      // Withdrawn since its key was read.
      if (typeof taskToken === "string") return { key, taskToken };
    }
  }

  #readMore(): void {
    const limit = MAX_READY + this.#leaving.size;
    const keys = [...this.#host.storage.kv.list({ prefix: TASK, limit })].map(([key]) => key.slice(TASK.length));
    this.#hasMore = keys.length === limit;
    this.#ready = keys.filter((key) => !this.#leaving.has(key));
  }
}

/** A worker that cannot be asked is gone. */
async function said(answer: Promise<boolean>): Promise<boolean> {
  try {
    return await answer;
  } catch {
    return false;
  }
}
