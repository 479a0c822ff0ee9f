/**
 * Webhooks that come in, under `/hooks/`: what their senders sign is put on the bus, or starts a state machine.
 *
 * K1. Nothing is done before the signature is checked, and nothing is read of the body beyond what a request may have.
 * K2. A delivery that comes twice is one event and one execution, where its sender names it.
 */
import { exceedsDepth, isObject, type Json } from "../../asl/json.ts";
import { eventOf, uuidOf } from "../../runtime/events/bus-event.ts";
import { placeEvents, type EventBus } from "../../runtime/events/event-bus.ts";
import type { HookEvent, OpenHook } from "../../runtime/hooks/hooks.ts";
import { checkSignature, type SignedRequest } from "../../runtime/hooks/signature.ts";
import { isOutage } from "../../runtime/outage.ts";
import type { CallOperation } from "../../runtime/tasks/states.ts";
import { readBytes } from "../request-body.ts";
import { jsonResponse } from "../rest/answer.ts";
import { problem, type ProblemStatus } from "../rest/problem.ts";

export interface HookHost {
  /** Undefined: there is none. */
  findHook(name: string): Promise<OpenHook | undefined>;
  readonly bus: EventBus;
  readonly operations: CallOperation;
  readonly maxPayloadBytes: number;
}

const HOOK_PATH = "/hooks/";

export function isHookPath(pathname: string): boolean {
  return pathname.startsWith(HOOK_PATH);
}

export async function answerHook(request: Request, host: () => HookHost): Promise<Response> {
  if (request.method !== "POST")
    return problem(405, `${request.method} is not possible here, but POST`, undefined, { allow: "POST" });
  try {
    return await receive(request, host());
  } catch (error) {
    if (isOutage(error)) return problem(503, "The service is unavailable at the moment; try again");
    console.error("stepflare: a webhook failed", error);
    return problem(500, "The request failed because of a defect in Stepflare");
  }
}

async function receive(request: Request, host: HookHost): Promise<Response> {
  const name = new URL(request.url).pathname.slice(HOOK_PATH.length);
  const hook = /^[\w.-]{1,64}$/u.test(name) ? await host.findHook(name) : undefined;
  if (hook === undefined) return problem(404, "There is no such webhook");
  if (hook.secret === undefined)
    return problem(501, "The webhook's secret was sealed by a key that SECRET_KEYS does not hold");
  const body = await readBytes(request, host.maxPayloadBytes);
  if (body === undefined) return problem(413, `A webhook may have ${host.maxPayloadBytes} bytes`);
  const signed: SignedRequest = { headers: request.headers, body };
  const verdict = await checkSignature(hook.signature, hook.secret, signed, host.bus.now());
  if (!verdict.ok) return problem(401, verdict.fault);
  const read = readJson(body);
  if (typeof read === "string") return problem(400, read);
  const known = verdict.id ?? deliveryOf(hook, request.headers, read.value);
  const id = known === undefined ? host.bus.uuid() : uuidOf(`hook ${hook.name} ${known}`);
  return "event" in hook ? put(hook.event, id, request.headers, read.value, host) : start(hook, id, read.text, host);
}

/** What its sender calls the delivery; undefined: nothing. Stripe's events have an id in what is signed. */
function deliveryOf({ idHeader, signature }: OpenHook, headers: Headers, value: Json): string | undefined {
  if (signature.scheme === "stripe" && isObject(value) && typeof value["id"] === "string") return value["id"];
  return (idHeader === undefined ? null : headers.get(idHeader)) || undefined;
}

async function put(
  { source, detailType, detailTypeHeader, eventBusName }: HookEvent,
  id: string,
  headers: Headers,
  detail: Json,
  { bus }: HookHost,
): Promise<Response> {
  if (!isObject(detail)) return problem(400, "The body must be a JSON object");
  const named = detailTypeHeader === undefined ? null : headers.get(detailTypeHeader);
  const facts = { id, source, "detail-type": named || detailType, at: bus.now(), resources: [], detail };
  await placeEvents(bus, [{ bus: eventBusName, event: eventOf(facts, bus.config) }]);
  return jsonResponse(JSON.stringify({ eventId: id }), 202);
}

async function start(
  { stateMachineArn }: Extract<OpenHook, { readonly stateMachineArn: string }>,
  name: string,
  input: string,
  { operations }: HookHost,
): Promise<Response> {
  const answer = await operations("StartExecution", { stateMachineArn, name, input });
  if (answer.ok) return jsonResponse(JSON.stringify({ executionArn: answer.output["executionArn"] ?? null }), 202);
  const { name: error, message, status } = answer.refusal;
  const known = error === "ExecutionAlreadyExists" ? /'(?<arn>arn:[^']+)'/u.exec(message)?.groups?.["arn"] : undefined;
  // The delivery came before.
  if (known !== undefined) return jsonResponse(JSON.stringify({ executionArn: known }), 202);
  const shown: ProblemStatus = error === "ThrottlingException" ? 429 : status >= 500 ? 503 : 409;
  return problem(shown, `${error}: ${message}`);
}

const MAX_DEPTH = 900;

function readJson(bytes: Uint8Array): { readonly text: string; readonly value: Json } | string {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(bytes);
  } catch {
    return "The body is not UTF-8";
  }
  if (exceedsDepth(text, MAX_DEPTH)) return "The body is nested too deeply";
  try {
    return { text, value: JSON.parse(text) as Json };
  } catch {
    return "The body is not JSON";
  }
}
