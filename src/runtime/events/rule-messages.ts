/**
 * Events on their way from the bus to the targets of rules, in the queue `stepflare-events`.
 *
 * R1. A message is one event for one target: each is tried again by itself. Where no rule wants an event, nothing is sent.
 * R2. A change of status travels as such, and its event is made when it is delivered: the execution's data lie in no queue.
 * R3. What exceeds a message lies in R2 meanwhile.
 */
import { utf8Size } from "../../asl/json.ts";
import type { ExecutionIndexEntry } from "../execution-index.ts";
import { RESERVED_PREFIX } from "../objects/buckets.ts";
import { statusEvent } from "../status-event.ts";
import { DEFAULT_BUS, uuidOf, type BusEvent } from "./bus-event.ts";
import { isFor, type EventRule } from "./event-rules.ts";
import { depthOf } from "./rule-depth.ts";

export interface RuleMessage {
  readonly version: 1;
  readonly rule: FiredTarget & Told;
}

interface FiredTarget {
  readonly name: string;
  readonly target: string;
  /** See `rule-depth`; absent: no rule started what the event comes from. */
  readonly depth?: number;
}

type Told =
  | { readonly event: BusEvent }
  /** The key of the object that holds the event. */
  | { readonly eventAt: string }
  /** A change of status. */
  | { readonly entry: ExecutionIndexEntry };

/** Where events too large for a message lie. */
export interface EventObjects {
  put(key: string, text: string): Promise<unknown>;
  get(key: string): Promise<{ text(): Promise<string> } | null>;
  delete(key: string): Promise<void>;
}

/** A message may have 128 KB, the platform's own hundred bytes included. */
const MAX_MESSAGE_BYTES = 127_000;

export interface PlacedEvent {
  readonly bus: string;
  readonly event: BusEvent;
}

/** The messages about these events. Stores what is too large for one. */
export async function ruleMessages(
  rules: readonly EventRule[],
  events: readonly PlacedEvent[],
  objects: Pick<EventObjects, "put">,
  depth?: number,
): Promise<readonly RuleMessage[]> {
  const messages: RuleMessage[] = [];
  for (const { bus, event } of events) {
    for (const rule of rules.filter((one) => isFor(one, bus, event))) {
      for (const { id } of rule.targets) {
        const fired = { name: rule.name, target: id, ...(depth !== undefined && { depth }) };
        messages.push(await fitting({ version: 1, rule: { ...fired, event } }, objects));
      }
    }
  }
  return messages;
}

type WholeMessage = RuleMessage & { readonly rule: { readonly event: BusEvent } };

async function fitting(message: WholeMessage, objects: Pick<EventObjects, "put">): Promise<RuleMessage> {
  if (utf8Size(JSON.stringify(message)) <= MAX_MESSAGE_BYTES) return message;
  const { event, ...fired } = message.rule;
  const eventAt = `${RESERVED_PREFIX}events/${event.id}/${uuidOf(`${fired.name} ${fired.target}`)}`;
  await objects.put(eventAt, JSON.stringify(event));
  return { version: 1, rule: { ...fired, eventAt } };
}

/** What a change's event has only when it is delivered. */
const UNKNOWN: ReadonlySet<string> = new Set([
  "detail.input",
  "detail.inputDetails.included",
  "detail.output",
  "detail.outputDetails.included",
  "detail.redriveStatus",
  "detail.redriveStatusReason",
]);

/** The messages about these changes of status, each once, for the rules that may want them. */
export function statusMessages(
  rules: readonly EventRule[],
  changes: readonly ExecutionIndexEntry[],
): readonly RuleMessage[] {
  if (rules.length === 0) return [];
  return changes.flatMap((entry) => {
    const event = statusEvent(entry, undefined);
    const depth = depthOf(entry.name);
    const wanting = rules.filter((rule) => isFor(rule, DEFAULT_BUS, event, UNKNOWN));
    return wanting.flatMap(({ name, targets }) =>
      targets.map(({ id }): RuleMessage => ({
        version: 1,
        rule: { name, target: id, entry, ...(depth !== undefined && { depth }) },
      })),
    );
  });
}
