/**
 * The whole runtime is killed (SIGKILL to every process) while executions wait, work, and await a callback; started again
 * on the same folder it completes each of them once, without anybody asking for them.
 */
import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  GetExecutionHistoryCommand,
  ListExecutionsCommand,
  SendTaskSuccessCommand,
  StartExecutionCommand,
  type HistoryEvent,
} from "@aws-sdk/client-sfn";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ROLE, startTestServer, TestFunctions, until, type TestServer } from "../e2e/server.ts";

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

async function create(name: string, States: object): Promise<string> {
  const definition = JSON.stringify({ StartAt: Object.keys(States)[0], States });
  const { stateMachineArn } = await server.client.send(
    new CreateStateMachineCommand({ name, definition, roleArn: ROLE }),
  );
  return stateMachineArn ?? "";
}

async function startSome(stateMachineArn: string, count: number): Promise<readonly string[]> {
  const starts = Array.from({ length: count }, (_, i) =>
    server.client.send(new StartExecutionCommand({ stateMachineArn, name: `run-${i}`, input: JSON.stringify({ i }) })),
  );
  return (await Promise.all(starts)).map((started) => started.executionArn ?? "");
}

async function historyOf(executionArn: string): Promise<readonly HistoryEvent[]> {
  const { events = [] } = await server.client.send(new GetExecutionHistoryCommand({ executionArn, maxResults: 1000 }));
  return events;
}

/** Whether the index, which nobody but the executions themselves writes, shows all as succeeded. */
async function succeededInIndex(stateMachineArn: string): Promise<number> {
  const { executions = [] } = await server.client.send(new ListExecutionsCommand({ stateMachineArn }));
  return executions.filter((x) => x.status === "SUCCEEDED").length;
}

async function expectHistory(executionArn: string, types: readonly string[]): Promise<void> {
  const events = await historyOf(executionArn);
  expect(events.map((event) => event.type)).toEqual(types);
  expect(events.map((event) => event.id)).toEqual(events.map((_, i) => i + 1));
  const times = events.map((event) => event.timestamp?.getTime() ?? 0);
  expect(times).toEqual(times.toSorted((a, b) => a - b));
}

test("executions killed in a Wait, in a Task and before a callback complete once, with a gapless history", async () => {
  let isSecondLife = false;
  await functions.register(server.endpoint, "work", async ({ input }) => {
    if (!isSecondLife) await sleep(60_000);
    return { worked: input };
  });
  await functions.register(server.endpoint, "ask", () => "asked");

  const waiting = await create("waiting", {
    Hold: { Type: "Wait", Seconds: 4, Next: "Done" },
    Done: { Type: "Succeed" },
  });
  const working = await create("working", {
    Work: { Type: "Task", Resource: "arn:aws:lambda:us-east-1:123456789012:function:work", End: true },
  });
  const asking = await create("asking", {
    Ask: {
      Type: "Task",
      Resource: "arn:aws:states:::lambda:invoke.waitForTaskToken",
      Parameters: { FunctionName: "ask", Payload: { "token.$": "$$.Task.Token", "i.$": "$.i" } },
      End: true,
    },
  });
  const [waits, works, asks] = [await startSome(waiting, 3), await startSome(working, 3), await startSome(asking, 3)];
  await until(
    20,
    async () => functions.calls.length,
    (calls) => calls >= 6,
  );
  const callsBefore = functions.calls.filter((call) => call.functionName === "work");
  for (const executionArn of asks) {
    await until(
      20,
      () => historyOf(executionArn),
      (events) => events.some((x) => x.type === "TaskSubmitted"),
    );
  }

  await server.crash(() => (isSecondLife = true));
  const tokens = functions.calls
    .filter((x) => x.functionName === "ask")
    .map((x) => (x.input as { token: string }).token);
  for (const taskToken of new Set(tokens)) {
    await server.client.send(new SendTaskSuccessCommand({ taskToken, output: '"approved"' }));
  }
  for (const machine of [waiting, working, asking]) {
    await until(
      60,
      () => succeededInIndex(machine),
      (count) => count === 3,
    );
  }

  for (const executionArn of waits) {
    await expectHistory(executionArn, [
      "ExecutionStarted",
      "WaitStateEntered",
      "WaitStateExited",
      "SucceedStateEntered",
      "SucceedStateExited",
      "ExecutionSucceeded",
    ]);
  }
  for (const [i, executionArn] of works.entries()) {
    await expectHistory(executionArn, [
      "ExecutionStarted",
      "TaskStateEntered",
      "LambdaFunctionScheduled",
      "LambdaFunctionStarted",
      "LambdaFunctionSucceeded",
      "TaskStateExited",
      "ExecutionSucceeded",
    ]);
    const { output } = await server.client.send(new DescribeExecutionCommand({ executionArn }));
    expect(output).toBe(JSON.stringify({ worked: { i } }));
  }
  for (const executionArn of asks) {
    await expectHistory(executionArn, [
      "ExecutionStarted",
      "TaskStateEntered",
      "TaskScheduled",
      "TaskStarted",
      "TaskSubmitted",
      "TaskSucceeded",
      "TaskStateExited",
      "ExecutionSucceeded",
    ]);
  }
  const callsAfter = functions.calls.filter((call) => call.functionName === "work").slice(callsBefore.length);
  const keys = (calls: typeof callsAfter): readonly string[] =>
    calls.map((x) => String(x.headers["idempotency-key"])).toSorted((a, b) => a.localeCompare(b));
  expect(keys(callsAfter)).toEqual(keys(callsBefore));
});
