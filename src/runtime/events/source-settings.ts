/** The settings of what else puts events: queues, and the R2 bucket whose folders are buckets. */
import { readTable } from "../settings-table.ts";
import { BUS_NAME } from "./bus-event.ts";

/** What a queue's messages become. */
export interface QueueSource {
  readonly source: string;
  readonly detailType: string;
  readonly eventBusName?: string;
}

/** By the queues' names. */
export type QueueSources = Readonly<Record<string, QueueSource>>;

export interface SourceSettings {
  /** A table, or its JSON text. */
  readonly EVENT_QUEUES?: unknown;
  readonly OBJECTS_BUCKET_NAME?: string;
}

export interface EventSources {
  readonly queues: QueueSources;
  readonly objectsBucket: string;
}

const TAKES =
  'EVENT_QUEUES must be a JSON object from names of queues to what their messages become: {"orders": {"source": "shop", "detailType": "Order"}}';

/** Throws an error that says what the settings take. */
export function readEventSources({ EVENT_QUEUES, OBJECTS_BUCKET_NAME }: SourceSettings): EventSources {
  return { queues: readQueues(EVENT_QUEUES), objectsBucket: OBJECTS_BUCKET_NAME || "stepflare-objects" };
}

function readQueues(given: unknown): QueueSources {
  const table = readTable(given);
  if (table !== undefined && Object.values(table).every(isSource)) return table as QueueSources;
  throw new Error(TAKES);
}

function isSource(value: unknown): value is QueueSource {
  if (typeof value !== "object" || value === null) return false;
  const { source, detailType, eventBusName = "default", ...others } = value as Readonly<Record<string, unknown>>;
  const texts = [source, detailType, eventBusName];
  if (Object.keys(others).length > 0 || texts.some((text) => typeof text !== "string" || text === "")) return false;
  return !String(source).startsWith("aws.") && BUS_NAME.test(String(eventBusName));
}
