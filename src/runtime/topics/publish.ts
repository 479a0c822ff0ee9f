/**
 * Publishes on a topic: each subscriber who wants to hear of it gets a delivery of its own, so that one who is slow or gone keeps no
 * other waiting.
 *
 * P1. Again after a crash, it is the same message to every subscriber.
 */
import { derivedUuid } from "../derived-uuid.ts";
import { sendDeliveries, type DeliveryQueue } from "../messages/delivery.ts";
import type { QueueMessage } from "../queues/queue-message.ts";
import { NO_DELIVERIES, type MessageQueues } from "../queues/send.ts";
import { matchesFilterPolicy } from "./filter-policy.ts";
import { notificationBody, type Notification } from "./notification.ts";
import type { TopicSubscription, TopicTarget } from "./topics.ts";

/** What SNS calls the ways to subscribers. */
export type Protocol = "https" | "sqs" | "lambda" | "email";

export interface Publication extends Notification {
  /** What subscribers of that protocol get in place of `message`. */
  readonly messages?: Readonly<Partial<Record<Protocol, string>>>;
}

export interface TopicHost {
  /** undefined: there is no such topic. */
  readTopic(name: string): Promise<readonly TopicSubscription[] | undefined>;
  readonly queues: Pick<MessageQueues, "send">;
  /** undefined: wrangler.toml binds none. */
  readonly deliveries: DeliveryQueue | undefined;
  logDefect(message: string, error: unknown): void;
}

export type PublishRefusal =
  | { readonly kind: "no such topic" }
  /** The settings are wrong about it. */
  | { readonly kind: "misconfigured"; readonly message: string };

/** undefined: it is on its way. An outage is thrown; whoever publishes again then publishes under the same id. */
export type Publish = (topic: string, publication: Publication) => Promise<PublishRefusal | undefined>;

export function publisher(host: TopicHost): Publish {
  return async (topic, { messages = {}, ...published }) => {
    const subscriptions = await host.readTopic(topic);
    if (subscriptions === undefined) return { kind: "no such topic" };
    if (host.deliveries === undefined) return { kind: "misconfigured", message: NO_DELIVERIES };
    const addressed = subscriptions
      .map((subscription) => {
        const message = messages[protocolOf(subscription.target)] ?? published.message;
        return { subscription, notification: { ...published, message } };
      })
      .filter(({ subscription, notification }) => wants(subscription, notification));
    const deliveries = addressed.filter(({ subscription: { target } }) => !("queue" in target));
    await sendDeliveries(
      deliveries.map(({ subscription, notification }) => ({
        delivery: { topic, subscription: subscription.name, notification },
      })),
      host.deliveries,
    );
    for (const { subscription, notification } of addressed) await sendToQueue(host, subscription, notification);
    return undefined;
  };
}

function protocolOf(target: TopicTarget): Protocol {
  if ("url" in target) return "https";
  if ("queue" in target) return "sqs";
  return "function" in target ? "lambda" : "email";
}

function wants({ filterPolicy, filterPolicyScope }: TopicSubscription, { attributes, message }: Notification): boolean {
  return filterPolicy === undefined || matchesFilterPolicy(filterPolicy, filterPolicyScope, attributes, message);
}

async function sendToQueue(
  host: TopicHost,
  { target, topic, name, rawMessageDelivery }: TopicSubscription,
  notification: Notification,
): Promise<void> {
  if (!("queue" in target)) return;
  const { messageId, message, attributes, publishedAt, groupId, deduplicationId, traceHeader, callDepth } =
    notification;
  const queued: QueueMessage = {
    messageId: derivedUuid(`${messageId} ${topic} ${name}`),
    body: rawMessageDelivery ? message : JSON.stringify(notificationBody(notification)),
    attributes: rawMessageDelivery ? attributes : {},
    sentAt: publishedAt,
    ...(groupId !== undefined && { groupId }),
    ...(deduplicationId !== undefined && { deduplicationId }),
    ...(traceHeader !== undefined && { traceHeader }),
    ...(callDepth !== undefined && { callDepth }),
  };
  const refusal = await host.queues.send(target.queue, [queued]);
  if (refusal === undefined) return;
  const why = refusal.kind === "misconfigured" ? refusal.message : refusal.kind;
  host.logDefect(
    `message ${messageId} of the topic ${topic} could not go to the queue ${target.queue}: ${why}`,
    refusal,
  );
}
