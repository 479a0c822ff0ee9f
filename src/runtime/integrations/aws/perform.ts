/** Performs an action of an AWS service: parameters in, what came of it out. */
import type { Json, JsonObject } from "../../../asl/json.ts";
import { findService, type ServiceModel } from "../../../services/model.ts";
import { readError, readResult, UnreadableAnswer, type WireAnswer, type WireError } from "./answer.ts";
import { endpointOf } from "./endpoint.ts";
import { ParameterFault, readParameters } from "./parameters.ts";
import { wireRequest, type WireRequest } from "./request.ts";
import type { Showing } from "./scalars.ts";
import { sendToAws, type AwsDoor } from "./send.ts";
import type { AwsSettings } from "./settings.ts";

export interface Aws {
  readonly settings: Pick<AwsSettings, "region" | "endpoints">;
  readonly door: AwsDoor;
}

export interface Action {
  /** As `aws-sdk:` resources name both. */
  readonly service: string;
  readonly action: string;
  readonly parameters: Json;
  readonly isSdk: boolean;
  readonly showing: Showing;
  /** The same for each delivery of an attempt. */
  readonly token: string;
  readonly maxPayloadBytes: number;
}

export type ActionOutcome =
  | { readonly kind: "performed"; readonly output: JsonObject; readonly answer: WireAnswer }
  | { readonly kind: "refused"; readonly refusal: Refusal }
  /** The result exceeds what a task's may have. */
  | { readonly kind: "too large" }
  /** Nothing came of it: the SDK's own exception. */
  | { readonly kind: "unreachable"; readonly message: string }
  /** Nothing was sent: what is wrong with the parameters. */
  | { readonly kind: "unusable"; readonly fault: string }
  /** Nothing was sent: why that action cannot be called from here. */
  | { readonly kind: "unknown"; readonly cause: string };

export interface Refusal extends WireError {
  /** The model's name of the exception; undefined: the model has none. */
  readonly modelled: string | undefined;
  readonly status: number;
  readonly requestId: string;
  /** Of S3: a second id. */
  readonly extendedRequestId: string | undefined;
  readonly attempts: number;
}

export async function performAction(
  { settings, door }: Aws,
  call: Action,
  signal: AbortSignal,
): Promise<ActionOutcome> {
  const { service, action } = call;
  const model = findService(service);
  if (model === undefined) {
    return { kind: "unknown", cause: `Stepflare has no model of the service '${service}', and cannot call it.` };
  }
  const operation = model.operation(action);
  if (operation === undefined) {
    return { kind: "unknown", cause: `Stepflare's model of the service '${service}' has no action '${action}'.` };
  }
  try {
    const reading = { model, isSdk: call.isSdk, token: call.token };
    const input = readParameters(reading, operation.input, call.parameters);
    const endpoint = endpointOf(settings, service, model, operation, input);
    if (endpoint === undefined) {
      const cause = `The service '${service}' has other hosts for each account: AWS_ENDPOINTS has to say which.`;
      return { kind: "unknown", cause };
    }
    const request = await withChecksum(operation, wireRequest(model, operation, input, endpoint));
    const sent = await sendToAws(door, endpoint, request, call.maxPayloadBytes, signal);
    if (sent.kind !== "answered") return sent;
    const { answer, attempts } = sent;
    if (answer.status < 200 || answer.status > 299)
      return { kind: "refused", refusal: refusalOf(model, answer, attempts) };
    return { kind: "performed", output: readResult(model, operation, answer, call.showing), answer };
  } catch (error) {
    if (error instanceof ParameterFault) return { kind: "unusable", fault: error.message };
    if (error instanceof UnreadableAnswer) return { kind: "unreachable", message: error.message };
    throw error;
  }
}

function refusalOf(model: ServiceModel, answer: WireAnswer, attempts: number): Refusal {
  const error = readError(model, answer);
  return {
    ...error,
    modelled: model.exception(error.code),
    status: answer.status,
    requestId: requestIdOf(answer),
    extendedRequestId: answer.headers.get("x-amz-id-2") ?? undefined,
    attempts,
  };
}

/** In a header, or, of the services that speak forms, in the XML. */
export function requestIdOf({ headers, text }: WireAnswer): string {
  const header = headers.get("x-amzn-requestid") ?? headers.get("x-amz-request-id");
  if (header !== null) return header;
  return /<Request(?:Id|ID)>(?<id>[\w-]+)</u.exec(text)?.groups?.["id"] ?? "null";
}

/** Of actions that S3 wants a checksum for. */
async function withChecksum(
  { needsChecksum }: { readonly needsChecksum: boolean },
  request: WireRequest,
): Promise<WireRequest> {
  if (!needsChecksum) return request;
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(request.body ?? ""));
  const checksum = btoa(String.fromCharCode(...new Uint8Array(digest)));
  return { ...request, headers: { "x-amz-checksum-sha256": checksum, ...request.headers } };
}
