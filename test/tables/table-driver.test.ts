/** A table's object: what is written once, what is forgotten, what expires, and what it costs. */
import { expect, test } from "vitest";
import type { JsonObject } from "../../src/asl/json.ts";
import { CallMemory } from "../../src/runtime/tables/call-memory.ts";
import { MemoryTable, openDatabase, schemaOf, sqlOf } from "./words.ts";

const HASH = { name: "id", type: "S" } as const;
const ORDERS = schemaOf("orders", HASH);
const EXPIRING = schemaOf("sessions", HASH, undefined, { ttlAttribute: "end" });

const key = (id: string): JsonObject => ({ Key: { id: { S: id } } });
const item = (id: string, more: JsonObject = {}): JsonObject => ({ Item: { id: { S: id }, ...more } });
const add = (id: string): JsonObject => ({
  ...key(id),
  UpdateExpression: "ADD n :one",
  ExpressionAttributeValues: { ":one": { N: "1" } },
});
const count = (table: MemoryTable, id: string): unknown => table.do("getItem", key(id))["Item"];

test("each call counts once, however often it is made, and through the loss of memory", () => {
  const table = new MemoryTable(ORDERS);
  for (const call of ["a", "b", "a", "c", "b"]) table.do("updateItem", add("x"), call);
  expect(count(table, "x")).toMatchObject({ n: { N: "3" } });
  table.evict();
  for (const call of ["a", "b", "c", "d"]) table.do("updateItem", add("x"), call);
  expect(count(table, "x")).toMatchObject({ n: { N: "4" } });
});

test("what a call did is undone with it, when it is refused", () => {
  const table = new MemoryTable(ORDERS);
  const parts = { TransactItems: [{ Put: item("x") }, { Update: { ...add("y"), ConditionExpression: "n > :one" } }] };
  expect(table.ask("transactWriteItems", parts, "t")).toMatchObject({
    ok: false,
    code: "TransactionCanceledException",
  });
  expect(table.do("scan", {})).toMatchObject({ Count: 0 });
  table.do("putItem", item("y", { n: { N: "5" } }));
  // The refused call is not remembered: it may succeed now.
  expect(table.ask("transactWriteItems", parts, "t")).toMatchObject({ ok: true });
  expect(table.do("scan", {})).toMatchObject({ Count: 2 });
});

test("why a transaction is cancelled is told for each of its items", () => {
  const table = new MemoryTable(ORDERS);
  for (const id of ["x", "z"]) table.do("putItem", item(id, { n: { S: "text" } }));
  const answer = table.ask("transactWriteItems", {
    TransactItems: [
      { Put: item("a") },
      { Update: add("x") },
      {
        ConditionCheck: {
          ...key("z"),
          ConditionExpression: "attribute_not_exists(id)",
          ReturnValuesOnConditionCheckFailure: "ALL_OLD",
        },
      },
    ],
  });
  expect(answer.ok ? {} : JSON.parse(answer.details)).toEqual({
    CancellationReasons: [
      { Code: "None" },
      { Code: "ValidationError", Message: "An operand in the update expression has an incorrect data type" },
      {
        Code: "ConditionalCheckFailed",
        Message: "The conditional request failed",
        Item: { id: { S: "z" }, n: { S: "text" } },
      },
    ],
  });
});

test("a transaction with a token of its caller's is done once, for ten minutes", () => {
  const table = new MemoryTable(ORDERS);
  const parts = { TransactItems: [{ Update: add("x") }], ClientRequestToken: "mine" };
  table.do("transactWriteItems", parts, "first task");
  table.do("transactWriteItems", parts, "second task");
  expect(count(table, "x")).toMatchObject({ n: { N: "1" } });
  expect(table.refusal("transactWriteItems", { ...parts, TransactItems: [{ Update: add("y") }] })).toMatch(
    /^IdempotentParameterMismatchException: The request uses the same client token/u,
  );
  table.now = 600_000;
  table.do("transactWriteItems", parts, "third task");
  expect(count(table, "x")).toMatchObject({ n: { N: "2" } });
});

test("a condition that does not hold shows the item, where that is asked for", () => {
  const table = new MemoryTable(ORDERS);
  table.do("putItem", item("x"));
  const put = { ...item("x"), ConditionExpression: "attribute_not_exists(id)" };
  const details = (more: JsonObject): unknown => {
    const answer = table.ask("putItem", { ...put, ...more });
    return answer.ok ? answer : JSON.parse(answer.details);
  };
  expect(details({})).toEqual({});
  expect(details({ ReturnValuesOnConditionCheckFailure: "ALL_OLD" })).toEqual({ Item: { id: { S: "x" } } });
});

test("the latest calls are remembered, older ones give way to them", () => {
  const database = openDatabase();
  let memory = new CallMemory(sqlOf(database), 3);
  memory.create();
  const remember = (call: string): void => {
    memory.write(call, { answer: `"${call}"`, at: 7 });
    memory.note(call);
  };
  for (const call of ["a", "b", "c", "d"]) remember(call);
  const known = (): unknown[] => ["a", "b", "c", "d", "e"].filter((call) => memory.find(call) !== undefined);
  expect(known()).toEqual(["b", "c", "d"]);
  memory = new CallMemory(sqlOf(database), 3);
  expect(known()).toEqual(["b", "c", "d"]);
  expect(memory.find("c")).toEqual({ answer: '"c"', at: 7 });
  remember("e");
  expect(known()).toEqual(["c", "d", "e"]);
  memory = new CallMemory(sqlOf(database), 3);
  expect(known()).toEqual(["c", "d", "e"]);
});

test("items go some time after they have expired, and nothing wakes a table where none does", () => {
  const table = new MemoryTable(EXPIRING);
  table.now = 1_000_000;
  table.do("putItem", item("never", { end: { S: "2000" } }));
  expect(table.alarmAt).toBeUndefined();
  table.do("putItem", item("late", { end: { N: "3000" } }));
  expect(table.alarmAt).toBe(3_060_000);
  table.do("putItem", item("early", { end: { N: "2000.7" } }));
  expect(table.alarmAt).toBe(2_060_000);
  table.now = 2_060_000;
  expect(table.driver.onAlarm()).toBe(3_060_000);
  expect(table.do("scan", {})["Items"]).toMatchObject([{ id: { S: "late" } }, { id: { S: "never" } }]);
  table.now = 3_060_000;
  expect(table.driver.onAlarm()).toBeUndefined();
  expect(table.do("scan", {})).toMatchObject({ Count: 1 });
});

test("an end that no clock here will see is looked for once a year", () => {
  const table = new MemoryTable(EXPIRING);
  table.do("putItem", item("x", { end: { N: "1760000000000" } }));
  expect(table.alarmAt).toBe(365 * 86_400_000);
  table.now = 365 * 86_400_000;
  expect(table.driver.onAlarm()).toBe(2 * 365 * 86_400_000);
});

test("an item that is given another end stays until that", () => {
  const table = new MemoryTable(EXPIRING);
  table.do("putItem", item("x", { end: { N: "10" } }));
  const later = { ...key("x"), UpdateExpression: "SET #end = :end", ExpressionAttributeNames: { "#end": "end" } };
  table.do("updateItem", { ...later, ExpressionAttributeValues: { ":end": { N: "100" } } });
  table.now = 70_000;
  expect(table.driver.onAlarm()).toBe(160_000);
  expect(table.do("scan", {})).toMatchObject({ Count: 1 });
});

test("which attribute ends items may change, and is then looked at in all of them", () => {
  const table = new MemoryTable(ORDERS);
  for (let i = 0; i < 250; i += 1) table.do("putItem", item(`item-${i}`, { end: { N: `${100 + i}` } }));
  expect(table.driver.expireBy("end")).toMatchObject({ ttlAttribute: "end" });
  expect(table.alarmAt).toBe(160_000);
  table.evict();
  table.now = 200_000;
  table.driver.onAlarm();
  expect(table.do("scan", { Select: "COUNT" })).toMatchObject({ Count: 149 });
  expect(table.driver.expireBy(undefined)).not.toHaveProperty("ttlAttribute");
  expect(table.driver.onAlarm()).toBeUndefined();
});

test("a write costs its row and the call's; reading and refusing cost none", () => {
  const table = new MemoryTable(ORDERS);
  const cost = (run: () => unknown): number => {
    const before = table.rowsWritten;
    run();
    return table.rowsWritten - before;
  };
  expect(cost(() => table.do("putItem", item("x")))).toBe(1);
  expect(cost(() => table.do("updateItem", add("x"), "one"))).toBe(2);
  expect(cost(() => table.do("updateItem", add("x"), "one"))).toBe(0);
  expect(cost(() => table.do("getItem", key("x")))).toBe(0);
  const refused = { ...add("x"), ConditionExpression: "attribute_not_exists(id)" };
  expect(cost(() => table.ask("updateItem", refused, "two"))).toBe(0);
  expect(cost(() => table.do("deleteItem", key("nobody")))).toBe(0);
  expect(cost(() => table.do("deleteItem", key("x"), "three"))).toBe(2);
});

test("a table is made once, and gone with its items", async () => {
  const table = new MemoryTable();
  expect(table.refusal("getItem", key("x"))).toBe("ResourceNotFoundException: Requested resource not found");
  expect(table.driver.describe()).toBeUndefined();
  expect(table.driver.onAlarm()).toBeUndefined();
  expect(table.driver.expireBy("end")).toBeUndefined();
  expect(table.driver.create(ORDERS)).toEqual(ORDERS);
  expect(table.driver.create({ ...ORDERS, tableId: "another" })).toEqual(ORDERS);
  table.do("putItem", item("x"), "one");
  expect(table.driver.describe()).toEqual({ schema: ORDERS, itemCount: 1, sizeBytes: 4096 });
  await table.driver.remove();
  expect(table.driver.describe()).toBeUndefined();
  table.driver.create(EXPIRING);
  expect(table.do("scan", {})).toMatchObject({ Count: 0 });
  table.do("putItem", item("x"), "one");
  expect(table.do("scan", {})).toMatchObject({ Count: 1 });
});

test("a fault of our own is not answered as the caller's", () => {
  const table = new MemoryTable(ORDERS);
  expect(() => table.driver.perform("putItem", "{}")).toThrow(TypeError);
});
