/** The platform for changes of status: the index, the queue of subscribers' events, and the objects that know the data. */
import { readConfig, type Env } from "../env.ts";
import type { EventConsumer } from "./event-queue.ts";
import { eventSender } from "./events/bus-host.ts";
import { queueOf } from "./queue-binding.ts";
import { outboundOf } from "./outbound/platform.ts";
import type { StatusIndex } from "./status-queue.ts";
import { findSubscription } from "./subscriptions.ts";

export function statusIndex(env: Env): StatusIndex {
  return {
    db: env.CATALOGUE,
    countsExecutions: readConfig(env).observability.metricsEndpoint,
    sendEvents: eventSender(env),
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
