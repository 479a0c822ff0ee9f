/** Topics and who hears of what is published there: how they are made, and what is refused. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { findTopicSubscription, readTopic } from "../../src/runtime/topics/topics.ts";
import { Fixture, START } from "./fixture.ts";
import { RestClient } from "./rest-client.ts";

const ARN = "arn:aws:sns:us-east-1:123456789012:news";
const URL_ = "https://hooks.test/news";
const SECRET = `whsec_${btoa("0123456789abcdef0123456789abcdef")}`;
const AT = new Date(START).toISOString();
const PATH = "/api/topics/news/subscriptions";

let api: Fixture;
let rest: RestClient;

beforeEach(async () => {
  api = new Fixture();
  rest = await RestClient.of((path, init) => api.fetch(path, init));
  await rest.call("PUT", "/api/topics/news", {});
});

afterEach(() => rest.close());

const secretOf = async (name: string): Promise<string | undefined> =>
  (await findTopicSubscription(api.context.db, api.context.sealer, "news", name))?.secret;

test("a topic is a name; making it again changes nothing", async () => {
  const shown = { name: "news", arn: ARN, createdAt: AT };
  api.at += 1_000;
  expect((await rest.call("PUT", "/api/topics/news", {})).body).toEqual(shown);
  expect((await rest.call("GET", "/api/topics/news")).body).toEqual(shown);
  expect((await rest.call("GET", "/api/topics")).body).toEqual({ topics: [shown] });
});

test("a topic is deleted with its subscriptions", async () => {
  await rest.call("PUT", `${PATH}/a`, { url: URL_ });
  expect((await rest.call("DELETE", "/api/topics/news")).status).toBe(204);
  expect((await rest.call("DELETE", "/api/topics/news")).status).toBe(404);
  expect((await rest.call("GET", "/api/topics/news")).status).toBe(404);
  expect((await rest.call("GET", PATH)).status).toBe(404);
  await rest.call("PUT", "/api/topics/news", {});
  expect((await rest.call("GET", PATH)).body).toEqual({ subscriptions: [] });
});

test("the list of topics has pages", async () => {
  for (const name of ["c", "a", "b"]) await rest.call("PUT", `/api/topics/${name}`, {});
  const first = (await rest.call("GET", "/api/topics?limit=2")).body;
  expect(first.topics.map((x: { name: string }) => x.name)).toEqual(["a", "b"]);
  const second = (await rest.call("GET", `/api/topics?limit=2&cursor=${first.nextCursor}`)).body;
  expect(second.topics.map((x: { name: string }) => x.name)).toEqual(["c", "news"]);
});

test("a webhook is subscribed with a secret that is made for it, and shown once", async () => {
  const { body } = await rest.call("PUT", `${PATH}/hook`, { url: URL_ });
  const shown = {
    name: "hook",
    arn: `${ARN}:hook`,
    url: URL_,
    filterPolicyScope: "MessageAttributes",
    rawMessageDelivery: false,
    createdAt: AT,
  };
  expect(body).toEqual({ ...shown, secret: expect.stringMatching(/^whsec_[\w+/]{43}=$/u) });
  expect((await rest.call("GET", `${PATH}/hook`)).body).toEqual(shown);
  expect((await rest.call("GET", PATH)).body).toEqual({ subscriptions: [shown] });
});

test("a change keeps the secret and the day; a given one is taken and never shown", async () => {
  const made = (await rest.call("PUT", `${PATH}/a`, { url: URL_ })).body.secret;
  api.at += 1_000;
  const changed = await rest.call("PUT", `${PATH}/a`, { url: `${URL_}/2`, rawMessageDelivery: true });
  expect(changed.body).toMatchObject({ url: `${URL_}/2`, rawMessageDelivery: true, createdAt: AT });
  expect(await secretOf("a")).toBe(made);
  expect((await rest.call("PUT", `${PATH}/a`, { url: URL_, secret: SECRET })).text).not.toContain("whsec_");
  expect(await secretOf("a")).toBe(SECRET);
  await rest.call("PUT", `${PATH}/a`, { queue: "bound" });
  expect(await secretOf("a")).toBeUndefined();
});

test("queues, functions and addresses are subscribed, with policies", async () => {
  const filterPolicy = { kind: ["new", { prefix: "old-" }] };
  const wishes = [
    { queue: "bound", rawMessageDelivery: true },
    { function: "count", filterPolicy },
    { email: "ann@example.com", filterPolicy: { a: { b: [1] } }, filterPolicyScope: "MessageBody" },
  ];
  for (const [i, wish] of wishes.entries()) {
    const { status, body } = await rest.call("PUT", `${PATH}/s${i}`, wish);
    expect([status, body]).toEqual([200, expect.objectContaining(wish)]);
  }
  const stored = await readTopic(api.context.db, "news");
  expect(stored?.map(({ target }) => target)).toEqual([
    { queue: "bound" },
    { function: "count" },
    { email: "ann@example.com" },
  ]);
});

test("a subscription that was ended is gone", async () => {
  await rest.call("PUT", `${PATH}/a`, { url: URL_ });
  expect((await rest.call("DELETE", `${PATH}/a`)).status).toBe(204);
  expect((await rest.call("DELETE", `${PATH}/a`)).status).toBe(404);
  expect((await rest.call("GET", `${PATH}/a`)).status).toBe(404);
});

test("a topic may have 100 subscriptions, and those that are there can be changed", async () => {
  for (let n = 0; n < 100; n++) await rest.call("PUT", `${PATH}/n${n}`, { function: "f" });
  expect((await rest.call("PUT", `${PATH}/more`, { function: "f" })).status).toBe(409);
  expect((await rest.call("PUT", `${PATH}/n7`, { function: "g" })).status).toBe(200);
});

test("of a topic that there is not", async () => {
  expect((await rest.call("PUT", "/api/topics/none/subscriptions/a", { function: "f" })).status).toBe(404);
  expect((await rest.call("GET", "/api/topics/none/subscriptions")).status).toBe(404);
});

test("where there is no queue to carry the messages, no topic can be made", async () => {
  api.queues = ["MY_QUEUE"];
  const { status, body } = await rest.call("PUT", "/api/topics/a", {});
  expect([status, body.detail]).toEqual([501, expect.stringContaining("MESSAGES_QUEUE")]);
});

describe("what is refused, and where it is wrong", () => {
  test.each<[string, object, string]>([
    ["no target", {}, ""],
    ["two targets", { url: URL_, queue: "bound" }, ""],
    ["http to another machine", { url: "http://hooks.test/" }, "/url"],
    ["credentials in the URL", { url: "https://me:secret@hooks.test/" }, "/url"],
    ["a queue that there is not", { queue: "none" }, "/queue"],
    ["a queue that is no text", { queue: 7 }, "/queue"],
    ["a function that can be none", { function: "a b" }, "/function"],
    ["no address", { email: "ann" }, "/email"],
    ["an address with a name", { email: "Ann <ann@example.com>" }, "/email"],
    ["a secret of a queue", { queue: "bound", secret: SECRET }, "/secret"],
    ["a secret that is none", { url: URL_, secret: "whsec_!!!!" }, "/secret"],
    ["a function that wants it raw", { function: "f", rawMessageDelivery: true }, "/rawMessageDelivery"],
    ["a wish that is no flag", { url: URL_, rawMessageDelivery: "yes" }, "/rawMessageDelivery"],
    ["a scope that there is not", { url: URL_, filterPolicyScope: "Body" }, "/filterPolicyScope"],
    ["a policy that is none", { url: URL_, filterPolicy: { kind: "new" } }, "/filterPolicy"],
    ["an unknown member", { url: URL_, protocol: "https" }, "/protocol"],
  ])("%s", async (_, wish, pointer) => {
    const { status, body } = await rest.call("PUT", `${PATH}/a`, wish);
    expect([status, body.errors[0].pointer]).toEqual([400, pointer]);
  });

  test("a name that is none", async () => {
    expect((await rest.call("PUT", `${PATH}/a%20b`, { url: URL_ })).status).toBe(400);
    expect((await rest.call("PUT", "/api/topics/a.b", {})).status).toBe(400);
    expect((await rest.call("PUT", "/api/topics/a", { displayName: "A" })).status).toBe(400);
  });
});
