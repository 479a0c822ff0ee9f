/**
 * Tasks on objects: `aws-sdk:s3:…` on the buckets that Maps read and write, with S3's results and errors.
 *
 * A parameter that is not known here is refused rather than ignored, unless it cannot change what is done.
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html
 */
import { isObject, memberOf, type Json, type JsonObject } from "../../asl/json.ts";
import { Payload } from "../../data/payload.ts";
import { keyIn, ObjectFault, type Bucket, type Buckets, type ObjectFaultCode } from "../objects/buckets.ts";
import { taken, type ServiceCall } from "../integrations/integration.ts";
import { failed, unusableParameters, type TaskAnswer } from "./task-call.ts";
import { copyObject, deleteObject, getObject, headObject, listObjectsV2, putObject } from "./s3-actions.ts";
import { S3Fault, type S3Action, type S3Request } from "./s3-request.ts";

const ACTIONS: Readonly<Record<string, S3Action>> = {
  copyObject,
  deleteObject,
  getObject,
  headObject,
  listObjectsV2,
  putObject,
};

/** Parameters of access and billing: they mean nothing here, and change nothing. */
const IGNORED = ["ExpectedBucketOwner", "RequestPayer", "ChecksumMode", "ChecksumAlgorithm", "ServerSideEncryption"];

/** undefined: there is no such action here. */
export async function callS3(buckets: Buckets, call: ServiceCall): Promise<TaskAnswer | undefined> {
  const { action: name } = call.resource;
  const action = Object.hasOwn(ACTIONS, name) ? ACTIONS[name] : undefined;
  if (action === undefined) return undefined;
  const parameters = isObject(call.parameters.value) ? call.parameters.value : {};
  const fault = faultOf(action, parameters);
  if (fault !== undefined) return failed("States.Runtime", unusableParameters(call, fault));
  try {
    const output = Payload.of(await action.perform(requestOf(buckets, parameters, call.maxPayloadBytes)));
    return taken(call, output);
  } catch (error) {
    if (error instanceof S3Fault) return failure(error.code, error.message, error.status);
    if (error instanceof ObjectFault) return failure(...FAULTS[error.code](error.message));
    throw error;
  }
}

function faultOf(action: S3Action, parameters: JsonObject): string | undefined {
  const missing = action.required.find((name) => (memberOf(parameters, name) ?? null) === null);
  if (missing !== undefined) return `The field '${missing}' is required but was missing`;
  const known = new Set([...action.required, ...action.optional, ...IGNORED]);
  const unknown = Object.keys(parameters).find((name) => !known.has(name));
  if (unknown !== undefined) return `The field '${unknown}' is not supported by Stepflare`;
  const isText = (value: Json | undefined): boolean =>
    value === undefined || value === null || typeof value === "string";
  const notText = action.texts.find((name) => !isText(memberOf(parameters, name)));
  return notText === undefined ? undefined : `The value for the field '${notText}' must be a STRING`;
}

function requestOf(buckets: Buckets, parameters: JsonObject, maxPayloadBytes: number): S3Request {
  const text = (name: string): string | undefined => {
    const value = memberOf(parameters, name);
    return typeof value === "string" ? value : undefined;
  };
  const bucket: Bucket = buckets(text("Bucket") ?? "");
  return { buckets, bucket, parameters, maxPayloadBytes, text, key: () => keyIn(bucket, text("Key") ?? "") };
}

/** What S3 answers: the exception, its message and the status. */
const FAULTS: Readonly<Record<ObjectFaultCode, (message: string) => readonly [string, string, number]>> = {
  InvalidBucketName: () => ["S3Exception", "The specified bucket is not valid.", 400],
  KeyTooLongError: () => ["S3Exception", "Your key is too long", 400],
  InvalidArgument: (message) => ["S3Exception", message, 400],
  NoSuchBucket: (message) => ["NoSuchBucketException", message, 404],
};

function failure(exception: string, message: string, status: number): TaskAnswer {
  const extended = btoa(crypto.randomUUID());
  const ids = `Request ID: ${crypto.randomUUID()}, Extended Request ID: ${extended}`;
  return failed(`S3.${exception}`, `${message} (Service: S3, Status Code: ${status}, ${ids})`);
}
