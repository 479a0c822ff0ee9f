/** The Durable Object of one activity: a doorman. The queue does the work. */
import { DurableObject } from "cloudflare:workers";
import type { Env } from "../env.ts";
import { ActivityQueue } from "./activity-queue.ts";
import type { ActivityRpc, PollAnswer, PollingWorker, PollRequest, QueuedTask } from "./activity-rpc.ts";
import type { Answer, StartedTask } from "./execution-rpc.ts";

export interface ActivityObjectOptions {
  /** Tells an execution that a worker takes its task. */
  startTask(env: Env, taskToken: string, workerName: string | undefined): Promise<Answer<StartedTask>>;
}

type ActivityObjectClass = new (ctx: DurableObjectState, env: Env) => DurableObject<Env> & ActivityRpc;

/** The class to export under the name that wrangler.toml binds. */
export function activityObject(options: ActivityObjectOptions): ActivityObjectClass {
  return class extends DurableObject<Env> implements ActivityRpc {
    readonly #queue: ActivityQueue;

    constructor(ctx: DurableObjectState, env: Env) {
      super(ctx, env);
      this.#queue = new ActivityQueue({
        storage: ctx.storage,
        after: (milliseconds, work) => {
          const timer = setTimeout(work, milliseconds);
          return () => clearTimeout(timer);
        },
        startTask: (taskToken, workerName) => options.startTask(env, taskToken, workerName),
        logDefect: (message, error) => console.error(`stepflare: ${message}`, error),
      });
    }

    async enqueue(task: QueuedTask): Promise<null> {
      await this.#queue.enqueue(task);
      return null;
    }

    async withdraw(key: string): Promise<null> {
      this.#queue.withdraw(key);
      return null;
    }

    async poll(request: PollRequest, worker: PollingWorker): Promise<PollAnswer> {
      return this.#queue.poll(request, worker);
    }

    async leave(pollId: string): Promise<null> {
      this.#queue.leave(pollId);
      return null;
    }
  };
}
