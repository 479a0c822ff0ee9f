/** Queues that need no binding: how they are made, and what is refused. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { queueNameOf } from "../../src/runtime/queues/queue-name.ts";
import { readQueues } from "../../src/runtime/queues/settings.ts";
import { Fixture, START } from "./fixture.ts";
import { RestClient } from "./rest-client.ts";

let api: Fixture;
let rest: RestClient;

beforeEach(async () => {
  api = new Fixture();
  rest = await RestClient.of((path, init) => api.fetch(path, init));
});

afterEach(() => rest.close());

const SHOWN = {
  name: "orders",
  arn: "arn:aws:sqs:us-east-1:123456789012:orders",
  url: "https://sqs.us-east-1.amazonaws.com/123456789012/orders",
  function: "work",
  batchSize: 10,
  delaySeconds: 0,
  visibilityTimeoutSeconds: 30,
  maxReceiveCount: 5,
  createdAt: new Date(START).toISOString(),
};

test("a queue needs a function, and nothing else", async () => {
  const { status, body } = await rest.call("PUT", "/api/queues/orders", { function: "work" });
  expect([status, body]).toEqual([200, SHOWN]);
  expect((await rest.call("GET", "/api/queues/orders")).body).toEqual(SHOWN);
  expect((await rest.call("GET", "/api/queues")).body).toEqual({ queues: [SHOWN] });
});

test("a change replaces everything but when it was made", async () => {
  await rest.call("PUT", "/api/queues/dead", { function: "bury" });
  await rest.call("PUT", "/api/queues/orders", { function: "work", batchSize: 1, deadLetterQueue: "dead" });
  api.at += 1_000;
  const wish = { function: "other:1", delaySeconds: 5, visibilityTimeoutSeconds: 0, maxReceiveCount: 1 };
  const { body } = await rest.call("PUT", "/api/queues/orders", wish);
  expect(body).toEqual({ ...SHOWN, ...wish });
});

test("a queue that was deleted is gone", async () => {
  await rest.call("PUT", "/api/queues/orders", { function: "work" });
  expect((await rest.call("DELETE", "/api/queues/orders")).status).toBe(204);
  expect((await rest.call("DELETE", "/api/queues/orders")).status).toBe(404);
  expect((await rest.call("GET", "/api/queues/orders")).status).toBe(404);
});

test("the list has pages", async () => {
  for (const name of ["c", "a", "b"]) await rest.call("PUT", `/api/queues/${name}`, { function: "work" });
  const first = (await rest.call("GET", "/api/queues?limit=2")).body;
  expect(first.queues.map((x: { name: string }) => x.name)).toEqual(["a", "b"]);
  const second = (await rest.call("GET", `/api/queues?limit=2&cursor=${first.nextCursor}`)).body;
  expect(second.queues.map((x: { name: string }) => x.name)).toEqual(["c"]);
});

test("a dead letter queue may be a queue of one's own", async () => {
  const wish = { function: "work", deadLetterQueue: "bound" };
  expect((await rest.call("PUT", "/api/queues/orders", wish)).status).toBe(200);
});

test("where there is no queue to carry the messages, none can be made", async () => {
  api.queues = ["MY_QUEUE"];
  const { status, body } = await rest.call("PUT", "/api/queues/orders", { function: "work" });
  expect([status, body.detail]).toEqual([501, expect.stringContaining("MESSAGES_QUEUE")]);
});

test("a queue of one's own is not made anew", async () => {
  const { status, body } = await rest.call("PUT", "/api/queues/bound", { function: "work" });
  expect([status, body.detail]).toEqual([409, "QUEUES leads 'bound' to the queue binding 'MY_QUEUE'"]);
});

test.each<[string, object, string]>([
  ["no function", {}, "/function"],
  ["a function that can be none", { function: "a b" }, "/function"],
  ["a function that is no text", { function: 7 }, "/function"],
  ["a batch of none", { function: "f", batchSize: 0 }, "/batchSize"],
  ["a batch of eleven", { function: "f", batchSize: 11 }, "/batchSize"],
  ["half a message", { function: "f", batchSize: 1.5 }, "/batchSize"],
  ["a delay that is too long", { function: "f", delaySeconds: 901 }, "/delaySeconds"],
  ["more tries than the platform makes", { function: "f", maxReceiveCount: 101 }, "/maxReceiveCount"],
  ["a time in words", { function: "f", visibilityTimeoutSeconds: "1 hour" }, "/visibilityTimeoutSeconds"],
  ["itself as dead letter queue", { function: "f", deadLetterQueue: "orders" }, "/deadLetterQueue"],
  ["a dead letter queue that there is not", { function: "f", deadLetterQueue: "none" }, "/deadLetterQueue"],
  ["a dead letter queue that can be none", { function: "f", deadLetterQueue: "a b" }, "/deadLetterQueue"],
  ["an unknown member", { function: "f", fifo: true }, "/fifo"],
])("%s", async (_, wish, pointer) => {
  const { status, body } = await rest.call("PUT", "/api/queues/orders", wish);
  expect([status, body.errors[0].pointer]).toEqual([400, pointer]);
});

test.each(["a b", "a.b", "x".repeat(81)])("the name %s", async (name) => {
  expect((await rest.call("PUT", `/api/queues/${encodeURIComponent(name)}`, { function: "f" })).status).toBe(400);
});

describe("the setting QUEUES", () => {
  test("is a table or its JSON", () => {
    expect(readQueues({ orders: "ORDERS" })).toEqual({ orders: "ORDERS" });
    expect(readQueues('{"rows.fifo":"ROWS"}')).toEqual({ "rows.fifo": "ROWS" });
    expect(readQueues("")).toEqual({});
    expect(readQueues(undefined)).toEqual({});
  });

  test.each(["orders", "[]", "7", '{"orders":7}', '{"a b":"ORDERS"}', '{"orders":"STATUS_QUEUE"}'])(
    "is not %s",
    (given) => {
      expect(() => readQueues(given)).toThrow(/^QUEUES must be a JSON object/u);
    },
  );
});

test.each([
  ["https://sqs.us-east-1.amazonaws.com/123456789012/rows.fifo", "rows.fifo"],
  ["https://sqs.us-east-1.amazonaws.com/123456789012/rows.fifo?x=1", "rows.fifo"],
  ["https://sqs.us-east-1.amazonaws.com/rows", undefined],
  ["https://sqs.us-east-1.amazonaws.com/123456789012/a/b", undefined],
  ["arn:aws:sqs:us-east-1:123456789012:a b", undefined],
  ["arn:aws:sns:us-east-1:123456789012:rows", undefined],
  ["", undefined],
])("%s names the queue %s", (text, name) => {
  expect(queueNameOf(text)).toBe(name);
});
