/** What an action on objects is asked, and how it fails. */
import type { JsonObject } from "../../asl/json.ts";
import type { Bucket, Buckets } from "../objects/buckets.ts";

export interface S3Request {
  readonly buckets: Buckets;
  readonly bucket: Bucket;
  readonly parameters: JsonObject;
  /** What a result may have. */
  readonly maxPayloadBytes: number;
  /** A parameter that is text; undefined where it is absent. */
  readonly text: (name: string) => string | undefined;
  /** The parameter `Key` as the key in the R2 bucket. */
  readonly key: () => string;
}

export interface S3Action {
  readonly required: readonly string[];
  readonly optional: readonly string[];
  /** The parameters that must be texts. */
  readonly texts: readonly string[];
  readonly perform: (request: S3Request) => Promise<JsonObject>;
}

/** An exception of S3. */
export class S3Fault extends Error {
  /** Such as `NoSuchKeyException`. */
  readonly code: string;
  readonly status: number;

  constructor(code: string, message: string, status: number) {
    super(message);
    this.name = "S3Fault";
    this.code = code;
    this.status = status;
  }
}

export const noSuchKey = (): S3Fault => new S3Fault("NoSuchKeyException", "The specified key does not exist.", 404);

export const conditionFailed = (): S3Fault =>
  new S3Fault("S3Exception", "At least one of the pre-conditions you specified did not hold", 412);
