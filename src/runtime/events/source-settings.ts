/** The settings of what else puts events: queues, and the R2 bucket whose folders are buckets. */
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
  if (given === undefined || given === "") return {};
  const table = typeof given === "string" ? parsed(given) : given;
  if (typeof table !== "object" || table === null || Array.isArray(table)) throw new Error(TAKES);
  for (const source of Object.values(table)) if (!isSource(source)) throw new Error(TAKES);
  return table as QueueSources;
}

function isSource(value: unknown): value is QueueSource {
  if (typeof value !== "object" || value === null) return false;
  const { source, detailType, eventBusName = "default", ...others } = value as Readonly<Record<string, unknown>>;
  const texts = [source, detailType, eventBusName];
  if (Object.keys(others).length > 0 || texts.some((text) => typeof text !== "string" || text === "")) return false;
  return !String(source).startsWith("aws.") && BUS_NAME.test(String(eventBusName));
}

/** Undefined: the text is not JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
