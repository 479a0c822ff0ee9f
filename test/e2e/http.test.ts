/** Tasks on APIs of others: `http:invoke` with a connection, `apigateway:invoke` with a callback, and what TestState shows. */
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  GetExecutionHistoryCommand,
  SendTaskSuccessCommand,
  SFNClient,
  StartExecutionCommand,
  TestStateCommand,
  type DescribeExecutionOutput,
  type HistoryEvent,
} from "@aws-sdk/client-sfn";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ROLE, startTestServer, until, type TestServer } from "./server.ts";

const ENDPOINT = "abc123.execute-api.us-east-1.amazonaws.com";

interface Received {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

let server: TestServer;
let client: SFNClient;
let api: string;
const received: Received[] = [];
const web = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    const { method, url, headers } = request;
    received.push({ method, url, headers, body: Buffer.concat(chunks).toString() });
    if (url?.startsWith("/moved")) response.writeHead(302, { location: "/pets" }).end();
    else if (url?.startsWith("/none")) {
      response.writeHead(404, { "content-type": "application/json" }).end('{"message":"no such pet"}');
    } else if (url?.startsWith("/torn")) response.destroy();
    else {
      const echo = { authorization: headers.authorization ?? null };
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ echo }));
    }
  });
});

beforeAll(async () => {
  web.listen(0, "127.0.0.1");
  await once(web, "listening");
  api = `http://127.0.0.1:${(web.address() as AddressInfo).port}`;
  server = await startTestServer({ API_ENDPOINTS: JSON.stringify({ [ENDPOINT]: `${api}/gateway` }) });
  const { endpoint } = server;
  const credentials = { accessKeyId: "test", secretAccessKey: "test" };
  client = new SFNClient({ endpoint, region: "us-east-1", credentials, maxAttempts: 1, disableHostPrefix: true });
  const body = JSON.stringify({ authorizationType: "BASIC", username: "ann", password: "correct horse" });
  const headers = { "content-type": "application/json" };
  const put = await fetch(`${endpoint}/api/connections/payments`, { method: "PUT", headers, body });
  if (!put.ok) throw new Error(await put.text());
});

afterAll(async () => {
  client.destroy();
  await server.stop();
  web.closeAllConnections();
  web.close();
});

interface Ended {
  readonly execution: DescribeExecutionOutput;
  readonly events: readonly HistoryEvent[];
}

const task = (resource: string, parameters: object, more: object = {}): object => ({
  Type: "Task",
  Resource: `arn:aws:states:::${resource}`,
  Parameters: parameters,
  End: true,
  ...more,
});

let count = 0;

/** Runs a machine of that one state to its end. */
async function run(state: object): Promise<Ended> {
  count += 1;
  const definition = JSON.stringify({ StartAt: "Call", States: { Call: state } });
  const name = `http-${count}`;
  const { stateMachineArn } = await client.send(new CreateStateMachineCommand({ name, definition, roleArn: ROLE }));
  const { executionArn } = await client.send(new StartExecutionCommand({ stateMachineArn }));
  const execution = await until(
    30,
    () => client.send(new DescribeExecutionCommand({ executionArn })),
    ({ status }) => status !== "RUNNING",
  );
  const { events = [] } = await client.send(new GetExecutionHistoryCommand({ executionArn }));
  return { execution, events };
}

const typesOf = ({ events }: Ended): readonly unknown[] => events.map((event) => event.type);

describe("http:invoke", () => {
  const parameters = {
    ApiEndpoint: "",
    Method: "POST",
    Authentication: { ConnectionArn: "arn:aws:events:us-east-1:123456789012:connection/payments/81210c42" },
    Headers: { Accept: "application/json" },
    QueryParameters: { kind: ["cat", "dog"] },
    RequestBody: { name: "Tom" },
  };

  test("calls an API with a connection, whose secret is in no history", async () => {
    const ended = await run(task("http:invoke", { ...parameters, ApiEndpoint: `${api}/pets` }));
    expect(ended.execution).toMatchObject({ status: "SUCCEEDED" });
    expect(JSON.parse(ended.execution.output ?? "")).toMatchObject({
      Headers: { "content-type": ["application/json"] },
      ResponseBody: { echo: { authorization: "Basic ***" } },
      StatusCode: 200,
      StatusText: "OK",
    });
    const credentials = Buffer.from("ann:correct horse").toString("base64");
    expect(received.at(-1)).toMatchObject({
      method: "POST",
      url: "/pets?kind=cat&kind=dog",
      body: '{"name":"Tom"}',
      headers: {
        authorization: `Basic ${credentials}`,
        "content-type": "application/json",
        "user-agent": "Amazon|StepFunctions|HttpInvoke|us-east-1",
        range: "bytes=0-262144",
      },
    });
    expect(JSON.stringify(ended)).not.toContain(credentials);
    expect(typesOf(ended).slice(2, 5)).toEqual(["TaskScheduled", "TaskStarted", "TaskSucceeded"]);
  });

  test.each([
    ["none", "States.Http.StatusCode.404", '{"message":"no such pet"}'],
    ["moved", "States.Http.StatusCode.302", "Found"],
    ["torn", "States.Http.Socket", expect.stringContaining("There is no answer of")],
  ])("of /%s fails with %s", async (path, error, cause) => {
    const { execution } = await run(task("http:invoke", { ApiEndpoint: `${api}/${path}`, Method: "GET" }));
    expect(execution).toMatchObject({ status: "FAILED", error, cause });
  });

  test("is shown by TestState at the level TRACE", async () => {
    const definition = JSON.stringify(task("http:invoke", { ...parameters, ApiEndpoint: `${api}/pets` }));
    const command = { definition, roleArn: ROLE, inspectionLevel: "TRACE" } as const;
    const { status, inspectionData } = await client.send(new TestStateCommand(command));
    expect(status).toBe("SUCCEEDED");
    expect(inspectionData?.request).toMatchObject({ protocol: "http", method: "POST", body: '{"name":"Tom"}' });
    expect(inspectionData?.response).toMatchObject({
      statusCode: "200",
      body: '{"echo":{"authorization":"Basic ***"}}',
    });
    expect(inspectionData?.request?.headers).not.toContain("Basic");
    const revealed = await client.send(new TestStateCommand({ ...command, revealSecrets: true }));
    expect(revealed.inspectionData?.request?.headers).toContain("Authorization: Basic YW5u");
  });
});

describe("apigateway:invoke", () => {
  const parameters = { ApiEndpoint: ENDPOINT, Method: "POST", Stage: "dev", Path: "pets" };

  test("calls the API where API_ENDPOINTS says that it is", async () => {
    const ended = await run(task("apigateway:invoke", { ...parameters, RequestBody: { a: null, b: 1 } }));
    expect(received.at(-1)).toMatchObject({ method: "POST", url: "/gateway/dev/pets", body: '{"b":1}' });
    expect(JSON.parse(ended.execution.output ?? "")).toMatchObject({
      Headers: { "Content-Type": ["application/json"] },
      ResponseBody: { echo: { authorization: null } },
      StatusCode: 200,
    });
    expect(ended.events[2]?.taskScheduledEventDetails).toMatchObject({
      resourceType: "apigateway",
      resource: "invoke",
    });
  });

  test("waits for the callback that its API makes", async () => {
    const token = { "TaskToken.$": "States.Array($$.Task.Token)" };
    const running = run(task("apigateway:invoke.waitForTaskToken", { ...parameters, Path: "later", Headers: token }));
    const call = await until(
      30,
      async () => received.find(({ url }) => url === "/gateway/dev/later"),
      (found) => found !== undefined,
    );
    const taskToken = String(call?.headers["tasktoken"]);
    await client.send(new SendTaskSuccessCommand({ taskToken, output: '"done"' }));
    const ended = await running;
    expect(ended.execution).toMatchObject({ status: "SUCCEEDED", output: '"done"' });
    expect(typesOf(ended)).toContain("TaskSubmitted");
  });
});
