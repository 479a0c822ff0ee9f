/** Counters in a table, counted by many executions at the same time, and the whole runtime killed in between: each task counts once. */
import { CreateStateMachineCommand, DescribeExecutionCommand, StartExecutionCommand } from "@aws-sdk/client-sfn";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ROLE, startTestServer, until, type TestServer } from "../e2e/server.ts";

const EXECUTIONS = 12;
const ITEMS = 60;
const TASKS = 8;
/** Milliseconds from the starts to the kill. */
const PAUSES = [500, 1000, 1500];

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});

afterAll(() => server.stop());

const add = (id: string, more: object): object => ({
  Type: "Task",
  Resource: "arn:aws:states:::dynamodb:updateItem",
  Parameters: {
    TableName: "counters",
    Key: { id: { S: id } },
    UpdateExpression: "ADD n :one",
    ExpressionAttributeValues: { ":one": { N: "1" } },
  },
  ResultPath: null,
  ...more,
});

test(`${EXECUTIONS} executions do ${ITEMS} times ${TASKS} tasks under ${PAUSES.length} kills: each counts once`, async () => {
  const headers = { "content-type": "application/json" };
  const body = JSON.stringify({ partitionKey: { name: "id", type: "S" } });
  await fetch(`${server.endpoint}/api/tables/counters`, { method: "PUT", headers, body });
  const States = Object.fromEntries(
    Array.from({ length: TASKS }, (_, i) => [
      `Task${i}`,
      add(`counter ${i}`, i + 1 < TASKS ? { Next: `Task${i + 1}` } : { End: true }),
    ]),
  );
  const definition = JSON.stringify({
    StartAt: "All",
    States: {
      All: { Type: "Map", ItemsPath: "$", MaxConcurrency: 5, ItemProcessor: { StartAt: "Task0", States }, End: true },
    },
  });
  const { stateMachineArn } = await server.client.send(
    new CreateStateMachineCommand({ name: "counting", definition, roleArn: ROLE }),
  );
  const input = JSON.stringify(Array.from({ length: ITEMS }, (_, i) => i));
  const start = (i: number): Promise<{ readonly executionArn?: string | undefined }> =>
    server.client.send(new StartExecutionCommand({ stateMachineArn, name: `counting-${i}`, input }));
  const share = EXECUTIONS / PAUSES.length;
  let hits = 0;
  for (const [kill, pause] of PAUSES.entries()) {
    const before = await counted();
    // Some answers are lost with the server; the same start is made again below.
    const settled = Promise.allSettled(Array.from({ length: share }, (_, i) => start(kill * share + i)));
    await sleep(pause);
    await server.crash(() => undefined);
    await settled;
    const after = await counted();
    hits += Number(after > before && after < (kill + 1) * share * ITEMS * TASKS);
  }
  // Kills before all, and after all was done, prove nothing.
  expect(hits).toBeGreaterThan(0);
  // One that has ended meanwhile is told to be there already.
  await Promise.allSettled(Array.from({ length: EXECUTIONS }, (_, i) => start(i)));
  for (let i = 0; i < EXECUTIONS; i += 1) {
    const executionArn = `${stateMachineArn?.replace(":stateMachine:", ":execution:")}:counting-${i}`;
    const { status } = await until(
      120,
      () => server.client.send(new DescribeExecutionCommand({ executionArn })),
      (execution) => execution.status !== "RUNNING",
    );
    expect(status).toBe("SUCCEEDED");
  }
  const n = { N: String(EXECUTIONS * ITEMS) };
  expect((await counters()).items).toEqual(Array.from({ length: TASKS }, (_, i) => ({ id: { S: `counter ${i}` }, n })));
}, 240_000);

async function counted(): Promise<number> {
  return (await counters()).items.reduce((sum, { n }) => sum + Number(n.N), 0);
}

async function counters(): Promise<{ readonly items: readonly { readonly n: { readonly N: string } }[] }> {
  const response = await fetch(`${server.endpoint}/api/tables/counters/items`);
  return (await response.json()) as Awaited<ReturnType<typeof counters>>;
}
