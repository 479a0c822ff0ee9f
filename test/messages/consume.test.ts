/** Messages that arrive for queues: which calls of functions they become, and what becomes of those that fail. */
import { beforeEach, describe, expect, test } from "vitest";
import type { Json } from "../../src/asl/json.ts";
import { DEFAULT_ARN_CONFIG } from "../../src/runtime/arn.ts";
import { consumeDeliveries, type QueuedDelivery } from "../../src/runtime/messages/consume.ts";
import { sendDeliveries } from "../../src/runtime/messages/delivery.ts";
import type { QueueMessage } from "../../src/runtime/queues/queue-message.ts";
import type { FunctionCall, FunctionResult } from "../../src/runtime/tasks/functions.ts";
import { AT, planOf, World } from "./words.ts";

interface Called {
  readonly name: string;
  readonly records: readonly (Readonly<Record<string, Json>> & { readonly messageId: string })[];
  readonly call: FunctionCall;
}

/** What became of a message. */
type Fate = "open" | "done" | number;

let world: World;
let calls: Called[];
let defects: string[];
let answer: (called: Called) => FunctionResult | Promise<FunctionResult>;

/** Of topics, which these tests are not about. */
const NO_SUBSCRIBERS = {
  now: () => AT,
  findSubscription: async () => undefined,
  post: async () => new Response(),
  sendMail: async () => ({ kind: "sent", messageId: undefined }) as const,
  mailFrom: undefined,
};

const OK: FunctionResult = { ok: true, text: "null", executedVersion: "$LATEST" };
const FAILED: FunctionResult = { ok: false, failure: { error: "Oops", cause: "why" } };
const answers = (value: Json): FunctionResult => ({ ...OK, text: JSON.stringify(value) });
const items = (...ids: readonly Json[]): FunctionResult =>
  answers({ batchItemFailures: ids.map((itemIdentifier) => ({ itemIdentifier })) });

beforeEach(() => {
  world = new World([planOf("q"), planOf("other", { function: "others", batchSize: 2 })]);
  calls = [];
  defects = [];
  answer = () => OK;
});

const messageOf = (messageId: string, more: Partial<QueueMessage> = {}): QueueMessage => ({
  messageId,
  body: `body of ${messageId}`,
  attributes: {},
  sentAt: AT,
  ...more,
});

/** Delivers them in one batch. */
async function deliver(
  messages: readonly (readonly [queue: string, message: QueueMessage])[],
  attempts = 1,
): Promise<Fate[]> {
  const sent = world.deliveries.length;
  await sendDeliveries(
    messages.map(([queue, message]) => ({ delivery: { queue, message } })),
    world.deliveryQueue,
  );
  const arrived = world.deliveries.splice(sent).flat() as unknown as readonly Pick<QueuedDelivery, "body">[];
  return deliverAgain(arrived, attempts);
}

async function deliverAgain(arrived: readonly Pick<QueuedDelivery, "body">[], attempts: number): Promise<Fate[]> {
  const fates: Fate[] = arrived.map(() => "open");
  const queued = arrived.map(({ body }, i) => ({
    body,
    attempts,
    ack: () => void (fates[i] = "done"),
    retry: ({ delaySeconds }: { readonly delaySeconds: number }) => void (fates[i] = delaySeconds),
  }));
  await consumeDeliveries(queued, {
    config: DEFAULT_ARN_CONFIG,
    queues: world.queues,
    objects: world.objects,
    findPlan: async (name) => world.plans.get(name),
    ...NO_SUBSCRIBERS,
    invoke: async (name, payload, call) => {
      const called = { name, records: (JSON.parse(payload) as { Records: Called["records"] }).Records, call };
      calls.push(called);
      return answer(called);
    },
    logDefect: (message) => defects.push(message),
  });
  return fates;
}

test("messages of a queue are one call, of Lambda's event for SQS", async () => {
  const attributes = { n: { DataType: "Number", StringValue: "7" } };
  const fates = await deliver([
    ["q", messageOf("a", { attributes, groupId: "g", deduplicationId: "d", traceHeader: "Root=1" })],
    ["q", messageOf("b")],
  ]);
  expect(fates).toEqual(["done", "done"]);
  expect(calls).toHaveLength(1);
  expect(calls[0]?.name).toBe("work");
  expect(calls[0]?.records[0]).toEqual({
    messageId: "a",
    receiptHandle: "a",
    body: "body of a",
    attributes: {
      ApproximateReceiveCount: "1",
      SentTimestamp: String(AT),
      SenderId: "123456789012",
      MessageGroupId: "g",
      MessageDeduplicationId: "d",
      AWSTraceHeader: "Root=1",
    },
    messageAttributes: { n: { stringValue: "7", stringListValues: [], binaryListValues: [], dataType: "Number" } },
    md5OfBody: expect.stringMatching(/^[\da-f]{32}$/u),
    md5OfMessageAttributes: expect.stringMatching(/^[\da-f]{32}$/u),
    eventSource: "aws:sqs",
    eventSourceARN: "arn:aws:sqs:us-east-1:123456789012:q",
    awsRegion: "us-east-1",
  });
  expect(calls[0]?.records[1]?.["messageId"]).toBe("b");
});

test("queues are called apart, and with as many messages as each allows", async () => {
  const others = ["a", "b", "c"].map((id) => ["other", messageOf(id)] as const);
  await deliver([["q", messageOf("x")], ...others]);
  const shown = calls.map(({ name, records }) => `${name}: ${records.map(({ messageId }) => messageId).join(" ")}`);
  expect(new Set(shown)).toEqual(new Set(["others: a b", "others: c", "work: x"]));
});

test("a message alone is called under its own id; a batch under another, the same each time", async () => {
  await deliver([["q", messageOf("a", { callDepth: 2, traceHeader: "Root=1" })]]);
  expect(calls[0]?.call).toMatchObject({ idempotencyKey: "a", retryCount: 0, callDepth: 2, traceHeader: "Root=1" });
  const both = [
    ["q", messageOf("a")],
    ["q", messageOf("b", { callDepth: 3, traceHeader: "Root=1" })],
  ] as const;
  await deliver(both);
  await deliver(both, 2);
  expect(calls[1]?.call.idempotencyKey).toBe(calls[2]?.call.idempotencyKey);
  expect(calls[1]?.call.idempotencyKey).not.toBe("a");
  expect(calls[2]?.call).toMatchObject({ retryCount: 1, callDepth: 3 });
  expect(calls[2]?.call).not.toHaveProperty("traceHeader");
});

describe("a call that fails", () => {
  const three = ["a", "b", "c"].map((id) => ["q", messageOf(id)] as const);

  test.each<[string, FunctionResult, Fate[]]>([
    ["throws", FAILED, [30, 30, 30]],
    ["names one", items("b"), ["done", 30, "done"]],
    ["names none", items(), ["done", "done", "done"]],
    ["answers something else", answers({ statusCode: 500 }), ["done", "done", "done"]],
    ["answers null for the failures", answers({ batchItemFailures: null }), ["done", "done", "done"]],
    ["names one that there is not", items("x"), [30, 30, 30]],
    ["names an empty id", items("a", ""), [30, 30, 30]],
    ["names what is no id", items("a", null), [30, 30, 30]],
    ["names something that is no list", answers({ batchItemFailures: "a" }), [30, 30, 30]],
  ])("%s", async (_, result, fates) => {
    answer = () => result;
    expect(await deliver(three)).toEqual(fates);
  });

  test("is made again after the queue's visibility timeout", async () => {
    world.plans.set("q", planOf("q", { visibilityTimeoutSeconds: 7 }));
    answer = () => FAILED;
    expect(await deliver([["q", messageOf("a")]], 2)).toEqual([7]);
  });

  test("is given up after as many times as the queue says, with a word in the log", async () => {
    answer = () => FAILED;
    expect(await deliver([["q", messageOf("a")]], 3)).toEqual(["done"]);
    expect(defects).toEqual(["message a of the queue q was given up after 3 times"]);
  });

  test("goes to the dead letter queue, as the same message", async () => {
    world.plans.set("q", planOf("q", { deadLetterQueue: "other" }));
    answer = () => FAILED;
    const message = messageOf("a", { groupId: "g" });
    expect(await deliver([["q", { ...message, delaySeconds: 60 }]], 3)).toEqual(["done"]);
    expect(world.delivered).toEqual([
      { body: { version: 1, delivery: { queue: "other", message: { ...message, deadOf: "q" } } } },
    ]);
    expect(defects).toEqual([]);
  });

  test("of a dead letter is told where it came from, and is not sent on once more", async () => {
    world.plans.set("other", planOf("other", { deadLetterQueue: "q" }));
    answer = () => FAILED;
    expect(await deliver([["other", messageOf("a", { deadOf: "q" })]], 3)).toEqual(["done"]);
    expect(calls[0]?.records[0]?.["attributes"]).toMatchObject({
      DeadLetterQueueSourceArn: "arn:aws:sqs:us-east-1:123456789012:q",
    });
    expect(world.delivered).toEqual([]);
    expect(defects).toHaveLength(1);
  });

  test("whose dead letter queue is gone is dropped, and the log says so", async () => {
    world.plans.set("q", planOf("q", { deadLetterQueue: "gone" }));
    answer = () => FAILED;
    expect(await deliver([["q", messageOf("a")]], 3)).toEqual(["done"]);
    expect(defects[0]).toContain("could not go to the dead letter queue gone: no such queue");
  });
});

test("messages of a queue that was deleted are dropped", async () => {
  expect(await deliver([["gone", messageOf("a")]])).toEqual(["done"]);
  expect(calls).toEqual([]);
});

test("an outage is nobody's failure: the message comes again, however often it has come", async () => {
  answer = () => {
    throw new Error("Network connection lost.");
  };
  expect(await deliver([["q", messageOf("a")]], 3)).toEqual([8]);
  expect(await deliver([["q", messageOf("a")]], 50)).toEqual([600]);
});

test("an outage of one queue keeps the others' messages from nothing", async () => {
  answer = ({ name }) => {
    if (name === "work") throw new Error("Network connection lost.");
    return OK;
  };
  expect(
    await deliver([
      ["q", messageOf("a")],
      ["other", messageOf("b")],
    ]),
  ).toEqual([2, "done"]);
});

describe("a large message", () => {
  const large = messageOf("a", { body: "x".repeat(200_000) });

  test("is read from R2, and deleted there when it was taken", async () => {
    expect(await deliver([["q", large]])).toEqual(["done"]);
    expect(calls[0]?.records[0]?.["body"]).toBe(large.body);
    expect(world.objects.held.size).toBe(0);
  });

  test("stays there while it has failed", async () => {
    answer = () => FAILED;
    expect(await deliver([["q", large]])).toEqual([30]);
    expect(world.objects.held.size).toBe(1);
  });

  test("that is delivered twice does nothing the second time", async () => {
    await sendDeliveries([{ delivery: { queue: "q", message: large } }], world.deliveryQueue);
    const arrived = world.delivered;
    expect(await deliverAgain(arrived, 1)).toEqual(["done"]);
    expect(await deliverAgain(arrived, 2)).toEqual(["done"]);
    expect(calls).toHaveLength(1);
  });

  test("that R2 does not give comes again", async () => {
    world.objects.get = async () => {
      throw new Error("R2 is away");
    };
    expect(await deliver([["q", large]])).toEqual([2]);
  });
});

test("many messages are sent in as few calls as the platform takes", async () => {
  const deliveries = Array.from({ length: 150 }, (_, i) => ({ delivery: { queue: "q", message: messageOf(`m${i}`) } }));
  await sendDeliveries(deliveries, world.deliveryQueue);
  expect(world.deliveries.map((call) => call.length)).toEqual([100, 50]);
  world.deliveries.length = 0;
  const heavy = deliveries.slice(0, 5).map(({ delivery }) => ({
    delivery: { ...delivery, message: { ...delivery.message, body: "x".repeat(100_000) } },
  }));
  await sendDeliveries(heavy, world.deliveryQueue);
  expect(world.deliveries.map((call) => call.length)).toEqual([2, 2, 1]);
});
