/**
 * Optimized integrations on AWS, such as `sqs:sendMessage`: the service's answer with the SDK's metadata, and its errors as
 * version 1 of the SDK for Java tells them.
 */
import { isArray, isObject, memberOf, type Json, type JsonObject } from "../../../asl/json.ts";
import type { StateFailure } from "../../../asl/error-names.ts";
import { Payload } from "../../../data/payload.ts";
import { upperFirst } from "../../../services/naming.ts";
import { derivedUuid } from "../../derived-uuid.ts";
import { failed, type TaskAnswer } from "../../tasks/task-call.ts";
import { exceptionName, optimizedFailure } from "../aws-answer.ts";
import { taken, type ServiceCall } from "../integration.ts";
import type { WireAnswer } from "./answer.ts";
import { OPTIMIZED_SERVICES, type OptimizedService } from "./optimized-services.ts";
import { performAction, requestIdOf, type Action, type ActionOutcome, type Aws, type Refusal } from "./perform.ts";
import { inOrder, type Showing } from "./scalars.ts";
import { notPerformed } from "./sdk-call.ts";

const SHOWING: Showing = { nameOf: upperFirst, timestamps: "text" };

export function optimizedService(resourceType: string): OptimizedService | undefined {
  return Object.hasOwn(OPTIMIZED_SERVICES, resourceType) ? OPTIMIZED_SERVICES[resourceType] : undefined;
}

/** Of a plain request, or one that a callback answers. */
export async function callOptimizedAction(
  aws: Aws,
  optimized: OptimizedService,
  call: ServiceCall,
  signal: AbortSignal,
): Promise<TaskAnswer> {
  const outcome = await performAction(aws, await optimizedAction(optimized, call, SHOWING), signal);
  if (outcome.kind !== "performed") return notPerformedOptimized(call, optimized, outcome);
  if (hasFailedEntries(call, outcome.output))
    return failed(`${optimized.prefix}.FailedEntry`, JSON.stringify(outcome.output));
  return taken(call, Payload.of(inOrder({ ...shaped(call, outcome.output), ...metadataOf(outcome.answer) })));
}

/** The action that the task's own parameters make. */
export async function optimizedAction(
  { service }: OptimizedService,
  call: ServiceCall,
  showing: Showing,
): Promise<Action> {
  const { action, resourceType } = call.resource;
  const isModelCall = resourceType === "bedrock" && action === "invokeModel";
  return {
    service: isModelCall ? "bedrockruntime" : service,
    action,
    parameters: resourceType === "events" ? withResources(call) : call.parameters.value,
    isSdk: false,
    showing,
    token: derivedUuid(call.idempotencyKey),
    maxPayloadBytes: call.maxPayloadBytes,
  };
}

/** Each event says which execution it is of. */
function withResources({ parameters: { value }, executionArn, stateMachineArn }: ServiceCall): Json {
  const entries = isObject(value) ? memberOf(value, "Entries") : undefined;
  if (!isObject(value) || entries === undefined || !isArray(entries)) return value;
  const extended = entries.map((entry) => {
    if (!isObject(entry)) return entry;
    const given = memberOf(entry, "Resources");
    return { ...entry, Resources: [...(isArray(given) ? given : []), stateMachineArn, executionArn] };
  });
  return { ...value, Entries: extended };
}

/** An event that was not taken is a failure of the task. */
function hasFailedEntries({ resource }: ServiceCall, output: JsonObject): boolean {
  return resource.resourceType === "events" && Number(memberOf(output, "FailedEntryCount") ?? 0) > 0;
}

/** A model's answer is shown as JSON where it is JSON. */
function shaped({ resource }: ServiceCall, output: JsonObject): JsonObject {
  const body = memberOf(output, "Body");
  if (resource.resourceType !== "bedrock" || typeof body !== "string") return output;
  try {
    return { ...output, Body: JSON.parse(body) as Json };
  } catch {
    return output;
  }
}

export function notPerformedOptimized(
  call: ServiceCall,
  optimized: OptimizedService,
  outcome: Exclude<ActionOutcome, { kind: "performed" }>,
): TaskAnswer {
  return notPerformed(call, optimized.prefix, outcome, (refusal) => failureOf(optimized, refusal));
}

function failureOf({ prefix, label, exception }: OptimizedService, refusal: Refusal): StateFailure {
  const { formerCode, message, modelled, requestId, status } = refusal;
  const name = modelled === undefined ? exception : exceptionName(modelled);
  return optimizedFailure(prefix, label, { code: formerCode, message, status, requestId, exception: name });
}

/** What the SDK says of the answer. */
export function metadataOf(answer: WireAnswer): JsonObject {
  const HttpHeaders = Object.fromEntries([...answer.headers].map(([name, value]) => [HEADERS[name] ?? name, value]));
  const AllHttpHeaders = Object.fromEntries(Object.entries(HttpHeaders).map(([name, value]) => [name, [value]]));
  return {
    SdkHttpMetadata: { AllHttpHeaders, HttpHeaders, HttpStatusCode: answer.status },
    SdkResponseMetadata: { RequestId: requestIdOf(answer) },
  };
}

/** As AWS spells them; the platform knows small letters only. */
const HEADERS: Readonly<Record<string, string>> = {
  connection: "Connection",
  "content-length": "Content-Length",
  "content-type": "Content-Type",
  date: "Date",
  server: "Server",
  "x-amz-executed-version": "X-Amz-Executed-Version",
  "x-amzn-remapped-content-length": "x-amzn-Remapped-Content-Length",
  "x-amzn-requestid": "x-amzn-RequestId",
};
