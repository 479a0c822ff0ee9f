/**
 * Whoever starts an execution may be traced: the request's headers say so as well as the input's traceHeader.
 *
 * X-Amzn-Trace-Id goes before the input, as on AWS; a traceparent, which HTTP clients add unasked, goes after it. A header that
 * is neither is not looked at.
 */
import { memberOf, type JsonObject } from "../asl/json.ts";
import { parseTraceHeader, xRayHeader } from "../runtime/observe/trace-context.ts";

export function withTraceHeader(operation: string, input: JsonObject, headers: Headers): JsonObject {
  if (operation !== "StartExecution" && operation !== "StartSyncExecution") return input;
  const isGiven = memberOf(input, "traceHeader") !== undefined;
  const header = headers.get("x-amzn-trace-id") ?? (isGiven ? null : headers.get("traceparent"));
  const trace = header === null ? undefined : parseTraceHeader(header);
  return trace === undefined ? input : { ...input, traceHeader: xRayHeader(trace) };
}
