/** Tasks on queues: what is sent, what SQS answers, and what it says of what it does not take. */
import { createHash } from "node:crypto";
import { beforeEach, describe, expect, test } from "vitest";
import type { Json, JsonObject } from "../../src/asl/json.ts";
import { DEFAULT_ARN_CONFIG } from "../../src/runtime/arn.ts";
import { callSqs, callSqsSdk } from "../../src/runtime/integrations/sqs/sqs.ts";
import type { TaskAnswer } from "../../src/runtime/tasks/task-call.ts";
import type { ServiceCall } from "../../src/runtime/integrations/integration.ts";
import { AT, callOf, planOf, QUEUE_URL, World } from "./words.ts";

const UUID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/u;
const REQUEST_ID = "[\\da-f-]{36}";

let world: World;

beforeEach(() => {
  world = new World([planOf("orders"), planOf("slow", { delaySeconds: 60 }), planOf("rows.fifo")]);
});

async function perform(
  resource: string,
  parameters: Json,
  more: Partial<ServiceCall> = {},
): Promise<TaskAnswer | undefined> {
  const host = { config: DEFAULT_ARN_CONFIG, queues: world.queues, now: () => AT };
  const call = callOf(resource, parameters, more);
  return resource.startsWith("aws-sdk:") ? callSqsSdk(host, call) : callSqs(host, call);
}

const send = (parameters: JsonObject, more: Partial<ServiceCall> = {}): Promise<TaskAnswer | undefined> =>
  perform("sqs:sendMessage", { QueueUrl: `${QUEUE_URL}orders`, ...parameters }, more);

function outputOf(answer: TaskAnswer | undefined): JsonObject {
  if (answer === undefined || answer.kind === "failed") throw new Error(JSON.stringify(answer));
  return answer.output.value as JsonObject;
}

function failureOf(answer: TaskAnswer | undefined): { error?: string | undefined; cause?: string | undefined } {
  if (answer?.kind !== "failed") throw new Error(JSON.stringify(answer));
  return answer.failure;
}

const md5 = (text: string): string => createHash("md5").update(text).digest("hex");

test("a message is sent, with SQS's answer and the SDK's metadata", async () => {
  const answer = await send({ MessageBody: "hello" });
  expect(answer?.kind).toBe("succeeded");
  const output = outputOf(answer);
  expect(output).toEqual({
    MD5OfMessageBody: md5("hello"),
    MessageId: expect.stringMatching(UUID),
    SdkHttpMetadata: expect.objectContaining({ HttpStatusCode: 200 }),
    SdkResponseMetadata: { RequestId: expect.stringMatching(UUID) },
  });
  // As long as AWS's answers are.
  expect(output["SdkHttpMetadata"]).toMatchObject({
    HttpHeaders: { "Content-Length": "106", "Content-Type": "application/x-amz-json-1.0" },
  });
  const message = { messageId: output["MessageId"], body: "hello", attributes: {}, sentAt: AT };
  expect(world.deliveries).toEqual([[{ body: { version: 1, delivery: { queue: "orders", message } } }]]);
});

test("attributes have a digest of their own, which AWS's SDK would compute as well", async () => {
  const MessageAttributes = {
    b: { DataType: "Binary", BinaryValue: "AQID" },
    a: { DataType: "String", StringValue: "one" },
    n: { DataType: "Number.int", StringValue: "7" },
  };
  const output = outputOf(await send({ MessageBody: "x", MessageAttributes }));
  const part = (text: string | Buffer): Buffer => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(Buffer.from(text).length);
    return Buffer.concat([length, Buffer.from(text)]);
  };
  const bytes = Buffer.concat([
    Buffer.concat([part("a"), part("String"), Buffer.from([1]), part("one")]),
    Buffer.concat([part("b"), part("Binary"), Buffer.from([2]), part(Buffer.from([1, 2, 3]))]),
    Buffer.concat([part("n"), part("Number.int"), Buffer.from([1]), part("7")]),
  ]);
  expect(output["MD5OfMessageAttributes"]).toBe(createHash("md5").update(bytes).digest("hex"));
  expect(output["SdkHttpMetadata"]).toMatchObject({ HttpHeaders: { "Content-Length": "166" } });
  expect(world.delivered[0]?.body.delivery).toMatchObject({ message: { attributes: MessageAttributes } });
});

test("an attribute may have any name", async () => {
  const MessageAttributes = JSON.parse('{"__proto__":{"DataType":"String","StringValue":"x"}}') as JsonObject;
  const output = outputOf(await send({ QueueUrl: "bound", MessageBody: "x", MessageAttributes }));
  expect(output).toHaveProperty("MD5OfMessageAttributes");
  expect(JSON.stringify(world.bound)).toContain('"messageAttributes":{"__proto__":{"stringValue":"x"');
});

test.each<[Json, string]>([
  [{ a: [1, "x"] }, '{"a":[1,"x"]}'],
  [7, "7"],
  [false, "false"],
  ["as it is", "as it is"],
])("a body of %j is sent as %s", async (MessageBody, body) => {
  expect(outputOf(await send({ MessageBody }))["MD5OfMessageBody"]).toBe(md5(body));
  expect(world.delivered[0]?.body.delivery).toMatchObject({ message: { body } });
});

test("a repeat after a crash is the same message, another attempt another one", async () => {
  const id = async (idempotencyKey: string): Promise<unknown> =>
    outputOf(await send({ MessageBody: "x" }, { idempotencyKey }))["MessageId"];
  expect(await id("one")).toBe(await id("one"));
  expect(await id("one")).not.toBe(await id("two"));
});

test("where a callback brings the result, what SQS answered is shown until then", async () => {
  const answer = await perform("sqs:sendMessage.waitForTaskToken", { QueueUrl: "orders", MessageBody: { t: "token" } });
  expect(answer?.kind).toBe("submitted");
  expect(world.delivered[0]?.body.delivery).toMatchObject({ message: { body: '{"t":"token"}' } });
});

test.each([
  `${QUEUE_URL}orders`,
  "https://sqs.eu-west-1.amazonaws.com/999999999999/orders",
  "http://localhost:4566/000000000000/orders",
  "arn:aws:sqs:us-east-1:123456789012:orders",
  "orders",
])("the queue %s is orders", async (QueueUrl) => {
  outputOf(await send({ QueueUrl, MessageBody: "x" }));
  expect(world.delivered).toHaveLength(1);
});

test("a queue holds its messages back, unless they say otherwise", async () => {
  await send({ QueueUrl: "slow", MessageBody: "as long as the queue says" });
  await send({ QueueUrl: "slow", MessageBody: "longer", DelaySeconds: 90 });
  await send({ QueueUrl: "slow", MessageBody: "not at all", DelaySeconds: 0 });
  expect(world.delivered.map(({ delaySeconds }) => delaySeconds)).toEqual([60, 90, undefined]);
});

test("a queue of your own gets the record that Lambda would get", async () => {
  const MessageAttributes = { kind: { DataType: "String", StringValue: "new" } };
  const parameters = { QueueUrl: `${QUEUE_URL}bound`, MessageBody: "x", DelaySeconds: 5, MessageAttributes };
  const { MessageId, MD5OfMessageAttributes } = outputOf(await send(parameters, { traceHeader: "Root=1-2-3" }));
  const body = {
    messageId: MessageId,
    receiptHandle: MessageId,
    body: "x",
    attributes: { SentTimestamp: String(AT), SenderId: "123456789012", AWSTraceHeader: "Root=1-2-3" },
    messageAttributes: { kind: { stringValue: "new", stringListValues: [], binaryListValues: [], dataType: "String" } },
    md5OfBody: md5("x"),
    md5OfMessageAttributes: MD5OfMessageAttributes,
    eventSource: "aws:sqs",
    eventSourceARN: "arn:aws:sqs:us-east-1:123456789012:bound",
    awsRegion: "us-east-1",
  };
  expect(world.bound).toEqual([[{ body, delaySeconds: 5 }]]);
});

test("a body that no message has room for lies in R2, where the queue is Stepflare's own", async () => {
  const MessageBody = "x".repeat(200_000);
  const { MessageId } = outputOf(await send({ MessageBody }));
  const at = `_stepflare/messages/queue/orders/${MessageId as string}`;
  expect(world.delivered[0]?.body).toEqual({ version: 1, delivery: { at } });
  expect(JSON.parse(world.objects.held.get(at) ?? "")).toMatchObject({
    queue: "orders",
    message: { body: MessageBody },
  });
  expect(failureOf(await send({ QueueUrl: "bound", MessageBody }))).toMatchObject({
    error: "SQS.AmazonSQSException",
    cause: expect.stringContaining("Message must be shorter than 127000 bytes"),
  });
});

describe("what SQS does not take", () => {
  test.each<[string, JsonObject, string, string]>([
    ["no body", { MessageBody: null }, "MissingParameter", "The request must contain the parameter MessageBody."],
    ["an empty body", { MessageBody: "" }, "MissingParameter", "The request must contain the parameter MessageBody."],
    [
      "no queue",
      { QueueUrl: null, MessageBody: "x" },
      "MissingParameter",
      "The request must contain the parameter QueueUrl.",
    ],
    [
      "a delay that is too long",
      { MessageBody: "x", DelaySeconds: 901 },
      "InvalidParameterValue",
      "Value 901 for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= 900.",
    ],
    [
      "a message of a .fifo queue without its group",
      { QueueUrl: "rows.fifo", MessageBody: "x" },
      "MissingParameter",
      "The request must contain the parameter MessageGroupId.",
    ],
    [
      "a message of a .fifo queue without its deduplication id",
      { QueueUrl: "rows.fifo", MessageBody: "x", MessageGroupId: "g" },
      "InvalidParameterValue",
      "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly",
    ],
    [
      "a type of attribute that there is not",
      { MessageBody: "x", MessageAttributes: { a: { DataType: "Text", StringValue: "x" } } },
      "InvalidParameterValue",
      "The message attribute 'a' has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String.",
    ],
    [
      "an attribute without a value",
      { MessageBody: "x", MessageAttributes: { a: { DataType: "String", BinaryValue: "AQID" } } },
      "InvalidParameterValue",
      "The message attribute 'a' with type 'String' must use field 'String'.",
    ],
    [
      "eleven attributes",
      {
        MessageBody: "x",
        MessageAttributes: Object.fromEntries(
          Array.from({ length: 11 }, (_, i) => [`a${i}`, { DataType: "String", StringValue: "x" }]),
        ),
      },
      "InvalidParameterValue",
      "Number of message attributes [11] exceeds the allowed maximum [10].",
    ],
  ])("%s", async (_, parameters, code, message) => {
    const { error, cause } = failureOf(await send(parameters));
    const details = `\\(Service: AmazonSQS; Status Code: 400; Error Code: ${code}; Request ID: ${REQUEST_ID}; Proxy: null\\)`;
    expect(error).toBe("SQS.AmazonSQSException");
    expect(cause).toMatch(new RegExp(`^${message.replaceAll(/[.[\]]/gu, "\\$&")} ${details}$`, "u"));
    expect(world.deliveries).toEqual([]);
  });

  test.each([`${QUEUE_URL}none`, "none", "no queue's name", "https://example.com/none"])(
    "the queue %s, which there is not",
    async (QueueUrl) => {
      const { error, cause } = failureOf(await send({ QueueUrl, MessageBody: "x" }));
      expect(error).toBe("SQS.QueueDoesNotExistException");
      expect(cause).toMatch(
        /^The specified queue does not exist\. \(Service: AmazonSQS; Status Code: 400; Error Code: AWS\.SimpleQueueService\.NonExistentQueue; /u,
      );
    },
  );

  test("a host that is nobody's", async () => {
    expect(failureOf(await send({ QueueUrl: "http://nowhere-1", MessageBody: "x" }))).toEqual({
      error: "SQS.SdkClientException",
      cause: "Unable to execute HTTP request: nowhere-1: Name or service not known",
    });
  });

  test("a binding that there is not is named", async () => {
    expect(failureOf(await send({ QueueUrl: "unbound", MessageBody: "x" }))).toMatchObject({
      error: "SQS.QueueDoesNotExistException",
      cause: expect.stringContaining(
        "QUEUES leads 'unbound' to the queue binding 'NONE', which wrangler.toml does not name",
      ),
    });
  });

  test("where MESSAGES_QUEUE is not bound, that is said", async () => {
    world = new World([planOf("orders")], false);
    expect(failureOf(await send({ MessageBody: "x" })).cause).toContain("need the queue binding MESSAGES_QUEUE");
  });

  test("a parameter that there is not", async () => {
    expect(failureOf(await send({ MessageBody: "x", MessageSystemAttribute: {} }))).toMatchObject({
      error: "States.Runtime",
      cause: expect.stringMatching(/\[The field 'MessageSystemAttribute' is not supported by Stepflare\]$/u),
    });
  });
});

test("an outage of the queue is thrown, so that the call is made again", async () => {
  world.objects.put = async () => {
    throw new Error("Network connection lost.");
  };
  await expect(send({ MessageBody: "x".repeat(200_000) })).rejects.toThrow("Network connection lost.");
});

describe("the SDK's", () => {
  test("sendMessage answers without metadata, and takes no body but a text", async () => {
    const parameters = { QueueUrl: "orders", MessageBody: "hello" };
    const output = outputOf(await perform("aws-sdk:sqs:sendMessage", parameters));
    expect(output).toEqual({ Md5OfMessageBody: md5("hello"), MessageId: expect.stringMatching(UUID) });
    expect(failureOf(await perform("aws-sdk:sqs:sendMessage", { ...parameters, MessageBody: {} }))).toMatchObject({
      error: "States.Runtime",
      cause: expect.stringContaining("The value for the field 'MessageBody' must be a STRING"),
    });
  });

  test("what fails has the SDK's names", async () => {
    const none = failureOf(await perform("aws-sdk:sqs:sendMessage", { QueueUrl: "none", MessageBody: "x" }));
    expect(none.error).toBe("Sqs.QueueDoesNotExistException");
    expect(none.cause).toMatch(
      new RegExp(
        `^The specified queue does not exist. \\(Service: Sqs, Status Code: 400, Request ID: ${REQUEST_ID}\\) \\(SDK Attempt Count: 1\\)$`,
        "u",
      ),
    );
    expect(failureOf(await perform("aws-sdk:sqs:sendMessage", { QueueUrl: "orders" })).error).toBe("Sqs.SqsException");
  });

  test("sendMessageBatch takes what it can, and says what it could not", async () => {
    const Entries = [
      { Id: "a", MessageBody: "one" },
      { Id: "b", MessageBody: "" },
      { Id: "c", MessageBody: "three", DelaySeconds: 1 },
    ];
    const output = outputOf(await perform("aws-sdk:sqs:sendMessageBatch", { QueueUrl: "orders", Entries }));
    expect(output).toEqual({
      Failed: [
        {
          Code: "MissingParameter",
          Id: "b",
          Message: "The request must contain the parameter MessageBody.",
          SenderFault: true,
        },
      ],
      Successful: [
        { Id: "a", Md5OfMessageBody: md5("one"), MessageId: expect.stringMatching(UUID) },
        { Id: "c", Md5OfMessageBody: md5("three"), MessageId: expect.stringMatching(UUID) },
      ],
    });
    expect(world.deliveries.map((call) => call.length)).toEqual([2]);
    expect(new Set((output["Successful"] as JsonObject[]).map(({ MessageId }) => MessageId)).size).toBe(2);
  });

  test.each<[string, Json, string]>([
    ["none", [], "Sqs.EmptyBatchRequestException"],
    [
      "eleven",
      Array.from({ length: 11 }, (_, i) => ({ Id: `e${i}`, MessageBody: "x" })),
      "Sqs.TooManyEntriesInBatchRequestException",
    ],
    [
      "two of one id",
      [
        { Id: "a", MessageBody: "x" },
        { Id: "a", MessageBody: "y" },
      ],
      "Sqs.BatchEntryIdsNotDistinctException",
    ],
    ["one without an id", [{ MessageBody: "x" }], "Sqs.InvalidBatchEntryIdException"],
  ])("sendMessageBatch of %s", async (_, Entries, error) => {
    expect(failureOf(await perform("aws-sdk:sqs:sendMessageBatch", { QueueUrl: "orders", Entries })).error).toBe(error);
    expect(world.deliveries).toEqual([]);
  });

  test.each<[Json]>([[["x"]], [[{ Id: "a", MessageBody: {} }]], [[{ Id: "a", Body: "x" }]], ["x"]])(
    "sendMessageBatch of %j",
    async (Entries) => {
      const failure = failureOf(await perform("aws-sdk:sqs:sendMessageBatch", { QueueUrl: "orders", Entries }));
      expect(failure.error).toBe("States.Runtime");
    },
  );

  test("sendMessageBatch of messages that are all wrong still asks whether there is the queue", async () => {
    const Entries = [{ Id: "a" }];
    expect(failureOf(await perform("aws-sdk:sqs:sendMessageBatch", { QueueUrl: "none", Entries })).error).toBe(
      "Sqs.QueueDoesNotExistException",
    );
    const output = outputOf(await perform("aws-sdk:sqs:sendMessageBatch", { QueueUrl: "orders", Entries }));
    expect(output).toMatchObject({ Failed: [{ Id: "a" }], Successful: [] });
  });

  test("getQueueUrl", async () => {
    expect(outputOf(await perform("aws-sdk:sqs:getQueueUrl", { QueueName: "orders" }))).toEqual({
      QueueUrl: `${QUEUE_URL}orders`,
    });
    expect(outputOf(await perform("aws-sdk:sqs:getQueueUrl", { QueueName: "bound" }))).toEqual({
      QueueUrl: `${QUEUE_URL}bound`,
    });
    for (const QueueName of ["none", `${QUEUE_URL}orders`])
      expect(failureOf(await perform("aws-sdk:sqs:getQueueUrl", { QueueName })).error).toBe(
        "Sqs.QueueDoesNotExistException",
      );
  });

  test("an action that there is not", async () => {
    expect(await perform("aws-sdk:sqs:receiveMessage", {})).toBeUndefined();
  });
});
