/**
 * The objects of a bucket, as listObjectsV2 shows them.
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itemreader.html
 */
import type { Json, JsonObject } from "../../asl/json.ts";
import type { Bucket } from "../objects/buckets.ts";
import { keyOf, listObjects, storageClassOf } from "../objects/list-objects.ts";
import type { FoundRecord, RecordSource } from "./record-source.ts";

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
