/**
 * A tree of executions, three deep with a hundred children, each of which is waited for by a `.sync:2` task: who stops the
 * root stops all of them, and a runtime that is killed in the middle (SIGKILL) completes each of them once.
 */
import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  GetExecutionHistoryCommand,
  ListExecutionsCommand,
  StartExecutionCommand,
  StopExecutionCommand,
} from "@aws-sdk/client-sfn";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ROLE, startTestServer, TestFunctions, until, type TestServer } from "../e2e/server.ts";

const BRANCHES = 10;
const LEAVES = 9;
const SIZES = [1, BRANCHES, BRANCHES * LEAVES];

let server: TestServer;
let functions: TestFunctions;

beforeAll(async () => {
  server = await startTestServer();
  functions = await TestFunctions.start();
  await functions.register(server.endpoint, "count", ({ input }) => input);
});

afterAll(async () => {
  await server.stop();
  functions.stop();
});

/** The state machines from the root to the leaves; a leaf waits for so long, and then counts. */
async function plant(name: string, Seconds: number): Promise<readonly string[]> {
  const create = async (level: string, definition: object): Promise<string> => {
    const input = { name: `${name}-${level}`, definition: JSON.stringify(definition), roleArn: ROLE };
    const { stateMachineArn } = await server.client.send(new CreateStateMachineCommand(input));
    return stateMachineArn ?? "";
  };
  const each = (StateMachineArn: string, items: number, Input: object): object => ({
    StartAt: "Each",
    States: {
      Each: {
        Type: "Map",
        ItemsPath: `$.range[0:${items}]`,
        ItemSelector: { "item.$": "$$.Map.Item.Value", "above.$": "$.above", "range.$": "$.range" },
        ItemProcessor: {
          StartAt: "Start",
          States: {
            Start: {
              Type: "Task",
              Resource: "arn:aws:states:::states:startExecution.sync:2",
              Parameters: { StateMachineArn, Input },
              OutputPath: "$.Output",
              End: true,
            },
          },
        },
        End: true,
      },
    },
  });
  const leaf = await create("leaf", {
    StartAt: "Wait",
    States: {
      Wait: { Type: "Wait", Seconds, Next: "Count" },
      Count: { Type: "Task", Resource: "arn:aws:lambda:us-east-1:123456789012:function:count", End: true },
    },
  });
  const leafInput = { "leaf.$": `States.MathAdd($.above, $.item)` };
  const branch = await create("branch", each(leaf, LEAVES, leafInput));
  const branchInput = { "above.$": "$.item", "range.$": "$.range" };
  const root = await create("root", each(branch, BRANCHES, branchInput));
  return [root, branch, leaf];
}

const RANGE = Array.from({ length: BRANCHES }, (_, i) => i);

async function start(root: string): Promise<string> {
  const input = JSON.stringify({ above: 0, range: RANGE });
  const started = await server.client.send(new StartExecutionCommand({ stateMachineArn: root, input }));
  return started.executionArn ?? "";
}

/** How many of each state machine's executions the index shows with that status. */
async function countOf(machines: readonly string[], statusFilter?: "RUNNING" | "ABORTED" | "SUCCEEDED") {
  const pages = machines.map((stateMachineArn) =>
    server.client.send(new ListExecutionsCommand({ stateMachineArn, statusFilter, maxResults: 1000 })),
  );
  return (await Promise.all(pages)).map(({ executions = [] }) => executions.length);
}

async function arnsOf(machines: readonly string[]): Promise<readonly string[]> {
  const pages = machines.map((stateMachineArn) =>
    server.client.send(new ListExecutionsCommand({ stateMachineArn, maxResults: 1000 })),
  );
  return (await Promise.all(pages)).flatMap(({ executions = [] }) => executions.map((x) => x.executionArn ?? ""));
}

const untilAll = (machines: readonly string[], status: "RUNNING" | "ABORTED" | "SUCCEEDED"): Promise<unknown> =>
  until(
    240,
    () => countOf(machines, status),
    (counts) => counts.every((count, i) => count === SIZES[i]),
  );

async function expectAllAborted(machines: readonly string[]): Promise<void> {
  await untilAll(machines, "ABORTED");
  expect(await countOf(machines)).toEqual(SIZES);
  for (const executionArn of await arnsOf(machines)) {
    const { status } = await server.client.send(new DescribeExecutionCommand({ executionArn }));
    expect(status).toBe("ABORTED");
  }
}

test("[F32] the root is stopped: all hundred below it are", async () => {
  const machines = await plant("stopped", 86_400);
  const executionArn = await start(machines[0] ?? "");
  await untilAll(machines, "RUNNING");
  await server.client.send(new StopExecutionCommand({ executionArn }));
  await expectAllAborted(machines);
});

test("[F32] the root is stopped and the runtime killed at once: all hundred below it are stopped after that", async () => {
  const machines = await plant("killed", 86_400);
  const executionArn = await start(machines[0] ?? "");
  await untilAll(machines, "RUNNING");
  await server.client.send(new StopExecutionCommand({ executionArn }));
  await server.crash(() => undefined);
  await expectAllAborted(machines);
});

test("[F01][F31] the runtime is killed while the tree grows, and again while it ends: each of the hundred completes once", async () => {
  const machines = await plant("growing", 6);
  const executionArn = await start(machines[0] ?? "");
  await until(
    180,
    () => countOf(machines),
    ([, , leaves = 0]) => leaves >= 20,
  );
  await server.crash(() => undefined);
  const [root = ""] = machines;
  await until(
    180,
    () => countOf(machines, "SUCCEEDED"),
    ([, , leaves = 0]) => leaves >= 20,
  );
  await server.crash(() => undefined);
  await untilAll(machines, "SUCCEEDED");
  expect(await countOf(machines)).toEqual(SIZES);
  const { output } = await server.client.send(new DescribeExecutionCommand({ executionArn }));
  const expected = RANGE.map((above) => RANGE.slice(0, LEAVES).map((item) => ({ leaf: above + item })));
  expect({ root, output: JSON.parse(output ?? "") as unknown }).toEqual({ root, output: expected });
  for (const arn of await arnsOf(machines)) {
    const { events = [] } = await server.client.send(new GetExecutionHistoryCommand({ executionArn: arn }));
    expect(events.map(({ id }) => id)).toEqual(events.map((_, i) => i + 1));
    expect(events.filter(({ type }) => type === "ExecutionSucceeded")).toHaveLength(1);
    const submitted = events.filter(({ type }) => type === "TaskSubmitted").length;
    expect(submitted).toBe(events.filter(({ type }) => type === "TaskScheduled").length);
  }
  // One key for each leaf: a call that was made again after a crash is the same one.
  const keys = functions.calls.map((call) => String(call.headers["idempotency-key"]));
  expect(new Set(keys).size).toBe(BRANCHES * LEAVES);
});
