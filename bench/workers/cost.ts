/** Stepflare as it is deployed, telling at `GET /index-rows` how many rows D1 says each execution cost in the index. */
import type { Env } from "../../src/env.ts";
import type { StatusMessage } from "../../src/runtime/status-queue.ts";
import { createStepflare, type Stepflare } from "../../src/stepflare.ts";

const stepflare: Stepflare = createStepflare({ functions: {} });

export const ExecutionObject: Stepflare["ExecutionObject"] = stepflare.ExecutionObject;

/** Index rows written so far, by execution ARN. */
const indexRows = new Map<string, number>();

const worker: ExportedHandler<Env, StatusMessage> = {
  fetch: async (request, env, ctx) =>
    new URL(request.url).pathname === "/index-rows"
      ? Response.json(Object.fromEntries(indexRows))
      : (stepflare.worker.fetch?.(request, env, ctx) ?? new Response(null, { status: 404 })),
  queue: async (batch, env, ctx) => {
    // wrangler.cost.toml sees to it that a batch is one message, so its rows are that execution's.
    const [message] = batch.messages;
    if (message === undefined) return;
    const { executionArn } = message.body.entry;
    const count = (rows: number): unknown => indexRows.set(executionArn, (indexRows.get(executionArn) ?? 0) + rows);
    await stepflare.worker.queue?.(batch, { ...env, CATALOGUE: counted(env.CATALOGUE, count) }, ctx);
  },
};
export default worker;

/** The database, reporting the rows that each batch of statements wrote: the figure that is billed. */
function counted(db: D1Database, count: (rows: number) => unknown): D1Database {
  return new Proxy(db, {
    get: (target, member) => {
      if (member !== "batch") return Reflect.get(target, member, target).bind(target) as unknown;
      return async (statements: D1PreparedStatement[]) => {
        const results = await target.batch(statements);
        for (const { meta } of results) count(meta.rows_written);
        return results;
      };
    },
  });
}
