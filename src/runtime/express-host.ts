/** The platform for Express executions: its clock, its timers, its log. */
import { readConfig, type Env } from "../env.ts";
import { platformEntropy } from "./entropy.ts";
import { consoleSink, historyLogger } from "./execution-log.ts";
import type { ExpressHost, ExpressRequest } from "./express-run.ts";
import type { PerformTask } from "./tasks/task-call.ts";

export function expressHost(env: Env, request: ExpressRequest, performTask: PerformTask): ExpressHost {
  return {
    region: readConfig(env).region,
    now: () => Date.now(),
    setTimer: (milliseconds, fire) => {
      const timer = setTimeout(fire, milliseconds);
      return () => clearTimeout(timer);
    },
    entropy: platformEntropy,
    performTask,
    record: historyLogger(request, consoleSink),
    logDefect: (message, error) => console.error(`stepflare: ${message}`, error),
  };
}
