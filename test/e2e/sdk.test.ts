/** The front door: a real server, the real AWS SDK, raw HTTP, and the AWS CLI where it is installed. */
import { spawnSync } from "node:child_process";
import {
  CreateStateMachineCommand,
  DeleteStateMachineCommand,
  DescribeExecutionCommand,
  DescribeStateMachineCommand,
  DescribeStateMachineForExecutionCommand,
  ExecutionAlreadyExists,
  ExecutionDoesNotExist,
  GetExecutionHistoryCommand,
  InvalidArn,
  InvalidDefinition,
  InvalidExecutionInput,
  InvalidOutput,
  InvalidToken,
  ListExecutionsCommand,
  ListStateMachinesCommand,
  SendTaskFailureCommand,
  SendTaskHeartbeatCommand,
  SendTaskSuccessCommand,
  StartExecutionCommand,
  StateMachineDoesNotExist,
  StopExecutionCommand,
  TaskTimedOut,
  UpdateStateMachineCommand,
} from "@aws-sdk/client-sfn";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ROLE, startTestServer, TestFunctions, until, type TestServer } from "./server.ts";

let server: TestServer;
let functions: TestFunctions;

beforeAll(async () => {
  server = await startTestServer();
  functions = await TestFunctions.start();
});

afterAll(async () => {
  await server.stop();
  functions.stop();
});

const machine = (States: object): string => JSON.stringify({ StartAt: Object.keys(States)[0], States });
const PASS = machine({ A: { Type: "Pass", End: true } });
const WAIT = machine({ A: { Type: "Wait", Seconds: 3600, End: true } });

async function create(name: string, definition: string): Promise<string> {
  const created = await server.client.send(new CreateStateMachineCommand({ name, definition, roleArn: ROLE }));
  return created.stateMachineArn ?? "";
}

async function startOf(stateMachineArn: string, input = "{}", name?: string): Promise<string> {
  const started = await server.client.send(
    new StartExecutionCommand({ stateMachineArn, input, ...(name && { name }) }),
  );
  return started.executionArn ?? "";
}

async function statusOf(executionArn: string): Promise<string | undefined> {
  return (await server.client.send(new DescribeExecutionCommand({ executionArn }))).status;
}

test("a state machine is created, described, updated, listed and deleted", async () => {
  const stateMachineArn = await create("life", PASS);
  expect(await create("life", PASS)).toBe(stateMachineArn);
  const described = await server.client.send(new DescribeStateMachineCommand({ stateMachineArn }));
  expect(described).toMatchObject({
    name: "life",
    type: "STANDARD",
    status: "ACTIVE",
    definition: PASS,
    roleArn: ROLE,
  });
  expect(described.creationDate).toBeInstanceOf(Date);
  const updated = await server.client.send(new UpdateStateMachineCommand({ stateMachineArn, definition: WAIT }));
  expect(updated.revisionId).toMatch(/^[0-9a-f-]{36}$/u);
  const { stateMachines = [] } = await server.client.send(new ListStateMachinesCommand({}));
  expect(stateMachines.map((x) => x.name)).toContain("life");
  await server.client.send(new DeleteStateMachineCommand({ stateMachineArn }));
  await expect(server.client.send(new DescribeStateMachineCommand({ stateMachineArn }))).rejects.toThrow(
    StateMachineDoesNotExist,
  );
});

test("[F55] a running execution keeps the definition it was started with", async () => {
  const stateMachineArn = await create("pinned", WAIT);
  const executionArn = await startOf(stateMachineArn);
  await server.client.send(new UpdateStateMachineCommand({ stateMachineArn, definition: PASS }));
  const pinned = await server.client.send(new DescribeStateMachineForExecutionCommand({ executionArn }));
  expect(pinned).toMatchObject({ definition: WAIT, stateMachineArn, roleArn: ROLE });
  await server.client.send(new StopExecutionCommand({ executionArn, error: "Done", cause: "seen enough" }));
  expect(await server.client.send(new DescribeExecutionCommand({ executionArn }))).toMatchObject({
    status: "ABORTED",
    error: "Done",
    cause: "seen enough",
  });
});

test("executions are listed newest first and by status, and pages continue where they ended", async () => {
  const stateMachineArn = await create("listed", PASS);
  for (let i = 0; i < 5; i++) await startOf(stateMachineArn, "{}", `run-${i}`);
  const list = async (input: object): Promise<{ names: (string | undefined)[]; nextToken: string | undefined }> => {
    const page = await server.client.send(new ListExecutionsCommand({ stateMachineArn, ...input }));
    return { names: (page.executions ?? []).map((x) => x.name), nextToken: page.nextToken };
  };
  await until(
    20,
    () => list({}),
    ({ names }) => names.length === 5,
  );
  const first = await list({ maxResults: 3 });
  const second = await list({ maxResults: 3, nextToken: first.nextToken });
  expect([...first.names, ...second.names]).toEqual(["run-4", "run-3", "run-2", "run-1", "run-0"]);
  expect((await list({ statusFilter: "FAILED" })).names).toEqual([]);
});

test("history is read in pages, forwards and backwards, with data and without", async () => {
  const executionArn = await startOf(await create("history", PASS), '{"secret": 1}');
  const read = (input: object) => server.client.send(new GetExecutionHistoryCommand({ executionArn, ...input }));
  const first = await read({ maxResults: 3 });
  const second = await read({ maxResults: 3, nextToken: first.nextToken });
  expect([...(first.events ?? []), ...(second.events ?? [])].map((x) => x.id)).toEqual([1, 2, 3, 4]);
  expect(second.nextToken).toBeUndefined();
  expect((await read({ reverseOrder: true })).events?.map((x) => x.id)).toEqual([4, 3, 2, 1]);
  expect(JSON.stringify(first)).toContain("secret");
  expect(JSON.stringify(await read({ includeExecutionData: false }))).not.toContain("secret");
});

test("a callback continues its task, and its token answers once", async () => {
  await functions.register(server.endpoint, "ask", () => null);
  const stateMachineArn = await create(
    "callback",
    machine({
      Ask: {
        Type: "Task",
        Resource: "arn:aws:states:::lambda:invoke.waitForTaskToken",
        Parameters: { FunctionName: "ask", Payload: { "token.$": "$$.Task.Token" } },
        End: true,
      },
    }),
  );
  const executionArn = await startOf(stateMachineArn);
  const call = await until(
    20,
    async () => functions.calls.find((x) => x.functionName === "ask"),
    (x) => x !== undefined,
  );
  const { token: taskToken } = (call?.input ?? {}) as { token?: string };
  await server.client.send(new SendTaskHeartbeatCommand({ taskToken }));
  await expect(server.client.send(new SendTaskSuccessCommand({ taskToken, output: "not json" }))).rejects.toThrow(
    InvalidOutput,
  );
  await server.client.send(new SendTaskFailureCommand({ taskToken, error: "Refused", cause: "by a person" }));
  expect(await server.client.send(new DescribeExecutionCommand({ executionArn }))).toMatchObject({
    status: "FAILED",
    error: "Refused",
    cause: "by a person",
  });
  await expect(server.client.send(new SendTaskSuccessCommand({ taskToken, output: "1" }))).rejects.toThrow(
    TaskTimedOut,
  );
});

const arnOf = (type: string, name: string): string => `arn:aws:states:us-east-1:123456789012:${type}:${name}`;

test("what a caller gets wrong is the SDK's own typed error", async () => {
  const stateMachineArn = await create("errors", WAIT);
  await startOf(stateMachineArn, "{}", "taken");
  const { client } = server;
  await expect(
    client.send(new CreateStateMachineCommand({ name: "x", definition: "{}", roleArn: ROLE })),
  ).rejects.toThrow(InvalidDefinition);
  await expect(startOf(arnOf("stateMachine", "nobody"))).rejects.toThrow(StateMachineDoesNotExist);
  await expect(startOf("not an arn")).rejects.toThrow(InvalidArn);
  await expect(startOf(stateMachineArn, "{")).rejects.toThrow(InvalidExecutionInput);
  await expect(startOf(stateMachineArn, '{"other":1}', "taken")).rejects.toThrow(ExecutionAlreadyExists);
  await expect(statusOf(arnOf("execution", "errors:nobody"))).rejects.toThrow(ExecutionDoesNotExist);
  await expect(client.send(new SendTaskSuccessCommand({ taskToken: "made-up", output: "{}" }))).rejects.toThrow(
    InvalidToken,
  );
});

describe("raw HTTP", () => {
  async function post(target: string, body: string): Promise<{ status: number; type: unknown }> {
    const headers = { "X-Amz-Target": `AWSStepFunctions.${target}`, "Content-Type": "application/x-amz-json-1.0" };
    const response = await fetch(server.endpoint, { method: "POST", headers, body });
    const answer = (await response.json()) as { __type?: unknown };
    return { status: response.status, type: answer.__type };
  }

  const deep = "[".repeat(100_000);
  const hostile = (definition: string): string => JSON.stringify({ name: "hostile", roleArn: ROLE, definition });

  test.each([
    ["nothing", "CreateStateMachine", "", 400],
    ["not JSON", "StartExecution", "{", 400],
    ["not an object", "StartExecution", "[]", 400],
    ["an unknown operation", "Explode", "{}", 400],
    ["100,000 nested arrays", "StartExecution", deep, 400],
    ["a definition that is not JSON", "CreateStateMachine", hostile("nope"), 400],
    ["a definition that is not an object", "CreateStateMachine", hostile("[]"), 400],
    ["a definition of 100,000 nested arrays", "CreateStateMachine", hostile(deep), 400],
    ["a definition of a megabyte and one", "CreateStateMachine", hostile(" ".repeat(1_048_577)), 400],
    ["a body far too large", "CreateStateMachine", hostile("x".repeat(3_000_000)), 413],
    ["an operation that is not there yet", "TestState", '{"definition":"{}"}', 400],
  ])("%s is answered with a typed error", async (_, target, body, status) => {
    const answer = await post(target, body);
    expect(answer.status).toBe(status);
    expect(answer.type).toEqual(expect.any(String));
  });

  test("[F38] an input over 262,144 bytes is refused and nothing is started", async () => {
    const stateMachineArn = arnOf("stateMachine", "listed");
    const input = JSON.stringify("é".repeat(140_000));
    const answer = await post("StartExecution", JSON.stringify({ stateMachineArn, name: "too-large", input }));
    expect(answer).toEqual({ status: 400, type: "InvalidExecutionInput" });
    await expect(statusOf(arnOf("execution", "listed:too-large"))).rejects.toThrow(ExecutionDoesNotExist);
  });

  test("keys such as __proto__ are data", async () => {
    const stateMachineArn = await create(
      "proto",
      machine({ A: { Type: "Pass", Parameters: { "copy.$": "$.__proto__.x" }, End: true } }),
    );
    const executionArn = await startOf(stateMachineArn, '{"__proto__":{"x":1},"constructor":{"prototype":{}}}');
    const { output } = await server.client.send(new DescribeExecutionCommand({ executionArn }));
    expect(output).toBe('{"copy":1}');
    expect(await statusOf(executionArn)).toBe("SUCCEEDED");
  });
});

const hasCli = spawnSync("aws", ["--version"]).status === 0;

test.skipIf(!hasCli)(
  `the AWS CLI lists what the SDK started${hasCli ? "" : " (skipped: there is no aws command)"}`,
  async () => {
    const stateMachineArn = await create("cli", PASS);
    const executionArn = await startOf(stateMachineArn);
    const env = {
      ...process.env,
      AWS_ACCESS_KEY_ID: "test",
      AWS_SECRET_ACCESS_KEY: "test",
      AWS_DEFAULT_REGION: "us-east-1",
    };
    const list = async (): Promise<unknown> => {
      const args = [
        "stepfunctions",
        "list-executions",
        "--state-machine-arn",
        stateMachineArn,
        "--endpoint-url",
        server.endpoint,
      ];
      const { stdout, stderr } = spawnSync("aws", [...args, "--output", "json"], { env, encoding: "utf8" });
      if (stdout === "") throw new Error(stderr);
      return (JSON.parse(stdout) as { executions: unknown }).executions;
    };
    const executions = await until(30, list, (x) => Array.isArray(x) && x.length === 1);
    expect(executions).toMatchObject([{ executionArn, status: "SUCCEEDED" }]);
  },
);
