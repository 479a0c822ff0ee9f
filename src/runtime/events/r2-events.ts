/**
 * Changes of objects in R2, as R2 tells of them in a queue, as the events that EventBridge gets of S3.
 *
 * O1. A message that is delivered twice is the same event: its id is of what the message says.
 * O2. Buckets that are folders in OBJECTS are told by their own names; what Stepflare keeps there for itself is told to nobody.
 * @see https://developers.cloudflare.com/r2/buckets/event-notifications/
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
 */
import { isObject, memberOf, type Json, type JsonObject } from "../../asl/json.ts";
import { parseTimestamp } from "../../asl/instant.ts";
import type { ArnConfig } from "../arn.ts";
import { isBucketName } from "../objects/buckets.ts";
import { eventOf, uuidOf, type BusEvent } from "./bus-event.ts";

/** A message that R2 sends. */
export type R2Notification = JsonObject & {
  readonly action: string;
  readonly bucket: string;
  readonly eventTime: string;
  readonly object: JsonObject & { readonly key: string };
};

export interface R2EventContext extends ArnConfig {
  /** The name of the R2 bucket that OBJECTS binds, whose folders are buckets. */
  readonly objectsBucket: string;
}

export function isR2Notification(body: unknown): body is R2Notification {
  const value = body as Json | undefined;
  if (value === undefined || !isObject(value)) return false;
  const object = memberOf(value, "object");
  const texts = ["action", "bucket", "eventTime"].every((name) => typeof memberOf(value, name) === "string");
  return texts && object !== undefined && isObject(object) && typeof memberOf(object, "key") === "string";
}

/** Reasons as S3 gives them. */
const CREATED: Readonly<Record<string, string>> = {
  PutObject: "PutObject",
  CopyObject: "CopyObject",
  CompleteMultipartUpload: "CompleteMultipartUpload",
};
const DELETED: Readonly<Record<string, string>> = {
  DeleteObject: "DeleteObject",
  LifecycleDeletion: "Lifecycle Expiration",
};

/** Undefined: it is nobody's business. */
export function r2Event(message: R2Notification, context: R2EventContext): BusEvent | undefined {
  const { action, bucket: r2Bucket, eventTime, object } = message;
  const place = r2Bucket === context.objectsBucket ? folderOf(object.key) : { bucket: r2Bucket, key: object.key };
  const created = Object.hasOwn(CREATED, action) ? CREATED[action] : undefined;
  const deleted = Object.hasOwn(DELETED, action) ? DELETED[action] : undefined;
  const reason = created ?? deleted;
  const at = parseTimestamp(eventTime);
  if (place === undefined || reason === undefined || at === undefined) return undefined;
  const { size, etag } = { size: memberOf(object, "size"), etag: memberOf(object, "eTag") };
  const id = uuidOf(JSON.stringify(["r2", r2Bucket, object.key, action, eventTime, etag ?? null]));
  return eventOf(
    {
      id,
      source: "aws.s3",
      "detail-type": created === undefined ? "Object Deleted" : "Object Created",
      at,
      resources: [`arn:aws:s3:::${place.bucket}`],
      detail: {
        version: "0",
        bucket: { name: place.bucket },
        object: {
          key: place.key,
          ...(size !== undefined && { size }),
          ...(etag !== undefined && { etag }),
          sequencer: at.toString(16).toUpperCase().padStart(18, "0"),
        },
        "request-id": id,
        requester: context.accountId,
        reason,
        ...(created === undefined && { "deletion-type": "Permanently Deleted" }),
      },
    },
    context,
  );
}

function folderOf(key: string): { readonly bucket: string; readonly key: string } | undefined {
  const slash = key.indexOf("/");
  const bucket = key.slice(0, Math.max(slash, 0));
  return isBucketName(bucket) ? { bucket, key: key.slice(slash + 1) } : undefined;
}
