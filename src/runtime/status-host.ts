/** The platform for changes of status: the index, the queue of subscribers' events, and the objects that know the data. */
import { readConfig, type Env } from "../env.ts";
import type { EventConsumer, EventMessage } from "./event-queue.ts";
import { outboundOf } from "./outbound/platform.ts";
import type { StatusIndex } from "./status-queue.ts";
import { findSubscription } from "./subscriptions.ts";

export function statusIndex(env: Env): StatusIndex {
  const queue = env.EVENTS_QUEUE;
  return {
    db: env.CATALOGUE,
    countsExecutions: readConfig(env).observability.metricsEndpoint,
    ...(queue !== undefined && {
      sendEvents: (messages: readonly EventMessage[]) => queue.sendBatch(messages.map((body) => ({ body }))),
    }),
  };
}

export function eventConsumer(env: Env): EventConsumer {
  return {
    now: () => Date.now(),
    findSubscription: (name) => findSubscription(env.CATALOGUE, readConfig(env).sealer, name),
    describe: async (executionArn) => {
      const answer = await env.EXECUTION.getByName(executionArn).describe(true);
      return answer.ok ? answer.value : undefined;
    },
    fetch: outboundOf(env).send,
    findQueue: (name) => queueOf(env, name),
    logDefect: (message, error) => console.error(`stepflare: ${message}`, error),
  };
}

/** The queue that wrangler.toml binds to that name. */
export function queueOf(env: Env, name: string): Queue | undefined {
  const binding = (env as unknown as Record<string, unknown>)[name];
  return typeof binding === "object" && binding !== null && "sendBatch" in binding ? (binding as Queue) : undefined;
}
