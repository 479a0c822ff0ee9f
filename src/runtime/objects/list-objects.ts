/** Lists of a bucket's objects, in the order of their keys. */
import type { Bucket } from "./buckets.ts";

/** What R2 lists at once. */
const MAX_KEYS = 1000;

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
  if (listed.truncated && last === undefined) throw new Error("R2 lists no object and says that there are more");
  return { objects: listed.objects, ...(listed.truncated && last && { after: keyOf(bucket, last) }) };
}

/** An object's key in its bucket. */
export function keyOf({ prefix }: Bucket, { key }: R2Object): string {
  return key.slice(prefix.length);
}

/** R2's storage class under S3's name. The local R2 does not say which it is. */
export function storageClassOf({ storageClass }: R2Object): string {
  return storageClass === "InfrequentAccess" ? "STANDARD_IA" : "STANDARD";
}
