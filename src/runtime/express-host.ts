/** The platform for Express executions: its clock, its timers, its log, its queue. */
import { readConfig, type Env } from "../env.ts";
import { platformEntropy } from "./entropy.ts";
import type { ExpressConsumer, ExpressSubmission } from "./express-queue.ts";
import type { ExpressHost, ExpressRequest } from "./express-run.ts";
import { executionAt } from "./lost-calls.ts";
import type { KeepAlive } from "./observe/isolate-batch.ts";
import { turnObserver } from "./observe/platform.ts";
import type { PerformTask } from "./tasks/task-call.ts";

export function expressHost(
  env: Env,
  request: ExpressRequest,
  performTask: PerformTask,
  keepAlive: KeepAlive | undefined,
): ExpressHost {
  const config = readConfig(env);
  const { region, observability } = config;
  const observe = turnObserver(env, observability, keepAlive);
  return {
    region,
    now: () => Date.now(),
    setTimer: (milliseconds, fire) => {
      const timer = setTimeout(fire, milliseconds);
      return () => clearTimeout(timer);
    },
    entropy: platformEntropy(config),
    performTask,
    record: (turn) => observe(request, turn),
    logDefect,
  };
}

export function expressSubmission(env: Env): ExpressSubmission {
  return { objects: env.OBJECTS, send: (message) => env.EXPRESS_QUEUE.send(message) };
}

export function expressConsumer(env: Env, run: ExpressConsumer["run"]): ExpressConsumer {
  return {
    objects: env.OBJECTS,
    run,
    tellWatcher: async (watcher, child) => (await executionAt(env, watcher.executionArn).childEnded(watcher, child)).ok,
    sleep: (milliseconds) => scheduler.wait(milliseconds),
    logDefect,
  };
}

function logDefect(message: string, error: unknown): void {
  console.error(`stepflare: ${message}`, error);
}
