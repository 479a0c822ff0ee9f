/** What each resource that can be called answers, and what is said of those that cannot. */
import { expect, test } from "vitest";
import { parseResource } from "../../src/asl/resource.ts";
import type { Json, JsonObject } from "../../src/asl/json.ts";
import { Payload } from "../../src/data/payload.ts";
import type { TaskId } from "../../src/engine/execution.ts";
import type { QueuedTask } from "../../src/runtime/activity-rpc.ts";
import type { ExecutionDescription } from "../../src/runtime/execution-rpc.ts";
import { callActivity, type ActivityDirectory } from "../../src/runtime/tasks/activities.ts";
import { dispatchTasks } from "../../src/runtime/tasks/dispatch.ts";
import { childResult, type OperationAnswer } from "../../src/runtime/tasks/states.ts";
import type { TaskAnswer, TaskCall } from "../../src/runtime/tasks/task-call.ts";

const ACCOUNT = "arn:aws:states:us-east-1:123456789012";
const CHILD = `${ACCOUNT}:execution:child:c`;
const STARTED: OperationAnswer = { ok: true, output: { executionArn: CHILD, startDate: 1.5 } };

const NO_ACTIVITIES: ActivityDirectory = {
  exists: async () => false,
  queue: () => {
    throw new Error("there is no activity");
  },
  sleep: async () => undefined,
};

interface Called {
  readonly answer: TaskAnswer;
  /** The operations asked for: name, input, and who watches. */
  readonly operations: readonly (readonly unknown[])[];
}

/** Performs a task; the function `work` answers its input, operations answer as said. */
async function call(arn: string, parameters: Json, answered: OperationAnswer = STARTED): Promise<Called> {
  const resource = parseResource(arn);
  if (resource === undefined) throw new Error(`no resource: ${arn}`);
  const operations: (readonly unknown[])[] = [];
  const perform = dispatchTasks({
    functions: {
      handlers: { work: (input) => ({ got: input }) },
      findTarget: async () => undefined,
      findBinding: () => undefined,
    },
    activities: NO_ACTIVITIES,
    operations: async (...asked) => {
      operations.push(asked);
      return answered;
    },
  });
  const answer = await perform(
    {
      type: "ScheduleTask",
      taskId: "0-1" as TaskId,
      stateName: "T",
      resource,
      parameters: Payload.of(parameters),
      enteredAt: 0,
      retryCount: 0,
      executionArn: `${ACCOUNT}:execution:parent:p`,
      stateMachineArn: `${ACCOUNT}:stateMachine:parent`,
      idempotencyKey: "key",
      maxPayloadBytes: 262_144,
    },
    new AbortController().signal,
  );
  return { answer, operations };
}

const outputOf = ({ answer }: Called): unknown => (answer.kind === "failed" ? answer.failure : answer.output.value);

test("a Lambda ARN's result is the payload itself", async () => {
  const called = await call("arn:aws:lambda:us-east-1:123456789012:function:work", { a: 1 });
  expect(outputOf(called)).toEqual({ got: { a: 1 } });
});

test("lambda:invoke wraps the payload as AWS does", async () => {
  expect(outputOf(await call("arn:aws:states:::lambda:invoke", { FunctionName: "work", Payload: [1] }))).toMatchObject({
    ExecutedVersion: "$LATEST",
    Payload: { got: [1] },
    SdkHttpMetadata: { HttpStatusCode: 200 },
    SdkResponseMetadata: { RequestId: expect.any(String) as string },
    StatusCode: 200,
  });
  expect(outputOf(await call("arn:aws:states:::lambda:invoke", { Payload: 1 }))).toMatchObject({
    error: "States.Runtime",
  });
});

test("states:startExecution answers where the child is", async () => {
  const parameters = { StateMachineArn: `${ACCOUNT}:stateMachine:child`, Name: "c", Input: { a: 1 } };
  const called = await call("arn:aws:states:::states:startExecution", parameters);
  expect(called.operations).toEqual([
    ["StartExecution", { stateMachineArn: parameters.StateMachineArn, name: "c", input: '{"a":1}' }, undefined],
  ]);
  expect(called.answer.kind).toBe("succeeded");
  expect(outputOf(called)).toMatchObject({ ExecutionArn: CHILD, StartDate: "1970-01-01T00:00:01.500Z" });
});

test("states:startExecution.waitForTaskToken is submitted, and nobody watches the child", async () => {
  const called = await call("arn:aws:states:::states:startExecution.waitForTaskToken", { StateMachineArn: "x" });
  expect(called.answer.kind).toBe("submitted");
  expect(called.operations[0]?.[2]).toBeUndefined();
});

test("states:startExecution that is refused fails with the service's name of the error", async () => {
  const refusal = { name: "StateMachineDoesNotExist", message: "State Machine Does Not Exist: 'x'", status: 400 };
  const called = await call("arn:aws:states:::states:startExecution", { StateMachineArn: "x" }, { ok: false, refusal });
  expect(outputOf(called)).toMatchObject({ error: "StepFunctions.StateMachineDoesNotExistException" });
});

const child: ExecutionDescription = {
  executionArn: CHILD,
  name: "c",
  stateMachineArn: `${ACCOUNT}:stateMachine:child`,
  status: "SUCCEEDED",
  startDate: 0,
  input: "{}",
  output: '{"b":2}',
};

test.each<[string, Json]>([
  ["states:startExecution.sync", '{"b":2}'],
  ["states:startExecution.sync:2", { b: 2 }],
])("what a child that was waited for gives under %s", async (resource, output) => {
  const called = await call(`arn:aws:states:::${resource}`, { StateMachineArn: "x" });
  expect(called.answer.kind).toBe("submitted");
  const parseOutput = resource.endsWith(":2");
  expect(called.operations[0]?.[2]).toMatchObject({ taskId: "0-1", parseOutput });
  const result = childResult(child, parseOutput);
  expect(result).toMatchObject({ kind: "succeeded" });
  expect(outputOf({ answer: result, operations: [] })).toMatchObject({ Output: output, Status: "SUCCEEDED" });
  const failed = childResult({ ...child, status: "TIMED_OUT" }, parseOutput);
  expect(failed).toMatchObject({ kind: "failed", failure: { error: "States.TaskFailed" } });
});

test("aws-sdk:sfn calls the operation, in the SDK's spelling", async () => {
  const arn = "arn:aws:states:::aws-sdk:sfn:startExecution";
  const called = await call(arn, { StateMachineArn: "x", Input: { a: 1 } });
  expect(called.operations).toEqual([["StartExecution", { stateMachineArn: "x", input: '{"a":1}' }]]);
  expect(outputOf(called)).toEqual({ ExecutionArn: CHILD, StartDate: "1970-01-01T00:00:01.500Z" });
  const refusal = { name: "InvalidArn", message: "Invalid Arn", status: 400 };
  expect(outputOf(await call(arn, {}, { ok: false, refusal }))).toMatchObject({ error: "Sfn.InvalidArnException" });
});

const NONE: JsonObject = {};
test.each([
  ["arn:aws:states:::sqs:sendMessage"],
  ["arn:aws:states:::http:invoke"],
  ["arn:aws:states:::aws-sdk:s3:getObject"],
])("%s is told to be missing", async (arn) => {
  expect(outputOf(await call(arn, NONE))).toMatchObject({
    error: "States.TaskFailed",
    cause: expect.stringContaining("not supported by this version") as string,
  });
});

const HANDS = `${ACCOUNT}:activity:hands`;
const QUEUED: TaskCall = {
  type: "ScheduleTask",
  taskId: "0-1" as TaskId,
  stateName: "T",
  resource: { kind: "activity", arn: HANDS },
  parameters: Payload.of(1),
  taskToken: "token",
  enteredAt: 1_767_323_045_000,
  retryCount: 0,
  executionArn: `${ACCOUNT}:execution:parent:p`,
  stateMachineArn: `${ACCOUNT}:stateMachine:parent`,
  idempotencyKey: "p#0-1",
  maxPayloadBytes: 262_144,
};

/** A directory with one activity, whose object fails the first so many times; and what it was asked. */
function hands(failures: number): { readonly directory: ActivityDirectory; readonly asked: unknown[] } {
  const asked: unknown[] = [];
  const enqueue = async (task: QueuedTask): Promise<null> => {
    asked.push(task);
    if (asked.length <= failures) throw new Error("reset");
    return null;
  };
  const withdraw = async (key: string): Promise<null> => {
    asked.push(key);
    return null;
  };
  const directory = { exists: async () => true, queue: () => ({ enqueue, withdraw }), sleep: async () => undefined };
  return { directory, asked };
}

test("an activity's task is put into its queue, again and again while the queue is out of reach", async () => {
  const { directory, asked } = hands(3);
  const answer = await callActivity(directory, HANDS, QUEUED, new AbortController().signal);
  expect(answer.kind).toBe("submitted");
  const task = { version: 1, key: "001767323045000/p#0-1", taskToken: "token" };
  expect(asked).toEqual([task, task, task, task]);
});

test("an activity's task that nobody waits for by the time it is in the queue is taken out again", async () => {
  const { directory, asked } = hands(0);
  await callActivity(directory, HANDS, QUEUED, AbortSignal.abort());
  expect(asked).toEqual([expect.objectContaining({ taskToken: "token" }), "001767323045000/p#0-1"]);
});

test("a task on an activity that does not exist fails and names it", async () => {
  const called = await call(HANDS, 1);
  expect(outputOf(called)).toEqual({ error: "States.Runtime", cause: `The activity ${HANDS} does not exist.` });
});
