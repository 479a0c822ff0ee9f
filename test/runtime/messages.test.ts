/** Queues, topics and e-mail on the real platform: what a state machine sends arrives by the real queue. */
import { beforeAll, describe, expect, test } from "vitest";
import type { JsonObject } from "../../src/asl/json.ts";
import { readConfig } from "../../src/env.ts";
import { mailOf } from "../../src/runtime/email/platform.ts";
import { storeQueuePlan, type QueuePlan } from "../../src/runtime/queues/queues.ts";
import { storeTopic, storeTopicSubscription, type TopicTarget } from "../../src/runtime/topics/topics.ts";
import {
  again,
  bindings,
  executionOf,
  functionAnswering,
  historyOf,
  prepareCatalogue,
  start,
  until,
  untilEnded,
  type FunctionCall,
  type TestExecution,
} from "./words.ts";

const TOPIC = "arn:aws:sns:us-east-1:123456789012:news";
const ann = { name: "Ann", email: "ann@example.com" };
const from = { name: "", email: "stepflare@example.com" };
const MAIL = { from, to: [ann], cc: [], bcc: [], subject: "Hello", text: "Hello", headers: { "X-Id": "1" } };

interface SqsRecord {
  readonly messageId: string;
  readonly body: string;
  readonly attributes: { readonly ApproximateReceiveCount: string };
}

beforeAll(prepareCatalogue);

function sending(resource: string, parameters: JsonObject): TestExecution {
  return executionOf({
    StartAt: "Send",
    States: { Send: { Type: "Task", Resource: `arn:aws:states:::${resource}`, Parameters: parameters, End: true } },
  });
}

async function queueFor(name: string, consumer: string, more: Partial<QueuePlan> = {}): Promise<void> {
  const plan = {
    batchSize: 10,
    delaySeconds: 0,
    visibilityTimeoutSeconds: 0,
    maxReceiveCount: 5,
    createdAt: 0,
    ...more,
  };
  await storeQueuePlan(bindings.CATALOGUE, { name, function: consumer, ...plan });
}

async function subscribe(name: string, target: TopicTarget): Promise<void> {
  await storeTopic(bindings.CATALOGUE, { name: "news", createdAt: 0 });
  const subscription = { topic: "news", name, target, createdAt: 0, rawMessageDelivery: false } as const;
  const { sealer } = readConfig(bindings);
  const stored = { ...subscription, filterPolicyScope: "MessageAttributes" } as const;
  expect(await storeTopicSubscription(bindings.CATALOGUE, sealer, stored, undefined)).toBe(true);
}

const recordsIn = (calls: readonly FunctionCall[]): readonly SqsRecord[] =>
  calls.flatMap(({ input }) => (input as { Records: SqsRecord[] }).Records);

const OK = (): Response => Response.json(null);

test("a message reaches its function, which answers the task that waits for it", async () => {
  const execution = sending("sqs:sendMessage.waitForTaskToken", {
    QueueUrl: "https://sqs.us-east-1.amazonaws.com/123456789012/orders",
    MessageBody: { "token.$": "$$.Task.Token" },
  });
  await queueFor("orders", "worker");
  const calls = await functionAnswering("worker", async ({ input }) => {
    const [record] = (input as { Records: SqsRecord[] }).Records;
    const { token } = JSON.parse(record?.body ?? "") as { token: string };
    await again(execution).sendTaskSuccess(token, '"done"');
    return Response.json({ batchItemFailures: [] });
  });
  await start(execution);
  expect(await untilEnded(execution)).toMatchObject({ status: "SUCCEEDED", output: '"done"' });
  expect(await historyOf(execution)).toEqual([
    "ExecutionStarted",
    "TaskStateEntered",
    "TaskScheduled",
    "TaskStarted",
    "TaskSubmitted",
    "TaskSucceeded",
    "TaskStateExited",
    "ExecutionSucceeded",
  ]);
  const [record] = recordsIn(calls);
  expect(calls[0]?.headers.get("idempotency-key")).toBe(record?.messageId);
});

test("a message that fails comes again, and then goes to the dead letter queue", async () => {
  await queueFor("buried", "undertaker");
  await queueFor("fragile", "clumsy", { maxReceiveCount: 3, deadLetterQueue: "buried" });
  const dead = await functionAnswering("undertaker", OK);
  const calls = await functionAnswering("clumsy", () => new Response("no", { status: 500 }));
  const execution = sending("sqs:sendMessage", { QueueUrl: "fragile", MessageBody: "x".repeat(150_000) });
  await start(execution);
  expect(await untilEnded(execution)).toMatchObject({ status: "SUCCEEDED" });
  await until(
    async () => dead.length,
    (length) => length > 0,
  );
  const records = recordsIn(calls);
  expect(records.map(({ attributes }) => attributes.ApproximateReceiveCount)).toEqual(["1", "2", "3"]);
  const [buried] = recordsIn(dead);
  expect(buried).toMatchObject({
    messageId: records[0]?.messageId,
    body: "x".repeat(150_000),
    attributes: { DeadLetterQueueSourceArn: "arn:aws:sqs:us-east-1:123456789012:fragile" },
  });
  const kept = async (): Promise<number> =>
    (await bindings.OBJECTS.list({ prefix: "_stepflare/messages/" })).objects.length;
  expect(await until(kept, (count) => count === 0)).toBe(0);
});

test("what is published reaches a function, and by a queue another one", async () => {
  await queueFor("copies", "copier");
  const copies = await functionAnswering("copier", OK);
  const heard = await functionAnswering("listener", OK);
  await subscribe("listener", { function: "listener" });
  await subscribe("copies", { queue: "copies" });
  const execution = sending("sns:publish", { TopicArn: TOPIC, Message: { a: 1 }, Subject: "News" });
  await start(execution);
  const { status, output = "" } = await untilEnded(execution);
  expect(status).toBe("SUCCEEDED");
  const { MessageId } = JSON.parse(output) as { MessageId: string };
  await until(
    async () => heard.length > 0 && copies.length > 0,
    (both) => both,
  );
  expect(heard[0]?.input).toMatchObject({ Records: [{ Sns: { MessageId, Message: '{"a":1}', Subject: "News" } }] });
  expect(JSON.parse(recordsIn(copies)[0]?.body ?? "")).toMatchObject({ MessageId, Message: '{"a":1}' });
});

test("a queue and a topic that there are not", async () => {
  const failureOf = async (execution: TestExecution): Promise<string | undefined> => {
    await start(execution);
    return (await untilEnded(execution)).error;
  };
  expect(await failureOf(sending("sqs:sendMessage", { QueueUrl: "none", MessageBody: "x" }))).toBe(
    "SQS.QueueDoesNotExistException",
  );
  expect(await failureOf(sending("sns:publish", { TopicArn: `${TOPIC}s`, Message: "x" }))).toBe(
    "SNS.NotFoundException",
  );
});

describe("e-mail", () => {
  test("is sent by a task", async () => {
    const execution = sending("aws-sdk:sesv2:sendEmail", {
      FromEmailAddress: "stepflare@example.com",
      Destination: { ToAddresses: ["Ann <ann@example.com>"], CcAddresses: ["bo@example.com"] },
      ReplyToAddresses: ["help@example.com"],
      Content: {
        Simple: { Subject: { Data: "Hello" }, Body: { Text: { Data: "Hello" }, Html: { Data: "<p>Hello" } } },
      },
    });
    await start(execution);
    const { status, output = "" } = await untilEnded(execution);
    expect([status, JSON.parse(output)]).toEqual([
      "SUCCEEDED",
      { MessageId: expect.stringMatching(/@example\.com>?$/u) },
    ]);
  });

  test("is sent as it is given", async () => {
    const raw =
      "From: stepflare@example.com\r\nTo: ann@example.com\r\nMessage-ID: <1@example.com>\r\nSubject: Hi\r\n\r\nHi\r\n";
    const answer = await mailOf(bindings)({ from: from.email, to: [ann.email], raw });
    expect(answer).toEqual({ kind: "sent", messageId: expect.any(String) });
  });

  test("from somebody else is refused, and the reason is told", async () => {
    const answer = await mailOf(bindings)({ ...MAIL, from: { name: "", email: "other@example.com" } });
    expect(answer).toMatchObject({ kind: "refused", message: expect.stringContaining("other@example.com") });
  });

  test("needs the binding that EMAIL names", async () => {
    const answer = await mailOf({ ...bindings, EMAIL: "POST" })(MAIL);
    expect(answer).toMatchObject({ kind: "not configured", message: expect.stringContaining("'POST'") });
    expect(await mailOf({ ...bindings, EMAIL: "MESSAGES_QUEUE" })(MAIL)).toMatchObject({ kind: "not configured" });
  });
});
