/**
 * Status changes on their way from the executions' objects to the index, and on to who subscribed to them.
 *
 * Q1. A message is a hint: lost, doubled or late, it changes nothing for good. The object checks the index itself and
 *     sends again what is missing there; the index takes a row only forwards.
 * Q2. Subscribers are read in the transaction that writes the index, which costs no request. Their messages are sent when
 *     that is done; a batch whose messages could not be sent is delivered again, so that none is missing.
 */
import { eventMessages, sendEvents, type EventMessage } from "./event-queue.ts";
import { upsertEntries, type ExecutionIndexEntry } from "./execution-index.ts";
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
  /** Sends on to subscribers; absent: nobody can subscribe. */
  readonly sendEvents?: ((messages: readonly EventMessage[]) => Promise<unknown>) | undefined;
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
  const [subscriptions] = await upsertEntries(db, [...newest.values()], {
    first: countsExecutions ? [countStatement(db, all)] : [],
    last: send === undefined ? [] : [readSubscriptions(db)],
  });
  if (send !== undefined) await sendEvents(eventMessages(subscriptionsIn(subscriptions), all), send);
}
