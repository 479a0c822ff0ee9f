/** The platform as the driver of a Standard execution needs it, in that execution's object. */
import { readConfig, type Env } from "../env.ts";
import { ApprovalInbox } from "./approval-inbox.ts";
import type { DriverHost } from "./driver-host.ts";
import { platformEntropy } from "./entropy.ts";
import { findEntryVersion } from "./execution-index.ts";
import type { ExecutionRpc } from "./execution-rpc.ts";
import type { ExecutionStore } from "./execution-store.ts";
import { describeExecution } from "./execution-views.ts";
import type { LoadedExecution } from "./loaded-execution.ts";
import type { KeepAlive } from "./observe/isolate-batch.ts";
import { turnObserver } from "./observe/platform.ts";
import type { PerformTask, WithdrawTask } from "./tasks/task-call.ts";

/** What the Worker that embeds Stepflare hands in. */
export interface ExecutionObjectOptions {
  performTask(env: Env, keepAlive: KeepAlive): PerformTask;
  withdrawTask(env: Env): WithdrawTask;
  /** Another execution's object. */
  execution(env: Env, executionArn: string): ExecutionRpc;
}

/** @param load the execution as the driver holds it */
export function hostOf(
  ctx: DurableObjectState,
  env: Env,
  store: ExecutionStore,
  options: ExecutionObjectOptions,
  load: () => Promise<LoadedExecution | undefined>,
): DriverHost {
  const config = readConfig(env);
  const { region, watchdogSeconds, observability } = config;
  const keepAlive: KeepAlive = (work) => ctx.waitUntil(work);
  const sleep = (milliseconds: number): Promise<void> => scheduler.wait(milliseconds);
  const logDefect = (message: string, error: unknown): void => console.error(`stepflare: ${message}`, error);
  const inbox = new ApprovalInbox({ db: env.CATALOGUE, sealer: config.sealer, load, sleep, keepAlive, logDefect });
  return {
    store,
    region,
    watchdogSeconds,
    now: () => Date.now(),
    sleep,
    entropy: platformEntropy(config),
    getAlarm: async () => (await ctx.storage.getAlarm()) ?? undefined,
    sync: () => ctx.storage.sync(),
    setAlarm: (at) => {
      // Not awaited: written in the same synchronous run as the turn's rows, it is committed with them.
      void ctx.storage.setAlarm(at);
    },
    keepAlive,
    publishStatus: async (entry) => {
      await env.STATUS_QUEUE.send({ version: 1, entry });
    },
    indexedVersion: (key) => findEntryVersion(env.CATALOGUE, key),
    performTask: inbox.performing(options.performTask(env, keepAlive)),
    withdrawTask: options.withdrawTask(env),
    mapRun: (mapRunArn) => env.MAP_RUN.getByName(mapRunArn),
    tellMapRun: async (place, loaded) =>
      (await env.MAP_RUN.getByName(place.mapRunArn).childEnded(place, describeExecution(loaded))).ok,
    observe: inbox.observing(turnObserver(env, observability, keepAlive)),
    tellWatcher: async (watcher, loaded) =>
      (await options.execution(env, watcher.executionArn).childEnded(watcher, describeExecution(loaded))).ok,
    stopChild: (executionArn, waiter, isStarted) => options.execution(env, executionArn).abandon(waiter, isStarted),
    logDefect,
  };
}
