/** Express executions in the real runtime: its timers, its queue, its objects for what is large, and no Durable Object. */
import {
  createExecutionContext,
  createMessageBatch,
  getQueueResult,
  listDurableObjectIds,
  waitOnExecutionContext,
} from "cloudflare:test";
import { beforeAll, describe, expect, test, vi } from "vitest";
import worker from "../../src/index.ts";
import { bindings, functionAnswering, prepareCatalogue, until, type FunctionCall } from "./words.ts";

const ROLE = "arn:aws:iam::123456789012:role/test";
const lambda = (name: string): string => `arn:aws:lambda:us-east-1:123456789012:function:${name}`;
const task = (Resource: string, fields: object = {}): object => ({ Type: "Task", Resource, End: true, ...fields });
const one = (state: object, fields: object = {}): object => ({ StartAt: "A", States: { A: state }, ...fields });

interface Answer {
  readonly stateMachineArn: string;
  readonly executionArn: string;
  readonly status: string;
  readonly output: string;
  readonly error?: string;
  readonly cause?: string;
  readonly startDate: number;
  readonly stopDate: number;
}

function requestOf(operation: string, input: object): Request<unknown, IncomingRequestCfProperties> {
  const headers = { "X-Amz-Target": `AWSStepFunctions.${operation}` };
  return new Request("http://localhost/", { method: "POST", headers, body: JSON.stringify(input) });
}

async function call(operation: string, input: object): Promise<Answer> {
  const ctx = createExecutionContext();
  const response = await worker.fetch!(requestOf(operation, input), bindings, ctx);
  await waitOnExecutionContext(ctx);
  return response.json();
}

async function create(name: string, definition: object, more: object = { type: "EXPRESS" }): Promise<string> {
  const input = { name, definition: JSON.stringify(definition), roleArn: ROLE, ...more };
  return (await call("CreateStateMachine", input)).stateMachineArn;
}

async function untilEnded(executionArn: string): Promise<Answer> {
  return until(
    () => call("DescribeExecution", { executionArn }),
    ({ status }) => status !== "RUNNING",
  );
}

const calledOnce = (calls: readonly FunctionCall[]): Promise<number> =>
  until(
    async () => calls.length,
    (length) => length > 0,
  );

beforeAll(prepareCatalogue);

describe("synchronous", () => {
  test("it waits in real time and answers, and no Durable Object comes into being", async () => {
    const stateMachineArn = await create("waiting", one({ Type: "Wait", Seconds: 1, End: true }));
    const answer = await call("StartSyncExecution", { stateMachineArn, input: "[1]" });
    expect(answer).toMatchObject({ status: "SUCCEEDED", output: "[1]" });
    expect(answer.stopDate - answer.startDate).toBeGreaterThanOrEqual(1);
    expect(await listDurableObjectIds(bindings.EXECUTION)).toEqual([]);
  });

  test("a call that takes longer than the machine's time is given up", async () => {
    let isGivenUp = false;
    await functionAnswering("slow", async ({ signal }) => {
      await new Promise<void>((resolve) => {
        signal.addEventListener("abort", () => {
          isGivenUp = true;
          resolve();
        });
      });
      return Response.json("late");
    });
    const stateMachineArn = await create("late", one(task(lambda("slow")), { TimeoutSeconds: 1 }));
    expect(await call("StartSyncExecution", { stateMachineArn })).toMatchObject({
      status: "TIMED_OUT",
      error: "States.Timeout",
    });
    expect(isGivenUp).toBe(true);
  });

  test("fifty at the same time call their functions and answer, each its own", async () => {
    await functionAnswering("twice", ({ input }) => Response.json(Number(input) * 2));
    const stateMachineArn = await create("twice", one(task(lambda("twice"))));
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, n) => call("StartSyncExecution", { stateMachineArn, input: String(n) })),
    );
    expect(answers.map((x) => x.output)).toEqual(Array.from({ length: 50 }, (_, n) => String(n * 2)));
  });

  test("it goes on when nobody waits for the answer any more", async () => {
    const calls = await functionAnswering("after", () => Response.json("done"));
    const States = { W: { Type: "Wait", Seconds: 1, Next: "A" }, A: task(lambda("after")) };
    const stateMachineArn = await create("left-alone", { StartAt: "W", States });
    const ctx = createExecutionContext();
    void worker.fetch!(requestOf("StartSyncExecution", { stateMachineArn }), bindings, ctx);
    // The execution was handed to the invocation, which therefore outlives its caller.
    await scheduler.wait(100);
    await waitOnExecutionContext(ctx);
    expect(calls).toHaveLength(1);
  });

  test("a machine that calls itself without an end is stopped at some depth", async () => {
    const calls = await functionAnswering("level", () => Response.json("done"));
    const StateMachineArn = "arn:aws:states:us-east-1:123456789012:stateMachine:itself";
    const itself = task("arn:aws:states:::aws-sdk:sfn:startSyncExecution", {
      Parameters: { StateMachineArn },
      ResultSelector: { "Status.$": "$.Status" },
    });
    await create("itself", {
      StartAt: "L",
      States: { L: { ...task(lambda("level")), End: undefined, Next: "A" }, A: itself },
    });
    const { status, output } = await call("StartSyncExecution", { stateMachineArn: StateMachineArn });
    expect([status, output]).toEqual(["SUCCEEDED", '{"Status":"SUCCEEDED"}']);
    expect(calls).toHaveLength(20);
  });
});

describe("asynchronous", () => {
  test("it is answered at once and run by the queue", async () => {
    const calls = await functionAnswering("later", () => Response.json("done"));
    const stateMachineArn = await create("later", one(task(lambda("later"))));
    const { executionArn } = await call("StartExecution", { stateMachineArn, name: "run", input: '{"a":1}' });
    expect(executionArn).toMatch(/:express:later:run:[\da-f-]{36}$/u);
    await calledOnce(calls);
    expect(calls[0]?.input).toEqual({ a: 1 });
    expect(calls[0]?.headers.get("Stepflare-Execution-Arn")).toBe(executionArn);
  });

  test("an input larger than a message comes through, and leaves nothing behind", async () => {
    const calls = await functionAnswering("large", () => Response.json("done"));
    const stateMachineArn = await create("large", one(task(lambda("large"))));
    const input = JSON.stringify("x".repeat(250_000));
    await call("StartExecution", { stateMachineArn, input });
    await calledOnce(calls);
    expect(JSON.stringify(calls[0]?.input)).toBe(input);
    const stored = await until(
      () => bindings.OBJECTS.list(),
      ({ objects }) => objects.length === 0,
    );
    expect(stored.objects).toEqual([]);
  });

  test("of a batch, only what could not be run is delivered again", async () => {
    const express = (definition: object): object => ({
      version: 1,
      express: {
        version: 1,
        executionArn: "arn:aws:states:us-east-1:123456789012:express:m:run:id",
        name: "run",
        stateMachineArn: "arn:aws:states:us-east-1:123456789012:stateMachine:m",
        stateMachineName: "m",
        roleArn: ROLE,
        revisionId: "INITIAL",
        definition: JSON.stringify(definition),
        definitionUpdatedAt: 0,
        input: "{}",
        startedAt: 0,
      },
    });
    const messages = [express({}), express(one({ Type: "Pass", End: true })), express(one({ Type: "Fail" }))];
    const batch = createMessageBatch(
      "whatever-its-name",
      messages.map((body, n) => ({ id: String(n), timestamp: new Date(0), attempts: 1, body })),
    );
    const error = vi.spyOn(console, "error").mockImplementation(() => undefined);
    const ctx = createExecutionContext();
    await worker.queue!(batch as never, bindings, ctx);
    const { explicitAcks, retryMessages } = await getQueueResult(batch, ctx);
    error.mockRestore();
    expect([explicitAcks.toSorted(), retryMessages.map((x) => x.msgId)]).toEqual([["1", "2"], ["0"]]);
  });

  test("it logs its history where the state machine says so", async () => {
    const lines: string[] = [];
    const log = vi.spyOn(console, "log").mockImplementation((line: string) => void lines.push(line));
    const destinations = [{ cloudWatchLogsLogGroup: { logGroupArn: "arn:aws:logs:us-east-1:1:log-group:x:*" } }];
    const loggingConfiguration = { level: "ALL", includeExecutionData: true, destinations };
    const stateMachineArn = await create("logged", one({ Type: "Pass", End: true }), {
      type: "EXPRESS",
      loggingConfiguration,
    });
    const { executionArn } = await call("StartExecution", { stateMachineArn });
    await until(
      async () => lines.length,
      (length) => length >= 4,
    );
    log.mockRestore();
    const entries = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(entries.map((x) => x["type"])).toEqual([
      "ExecutionStarted",
      "PassStateEntered",
      "PassStateExited",
      "ExecutionSucceeded",
    ]);
    expect(entries.every((x) => x["execution_arn"] === executionArn)).toBe(true);
  });
});

describe("as the child of a Standard execution", () => {
  const child = "arn:aws:states:us-east-1:123456789012:stateMachine:child";
  const parent = async (name: string, resource: string): Promise<Answer> => {
    const Parameters = { StateMachineArn: child, Name: "same", Input: { a: 1 } };
    const stateMachineArn = await create(name, one(task(`arn:aws:states:::${resource}`, { Parameters })), {});
    const { executionArn } = await call("StartExecution", { stateMachineArn });
    return untilEnded(executionArn);
  };

  beforeAll(async () => {
    const States = {
      A: { Type: "Choice", Choices: [{ Variable: "$.a", NumericEquals: 1, Next: "Good" }], Default: "Bad" },
      Good: { Type: "Pass", Result: { good: true }, End: true },
      Bad: { Type: "Fail", Error: "Bad", Cause: "no 1" },
    };
    await create("child", { StartAt: "A", States });
  });

  test("it is started and not waited for", async () => {
    const { output } = await parent("starts", "states:startExecution");
    expect((JSON.parse(output) as { ExecutionArn: string }).ExecutionArn).toMatch(/:express:child:same:[\da-f-]{36}$/u);
  });

  test("it is waited for with .sync:2, and its result is the task's", async () => {
    const { status, output } = await parent("waits", "states:startExecution.sync:2");
    expect(status).toBe("SUCCEEDED");
    expect(JSON.parse(output)).toMatchObject({ Status: "SUCCEEDED", Name: "same", Output: { good: true } });
  });

  test("a task that waits for it fails when it fails", async () => {
    const Parameters = { StateMachineArn: child, Input: { a: 2 } };
    const state = task("arn:aws:states:::states:startExecution.sync", { Parameters });
    const stateMachineArn = await create("waits-in-vain", one(state), {});
    const { executionArn } = await call("StartExecution", { stateMachineArn });
    const { status, error, cause } = await untilEnded(executionArn);
    expect([status, error]).toEqual(["FAILED", "States.TaskFailed"]);
    expect(JSON.parse(cause ?? "")).toMatchObject({ Status: "FAILED", Error: "Bad", Cause: "no 1" });
  });

  test("it runs within the call of aws-sdk:sfn:startSyncExecution", async () => {
    const { status, output } = await parent("calls", "aws-sdk:sfn:startSyncExecution");
    expect(status).toBe("SUCCEEDED");
    expect(JSON.parse(output)).toMatchObject({ Status: "SUCCEEDED", Output: '{"good":true}' });
  });
});
