/** Subscriptions: who may hear of executions' changes of status, and what nobody is shown again. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { findSubscription } from "../../src/runtime/subscriptions.ts";
import { ACCOUNT, Fixture } from "./fixture.ts";
import { RestClient } from "./rest-client.ts";

const URL_ = "https://hooks.test/executions";
const SECRET = `whsec_${btoa("0123456789abcdef0123456789abcdef")}`;
const MACHINE = `${ACCOUNT}:stateMachine:M`;

let api: Fixture;
let rest: RestClient;

beforeEach(async () => {
  api = new Fixture();
  rest = await RestClient.of((path, init) => api.fetch(path, init));
});

afterEach(() => rest.close());

test("a webhook is subscribed with a secret that is made for it, and shown once", async () => {
  const { body } = await rest.call("PUT", "/api/subscriptions/alarms", { url: URL_ });
  expect(body).toEqual({
    name: "alarms",
    url: URL_,
    createdAt: expect.any(String),
    secret: expect.stringMatching(/^whsec_[\w+/]{43}=$/u),
  });
  const shown = { name: "alarms", url: URL_, createdAt: body.createdAt };
  expect((await rest.call("GET", "/api/subscriptions/alarms")).body).toEqual(shown);
  expect((await rest.call("GET", "/api/subscriptions")).body).toEqual({ subscriptions: [shown] });
});

test("a change keeps the secret; a given one is taken and never shown", async () => {
  const made = (await rest.call("PUT", "/api/subscriptions/a", { url: URL_ })).body.secret;
  const changed = await rest.call("PUT", "/api/subscriptions/a", { url: `${URL_}/2`, statuses: ["FAILED"] });
  expect(changed.body).toMatchObject({ url: `${URL_}/2`, statuses: ["FAILED"] });
  expect(changed.body).not.toHaveProperty("secret");
  expect((await findSubscription(api.context.db, api.context.sealer, "a"))?.secret).toBe(made);
  const given = await rest.call("PUT", "/api/subscriptions/a", { url: URL_, secret: SECRET });
  expect(given.text).not.toContain("whsec_");
  expect((await findSubscription(api.context.db, api.context.sealer, "a"))?.secret).toBe(SECRET);
});

test("a queue is subscribed by the name of its binding, with a filter", async () => {
  const wish = { queue: "MY_QUEUE", stateMachineArns: [MACHINE, MACHINE], statuses: ["FAILED", "TIMED_OUT"] };
  const { body } = await rest.call("PUT", "/api/subscriptions/b", wish);
  expect(body).toEqual({ ...wish, name: "b", stateMachineArns: [MACHINE], createdAt: expect.any(String) });
  expect((await findSubscription(api.context.db, api.context.sealer, "b"))?.secret).toBeUndefined();
});

test("a webhook that becomes a queue loses its secret", async () => {
  await rest.call("PUT", "/api/subscriptions/a", { url: URL_ });
  await rest.call("PUT", "/api/subscriptions/a", { queue: "MY_QUEUE" });
  expect((await findSubscription(api.context.db, api.context.sealer, "a"))?.secret).toBeUndefined();
});

test("a subscription that was deleted is gone", async () => {
  await rest.call("PUT", "/api/subscriptions/a", { url: URL_ });
  expect((await rest.call("DELETE", "/api/subscriptions/a")).status).toBe(204);
  expect((await rest.call("DELETE", "/api/subscriptions/a")).status).toBe(404);
  expect((await rest.call("GET", "/api/subscriptions/a")).status).toBe(404);
});

test("the list has pages", async () => {
  for (const name of ["c", "a", "b"]) await rest.call("PUT", `/api/subscriptions/${name}`, { url: URL_ });
  const first = (await rest.call("GET", "/api/subscriptions?limit=2")).body;
  expect(first.subscriptions.map((x: { name: string }) => x.name)).toEqual(["a", "b"]);
  const second = (await rest.call("GET", `/api/subscriptions?limit=2&cursor=${first.nextCursor}`)).body;
  expect(second.subscriptions.map((x: { name: string }) => x.name)).toEqual(["c"]);
});

test("there may be 100, and those that are there can be changed", async () => {
  for (let n = 0; n < 100; n++) {
    expect((await rest.call("PUT", `/api/subscriptions/n${n}`, { queue: "MY_QUEUE" })).status).toBe(200);
  }
  expect((await rest.call("PUT", "/api/subscriptions/more", { queue: "MY_QUEUE" })).status).toBe(409);
  expect((await rest.call("PUT", "/api/subscriptions/n7", { queue: "MY_QUEUE", statuses: ["FAILED"] })).status).toBe(
    200,
  );
});

test("where there is no queue to tell subscribers by, nobody can subscribe", async () => {
  api.queues = ["MY_QUEUE"];
  const { status, body } = await rest.call("PUT", "/api/subscriptions/a", { url: URL_ });
  expect([status, body.detail]).toEqual([501, expect.stringContaining("EVENTS_QUEUE")]);
});

describe("what is refused, and where it is wrong", () => {
  test.each<[string, object, string]>([
    ["neither target", {}, ""],
    ["two targets", { url: URL_, queue: "MY_QUEUE" }, ""],
    ["http to another machine", { url: "http://hooks.test/" }, "/url"],
    ["http to another machine with a loopback's name in it", { url: "http://localhost.hooks.test/" }, "/url"],
    ["another scheme", { url: "ftp://hooks.test/" }, "/url"],
    ["credentials in the URL", { url: "https://me:secret@hooks.test/" }, "/url"],
    ["no URL", { url: 7 }, "/url"],
    ["a URL that is too long", { url: URL_ + "x".repeat(2048) }, "/url"],
    ["no binding", { queue: "my-queue" }, "/queue"],
    ["a binding that there is not", { queue: "OTHER_QUEUE" }, "/queue"],
    ["a queue of Stepflare's own", { queue: "STATUS_QUEUE" }, "/queue"],
    ["a secret without its prefix", { url: URL_, secret: btoa("0".repeat(32)) }, "/secret"],
    ["a secret that is too short", { url: URL_, secret: `whsec_${btoa("0".repeat(23))}` }, "/secret"],
    ["a secret that is too long", { url: URL_, secret: `whsec_${btoa("0".repeat(65))}` }, "/secret"],
    ["a secret that is no base64", { url: URL_, secret: "whsec_!!!!" }, "/secret"],
    ["a secret of a queue", { queue: "MY_QUEUE", secret: SECRET }, "/secret"],
    ["an unknown status", { url: URL_, statuses: ["DONE"] }, "/statuses"],
    ["no status at all", { url: URL_, statuses: [] }, "/statuses"],
    ["a name instead of an ARN", { url: URL_, stateMachineArns: ["M"] }, "/stateMachineArns"],
    ["another kind of ARN", { url: URL_, stateMachineArns: [`${ACCOUNT}:activity:M`] }, "/stateMachineArns"],
    ["an unknown member", { url: URL_, filters: [] }, "/filters"],
  ])("%s", async (_, wish, pointer) => {
    const { status, body } = await rest.call("PUT", "/api/subscriptions/a", wish);
    expect([status, body.errors[0].pointer]).toEqual([400, pointer]);
  });

  test("a name that is none", async () => {
    expect((await rest.call("PUT", "/api/subscriptions/a%20b", { url: URL_ })).status).toBe(400);
  });

  test.each(["http://localhost:9/x", "http://127.0.0.1/", "http://[::1]:8080/"])("but not %s", async (url) => {
    expect((await rest.call("PUT", "/api/subscriptions/a", { url })).status).toBe(200);
  });
});
