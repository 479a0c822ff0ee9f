/** Tables through the front door: made by REST, used by executions, as their histories show it. */
import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  GetExecutionHistoryCommand,
  StartExecutionCommand,
  type HistoryEvent,
} from "@aws-sdk/client-sfn";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ROLE, startTestServer, until, type TestServer } from "./server.ts";

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
  const partitionKey = { name: "id", type: "S" };
  await rest("PUT", "orders", { partitionKey });
});

afterAll(() => server.stop());

async function rest(method: string, path: string, body?: object): Promise<unknown> {
  const headers = { "content-type": "application/json" };
  const text = body === undefined ? {} : { body: JSON.stringify(body) };
  const response = await fetch(`${server.endpoint}/api/tables/${path}`, { method, headers, ...text });
  if (!response.ok) throw new Error(await response.text());
  return response.status === 204 ? undefined : response.json();
}

interface Ended {
  readonly status: string | undefined;
  readonly output: unknown;
  readonly events: readonly HistoryEvent[];
}

async function run(name: string, definition: object, input: object = {}): Promise<Ended> {
  const create = new CreateStateMachineCommand({ name, definition: JSON.stringify(definition), roleArn: ROLE });
  const { stateMachineArn } = await server.client.send(create);
  const start = new StartExecutionCommand({ stateMachineArn, input: JSON.stringify(input) });
  const { executionArn } = await server.client.send(start);
  const { status, output } = await until(
    60,
    () => server.client.send(new DescribeExecutionCommand({ executionArn })),
    (execution) => execution.status !== "RUNNING",
  );
  const { events = [] } = await server.client.send(new GetExecutionHistoryCommand({ executionArn, maxResults: 1000 }));
  return { status, output: output === undefined ? undefined : JSON.parse(output), events };
}

const task = (action: string, parameters: object, more: object): object => ({
  Type: "Task",
  Resource: `arn:aws:states:::${action}`,
  Parameters: parameters,
  ...more,
});

test("an item is put and got, and the history shows what AWS's shows", async () => {
  const { status, output, events } = await run(
    "put-and-get",
    {
      StartAt: "Put",
      States: {
        Put: task(
          "dynamodb:putItem",
          { TableName: "orders", "Item.$": "$.item" },
          { ResultPath: "$.put", Next: "Get" },
        ),
        Get: task(
          "aws-sdk:dynamodb:getItem",
          { TableName: "orders", Key: { "id.$": "$.item.id" } },
          { ResultPath: "$.got", End: true },
        ),
      },
    },
    { item: { id: { S: "1" }, price: { N: "9.90" } } },
  );
  expect(status).toBe("SUCCEEDED");
  expect(output).toMatchObject({ got: { Item: { id: { S: "1" }, price: { N: "9.9" } } } });
  const [, , scheduled, started, succeeded] = events;
  const names = { resource: "putItem", resourceType: "dynamodb" };
  expect(scheduled).toMatchObject({
    type: "TaskScheduled",
    taskScheduledEventDetails: {
      ...names,
      region: "us-east-1",
      parameters: '{"TableName":"orders","Item":{"id":{"S":"1"},"price":{"N":"9.90"}}}',
    },
  });
  expect(started).toMatchObject({ type: "TaskStarted", taskStartedEventDetails: names });
  expect(succeeded).toMatchObject({ type: "TaskSucceeded", taskSucceededEventDetails: names });
  const result = JSON.parse(succeeded?.taskSucceededEventDetails?.output ?? "{}") as object;
  expect(Object.keys(result).sort()).toEqual(["SdkHttpMetadata", "SdkResponseMetadata"]);
});

test("a table that there is not fails the task as on AWS", async () => {
  const put = { TableName: "nowhere", Item: { id: { S: "1" } } };
  const { status, events } = await run("nowhere", {
    StartAt: "Put",
    States: { Put: task("dynamodb:putItem", put, { End: true }) },
  });
  expect(status).toBe("FAILED");
  expect(events.find(({ type }) => type === "TaskFailed")?.taskFailedEventDetails).toMatchObject({
    error: "DynamoDB.ResourceNotFoundException",
    cause: expect.stringMatching(
      /^Requested resource not found \(Service: AmazonDynamoDBv2; Status Code: 400; Error Code: ResourceNotFoundException; Request ID: [0-9a-f-]{36}; Proxy: null\)$/u,
    ) as string,
    resource: "putItem",
    resourceType: "dynamodb",
  });
});

test("a semaphore lets no more in than it is to", async () => {
  await run("open", {
    StartAt: "Put",
    States: {
      Put: task(
        "dynamodb:putItem",
        { TableName: "orders", Item: { id: { S: "lock" }, held: { N: "0" }, most: { N: "0" } } },
        { End: true },
      ),
    },
  });
  const lock = { TableName: "orders", Key: { id: { S: "lock" } } };
  const one = { ":one": { N: "1" } };
  const busy = {
    ErrorEquals: ["DynamoDB.ConditionalCheckFailedException"],
    IntervalSeconds: 1,
    MaxAttempts: 60,
    BackoffRate: 1,
  };
  const { status } = await run(
    "semaphore",
    {
      StartAt: "All",
      States: {
        All: {
          Type: "Map",
          ItemsPath: "$.items",
          End: true,
          ItemProcessor: {
            StartAt: "Acquire",
            States: {
              Acquire: task(
                "dynamodb:updateItem",
                {
                  ...lock,
                  UpdateExpression: "SET held = held + :one ADD seen :one",
                  ConditionExpression: "held < :limit",
                  ExpressionAttributeValues: { ...one, ":limit": { N: "5" } },
                },
                { Retry: [busy], ResultPath: null, Next: "Release" },
              ),
              Release: task(
                "dynamodb:updateItem",
                {
                  ...lock,
                  UpdateExpression: "SET held = held - :one",
                  ConditionExpression: "held > :none",
                  ExpressionAttributeValues: { ...one, ":none": { N: "0" } },
                },
                { ResultPath: null, End: true },
              ),
            },
          },
        },
      },
    },
    { items: Array.from({ length: 20 }, (_, i) => i) },
  );
  expect(status).toBe("SUCCEEDED");
  const { items } = (await rest("GET", "orders/items")) as { readonly items: readonly object[] };
  expect(items).toContainEqual(expect.objectContaining({ id: { S: "lock" }, held: { N: "0" }, seen: { N: "20" } }));
});

test("a query's result, in JSONata", async () => {
  const items = [1, 2, 3].map((n) => ({ PutRequest: { Item: { id: { S: `j${n}` }, n: { N: String(n) } } } }));
  const { output } = await run("jsonata", {
    QueryLanguage: "JSONata",
    StartAt: "Write",
    States: {
      Write: {
        Type: "Task",
        Resource: "arn:aws:states:::aws-sdk:dynamodb:batchWriteItem",
        Arguments: { RequestItems: { orders: items } },
        Next: "Read",
      },
      Read: {
        Type: "Task",
        Resource: "arn:aws:states:::aws-sdk:dynamodb:query",
        Arguments: {
          TableName: "orders",
          KeyConditionExpression: "id = :id",
          ExpressionAttributeValues: { ":id": { S: "{% 'j' & '2' %}" } },
        },
        Output: "{% $number($states.result.Items[0].n.N) %}",
        End: true,
      },
    },
  });
  expect(output).toBe(2);
});
