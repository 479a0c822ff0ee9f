/**
 * Events on the bus, and the entries that make them.
 * @see https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsRequestEntry.html
 */
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import { parseTimestamp } from "../../asl/instant.ts";
import { exceedsDepth, isArray, isObject, memberOf, utf8Size, type Json, type JsonObject } from "../../asl/json.ts";
import type { ArnConfig } from "../arn.ts";

/** As rules see it and targets get it. A type, not an interface: it is JSON. */
export type BusEvent = {
  readonly version: "0";
  readonly id: string;
  readonly "detail-type": string;
  readonly source: string;
  readonly account: string;
  /** To the second. */
  readonly time: string;
  readonly region: string;
  readonly resources: readonly string[];
  readonly detail: JsonObject;
};

export const DEFAULT_BUS = "default";
export const BUS_NAME: RegExp = /^[\w./-]{1,256}$/u;
/** What one request may have. */
export const MAX_ENTRIES = 10;
export const MAX_ENTRIES_BYTES = 262_144;
const MAX_DEPTH = 900;

export interface EntryFault {
  readonly ErrorCode: string;
  readonly ErrorMessage: string;
}

export type EntryReading =
  | { readonly ok: true; readonly bus: string; readonly event: BusEvent }
  | { readonly ok: false; readonly fault: EntryFault };

export interface EntryContext extends ArnConfig {
  /** Epoch milliseconds: when it is put. */
  readonly now: number;
  readonly id: string;
  /** The bus of an entry that names none. */
  readonly bus?: string;
  /** What stands behind the entry's own resources. */
  readonly resources?: readonly string[];
}

/** The event that the entry makes, or why it makes none, in EventBridge's words. */
export function readEntry(entry: JsonObject, context: EntryContext): EntryReading {
  const source = textOf(entry, "Source");
  const detailType = textOf(entry, "DetailType");
  const given = memberOf(entry, "Detail");
  if (source === "") return required("Source");
  if (detailType === "") return required("DetailType");
  if (given === undefined || given === null || given === "") return required("Detail");
  if (source.startsWith("aws.")) return refused("NotAuthorizedForSourceException", "Not authorized for the source.");
  const detail = typeof given === "string" ? parsed(given) : given;
  if (detail === undefined || !isObject(detail)) return refused("MalformedDetail", "Detail is malformed.");
  const bus = busOf(textOf(entry, "EventBusName") || (context.bus ?? DEFAULT_BUS));
  const time = memberOf(entry, "Time") ?? null;
  const at = time === null ? context.now : momentOf(time);
  if (at === undefined) return refused("InvalidArgument", "Parameter Time is not valid.");
  const own = memberOf(entry, "Resources") ?? [];
  if (!isArray(own) || own.some((resource) => typeof resource !== "string"))
    return refused("InvalidArgument", "Parameter Resources is not valid.");
  const resources = [...(own as readonly string[]), ...(context.resources ?? [])];
  const facts = { id: context.id, source, "detail-type": detailType, at, resources, detail };
  return { ok: true, bus, event: eventOf(facts, context) };
}

export interface EventFacts {
  readonly id: string;
  readonly source: string;
  readonly "detail-type": string;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly resources: readonly string[];
  readonly detail: JsonObject;
}

export function eventOf({ at, resources, detail, ...facts }: EventFacts, { accountId, region }: ArnConfig): BusEvent {
  const time = new Date(at).toISOString().replace(/\.\d+Z$/u, "Z");
  return {
    version: "0",
    id: facts.id,
    "detail-type": facts["detail-type"],
    source: facts.source,
    account: accountId,
    time,
    region,
    resources,
    detail,
  };
}

/** A UUID that the same text always gives. */
export function uuidOf(text: string): string {
  const hex = bytesToHex(sha256(utf8ToBytes(text)));
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join("-");
}

/** A bus's name, of the name or of its ARN. */
export function busOf(text: string): string {
  return /^arn:[^:]+:events:[^:]*:[^:]*:event-bus\/(?<name>.+)$/u.exec(text)?.groups?.["name"] ?? text;
}

export function busArnOf({ region, accountId }: ArnConfig, bus: string): string {
  return `arn:aws:events:${region}:${accountId}:event-bus/${bus}`;
}

/** What EventBridge counts of an entry: 14 bytes for its time, and the texts. */
export function entryBytes(entry: JsonObject): number {
  const texts = ["Source", "DetailType", "Detail"].map((name) => memberOf(entry, name) ?? "");
  const resources = memberOf(entry, "Resources") ?? [];
  const sizes = [...texts, ...(isArray(resources) ? resources : [])].map((value) =>
    utf8Size(typeof value === "string" ? value : JSON.stringify(value)),
  );
  return sizes.reduce((sum, size) => sum + size, memberOf(entry, "Time") === undefined ? 0 : 14);
}

function textOf(entry: JsonObject, member: string): string {
  const value = memberOf(entry, member);
  return typeof value === "string" ? value : "";
}

function parsed(text: string): Json | undefined {
  if (exceedsDepth(text, MAX_DEPTH)) return undefined;
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

/** ISO 8601, or epoch seconds. */
function momentOf(time: Json): number | undefined {
  const at = typeof time === "number" ? time * 1000 : typeof time === "string" ? parseTimestamp(time) : undefined;
  return at !== undefined && Math.abs(at) <= MAX_INSTANT_MS ? at : undefined;
}

/** Year 9999. */
const MAX_INSTANT_MS = 253_402_300_799_000;

function required(member: string): EntryReading {
  return refused("InvalidArgument", `Parameter ${member} is not valid. Reason: ${member} is a required argument.`);
}

function refused(ErrorCode: string, ErrorMessage: string): EntryReading {
  return { ok: false, fault: { ErrorCode, ErrorMessage } };
}
