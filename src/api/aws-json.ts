/**
 * The AWS JSON 1.0 protocol: which operation a request asks for, with what input, and how the answer is written.
 * @see https://smithy.io/2.0/aws/protocols/aws-json-1_0-protocol.html
 */
import type { JsonObject } from "../asl/json.ts";
import { ApiError, statusOf } from "./api-error.ts";
import type { Operation } from "./inputs.ts";
import { readJsonObject, type BodyFault } from "./request-body.ts";
import { isOperation } from "./shapes.ts";

/** The members of an answer; those that are undefined are left out. */
export type Output = Readonly<Record<string, unknown>>;

export interface OperationRequest {
  readonly operation: Operation;
  readonly body: JsonObject;
}

const TARGET_PREFIX = "AWSStepFunctions.";

/** The request as the protocol has it, or an ApiError. @param bytes the body, where it was read already */
export async function readOperationRequest(
  request: Request,
  maxBytes: number,
  bytes?: Uint8Array,
): Promise<OperationRequest> {
  if (request.method !== "POST")
    throw new ApiError("UnknownOperationException", `${request.method} is not supported: operations are POST requests`);
  const target = request.headers.get("x-amz-target") ?? "";
  const operation = target.startsWith(TARGET_PREFIX) ? target.slice(TARGET_PREFIX.length) : "";
  if (!isOperation(operation)) throw new ApiError("UnknownOperationException", unknownOperation(target));
  const body = await readJsonObject(bytes ?? request, maxBytes);
  if (!body.ok) throw bodyError(body.fault);
  return { operation, body: body.value };
}

export function writeOutput(output: Output, requestId: string): Response {
  return answer(200, output, requestId);
}

export function writeError(error: ApiError, requestId: string): Response {
  const body = { __type: error.name, message: error.message, ...error.details };
  const { retryAfterSeconds } = error;
  return answer(statusOf(error.name), body, requestId, {
    ...(retryAfterSeconds !== undefined && { "retry-after": String(Math.ceil(retryAfterSeconds)) }),
    // SDKs set their clock by it when theirs is wrong, and sign once more.
    ...(error.name === "InvalidSignatureException" && { date: new Date().toUTCString() }),
  });
}

/** Epoch milliseconds as the protocol writes timestamps. */
export function toSeconds(milliseconds: number): number;
export function toSeconds(milliseconds: number | undefined): number | undefined;
export function toSeconds(milliseconds: number | undefined): number | undefined {
  return milliseconds === undefined ? undefined : milliseconds / 1000;
}

export const ANSWER_HEADERS: { readonly "content-type": string } = { "content-type": "application/x-amz-json-1.0" };

function answer(
  status: number,
  body: Output,
  requestId: string,
  headers: Readonly<Record<string, string>> = {},
): Response {
  const always = { ...ANSWER_HEADERS, "x-amzn-requestid": requestId };
  return new Response(JSON.stringify(body), { status, headers: { ...always, ...headers } });
}

function unknownOperation(target: string): string {
  return target === "" ? "The header X-Amz-Target is missing" : `The service has no operation '${target}'`;
}

function bodyError(fault: BodyFault): ApiError {
  if (fault === "too large") return new ApiError("RequestEntityTooLargeException", "The request is too large");
  return new ApiError("SerializationException", `The request's body cannot be read: it is ${fault}`);
}
