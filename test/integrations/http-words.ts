/** The words of the tests of integrations over HTTP: a task's call, and a world that answers its requests. */
import type { Json } from "../../src/asl/json.ts";
import { parseResource } from "../../src/asl/resource.ts";
import { Payload } from "../../src/data/payload.ts";
import type { TaskId } from "../../src/engine/execution.ts";
import type { ServiceCall } from "../../src/runtime/integrations/integration.ts";
import type { SendOutbound } from "../../src/runtime/outbound/send.ts";
import type { TaskAnswer, TaskCall } from "../../src/runtime/tasks/task-call.ts";

/** @param arn of the task's Resource */
export function callOf(arn: string, parameters: Json, more: Partial<TaskCall> = {}): ServiceCall {
  const resource = parseResource(arn);
  if (resource?.kind !== "service") throw new Error(`no service: ${arn}`);
  return {
    type: "ScheduleTask",
    taskId: "0-1" as TaskId,
    stateName: "Call",
    parameters: Payload.of(parameters),
    enteredAt: 0,
    retryCount: 0,
    executionArn: "arn:aws:states:eu-west-1:123456789012:execution:m:e",
    stateMachineArn: "arn:aws:states:eu-west-1:123456789012:stateMachine:m",
    idempotencyKey: "e#0-1",
    maxPayloadBytes: 1_000,
    ...more,
    resource,
  };
}

export interface SentRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Headers;
  readonly body: unknown;
}

/** A door whose requests are kept. */
export function doorOf(answer: (request: SentRequest) => Response): {
  readonly send: SendOutbound;
  readonly sent: readonly SentRequest[];
} {
  const sent: SentRequest[] = [];
  const send: SendOutbound = async (url, init) => {
    const request = { method: init.method ?? "GET", url, headers: new Headers(init.headers), body: init.body };
    sent.push(request);
    return answer(request);
  };
  return { send, sent };
}

/** The result's value, or the failure. */
export function outcomeOf(answer: TaskAnswer | undefined): unknown {
  if (answer === undefined) throw new Error("there is no such action");
  return answer.kind === "failed" ? answer.failure : answer.output.value;
}
