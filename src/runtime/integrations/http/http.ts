/**
 * `http:invoke`: a request to an API of others, authorized by a connection.
 *
 * Redirects are not followed, and fail as any other status that is no success.
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/call-https-apis.html
 */
import { NOTHING_ADDED, type Authorize } from "../../connections/authorize.ts";
import { derivedUuid } from "../../derived-uuid.ts";
import type { SendOutbound } from "../../outbound/send.ts";
import { failed, type TaskAnswer } from "../../tasks/task-call.ts";
import type { ServiceCall } from "../integration.ts";
import { ParameterFault, withParameters } from "../parameters.ts";
import { answeredTask, depthHeader, type AnswerNames } from "./answered-task.ts";
import { exchange, type HttpAnswer } from "./exchange.ts";
import { readHttpTask } from "./http-request.ts";

export interface HttpServices {
  readonly send: SendOutbound;
  readonly authorize: Authorize;
}

const NAMES: AnswerNames = { error: (status) => `States.Http.StatusCode.${status}` };

export async function callHttp(
  services: HttpServices,
  call: ServiceCall,
  signal: AbortSignal,
): Promise<TaskAnswer | undefined> {
  return withParameters(call, async () =>
    call.resource.action === "invoke" ? invoke(services, call, signal) : undefined,
  );
}

async function invoke({ send, authorize }: HttpServices, call: ServiceCall, signal: AbortSignal): Promise<TaskAnswer> {
  const [, , , region = ""] = call.executionArn.split(":");
  const caller = { region, maxBytes: call.maxPayloadBytes, key: derivedUuid(call.idempotencyKey) };
  const { request, connection } = readHttpTask(call.parameters.value, caller);
  const depth = depthHeader(call);
  if ("kind" in depth) return depth;
  const added = connection === undefined ? NOTHING_ADDED : await authorize(connection, signal);
  if ("error" in added) return { kind: "failed", failure: added };
  const own = new Set(Object.keys(added.headers).map((name) => name.toLowerCase()));
  const kept = request.headers.filter(([name]) => !own.has(name.toLowerCase()));
  const headers = [...kept, depth, ...Object.entries(added.headers)];
  const exchanged = await exchange(send, { ...request, headers }, { maxBytes: call.maxPayloadBytes, signal });
  const seen = { request: { ...request, headers: kept }, added: Object.entries(added.headers), conceal: added.conceal };
  switch (exchanged.kind) {
    case "answered":
      call.onExchange?.({ ...seen, answer: exchanged.answer });
      return answeredTask(call, concealed(exchanged.answer, added.conceal), NAMES);
    case "unreached":
      call.onExchange?.(seen);
      return failed("States.Http.Socket", `There is no answer of ${request.url}: ${exchanged.reason}`);
    case "refused":
      throw new ParameterFault(`The value of the field 'ApiEndpoint' cannot be used: ${exchanged.reason}`);
  }
}

function concealed(answer: HttpAnswer, conceal: (text: string) => string): HttpAnswer {
  const headers = answer.headers.map(([name, value]) => [name, conceal(value)] as const);
  return { ...answer, headers, text: conceal(answer.text) };
}
