/**
 * `aws-sdk:<service>:<action>` on AWS, with the results and errors of the SDK for Java 2.
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html
 */
import type { StateFailure } from "../../../asl/error-names.ts";
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
  const sdkName = findService(service)?.facts.sdkName ?? service;
  return notPerformed(call, sdkName, outcome, (refusal) => failureOf(sdkName, refusal));
}

/** A failure as version 2 of the SDK tells it. @param prefix of the errors' names @param refused what the service's refusal is called */
export function notPerformed(
  call: ServiceCall,
  prefix: string,
  outcome: Exclude<ActionOutcome, { kind: "performed" }>,
  refused: (refusal: Refusal) => StateFailure,
): TaskAnswer {
  switch (outcome.kind) {
    case "refused":
      return { kind: "failed", failure: refused(outcome.refusal) };
    case "unreachable":
      return failed(`${prefix}.SdkClientException`, `Unable to execute HTTP request: ${outcome.message}`);
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
