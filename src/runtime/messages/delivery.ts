/**
 * What the queue `stepflare-messages` carries: messages of Stepflare's own queues to their consumers, and notifications of topics
 * to their subscribers.
 *
 * M1. What is too large for a message of the platform's lies in R2 until it has been delivered or given up.
 * M2. A message names who gets it; where that leads, and with which secret, is read when it is delivered.
 */
import { utf8Size } from "../../asl/json.ts";
import { RESERVED_PREFIX } from "../objects/buckets.ts";
import type { QueueMessage } from "../queues/queue-message.ts";
import type { TopicDelivery } from "../topics/deliver.ts";

export interface QueueDelivery {
  readonly queue: string;
  readonly message: QueueMessage;
}

export type Delivery = QueueDelivery | TopicDelivery;

export interface DeliveryMessage {
  readonly version: 1;
  /** Itself, or the key of the object that holds it. */
  readonly delivery: Delivery | { readonly at: string };
}

/** Where deliveries too large for a message lie. */
export interface DeliveryObjects {
  put(key: string, text: string): Promise<unknown>;
  get(key: string): Promise<{ text(): Promise<string> } | null>;
  delete(key: string): Promise<void>;
}

export interface DeliveryQueue {
  readonly objects: DeliveryObjects;
  sendBatch(messages: readonly { readonly body: DeliveryMessage; readonly delaySeconds?: number }[]): Promise<unknown>;
}

interface Outgoing {
  readonly delivery: Delivery;
  /** How long the platform holds it back; absent: not at all. */
  readonly delaySeconds?: number;
}

/** A message may have 128 KB, the platform's own hundred bytes included. */
export const MAX_MESSAGE_BYTES = 127_000;
/** What one call of the platform takes: so many messages, and so many bytes. */
const MAX_SENT = 100;
const MAX_SENT_BYTES = 250_000;

/** In as few calls as they take. */
export async function sendDeliveries(deliveries: readonly Outgoing[], to: DeliveryQueue): Promise<void> {
  let part: { readonly body: DeliveryMessage; readonly delaySeconds?: number }[] = [];
  let bytes = 0;
  for (const { delivery, ...options } of deliveries) {
    const { body, size } = await packed(delivery, to.objects);
    if (part.length === MAX_SENT || bytes + size > MAX_SENT_BYTES) {
      await to.sendBatch(part);
      part = [];
      bytes = 0;
    }
    part.push({ body, ...options });
    bytes += size;
  }
  if (part.length > 0) await to.sendBatch(part);
}

async function packed(
  delivery: Delivery,
  objects: DeliveryObjects,
): Promise<{ readonly body: DeliveryMessage; readonly size: number }> {
  const body: DeliveryMessage = { version: 1, delivery };
  // What the platform adds to each is less than that.
  const size = utf8Size(JSON.stringify(body)) + 200;
  if (size <= MAX_MESSAGE_BYTES) return { body, size };
  const at = keyOf(delivery);
  await objects.put(at, JSON.stringify(delivery));
  return { body: { version: 1, delivery: { at } }, size: at.length + 300 };
}

/** The same for a delivery that is sent again. */
function keyOf(delivery: Delivery): string {
  const [to, { messageId }] =
    "queue" in delivery
      ? [`queue/${delivery.queue}`, delivery.message]
      : [`topic/${delivery.topic}/${delivery.subscription}`, delivery.notification];
  return `${RESERVED_PREFIX}messages/${to}/${messageId}`;
}

/** undefined: it was delivered already, and this is a second copy of the message. */
export async function readDelivery(
  { delivery }: DeliveryMessage,
  objects: DeliveryObjects,
): Promise<Delivery | undefined> {
  if (!("at" in delivery)) return delivery;
  const object = await objects.get(delivery.at);
  return object === null ? undefined : (JSON.parse(await object.text()) as Delivery);
}
