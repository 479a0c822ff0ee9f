/**
 * Buckets: what S3 is on AWS. A name leads to an R2 bucket of its own if the setting BUCKETS says so, and otherwise to a
 * folder of that name in the default bucket, which is there without being made.
 *
 * B1. What Stepflare keeps for itself lies in folders that are no bucket names: nobody reaches it, nobody collides with it.
 */
import { utf8Size } from "../../asl/json.ts";

/** Where what Stepflare keeps for itself begins. */
export const RESERVED_PREFIX = "_stepflare/";

export interface Bucket {
  readonly name: string;
  readonly r2: R2Bucket;
  /** What the keys of its objects begin with in the R2 bucket. */
  readonly prefix: string;
}

/** Throws ObjectFault where there can be no such bucket, or where the settings are wrong about it. */
export type Buckets = (name: string) => Bucket;

/** NoSuchBucket: the settings name what is not there. */
export type ObjectFaultCode = "InvalidBucketName" | "KeyTooLongError" | "InvalidArgument" | "NoSuchBucket";

/** A bucket or an object that there cannot be. */
export class ObjectFault extends Error {
  readonly code: ObjectFaultCode;

  constructor(code: ObjectFaultCode, message: string) {
    super(message);
    this.name = "ObjectFault";
    this.code = code;
  }
}

/** R2's, the prefix included, and S3's. */
const MAX_KEY_BYTES = 1024;
const NAME = /^[a-z0-9](?:[a-z0-9-]|\.(?!\.)){1,61}[a-z0-9]$/u;
const IP_ADDRESS = /^\d+\.\d+\.\d+\.\d+$/u;

/** @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
export function isBucketName(name: string): boolean {
  return NAME.test(name) && !IP_ADDRESS.test(name);
}

/** @param bindingNames by bucket name; @param findBinding undefined where there is no R2 binding of that name */
export function bucketsIn(
  defaultBucket: R2Bucket,
  bindingNames: Readonly<Record<string, string>>,
  findBinding: (name: string) => R2Bucket | undefined,
): Buckets {
  return (name) => {
    if (!isBucketName(name)) throw new ObjectFault("InvalidBucketName", `'${name}' cannot be the name of a bucket`);
    const bindingName = Object.hasOwn(bindingNames, name) ? bindingNames[name] : undefined;
    if (bindingName === undefined) return { name, r2: defaultBucket, prefix: `${name}/` };
    const r2 = findBinding(bindingName);
    if (r2 !== undefined) return { name, r2, prefix: "" };
    const fault = `BUCKETS says that '${name}' is the R2 binding ${bindingName}, but wrangler.toml has no such R2 binding`;
    throw new ObjectFault("NoSuchBucket", fault);
  };
}

/** The object's key in the R2 bucket. Throws ObjectFault where it is empty or too long. */
export function keyIn(bucket: Bucket, key: string): string {
  if (key === "") throw new ObjectFault("InvalidArgument", "The key of an object cannot be empty");
  const whole = bucket.prefix + key;
  if (utf8Size(whole) > MAX_KEY_BYTES) {
    const room = MAX_KEY_BYTES - utf8Size(bucket.prefix);
    throw new ObjectFault(
      "KeyTooLongError",
      `The key is longer than the ${room} bytes that bucket '${bucket.name}' allows`,
    );
  }
  return whole;
}
