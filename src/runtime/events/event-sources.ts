/**
 * Messages of other queues that become events: R2's notifications, and whatever queues EVENT_QUEUES names.
 *
 * S1. A message is acknowledged when all that rules want of it is on its way: at least once, and the same event each time.
 * S2. What can never be an event is acknowledged, and the Worker's log says so.
 */
import { isObject, type Json } from "../../asl/json.ts";
import { pauseAfterAttempt } from "../event-queue.ts";
import { DEFAULT_BUS, eventOf, uuidOf, type BusEvent } from "./bus-event.ts";
import { placeEvents, type EventBus } from "./event-bus.ts";
import { isR2Notification, r2Event } from "./r2-events.ts";
import type { EventSources, QueueSource } from "./source-settings.ts";

/** What this needs of the platform's message. */
export interface SourceMessage {
  readonly id: string;
  readonly timestamp: Date;
  readonly body: unknown;
  readonly attempts: number;
  ack(): void;
  retry(options: { readonly delaySeconds: number }): void;
}

export interface SourceConsumer {
  readonly bus: EventBus;
  readonly sources: EventSources;
  logDefect(message: string, error: unknown): void;
}

/** Whether a batch of that queue holds events' sources. @param queue its name */
export function isSourceBatch(queue: string, bodies: readonly unknown[], { queues }: EventSources): boolean {
  return Object.hasOwn(queues, queue) || bodies.some(isR2Notification);
}

/** Puts a batch on the bus, each message by itself. @param queue its name */
export async function consumeSources(
  queue: string,
  messages: readonly SourceMessage[],
  consumer: SourceConsumer,
): Promise<void> {
  const { queues } = consumer.sources;
  const source = Object.hasOwn(queues, queue) ? queues[queue] : undefined;
  await Promise.all(messages.map((message) => consume(queue, source, message, consumer)));
}

async function consume(
  queue: string,
  source: QueueSource | undefined,
  message: SourceMessage,
  consumer: SourceConsumer,
): Promise<void> {
  const { bus, sources } = consumer;
  try {
    if (source !== undefined) {
      const event = queueEvent(queue, source, message, bus);
      await placeEvents(bus, [{ bus: source.eventBusName ?? DEFAULT_BUS, event }]);
    } else if (isR2Notification(message.body)) {
      const event = r2Event(message.body, { ...bus.config, objectsBucket: sources.objectsBucket });
      if (event !== undefined) await placeEvents(bus, [{ bus: DEFAULT_BUS, event }]);
    } else consumer.logDefect(`a message of the queue '${queue}' is no notification of R2's`, message.id);
    message.ack();
  } catch (error) {
    consumer.logDefect(`a message of the queue '${queue}' could not be put on the bus`, error);
    message.retry({ delaySeconds: pauseAfterAttempt(message.attempts) });
  }
}

/** An object is the event's detail, anything else its member `body`. */
function queueEvent(
  queue: string,
  { source, detailType }: QueueSource,
  message: SourceMessage,
  bus: EventBus,
): BusEvent {
  const body = jsonOf(message.body);
  const facts = {
    id: uuidOf(`queue ${queue} ${message.id}`),
    source,
    "detail-type": detailType,
    at: message.timestamp.getTime(),
    resources: [],
    detail: isObject(body) ? body : { body },
  };
  return eventOf(facts, bus.config);
}

/** Of what a queue may hold beside JSON: dates become texts, bytes base64. */
function jsonOf(body: unknown): Json {
  if (body instanceof ArrayBuffer || body instanceof Uint8Array) {
    const bytes = body instanceof ArrayBuffer ? new Uint8Array(body) : body;
    return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
  }
  return (JSON.parse(JSON.stringify(body) ?? "null") ?? null) as Json;
}
