/**
 * Functions of AWS Lambda: `lambda:invoke` and a function's ARN, where AWS_SERVICES has `lambda`.
 *
 * A function's own error is its errorType, as it is of functions that run here.
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/connect-lambda.html
 */
import { isObject, memberOf, type Json, type JsonObject } from "../../../asl/json.ts";
import { Payload } from "../../../data/payload.ts";
import { upperFirst } from "../../../services/naming.ts";
import { payloadText } from "../../tasks/lambda.ts";
import { derivedUuid } from "../../derived-uuid.ts";
import { failed, type TaskAnswer } from "../../tasks/task-call.ts";
import { taken, type ServiceCall } from "../integration.ts";
import { metadataOf, notPerformedOptimized } from "./optimized-call.ts";
import { OPTIMIZED_SERVICES, type OptimizedService } from "./optimized-services.ts";
import { performAction, type Aws } from "./perform.ts";
import { inOrder } from "./scalars.ts";

const LAMBDA = OPTIMIZED_SERVICES["lambda"] as OptimizedService;

/** @param parameters of the Invoke API @param isBare whether the result is the payload itself */
export async function callAwsLambda(
  aws: Aws,
  call: ServiceCall,
  parameters: Json,
  isBare: boolean,
  signal: AbortSignal,
): Promise<TaskAnswer> {
  const action = {
    service: "lambda",
    action: "invoke",
    parameters: isObject(parameters) ? { ...parameters, Payload: payloadOf(parameters) } : parameters,
    isSdk: false,
    showing: { nameOf: upperFirst, timestamps: "text" },
    token: derivedUuid(call.idempotencyKey),
    maxPayloadBytes: call.maxPayloadBytes,
  } as const;
  const outcome = await performAction(aws, action, signal);
  if (outcome.kind !== "performed") return notPerformedOptimized(call, LAMBDA, outcome);
  const { FunctionError: functionError, Payload: text, LogResult: _, ...output } = outcome.output;
  const payload = typeof text === "string" && text !== "" ? text : '""';
  if (functionError !== undefined) return ownError(payload);
  const shown = parsed(payload);
  if (shown === undefined) return failed("Lambda.Unknown", "The function answered with something that is not JSON.");
  if (isBare) return { kind: "succeeded", output: Payload.fromText(payload) };
  return taken(call, Payload.of(inOrder({ ...output, Payload: shown, ...metadataOf(outcome.answer) })));
}

/** A text that is no JSON is sent as the JSON text that it is; without one, nothing is sent. */
function payloadOf(parameters: JsonObject): string | null {
  return payloadText(memberOf(parameters, "Payload")) || null;
}

/** What the function threw. */
function ownError(payload: string): TaskAnswer {
  const error = parsed(payload);
  const errorType = isObject(error) ? memberOf(error, "errorType") : undefined;
  return failed(typeof errorType === "string" ? errorType : "Lambda.Unknown", payload);
}

/** undefined: the text is not JSON. */
function parsed(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}
