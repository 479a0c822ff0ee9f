/**
 * Changes of status on their way to subscribers: a queue of their own, so that a subscriber who is slow or gone keeps neither
 * the index nor other subscribers waiting.
 *
 * V1. At least once: a message is acknowledged when its subscriber has taken the event. A change has one id, however often it
 *     is told.
 * V2. Tried again with growing pauses, for some five hours; then it is given up, and the Worker's log says so.
 * V3. A message names the subscription and the change. The execution's data are asked of its object when it is delivered, and
 *     the secret is read then: neither lies in a queue.
 */
import { utf8Size } from "../asl/json.ts";
import type { ExecutionIndexEntry } from "./execution-index.ts";
import type { ExecutionDescription } from "./execution-rpc.ts";
import { MAX_DATA_BYTES, statusEvent, type StatusEvent } from "./status-event.ts";
import { isWanted, type Subscription } from "./subscriptions.ts";
import { postWebhook } from "./post-webhook.ts";

export interface EventMessage {
  readonly version: 1;
  readonly event: { readonly subscription: string; readonly entry: ExecutionIndexEntry };
}

/** The messages about these changes; each change once, whatever was delivered twice. */
export function eventMessages(
  subscriptions: readonly Subscription[],
  entries: readonly ExecutionIndexEntry[],
): readonly EventMessage[] {
  if (subscriptions.length === 0) return [];
  return changesIn(entries).flatMap((entry) => {
    const wanting = subscriptions.filter(({ filter }) => isWanted(filter, entry));
    return wanting.map(({ name }): EventMessage => ({ version: 1, event: { subscription: name, entry } }));
  });
}

/** The changes that the entries tell of, each once. */
export function changesIn(entries: readonly ExecutionIndexEntry[]): readonly ExecutionIndexEntry[] {
  const all = entries.flatMap((entry) => (entry.wasBrief === true ? [beginningOf(entry), entry] : [entry]));
  const changes = new Map(all.map((entry) => [`${entry.executionArn} ${entry.version}`, entry]));
  return [...changes.values()].map((change) => {
    const { fields: _, wasBrief: __, ...entry } = change;
    return entry;
  });
}

/** The start, or the redrive, that the execution's end followed at once. */
function beginningOf(end: ExecutionIndexEntry): ExecutionIndexEntry {
  const { stoppedAt: _, failure: __, ...entry } = end;
  return { ...entry, status: "RUNNING", version: end.version - 1 };
}

/** What one call of the platform takes: so many messages, and so many bytes. */
const MAX_SENT = 100;
const MAX_SENT_BYTES = 250_000;

/** In as few calls as they take. */
export async function sendEvents<Message>(
  messages: readonly Message[],
  send: (messages: readonly Message[]) => Promise<unknown>,
): Promise<void> {
  let part: Message[] = [];
  let bytes = 0;
  for (const message of messages) {
    // What the platform adds to each is less than that.
    const size = utf8Size(JSON.stringify(message)) + 200;
    if (part.length === MAX_SENT || bytes + size > MAX_SENT_BYTES) {
      await send(part);
      part = [];
      bytes = 0;
    }
    part.push(message);
    bytes += size;
  }
  if (part.length > 0) await send(part);
}

export interface EventConsumer {
  now(): number;
  /** With its secret; undefined: it was deleted. */
  findSubscription(name: string): Promise<(Subscription & { readonly secret?: string }) | undefined>;
  /** Undefined: there is no such execution any more. */
  describe(executionArn: string): Promise<ExecutionDescription | undefined>;
  fetch(url: string, init: RequestInit & { readonly body: string }): Promise<Response>;
  /** The queue of that binding. */
  findQueue(name: string): { send(event: StatusEvent): Promise<unknown> } | undefined;
  logDefect(message: string, error: unknown): void;
}

/** What this needs of the platform's message. */
export interface QueuedEvent {
  readonly body: EventMessage;
  readonly attempts: number;
  ack(): void;
  retry(options: { readonly delaySeconds: number }): void;
}

/** Then it is given up. */
export const MAX_ATTEMPTS = 15;
const MAX_PAUSE_SECONDS = 3_600;

/** Seconds after that attempt. */
export function pauseAfterAttempt(attempts: number): number {
  return Math.min(2 ** attempts, MAX_PAUSE_SECONDS);
}

/** Delivers a batch, all at the same time. */
export async function consumeEvents(messages: readonly QueuedEvent[], consumer: EventConsumer): Promise<void> {
  await Promise.all(messages.map((message) => consume(message, consumer)));
}

async function consume(message: QueuedEvent, consumer: EventConsumer): Promise<void> {
  const { subscription: name, entry } = message.body.event;
  try {
    const subscription = await consumer.findSubscription(name);
    if (subscription !== undefined) await deliver(subscription, entry, consumer);
    message.ack();
  } catch (error) {
    if (message.attempts < MAX_ATTEMPTS) {
      message.retry({ delaySeconds: pauseAfterAttempt(message.attempts) });
      return;
    }
    const change = `${entry.executionArn} is ${entry.status}`;
    consumer.logDefect(`subscription ${name} could not be told that ${change}, ${MAX_ATTEMPTS} times`, error);
    message.ack();
  }
}

/** A queue's message may have 128 KB. */
const MAX_QUEUED_DATA_BYTES = 80_000;

async function deliver(
  { target, secret }: Subscription & { readonly secret?: string },
  entry: ExecutionIndexEntry,
  consumer: EventConsumer,
): Promise<void> {
  const now = await consumer.describe(entry.executionArn);
  if ("queue" in target) {
    const queue = consumer.findQueue(target.queue);
    if (queue === undefined) throw new Error(`wrangler.toml names no queue binding '${target.queue}'`);
    await queue.send(statusEvent(entry, now, MAX_QUEUED_DATA_BYTES));
    return;
  }
  const event = statusEvent(entry, now, MAX_DATA_BYTES);
  const message = { id: event.id, at: consumer.now(), body: JSON.stringify(event) };
  await postWebhook({ url: target.url, secret }, message, (url, init) => consumer.fetch(url, init));
}
