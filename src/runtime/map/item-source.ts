/**
 * The data set of a Distributed Map, read in slices.
 *
 * S1. A slice holds no more than its limit, whatever the objects' sizes; a position is small, and is all that the next slice
 *     needs. A slice that is read again gives the same items.
 * S2. What is wrong with the data set or with the reader is an ItemReaderFailure; whatever else is thrown may be tried again.
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itemreader.html
 */
import { isObject, memberOf, type Json, type JsonObject } from "../../asl/json.ts";
import type { ReaderConfig } from "../../asl/types.ts";
import { ObjectFault, type Buckets } from "../objects/buckets.ts";
import { ItemReaderFailure } from "./failures.ts";
import { readerSource, type RecordFormat } from "./reader-source.ts";
import type { RecordSource, SliceLimit } from "./record-source.ts";

/** An ItemReader whose fields have been evaluated. */
export interface EvaluatedReader {
  /** `arn:aws:states:::s3:getObject` or `…:listObjectsV2`. */
  readonly Resource: string;
  readonly ReaderConfig: Omit<ReaderConfig, "MaxItems"> & { readonly MaxItems?: number };
  /** Its Parameters or Arguments: `Bucket`, and `Key` or `Prefix`. */
  readonly input: Json;
}

/** What a slice gives. */
export interface ItemSlice {
  /** JSON texts. */
  readonly items: readonly string[];
  /** `Map.Item.Source` of each item, where the data set has several objects; elsewhere it is `itemSourceName`'s. */
  readonly sources?: readonly string[];
  /** Which of them are members of objects, as pairs of `Key` and `Value`. Absent: none. */
  readonly members?: readonly boolean[];
  /** Where to go on. Absent: that was the end. */
  readonly position?: Json;
}

export interface ItemSource {
  /** Throws ItemReaderFailure. @param position absent: the beginning */
  read(position: Json | undefined, limit: SliceLimit): Promise<ItemSlice>;
}

/** `count`: how many items have been read. */
type Position = JsonObject & { readonly count: number; readonly at: Json };

export function itemSource(reader: EvaluatedReader, buckets: Buckets): ItemSource {
  let source: RecordSource | undefined;
  return {
    read: async (position, limit) => {
      try {
        source ??= readerSource(formatOf(reader), buckets);
        return await readSlice(source, maxItemsOf(reader), position as Position | undefined, limit);
      } catch (error) {
        if (error instanceof ObjectFault) throw new ItemReaderFailure(error.message);
        throw error;
      }
    },
  };
}

async function readSlice(
  source: RecordSource,
  maxItems: number,
  position: Position | undefined,
  limit: SliceLimit,
): Promise<ItemSlice> {
  const before = position?.count ?? 0;
  const items = Math.min(limit.items, maxItems - before);
  if (items <= 0) return { items: [] };
  const { records, next } = await source.read(position?.at, { ...limit, items });
  const count = before + records.length;
  return {
    items: records.map(({ text }) => text),
    ...(records.some(({ isMember }) => isMember) && { members: records.map(({ isMember = false }) => isMember) }),
    ...(records.some((record) => record.source !== undefined) && {
      sources: records.map(({ source: name = "" }) => name),
    }),
    ...(next !== undefined && count < maxItems && { position: { count, at: next } }),
  };
}

function maxItemsOf({ ReaderConfig: { MaxItems = 0 } }: EvaluatedReader): number {
  if (MaxItems < 0) throw new ItemReaderFailure("field MaxItems must be positive");
  return MaxItems === 0 ? Infinity : MaxItems;
}

function formatOf({ Resource, ReaderConfig: config, input }: EvaluatedReader): RecordFormat {
  const text = (name: string): string | undefined => {
    const value = isObject(input) ? memberOf(input, name) : undefined;
    if (value === undefined || value === null || typeof value === "string") return value ?? undefined;
    throw new ItemReaderFailure(`The ItemReader's ${name} must be a string.`);
  };
  const required = (name: string): string => {
    const value = text(name);
    if (value === undefined || value === "") throw new ItemReaderFailure(`The ItemReader has no ${name}.`);
    return value;
  };
  if (text("VersionId") !== undefined)
    throw new ItemReaderFailure("The ItemReader has a VersionId, but R2 keeps no versions.");
  const bucket = required("Bucket");
  if (Resource.endsWith(":listObjectsV2")) {
    return { kind: "list", bucket, prefix: text("Prefix") ?? "", startAfter: text("StartAfter") ?? "", config };
  }
  return { kind: "object", bucket, key: required("Key"), config };
}

/** `Map.Item.Source` of the items, where they all have the same. @param reader absent: the items are in the state's input */
export function itemSourceName(reader: EvaluatedReader | undefined): string {
  if (reader === undefined) return "STATE_DATA";
  const { bucket, ...format } = formatOf(reader);
  return format.kind === "object" ? `S3://${bucket}/${format.key}` : `S3://${bucket}`;
}
