/** The Durable Object of one table: a doorman. The driver does the work. */
import { DurableObject } from "cloudflare:workers";
import type { Env } from "../../env.ts";
import { TableDriver, type TableHost } from "./table-driver.ts";
import type { TableActionName, TableAnswer, TableDescription, TableRpc } from "./table-rpc.ts";
import type { TableSchema } from "./table-schema.ts";

type TableObjectClass = new (ctx: DurableObjectState, env: Env) => DurableObject<Env> & TableRpc;

/** After a defect in the alarm, it is tried again this much later. */
const ALARM_RETRY_MS = 300_000;
const KEY = "table";

/** The class to export under the name that wrangler.toml binds. */
export function tableObject(): TableObjectClass {
  return class extends DurableObject<Env> implements TableRpc {
    readonly #driver: TableDriver;

    constructor(ctx: DurableObjectState, env: Env) {
      super(ctx, env);
      this.#driver = new TableDriver(hostOf(ctx));
    }

    async create(schema: TableSchema): Promise<TableSchema> {
      return this.#driver.create(schema);
    }

    async expireBy(ttlAttribute: string | undefined): Promise<TableSchema | null> {
      return this.#driver.expireBy(ttlAttribute) ?? null;
    }

    async describe(): Promise<TableDescription | null> {
      return this.#driver.describe() ?? null;
    }

    async perform(action: TableActionName, request: string, call?: string): Promise<TableAnswer> {
      return this.#driver.perform(action, request, call);
    }

    async remove(): Promise<null> {
      await this.#driver.remove();
      return null;
    }

    override async alarm(info?: AlarmInvocationInfo): Promise<void> {
      const scheduledAt = info?.scheduledTime ?? Date.now();
      try {
        const next = this.#driver.onAlarm();
        // An alarm for a moment that is not behind this one's would be lost.
        if (next !== undefined) await this.ctx.storage.setAlarm(Math.max(next, scheduledAt + 1));
      } catch (error) {
        console.error("stepflare: items that expired could not be deleted", error);
        await this.ctx.storage.setAlarm(Math.max(Date.now(), scheduledAt) + ALARM_RETRY_MS);
      }
    }
  };
}

function hostOf({ storage }: DurableObjectState): TableHost {
  return {
    now: () => Date.now(),
    sql: { exec: (query, ...bindings) => storage.sql.exec(query, ...bindings) },
    transaction: (run) => storage.transactionSync(run),
    read: () => storage.kv.get<TableSchema>(KEY),
    write: (schema) => storage.kv.put(KEY, schema),
    clear: async () => {
      await storage.deleteAlarm();
      await storage.deleteAll();
    },
    setAlarm: (at) => void storage.setAlarm(at),
    sizeBytes: () => storage.sql.databaseSize,
  };
}
