/**
 * Tasks on this service itself: `states:startExecution` in all its patterns, and every operation as `aws-sdk:sfn:…`.
 *
 * N1. A child's name is derived from the task's idempotency key: a call made again after a crash finds the same child.
 * N2. A parent that waits (`.sync`) is entered with the child as its watcher; the child tells it when it ended, until the
 *     parent has taken it. Where the parent does not wait any more, the child is stopped (abandoned-children).
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/connect-stepfunctions.html
 */
import { isArray, isObject, memberOf, setMember, type Json, type JsonObject } from "../../asl/json.ts";
import { Payload } from "../../data/payload.ts";
import { formatTimestamp } from "../../asl/instant.ts";
import { optimizedFailure, sdkFailure, sdkMetadata, type ServiceRefusal } from "../integrations/aws-answer.ts";
import type { ExecutionDescription, Watcher } from "../execution-rpc.ts";
import { awaitsChild, childName } from "./awaited-child.ts";
import { failed, type TaskAnswer, type TaskCall } from "./task-call.ts";

/** An operation's refusal, as the API would put it on the wire. */
export interface OperationRefusal {
  readonly name: string;
  readonly message: string;
  readonly status: number;
}

export type OperationAnswer =
  | { readonly ok: true; readonly output: JsonObject }
  | { readonly ok: false; readonly refusal: OperationRefusal };

/** Performs an operation of the API. @param watcher who is told when an execution started by it ends */
export type CallOperation = (operation: string, input: JsonObject, watcher?: Watcher) => Promise<OperationAnswer>;

/** For a task of that depth. */
export type OperationsOf = (callDepth: number | undefined) => CallOperation;

/** `states:startExecution`, `.sync`, `.sync:2` and `.waitForTaskToken`. */
export async function callStartExecution(operations: CallOperation, call: TaskCall): Promise<TaskAnswer> {
  const { resource, taskId, executionArn } = call;
  if (resource.kind !== "service") throw new Error("Defect: not a service integration");
  const parameters = isObject(call.parameters.value) ? call.parameters.value : {};
  const input = startInput(parameters, call);
  const watcher = awaitsChild(resource)
    ? { executionArn, taskId, parseOutput: resource.pattern === "sync:2" }
    : undefined;
  const answer = await operations("StartExecution", input, watcher);
  if (!answer.ok)
    return { kind: "failed", failure: optimizedFailure("StepFunctions", "AWSStepFunctions", codeOf(answer.refusal)) };
  const startDate = Number(memberOf(answer.output, "startDate")) * 1000;
  const output = Payload.of({
    ExecutionArn: memberOf(answer.output, "executionArn") ?? null,
    ...sdkMetadata("application/x-amz-json-1.0", JSON.stringify(answer.output).length),
    StartDate: formatTimestamp(startDate),
  });
  return { kind: resource.pattern === "request" ? "succeeded" : "submitted", output };
}

function startInput(parameters: JsonObject, call: TaskCall): JsonObject {
  const input = memberOf(parameters, "Input");
  const traceHeader = memberOf(parameters, "TraceHeader") ?? call.traceHeader;
  return {
    stateMachineArn: memberOf(parameters, "StateMachineArn") ?? null,
    name: childName(parameters, call.idempotencyKey),
    ...(input !== undefined && input !== null && { input: typeof input === "string" ? input : JSON.stringify(input) }),
    ...(traceHeader !== undefined && { traceHeader }),
  };
}

/** The parent's task result, when a child that it waited for has ended. @param parseOutput whether `.sync:2` shows JSON as JSON */
export function childResult(child: ExecutionDescription, parseOutput: boolean): TaskAnswer {
  const shown = (text: string): Json => (parseOutput ? (JSON.parse(text) as Json) : text);
  const description = {
    ...(child.cause !== undefined && { Cause: child.cause }),
    ...(child.error !== undefined && { Error: child.error }),
    ExecutionArn: child.executionArn,
    Input: shown(child.input),
    InputDetails: { Included: true },
    Name: child.name,
    ...(child.output !== undefined && { Output: shown(child.output), OutputDetails: { Included: true } }),
    StartDate: child.startDate,
    StateMachineArn: child.stateMachineArn,
    Status: child.status,
    ...(child.stopDate !== undefined && { StopDate: child.stopDate }),
  };
  if (child.status === "SUCCEEDED") return { kind: "succeeded", output: Payload.of(description) };
  // A child's failure is described with its texts as texts, whatever the pattern.
  return failed("States.TaskFailed", JSON.stringify({ ...description, Input: child.input }));
}

/** `aws-sdk:sfn:<action>`: the operation as any SDK would call it. */
export async function callSfnOperation(operations: CallOperation, call: TaskCall): Promise<TaskAnswer> {
  if (call.resource.kind !== "service") throw new Error("Defect: not a service integration");
  const { action, pattern } = call.resource;
  const parameters = withCase(call.parameters.value, "lower");
  const given = isObject(parameters) ? withTexts(parameters) : {};
  const input = isStart(action) && call.traceHeader !== undefined ? { traceHeader: call.traceHeader, ...given } : given;
  const answer = await operations(action.charAt(0).toUpperCase() + action.slice(1), input);
  if (answer.ok) {
    // A member without a value is no member to an SDK: a poll to which nothing came has no token.
    const shown = Object.fromEntries(Object.entries(answer.output).filter(([, value]) => value !== null));
    const output = Payload.of(withCase(withDates(shown), "upper"));
    return { kind: pattern === "waitForTaskToken" ? "submitted" : "succeeded", output };
  }
  return { kind: "failed", failure: sdkFailure("Sfn", codeOf(answer.refusal), 1) };
}

function codeOf({ name, message, status }: OperationRefusal): ServiceRefusal {
  return { code: name, message, status };
}

function isStart(action: string): boolean {
  return action === "startExecution" || action === "startSyncExecution";
}

/** The members that hold JSON as text, and may be given as JSON. */
const TEXT_MEMBERS = new Set(["input", "output", "definition"]);

function withTexts(input: JsonObject): JsonObject {
  const texts: Record<string, Json> = {};
  for (const [key, value] of Object.entries(input)) {
    if (value === null) continue;
    setMember(texts, key, TEXT_MEMBERS.has(key) && typeof value !== "string" ? JSON.stringify(value) : value);
  }
  return texts;
}

/** Integration parameters are written `LikeThis`, the API's members `likeThis`. */
function withCase(value: Json, to: "lower" | "upper"): Json {
  if (isArray(value)) return value.map((item) => withCase(item, to));
  if (!isObject(value)) return value;
  const copy: Record<string, Json> = {};
  for (const [key, member] of Object.entries(value)) {
    const first = to === "lower" ? key.charAt(0).toLowerCase() : key.charAt(0).toUpperCase();
    setMember(copy, first + key.slice(1), withCase(member, to));
  }
  return copy;
}

function withDates(value: Json): Json {
  if (isArray(value)) return value.map(withDates);
  if (!isObject(value)) return value;
  const copy: Record<string, Json> = {};
  for (const [key, member] of Object.entries(value)) {
    const isDate = typeof member === "number" && /(?:Date|timestamp)$/u.test(key);
    setMember(copy, key, isDate ? formatTimestamp(Math.round(member * 1000)) : withDates(member));
  }
  return copy;
}
