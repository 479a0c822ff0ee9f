/** Queues and topics through the front door: made over REST, used by state machines that the AWS SDK creates. */
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createHash } from "node:crypto";
import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  GetExecutionHistoryCommand,
  SendTaskSuccessCommand,
  StartExecutionCommand,
  type DescribeExecutionCommandOutput,
} from "@aws-sdk/client-sfn";
import { Webhook } from "standardwebhooks";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ROLE, startTestServer, TestFunctions, until, type TestServer } from "./server.ts";

interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

let server: TestServer;
let functions: TestFunctions;
const received: Received[] = [];
const hooks: Server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    received.push({ headers: request.headers, body: Buffer.concat(chunks).toString() });
    // The first time it is busy.
    response.writeHead(received.length === 1 ? 503 : 200).end();
  });
});

beforeAll(async () => {
  hooks.listen(0, "127.0.0.1");
  server = await startTestServer({ OUTBOUND_ALLOW: "loopback" });
  functions = await TestFunctions.start();
});

afterAll(async () => {
  hooks.close();
  functions.stop();
  await server.stop();
});

async function put(path: string, body: object): Promise<Record<string, unknown>> {
  const headers = { "content-type": "application/json" };
  const response = await fetch(server.endpoint + path, { method: "PUT", headers, body: JSON.stringify(body) });
  const text = await response.text();
  if (!response.ok) throw new Error(`${path}: ${text}`);
  return JSON.parse(text) as Record<string, unknown>;
}

async function run(name: string, task: object, input: unknown): Promise<DescribeExecutionCommandOutput> {
  const definition = JSON.stringify({ StartAt: "Send", States: { Send: { Type: "Task", ...task, End: true } } });
  const { stateMachineArn } = await server.client.send(
    new CreateStateMachineCommand({ name, definition, roleArn: ROLE }),
  );
  const { executionArn } = await server.client.send(
    new StartExecutionCommand({ stateMachineArn, input: JSON.stringify(input) }),
  );
  const describe = (): Promise<DescribeExecutionCommandOutput> =>
    server.client.send(new DescribeExecutionCommand({ executionArn }));
  return until(20, describe, ({ status }) => status !== "RUNNING");
}

test("a queue's function answers the task whose token it finds in the message", async () => {
  await functions.register(server.endpoint, "clerk", async ({ input }) => {
    const { Records } = input as { Records: { body: string; messageId: string }[] };
    for (const { body } of Records) {
      const { taskToken, order } = JSON.parse(body) as { taskToken: string; order: number };
      const output = JSON.stringify({ booked: order });
      await server.client.send(new SendTaskSuccessCommand({ taskToken, output }));
    }
    return { batchItemFailures: [] };
  });
  const { url } = await put("/api/queues/orders", { function: "clerk" });
  const task = {
    Resource: "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
    Parameters: { QueueUrl: url, MessageBody: { "order.$": "$.order", "taskToken.$": "$$.Task.Token" } },
  };
  const ended = await run("queue-callback-e2e", task, { order: 7 });
  expect([ended.status, ended.output]).toEqual(["SUCCEEDED", '{"booked":7}']);
  const { events } = await server.client.send(new GetExecutionHistoryCommand({ executionArn: ended.executionArn }));
  const submitted = events?.find(({ type }) => type === "TaskSubmitted")?.taskSubmittedEventDetails;
  const [record] = (functions.calls.at(-1)!.input as { Records: { messageId: string; body: string }[] }).Records;
  expect([submitted?.resourceType, submitted?.resource]).toEqual(["sqs", "sendMessage.waitForTaskToken"]);
  expect(JSON.parse(submitted?.output ?? "")).toMatchObject({
    MessageId: record?.messageId,
    MD5OfMessageBody: createHash("md5")
      .update(record?.body ?? "")
      .digest("hex"),
    SdkHttpMetadata: { HttpStatusCode: 200 },
  });
});

test("a topic's webhook gets what is published, signed, once it is there to take it", async () => {
  await put("/api/topics/news", {});
  const { port } = hooks.address() as AddressInfo;
  const path = "/api/topics/news/subscriptions/hook";
  const { secret } = await put(path, { url: `http://127.0.0.1:${port}/`, filterPolicy: { kind: ["new"] } });
  const publishing = (kind: string): object => ({
    Resource: "arn:aws:states:::sns:publish",
    Parameters: {
      TopicArn: "arn:aws:sns:us-east-1:123456789012:news",
      "Message.$": "$",
      MessageAttributes: { kind: { DataType: "String", StringValue: kind } },
    },
  });
  const old = await run("publish-old", publishing("old"), { n: 1 });
  const ended = await run("publish-new", publishing("new"), { n: 2 });
  expect([old.status, ended.status]).toEqual(["SUCCEEDED", "SUCCEEDED"]);
  const { MessageId } = JSON.parse(ended.output ?? "") as { MessageId: string };
  await until(
    30,
    async () => received.length,
    (count) => count >= 2,
  );
  expect(received.map(({ headers }) => headers["webhook-id"])).toEqual([MessageId, MessageId]);
  for (const { headers, body } of received) {
    const verified = new Webhook(String(secret)).verify(body, headers as Record<string, string>);
    expect(verified).toMatchObject({ Type: "Notification", MessageId, Message: '{"n":2}' });
  }
});

test("what there is not is an error that a state can catch", async () => {
  const task = {
    Resource: "arn:aws:states:::sqs:sendMessage",
    Parameters: { QueueUrl: "https://sqs.us-east-1.amazonaws.com/123456789012/none", MessageBody: "x" },
  };
  expect(await run("no-queue", task, {})).toMatchObject({
    status: "FAILED",
    error: "SQS.QueueDoesNotExistException",
    cause: expect.stringMatching(/^The specified queue does not exist\. \(Service: AmazonSQS; Status Code: 400; /u),
  });
});

test("a mail is sent by the platform, which keeps it on this machine", async () => {
  const mail = {
    Resource: "arn:aws:states:::aws-sdk:sesv2:sendEmail",
    Parameters: {
      FromEmailAddress: "a@example.com",
      Destination: { ToAddresses: ["b@example.com"] },
      Content: { Simple: { Subject: { Data: "s" }, Body: { Text: { Data: "t" } } } },
    },
  };
  const sent = await run("mail", mail, {});
  expect(sent).toMatchObject({ status: "SUCCEEDED" });
  expect(JSON.parse(sent.output ?? "{}")).toEqual({ MessageId: expect.any(String) });
});
