/** What is published on a topic: who gets it, in which form, and what becomes of it where it is not taken. */
import { Webhook } from "standardwebhooks";
import { beforeEach, describe, expect, test } from "vitest";
import type { Json, JsonObject } from "../../src/asl/json.ts";
import { DEFAULT_ARN_CONFIG } from "../../src/runtime/arn.ts";
import type { Mail, MailAnswer, RawMail } from "../../src/runtime/email/email.ts";
import { callSns, callSnsSdk } from "../../src/runtime/integrations/sns/sns.ts";
import type { ServiceCall } from "../../src/runtime/integrations/integration.ts";
import { consumeDeliveries } from "../../src/runtime/messages/consume.ts";
import type { FunctionCall, FunctionResult } from "../../src/runtime/tasks/functions.ts";
import type { TaskAnswer } from "../../src/runtime/tasks/task-call.ts";
import { publisher } from "../../src/runtime/topics/publish.ts";
import type { TopicSubscription, TopicTarget } from "../../src/runtime/topics/topics.ts";
import { AT, callOf, planOf, World } from "./words.ts";

const TOPIC = "arn:aws:sns:us-east-1:123456789012:news";
const SECRET = `whsec_${btoa("0123456789abcdef0123456789abcdef")}`;
const UUID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/u;
const REQUEST_ID = "[\\da-f-]{36}";

type Subscription = TopicSubscription & { readonly secret?: string };

let world: World;
let topics: Map<string, Subscription[]>;
let defects: string[];
let requests: Request[];
let mails: (Mail | RawMail)[];
let calls: { readonly name: string; readonly event: Json; readonly call: FunctionCall }[];
let webhookAnswer: () => Response;
let functionAnswer: FunctionResult;
let mailAnswer: MailAnswer;
let mailFrom: string | undefined;

beforeEach(() => {
  world = new World([planOf("q")]);
  topics = new Map([
    ["news", []],
    ["rows.fifo", []],
  ]);
  defects = [];
  requests = [];
  mails = [];
  calls = [];
  webhookAnswer = () => new Response("thanks");
  functionAnswer = { ok: true, text: "null", executedVersion: "$LATEST" };
  mailAnswer = { kind: "sent", messageId: "m" };
  mailFrom = "Stepflare <stepflare@example.com>";
});

function subscribe(name: string, target: TopicTarget, more: Partial<Subscription> = {}, hasSecret = true): void {
  const subscription: Subscription = {
    topic: "news",
    name,
    target,
    filterPolicyScope: "MessageAttributes",
    rawMessageDelivery: false,
    createdAt: AT,
    ...("url" in target && hasSecret && { secret: SECRET }),
    ...more,
  };
  topics.get("news")?.push(subscription);
}

async function perform(
  resource: string,
  parameters: Json,
  more: Partial<ServiceCall> = {},
): Promise<TaskAnswer | undefined> {
  const host = {
    publish: publisher({
      readTopic: async (name) => topics.get(name),
      queues: world.queues,
      deliveries: world.deliveryQueue,
      logDefect: (message) => defects.push(message),
    }),
    now: () => AT,
  };
  const call = callOf(resource, parameters, more);
  return resource.startsWith("aws-sdk:") ? callSnsSdk(host, call) : callSns(host, call);
}

const publish = (parameters: JsonObject, more: Partial<ServiceCall> = {}): Promise<TaskAnswer | undefined> =>
  perform("sns:publish", { TopicArn: TOPIC, Message: "hello", ...parameters }, more);

/** Delivers all that is on its way to subscribers; answers what became of each, the pause where it comes again. */
async function deliver(attempts = 1): Promise<(string | number)[]> {
  const sent = world.deliveries.splice(0).flat() as unknown as readonly { readonly body: never }[];
  const fates: (string | number)[] = sent.map(() => "open");
  const queued = sent.map(({ body }, i) => ({
    body,
    attempts,
    ack: () => void (fates[i] = "done"),
    retry: ({ delaySeconds }: { readonly delaySeconds: number }) => void (fates[i] = delaySeconds),
  }));
  await consumeDeliveries(queued, {
    config: DEFAULT_ARN_CONFIG,
    now: () => AT,
    queues: world.queues,
    objects: world.objects,
    findPlan: async (name) => world.plans.get(name),
    findSubscription: async (topic, name) => topics.get(topic)?.find((each) => each.name === name),
    post: async (url, init) => {
      requests.push(new Request(url, init));
      return webhookAnswer();
    },
    invoke: async (name, payload, call) => {
      calls.push({ name, event: JSON.parse(payload) as Json, call });
      return functionAnswer;
    },
    sendMail: async (mail) => {
      mails.push(mail);
      return mailAnswer;
    },
    mailFrom,
    logDefect: (message, error) => defects.push(`${message}: ${String(error)}`),
  });
  return fates;
}

function outputOf(answer: TaskAnswer | undefined): JsonObject {
  if (answer === undefined || answer.kind === "failed") throw new Error(JSON.stringify(answer));
  return answer.output.value as JsonObject;
}

function failureOf(answer: TaskAnswer | undefined): { error?: string | undefined; cause?: string | undefined } {
  if (answer?.kind !== "failed") throw new Error(JSON.stringify(answer));
  return answer.failure;
}

test("SNS's answer, with the SDK's metadata, as long as AWS's", async () => {
  const answer = await publish({});
  expect(answer?.kind).toBe("succeeded");
  expect(outputOf(answer)).toEqual({
    MessageId: expect.stringMatching(UUID),
    SdkHttpMetadata: expect.objectContaining({
      HttpHeaders: expect.objectContaining({ "Content-Length": "294", "Content-Type": "text/xml" }),
      HttpStatusCode: 200,
    }),
    SdkResponseMetadata: { RequestId: expect.stringMatching(UUID) },
  });
  expect((await perform("sns:publish.waitForTaskToken", { TopicArn: TOPIC, Message: "x" }))?.kind).toBe("submitted");
  expect(outputOf(await perform("aws-sdk:sns:publish", { TopicArn: TOPIC, Message: "x" }))).toEqual({
    MessageId: expect.stringMatching(UUID),
  });
});

test("a topic that nobody hears of costs nothing but a look", async () => {
  await publish({});
  expect(world.deliveries).toEqual([]);
});

test("a repeat after a crash is the same message to everybody", async () => {
  subscribe("hook", { url: "https://hooks.test/" });
  subscribe("mine", { queue: "bound" });
  const ids = [await publish({}), await publish({})].map((answer) => outputOf(answer)["MessageId"]);
  expect(ids[0]).toBe(ids[1]);
  expect(world.delivered[0]).toEqual(world.delivered[1]);
  expect(world.bound[0]).toEqual(world.bound[1]);
  expect(outputOf(await publish({}, { idempotencyKey: "another attempt" }))["MessageId"]).not.toBe(ids[0]);
});

describe("a webhook", () => {
  test("gets SNS's notification, signed", async () => {
    subscribe("hook", { url: "https://hooks.test/a" });
    const MessageAttributes = { kind: { DataType: "String", StringValue: "new" } };
    const { MessageId } = outputOf(await publish({ Subject: "News", MessageAttributes }, { callDepth: 2 }));
    expect(await deliver()).toEqual(["done"]);
    const [request] = requests;
    const body = (await request?.text()) ?? "";
    const headers = Object.fromEntries(request?.headers ?? []);
    expect(JSON.parse(body)).toEqual({
      Type: "Notification",
      MessageId,
      TopicArn: TOPIC,
      Subject: "News",
      Message: "hello",
      Timestamp: "2026-01-02T03:04:05.678Z",
      MessageAttributes: { kind: { Type: "String", Value: "new" } },
    });
    expect([request?.method, request?.url, request?.redirect]).toEqual(["POST", "https://hooks.test/a", "manual"]);
    expect(headers).toMatchObject({
      "content-type": "text/plain; charset=UTF-8",
      "stepflare-depth": "3",
      "webhook-id": MessageId,
      "x-amz-sns-message-type": "Notification",
      "x-amz-sns-message-id": MessageId,
      "x-amz-sns-topic-arn": TOPIC,
      "x-amz-sns-subscription-arn": `${TOPIC}:hook`,
    });
    expect(headers).not.toHaveProperty("x-amz-sns-rawdelivery");
    const { "webhook-signature": signature = "" } = headers;
    expect(signature).toMatch(/^v1,/u);
    expect(new Webhook(SECRET).sign(MessageId as string, new Date(AT), body)).toBe(signature);
  });

  test("gets the message alone where it wants it raw", async () => {
    subscribe("hook", { url: "https://hooks.test/" }, { rawMessageDelivery: true });
    await publish({ Message: { a: 1 } });
    await deliver();
    expect(await requests[0]?.text()).toBe('{"a":1}');
    expect(requests[0]?.headers.get("x-amz-sns-rawdelivery")).toBe("true");
  });

  test.each<[string, () => Response]>([
    ["an error", () => new Response("", { status: 500 })],
    ["a redirect", () => new Response("", { status: 302, headers: { location: "/" } })],
    [
      "nothing",
      () => {
        throw new Error("connection refused");
      },
    ],
  ])("that answers %s gets it again, with growing pauses, and then no more", async (_, answer) => {
    subscribe("hook", { url: "https://hooks.test/" });
    webhookAnswer = answer;
    for (const [attempts, fate] of [
      [1, 2],
      [5, 32],
      [14, 3_600],
      [15, "done"],
    ] as const) {
      await publish({});
      expect(await deliver(attempts)).toEqual([fate]);
    }
    expect(defects).toEqual([
      expect.stringMatching(/^message .* of the topic news was not taken by hook, 15 times: /u),
    ]);
  });

  test("whose secret no key opens is not called", async () => {
    subscribe("hook", { url: "https://hooks.test/" }, {}, false);
    await publish({});
    expect(await deliver()).toEqual([2]);
    expect(requests).toEqual([]);
  });

  test("is not called where calls have led to each other too often", async () => {
    subscribe("hook", { url: "https://hooks.test/" });
    await publish({}, { callDepth: 5 });
    expect(await deliver()).toEqual([2]);
    expect(requests).toEqual([]);
  });

  test("that was deleted meanwhile hears nothing; one that became a queue neither", async () => {
    subscribe("hook", { url: "https://hooks.test/" });
    await publish({});
    topics.set("news", []);
    expect(await deliver()).toEqual(["done"]);
    subscribe("hook", { url: "https://hooks.test/" });
    await publish({});
    topics.set("news", []);
    subscribe("hook", { queue: "q" });
    expect(await deliver()).toEqual(["done"]);
    expect(requests).toEqual([]);
  });
});

describe("a queue", () => {
  test("gets the notification as a message's body, and at once", async () => {
    subscribe("mine", { queue: "q" });
    const { MessageId } = outputOf(
      await publish({ MessageAttributes: { a: { DataType: "String", StringValue: "x" } } }),
    );
    const [delivery] = world.delivered;
    expect(delivery?.body.delivery).toMatchObject({ queue: "q", message: { attributes: {}, sentAt: AT } });
    const { message } = delivery!.body.delivery as { message: { body: string; messageId: string } };
    expect(message.messageId).not.toBe(MessageId);
    expect(JSON.parse(message.body)).toMatchObject({ MessageId, Message: "hello", MessageAttributes: { a: {} } });
  });

  test("gets the message and its attributes where it wants it raw", async () => {
    subscribe("mine", { queue: "q" }, { rawMessageDelivery: true });
    const MessageAttributes = { a: { DataType: "String", StringValue: "x" } };
    await publish({ MessageAttributes });
    expect(world.delivered[0]?.body.delivery).toMatchObject({
      message: { body: "hello", attributes: MessageAttributes },
    });
  });

  test("that there is not is passed over with a word in the log; the others get it", async () => {
    subscribe("gone", { queue: "none" });
    subscribe("lost", { queue: "unbound" });
    subscribe("hook", { url: "https://hooks.test/" });
    outputOf(await publish({}));
    expect(await deliver()).toEqual(["done"]);
    expect(defects).toEqual([
      expect.stringContaining("queue none: no such queue"),
      expect.stringContaining("QUEUES leads"),
    ]);
  });
});

describe("a function", () => {
  test("gets Lambda's event for SNS", async () => {
    subscribe("work", { function: "count" });
    const { MessageId } = outputOf(await publish({}, { traceHeader: "Root=1", callDepth: 1 }));
    expect(await deliver(2)).toEqual(["done"]);
    expect(calls).toEqual([
      {
        name: "count",
        event: {
          Records: [
            {
              EventSource: "aws:sns",
              EventVersion: "1.0",
              EventSubscriptionArn: `${TOPIC}:work`,
              Sns: {
                Type: "Notification",
                MessageId,
                TopicArn: TOPIC,
                Subject: null,
                Message: "hello",
                Timestamp: "2026-01-02T03:04:05.678Z",
                MessageAttributes: {},
              },
            },
          ],
        },
        call: {
          executionArn: TOPIC,
          stateName: "",
          retryCount: 1,
          idempotencyKey: expect.stringMatching(UUID),
          traceHeader: "Root=1",
          callDepth: 1,
          maxPayloadBytes: 65_536,
        },
      },
    ]);
  });

  test("that fails gets it again", async () => {
    subscribe("work", { function: "count" });
    functionAnswer = { ok: false, failure: { error: "Oops", cause: "why" } };
    await publish({});
    expect(await deliver()).toEqual([2]);
  });
});

describe("an e-mail", () => {
  test("has the message as its text", async () => {
    subscribe("ann", { email: "ann@example.com" });
    const { MessageId } = outputOf(await publish({ Subject: "News" }));
    expect(await deliver()).toEqual(["done"]);
    expect(mails).toEqual([
      {
        from: { name: "Stepflare", email: "stepflare@example.com" },
        to: [{ name: "", email: "ann@example.com" }],
        cc: [],
        bcc: [],
        subject: "News",
        text: "hello",
        headers: { "X-Stepflare-Message-Id": MessageId },
      },
    ]);
  });

  test("is sent again where it could not be", async () => {
    subscribe("ann", { email: "ann@example.com" });
    mailAnswer = { kind: "refused", code: "E_RATE_LIMIT_EXCEEDED", message: "too many" };
    await publish({});
    expect(await deliver()).toEqual([2]);
    mailFrom = undefined;
    await publish({});
    expect(await deliver()).toEqual([2]);
    expect(mails).toHaveLength(1);
  });
});

test("subscribers hear of what their policies let through, by protocol", async () => {
  subscribe("cheap", { url: "https://hooks.test/cheap" }, { filterPolicy: { price: [{ numeric: ["<", 10] }] } });
  subscribe("dear", { url: "https://hooks.test/dear" }, { filterPolicy: { price: [{ numeric: [">=", 10] }] } });
  subscribe("body", { function: "f" }, { filterPolicy: { a: [1] }, filterPolicyScope: "MessageBody" });
  const MessageAttributes = { price: { DataType: "Number", StringValue: "12" } };
  await publish({ Message: { a: 1 }, MessageAttributes });
  expect(await deliver()).toEqual(["done", "done"]);
  expect(requests.map(({ url }) => url)).toEqual(["https://hooks.test/dear"]);
  expect(calls).toHaveLength(1);
});

test("a message of structure json is another one for each protocol", async () => {
  subscribe("hook", { url: "https://hooks.test/" }, { rawMessageDelivery: true });
  subscribe("ann", { email: "ann@example.com" });
  subscribe("mine", { queue: "bound" }, { rawMessageDelivery: true });
  const Message = { default: "for all", email: "for people", sqs: 7 };
  outputOf(await publish({ MessageStructure: "json", Message }));
  await deliver();
  expect(await requests[0]?.text()).toBe("for all");
  expect(mails).toMatchObject([{ text: "for people" }]);
  expect(world.bound).toMatchObject([[{ body: { body: "for all" } }]]);
});

test("a large message lies in R2, for each subscriber by itself, until it was delivered", async () => {
  subscribe("one", { url: "https://hooks.test/1" }, { rawMessageDelivery: true });
  subscribe("two", { url: "https://hooks.test/2" }, { rawMessageDelivery: true });
  const Message = "x".repeat(200_000);
  await publish({ Message });
  expect(world.objects.held.size).toBe(2);
  expect(await deliver()).toEqual(["done", "done"]);
  expect(await requests[1]?.text()).toBe(Message);
  expect(world.objects.held.size).toBe(0);
});

test("a .fifo topic hands group and deduplication on, and answers a sequence number", async () => {
  topics.set("rows.fifo", [
    {
      topic: "rows.fifo",
      name: "mine",
      target: { queue: "bound" },
      filterPolicyScope: "MessageBody",
      rawMessageDelivery: true,
      createdAt: AT,
    },
  ]);
  const fifo = { TopicArn: TOPIC.replace("news", "rows.fifo"), MessageGroupId: "g", MessageDeduplicationId: "d" };
  expect(outputOf(await publish(fifo))).toMatchObject({ SequenceNumber: expect.stringMatching(/^\d{20}$/u) });
  expect(world.bound).toMatchObject([[{ body: { attributes: { MessageGroupId: "g", MessageDeduplicationId: "d" } } }]]);
});

describe("what SNS does not take", () => {
  const attribute = (DataType: string): JsonObject => ({ a: { DataType, StringValue: "x" } });
  test.each<[string, JsonObject, string, string]>([
    [
      "no topic",
      { TopicArn: null },
      "InvalidParameter",
      "Invalid parameter: TopicArn or TargetArn Reason: no value for required parameter",
    ],
    [
      "a name in place of an ARN",
      { TopicArn: "news" },
      "InvalidParameter",
      "Invalid parameter: TopicArn Reason: An ARN must have at least 6 elements, not 1",
    ],
    [
      "an ARN of something else",
      { TargetArn: "arn:aws:sqs:us-east-1:123456789012:news", TopicArn: null },
      "InvalidParameter",
      "Invalid parameter: TargetArn Reason: arn:aws:sqs:us-east-1:123456789012:news is not the ARN of a topic",
    ],
    ["an empty message", { Message: "" }, "InvalidParameter", "Invalid parameter: Empty message"],
    [
      "a message that is too long",
      { Message: "x".repeat(262_145) },
      "InvalidParameter",
      "Invalid parameter: Message too long",
    ],
    ["a subject of two lines", { Subject: "a\nb" }, "InvalidParameter", "Invalid parameter: Subject"],
    ["a subject that is too long", { Subject: "x".repeat(101) }, "InvalidParameter", "Invalid parameter: Subject"],
    [
      "a structure that there is not",
      { MessageStructure: "xml" },
      "InvalidParameter",
      "Invalid parameter: MessageStructure Reason: it may only be json",
    ],
    [
      "no JSON",
      { MessageStructure: "json" },
      "InvalidParameter",
      "Invalid parameter: Message Structure - JSON message body failed to parse",
    ],
    [
      "JSON without a default",
      { MessageStructure: "json", Message: { sqs: "x" } },
      "InvalidParameter",
      "Invalid parameter: Message Structure - No default entry in JSON message body",
    ],
    [
      "a .fifo topic without a group",
      { TopicArn: TOPIC.replace("news", "rows.fifo") },
      "InvalidParameter",
      "Invalid parameter: The MessageGroupId parameter is required for FIFO topics",
    ],
    [
      "a .fifo topic without a deduplication id",
      { TopicArn: TOPIC.replace("news", "rows.fifo"), MessageGroupId: "g" },
      "InvalidParameter",
      "Invalid parameter: The topic should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly",
    ],
    [
      "a deduplication id of another topic",
      { MessageDeduplicationId: "d" },
      "InvalidParameter",
      "Invalid parameter: MessageDeduplicationId Reason: The request includes MessageDeduplicationId parameter that is not valid for this topic type",
    ],
    [
      "a type of attribute that there is not",
      { MessageAttributes: attribute("Text") },
      "InvalidParameterValue",
      "Invalid parameter value: The message attribute 'a' has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String.",
    ],
  ])("%s", async (_, parameters, code, message) => {
    const { error, cause } = failureOf(await publish(parameters));
    const details = ` (Service: AmazonSNS; Status Code: 400; Error Code: ${code}; Request ID: `;
    expect(error).toBe(`SNS.${code}Exception`);
    expect(cause?.slice(0, message.length + details.length)).toBe(message + details);
  });

  test("no message at all", async () => {
    expect(failureOf(await publish({ Message: null }))).toMatchObject({ error: "SNS.AmazonSNSException" });
  });

  test("a topic that there is not", async () => {
    const TopicArn = TOPIC.replace("news", "none");
    const { error, cause } = failureOf(await publish({ TopicArn }));
    expect(error).toBe("SNS.NotFoundException");
    expect(cause).toMatch(
      new RegExp(
        `^Topic does not exist \\(Service: AmazonSNS; Status Code: 404; Error Code: NotFound; Request ID: ${REQUEST_ID}; Proxy: null\\)$`,
        "u",
      ),
    );
    const sdk = failureOf(await perform("aws-sdk:sns:publish", { TopicArn, Message: "x" }));
    expect(sdk.error).toBe("Sns.NotFoundException");
    expect(sdk.cause).toMatch(
      new RegExp(
        `^Topic does not exist \\(Service: Sns, Status Code: 404, Request ID: ${REQUEST_ID}\\) \\(SDK Attempt Count: 1\\)$`,
        "u",
      ),
    );
  });

  test.each<[JsonObject, string]>([
    [{ TopicArn: null, PhoneNumber: "+32470000000" }, "it sends no text messages"],
    [{ Messages: "x" }, "The field 'Messages' is not supported by Stepflare"],
    [{ Subject: 7 }, "The value for the field 'Subject' must be a STRING"],
  ])("%j", async (parameters, text) => {
    expect(failureOf(await publish(parameters))).toMatchObject({
      error: "States.Runtime",
      cause: expect.stringContaining(text),
    });
  });

  test("an action that there is not", async () => {
    expect(await perform("aws-sdk:sns:createTopic", {})).toBeUndefined();
  });
});
