/** Connections: what they take, what they show, and what lies in the database. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { findConnection } from "../../src/runtime/connections/connection.ts";
import { createSealer } from "../../src/runtime/sealing.ts";
import { STRICT } from "../../src/runtime/outbound/settings.ts";
import { Fixture } from "./fixture.ts";
import { RestClient } from "./rest-client.ts";

const BASIC = { authorizationType: "BASIC", username: "me", password: "the password itself" };
const KEY = { authorizationType: "API_KEY", apiKeyName: "X-Api-Key", apiKeyValue: "the key itself" };
const OAUTH = {
  authorizationType: "OAUTH_CLIENT_CREDENTIALS",
  authorizationEndpoint: "https://auth.example.com/token",
  clientId: "client",
  clientSecret: "the client's secret",
  scope: "orders",
};

let api: Fixture;
let rest: RestClient;

beforeEach(async () => {
  api = new Fixture();
  rest = await RestClient.of((path, init) => api.fetch(path, init));
});

afterEach(() => rest.close());

async function stored(): Promise<string> {
  return JSON.stringify((await api.db.prepare("SELECT * FROM connection").all()).results);
}

test.each([
  [BASIC, "password"],
  [KEY, "apiKeyValue"],
  [OAUTH, "clientSecret"],
])(
  "$authorizationType is kept, and its secret is shown by nothing and lies nowhere in plain text",
  async (wish, member) => {
    const { [member as keyof typeof wish]: secret, ...shown } = wish;
    const put = await rest.call("PUT", "/api/connections/c", wish);
    const times = { createdAt: expect.any(String), updatedAt: expect.any(String) };
    expect(put.body).toEqual({ name: "c", ...shown, ...times });
    expect((await rest.call("GET", "/api/connections/c")).body).toEqual(put.body);
    expect((await rest.call("GET", "/api/connections")).body).toEqual({ connections: [put.body] });
    expect(await stored()).not.toContain(secret);
    const found = await findConnection(api.context.db, api.context.sealer, "c");
    expect(found?.secret).toBe(secret);
  },
);

test("a change replaces all of it", async () => {
  await rest.call("PUT", "/api/connections/c", BASIC);
  api.at += 1000;
  const { body } = await rest.call("PUT", "/api/connections/c", KEY);
  expect(body).toMatchObject({ authorizationType: "API_KEY" });
  expect(body).not.toHaveProperty("username");
  expect(Date.parse(body.updatedAt) - Date.parse(body.createdAt)).toBe(1000);
});

test("a connection that was deleted is gone", async () => {
  await rest.call("PUT", "/api/connections/c", BASIC);
  expect((await rest.call("DELETE", "/api/connections/c")).status).toBe(204);
  expect((await rest.call("DELETE", "/api/connections/c")).status).toBe(404);
  expect((await rest.call("GET", "/api/connections/c")).status).toBe(404);
});

test("the list has pages", async () => {
  for (const name of ["c", "a", "b"]) await rest.call("PUT", `/api/connections/${name}`, BASIC);
  const first = (await rest.call("GET", "/api/connections?limit=2")).body;
  expect(first.connections.map((x: { name: string }) => x.name)).toEqual(["a", "b"]);
  const second = (await rest.call("GET", `/api/connections?limit=2&cursor=${first.nextCursor}`)).body;
  expect(second.connections.map((x: { name: string }) => x.name)).toEqual(["c"]);
});

describe("what is refused, and where it is wrong", () => {
  test.each<[string, object, string]>([
    ["no type", { username: "me", password: "secret!!" }, "/authorizationType"],
    ["an unknown type", { ...BASIC, authorizationType: "DIGEST" }, "/authorizationType"],
    ["a type that objects have", { ...BASIC, authorizationType: "constructor" }, "/authorizationType"],
    ["no user", { authorizationType: "BASIC", password: "secret!!" }, "/username"],
    ["a user with a colon", { ...BASIC, username: "a:b" }, "/username"],
    ["no password", { authorizationType: "BASIC", username: "me" }, "/password"],
    ["an empty password", { ...BASIC, password: "" }, "/password"],
    ["a password that is none", { ...BASIC, password: 5 }, "/password"],
    ["a member of another type", { ...BASIC, apiKeyValue: "secret!!" }, "/apiKeyValue"],
    ["a header that may not be set", { ...KEY, apiKeyName: "Host" }, "/apiKeyName"],
    ["no header's name", { ...KEY, apiKeyName: "a b" }, "/apiKeyName"],
    ["a value with a line's end", { ...KEY, apiKeyValue: "secret!!\r\nHost: a" }, "/apiKeyValue"],
    [
      "an endpoint without TLS",
      { ...OAUTH, authorizationEndpoint: "http://auth.example.com/" },
      "/authorizationEndpoint",
    ],
    ["an endpoint at an address", { ...OAUTH, authorizationEndpoint: "https://10.0.0.1/" }, "/authorizationEndpoint"],
  ])("%s", async (_, wish, pointer) => {
    const { status, body, text } = await rest.call("PUT", "/api/connections/c", wish);
    expect([status, body.errors[0].pointer]).toEqual([400, pointer]);
    expect(text).not.toContain("secret!!");
    expect(await stored()).toBe("[]");
  });

  test("a name that is none", async () => {
    expect((await rest.call("PUT", "/api/connections/a%20b", BASIC)).status).toBe(400);
  });
});

describe("without SECRET_KEYS", () => {
  beforeEach(() => Object.assign(api.context, { sealer: createSealer(undefined) }));

  const put = (host: string, path: string, body: object): Promise<Response> =>
    api.fetch(`https://${host}${path}`, {
      method: "PUT",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });

  test.each([
    ["/api/connections/c", BASIC],
    ["/api/subscriptions/s", { url: "https://hooks.example.com/" }],
  ])("a deployed Stepflare keeps no secrets and says what to set: %s", async (path, body) => {
    const answer = await put("flow.example.com", path, body);
    expect(answer.status).toBe(501);
    expect(await answer.text()).toContain("wrangler secret put SECRET_KEYS");
    expect(await stored()).toBe("[]");
  });

  test("a local one does", async () => {
    expect((await put("localhost:8787", "/api/connections/c", BASIC)).status).toBe(200);
  });
});

describe("functions", () => {
  const put = (target: object): ReturnType<RestClient["call"]> => rest.call("PUT", "/api/functions/f", target);

  test("name a connection that is there", async () => {
    const target = { url: "https://api.example.com/", connection: "c" };
    expect((await put(target)).body.errors).toMatchObject([{ pointer: "/connection" }]);
    await rest.call("PUT", "/api/connections/c", KEY);
    expect((await put(target)).body).toMatchObject(target);
    expect((await rest.call("GET", "/api/functions/f")).body).toMatchObject(target);
    expect((await put({ service: "B", connection: "c" })).body.errors).toMatchObject([{ pointer: "/connection" }]);
  });

  test("are not registered where no request may go", async () => {
    Object.assign(api.context, { outbound: STRICT });
    for (const url of ["http://127.0.0.1:9/", "https://169.254.169.254/", "https://db/"]) {
      expect((await put({ url })).body.errors).toMatchObject([{ pointer: "/url" }]);
    }
    const own = await api.fetch("https://flow.example.com/api/functions/f", {
      method: "PUT",
      body: JSON.stringify({ url: "https://flow.example.com./api" }),
    });
    expect([own.status, await own.text()]).toEqual([400, expect.stringContaining("leads to this Stepflare itself")]);
  });
});

test("a webhook's secret lies in the database sealed, and one that lay there in plain text still signs", async () => {
  const { secret } = (await rest.call("PUT", "/api/subscriptions/a", { url: "https://hooks.example.com/" })).body;
  const rows = (await api.db.prepare("SELECT * FROM subscription").all()).results;
  expect(JSON.stringify(rows)).not.toContain(secret.slice("whsec_".length));
  await api.db.prepare("UPDATE subscription SET secret = ?1").bind(secret).run();
  const changed = await rest.call("PUT", "/api/subscriptions/a", { url: "https://hooks.example.com/2" });
  expect(changed.body).not.toHaveProperty("secret");
  expect(JSON.stringify((await api.db.prepare("SELECT * FROM subscription").all()).results)).not.toContain("whsec_");
});
