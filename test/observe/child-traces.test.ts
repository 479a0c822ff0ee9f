/** What a task that starts an execution hands on of its trace. */
import { expect, test } from "vitest";
import { parseResource } from "../../src/asl/resource.ts";
import type { JsonObject } from "../../src/asl/json.ts";
import { callSfnOperation, callStartExecution } from "../../src/runtime/tasks/states.ts";
import type { TaskCall } from "../../src/runtime/tasks/task-call.ts";
import type { TaskId } from "../../src/engine/execution.ts";
import { payloadOf, START } from "../engine/words.ts";

const TRACE = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1";
const OWN = "Root=1-11111111-222222222222222222222222";

/** The input of the operation that the task calls. */
async function asked(resource: string, parameters: object, traceHeader?: string): Promise<JsonObject | undefined> {
  const call: TaskCall = {
    type: "ScheduleTask",
    taskId: "0-1" as TaskId,
    stateName: "T",
    resource: parseResource(`arn:aws:states:::${resource}`)!,
    parameters: payloadOf(parameters),
    enteredAt: START,
    retryCount: 0,
    executionArn: "parent",
    stateMachineArn: "machine",
    idempotencyKey: "parent#0-1",
    maxPayloadBytes: 262_144,
    ...(traceHeader !== undefined && { traceHeader }),
  };
  const inputs: JsonObject[] = [];
  const perform = resource.startsWith("states:") ? callStartExecution : callSfnOperation;
  await perform(async (_, input) => {
    inputs.push(input);
    return { ok: true, output: { executionArn: "child", startDate: 1 } };
  }, call);
  return inputs[0];
}

const child = { StateMachineArn: "m" };

test.each<[string, string, object, string | undefined, string | undefined]>([
  ["its own trace", "states:startExecution", child, TRACE, TRACE],
  ["its own trace, also without waiting", "aws-sdk:sfn:startExecution", child, TRACE, TRACE],
  ["its own trace, to a synchronous one", "aws-sdk:sfn:startSyncExecution", child, TRACE, TRACE],
  ["what its parameters say", "states:startExecution.sync:2", { ...child, TraceHeader: OWN }, TRACE, OWN],
  ["what its parameters say, by the SDK", "aws-sdk:sfn:startExecution", { ...child, TraceHeader: OWN }, TRACE, OWN],
  ["nothing, untraced", "states:startExecution", child, undefined, undefined],
  ["nothing to another operation", "aws-sdk:sfn:describeStateMachine", child, TRACE, undefined],
])("%s: %s", async (_, resource, parameters, traceHeader, expected) => {
  expect((await asked(resource, parameters, traceHeader))?.["traceHeader"]).toBe(expected);
});
