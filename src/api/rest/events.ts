/** Events, put by whoever calls. */
import { isArray, isObject, memberOf, type Json, type JsonObject } from "../../asl/json.ts";
import {
  BUS_NAME,
  busArnOf,
  busOf,
  DEFAULT_BUS,
  MAX_ENTRIES,
  MAX_ENTRIES_BYTES,
} from "../../runtime/events/bus-event.ts";
import { putEntries, requestFault } from "../../runtime/events/event-bus.ts";
import { jsonResponse } from "./answer.ts";
import { escapePointer, refusal } from "./read-request.ts";
import type { OwnRoute, RestRequest } from "./route.ts";
import { COUNT, INSTANT, listOf, object, TEXT, type JsonSchema } from "./schema.ts";

const MEMBERS = {
  Source: TEXT,
  DetailType: TEXT,
  Detail: { description: "An object, or its JSON as a text" },
  "Resources?": listOf(TEXT),
  "Time?": INSTANT,
  "EventBusName?": TEXT,
  "TraceHeader?": TEXT,
} as const satisfies Readonly<Record<string, JsonSchema>>;

const KNOWN: ReadonlySet<string> = new Set(Object.keys(MEMBERS).map((name) => name.replace("?", "")));
const ENTRY: JsonSchema = { ...object("PutEventsRequestEntry", MEMBERS), additionalProperties: false };

export const PUT_EVENTS_ROUTE: OwnRoute = {
  method: "POST",
  path: "/api/events",
  id: "PutEvents",
  summary: "Puts events on the bus, in the form of EventBridge's PutEvents",
  query: [
    { name: "eventBus", description: "The bus of entries that name none; `default` where it is absent", schema: TEXT },
  ],
  resource: ({ context, query }) => busArnOf(context.config, query.get("eventBus") ?? DEFAULT_BUS),
  body: {
    schema: {
      ...object("PutEventsRequest", { Entries: { type: "array", items: ENTRY, minItems: 1, maxItems: MAX_ENTRIES } }),
      additionalProperties: false,
    },
    maxBytes: MAX_ENTRIES_BYTES * 2,
  },
  status: 200,
  answer: object("PutEventsResponse", {
    Entries: listOf(object("PutEventsResultEntry", { "EventId?": TEXT, "ErrorCode?": TEXT, "ErrorMessage?": TEXT })),
    FailedEntryCount: COUNT,
  }),
  handle: async ({ context, query, body }) => {
    const bus = query.get("eventBus") ?? DEFAULT_BUS;
    if (!BUS_NAME.test(bus)) throw refusal("", `'${bus}' cannot be the name of an event bus`);
    const entries = readEntries(body);
    for (const named of new Set(entries.map((entry) => busNamed(entry, bus)))) {
      if (named !== bus) context.principal.authorize("stepflare:PutEvents", busArnOf(context.config, named));
    }
    return jsonResponse(JSON.stringify(await putEntries(context.events(), entries, { bus })));
  },
};

function busNamed(entry: JsonObject, otherwise: string): string {
  const name = memberOf(entry, "EventBusName");
  return typeof name === "string" && name !== "" ? busOf(name) : otherwise;
}

function readEntries(body: RestRequest["body"]): readonly JsonObject[] {
  const entries: Json | undefined = memberOf(body, "Entries");
  if (entries === undefined || !isArray(entries)) throw refusal("/Entries", "'Entries' must be a list of events");
  for (const [index, entry] of entries.entries()) {
    const at = `/Entries/${index}`;
    if (!isObject(entry)) throw refusal(at, "An entry is an object");
    const unknown = Object.keys(entry).find((name) => !KNOWN.has(name));
    if (unknown !== undefined) throw refusal(`${at}/${escapePointer(unknown)}`, `An entry has no member '${unknown}'`);
  }
  const fault = requestFault(entries);
  if (fault !== undefined) throw refusal("/Entries", fault);
  return entries as readonly JsonObject[];
}
