/** Status messages that the index cannot take: none is given up, and none holds back the others. */
import { expect, test } from "vitest";
import type { ExecutionIndexEntry } from "../../src/runtime/execution-index.ts";
import { consumeStatuses, type QueuedStatus, type StatusMessage } from "../../src/runtime/status-queue.ts";
import { SqliteD1 } from "../api/sqlite-d1.ts";

const entryOf = (name: string, more: Partial<ExecutionIndexEntry> = {}): ExecutionIndexEntry => ({
  stateMachineArn: "arn:machine",
  executionArn: `arn:execution:${name}`,
  name,
  startedAt: 1,
  status: "RUNNING",
  version: 1,
  redriveCount: 0,
  ...more,
});

class Message implements QueuedStatus {
  readonly body: StatusMessage;
  readonly attempts: number;
  became = "nothing";

  constructor(entry: ExecutionIndexEntry, attempts: number) {
    this.body = { version: 1, entry };
    this.attempts = attempts;
  }

  ack(): void {
    this.became = "taken";
  }

  retry({ delaySeconds }: { readonly delaySeconds: number }): void {
    this.became = `again in ${delaySeconds} s`;
  }
}

/** An entry that the table refuses. */
const BROKEN = entryOf("broken", { status: null as never });

async function consumed(messages: readonly Message[], outage?: Error): Promise<readonly unknown[]> {
  const d1 = new SqliteD1();
  if (outage !== undefined) d1.batch = () => Promise.reject(outage);
  const sent: StatusMessage[] = [];
  await consumeStatuses(messages, { db: d1 as never, countsExecutions: false }, async (message) => sent.push(message));
  const rows = d1.database.prepare("SELECT name FROM execution_index ORDER BY name").all();
  return [messages.map((x) => x.became), rows.map((x) => x["name"]), sent.map((x) => x.entry.name)];
}

test("a batch that fails for the first time is left to the platform, which delivers it again", async () => {
  await expect(consumed([new Message(entryOf("a"), 1), new Message(BROKEN, 1)])).rejects.toThrow(/NOT NULL/u);
});

test("an entry that cannot be written does not hold back the others", async () => {
  const messages = [new Message(entryOf("a"), 1), new Message(BROKEN, 4), new Message(entryOf("b"), 2)];
  expect(await consumed(messages)).toEqual([["taken", "again in 30 s", "taken"], ["a", "b"], []]);
});

test("before a message would be dropped it is sent anew", async () => {
  const outage = new Error("D1_ERROR: D1 DB is overloaded. Requests queued for too long.");
  const messages = [new Message(entryOf("a"), 89), new Message(entryOf("b"), 90)];
  expect(await consumed(messages, outage)).toEqual([["again in 30 s", "taken"], [], ["b"]]);
});
