/**
 * Status changes on their way from the executions' objects to the index, and on to who subscribed to them.
 *
 * Q1. A message is a hint: lost, doubled or late, it changes nothing for good. The object checks the index itself and
 *     sends again what is missing there; the index takes a row only forwards.
 * Q2. Subscribers and rules are read in the transaction that writes the index, which costs no request. Their messages are sent when
 *     that is done; a batch whose messages could not be sent is delivered again, so that none is missing.
 * Q3. No entry is given up: what is not in the index is not listed, and not found by retention. Before the platform drops a
 *     message it is sent anew, and one that cannot be written does not hold back the others.
 */
import { changesIn, eventMessages, sendEvents, type EventMessage } from "./event-queue.ts";
import { readRules, rulesIn } from "./events/event-rules.ts";
import { statusMessages, type RuleMessage } from "./events/rule-messages.ts";
import { upsertEntries, type ExecutionIndexEntry } from "./execution-index.ts";
import { isOutage } from "./outage.ts";
import { countStatement } from "./execution-metrics.ts";
import { readSubscriptions, subscriptionsIn } from "./subscriptions.ts";

export interface StatusMessage {
  readonly version: 1;
  readonly entry: ExecutionIndexEntry;
}

export interface StatusIndex {
  readonly db: D1Database;
  /** Whether executions are counted, for a scraper. */
  readonly countsExecutions: boolean;
  /** Sends on to subscribers and to the targets of rules; absent: there are none. */
  readonly sendEvents?: ((messages: readonly (EventMessage | RuleMessage)[]) => Promise<unknown>) | undefined;
}

/** What this needs of the platform's message. */
export interface QueuedStatus {
  readonly body: StatusMessage;
  /** From 1 on; wrangler.toml allows for 101. */
  readonly attempts: number;
  ack(): void;
  retry(options: { readonly delaySeconds: number }): void;
}

/** From this attempt on messages are written one by one. */
const ALONE_FROM = 4;
/** From this attempt on a message is sent anew. */
const ANEW_FROM = 90;
const DELAY_SECONDS = 30;

/** Writes a batch into the index; what cannot be written comes again. */
export async function consumeStatuses(
  messages: readonly QueuedStatus[],
  index: StatusIndex,
  send: (message: StatusMessage) => Promise<unknown>,
): Promise<void> {
  try {
    await indexStatuses({ messages }, index);
  } catch (error) {
    if (messages.every(({ attempts }) => attempts < ALONE_FROM)) throw error;
    let isOut = isOutage(error);
    for (const message of messages) {
      try {
        if (isOut) throw error;
        await indexStatuses({ messages: [message] }, index);
        message.ack();
      } catch (reason) {
        isOut ||= isOutage(reason);
        await comeAgain(message, send);
      }
    }
  }
}

async function comeAgain(message: QueuedStatus, send: (message: StatusMessage) => Promise<unknown>): Promise<void> {
  if (message.attempts < ANEW_FROM) {
    message.retry({ delaySeconds: DELAY_SECONDS });
    return;
  }
  await send(message.body);
  message.ack();
}

/** What this needs of the platform's batch. */
interface StatusBatch {
  readonly messages: readonly { readonly body: StatusMessage }[];
}

/** Writes a batch into the index in one transaction; a failure leaves the whole batch to be delivered again. */
export async function indexStatuses({ messages }: StatusBatch, index: StatusIndex): Promise<void> {
  const { db, countsExecutions, sendEvents: send } = index;
  const all = messages.map(({ body }) => body.entry);
  const newest = new Map<string, ExecutionIndexEntry>();
  for (const entry of all) {
    const known = newest.get(entry.executionArn);
    if (known === undefined || known.version < entry.version) newest.set(entry.executionArn, entry);
  }
  const [subscriptions, rules] = await upsertEntries(db, [...newest.values()], {
    first: countsExecutions ? [countStatement(db, all)] : [],
    last: send === undefined ? [] : [readSubscriptions(db), readRules(db)],
  });
  if (send === undefined) return;
  const told = [
    ...eventMessages(subscriptionsIn(subscriptions), all),
    ...statusMessages(rulesIn(rules), changesIn(all)),
  ];
  await sendEvents(told, send);
}
