/**
 * Sends messages to queues by name: to a queue of your own, which the setting QUEUES names, else to one that is registered here.
 *
 * Q1. Whoever consumes a message gets Lambda's record of it, with an id that is the same when it was sent twice.
 */
import { utf8Size } from "../../asl/json.ts";
import type { ArnConfig } from "../arn.ts";
import { MAX_MESSAGE_BYTES, sendDeliveries, type DeliveryQueue } from "../messages/delivery.ts";
import { recordOf, type QueueMessage } from "./queue-message.ts";
import type { QueuePlan } from "./queues.ts";
import type { BoundQueues } from "./settings.ts";

export interface QueueHost {
  readonly config: ArnConfig;
  readonly bound: BoundQueues;
  /** The queue of that binding. */
  findBinding(binding: string): Pick<Queue, "sendBatch"> | undefined;
  findPlan(name: string): Promise<QueuePlan | undefined>;
  /** undefined: wrangler.toml binds none. */
  readonly deliveries: DeliveryQueue | undefined;
}

export type QueueRefusal =
  | { readonly kind: "no such queue" }
  /** A queue of the platform's takes 128 KB. */
  | { readonly kind: "too large"; readonly maxBytes: number }
  /** The settings are wrong about it. */
  | { readonly kind: "misconfigured"; readonly message: string };

/** Queues by their names. */
export interface MessageQueues {
  /** Whether there is such a queue; undefined: there is. */
  find(name: string): Promise<QueueRefusal | undefined>;
  /** undefined: all of them were taken. An outage is thrown; whoever sends again then sends under the same ids. */
  send(name: string, messages: readonly QueueMessage[]): Promise<QueueRefusal | undefined>;
}

export function messageQueues(host: QueueHost): MessageQueues {
  return {
    find: async (name) => {
      if (Object.hasOwn(host.bound, name)) return undefined;
      return (await host.findPlan(name)) === undefined ? { kind: "no such queue" } : undefined;
    },
    send: async (name, messages) => {
      const binding = Object.hasOwn(host.bound, name) ? host.bound[name] : undefined;
      if (binding !== undefined) return sendToBinding(host, name, binding, messages);
      const plan = await host.findPlan(name);
      if (plan === undefined) return { kind: "no such queue" };
      if (host.deliveries === undefined) return { kind: "misconfigured", message: NO_DELIVERIES };
      const deliveries = messages.map((message) => {
        const delaySeconds = message.delaySeconds ?? plan.delaySeconds;
        return { delivery: { queue: name, message }, ...(delaySeconds > 0 && { delaySeconds }) };
      });
      await sendDeliveries(deliveries, host.deliveries);
      return undefined;
    },
  };
}

export const NO_DELIVERIES =
  "Queues and topics need the queue binding MESSAGES_QUEUE, which wrangler.toml does not name";

async function sendToBinding(
  host: QueueHost,
  name: string,
  binding: string,
  messages: readonly QueueMessage[],
): Promise<QueueRefusal | undefined> {
  const queue = host.findBinding(binding);
  if (queue === undefined) {
    const message = `QUEUES leads '${name}' to the queue binding '${binding}', which wrangler.toml does not name`;
    return { kind: "misconfigured", message };
  }
  const records = messages.map((message) => ({
    body: recordOf(host.config, name, message),
    ...(message.delaySeconds !== undefined && message.delaySeconds > 0 && { delaySeconds: message.delaySeconds }),
  }));
  const sizes = records.map(({ body }) => utf8Size(JSON.stringify(body)));
  if (sizes.some((size) => size > MAX_MESSAGE_BYTES)) return { kind: "too large", maxBytes: MAX_MESSAGE_BYTES };
  // Ten at the most, of which one alone may fill half of what a call of the platform takes.
  if (sizes.reduce((sum, size) => sum + size, 0) <= MAX_MESSAGE_BYTES) await queue.sendBatch(records);
  else for (const record of records) await queue.sendBatch([record]);
  return undefined;
}
