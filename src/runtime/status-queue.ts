/**
 * Status changes on their way from the executions' objects to the index.
 *
 * Q1. A message is a hint: lost, doubled or late, it changes nothing for good. The object checks the index itself and
 *     sends again what is missing there; the index takes a row only forwards.
 */
import { upsertEntries, type ExecutionIndexEntry } from "./execution-index.ts";
import { countStatement } from "./execution-metrics.ts";

export interface StatusMessage {
  readonly version: 1;
  readonly entry: ExecutionIndexEntry;
}

/**
 * Writes a batch into the index in one transaction; a failure leaves the whole batch to be delivered again.
 * @param countsExecutions whether executions are counted in it, for a scraper
 */
export async function indexStatuses(
  batch: MessageBatch<StatusMessage>,
  db: D1Database,
  countsExecutions = false,
): Promise<void> {
  const newest = new Map<string, ExecutionIndexEntry>();
  for (const { body } of batch.messages) {
    const known = newest.get(body.entry.executionArn);
    if (known === undefined || known.version < body.entry.version) newest.set(body.entry.executionArn, body.entry);
  }
  const all = batch.messages.map(({ body }) => body.entry);
  await upsertEntries(db, [...newest.values()], countsExecutions ? [countStatement(db, all)] : []);
}
