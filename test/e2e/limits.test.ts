/** Retention, throttling and quotas through the front door: small ones, so that they can be met. */
import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  type DescribeExecutionCommandOutput,
  ExecutionDoesNotExist,
  GetExecutionHistoryCommand,
  ListActivitiesCommand,
  ListExecutionsCommand,
  SFNClient,
  SFNServiceException,
  StartExecutionCommand,
  StartSyncExecutionCommand,
  StopExecutionCommand,
} from "@aws-sdk/client-sfn";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ROLE, startTestServer, TestFunctions, until, type TestServer } from "./server.ts";

let server: TestServer;
let functions: TestFunctions;

beforeAll(async () => {
  server = await startTestServer({
    RETENTION_DAYS: "0",
    RETENTION_ARCHIVE: "true",
    THROTTLING: "ListActivities=2/1",
    QUOTAS: "PayloadBytes=4000000, HistoryEvents=40",
  });
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

async function startOf(stateMachineArn: string, name: string, input = "{}"): Promise<string> {
  const started = await server.client.send(new StartExecutionCommand({ stateMachineArn, name, input }));
  return started.executionArn ?? "";
}

async function namesOf(stateMachineArn: string): Promise<readonly (string | undefined)[]> {
  const { executions = [] } = await server.client.send(new ListExecutionsCommand({ stateMachineArn }));
  return executions.map((x) => x.name);
}

/** What a cron trigger does on Cloudflare. */
async function scheduled(): Promise<void> {
  const response = await fetch(`${server.endpoint}/cdn-cgi/handler/scheduled`);
  expect([response.status, await response.text()]).toEqual([200, "ok"]);
}

describe("retention", () => {
  test("deletes what has ended, archives it, and leaves its name free", async () => {
    const stateMachineArn = await create("retained", PASS);
    const executionArn = await startOf(stateMachineArn, "first", '{"a": 1.0}');
    const described = await server.client.send(new DescribeExecutionCommand({ executionArn }));
    await until(
      20,
      () => namesOf(stateMachineArn),
      (names) => names.length === 1,
    );
    const isGone = async (): Promise<boolean> => {
      await scheduled();
      return (await namesOf(stateMachineArn)).length === 0;
    };
    // Its object keeps it until all have been told of its end.
    await until(30, isGone, (gone) => gone);
    for (const command of [
      new DescribeExecutionCommand({ executionArn }),
      new GetExecutionHistoryCommand({ executionArn }),
      new StopExecutionCommand({ executionArn }),
    ]) {
      await expect(server.client.send(command as DescribeExecutionCommand)).rejects.toThrow(ExecutionDoesNotExist);
    }
    const archived = await fetch(`${server.endpoint}/api/executions/retained:first/archive`);
    expect(archived.headers.get("content-type")).toBe("application/json");
    expect(await archived.json()).toMatchObject({
      version: 1,
      execution: {
        executionArn,
        status: "SUCCEEDED",
        startDate: described.startDate?.toISOString(),
        input: '{"a": 1.0}',
        output: '{"a": 1.0}',
      },
      stateMachine: { stateMachineArn, definition: PASS },
      events: [
        { id: 1, type: "ExecutionStarted", executionStartedEventDetails: { input: '{"a": 1.0}' } },
        { id: 2, type: "PassStateEntered" },
        { id: 3, type: "PassStateExited" },
        { id: 4, type: "ExecutionSucceeded" },
      ],
    });
    const startDate = encodeURIComponent(described.startDate?.toISOString() ?? "");
    const exact = `${server.endpoint}/api/executions/retained:first/archive?startDate=`;
    expect((await fetch(exact + startDate)).status).toBe(200);
    expect((await fetch(`${exact}2026-01-01T00:00:00Z`)).status).toBe(404);
    expect((await fetch(`${exact}yesterday`)).status).toBe(400);
    expect(await startOf(stateMachineArn, "first")).toBe(executionArn);
    expect((await server.client.send(new DescribeExecutionCommand({ executionArn }))).input).toBe("{}");
  });

  test("leaves what runs alone", async () => {
    const stateMachineArn = await create("waiting", WAIT);
    const executionArn = await startOf(stateMachineArn, "first");
    await until(
      20,
      () => namesOf(stateMachineArn),
      (names) => names.length === 1,
    );
    await scheduled();
    expect(await namesOf(stateMachineArn)).toEqual(["first"]);
    expect((await server.client.send(new DescribeExecutionCommand({ executionArn }))).status).toBe("RUNNING");
  });

  test("has archived nothing of an execution that never was", async () => {
    const response = await fetch(`${server.endpoint}/api/executions/retained:never/archive`);
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ exception: "ExecutionDoesNotExist" });
  });
});

describe("throttling", () => {
  test("refuses what is too fast in AWS's words; the SDK's standard retries wait and get through", async () => {
    const credentials = { accessKeyId: "test", secretAccessKey: "test" };
    const options = { endpoint: server.endpoint, region: "us-east-1", credentials };
    const patient = new SFNClient({ ...options, maxAttempts: 8, retryMode: "standard" });
    const hasty = new SFNClient({ ...options, maxAttempts: 1 });
    const hurried = await Promise.allSettled(
      Array.from({ length: 6 }, async () => hasty.send(new ListActivitiesCommand({}))),
    );
    const refusals = hurried.flatMap((x) => (x.status === "rejected" ? [x.reason as SFNServiceException] : []));
    expect(refusals.length).toBeGreaterThanOrEqual(3);
    for (const refusal of refusals) {
      expect(refusal).toMatchObject({ name: "ThrottlingException", message: "Rate exceeded" });
      expect(refusal.$metadata.httpStatusCode).toBe(400);
    }
    const retried = await Promise.all(
      Array.from({ length: 4 }, async () => patient.send(new ListActivitiesCommand({}))),
    );
    expect(retried.some((x) => (x.$metadata.attempts ?? 1) > 1)).toBe(true);
    patient.destroy();
    hasty.destroy();
  });

  test("answers REST with 429 and Retry-After", async () => {
    const answers = await Promise.all(
      Array.from({ length: 6 }, async () => fetch(`${server.endpoint}/api/activities`)),
    );
    const refused = answers.find((x) => x.status === 429);
    expect(refused?.headers.get("retry-after")).toBe("1");
    expect(await refused?.json()).toMatchObject({ exception: "ThrottlingException", detail: "Rate exceeded" });
  });
});

describe("quotas", () => {
  const text = JSON.stringify('"é"'.repeat(500_000));

  test("a large payload goes into an execution, through a function and out again", async () => {
    await functions.register(server.endpoint, "echo", ({ input }) => input);
    const Resource = "arn:aws:lambda:us-east-1:123456789012:function:echo";
    const stateMachineArn = await create("large", machine({ A: { Type: "Task", Resource, End: true } }));
    const executionArn = await startOf(stateMachineArn, "first", text);
    const read = async (): Promise<DescribeExecutionCommandOutput> =>
      server.client.send(new DescribeExecutionCommand({ executionArn }));
    const ended = await until(30, read, (x) => x.status !== "RUNNING");
    expect(ended.status).toBe("SUCCEEDED");
    expect(ended.output === text).toBe(true);
  });

  test("a large payload goes through an Express execution", async () => {
    const { stateMachineArn } = await server.client.send(
      new CreateStateMachineCommand({ name: "large-express", type: "EXPRESS", definition: PASS, roleArn: ROLE }),
    );
    const { hostname, port } = new URL(server.endpoint);
    const sync = new SFNClient({
      endpoint: `http://${hostname}:${port}`,
      region: "us-east-1",
      credentials: { accessKeyId: "test", secretAccessKey: "test" },
      disableHostPrefix: true,
    });
    const outcome = await sync.send(new StartSyncExecutionCommand({ stateMachineArn, input: text }));
    expect(outcome.status).toBe("SUCCEEDED");
    expect(outcome.output === text).toBe(true);
    sync.destroy();
  });

  test("a history of large payloads comes in pages that can be sent, and every event of it comes once", async () => {
    const names = Array.from({ length: 7 }, (_, i) => `S${i}`);
    const states = names.map((name, i) => [name, { Type: "Pass", ...(i < 6 ? { Next: `S${i + 1}` } : { End: true }) }]);
    const executionArn = await startOf(await create("long", machine(Object.fromEntries(states))), "first", text);
    const read = async (): Promise<DescribeExecutionCommandOutput> =>
      server.client.send(new DescribeExecutionCommand({ executionArn, includedData: "METADATA_ONLY" }));
    await until(60, read, (x) => x.status === "SUCCEEDED");
    for (const reverseOrder of [false, true]) {
      const ids: (number | undefined)[] = [];
      let nextToken: string | undefined;
      do {
        const page = await server.client.send(
          new GetExecutionHistoryCommand({ executionArn, reverseOrder, maxResults: 1000, nextToken }),
        );
        ids.push(...(page.events ?? []).map((x) => x.id));
        ({ nextToken } = page);
      } while (nextToken !== undefined);
      const expected = Array.from({ length: 16 }, (_, i) => i + 1);
      expect(ids).toEqual(reverseOrder ? expected.toReversed() : expected);
    }
  });

  test("a history ends with the event that was set as its last", async () => {
    const stops = { Variable: "$.stop", IsPresent: true, Next: "B" };
    const loop = machine({ A: { Type: "Choice", Choices: [stops], Default: "A" }, B: { Type: "Succeed" } });
    const executionArn = await startOf(await create("endless", loop), "first");
    const { events = [] } = await server.client.send(new GetExecutionHistoryCommand({ executionArn }));
    expect(events).toHaveLength(40);
    expect(events.at(-1)?.executionFailedEventDetails?.cause).toBe(
      "The execution reached the maximum number of history events (40).",
    );
  });
});
