/**
 * Functions elsewhere: a URL or a service binding, and what their answers mean.
 *
 * R1. No more is read of an answer than a result may have; what it is compressed to does not matter.
 * R2. What is wrong with an answer is AWS's name of that error, which Retry and Catch match.
 */
import { jsonFault } from "../../asl/json-syntax.ts";
import type { StateFailure } from "../../asl/error-names.ts";
import { NOTHING_ADDED, type Authorization } from "../connections/authorize.ts";
import { traceparentOf } from "../observe/trace-context.ts";
import { DEPTH_HEADER, MAX_DEPTH } from "../outbound/call-depth.ts";
import { readText, type AnswerText } from "../outbound/body.ts";
import { RefusedDestination } from "../outbound/send.ts";
import type { FunctionTarget } from "../registry.ts";
import type { FunctionCall, FunctionDirectory, FunctionName, FunctionResult } from "./functions.ts";

/** The longest a function may take: 15 minutes, as on AWS. */
const MAX_DURATION_MS = 900_000;

/** Calls the function over HTTP. */
export async function callRemote(
  directory: Pick<FunctionDirectory, "findBinding" | "send" | "authorize">,
  target: FunctionTarget,
  { name, qualifier }: FunctionName,
  payload: string,
  call: FunctionCall,
  signal: AbortSignal,
): Promise<FunctionResult> {
  const fetcher = "url" in target ? undefined : directory.findBinding(target.service);
  if (!("url" in target) && fetcher === undefined) {
    const cause = `The function '${name}' is registered for the service binding '${target.service}', which wrangler.toml does not name.`;
    return failure("Lambda.ResourceNotFoundException", cause);
  }
  const depth = (call.callDepth ?? 0) + 1;
  if (depth > MAX_DEPTH) {
    const cause = `The function '${name}' is not called: ${MAX_DEPTH} calls of functions by state machines led to each other already.`;
    return failure("Lambda.RecursiveInvocationException", cause);
  }
  // Not within what follows: a database out of reach is no fault of the function, and is asked again.
  const added =
    "url" in target && target.connection !== undefined
      ? await directory.authorize(target.connection, signal)
      : NOTHING_ADDED;
  if ("error" in added) return { ok: false, failure: added };
  // Not AbortSignal.timeout: its timer would keep the object in memory, and billed, long after the answer.
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), MAX_DURATION_MS);
  try {
    const either = AbortSignal.any([signal, limit.signal]);
    const headers = headersOf(call, qualifier, depth);
    for (const [header, value] of Object.entries(added.headers)) headers.set(header, value);
    const init = { method: "POST", headers, body: payload, signal: either };
    const sent =
      "url" in target
        ? directory.send(target.url, init)
        : fetcher?.fetch(`https://${encodeURIComponent(name)}.function/`, { ...init, redirect: "manual" });
    const response = await sent;
    if (response === undefined) throw new Error("Defect: a service binding is gone");
    return resultOf(response, await readText(response, call.maxPayloadBytes), { name, ...call, ...added });
  } catch (error) {
    if (limit.signal.aborted)
      return failure("Lambda.ClientExecutionTimeoutException", `The function '${name}' did not answer in time.`);
    const message = error instanceof Error ? error.message : String(error);
    if (error instanceof RefusedDestination)
      return failure("Lambda.InvalidParameterValueException", `The function '${name}' may not be called: ${message}.`);
    return failure("Lambda.SdkClientException", `The function '${name}' could not be reached: ${message}`);
  } finally {
    clearTimeout(timer);
  }
}

function headersOf(call: FunctionCall, qualifier: string | undefined, depth: number): Headers {
  const headers = new Headers({
    "Content-Type": "application/json",
    "Idempotency-Key": headerText(call.idempotencyKey),
    "Stepflare-Execution-Arn": headerText(call.executionArn),
    "Stepflare-State-Name": headerText(call.stateName),
    "Stepflare-Retry-Count": String(call.retryCount),
    [DEPTH_HEADER]: String(depth),
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

const MAX_SHOWN_CHARACTERS = 1_000;

function resultOf(
  response: Response,
  answer: AnswerText,
  { name, maxPayloadBytes, conceal }: { readonly name: string } & FunctionCall & Authorization,
): FunctionResult {
  if (response.headers.has("X-Amz-Function-Error"))
    return { ok: false, failure: functionError(conceal(shownText(answer))) };
  if (!response.ok) {
    const shown = conceal(shownText(answer)).slice(0, MAX_SHOWN_CHARACTERS);
    return failure(
      errorOfStatus(response.status),
      `The function '${name}' answered with status ${response.status}: ${shown}`,
    );
  }
  const executedVersion = response.headers.get("X-Amz-Executed-Version") ?? "$LATEST";
  // The engine tells as AWS does that it is too large, and looks at its size alone.
  if (answer.kind === "too large") return { ok: true, text: " ".repeat(maxPayloadBytes + 1), executedVersion };
  if (answer.kind === "not text")
    return failure("Lambda.Unknown", `The function '${name}' answered with something that is not UTF-8.`);
  const text = answer.text === "" ? "null" : conceal(answer.text);
  const fault = jsonFault(text)?.message;
  if (fault !== undefined)
    return failure("Lambda.Unknown", `The function '${name}' answered with something that is not JSON: ${fault}`);
  return { ok: true, text, executedVersion };
}

function shownText(answer: AnswerText): string {
  switch (answer.kind) {
    case "text":
      return answer.text;
    case "too large":
      return answer.beginning;
    case "not text":
      return answer.shown;
  }
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

function failure(error: string, cause: string): FunctionResult {
  return { ok: false, failure: { error, cause } };
}
