/** A table's real object: what survives its loss, and SQLite as the platform has it. */
import { evictDurableObject, runDurableObjectAlarm } from "cloudflare:test";
import { beforeAll, expect, test } from "vitest";
import type { JsonObject } from "../../src/asl/json.ts";
import type { TableActionName, TableRpc } from "../../src/runtime/tables/table-rpc.ts";
import { bindings, executionOf, prepareCatalogue, until } from "./words.ts";

beforeAll(prepareCatalogue);

const tableArn = (name: string): string => `arn:aws:dynamodb:us-east-1:123456789012:table/${name}`;
const objectOf = (name: string): DurableObjectStub & TableRpc => bindings.TABLE.getByName(tableArn(name));

async function createTable(
  name: string,
  more: { ttlAttribute?: string; sortKey?: { name: string; type: "S" } } = {},
): Promise<void> {
  const partitionKey = { name: "id", type: "S" } as const;
  await objectOf(name).create({
    tableName: name,
    tableArn: tableArn(name),
    tableId: "0",
    partitionKey,
    createdAt: 0,
    ...more,
  });
}

async function perform(name: string, action: TableActionName, request: object, call?: string): Promise<JsonObject> {
  const answer = await objectOf(name).perform(action, JSON.stringify(request), call);
  return answer.ok ? (JSON.parse(answer.output) as JsonObject) : { code: answer.code, message: answer.message };
}

const ADD = {
  Key: { id: { S: "x" } },
  UpdateExpression: "ADD n :one",
  ExpressionAttributeValues: { ":one": { N: "1" } },
  ReturnValues: "ALL_NEW",
};

test("a call counts once, also when the object was evicted between its deliveries", async () => {
  await createTable("counted");
  const first = await perform("counted", "updateItem", ADD, "call 1");
  await perform("counted", "updateItem", ADD, "call 2");
  await evictDurableObject(objectOf("counted"));
  expect(await perform("counted", "updateItem", ADD, "call 1")).toEqual(first);
  expect(await perform("counted", "updateItem", ADD, "call 3")).toMatchObject({ Attributes: { n: { N: "3" } } });
});

test("a transaction that is cancelled has written nothing", async () => {
  await createTable("undone");
  const Item = { id: { S: "y" } };
  const never = { ConditionExpression: "attribute_exists(id)" };
  const parts = { TransactItems: [{ Put: { Item } }, { Delete: { Key: { id: { S: "z" } }, ...never } }] };
  expect(await perform("undone", "transactWriteItems", parts)).toMatchObject({ code: "TransactionCanceledException" });
  expect(await perform("undone", "scan", {})).toMatchObject({ Count: 0 });
});

test("keys sort by their UTF-8, and may hold any character", async () => {
  await createTable("sorted", { sortKey: { name: "key", type: "S" } });
  const keys = ["\u{1F600}", "\uFF5E", "a\u0000b", "a", "a\u0000", "é"];
  for (const S of keys) await perform("sorted", "putItem", { Item: { id: { S: "x" }, key: { S } } });
  const query = { KeyConditionExpression: "id = :x", ExpressionAttributeValues: { ":x": { S: "x" } } };
  const { Items } = (await perform("sorted", "query", query)) as unknown as { Items: { key: { S: string } }[] };
  expect(Items.map(({ key }) => key.S)).toEqual(["a", "a\u0000", "a\u0000b", "é", "\uFF5E", "\u{1F600}"]);
  const begun = {
    KeyConditionExpression: "id = :x AND begins_with(#k, :a)",
    ExpressionAttributeNames: { "#k": "key" },
    ExpressionAttributeValues: { ":x": { S: "x" }, ":a": { S: "a" } },
    ScanIndexForward: false,
    Limit: 2,
  };
  const page = await perform("sorted", "query", begun);
  expect(page).toMatchObject({ Items: [{ key: { S: "a\u0000b" } }, { key: { S: "a\u0000" } }] });
  const rest = { ...begun, ExclusiveStartKey: page["LastEvaluatedKey"] };
  expect(await perform("sorted", "query", rest)).toMatchObject({ Items: [{ key: { S: "a" } }], ScannedCount: 1 });
});

test("an item as large as an item may be is kept, a larger one refused", async () => {
  await createTable("large");
  const item = (size: number): object => ({ Item: { id: { S: "x" }, d: { S: "é".repeat(size / 2) } } });
  expect(await perform("large", "putItem", item(409_600 - 4))).toEqual({});
  expect(await perform("large", "putItem", item(409_600 - 2))).toMatchObject({
    message: "Item size has exceeded the maximum allowed size",
  });
});

test("expired items are deleted by the object's alarm", async () => {
  await createTable("ends", { ttlAttribute: "end" });
  await perform("ends", "putItem", { Item: { id: { S: "x" }, end: { N: "1000" } } });
  await perform("ends", "putItem", { Item: { id: { S: "y" }, end: { N: "99999999999" } } });
  await evictDurableObject(objectOf("ends"));
  expect(await runDurableObjectAlarm(objectOf("ends"))).toBe(true);
  expect(await perform("ends", "scan", {})).toMatchObject({ Items: [{ id: { S: "y" } }] });
});

test("a table that was deleted can be made again, and asking for none makes none", async () => {
  await createTable("again");
  await perform("again", "updateItem", ADD, "call");
  await objectOf("again").remove();
  expect(await objectOf("again").describe()).toBeNull();
  expect(await perform("again", "scan", {})).toMatchObject({ code: "ResourceNotFoundException" });
  await evictDurableObject(objectOf("again"));
  await createTable("again");
  expect(await perform("again", "updateItem", ADD, "call")).toMatchObject({ Attributes: { n: { N: "1" } } });
  expect((await objectOf("again").describe())?.itemCount).toBe(1);
});

test("an execution counts each of its tasks once, though its object loses its memory", async () => {
  await createTable("worked-on");
  const task = (Next: object): object => ({
    Type: "Task",
    Resource: "arn:aws:states:::dynamodb:updateItem",
    Parameters: { TableName: "worked-on", ...ADD },
    ResultSelector: { "n.$": "$.Attributes.n.N" },
    ...Next,
  });
  const States = { First: task({ Next: "Second" }), Second: task({ End: true }) };
  const { object, request } = executionOf({ StartAt: "First", States });
  await object.start(request);
  const ended = await until(
    () => object.describe(),
    (answer) => answer.ok && answer.value.status !== "RUNNING",
  );
  expect(ended).toMatchObject({ value: { status: "SUCCEEDED", output: '{"n":"2"}' } });
});
