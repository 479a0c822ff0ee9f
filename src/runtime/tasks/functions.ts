/**
 * Functions: what a Lambda ARN or a FunctionName leads to. A handler in this Worker, a service binding, or a URL.
 *
 * L1. A function's own error is its errorType; throttling, 5xx, timeouts and refused connections are AWS's `Lambda.*`
 *     names, so that the usual Retriers match.
 * L2. Each call carries the idempotency key of its attempt: the same after a crash, another after a retry.
 */
import type { StateFailure } from "../../asl/error-names.ts";
import type { Json } from "../../asl/json.ts";
import type { Authorize } from "../connections/authorize.ts";
import type { SendOutbound } from "../outbound/send.ts";
import type { FunctionTarget } from "../registry.ts";
import { callRemote } from "./remote-function.ts";
import type { TaskCall } from "./task-call.ts";

/** Who calls a function: a task, or a queue or a topic that has something for it. */
export type FunctionCall = Pick<
  TaskCall,
  "executionArn" | "stateName" | "retryCount" | "idempotencyKey" | "traceHeader" | "callDepth" | "maxPayloadBytes"
>;

/** What a handler in the Worker is told about its call. */
export interface FunctionContext {
  readonly functionName: string;
  /** Where a queue or a topic calls, its ARN. */
  readonly executionArn: string;
  /** Where a queue or a topic calls, an empty text. */
  readonly stateName: string;
  /** 0 for the first attempt. */
  readonly retryCount: number;
  readonly idempotencyKey: string;
  /** X-Ray's, of an execution that is traced: the task's span is the parent. */
  readonly traceHeader?: string;
  /** Aborted when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
}

/** A function in the same Worker. A thrown error's `name` is its errorType. */
export type FunctionHandler = (input: Json, context: FunctionContext) => Json | undefined | Promise<Json | undefined>;

export interface FunctionDirectory {
  readonly handlers: Readonly<Record<string, FunctionHandler>>;
  /** The registered target; asked for only where there is no handler of that name. */
  findTarget(name: string): Promise<FunctionTarget | undefined>;
  /** The service binding of that name. */
  findBinding(name: string): Fetcher | undefined;
  /** Sends requests to functions by URL. */
  readonly send: SendOutbound;
  /** What a connection adds to them. */
  readonly authorize: Authorize;
}

export type FunctionResult =
  | { readonly ok: true; readonly text: string; readonly executedVersion: string }
  | { readonly ok: false; readonly failure: StateFailure };

export interface FunctionName {
  readonly name: string;
  readonly qualifier?: string;
}

/** A bare name, a name with a qualifier, a partial or a full ARN. */
export function parseFunctionName(text: string): FunctionName {
  const marker = ":function:";
  const at = text.lastIndexOf(marker);
  const [name = "", qualifier] = (at < 0 ? text : text.slice(at + marker.length)).split(":");
  return qualifier === undefined ? { name } : { name, qualifier };
}

/** Calls the function. @param payload its input's JSON text; empty: none, which the function sees as `{}` */
export async function invokeFunction(
  directory: FunctionDirectory,
  { name, qualifier }: FunctionName,
  payload: string,
  call: FunctionCall,
  signal: AbortSignal,
): Promise<FunctionResult> {
  const handler = Object.hasOwn(directory.handlers, name) ? directory.handlers[name] : undefined;
  if (handler !== undefined) return invokeHandler(handler, name, payload, call, signal);
  const target = await directory.findTarget(name);
  if (target === undefined) return { ok: false, failure: notFound(call, name, qualifier) };
  return callRemote(directory, target, { name, ...(qualifier !== undefined && { qualifier }) }, payload, call, signal);
}

async function invokeHandler(
  handler: FunctionHandler,
  functionName: string,
  payload: string,
  call: FunctionCall,
  signal: AbortSignal,
): Promise<FunctionResult> {
  const { executionArn, stateName, retryCount, idempotencyKey, traceHeader } = call;
  const context = { functionName, executionArn, stateName, retryCount, idempotencyKey, signal };
  const input = JSON.parse(payload === "" ? "{}" : payload) as Json;
  try {
    const output = await handler(input, traceHeader === undefined ? context : { ...context, traceHeader });
    return { ok: true, text: JSON.stringify(output ?? null), executedVersion: "$LATEST" };
  } catch (error) {
    const [errorType, errorMessage] = error instanceof Error ? [error.name, error.message] : ["Error", String(error)];
    const trace = error instanceof Error ? (error.stack ?? "").split("\n") : [];
    return { ok: false, failure: { error: errorType, cause: JSON.stringify({ errorType, errorMessage, trace }) } };
  }
}

function notFound({ executionArn }: FunctionCall, name: string, qualifier = "$LATEST"): StateFailure {
  const [, , , region, account] = executionArn.split(":");
  const arn = `arn:aws:lambda:${region}:${account}:function:${name}:${qualifier}`;
  const details = `Service: AWSLambda; Status Code: 404; Error Code: ResourceNotFoundException; Request ID: ${crypto.randomUUID()}; Proxy: null`;
  return { error: "Lambda.ResourceNotFoundException", cause: `Function not found: ${arn} (${details})` };
}
