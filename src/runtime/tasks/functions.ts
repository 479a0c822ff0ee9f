/**
 * Functions: what a Lambda ARN or a FunctionName leads to. A handler in this Worker, a service binding, or a URL.
 *
 * L1. A function's own error is its errorType; throttling, 5xx, timeouts and refused connections are AWS's `Lambda.*`
 *     names, so that the usual Retriers match.
 * L2. Each call carries the idempotency key of its attempt: the same after a crash, another after a retry.
 */
import type { StateFailure } from "../../asl/error-names.ts";
import type { Json } from "../../asl/json.ts";
import { jsonFault } from "../../asl/json-syntax.ts";
import { traceparentOf } from "../observe/trace-context.ts";
import type { FunctionTarget } from "../registry.ts";
import type { TaskCall } from "./task-call.ts";

/** What a handler in the Worker is told about its call. */
export interface FunctionContext {
  readonly functionName: string;
  readonly executionArn: string;
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
}

export type FunctionResult =
  | { readonly ok: true; readonly text: string; readonly executedVersion: string; readonly headers: Headers }
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

/** The longest a function may take: 15 minutes, as on AWS. */
const MAX_DURATION_MS = 900_000;

/** Calls the function. @param payload its input's JSON text; empty: none, which the function sees as `{}` */
export async function invokeFunction(
  directory: FunctionDirectory,
  { name, qualifier }: FunctionName,
  payload: string,
  call: TaskCall,
  signal: AbortSignal,
): Promise<FunctionResult> {
  const handler = Object.hasOwn(directory.handlers, name) ? directory.handlers[name] : undefined;
  if (handler !== undefined) return invokeHandler(handler, name, payload, call, signal);
  const target = await directory.findTarget(name);
  if (target === undefined) return { ok: false, failure: notFound(call, name, qualifier) };
  const fetcher = "url" in target ? undefined : directory.findBinding(target.service);
  if (!("url" in target) && fetcher === undefined) {
    const cause = `The function '${name}' is registered for the service binding '${target.service}', which wrangler.toml does not name.`;
    return { ok: false, failure: { error: "Lambda.ResourceNotFoundException", cause } };
  }
  const url = "url" in target ? target.url : `https://${encodeURIComponent(name)}.function/`;
  const headers = headersOf(call, qualifier);
  // Not AbortSignal.timeout: its timer would keep the object in memory, and billed, long after the answer.
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), MAX_DURATION_MS);
  try {
    const either = AbortSignal.any([signal, limit.signal]);
    const request = new Request(url, { method: "POST", headers, body: payload, signal: either, redirect: "manual" });
    const response = await (fetcher === undefined ? fetch(request) : fetcher.fetch(request));
    return await readResponse(response, name, call.maxPayloadBytes);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const timedOut = limit.signal.aborted;
    const failure = timedOut
      ? { error: "Lambda.ClientExecutionTimeoutException", cause: `The function '${name}' did not answer in time.` }
      : { error: "Lambda.SdkClientException", cause: `The function '${name}' could not be reached: ${message}` };
    return { ok: false, failure };
  } finally {
    clearTimeout(timer);
  }
}

async function invokeHandler(
  handler: FunctionHandler,
  functionName: string,
  payload: string,
  call: TaskCall,
  signal: AbortSignal,
): Promise<FunctionResult> {
  const { executionArn, stateName, retryCount, idempotencyKey, traceHeader } = call;
  const context = { functionName, executionArn, stateName, retryCount, idempotencyKey, signal };
  const input = JSON.parse(payload === "" ? "{}" : payload) as Json;
  try {
    const output = await handler(input, traceHeader === undefined ? context : { ...context, traceHeader });
    return { ok: true, text: JSON.stringify(output ?? null), executedVersion: "$LATEST", headers: new Headers() };
  } catch (error) {
    const [errorType, errorMessage] = error instanceof Error ? [error.name, error.message] : ["Error", String(error)];
    const trace = error instanceof Error ? (error.stack ?? "").split("\n") : [];
    return { ok: false, failure: { error: errorType, cause: JSON.stringify({ errorType, errorMessage, trace }) } };
  }
}

function headersOf(call: TaskCall, qualifier: string | undefined): Headers {
  const headers = new Headers({
    "Content-Type": "application/json",
    "Idempotency-Key": headerText(call.idempotencyKey),
    "Stepflare-Execution-Arn": headerText(call.executionArn),
    "Stepflare-State-Name": headerText(call.stateName),
    "Stepflare-Retry-Count": String(call.retryCount),
  });
  if (qualifier !== undefined) headers.set("Stepflare-Qualifier", headerText(qualifier));
  if (call.traceHeader !== undefined) {
    headers.set("X-Amzn-Trace-Id", headerText(call.traceHeader));
    const traceparent = traceparentOf(call.traceHeader);
    if (traceparent !== undefined) headers.set("traceparent", traceparent);
  }
  return headers;
}

/** Names may hold any letters; a header only ASCII. */
function headerText(text: string): string {
  return encodeURI(text);
}

async function readResponse(response: Response, name: string, maxBytes: number): Promise<FunctionResult> {
  const text = await readCapped(response, maxBytes);
  if (response.headers.has("X-Amz-Function-Error")) return { ok: false, failure: functionError(text) };
  if (response.ok) {
    const executedVersion = response.headers.get("X-Amz-Executed-Version") ?? "$LATEST";
    const fault = text.length > maxBytes || text === "" ? undefined : jsonFault(text)?.message;
    if (fault === undefined) {
      return { ok: true, text: text === "" ? "null" : text, executedVersion, headers: response.headers };
    }
    const cause = `The function '${name}' answered with something that is not JSON: ${fault}`;
    return { ok: false, failure: { error: "Lambda.Unknown", cause } };
  }
  const cause = `The function '${name}' answered with status ${response.status}: ${text.slice(0, 1_000)}`;
  return { ok: false, failure: { error: errorOfStatus(response.status), cause } };
}

function errorOfStatus(status: number): string {
  if (status === 404) return "Lambda.ResourceNotFoundException";
  if (status === 408 || status === 504) return "Lambda.ClientExecutionTimeoutException";
  if (status === 429) return "Lambda.TooManyRequestsException";
  return status >= 500 ? "Lambda.ServiceException" : "Lambda.AWSLambdaException";
}

function functionError(text: string): StateFailure {
  try {
    const body = JSON.parse(text) as { errorType?: unknown } | null;
    const error = typeof body?.errorType === "string" && body.errorType !== "" ? body.errorType : "Lambda.Unknown";
    return { error, cause: text };
  } catch {
    // The function failed and did not say how in the agreed form.
    return { error: "Lambda.Unknown", cause: text };
  }
}

/** The body's text, cut a little above the payload quota: what is longer fails anyway and need not be held. */
async function readCapped(response: Response, maxBytes: number): Promise<string> {
  if (response.body === null) return "";
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of response.body as ReadableStream<Uint8Array>) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > maxBytes) return text;
  }
  return text + decoder.decode();
}

function notFound({ executionArn }: TaskCall, name: string, qualifier = "$LATEST"): StateFailure {
  const [, , , region, account] = executionArn.split(":");
  const arn = `arn:aws:lambda:${region}:${account}:function:${name}:${qualifier}`;
  const details = `Service: AWSLambda; Status Code: 404; Error Code: ResourceNotFoundException; Request ID: ${crypto.randomUUID()}; Proxy: null`;
  return { error: "Lambda.ResourceNotFoundException", cause: `Function not found: ${arn} (${details})` };
}
