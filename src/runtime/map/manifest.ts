/**
 * Manifests: an object that lists the objects of the data set.
 *
 * S3_INVENTORY: a JSON document names CSV files, whose rows are the items. ATHENA_DATA: each line is the URI of an object, whose
 * items are those of the data set.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-inventory-location.html
 * @see https://docs.aws.amazon.com/athena/latest/ug/unload.html
 */
import { isArray, isObject, memberOf, type Json, type JsonObject } from "../../asl/json.ts";
import { keyIn, type Bucket } from "../objects/buckets.ts";
import { ItemReaderFailure } from "./failures.ts";
import type { FoundRecord, RecordSource } from "./record-source.ts";

export interface ObjectUri {
  readonly bucket: string;
  readonly key: string;
}

/** The files of an inventory, and the columns of their rows. */
export interface Inventory {
  readonly bucket: string;
  readonly keys: readonly string[];
  readonly columns: readonly string[];
}

/** More than an inventory of a thousand million objects needs. */
const MAX_MANIFEST_BYTES = 8_388_608;

/** Throws ItemReaderFailure where the text is no manifest of an inventory in CSV. @param bucket where the manifest lies */
export function parseInventory(text: string, bucket: string): Inventory {
  const manifest = parsedObject(text);
  const format = memberOf(manifest, "fileFormat");
  if (format !== "CSV") {
    throw new ItemReaderFailure(
      `An S3 inventory manifest must have fileFormat CSV, but it is ${JSON.stringify(format)}.`,
    );
  }
  const schema = memberOf(manifest, "fileSchema");
  const files = memberOf(manifest, "files");
  if (typeof schema !== "string" || !isArray(files)) throw new ItemReaderFailure(NO_MANIFEST);
  const destination = memberOf(manifest, "destinationBucket");
  return {
    bucket: typeof destination === "string" ? destination.slice(destination.lastIndexOf(":") + 1) : bucket,
    keys: files.map(keyOfFile),
    columns: schema.split(",").map((column) => column.trim()),
  };
}

function parsedObject(text: string): JsonObject {
  try {
    const value = JSON.parse(text) as Json;
    if (isObject(value)) return value;
  } catch {
    // Told below, with everything else that is no manifest.
  }
  throw new ItemReaderFailure(NO_MANIFEST);
}

const NO_MANIFEST = "The object is not the manifest of an S3 inventory.";

function keyOfFile(file: Json): string {
  const key = isObject(file) ? memberOf(file, "key") : undefined;
  if (typeof key !== "string") throw new ItemReaderFailure(NO_MANIFEST);
  return key;
}

/** Of `s3://bucket/key`, also within quotes. Throws ItemReaderFailure for anything else. */
export function parseObjectUri(line: string): ObjectUri {
  const found = /^"?s3:\/\/(?<bucket>[^/]+)\/(?<key>.+?)"?$/u.exec(line)?.groups;
  if (found?.["bucket"] === undefined || found["key"] === undefined) {
    throw new ItemReaderFailure(`A line of the manifest is not the URI of an object: ${line.slice(0, 200)}`);
  }
  return { bucket: found["bucket"], key: found["key"] };
}

/** The inventory's files, as records of `ObjectUri`. */
export function inventoryFiles({ bucket, keys }: Inventory): RecordSource {
  return {
    read: async (position, limit) => {
      const from = (position as number | undefined) ?? 0;
      const records = keys.slice(from, from + limit.items).map((key, i): FoundRecord => {
        return { text: JSON.stringify({ bucket, key }), next: from + i + 1 };
      });
      const next = from + records.length;
      return next < keys.length ? { records, next } : { records };
    },
  };
}

export async function readInventory(bucket: Bucket, key: string): Promise<Inventory> {
  const object = await bucket.r2.get(keyIn(bucket, key));
  if (object === null) throw new ItemReaderFailure(`The specified key does not exist: s3://${bucket.name}/${key}`);
  if (object.size > MAX_MANIFEST_BYTES)
    throw new ItemReaderFailure(`The manifest is larger than ${MAX_MANIFEST_BYTES} bytes.`);
  return parseInventory(await object.text(), bucket.name);
}
