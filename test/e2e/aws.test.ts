/** Tasks that leave for real AWS, from the Worker in workerd to stand-ins that check each signature; AWS's clients see what came. */
import { CreateTableCommand, DynamoDBClient, GetItemCommand } from "@aws-sdk/client-dynamodb";
import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  StartExecutionCommand,
  StopExecutionCommand,
} from "@aws-sdk/client-sfn";
import { CreateTopicCommand, SNSClient, SubscribeCommand } from "@aws-sdk/client-sns";
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startStandIn, type StandIn } from "../aws/stand-in.ts";
import { ROLE, startTestServer, until, type TestServer } from "./server.ts";

let aws: StandIn;
let server: TestServer;
let dynamodb: DynamoDBClient;
let sqs: SQSClient;
let sns: SNSClient;

beforeAll(async () => {
  aws = await startStandIn();
  server = await startTestServer({
    AWS_ACCESS_KEY_ID: aws.accessKeyId,
    AWS_SECRET_ACCESS_KEY: aws.secretAccessKey,
    AWS_SERVICES: "*",
    AWS_ENDPOINTS: JSON.stringify({ "*": aws.endpoint }),
    OUTBOUND_ALLOW: aws.endpoint,
  });
  const { accessKeyId, secretAccessKey, endpoint } = aws;
  const options = { region: "us-east-1", endpoint, credentials: { accessKeyId, secretAccessKey }, maxAttempts: 1 };
  dynamodb = new DynamoDBClient(options);
  sqs = new SQSClient({ ...options, useQueueUrlAsEndpoint: false });
  sns = new SNSClient(options);
});

afterAll(async () => {
  await server.stop();
  await aws.stop();
});

interface Ended {
  readonly output: Readonly<Record<string, unknown>>;
  readonly error: string | undefined;
  readonly cause: string | undefined;
}

/** Resolves once that holds. */
async function hold(what: () => Promise<boolean>): Promise<void> {
  await until(60, what, (holds) => holds);
}

/** Runs a machine of that one task. */
async function run(resource: string, parameters: object): Promise<Ended> {
  const definition = JSON.stringify({
    StartAt: "Call",
    States: { Call: { Type: "Task", Resource: `arn:aws:states:::${resource}`, Parameters: parameters, End: true } },
  });
  const name = `m-${(machines += 1)}`;
  const { stateMachineArn } = await server.client.send(
    new CreateStateMachineCommand({ name, type: "EXPRESS", definition, roleArn: ROLE }),
  );
  const ended = await fetch(`${server.endpoint}/api/state-machines/${name}/sync-executions`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ input: {} }),
  });
  expect(stateMachineArn).toBeDefined();
  return (await ended.json()) as Ended;
}
let machines = 0;

test("DynamoDB: an item that a task puts is read by AWS's client, and by another task", async () => {
  await dynamodb.send(
    new CreateTableCommand({
      TableName: "orders",
      AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
      KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
      BillingMode: "PAY_PER_REQUEST",
    }),
  );
  const Item = {
    id: { S: "a" },
    amount: { N: "12.5" },
    lines: { L: [{ M: { sku: { S: "é" } } }] },
    paid: { BOOL: true },
  };
  const put = await run("dynamodb:putItem", { TableName: "orders", Item });
  expect(put).toMatchObject({ output: { SdkHttpMetadata: { HttpStatusCode: 200 } } });
  const { Item: stored } = await dynamodb.send(new GetItemCommand({ TableName: "orders", Key: { id: { S: "a" } } }));
  expect(stored).toEqual(Item);
  const update = {
    TableName: "orders",
    Key: { id: { S: "a" } },
    UpdateExpression: "SET amount = amount + :n",
    ConditionExpression: "paid = :no",
    ExpressionAttributeValues: { ":n": { N: "1" }, ":no": { BOOL: false } },
  };
  expect(await run("dynamodb:updateItem", update)).toMatchObject({ error: "DynamoDB.ConditionalCheckFailedException" });
  expect(await run("aws-sdk:dynamodb:getItem", { TableName: "orders", Key: { Id: 1, id: { S: "a" } } })).toMatchObject({
    error: "States.Runtime",
  });
  const read = await run("aws-sdk:dynamodb:getItem", { TableName: "orders", Key: { id: { S: "a" } } });
  expect(read.output).toEqual({
    Item: { id: { S: "a" }, amount: { N: "12.5" }, lines: { L: [{ M: { sku: { S: "é" } } }] }, paid: { Bool: true } },
  });
  expect(await run("dynamodb:getItem", { TableName: "none", Key: { id: { S: "a" } } })).toMatchObject({
    error: "DynamoDB.ResourceNotFoundException",
    cause: expect.stringMatching(
      /^Requested resource not found \(Service: AmazonDynamoDBv2; Status Code: 400; Error Code: ResourceNotFoundException; Request ID: [\w-]+; Proxy: null\)$/u,
    ) as string,
  });
});

test("SQS and SNS: what tasks send, AWS's client receives, and checks its digest", async () => {
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: "work" }));
  const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: "news" }));
  await sns.send(new SubscribeCommand({ TopicArn, Protocol: "sqs", Endpoint: QueueUrl }));
  const sent = await run("sqs:sendMessage", { QueueUrl, MessageBody: { text: "ünï" } });
  expect(sent.output).toMatchObject({ MessageId: expect.any(String) as string });
  const published = await run("sns:publish", {
    TopicArn,
    Message: "a & b = ü",
    MessageAttributes: { kind: { DataType: "String", StringValue: "x+y" } },
  });
  expect(published.output).toMatchObject({ MessageId: expect.any(String) as string });
  const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
  expect(Messages.map(({ Body }) => JSON.parse(Body ?? "") as unknown)).toEqual([
    { text: "ünï" },
    {
      Type: "Notification",
      TopicArn,
      Message: "a & b = ü",
      MessageAttributes: { kind: { Type: "String", Value: "x+y" } },
    },
  ]);
  expect(await run("sqs:sendMessage", { QueueUrl, MessageBody: "" })).toMatchObject({
    error: "SQS.AmazonSQSException",
    cause: expect.stringContaining(
      "The request must contain the parameter MessageBody. (Service: AmazonSQS; Status Code: 400; Error Code: MissingParameter;",
    ) as string,
  });
  expect(await run("sqs:sendMessage", { QueueUrl: `${QueueUrl}2`, MessageBody: "b" })).toMatchObject({
    error: "SQS.QueueDoesNotExistException",
  });
  expect(await run("sns:publish", { TopicArn: `${TopicArn}2`, Message: "m" })).toMatchObject({
    error: "SNS.NotFoundException",
    cause: expect.stringContaining(
      "Topic does not exist (Service: AmazonSNS; Status Code: 404; Error Code: NotFound;",
    ) as string,
  });
});

test("EventBridge: an event arrives with the execution's ARN, one without a source fails the task", async () => {
  const entry = { Source: "shop", DetailType: "order", Detail: { id: 7 } };
  expect((await run("events:putEvents", { Entries: [entry] })).output).toMatchObject({ FailedEntryCount: 0 });
  expect(aws.events).toHaveLength(1);
  expect(aws.events[0]).toMatchObject({ Source: "shop", DetailType: "order", Detail: '{"id":7}' });
  expect(JSON.stringify(aws.events[0]?.["Resources"])).toContain(":stateMachine:m-");
  expect(await run("events:putEvents", { Entries: [{ DetailType: "order", Detail: {} }] })).toMatchObject({
    error: "EventBridge.FailedEntry",
  });
});

describe("a job that a Standard execution waits for", () => {
  const definition = JSON.stringify({
    StartAt: "Ask",
    States: {
      Ask: {
        Type: "Task",
        Resource: "arn:aws:states:::athena:startQueryExecution.sync",
        Parameters: { "QueryString.$": "$.sql" },
        End: true,
      },
    },
  });
  let machine = "";
  beforeAll(async () => {
    const created = await server.client.send(new CreateStateMachineCommand({ name: "ask", definition, roleArn: ROLE }));
    machine = created.stateMachineArn ?? "";
  });
  const start = async (sql: string): Promise<string> => {
    const input = JSON.stringify({ sql });
    const { executionArn = "" } = await server.client.send(
      new StartExecutionCommand({ stateMachineArn: machine, input }),
    );
    await hold(async () => aws.queries.begun.includes(sql));
    return executionArn;
  };

  test("is begun once, also where the runtime is killed while it runs", async () => {
    const executionArn = await start("SELECT 1");
    // Until it is remembered: it has been asked after.
    await hold(async () => (aws.requests.get("athena") ?? 0) > 1);
    await server.crash(() => undefined);
    aws.queries.areDone = true;
    const status = async (): Promise<string | undefined> =>
      (await server.client.send(new DescribeExecutionCommand({ executionArn }))).status;
    await hold(async () => (await status()) !== "RUNNING");
    const { output = "" } = await server.client.send(new DescribeExecutionCommand({ executionArn }));
    expect(JSON.parse(output)).toEqual({
      QueryExecution: { QueryExecutionId: "q-1", Status: { State: "SUCCEEDED" } },
    });
    expect(aws.queries.begun).toEqual(["SELECT 1"]);
  });

  test("is stopped with the execution", async () => {
    aws.queries.areDone = false;
    const executionArn = await start("SELECT 2");
    await server.client.send(new StopExecutionCommand({ executionArn }));
    await hold(async () => aws.queries.stopped.length > 0);
    expect(aws.queries.stopped).toEqual(["q-2"]);
  });
});

test("a request that another key has signed is refused by the door", async () => {
  const forged = new SQSClient({
    region: "us-east-1",
    endpoint: aws.endpoint,
    credentials: { accessKeyId: aws.accessKeyId, secretAccessKey: "another" },
    maxAttempts: 1,
  });
  await expect(forged.send(new CreateQueueCommand({ QueueName: "x" }))).rejects.toThrow("The signature does not match");
});
