/**
 * The consumer of `stepflare-messages`.
 *
 * C1. At least once: what was lost with its invocation, or came while D1 was out of reach, is delivered again.
 * C2. A subscriber of a topic that does not take a message gets it again with growing pauses, for some five hours; then it is given
 *     up, and the Worker's log says so.
 * C3. What lies in R2 is deleted when its message is done with. A second copy of the message then finds nothing, and does nothing.
 */
import { MAX_ATTEMPTS, pauseAfterAttempt } from "../event-queue.ts";
import { consumeQueue, type QueueConsumer, type ReceivedMessage } from "../queues/consume.ts";
import { deliverNotification, type Subscribers, type TopicDelivery } from "../topics/deliver.ts";
import {
  readDelivery,
  type Delivery,
  type DeliveryMessage,
  type DeliveryObjects,
  type QueueDelivery,
} from "./delivery.ts";

export interface MessageConsumer extends QueueConsumer, Subscribers {
  readonly objects: DeliveryObjects;
}

/** What this needs of the platform's message. */
export interface QueuedDelivery {
  readonly body: DeliveryMessage;
  /** From 1 on. */
  readonly attempts: number;
  ack(): void;
  retry(options: { readonly delaySeconds: number }): void;
}

interface Arrived<D extends Delivery = Delivery> {
  readonly delivery: D;
  readonly queued: QueuedDelivery;
}

const MAX_PAUSE_SECONDS = 600;

/** Delivers a batch, all at the same time. */
export async function consumeDeliveries(queued: readonly QueuedDelivery[], consumer: MessageConsumer): Promise<void> {
  const read = await Promise.all(queued.map((each) => arrivedOf(each, consumer)));
  const arrived = read.filter((each) => each !== undefined);
  const ofQueues = arrived.filter((each): each is Arrived<QueueDelivery> => "queue" in each.delivery);
  const ofTopics = arrived.filter((each): each is Arrived<TopicDelivery> => "topic" in each.delivery);
  const byQueue = Map.groupBy(ofQueues, ({ delivery }) => delivery.queue);
  await Promise.all([
    ...Array.from(byQueue, ([name, messages]) => toQueue(name, messages, consumer)),
    ...ofTopics.map((each) => toSubscriber(each, consumer)),
  ]);
}

async function arrivedOf(queued: QueuedDelivery, consumer: MessageConsumer): Promise<Arrived | undefined> {
  try {
    const delivery = await readDelivery(queued.body, consumer.objects);
    if (delivery === undefined) queued.ack();
    return delivery && { delivery, queued };
  } catch (error) {
    postpone(queued, error, consumer);
    return undefined;
  }
}

async function toQueue(
  name: string,
  arrived: readonly Arrived<QueueDelivery>[],
  consumer: MessageConsumer,
): Promise<void> {
  const settled = new Set<QueuedDelivery>();
  const received = arrived.map(({ delivery, queued }): ReceivedMessage => ({
    message: delivery.message,
    receives: queued.attempts,
    done: async () => {
      await forget(queued, consumer);
      settled.add(queued);
      queued.ack();
    },
    again: (delaySeconds) => {
      settled.add(queued);
      queued.retry({ delaySeconds });
    },
  }));
  try {
    await consumeQueue(name, received, consumer);
  } catch (error) {
    for (const { queued } of arrived) if (!settled.has(queued)) postpone(queued, error, consumer);
  }
}

async function toSubscriber({ delivery, queued }: Arrived<TopicDelivery>, consumer: MessageConsumer): Promise<void> {
  try {
    const refused = await deliverNotification(delivery, queued.attempts, consumer);
    if (refused !== undefined && queued.attempts < MAX_ATTEMPTS) {
      queued.retry({ delaySeconds: pauseAfterAttempt(queued.attempts) });
      return;
    }
    if (refused !== undefined) {
      const { topic, subscription, notification } = delivery;
      const what = `message ${notification.messageId} of the topic ${topic}`;
      consumer.logDefect(`${what} was not taken by ${subscription}, ${MAX_ATTEMPTS} times`, refused);
    }
    await forget(queued, consumer);
    queued.ack();
  } catch (error) {
    postpone(queued, error, consumer);
  }
}

async function forget({ body: { delivery } }: QueuedDelivery, { objects }: MessageConsumer): Promise<void> {
  if ("at" in delivery) await objects.delete(delivery.at);
}

/** Nothing is wrong with the message. */
function postpone(queued: QueuedDelivery, error: unknown, consumer: MessageConsumer): void {
  consumer.logDefect("a message could not be delivered yet", error);
  queued.retry({ delaySeconds: Math.min(2 ** queued.attempts, MAX_PAUSE_SECONDS) });
}
