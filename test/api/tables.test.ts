/** Tables by REST: made, listed, described, looked into, deleted. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { Fixture, START } from "./fixture.ts";
import { RestClient, type RestReply } from "./rest-client.ts";

const ARN = "arn:aws:dynamodb:us-east-1:123456789012:table/orders";
const KEYS = { partitionKey: { name: "customer", type: "S" }, sortKey: { name: "at", type: "N" } };
const TABLE = { name: "orders", tableArn: ARN, ...KEYS, createdAt: new Date(START).toISOString() };

let api: Fixture;
let rest: RestClient;

beforeEach(async () => {
  api = new Fixture();
  rest = await RestClient.of((path, init) => api.fetch(path, init));
});

afterEach(() => rest.close());

const put = (wish: unknown = KEYS, name = "orders"): Promise<RestReply> =>
  rest.call("PUT", `/api/tables/${name}`, wish);

test("a table is made, shown, listed and deleted", async () => {
  const made = await put();
  expect(made).toMatchObject({ status: 200, body: { ...TABLE, itemCount: 0 } });
  expect((await rest.call("GET", "/api/tables/orders")).body).toEqual(made.body);
  expect((await put()).body).toEqual(made.body);
  expect((await rest.call("GET", "/api/tables")).body).toEqual({ tables: [TABLE] });
  expect((await rest.call("DELETE", "/api/tables/orders")).status).toBe(204);
  expect((await rest.call("GET", "/api/tables")).body).toEqual({ tables: [] });
  for (const method of ["GET", "DELETE"]) {
    expect(await rest.call(method, "/api/tables/orders")).toMatchObject({
      status: 404,
      body: { detail: "There is no table 'orders'" },
    });
  }
  expect((await rest.call("GET", "/api/tables/orders/items")).status).toBe(404);
});

test("tables are listed in pages", async () => {
  for (const name of ["one", "two", "three"]) await put({ partitionKey: { name: "id", type: "B" } }, name);
  const first = await rest.call("GET", "/api/tables?limit=2");
  expect(first.body).toMatchObject({ tables: [{ name: "one" }, { name: "three" }] });
  const second = await rest.call("GET", `/api/tables?limit=2&cursor=${first.body.nextCursor}`);
  expect(second.body).toMatchObject({ tables: [{ name: "two" }] });
  expect(second.body).not.toHaveProperty("nextCursor");
});

test("what ends items may change, the key may not", async () => {
  await put();
  const ending = await put({ ...KEYS, ttlAttribute: "end" });
  expect(ending.body).toMatchObject({ ...TABLE, ttlAttribute: "end" });
  expect((await rest.call("GET", "/api/tables")).body).toEqual({ tables: [{ ...TABLE, ttlAttribute: "end" }] });
  expect((await put()).body).not.toHaveProperty("ttlAttribute");
  expect(await put({ partitionKey: KEYS.partitionKey })).toMatchObject({
    status: 409,
    body: { detail: "The table 'orders' has another key, which cannot change" },
  });
});

test("items are looked at in pages, in the order of their keys", async () => {
  await put();
  const { driver } = api.table(ARN);
  const items = ["10", "9", "-1"].map((N) => ({ customer: { S: "ann" }, at: { N }, paid: { BOOL: true } }));
  for (const Item of items) driver.perform("putItem", JSON.stringify({ Item }));
  const first = await rest.call("GET", "/api/tables/orders/items?limit=2");
  expect(first.body).toMatchObject({ items: [items[2], items[1]] });
  const next = await rest.call("GET", `/api/tables/orders/items?limit=2&cursor=${first.body.nextCursor}`);
  expect(next.body).toEqual({ items: [items[0]] });
  await put({ partitionKey: { name: "id", type: "S" } }, "others");
  expect((await rest.call("GET", `/api/tables/others/items?cursor=${first.body.nextCursor}`)).status).toBe(400);
});

test.each([
  [{}, "/partitionKey", "'partitionKey' is missing"],
  [{ partitionKey: "id" }, "/partitionKey", `'partitionKey' is {"name": …, "type": …}`],
  [{ partitionKey: { name: "id" } }, "/partitionKey/type", "'type' is one of S, N, B"],
  [{ partitionKey: { type: "S" } }, "/partitionKey/name", "'name' is missing"],
  [{ partitionKey: { name: "", type: "S" } }, "/partitionKey/name", "'name' must be a text of 1 to 255 characters"],
  [{ partitionKey: { name: "id", type: "S", x: 1 } }, "/partitionKey/x", "There is no member 'x' here"],
  [{ ...KEYS, sortKey: KEYS.partitionKey }, "/sortKey/name", "The two keys have the same name"],
  [{ ...KEYS, ttlAttribute: 1 }, "/ttlAttribute", "'ttlAttribute' must be a text of 1 to 255 characters"],
  [{ ...KEYS, ttl: "end" }, "/ttl", "There is no member 'ttl' here"],
])("a table that cannot be made: %j", async (wish, pointer, detail) => {
  expect(await put(wish)).toMatchObject({ status: 400, body: { errors: [{ pointer, detail }] } });
});

test("a name that no table can have", async () => {
  expect(await put(KEYS, "a")).toMatchObject({
    status: 400,
    body: { detail: expect.stringContaining("'a' cannot be the name of a table") as string },
  });
});
