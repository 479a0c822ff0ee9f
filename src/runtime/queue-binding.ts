/** Queues by the names of their bindings. */
import type { Env } from "../env.ts";

/** The queue that wrangler.toml binds to that name. */
export function queueOf(env: Env, name: string): Queue | undefined {
  const binding = (env as unknown as Record<string, unknown>)[name];
  return typeof binding === "object" && binding !== null && "sendBatch" in binding ? (binding as Queue) : undefined;
}
