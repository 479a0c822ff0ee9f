/** Schedules by the second, and the whole runtime killed in between: each time is there once, and how late it came is printed. */
import { CreateStateMachineCommand, DescribeExecutionCommand, ListExecutionsCommand } from "@aws-sdk/client-sfn";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ROLE, startTestServer, until, type TestServer } from "../e2e/server.ts";

const SCHEDULES = 10;
const SECONDS_BEFORE = 12;
const SECONDS_AFTER = 10;

interface Shown {
  readonly started: number;
  readonly skipped: number;
  readonly failed: number;
  readonly last: { readonly scheduledAt: string };
}

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});

afterAll(() => server.stop());

const rest = async (method: string, path: string, body?: object): Promise<unknown> => {
  const headers = { "content-type": "application/json" };
  const text = body === undefined ? {} : { body: JSON.stringify(body) };
  const response = await fetch(`${server.endpoint}/api/schedules/${path}`, { method, headers, ...text });
  if (!response.ok) throw new Error(await response.text());
  return response.status === 204 ? undefined : response.json();
};

test("10 schedules by the second, killed in the middle: no time is missing, none is twice", async () => {
  const definition = JSON.stringify({ StartAt: "A", States: { A: { Type: "Pass", End: true } } });
  const { stateMachineArn } = await server.client.send(
    new CreateStateMachineCommand({ name: "M", definition, roleArn: ROLE }),
  );
  const names = Array.from({ length: SCHEDULES }, (_, i) => `each-second-${i}`);
  for (const name of names) await rest("PUT", name, { scheduleExpression: "cron(* * * * * ? *)", stateMachine: "M" });
  await sleep(SECONDS_BEFORE * 1000);
  let killedAt = 0;
  await server.crash(() => (killedAt = Date.now()));
  const backAt = Date.now();
  await sleep(SECONDS_AFTER * 1000);

  const late: number[] = [];
  for (const name of names) {
    await rest("PUT", name, { scheduleExpression: "cron(* * * * * ? *)", stateMachine: "M", enabled: false });
    const { started, skipped, failed, last } = (await rest("GET", name)) as Shown;
    expect([skipped, failed]).toEqual([0, 0]);
    const list = new ListExecutionsCommand({ stateMachineArn, maxResults: 1000 });
    const mine = await until(
      30,
      async () => {
        const { executions = [] } = await server.client.send(list);
        return executions.filter((x) => x.name?.startsWith(`${name}-`));
      },
      (executions) => executions.length >= started,
    );
    const times = mine.map((x) => timeOf(x.name ?? "")).toSorted((a, b) => a - b);
    const [first = 0] = times;
    const expected = Array.from(
      { length: (Date.parse(last.scheduledAt) - first) / 1000 + 1 },
      (_, i) => first + i * 1000,
    );
    expect(times).toEqual(expected);
    for (const { executionArn, name: execution } of mine) {
      const at = timeOf(execution ?? "");
      // While it was down, and for a second before, nobody could be in time.
      if (at > killedAt - 1000 && at < backAt + 1000) continue;
      const { startDate } = await server.client.send(new DescribeExecutionCommand({ executionArn }));
      late.push((startDate?.getTime() ?? 0) - at);
    }
  }
  expect(late.every((milliseconds) => milliseconds >= 0)).toBe(true);
  late.sort((a, b) => a - b);
  const within = late.filter((milliseconds) => milliseconds < 1000).length;
  console.log(
    `${late.length} firings while the runtime was up: ${within} within a second, ` +
      `half within ${late[late.length >> 1]} ms, the latest after ${late.at(-1)} ms`,
  );
});

/** When an execution's name says it was due. */
function timeOf(name: string): number {
  const [, date = "", time = ""] = /-(\d{8})T(\d{6})Z$/u.exec(name) ?? [];
  return Date.parse(date.replace(/(....)(..)(..)/u, "$1-$2-$3") + "T" + time.replace(/(..)(..)(..)/u, "$1:$2:$3Z"));
}
