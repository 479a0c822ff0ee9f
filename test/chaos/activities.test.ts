/** The whole runtime is killed while tasks wait for workers, while workers wait for tasks, and while they work. */
import {
  CreateActivityCommand,
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  GetActivityTaskCommand,
  GetExecutionHistoryCommand,
  SendTaskSuccessCommand,
  StartExecutionCommand,
} from "@aws-sdk/client-sfn";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ROLE, startTestServer, until, type TestServer } from "../e2e/server.ts";

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});

afterAll(async () => {
  await server.stop();
});

interface Work {
  readonly activityArn: string;
  readonly executions: readonly string[];
}

async function startWork(name: string, count: number, fields: object): Promise<Work> {
  const { activityArn = "" } = await server.client.send(new CreateActivityCommand({ name }));
  const States = { Work: { Type: "Task", Resource: activityArn, End: true, ...fields } };
  const definition = JSON.stringify({ StartAt: "Work", States });
  const { stateMachineArn } = await server.client.send(
    new CreateStateMachineCommand({ name, definition, roleArn: ROLE }),
  );
  const executions: string[] = [];
  for (let i = 0; i < count; i++) {
    const input = JSON.stringify({ i });
    const { executionArn = "" } = await server.client.send(new StartExecutionCommand({ stateMachineArn, input }));
    executions.push(executionArn);
  }
  return { activityArn, executions };
}

/** Works until it is told to stop, whatever happens to its connection. */
class Worker {
  readonly inputs: string[] = [];
  isOver = false;

  constructor(activityArn: string) {
    void this.#work(activityArn);
  }

  async #work(activityArn: string): Promise<void> {
    while (!this.isOver) {
      try {
        const { taskToken, input } = await server.client.send(new GetActivityTaskCommand({ activityArn }));
        if (taskToken === undefined || input === undefined) continue;
        this.inputs.push(input);
        await server.client.send(new SendTaskSuccessCommand({ taskToken, output: input }));
      } catch {
        // The server is down, or its answer got lost.
        await sleep(100);
      }
    }
  }
}

async function expectDone(executions: readonly string[]): Promise<void> {
  for (const [i, executionArn] of executions.entries()) {
    const { output } = await until(
      60,
      () => server.client.send(new DescribeExecutionCommand({ executionArn })),
      ({ status }) => status === "SUCCEEDED",
    );
    expect(output).toBe(JSON.stringify({ i }));
    const { events = [] } = await server.client.send(new GetExecutionHistoryCommand({ executionArn }));
    expect(events.filter(({ type }) => type === "ActivitySucceeded")).toHaveLength(1);
    expect(events.map(({ id }) => id)).toEqual(events.map((_, n) => n + 1));
  }
}

test("tasks that wait for a worker are there after the crash, once each", async () => {
  const { activityArn, executions } = await startWork("queued", 30, {});
  await server.crash(() => undefined);
  const workers = Array.from({ length: 10 }, () => new Worker(activityArn));
  await expectDone(executions);
  for (const worker of workers) worker.isOver = true;
  const inputs = workers.flatMap((x) => x.inputs).toSorted((a, b) => a.localeCompare(b));
  expect(inputs).toEqual(executions.map((_, i) => JSON.stringify({ i })).toSorted((a, b) => a.localeCompare(b)));
});

test("workers that were waiting, or at work, go on after the crash, and each task ends once", async () => {
  const Retry = [{ ErrorEquals: ["States.Timeout"], MaxAttempts: 9, IntervalSeconds: 1, BackoffRate: 1 }];
  const { activityArn, executions } = await startWork("busy", 60, { HeartbeatSeconds: 5, Retry });
  const workers = Array.from({ length: 20 }, () => new Worker(activityArn));
  await until(
    20,
    async () => workers.flatMap((x) => x.inputs).length,
    (count) => count >= 20,
  );
  await server.crash(() => undefined);
  await expectDone(executions);
  for (const worker of workers) worker.isOver = true;
});
