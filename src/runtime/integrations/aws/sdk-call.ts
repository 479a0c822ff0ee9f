/**
 * `aws-sdk:<service>:<action>` on AWS, with the results and errors of the SDK for Java 2.
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html
 */
import { Payload } from "../../../data/payload.ts";
import { dataLimitExceeded } from "../../../engine/visit.ts";
import { findService } from "../../../services/model.ts";
import { sdkExceptionName, sdkMemberName } from "../../../services/naming.ts";
import { derivedUuid } from "../../derived-uuid.ts";
import { failed, unusableParameters, type TaskAnswer } from "../../tasks/task-call.ts";
import { sdkFailure } from "../aws-answer.ts";
import { taken, type ServiceCall } from "../integration.ts";
import { performAction, type Action, type Aws, type ActionOutcome, type Refusal } from "./perform.ts";
import type { Showing } from "./scalars.ts";

export const SDK_SHOWING: Showing = { nameOf: sdkMemberName, timestamps: "text" };

export const SDK_PREFIX = "aws-sdk:";

export async function callSdkAction(aws: Aws, call: ServiceCall, signal: AbortSignal): Promise<TaskAnswer> {
  const service = call.resource.resourceType.slice(SDK_PREFIX.length);
  const action: Action = {
    service,
    action: call.resource.action,
    parameters: call.parameters.value,
    isSdk: true,
    showing: SDK_SHOWING,
    token: derivedUuid(call.idempotencyKey),
    maxPayloadBytes: call.maxPayloadBytes,
  };
  const outcome = await performAction(aws, action, signal);
  if (outcome.kind === "performed") return taken(call, Payload.of(outcome.output));
  return notPerformed(call, service, outcome);
}

/** A failure as version 2 of the SDK tells it. */
export function notPerformed(
  call: ServiceCall,
  service: string,
  outcome: Exclude<ActionOutcome, { kind: "performed" }>,
): TaskAnswer {
  const sdkName = findService(service)?.facts.sdkName ?? service;
  switch (outcome.kind) {
    case "refused":
      return { kind: "failed", failure: failureOf(sdkName, outcome.refusal) };
    case "unreachable":
      return failed(`${sdkName}.SdkClientException`, `Unable to execute HTTP request: ${outcome.message}`);
    case "too large":
      return { kind: "failed", failure: dataLimitExceeded(call.resource.resourceType) };
    case "unusable":
      return failed("States.Runtime", unusableParameters(call, outcome.fault));
    case "unknown":
      return failed("States.Runtime", outcome.cause);
  }
}

/** What the model has no exception for is the service's own. */
function failureOf(sdkName: string, refusal: Refusal): ReturnType<typeof sdkFailure> {
  const { code, message, status, requestId, extendedRequestId, modelled, attempts } = refusal;
  const ids = extendedRequestId === undefined ? requestId : `${requestId}, Extended Request ID: ${extendedRequestId}`;
  const exception = modelled === undefined ? `${sdkName}Exception` : sdkExceptionName(modelled);
  return sdkFailure(sdkName, { code, message, status, requestId: ids, exception }, attempts);
}
