/** What each resource that can be called answers, and what is said of those that cannot. */
import { describe, expect, test } from "vitest";
import { parseResource } from "../../src/asl/resource.ts";
import type { Json, JsonObject } from "../../src/asl/json.ts";
import { Payload } from "../../src/data/payload.ts";
import type { TaskId } from "../../src/engine/execution.ts";
import type { QueuedTask } from "../../src/runtime/activity-rpc.ts";
import type { ExecutionDescription } from "../../src/runtime/execution-rpc.ts";
import { onAws } from "../../src/runtime/integrations/aws/elsewhere.ts";
import { jobMemory } from "../../src/runtime/integrations/aws/job-memory.ts";
import { readAws } from "../../src/runtime/integrations/aws/settings.ts";
import { bucketsIn } from "../../src/runtime/objects/buckets.ts";
import { callActivity, type ActivityDirectory } from "../../src/runtime/tasks/activities.ts";
import { dispatchTasks } from "../../src/runtime/tasks/dispatch.ts";
import { callS3 } from "../../src/runtime/tasks/s3.ts";
import { childResult, type OperationAnswer } from "../../src/runtime/tasks/states.ts";
import type { TaskAnswer, TaskCall } from "../../src/runtime/tasks/task-call.ts";
import { bindings } from "./words.ts";

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

/** As where no keys of AWS are set. */
const UNCONFIGURED = onAws({
  settings: () => readAws({}, "us-east-1"),
  send: async () => {
    throw new Error("nothing leaves");
  },
  memory: jobMemory(bindings.OBJECTS),
  roles: new Map(),
  now: () => 0,
  pause: async () => undefined,
});

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
      send: fetch,
      authorize: async () => {
        throw new Error("there is no connection");
      },
    },
    activities: NO_ACTIVITIES,
    integrations: {
      "aws-sdk:s3": (made) =>
        callS3(
          bucketsIn(bindings.OBJECTS, { "no-binding": "NONE" }, () => undefined),
          made,
        ),
    },
    elsewhere: UNCONFIGURED,
    sleep: async () => undefined,
    operations:
      () =>
      async (...asked) => {
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
  ["arn:aws:states:::glue:startJobRun"],
  ["arn:aws:states:::aws-sdk:s3:putBucketAcl"],
])("%s is told to be missing", async (arn) => {
  expect(outputOf(await call(arn, NONE))).toMatchObject({
    error: "States.Runtime",
    cause: expect.stringContaining("set the secrets AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY") as string,
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

/** An action on objects: its result, or its failure without the ids of the request. */
async function s3(action: string, parameters: JsonObject): Promise<unknown> {
  const { answer } = await call(`arn:aws:states:::aws-sdk:s3:${action}`, parameters);
  if (answer.kind !== "failed") return answer.output.value;
  const { error, cause = "" } = answer.failure;
  return [error, cause.replace(/, Request ID: [a-zA-Z0-9-]+, Extended Request ID: [a-zA-Z0-9-/=+]+\)$/u, ")")];
}

const AT = { Bucket: "s3-tasks", Key: "a key" };
const SECOND = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/u;

describe("tasks on objects", () => {
  test.each([
    ["text data", '"text data"', "KUmHvQ==", '"2b5df3712557f503a9977a8ea893b2c9"'],
    [false, "false", "K81oMA==", '"68934a3e9455fa72420237eb05902327"'],
    [0, "0", "9NvfIQ==", '"cfcd208495d565ef66e7dff9f98764da"'],
    [{ Dict: "Value" }, '{"Dict":"Value"}', "hnEfWw==", '"49e31cee5aec8faf3345893addb14346"'],
  ])("putObject writes %j as JSON, getObject reads the text", async (Body, text, ChecksumCRC32, ETag) => {
    const written = { ChecksumCRC32, ChecksumType: "FULL_OBJECT", ETag, ServerSideEncryption: "AES256" };
    expect(await s3("putObject", { ...AT, Body })).toEqual(written);
    expect(await s3("getObject", AT)).toEqual({
      AcceptRanges: "bytes",
      ContentLength: text.length,
      ContentType: "text/plain; charset=UTF-8",
      ETag,
      LastModified: expect.stringMatching(SECOND),
      Metadata: {},
      ServerSideEncryption: "AES256",
      Body: text,
    });
  });

  test("what describes an object is kept, and shown by headObject", async () => {
    const described = { ContentType: "text/csv", ContentLanguage: "de", Metadata: { owner: "me", n: 1 } };
    await s3("putObject", { ...AT, ...described, ContentEncoding: "identity" });
    const head = await s3("headObject", AT);
    expect(head).toMatchObject({ ...described, Metadata: { owner: "me", n: "1" }, ContentLength: 0 });
    expect(head).not.toHaveProperty("Body");
  });

  test("a range and conditions are those of HTTP", async () => {
    await s3("putObject", { ...AT, Body: 12345 });
    const ETag = '"827ccb0eea8a706c4c34a16891f84e7b"';
    expect(await s3("getObject", { ...AT, Range: "bytes=1-2" })).toMatchObject({ Body: "23", ContentLength: 2 });
    expect(await s3("getObject", { ...AT, IfMatch: ETag })).toMatchObject({ Body: "12345" });
    const failed = "At least one of the pre-conditions you specified did not hold (Service: S3, Status Code: 412)";
    expect(await s3("getObject", { ...AT, IfMatch: '"x"' })).toEqual(["S3.S3Exception", failed]);
    expect(await s3("putObject", { ...AT, Body: 1, IfNoneMatch: "*" })).toEqual(["S3.S3Exception", failed]);
    expect(await s3("getObject", { ...AT, IfNoneMatch: ETag })).toEqual([
      "S3.S3Exception",
      "Not Modified (Service: S3, Status Code: 304)",
    ]);
  });

  test("an object that no result has room for fails as too large a result does", async () => {
    await bindings.OBJECTS.put("s3-tasks/large", new Uint8Array(5_000_000));
    const { answer } = await call("arn:aws:states:::aws-sdk:s3:getObject", { ...AT, Key: "large" });
    expect(answer.kind === "succeeded" && answer.output.exceeds(262_144)).toBe(true);
    const range = { ...AT, Key: "large", Range: "bytes=-3" };
    expect(await s3("getObject", range)).toMatchObject({ ContentLength: 3 });
  });

  test("objects are copied and deleted", async () => {
    await s3("putObject", { ...AT, Body: "copied", ContentType: "text/x" });
    const copy = { Bucket: "s3-copies", Key: "copy" };
    expect(await s3("copyObject", { ...copy, CopySource: "/s3-tasks/a%20key" })).toEqual({
      CopyObjectResult: { ETag: expect.any(String), LastModified: expect.stringMatching(SECOND) },
      ServerSideEncryption: "AES256",
    });
    expect(await s3("getObject", copy)).toMatchObject({ Body: '"copied"', ContentType: "text/x" });
    expect(await s3("deleteObject", copy)).toEqual({});
    expect(await s3("getObject", copy)).toEqual([
      "S3.NoSuchKeyException",
      "The specified key does not exist. (Service: S3, Status Code: 404)",
    ]);
    expect(await s3("headObject", copy)).toMatchObject(["S3.NoSuchKeyException", expect.any(String)]);
    expect(await s3("copyObject", { ...copy, CopySource: "s3-tasks/none" })).toMatchObject([
      "S3.NoSuchKeyException",
      {},
    ]);
    expect(await s3("copyObject", { ...copy, CopySource: "s3-tasks/%zz" })).toMatchObject(["S3.S3Exception", {}]);
  });

  test("listObjectsV2 lists in pages, and folders", async () => {
    for (const Key of ["x/1", "x/2", "y/1", "z"]) await s3("putObject", { Bucket: "s3-lists", Key, Body: 1 });
    const list = (more: JsonObject): Promise<unknown> => s3("listObjectsV2", { Bucket: "s3-lists", ...more });
    const first = (await list({ MaxKeys: 1, Prefix: "x/" })) as { NextContinuationToken: string };
    expect(first).toEqual({
      Contents: [
        {
          ETag: '"c4ca4238a0b923820dcc509a6f75849b"',
          Key: "x/1",
          LastModified: expect.stringMatching(SECOND),
          Size: 1,
          StorageClass: "STANDARD",
        },
      ],
      IsTruncated: true,
      KeyCount: 1,
      MaxKeys: 1,
      Name: "s3-lists",
      NextContinuationToken: expect.any(String),
      Prefix: "x/",
    });
    const rest = { MaxKeys: 1, Prefix: "x/", ContinuationToken: first.NextContinuationToken };
    expect(await list(rest)).toMatchObject({ Contents: [{ Key: "x/2" }], IsTruncated: false });
    expect(await list({ Delimiter: "/" })).toMatchObject({
      CommonPrefixes: [{ Prefix: "x/" }, { Prefix: "y/" }],
      Contents: [{ Key: "z" }],
      KeyCount: 3,
    });
    expect(await list({ StartAfter: "y/1" })).toMatchObject({ Contents: [{ Key: "z" }] });
  });

  test.each([
    ["getObject", { Bucket: "s3-tasks" }, "States.Runtime", "The field 'Key' is required but was missing"],
    ["getObject", { ...AT, VersionId: "1" }, "States.Runtime", "The field 'VersionId' is not supported by Stepflare"],
    ["getObject", { ...AT, Key: 1 }, "States.Runtime", "The value for the field 'Key' must be a STRING"],
    ["getObject", { ...AT, Bucket: "B" }, "S3.S3Exception", "The specified bucket is not valid. (Service: S3"],
    ["getObject", { ...AT, Key: "" }, "S3.S3Exception", "The key of an object cannot be empty"],
    ["putObject", { ...AT, Key: "k".repeat(1025) }, "S3.S3Exception", "Your key is too long"],
    [
      "getObject",
      { ...AT, Bucket: "no-binding" },
      "S3.NoSuchBucketException",
      "BUCKETS says that 'no-binding' is the R2 binding",
    ],
    ["putBucketAcl", AT, "States.Runtime", "set the secrets AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"],
  ])("%s of %j fails", async (action, parameters, error, cause) => {
    expect(await s3(action, parameters)).toEqual([error, expect.stringContaining(cause)]);
  });
});

test("a job of AWS that is under way is remembered until it is over", async () => {
  const memory = jobMemory(bindings.OBJECTS);
  expect(await memory.read("k")).toBeUndefined();
  await memory.write("k", { JobId: "j" });
  expect(await memory.read("k")).toEqual({ JobId: "j" });
  await memory.forget("k");
  expect(await memory.read("k")).toBeUndefined();
});
