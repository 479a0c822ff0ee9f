/** The bus: takes entries, and sends what rules want of them on its way. */
import { isObject, type Json, type JsonObject } from "../../asl/json.ts";
import type { ArnConfig } from "../arn.ts";
import { sendEvents } from "../event-queue.ts";
import { entryBytes, MAX_ENTRIES, MAX_ENTRIES_BYTES, readEntry, uuidOf, type EntryFault } from "./bus-event.ts";
import type { EventRule } from "./event-rules.ts";
import { ruleMessages, type EventObjects, type PlacedEvent, type RuleMessage } from "./rule-messages.ts";

export interface EventBus {
  readonly config: ArnConfig;
  now(): number;
  uuid(): string;
  rules(): Promise<readonly EventRule[]>;
  /** Undefined: no queue is bound. */
  readonly send: ((messages: readonly RuleMessage[]) => Promise<unknown>) | undefined;
  readonly objects: Pick<EventObjects, "put">;
}

export interface PutOptions {
  /** Puts with the same key are the same events; absent: each put is another one. */
  readonly key?: string;
  /** The bus of entries that name none. */
  readonly bus?: string;
  /** What stands behind the entries' own resources. */
  readonly resources?: readonly string[];
  readonly depth?: number | undefined;
}

/** EventBridge's answer. A type, not an interface: it is JSON. */
export type PutAnswer = {
  readonly Entries: readonly PutEntry[];
  readonly FailedEntryCount: number;
};

type PutEntry = { readonly EventId: string } | { readonly [Member in keyof EntryFault]: EntryFault[Member] };

/** What is wrong with the request as a whole, in EventBridge's words; undefined: its entries can be looked at. */
export function requestFault(entries: readonly Json[]): string | undefined {
  const bound = (what: string): string =>
    `1 validation error detected: Value at 'entries' failed to satisfy constraint: Member must have length ${what}`;
  if (entries.length === 0) return bound("greater than or equal to 1");
  if (entries.length > MAX_ENTRIES) return bound(`less than or equal to ${MAX_ENTRIES}`);
  const bytes = entries.reduce((sum: number, entry) => sum + (isObject(entry) ? entryBytes(entry) : 0), 0);
  return bytes > MAX_ENTRIES_BYTES ? "Total size of the entries in the request is over the limit." : undefined;
}

/** Puts what can be put; an entry that cannot is answered with its fault, and keeps no other from it. */
export async function putEntries(
  bus: EventBus,
  entries: readonly JsonObject[],
  { key, depth, ...more }: PutOptions = {},
): Promise<PutAnswer> {
  const readings = entries.map((entry, index) => {
    const id = key === undefined ? bus.uuid() : uuidOf(`${key} ${index}`);
    return readEntry(entry, { ...bus.config, ...more, id, now: bus.now() });
  });
  await placeEvents(
    bus,
    readings.flatMap((reading) => (reading.ok ? [reading] : [])),
    depth,
  );
  const Entries = readings.map((reading): PutEntry =>
    reading.ok ? { EventId: reading.event.id } : { ...reading.fault },
  );
  return { Entries, FailedEntryCount: readings.filter(({ ok }) => !ok).length };
}

/** Settles when all that rules want of them is on its way. Nothing is sent where no rule wants any. */
export async function placeEvents(bus: EventBus, events: readonly PlacedEvent[], depth?: number): Promise<void> {
  if (events.length === 0) return;
  const rules = await bus.rules();
  if (rules.length === 0) return;
  const messages = await ruleMessages(rules, events, bus.objects, depth);
  if (messages.length === 0) return;
  if (bus.send === undefined)
    throw new Error("Rules need the queue binding EVENTS_QUEUE, which wrangler.toml does not name");
  await sendEvents(messages, bus.send);
}
