/** Distributed Map through the front door: data sets in objects, Express and Standard children, what is listed, changed, stopped and redriven. */
import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  DescribeMapRunCommand,
  DescribeStateMachineForExecutionCommand,
  GetExecutionHistoryCommand,
  ListExecutionsCommand,
  ListMapRunsCommand,
  RedriveExecutionCommand,
  StartExecutionCommand,
  StopExecutionCommand,
  UpdateMapRunCommand,
  type DescribeExecutionCommandOutput,
  type DescribeMapRunCommandOutput,
  type ExecutionListItem,
} from "@aws-sdk/client-sfn";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ROLE, startTestServer, TestFunctions, until, type TestServer } from "./server.ts";

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

const BUCKET = "map-bucket";
const GET = "arn:aws:states:::s3:getObject";
const PUT = "arn:aws:states:::s3:putObject";
const PASS = { A: { Type: "Pass", End: true } };
const numbers = (count: number): readonly number[] => Array.from({ length: count }, (_, i) => i);
const work = (name: string): object => ({
  Work: { Type: "Task", Resource: `arn:aws:lambda:us-east-1:123456789012:function:${name}`, End: true },
});

const machine = (States: object, more: object = {}): object => ({ StartAt: Object.keys(States)[0], States, ...more });
const distributed = (type: "EXPRESS" | "STANDARD", States: object, fields: object = {}): object => ({
  Type: "Map",
  ItemProcessor: machine(States, { ProcessorConfig: { Mode: "DISTRIBUTED", ExecutionType: type } }),
  End: true,
  ...fields,
});
const reader = (Key: string, ReaderConfig: object): object => ({
  ItemReader: { Resource: GET, ReaderConfig, Parameters: { Bucket: BUCKET, Key } },
});

async function putObject(key: string, body: string): Promise<void> {
  const response = await fetch(`${server.endpoint}/api/objects/${BUCKET}/${key}`, { method: "PUT", body });
  expect(response.ok).toBe(true);
}

async function readObject(key: string): Promise<string> {
  const response = await fetch(`${server.endpoint}/api/objects/${BUCKET}/${key}`);
  expect(response.ok).toBe(true);
  return response.text();
}

async function start(name: string, map: object, input: unknown = {}): Promise<string> {
  const definition = JSON.stringify(machine({ M: map }));
  const { stateMachineArn } = await server.client.send(
    new CreateStateMachineCommand({ name, definition, roleArn: ROLE }),
  );
  const started = await server.client.send(
    new StartExecutionCommand({ stateMachineArn, input: JSON.stringify(input) }),
  );
  return started.executionArn ?? "";
}

async function describeExecution(executionArn: string | undefined): Promise<DescribeExecutionCommandOutput> {
  return server.client.send(new DescribeExecutionCommand({ executionArn }));
}

async function ended(executionArn: string): Promise<DescribeExecutionCommandOutput> {
  return until(
    60,
    () => describeExecution(executionArn),
    ({ status }) => status !== "RUNNING",
  );
}

/** The execution's only Map Run. */
async function mapRunOf(executionArn: string): Promise<DescribeMapRunCommandOutput> {
  const { mapRuns = [] } = await until(
    20,
    () => server.client.send(new ListMapRunsCommand({ executionArn })),
    (list) => list.mapRuns?.length === 1,
  );
  const mapRunArn = mapRuns[0]?.mapRunArn;
  return server.client.send(new DescribeMapRunCommand({ mapRunArn }));
}

async function childrenOf(mapRunArn: string | undefined, filter: object = {}): Promise<readonly ExecutionListItem[]> {
  const children: ExecutionListItem[] = [];
  let nextToken: string | undefined;
  do {
    const page = await server.client.send(new ListExecutionsCommand({ mapRunArn, nextToken, ...filter }));
    children.push(...(page.executions ?? []));
    ({ nextToken } = page);
  } while (nextToken !== undefined);
  return children;
}

async function eventTypes(executionArn: string): Promise<readonly (string | undefined)[]> {
  const { events = [] } = await server.client.send(new GetExecutionHistoryCommand({ executionArn }));
  return events.map(({ type }) => type);
}

describe("Express children over a JSON Lines object, with a ResultWriter", () => {
  const items = numbers(250).map((i) => ({ i, name: `number ${i}` }));
  let executionArn = "";
  let run: DescribeMapRunCommandOutput;

  beforeAll(async () => {
    await putObject("items.jsonl", items.map((item) => `${JSON.stringify(item)}\n`).join(""));
    const ResultWriter = { Resource: PUT, Parameters: { Bucket: BUCKET, Prefix: "out" } };
    const map = distributed("EXPRESS", PASS, { ...reader("items.jsonl", { InputType: "JSONL" }), ResultWriter });
    executionArn = await start("lines", { ...map, Label: "Lines" });
    await ended(executionArn);
    run = await mapRunOf(executionArn);
  });

  test("every item's result is in the files that the manifest names, once and in order", async () => {
    const { status, output } = await describeExecution(executionArn);
    expect(status).toBe("SUCCEEDED");
    const { MapRunArn, ResultWriterDetails } = JSON.parse(output ?? "") as {
      MapRunArn: string;
      ResultWriterDetails: { Bucket: string; Key: string };
    };
    expect(MapRunArn).toBe(run.mapRunArn);
    expect(ResultWriterDetails.Bucket).toBe(BUCKET);
    const manifest = JSON.parse(await readObject(ResultWriterDetails.Key)) as {
      ResultFiles: Record<string, { Key: string }[]>;
    };
    expect(manifest).toMatchObject({ DestinationBucket: BUCKET, ResultFiles: { FAILED: [], PENDING: [] } });
    const files = await Promise.all((manifest.ResultFiles["SUCCEEDED"] ?? []).map(({ Key }) => readObject(Key)));
    const results = files.flatMap((text) => JSON.parse(text) as { Output: string; Status: string }[]);
    expect(results.map(({ Output }) => JSON.parse(Output) as unknown)).toEqual(items);
  });

  test("DescribeMapRun and ListMapRuns show it", async () => {
    expect(run).toMatchObject({ status: "SUCCEEDED", executionArn, maxConcurrency: 0, redriveCount: 0 });
    expect(run.itemCounts).toMatchObject({ total: 250, succeeded: 250, failed: 0, pending: 0, running: 0 });
    expect(run.executionCounts).toMatchObject({ total: 250, succeeded: 250, resultsWritten: 250 });
    const { mapRuns } = await server.client.send(new ListMapRunsCommand({ executionArn }));
    expect(mapRuns).toMatchObject([{ mapRunArn: run.mapRunArn, executionArn, stopDate: expect.any(Date) as unknown }]);
  });

  test("ListExecutions pages through its children, by status as well", async () => {
    const children = await childrenOf(run.mapRunArn, { maxResults: 60 });
    expect(new Set(children.map(({ name }) => name)).size).toBe(250);
    expect(children[0]).toMatchObject({ mapRunArn: run.mapRunArn, status: "SUCCEEDED", itemCount: 1 });
    expect(await childrenOf(run.mapRunArn, { statusFilter: "FAILED" })).toEqual([]);
    expect(await childrenOf(run.mapRunArn, { statusFilter: "SUCCEEDED" })).toHaveLength(250);
  });

  test("DescribeExecution shows an Express child", async () => {
    const [newest] = await childrenOf(run.mapRunArn, { maxResults: 1 });
    const child = await describeExecution(newest?.executionArn);
    expect(child).toMatchObject({ mapRunArn: run.mapRunArn, status: "SUCCEEDED", name: newest?.name });
    expect(JSON.parse(child.output ?? "")).toEqual(items.at(-1));
    expect(child.input).toBe(child.output);
  });

  test("its usage is told, and grows with its chunks alone", async () => {
    const response = await fetch(`${server.endpoint}/api/map-runs/${encodeURIComponent(run.mapRunArn ?? "")}/usage`);
    const usage = (await response.json()) as Record<string, number>;
    expect(usage["queueMessages"]).toBe(10);
    expect(usage["rowsWritten"]).toBeLessThan(60);
    expect(usage["objectRequests"]).toBeGreaterThan(20);
  });

  test("the history tells the Map Run", async () => {
    expect(await eventTypes(executionArn)).toEqual([
      "ExecutionStarted",
      "MapStateEntered",
      "MapStateStarted",
      "MapRunStarted",
      "MapRunSucceeded",
      "MapStateSucceeded",
      "MapStateExited",
      "ExecutionSucceeded",
    ]);
  });
});

describe("Standard children over a CSV object, calling a function", () => {
  let executionArn = "";
  let run: DescribeMapRunCommandOutput;

  beforeAll(async () => {
    await functions.register(server.endpoint, "double", ({ input }) => {
      const { n } = input as { n: string };
      return { doubled: Number(n) * 2 };
    });
    await putObject(
      "table.csv",
      `n,word\n${numbers(12)
        .map((i) => `${i},"a, ${i}"`)
        .join("\n")}\n`,
    );
    const csv = reader("table.csv", { InputType: "CSV", CSVHeaderLocation: "FIRST_ROW" });
    executionArn = await start("table", distributed("STANDARD", work("double"), { ...csv, Label: "Rows" }));
    await ended(executionArn);
    run = await mapRunOf(executionArn);
  });

  test("their outputs are the state's, in the order of the rows", async () => {
    const { status, output } = await describeExecution(executionArn);
    expect(status).toBe("SUCCEEDED");
    expect(JSON.parse(output ?? "")).toEqual(numbers(12).map((i) => ({ doubled: i * 2 })));
    const inputs = functions.calls.filter(({ functionName }) => functionName === "double").map(({ input }) => input);
    expect(inputs).toHaveLength(12);
    expect(inputs).toContainEqual({ n: "7", word: "a, 7" });
  });

  test("a child is an execution like others: described, with a history and the state machine that it runs", async () => {
    const children = await childrenOf(run.mapRunArn);
    expect(children).toHaveLength(12);
    const child = children[0]?.executionArn ?? "";
    const { mapRunArn } = run;
    const stateMachineArn = "arn:aws:states:us-east-1:123456789012:stateMachine:table/Rows";
    expect(await describeExecution(child)).toMatchObject({ mapRunArn, status: "SUCCEEDED", stateMachineArn });
    expect(await eventTypes(child)).toContain("LambdaFunctionSucceeded");
    const pinned = await server.client.send(new DescribeStateMachineForExecutionCommand({ executionArn: child }));
    expect(pinned).toMatchObject({ mapRunArn, label: "Rows", stateMachineArn });
    expect(JSON.parse(pinned.definition ?? "")).toEqual(machine(work("double")));
  });
});

test("Map Runs begin Map Runs", async () => {
  const inner = distributed("EXPRESS", PASS);
  const executionArn = await start("nested", distributed("STANDARD", { Inner: inner }), [
    [1, 2],
    [3, 4, 5],
  ]);
  const { output } = await ended(executionArn);
  expect(JSON.parse(output ?? "")).toEqual([
    [1, 2],
    [3, 4, 5],
  ]);
  const outer = await mapRunOf(executionArn);
  for (const child of await childrenOf(outer.mapRunArn)) {
    const run = await mapRunOf(child.executionArn ?? "");
    expect(run).toMatchObject({ status: "SUCCEEDED", executionArn: child.executionArn });
  }
});

test("UpdateMapRun raises MaxConcurrency while the Map Run goes on", async () => {
  let [running, most, isHeld] = [0, 0, true];
  await functions.register(server.endpoint, "held", async ({ input }) => {
    running += 1;
    most = Math.max(most, running);
    await until(
      60,
      async () => isHeld,
      (held) => !held,
    );
    running -= 1;
    return input;
  });
  const executionArn = await start("raised", distributed("STANDARD", work("held"), { MaxConcurrency: 2 }), numbers(20));
  const { mapRunArn } = await mapRunOf(executionArn);
  const begun = async (count: number): Promise<void> => {
    await until(
      30,
      async () => running,
      (now) => now >= count,
    );
  };
  await begun(2);
  await server.client.send(new UpdateMapRunCommand({ mapRunArn, maxConcurrency: 5 }));
  await begun(5);
  const run = await until(
    20,
    () => server.client.send(new DescribeMapRunCommand({ mapRunArn })),
    ({ executionCounts }) => executionCounts?.running === 5,
  );
  expect(run).toMatchObject({ status: "RUNNING", maxConcurrency: 5, executionCounts: { running: 5, pending: 15 } });
  isHeld = false;
  const { output } = await ended(executionArn);
  expect(JSON.parse(output ?? "")).toEqual(numbers(20));
  expect(most).toBe(5);
});

test("StopExecution of the parent stops the Map Run and its Standard children", async () => {
  const waits = { Hold: { Type: "Wait", Seconds: 3600, End: true } };
  const executionArn = await start("stopped", distributed("STANDARD", waits, { MaxConcurrency: 5 }), numbers(9));
  const { mapRunArn } = await mapRunOf(executionArn);
  const running = await until(
    30,
    () => childrenOf(mapRunArn, { statusFilter: "RUNNING" }),
    (children) => children.length === 5,
  );
  await server.client.send(new StopExecutionCommand({ executionArn, error: "Enough" }));
  const run = await until(
    30,
    () => server.client.send(new DescribeMapRunCommand({ mapRunArn })),
    ({ status }) => status !== "RUNNING",
  );
  expect(run).toMatchObject({ status: "ABORTED", executionCounts: { aborted: 5, pending: 4, running: 0 } });
  for (const child of running) expect((await describeExecution(child.executionArn)).status).toBe("ABORTED");
  expect(await childrenOf(mapRunArn, { statusFilter: "ABORTED" })).toHaveLength(5);
  expect((await describeExecution(executionArn)).error).toBe("Enough");
});

describe("children that fail", () => {
  const choosing = (failing: number): object => ({
    Choose: { Type: "Choice", Choices: [{ Variable: "$", NumericLessThan: failing, Next: "Bad" }], Default: "Good" },
    Bad: { Type: "Fail", Error: "Bad", Cause: "It is too small." },
    Good: { Type: "Succeed" },
  });

  test("are tolerated up to ToleratedFailurePercentage", async () => {
    const map = distributed("EXPRESS", choosing(2), { ToleratedFailurePercentage: 20 });
    const executionArn = await start("tolerated", map, numbers(10));
    const { status, output } = await ended(executionArn);
    expect(status).toBe("SUCCEEDED");
    const results = JSON.parse(output ?? "") as unknown[];
    expect(results.slice(2)).toEqual(numbers(10).slice(2));
    expect(results[0]).toMatchObject({ Status: "FAILED", Error: "Bad", Cause: "It is too small." });
    const run = await mapRunOf(executionArn);
    expect(run.itemCounts).toMatchObject({ total: 10, succeeded: 8, failed: 2 });
    expect(await childrenOf(run.mapRunArn, { statusFilter: "FAILED" })).toHaveLength(2);
  });

  test("more than that fail the state, with the threshold's own error", async () => {
    const executionArn = await start("exceeded", distributed("EXPRESS", choosing(2), { ToleratedFailureCount: 1 }), [
      ...numbers(5),
    ]);
    const { status, error, cause } = await ended(executionArn);
    expect({ status, error }).toEqual({ status: "FAILED", error: "States.ExceedToleratedFailureThreshold" });
    expect(cause).toBe("The specified tolerated failure threshold was exceeded");
    expect((await mapRunOf(executionArn)).status).toBe("FAILED");
  });

  test("an object that is not there is States.ItemReaderFailed", async () => {
    const map = distributed("EXPRESS", PASS, reader("nowhere.jsonl", { InputType: "JSONL" }));
    const executionArn = await start("nowhere", map);
    expect(await ended(executionArn)).toMatchObject({ status: "FAILED", error: "States.ItemReaderFailed" });
    expect(await eventTypes(executionArn)).toContain("MapRunFailed");
  });

  test("a ResultWriter that cannot write is States.ResultWriterFailed", async () => {
    const ResultWriter = { Resource: PUT, Parameters: { Bucket: "No Bucket" } };
    const executionArn = await start("unwritten", distributed("EXPRESS", PASS, { ResultWriter }), [1]);
    expect(await ended(executionArn)).toMatchObject({ status: "FAILED", error: "States.ResultWriterFailed" });
  });

  test.each(["EXPRESS", "STANDARD"] as const)(
    "a redrive runs the failed %s children again, and no others",
    async (type) => {
      const [there, later] = [`there-${type.toLowerCase()}`, `later-${type.toLowerCase()}`];
      await functions.register(server.endpoint, there, ({ input }) => input);
      const States = {
        Work: {
          Type: "Task",
          Resource: "arn:aws:states:::lambda:invoke",
          Parameters: { "FunctionName.$": "$.call", "Payload.$": "$.i" },
          OutputPath: "$.Payload",
          End: true,
        },
      };
      const items = numbers(12).map((i) => ({ i, call: i % 4 === 1 ? later : there }));
      const map = distributed(type, States, { ToleratedFailureCount: 2, MaxConcurrency: 3 });
      const executionArn = await start(`redriven-${type}`, map, items);
      expect(await ended(executionArn)).toMatchObject({ status: "FAILED", redriveStatus: "REDRIVABLE" });
      const before = await mapRunOf(executionArn);
      expect(before).toMatchObject({ status: "FAILED", itemCounts: { failed: 3, total: 12 } });
      const succeeded = await childrenOf(before.mapRunArn, { statusFilter: "SUCCEEDED" });
      const done = await Promise.all(
        succeeded.map(async (child) => Number((await describeExecution(child.executionArn)).output)),
      );

      await functions.register(server.endpoint, later, ({ input }) => input);
      await server.client.send(new RedriveExecutionCommand({ executionArn }));
      const { status, output } = await ended(executionArn);
      expect({ status, output }).toEqual({ status: "SUCCEEDED", output: JSON.stringify(numbers(12)) });
      const run = await mapRunOf(executionArn);
      expect(run).toMatchObject({ status: "SUCCEEDED", redriveCount: 1, mapRunArn: before.mapRunArn });
      expect(run.itemCounts).toMatchObject({ total: 12, succeeded: 12, failed: 0, aborted: 0 });
      const calls = functions.calls.filter(({ functionName }) => functionName === there || functionName === later);
      for (const i of done) expect(calls.filter(({ input }) => input === i)).toHaveLength(1);
      expect(done.length).toBeGreaterThan(0);
      expect(await eventTypes(executionArn)).toContain("MapRunRedriven");
    },
  );
});
