/** Tasks on tables: the results, errors and causes that AWS's histories have. */
import { beforeEach, describe, expect, test } from "vitest";
import type { Json, JsonObject } from "../../src/asl/json.ts";
import { parseResource } from "../../src/asl/resource.ts";
import { Payload } from "../../src/data/payload.ts";
import type { TaskId } from "../../src/engine/execution.ts";
import { DEFAULT_ARN_CONFIG } from "../../src/runtime/arn.ts";
import { callDynamoDb } from "../../src/runtime/integrations/dynamodb/dynamodb.ts";
import type { ServiceCall } from "../../src/runtime/integrations/integration.ts";
import type { TableDirectory } from "../../src/runtime/tables/tables.ts";
import { SqliteD1 } from "../api/sqlite-d1.ts";
import { MemoryTable, schemaOf } from "./words.ts";

const ORDERS = schemaOf("orders", { name: "id", type: "S" });
const UUID = "[0-9a-f-]{36}";

let tables: Map<string, MemoryTable>;
let db: SqliteD1;
let attempts = 0;

beforeEach(() => {
  tables = new Map([[ORDERS.tableArn, new MemoryTable(ORDERS)]]);
  db = new SqliteD1();
});

function directory(): TableDirectory {
  return {
    config: DEFAULT_ARN_CONFIG,
    db: db,
    table: (arn) => {
      const table = tables.get(arn) ?? new MemoryTable();
      tables.set(arn, table);
      return table.rpc;
    },
    now: () => 1_500,
  };
}

/** @param attempt the same for a call that is made again */
function callOf(arn: string, parameters: Json, attempt: string): ServiceCall {
  const resource = parseResource(arn);
  if (resource?.kind !== "service") throw new Error(`no service: ${arn}`);
  return {
    type: "ScheduleTask",
    taskId: "0-1" as TaskId,
    resource,
    parameters: Payload.of(parameters),
    executionArn: "arn:aws:states:us-east-1:123456789012:execution:m:e",
    stateMachineArn: "arn:aws:states:us-east-1:123456789012:stateMachine:m",
    idempotencyKey: attempt,
    maxPayloadBytes: 262_144,
  } as unknown as ServiceCall;
}

/** What the task comes to: its output, or its error and cause without what differs from call to call. */
async function outcome(
  resource: string,
  parameters: Json,
  attempt: string = `attempt-${++attempts}`,
): Promise<unknown> {
  const answer = await callDynamoDb(directory(), callOf(`arn:aws:states:::${resource}`, parameters, attempt));
  if (answer === undefined) return undefined;
  if (answer.kind !== "failed") return answer.output.value;
  const { error, cause } = answer.failure;
  return [error, cause?.replaceAll(new RegExp(UUID, "gu"), "id")];
}

const putOne = { TableName: "orders", Item: { id: { S: "1" }, amount: { N: "5" } } };
const ONE = { TableName: "orders", Key: { id: { S: "1" } } };

describe("dynamodb, the optimized integration", () => {
  test("an answer is the service's, with what the SDK knows of the request", async () => {
    expect(await outcome("dynamodb:putItem", putOne)).toEqual({
      SdkHttpMetadata: {
        AllHttpHeaders: expect.objectContaining({ "Content-Length": ["2"], Server: ["Server"] }),
        HttpHeaders: expect.objectContaining({
          "Content-Type": "application/x-amz-json-1.0",
          "x-amz-crc32": "2745614147",
        }),
        HttpStatusCode: 200,
      },
      SdkResponseMetadata: { RequestId: expect.stringMatching(UUID) },
    });
    expect(await outcome("dynamodb:getItem", ONE)).toMatchObject({
      Item: { id: { S: "1" }, amount: { N: "5" } },
      SdkHttpMetadata: { HttpStatusCode: 200 },
    });
    expect(
      await outcome("dynamodb:updateItem", {
        ...ONE,
        UpdateExpression: "ADD amount :n",
        ReturnValues: "ALL_NEW",
        ExpressionAttributeValues: { ":n": { N: "1" } },
      }),
    ).toMatchObject({
      Attributes: { amount: { N: "6" } },
    });
    expect(await outcome("dynamodb:deleteItem", { ...ONE, ReturnValues: "ALL_OLD" })).toMatchObject({
      Attributes: { amount: { N: "6" } },
    });
    expect(await outcome("dynamodb:getItem", ONE)).not.toHaveProperty("Item");
  });

  test("a table that there is not", async () => {
    expect(await outcome("dynamodb:putItem", { ...putOne, TableName: "none" })).toEqual([
      "DynamoDB.ResourceNotFoundException",
      "Requested resource not found (Service: AmazonDynamoDBv2; Status Code: 400; Error Code: ResourceNotFoundException; Request ID: id; Proxy: null)",
    ]);
  });

  test("a condition that does not hold", async () => {
    await outcome("dynamodb:putItem", putOne);
    const condition = { ...putOne, ConditionExpression: "attribute_not_exists(id)" };
    expect(await outcome("dynamodb:putItem", condition)).toEqual([
      "DynamoDB.ConditionalCheckFailedException",
      "The conditional request failed (Service: AmazonDynamoDBv2; Status Code: 400; Error Code: ConditionalCheckFailedException; Request ID: id; Proxy: null)",
    ]);
  });

  test("what the SDK has no class for is the service's general exception", async () => {
    const key = { ...ONE, Key: { other: { S: "1" } } };
    expect(await outcome("dynamodb:getItem", key)).toEqual([
      "DynamoDB.AmazonDynamoDBException",
      "The provided key element does not match the schema (Service: AmazonDynamoDBv2; Status Code: 400; Error Code: ValidationException; Request ID: id; Proxy: null)",
    ]);
  });
});

describe("aws-sdk:dynamodb", () => {
  test("an answer is the service's alone", async () => {
    expect(await outcome("aws-sdk:dynamodb:putItem", putOne)).toEqual({});
    expect(await outcome("aws-sdk:dynamodb:getItem", ONE)).toEqual({ Item: putOne.Item });
    expect(await outcome("aws-sdk:dynamodb:scan", { TableName: "orders" })).toEqual({
      Count: 1,
      Items: [putOne.Item],
      ScannedCount: 1,
    });
    const query = { KeyConditionExpression: "id = :id", ExpressionAttributeValues: { ":id": { S: "1" } } };
    expect(await outcome("aws-sdk:dynamodb:query", { TableName: ORDERS.tableArn, ...query })).toEqual({
      Count: 1,
      Items: [putOne.Item],
      ScannedCount: 1,
    });
  });

  test("a refusal has the SDK's name for it", async () => {
    expect(await outcome("aws-sdk:dynamodb:getItem", { ...ONE, TableName: "none" })).toEqual([
      "DynamoDb.ResourceNotFoundException",
      "Requested resource not found (Service: DynamoDb, Status Code: 400, Request ID: id)",
    ]);
    expect(await outcome("aws-sdk:dynamodb:getItem", { ...ONE, TableName: "a" })).toEqual([
      "DynamoDb.DynamoDbException",
      "1 validation error detected: Value 'a' at 'tableName' failed to satisfy constraint: Member must have length greater than or equal to 3 (Service: DynamoDb, Status Code: 400, Request ID: id)",
    ]);
    const elsewhere = ORDERS.tableArn.replace("us-east-1", "eu-west-1");
    expect(await outcome("aws-sdk:dynamodb:getItem", { ...ONE, TableName: elsewhere })).toMatchObject([
      "DynamoDb.ResourceNotFoundException",
      expect.stringContaining("Table: orders not found"),
    ]);
  });

  test("tables are made, described and deleted", async () => {
    const plan = {
      TableName: "made",
      AttributeDefinitions: [
        { AttributeName: "id", AttributeType: "S" },
        { AttributeName: "at", AttributeType: "N" },
      ],
      KeySchema: [
        { AttributeName: "id", KeyType: "HASH" },
        { AttributeName: "at", KeyType: "RANGE" },
      ],
      BillingMode: "PAY_PER_REQUEST",
    };
    const made = await outcome("aws-sdk:dynamodb:createTable", plan, "once");
    expect(made).toMatchObject({
      TableDescription: { TableName: "made", TableStatus: "ACTIVE", KeySchema: plan.KeySchema },
    });
    expect(await outcome("aws-sdk:dynamodb:createTable", plan, "once")).toEqual(made);
    expect(await outcome("aws-sdk:dynamodb:createTable", plan)).toMatchObject(["DynamoDb.ResourceInUseException", {}]);
    expect(await outcome("aws-sdk:dynamodb:describeTable", { TableName: "made" })).toMatchObject({
      Table: {
        CreationDateTime: "1970-01-01T00:00:01.500Z",
        ItemCount: 0,
        AttributeDefinitions: plan.AttributeDefinitions,
      },
    });
    expect(await outcome("aws-sdk:dynamodb:deleteTable", { TableName: "made" })).toMatchObject({
      TableDescription: { TableStatus: "DELETING" },
    });
    expect(await outcome("aws-sdk:dynamodb:describeTable", { TableName: "made" })).toMatchObject([
      "DynamoDb.ResourceNotFoundException",
      expect.stringContaining("Requested resource not found: Table: made not found"),
    ]);
  });

  test.each([
    [{ AttributeDefinitions: [] }, "Invalid KeySchema: Some index key attribute have no definition"],
    [{ KeySchema: [] }, "Invalid KeySchema: The first KeySchemaElement is not a HASH key type"],
    [{ KeySchema: [{ AttributeName: "id", KeyType: "RANGE" }] }, "The first KeySchemaElement is not a HASH key type"],
    [
      { AttributeDefinitions: [{ AttributeName: "id", AttributeType: "SS" }] },
      "The type of the key id must be S, N or B",
    ],
    [
      {
        KeySchema: [
          { AttributeName: "id", KeyType: "HASH" },
          { AttributeName: "id", KeyType: "HASH" },
        ],
      },
      "The second KeySchemaElement is not a RANGE key type",
    ],
    [
      {
        KeySchema: [
          { AttributeName: "id", KeyType: "HASH" },
          { AttributeName: "id", KeyType: "RANGE" },
        ],
      },
      "have the same name",
    ],
  ])("a table that cannot be: %j", async (change, cause) => {
    const plan = {
      TableName: "made",
      AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
      KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
      ...change,
    };
    expect(await outcome("aws-sdk:dynamodb:createTable", plan)).toMatchObject([
      "DynamoDb.DynamoDbException",
      expect.stringContaining(cause),
    ]);
  });

  test("batches go to several tables", async () => {
    const others = schemaOf("others", { name: "k", type: "N" });
    tables.set(others.tableArn, new MemoryTable(others));
    const write = {
      RequestItems: {
        orders: [{ PutRequest: { Item: { id: { S: "a" } } } }, { PutRequest: { Item: { id: { S: "b" } } } }],
        others: [{ PutRequest: { Item: { k: { N: "1" } } } }],
      },
      ReturnConsumedCapacity: "TOTAL",
    };
    expect(await outcome("aws-sdk:dynamodb:batchWriteItem", write)).toEqual({
      ConsumedCapacity: [
        { CapacityUnits: 2, TableName: "orders" },
        { CapacityUnits: 1, TableName: "others" },
      ],
      UnprocessedItems: {},
    });
    const removal = { RequestItems: { orders: [{ DeleteRequest: { Key: { id: { S: "b" } } } }] } };
    expect(await outcome("aws-sdk:dynamodb:batchWriteItem", removal)).toEqual({ UnprocessedItems: {} });
    const read = {
      RequestItems: {
        orders: { Keys: [{ id: { S: "a" } }, { id: { S: "b" } }] },
        others: { Keys: [{ k: { N: "1.0" } }], ProjectionExpression: "#k", ExpressionAttributeNames: { "#k": "k" } },
      },
    };
    expect(await outcome("aws-sdk:dynamodb:batchGetItem", read)).toEqual({
      Responses: { orders: [{ id: { S: "a" } }], others: [{ k: { N: "1" } }] },
      UnprocessedKeys: {},
    });
  });

  test.each([
    ["batchGetItem", { RequestItems: {} }, "'requestItems' failed to satisfy constraint"],
    ["batchWriteItem", { RequestItems: {} }, "'requestItems' failed to satisfy constraint"],
    [
      "batchGetItem",
      { RequestItems: { orders: { Keys: Array.from({ length: 101 }, (_, i) => ({ id: { S: `${i}` } })) } } },
      "Too many items requested for the BatchGetItem call",
    ],
    [
      "batchGetItem",
      { RequestItems: { orders: { Keys: [{ id: { S: "1" } }, { id: { S: "1" } }] } } },
      "Provided list of item keys contains duplicates",
    ],
    [
      "batchWriteItem",
      {
        RequestItems: {
          orders: Array.from({ length: 26 }, (_, i) => ({ DeleteRequest: { Key: { id: { S: `${i}` } } } })),
        },
      },
      "Too many items requested for the BatchWriteItem call",
    ],
    [
      "batchWriteItem",
      {
        RequestItems: {
          orders: [{ PutRequest: { Item: { id: { S: "1" } } } }, { DeleteRequest: { Key: { id: { S: "1" } } } }],
        },
      },
      "Provided list of item keys contains duplicates",
    ],
    ["batchWriteItem", { RequestItems: { orders: [{}] } }, "must contain exactly one of the supported datatypes"],
    ["transactWriteItems", { TransactItems: [] }, "TransactItems can only contain one of"],
    [
      "transactWriteItems",
      { TransactItems: [{ Put: putOne }, { Delete: { ...ONE, TableName: "others" } }] },
      "Stepflare has no transactions over more than one table",
    ],
    ["transactWriteItems", { TransactItems: [{ Put: putOne, Delete: ONE }] }, "TransactItems can only contain one of"],
    [
      "transactWriteItems",
      { TransactItems: [{ Put: putOne }, { Delete: ONE }] },
      "Transaction request cannot include multiple operations on one item",
    ],
  ])("%s that cannot be: %j", async (action, parameters, cause) => {
    expect(await outcome(`aws-sdk:dynamodb:${action}`, parameters)).toMatchObject([
      "DynamoDb.DynamoDbException",
      expect.stringContaining(cause),
    ]);
  });

  test("a transaction is done as a whole, or not at all", async () => {
    const two = { ...putOne, Item: { id: { S: "2" } } };
    const transaction = (condition: string): JsonObject => ({
      TransactItems: [
        { Put: { ...two } },
        { Update: { ...ONE, UpdateExpression: "ADD amount :n", ExpressionAttributeValues: { ":n": { N: "1" } } } },
        { ConditionCheck: { TableName: "orders", Key: { id: { S: "3" } }, ConditionExpression: condition } },
      ],
    });
    expect(await outcome("aws-sdk:dynamodb:transactWriteItems", transaction("attribute_exists(id)"))).toEqual([
      "DynamoDb.TransactionCanceledException",
      "Transaction cancelled, please refer cancellation reasons for specific reasons [None, None, ConditionalCheckFailed] (Service: DynamoDb, Status Code: 400, Request ID: id)",
    ]);
    expect(await outcome("aws-sdk:dynamodb:scan", { TableName: "orders" })).toMatchObject({ Count: 0 });
    expect(await outcome("aws-sdk:dynamodb:transactWriteItems", transaction("attribute_not_exists(id)"))).toEqual({});
    expect(await outcome("aws-sdk:dynamodb:scan", { TableName: "orders" })).toMatchObject({
      Items: [{ id: { S: "1" }, amount: { N: "1" } }, { id: { S: "2" } }],
    });
  });

  test("actions that there are not", async () => {
    expect(await outcome("aws-sdk:dynamodb:updateTable", {})).toBeUndefined();
    expect(await outcome("aws-sdk:dynamodb:toString", {})).toBeUndefined();
  });
});

describe("parameters, before anything is called", () => {
  test.each([
    [{}, "The field 'TableName' is required but was missing"],
    [{ TableName: null, Item: {} }, "The field 'TableName' is required but was missing"],
    [{ TableName: 1, Item: {} }, "The value for the field 'TableName' must be a STRING"],
    [{ ...putOne, Item: { id: { N: 1 } } }, "The value for the field 'N' must be a STRING"],
    [{ ...putOne, Item: { id: { SS: "a" } } }, "The value for the field 'SS' must be a LIST"],
    [{ ...putOne, Item: { id: "a" } }, "The value for the field 'id' must be a STRUCTURE"],
    [{ ...putOne, Item: [] }, "The value for the field 'Item' must be a MAP"],
    [{ ...putOne, Item: { id: { BOOL: "true" } } }, "The value for the field 'BOOL' must be a BOOLEAN"],
    [{ ...putOne, Item: { id: { L: [{ s: "a" }] } } }, "The field 's' is not supported by Step Functions"],
    [{ ...putOne, "TableName!": "x" }, "The field 'TableName!' is not supported by Step Functions"],
    [{ ...putOne, Expected: {} }, "The field 'Expected' is not supported by Stepflare: use ConditionExpression"],
  ])("%j", async (parameters, fault) => {
    expect(await outcome("dynamodb:putItem", parameters)).toEqual([
      "States.Runtime",
      `The Parameters '${JSON.stringify(parameters)}' could not be used to start the Task: [${fault}]`,
    ]);
  });

  test("of a query", async () => {
    const query = { TableName: "orders", KeyConditionExpression: "id = :id", Limit: 1.5 };
    expect(await outcome("aws-sdk:dynamodb:query", query)).toMatchObject([
      "States.Runtime",
      expect.stringContaining("[The value for the field 'Limit' must be a NUMBER]"),
    ]);
    expect(await outcome("aws-sdk:dynamodb:createTable", { TableClass: "STANDARD" })).toMatchObject([
      "States.Runtime",
      expect.stringContaining("[The field 'TableClass' is not supported by Stepflare]"),
    ]);
  });

  test("a member that is null is not there", async () => {
    const parameters = { ...putOne, Item: { id: { S: "1", N: null }, x: null }, ReturnValues: null };
    expect(await outcome("aws-sdk:dynamodb:putItem", parameters)).toEqual({});
    expect(await outcome("aws-sdk:dynamodb:getItem", ONE)).toEqual({ Item: { id: { S: "1" } } });
  });
});

test("a call that is made again changes nothing again, and is answered the same", async () => {
  const add = {
    ...ONE,
    UpdateExpression: "ADD amount :n",
    ExpressionAttributeValues: { ":n": { N: "5" } },
    ReturnValues: "UPDATED_NEW",
  };
  const first = { Attributes: { amount: { N: "5" } } };
  expect(await outcome("aws-sdk:dynamodb:updateItem", add, "one")).toEqual(first);
  expect(await outcome("aws-sdk:dynamodb:updateItem", add, "two")).toEqual({ Attributes: { amount: { N: "10" } } });
  tables.get(ORDERS.tableArn)?.evict();
  expect(await outcome("aws-sdk:dynamodb:updateItem", add, "one")).toEqual(first);
  expect(await outcome("aws-sdk:dynamodb:getItem", ONE)).toMatchObject({ Item: { amount: { N: "10" } } });
});

test("a task that waits for a callback shows the answer until then", async () => {
  const call = callOf("arn:aws:states:::aws-sdk:dynamodb:putItem.waitForTaskToken", putOne, "waits");
  expect(await callDynamoDb(directory(), call)).toMatchObject({ kind: "submitted", output: { value: {} } });
});
