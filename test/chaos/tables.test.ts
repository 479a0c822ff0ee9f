/**
 * Counters in a table, counted by many executions at the same time, and the whole runtime killed in between: each task
 * counts once. Half way, each item calls a function, and a kill comes with one of its calls: so it is in the middle of the
 * work on a machine of any speed.
 */
import { CreateStateMachineCommand, DescribeExecutionCommand, StartExecutionCommand } from "@aws-sdk/client-sfn";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ROLE, startTestServer, TestFunctions, until, type TestServer } from "../e2e/server.ts";

const EXECUTIONS = 12;
const ITEMS = 60;
const TASKS = 8;
/** Which call of the function, counted from the starts before a kill, the kill comes with. */
const KILLED_AT = [20, 90, 200];

let server: TestServer;
let functions: TestFunctions;

beforeAll(async () => {
  [server, functions] = await Promise.all([startTestServer(), TestFunctions.start()]);
});

afterAll(async () => {
  functions.stop();
  await server.stop();
});

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

test(`${EXECUTIONS} executions do ${ITEMS} times ${TASKS} tasks under ${KILLED_AT.length} kills: each counts once`, async () => {
  const headers = { "content-type": "application/json" };
  const body = JSON.stringify({ partitionKey: { name: "id", type: "S" } });
  await fetch(`${server.endpoint}/api/tables/counters`, { method: "PUT", headers, body });
  let calls = 0;
  let wanted = Infinity;
  let reached: () => void = () => undefined;
  await functions.register(server.endpoint, "half", async () => {
    calls += 1;
    if (calls < wanted) return "go on";
    reached();
    // Without an answer, there is more to do when the kill comes.
    return new Promise(() => undefined);
  });
  const States = {
    ...Object.fromEntries(
      Array.from({ length: TASKS }, (_, i) => [
        `Task${i}`,
        add(`counter ${i}`, i + 1 < TASKS ? { Next: i + 1 === TASKS / 2 ? "Half" : `Task${i + 1}` } : { End: true }),
      ]),
    ),
    Half: {
      Type: "Task",
      Resource: "arn:aws:lambda:us-east-1:123456789012:function:half",
      ResultPath: null,
      Next: `Task${TASKS / 2}`,
    },
  };
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
  const share = EXECUTIONS / KILLED_AT.length;
  for (const [kill, call] of KILLED_AT.entries()) {
    const isTime = new Promise<void>((resolve) => {
      reached = resolve;
    });
    wanted = calls + call;
    // Some answers are lost with the server; the same start is made again below.
    const settled = Promise.allSettled(Array.from({ length: share }, (_, i) => start(kill * share + i)));
    await isTime;
    await server.crash(() => {
      wanted = Infinity;
    });
    await settled;
  }
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

async function counters(): Promise<{ readonly items: readonly { readonly n: { readonly N: string } }[] }> {
  const response = await fetch(`${server.endpoint}/api/tables/counters/items`);
  return (await response.json()) as Awaited<ReturnType<typeof counters>>;
}
