/** The queues of a deployment, by its bindings and settings. */
import { readConfig, type Env } from "../../env.ts";
import type { DeliveryMessage, DeliveryQueue } from "../messages/delivery.ts";
import { readRecently } from "../recent-reads.ts";
import { queueOf } from "../queue-binding.ts";
import { findQueuePlan } from "./queues.ts";
import { messageQueues, type MessageQueues } from "./send.ts";

export function queuesOf(env: Env): MessageQueues {
  const config = readConfig(env);
  return messageQueues({
    config,
    bound: config.queues,
    findBinding: (binding) => queueOf(env, binding),
    findPlan: (name) =>
      readRecently(env.CATALOGUE, Date.now(), `queue/${name}`, () => findQueuePlan(env.CATALOGUE, name)),
    deliveries: deliveriesOf(env),
  });
}

/** undefined: wrangler.toml binds no queue for them. */
export function deliveriesOf(env: Env): DeliveryQueue | undefined {
  const queue = env.MESSAGES_QUEUE;
  if (queue === undefined) return undefined;
  return {
    objects: env.OBJECTS,
    sendBatch: (messages: readonly { readonly body: DeliveryMessage; readonly delaySeconds?: number }[]) =>
      queue.sendBatch(messages),
  };
}
