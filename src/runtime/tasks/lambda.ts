/**
 * Tasks on functions: a Lambda ARN, whose result is the payload itself, and `lambda:invoke` with AWS's envelope.
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/connect-lambda.html
 */
import { isObject, memberOf, type Json } from "../../asl/json.ts";
import { jsonFault } from "../../asl/json-syntax.ts";
import { Payload } from "../../data/payload.ts";
import { invokeFunction, parseFunctionName, type FunctionDirectory } from "./functions.ts";
import { failed, unusableParameters, type TaskAnswer, type TaskCall } from "./task-call.ts";

export async function callLambdaArn(
  directory: FunctionDirectory,
  arn: string,
  call: TaskCall,
  signal: AbortSignal,
): Promise<TaskAnswer> {
  const result = await invokeFunction(directory, parseFunctionName(arn), call.parameters.text, call, signal);
  return result.ok
    ? { kind: "succeeded", output: Payload.fromText(result.text) }
    : { kind: "failed", failure: result.failure };
}

/** `lambda:invoke`, also where a callback brings the result. */
export async function callLambdaInvoke(
  directory: FunctionDirectory,
  call: TaskCall,
  signal: AbortSignal,
): Promise<TaskAnswer> {
  const parameters = call.parameters.value;
  const functionName = isObject(parameters) ? memberOf(parameters, "FunctionName") : undefined;
  if (!isObject(parameters) || typeof functionName !== "string" || functionName === "") {
    return failed("States.Runtime", unusableParameters(call, "The field 'FunctionName' is required but was missing"));
  }
  const qualifier = memberOf(parameters, "Qualifier");
  const name = parseFunctionName(functionName);
  const target = typeof qualifier === "string" ? { ...name, qualifier } : name;
  const payload = payloadText(memberOf(parameters, "Payload"));
  const result = await invokeFunction(directory, target, payload, call, signal);
  if (!result.ok) return { kind: "failed", failure: result.failure };
  if (result.text.length > call.maxPayloadBytes) return { kind: "succeeded", output: Payload.fromText(result.text) };
  const output = envelope(result.text, result.executedVersion, memberOf(parameters, "InvocationType") === "Event");
  return {
    kind:
      "resource" in call.resource && call.resource.resource.endsWith(".waitForTaskToken") ? "submitted" : "succeeded",
    output,
  };
}

/** A function called without a payload, or with null, gets none; a text that is JSON is taken for the payload itself. */
export function payloadText(payload: Json | undefined): string {
  if (payload === undefined || payload === null) return "";
  return typeof payload === "string" && jsonFault(payload) === undefined ? payload : JSON.stringify(payload);
}

/** What the Invoke API answers, as Step Functions shows it. */
function envelope(text: string, executedVersion: string, isEvent: boolean): Payload {
  const requestId = crypto.randomUUID();
  const body = isEvent ? '""' : text;
  const headers = {
    "X-Amz-Executed-Version": executedVersion,
    "x-amzn-Remapped-Content-Length": "0",
    Connection: "keep-alive",
    "x-amzn-RequestId": requestId,
    "Content-Length": String(new TextEncoder().encode(body).length),
    Date: new Date().toUTCString(),
    "Content-Type": "application/json",
  };
  const status = isEvent ? 202 : 200;
  const AllHttpHeaders = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]]));
  const SdkHttpMetadata = JSON.stringify({ AllHttpHeaders, HttpHeaders: headers, HttpStatusCode: status });
  const SdkResponseMetadata = JSON.stringify({ RequestId: requestId });
  const version = JSON.stringify(executedVersion);
  // Put together as text, so that the function's own text stays as it is.
  return Payload.fromText(
    `{"ExecutedVersion":${version},"Payload":${body},"SdkHttpMetadata":${SdkHttpMetadata},"SdkResponseMetadata":${SdkResponseMetadata},"StatusCode":${status}}`,
  );
}
