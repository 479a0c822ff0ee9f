/**
 * The objects of a bucket, as listObjectsV2 shows them.
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itemreader.html
 */
import type { Json, JsonObject } from "../../asl/json.ts";
import type { Bucket } from "../objects/buckets.ts";
import type { FoundRecord, RecordSource } from "./record-source.ts";

/** What R2 lists at once. */
const MAX_KEYS = 1000;

/** R2's storage class under S3's name. The local R2 does not say which it is. */
export function storageClassOf({ storageClass }: R2Object): string {
  return storageClass === "InfrequentAccess" ? "STANDARD_IA" : "STANDARD";
}

export interface ListedObjects {
  readonly objects: readonly R2Object[];
  /** The key behind which the list goes on; absent: that was all. */
  readonly after?: string;
}

/** @param prefix what the keys begin with @param after the key behind which the list begins; empty: at its beginning */
export async function listObjects(
  bucket: Bucket,
  prefix: string,
  after: string,
  limit: number,
): Promise<ListedObjects> {
  const listed = await bucket.r2.list({
    prefix: bucket.prefix + prefix,
    limit: Math.min(limit, MAX_KEYS),
    ...(after !== "" && { startAfter: bucket.prefix + after }),
  });
  const last = listed.objects.at(-1);
  return { objects: listed.objects, ...(listed.truncated && last && { after: keyOf(bucket, last) }) };
}

/** An object's key in its bucket. */
export function keyOf({ prefix }: Bucket, { key }: R2Object): string {
  return key.slice(prefix.length);
}

/** A position is the last key that was read: what comes and goes meanwhile neither shifts nor repeats the rest. */
export function objectsIn(bucket: Bucket, prefix: string, startAfter: string): RecordSource {
  return {
    read: async (position, limit) => {
      const records: FoundRecord[] = [];
      let after = (position as string | undefined) ?? startAfter;
      for (;;) {
        const page = await listObjects(bucket, prefix, after, limit.items - records.length);
        for (const object of page.objects) {
          const key = keyOf(bucket, object);
          records.push({ text: JSON.stringify(itemOf(key, object)), next: key });
        }
        if (page.after === undefined) return { records };
        after = page.after;
        if (records.length >= limit.items) return { records, next: after };
      }
    },
  };
}

function itemOf(key: string, object: R2Object): JsonObject {
  const item: Readonly<Record<string, Json>> = {
    Etag: object.httpEtag,
    Key: key,
    LastModified: Math.floor(object.uploaded.getTime() / 1000),
    Size: object.size,
    StorageClass: storageClassOf(object),
  };
  return item;
}
