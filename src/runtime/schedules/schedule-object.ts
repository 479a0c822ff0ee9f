/** The Durable Object of one schedule: a doorman. The driver does the work. */
import { DurableObject } from "cloudflare:workers";
import type { Env } from "../../env.ts";
import type { CallOperation } from "../tasks/states.ts";
import { ScheduleDriver, type ScheduleHost, type ScheduleState } from "./schedule-driver.ts";
import type { Backfill, ScheduleDescription, SchedulePlan, ScheduleRpc } from "./schedule-rpc.ts";

export interface ScheduleObjectOptions {
  /** The API, for what a schedule starts. */
  operations(env: Env): CallOperation;
}

type ScheduleObjectClass = new (ctx: DurableObjectState, env: Env) => DurableObject<Env> & ScheduleRpc;

/** After a defect in the alarm, it is tried again this much later. */
const ALARM_RETRY_MS = 30_000;
const KEY = "schedule";

/** The class to export under the name that wrangler.toml binds. */
export function scheduleObject(options: ScheduleObjectOptions): ScheduleObjectClass {
  return class extends DurableObject<Env> implements ScheduleRpc {
    readonly #driver: ScheduleDriver;

    constructor(ctx: DurableObjectState, env: Env) {
      super(ctx, env);
      this.#driver = new ScheduleDriver(hostOf(ctx, env, options));
    }

    async put(plan: SchedulePlan): Promise<ScheduleDescription> {
      return this.#driver.put(plan);
    }

    async describe(): Promise<ScheduleDescription | null> {
      // Whatever wakes it sets the alarm again, should it be lost.
      if ((await this.ctx.storage.getAlarm()) === null) this.#driver.revive();
      return this.#driver.describe() ?? null;
    }

    async remove(): Promise<null> {
      await this.#driver.remove();
      return null;
    }

    async backfill(interval: Backfill): Promise<boolean> {
      return this.#driver.backfill(interval);
    }

    override async alarm(info?: AlarmInvocationInfo): Promise<void> {
      const scheduledAt = info?.scheduledTime ?? Date.now();
      try {
        await this.#driver.onAlarm(scheduledAt);
      } catch (error) {
        console.error("stepflare: a schedule's alarm failed", error);
        await this.ctx.storage.setAlarm(Math.max(Date.now(), scheduledAt) + ALARM_RETRY_MS);
      }
    }
  };
}

function hostOf(ctx: DurableObjectState, env: Env, options: ScheduleObjectOptions): ScheduleHost {
  const { storage } = ctx;
  return {
    now: () => Date.now(),
    read: () => storage.kv.get<ScheduleState>(KEY),
    commit: (state, alarm) => {
      // Writes without an await between them are one transaction.
      storage.kv.put(KEY, state);
      void (alarm === undefined ? storage.deleteAlarm() : storage.setAlarm(alarm));
    },
    clear: async () => {
      await storage.deleteAlarm();
      await storage.deleteAll();
    },
    operations: options.operations(env),
    logDefect: (message, error) => console.error(`stepflare: ${message}`, error),
  };
}
