/** What the setting QUEUES says: which queues are queues of your own, bound in wrangler.toml. */
import { readTable } from "../settings-table.ts";
import { isQueueName } from "./queue-name.ts";

/** The queue bindings, by the queues' names. */
export type BoundQueues = Readonly<Record<string, string>>;

/** What Stepflare itself reads: a message in them would be taken for something else. */
export const OWN_QUEUES: ReadonlySet<string> = new Set([
  "STATUS_QUEUE",
  "EXPRESS_QUEUE",
  "MAP_QUEUE",
  "EVENTS_QUEUE",
  "MESSAGES_QUEUE",
]);

/** Throws an error that names the setting and what it takes. @param given a table, or its JSON text */
export function readQueues(given: unknown): BoundQueues {
  const table = readTable(given);
  const isRow = ([name, binding]: [string, unknown]): boolean =>
    isQueueName(name) && typeof binding === "string" && !OWN_QUEUES.has(binding);
  if (table !== undefined && Object.entries(table).every(isRow)) return table as BoundQueues;
  throw new Error(
    'QUEUES must be a JSON object from names of queues to names of queue bindings of your own: {"my-queue": "MY_QUEUE"}',
  );
}
