/** Express executions by the front door: a real server, the real AWS SDK, functions over HTTP. */
import { spawnSync } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  InvalidArn,
  InvalidExecutionInput,
  ListExecutionsCommand,
  SFNClient,
  StartExecutionCommand,
  StartSyncExecutionCommand,
  StateMachineDoesNotExist,
  StateMachineTypeNotSupported,
  StopExecutionCommand,
  UpdateStateMachineCommand,
  type StartSyncExecutionCommandOutput,
} from "@aws-sdk/client-sfn";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ROLE, startTestServer, TestFunctions, until, type TestServer } from "./server.ts";

let server: TestServer;
let functions: TestFunctions;
let client: SFNClient;

beforeAll(async () => {
  server = await startTestServer();
  functions = await TestFunctions.start();
  const credentials = { accessKeyId: "test", secretAccessKey: "test" };
  const { endpoint } = server;
  client = new SFNClient({ endpoint, region: "us-east-1", credentials, maxAttempts: 1, disableHostPrefix: true });
});

afterAll(async () => {
  client.destroy();
  await server.stop();
  functions.stop();
});

const machine = (States: object, more: object = {}): object => ({ StartAt: Object.keys(States)[0], States, ...more });
const invoke = (FunctionName: string, more: object = {}): object => ({
  Type: "Task",
  Resource: "arn:aws:states:::lambda:invoke",
  Parameters: { FunctionName, "Payload.$": "$" },
  OutputPath: "$.Payload",
  End: true,
  ...more,
});

async function create(name: string, definition: object, type: "EXPRESS" | "STANDARD" = "EXPRESS"): Promise<string> {
  const input = { name, type, definition: JSON.stringify(definition), roleArn: ROLE };
  return (await client.send(new CreateStateMachineCommand(input))).stateMachineArn ?? "";
}

async function run(stateMachineArn: string, input: unknown = {}): Promise<StartSyncExecutionCommandOutput> {
  return client.send(new StartSyncExecutionCommand({ stateMachineArn, input: JSON.stringify(input) }));
}

async function runOf(name: string, definition: object, input?: unknown): Promise<StartSyncExecutionCommandOutput> {
  return run(await create(name, definition), input);
}

describe("StartSyncExecution", () => {
  test("answers the output, the times and the bill", async () => {
    const answer = await runOf("passes", machine({ A: { Type: "Pass", Result: { done: true }, End: true } }), { a: 1 });
    expect(answer).toMatchObject({
      status: "SUCCEEDED",
      input: '{"a":1}',
      output: '{"done":true}',
      inputDetails: { included: true },
      billingDetails: { billedDurationInMilliseconds: 100, billedMemoryUsedInMB: 64 },
    });
    expect(answer.executionArn).toBe(
      `arn:aws:states:us-east-1:123456789012:express:passes:${answer.name}:${idOf(answer)}`,
    );
    expect(answer.startDate).toBeInstanceOf(Date);
    expect(answer.stopDate!.getTime()).toBeGreaterThanOrEqual(answer.startDate!.getTime());
  });

  const idOf = ({ executionArn = "" }: StartSyncExecutionCommandOutput): string => executionArn.split(":").at(-1) ?? "";

  test("a failing execution is answered with its error", async () => {
    const answer = await runOf("fails", machine({ F: { Type: "Fail", Error: "Bad", Cause: "it is" } }));
    expect(answer).toMatchObject({ status: "FAILED", error: "Bad", cause: "it is" });
    expect(answer.output).toBeUndefined();
  });

  test("one that takes longer than its TimeoutSeconds is timed out then", async () => {
    const began = Date.now();
    const definition = machine({ W: { Type: "Wait", Seconds: 60, End: true } }, { TimeoutSeconds: 1 });
    expect(await runOf("late", definition)).toMatchObject({
      status: "TIMED_OUT",
      error: "States.Timeout",
      billingDetails: { billedDurationInMilliseconds: expect.toSatisfy((x: number) => x >= 1000 && x < 5000) },
    });
    expect(Date.now() - began).toBeLessThan(5_000);
  });

  test("a function is tried again until it answers", async () => {
    let attempts = 0;
    await functions.register(server.endpoint, "moody", () => ({ attempts: (attempts += 1) }));
    const again = machine({
      Call: invoke("moody", { End: undefined, Next: "Enough" }),
      Enough: {
        Type: "Choice",
        Choices: [{ Variable: "$.attempts", NumericLessThan: 3, Next: "Call" }],
        Default: "Done",
      },
      Done: { Type: "Succeed" },
    });
    expect(await runOf("moody", again)).toMatchObject({ status: "SUCCEEDED", output: '{"attempts":3}' });
    const Retry = [
      { ErrorEquals: ["Lambda.ResourceNotFoundException"], IntervalSeconds: 1, MaxAttempts: 2, BackoffRate: 1 },
    ];
    const answer = await runOf("retries", machine({ Call: invoke("nobody", { Retry }) }));
    expect(answer).toMatchObject({ status: "FAILED", error: "Lambda.ResourceNotFoundException" });
    expect(answer.billingDetails?.billedDurationInMilliseconds).toBeGreaterThanOrEqual(2000);
  });

  test("an error is caught", async () => {
    const Catch = [{ ErrorEquals: ["States.ALL"], ResultPath: "$.error", Next: "Caught" }];
    const States = {
      Call: invoke("nobody", { Catch }),
      Caught: { Type: "Pass", OutputPath: "$.error.Error", End: true },
    };
    expect(await runOf("catches", machine(States))).toMatchObject({
      status: "SUCCEEDED",
      output: '"Lambda.ResourceNotFoundException"',
    });
  });

  test("branches and items are worked on at the same time, with functions", async () => {
    await functions.register(server.endpoint, "double", async ({ input }) => {
      await sleep(100);
      return Number(input) * 2;
    });
    const each = { Type: "Map", ItemProcessor: machine({ Call: invoke("double") }), End: true };
    const Branches = [machine({ Each: each }), machine({ W: { Type: "Wait", Seconds: 1, End: true } })];
    const answer = await runOf("wide", machine({ Both: { Type: "Parallel", Branches, End: true } }), [1, 2, 3, 4, 5]);
    expect(JSON.parse(answer.output ?? "")).toEqual([
      [2, 4, 6, 8, 10],
      [1, 2, 3, 4, 5],
    ]);
    expect(answer.stopDate!.getTime() - answer.startDate!.getTime()).toBeLessThan(3_000);
  });

  test("fifty at the same time answer, each its own", async () => {
    const stateMachineArn = await create("fifty", machine({ Call: invoke("double") }));
    const answers = await Promise.all(Array.from({ length: 50 }, (_, n) => run(stateMachineArn, n)));
    expect(answers.map((x) => x.output)).toEqual(answers.map((_, n) => String(n * 2)));
    expect(new Set(answers.map((x) => x.executionArn)).size).toBe(50);
  });

  test("an execution goes on when its caller is gone", async () => {
    await functions.register(server.endpoint, "left", () => "done");
    const States = { W: { Type: "Wait", Seconds: 2, Next: "Call" }, Call: invoke("left") };
    const stateMachineArn = await create("left", machine(States));
    const abort = new AbortController();
    const headers = { "x-amz-target": "AWSStepFunctions.StartSyncExecution" };
    const request = { method: "POST", headers, body: JSON.stringify({ stateMachineArn }), signal: abort.signal };
    const answer = fetch(server.endpoint, request).catch(() => "gone");
    await sleep(500);
    abort.abort();
    expect(await answer).toBe("gone");
    const wasCalled = async (): Promise<boolean> => functions.calls.some((x) => x.functionName === "left");
    expect(await until(15, wasCalled, (x) => x)).toBe(true);
  });

  test("a change of the state machine is seen by the next call", async () => {
    const stateMachineArn = await create("changes", machine({ A: { Type: "Pass", Result: 1, End: true } }));
    expect((await run(stateMachineArn)).output).toBe("1");
    const definition = JSON.stringify(machine({ A: { Type: "Pass", Result: 2, End: true } }));
    await client.send(new UpdateStateMachineCommand({ stateMachineArn, definition }));
    expect((await run(stateMachineArn)).output).toBe("2");
  });

  test("others answer while one computes without an end, and that one is timed out", async () => {
    const never = [{ Variable: "$.never", IsPresent: true, Next: "End" }];
    const States = {
      A: { Type: "Pass", Next: "B" },
      B: { Type: "Choice", Choices: never, Default: "A" },
      End: { Type: "Succeed" },
    };
    const endlessArn = await create("endless", machine(States));
    const endless = run(endlessArn);
    const stateMachineArn = await create("beside", machine({ A: { Type: "Pass", End: true } }));
    for (let n = 0; n < 10; n++) expect((await run(stateMachineArn)).status).toBe("SUCCEEDED");
    expect(await endless).toMatchObject({ status: "TIMED_OUT", error: "States.Timeout" });
  });

  test("inputs and outputs have AWS's limits", async () => {
    const stateMachineArn = await create("limits", machine({ A: { Type: "Pass", End: true } }));
    const largest = "x".repeat(262_142);
    expect((await run(stateMachineArn, largest)).output).toBe(JSON.stringify(largest));
    await expect(run(stateMachineArn, "é".repeat(131_072))).rejects.toThrow(InvalidExecutionInput);
    const twice = machine({ A: { Type: "Pass", Parameters: { "a.$": "$", "b.$": "$" }, End: true } });
    expect(await runOf("twice", twice, largest)).toMatchObject({ status: "FAILED", error: "States.DataLimitExceeded" });
  });

  test("what cannot be run so is refused with the SDK's own exceptions", async () => {
    const standard = await create("standard", machine({ A: { Type: "Pass", End: true } }), "STANDARD");
    await expect(run(standard)).rejects.toThrow(StateMachineTypeNotSupported);
    await expect(run(`${standard}-not`)).rejects.toThrow(StateMachineDoesNotExist);
    await expect(run("nonsense")).rejects.toThrow(InvalidArn);
  });
});

describe("StartExecution of an Express state machine", () => {
  test("is answered at once; the execution runs, and has no record", async () => {
    await functions.register(server.endpoint, "later", ({ input }) => input);
    const stateMachineArn = await create("later", machine({ Call: invoke("later") }));
    const start = async (n: number): Promise<string> => {
      const input = JSON.stringify({ n, text: "x".repeat(n * 60_000) });
      return (await client.send(new StartExecutionCommand({ stateMachineArn, name: "run", input }))).executionArn ?? "";
    };
    const arns = await Promise.all([start(0), start(1), start(2), start(3), start(4)]);
    const called = async (): Promise<readonly string[]> =>
      functions.calls
        .filter((x) => x.functionName === "later")
        .map((x) => String(x.headers["stepflare-execution-arn"]));
    const callers = await until(15, called, (x) => new Set(x).size === arns.length);
    expect(new Set(callers)).toEqual(new Set(arns));
    const [executionArn] = arns;
    const refusal = "Invalid Arn: 'Resource type not valid in this context: express'";
    await expect(client.send(new DescribeExecutionCommand({ executionArn }))).rejects.toThrow(refusal);
    await expect(client.send(new StopExecutionCommand({ executionArn }))).rejects.toThrow(refusal);
    await expect(client.send(new ListExecutionsCommand({ stateMachineArn }))).rejects.toThrow(
      StateMachineTypeNotSupported,
    );
  });
});

const hasCli = spawnSync("aws", ["--version"]).status === 0;

test.skipIf(!hasCli)(
  `the AWS CLI starts synchronously where it is told to leave the host alone${hasCli ? "" : " (skipped: there is no aws command)"}`,
  async () => {
    const stateMachineArn = await create("cli-sync", machine({ A: { Type: "Pass", Result: "hello", End: true } }));
    const env = {
      ...process.env,
      AWS_ACCESS_KEY_ID: "test",
      AWS_SECRET_ACCESS_KEY: "test",
      AWS_DEFAULT_REGION: "us-east-1",
      AWS_DISABLE_HOST_PREFIX_INJECTION: "true",
    };
    const args = ["stepfunctions", "start-sync-execution", "--state-machine-arn", stateMachineArn];
    const where = ["--endpoint-url", server.endpoint, "--output", "json"];
    const { stdout, stderr } = spawnSync("aws", [...args, ...where], { env, encoding: "utf8" });
    if (stdout === "") throw new Error(stderr);
    expect(JSON.parse(stdout)).toMatchObject({ status: "SUCCEEDED", output: '"hello"' });
  },
);
