/**
 * Many workers poll one activity, and a third of them hangs up in the middle of it, just before tasks come: every task is
 * handed out once, and none is lost.
 *
 * ACTIVITY_TASKS, ACTIVITY_WORKERS: another size.
 */
import {
  CreateActivityCommand,
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  GetActivityTaskCommand,
  GetExecutionHistoryCommand,
  SendTaskSuccessCommand,
  SFNClient,
  StartExecutionCommand,
} from "@aws-sdk/client-sfn";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ROLE, startTestServer, until, type TestServer } from "./server.ts";

const TASKS = Number(process.env["ACTIVITY_TASKS"] ?? "2000");
const WORKERS = Number(process.env["ACTIVITY_WORKERS"] ?? "200");
const WAVES = 4;
const STARTS_AT_ONCE = 20;

let server: TestServer;
let client: SFNClient;

beforeAll(async () => {
  server = await startTestServer();
  // Each waiting worker holds a connection.
  const requestHandler = { httpAgent: { maxSockets: WORKERS * 2 + STARTS_AT_ONCE } };
  const credentials = { accessKeyId: "test", secretAccessKey: "test" };
  client = new SFNClient({ endpoint: server.endpoint, region: "us-east-1", credentials, requestHandler });
});

afterAll(async () => {
  client.destroy();
  await server.stop();
});

/** Workers on one activity that poll until they are told to stop. */
class Workforce {
  /** How often each input was handed out. */
  readonly handedOut: Map<string, number> = new Map();
  readonly failures: unknown[] = [];
  hungUp = 0;
  readonly #activityArn: string;
  readonly #polls: Map<number, AbortController> = new Map();
  #isOver = false;

  constructor(activityArn: string, count: number) {
    this.#activityArn = activityArn;
    for (let n = 0; n < count; n++) void this.#work(n);
  }

  /** A third of the workers hangs up, another third each time; they come back after a moment. */
  hangUp(time: number): void {
    for (const [n, poll] of this.#polls) if (n % 3 === time % 3) poll.abort();
  }

  stop(): void {
    this.#isOver = true;
    for (const poll of this.#polls.values()) poll.abort();
  }

  async #work(n: number): Promise<void> {
    while (!this.#isOver) {
      const poll = new AbortController();
      this.#polls.set(n, poll);
      try {
        await this.#takeOne(n, poll);
      } catch (error) {
        if (!poll.signal.aborted) this.failures.push(error);
        this.hungUp += 1;
        await sleep(Math.random() * 1000);
      }
    }
  }

  async #takeOne(n: number, poll: AbortController): Promise<void> {
    const command = new GetActivityTaskCommand({ activityArn: this.#activityArn, workerName: `worker-${n}` });
    const { taskToken, input = "" } = await client.send(command, { abortSignal: poll.signal });
    this.#polls.delete(n);
    if (taskToken === undefined) return;
    this.handedOut.set(input, (this.handedOut.get(input) ?? 0) + 1);
    await client.send(new SendTaskSuccessCommand({ taskToken, output: input }));
  }
}

async function create(
  name: string,
  fields: object,
): Promise<{ readonly activityArn: string; readonly stateMachineArn: string }> {
  const { activityArn = "" } = await client.send(new CreateActivityCommand({ name }));
  const States = { Work: { Type: "Task", Resource: activityArn, End: true, ...fields } };
  const definition = JSON.stringify({ StartAt: "Work", States });
  const { stateMachineArn = "" } = await client.send(
    new CreateStateMachineCommand({ name, definition, roleArn: ROLE }),
  );
  return { activityArn, stateMachineArn };
}

/** Starts an execution for each input; answers their ARNs. */
async function startAll(stateMachineArn: string, inputs: readonly string[]): Promise<readonly string[]> {
  const rest = [...inputs];
  const arns: string[] = [];
  const lane = async (): Promise<void> => {
    for (let input = rest.shift(); input !== undefined; input = rest.shift()) {
      const { executionArn = "" } = await client.send(new StartExecutionCommand({ stateMachineArn, input }));
      arns.push(executionArn);
    }
  };
  await Promise.all(Array.from({ length: STARTS_AT_ONCE }, lane));
  return arns;
}

const inputsOf = (from: number, to: number): readonly string[] =>
  Array.from({ length: to - from }, (_, i) => JSON.stringify({ i: from + i }));

test("no task is lost or doubled where a third of the workers hangs up in the middle of a poll", async () => {
  const { activityArn, stateMachineArn } = await create("load", {});
  const workforce = new Workforce(activityArn, WORKERS);
  const began = Date.now();
  const arns: string[] = [];
  for (let wave = 0; wave < WAVES; wave++) {
    await sleep(2000);
    workforce.hangUp(wave);
    const [from, to] = [(TASKS * wave) / WAVES, (TASKS * (wave + 1)) / WAVES];
    arns.push(...(await startAll(stateMachineArn, inputsOf(from, to))));
    const handedOut = async (): Promise<number> => workforce.handedOut.size;
    await until(180, handedOut, (count) => count >= to);
  }
  console.log(`${TASKS} tasks, ${WORKERS} workers, ${workforce.hungUp} hang-ups: ${Date.now() - began} ms`);
  expect([...workforce.handedOut.values()].filter((times) => times !== 1)).toEqual([]);
  expect(workforce.handedOut.size).toBe(TASKS);
  expect(workforce.hungUp).toBeGreaterThan(WORKERS);
  expect(workforce.failures).toEqual([]);
  workforce.stop();
  const last = arns.slice(-20);
  for (const executionArn of last) {
    await until(
      60,
      () => client.send(new DescribeExecutionCommand({ executionArn })),
      (x) => x.status === "SUCCEEDED",
    );
  }
});

test("a task that was on its way when its worker hung up is handed out again after its heartbeat", async () => {
  const Retry = [{ ErrorEquals: ["States.Timeout"], MaxAttempts: 9, IntervalSeconds: 1, BackoffRate: 1 }];
  const { activityArn, stateMachineArn } = await create("rush", { HeartbeatSeconds: 2, Retry });
  const workforce = new Workforce(activityArn, 30);
  const rush = setInterval(() => workforce.hangUp(workforce.hungUp), 200);
  const arns = await startAll(stateMachineArn, inputsOf(0, 100));
  clearInterval(rush);
  for (const executionArn of arns) {
    await until(
      180,
      () => client.send(new DescribeExecutionCommand({ executionArn })),
      (x) => x.status === "SUCCEEDED",
    );
    const { events = [] } = await client.send(new GetExecutionHistoryCommand({ executionArn, maxResults: 1000 }));
    expect(events.filter((event) => event.type === "ActivitySucceeded")).toHaveLength(1);
  }
  workforce.stop();
});
