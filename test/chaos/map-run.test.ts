/**
 * The whole runtime is killed (SIGKILL to every process) five times while a Map Run works through the items of an object: the
 * queue and every child under way are lost each time. Afterwards each item's result is there once, in order.
 */
import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  DescribeMapRunCommand,
  GetExecutionHistoryCommand,
  ListExecutionsCommand,
  ListMapRunsCommand,
  StartExecutionCommand,
  type DescribeMapRunCommandOutput,
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

const ITEMS = 10_000;
/** One in so many children waits for a second; locally one chunk runs after the other. */
const SLOW_EVERY = 400;
const KILLS = 5;
const BUCKET = "chaos-bucket";

const DEFINITION = {
  StartAt: "M",
  States: {
    M: {
      Type: "Map",
      ItemReader: {
        Resource: "arn:aws:states:::s3:getObject",
        ReaderConfig: { InputType: "JSONL" },
        Parameters: { Bucket: BUCKET, Key: "items.jsonl" },
      },
      ItemProcessor: {
        ProcessorConfig: { Mode: "DISTRIBUTED", ExecutionType: "EXPRESS" },
        StartAt: "Choose",
        States: {
          Choose: {
            Type: "Choice",
            Choices: [{ Variable: "$.slow", BooleanEquals: true, Next: "Hold" }],
            Default: "Done",
          },
          Hold: { Type: "Wait", Seconds: 1, Next: "Done" },
          Done: { Type: "Succeed" },
        },
      },
      ResultWriter: {
        Resource: "arn:aws:states:::s3:putObject",
        Parameters: { Bucket: BUCKET, Prefix: "out" },
        WriterConfig: { OutputType: "JSONL", Transformation: "COMPACT" },
      },
      End: true,
    },
  },
};

const lineOf = (i: number): string => JSON.stringify({ i, slow: i % SLOW_EVERY === 0 });
const urlOf = (key: string): string => `${server.endpoint}/api/objects/${BUCKET}/${key}`;

async function describeRun(mapRunArn: string | undefined): Promise<DescribeMapRunCommandOutput> {
  return server.client.send(new DescribeMapRunCommand({ mapRunArn }));
}

test("every item's result is there once and in order, and the counts add up", { timeout: 400_000 }, async () => {
  const lines = Array.from({ length: ITEMS }, (_, i) => lineOf(i));
  await fetch(urlOf("items.jsonl"), { method: "PUT", body: `${lines.join("\n")}\n` });
  const { stateMachineArn } = await server.client.send(
    new CreateStateMachineCommand({ name: "killed", definition: JSON.stringify(DEFINITION), roleArn: ROLE }),
  );
  const { executionArn } = await server.client.send(new StartExecutionCommand({ stateMachineArn }));
  const { mapRuns = [] } = await until(
    20,
    () => server.client.send(new ListMapRunsCommand({ executionArn })),
    (list) => list.mapRuns?.length === 1,
  );
  const mapRunArn = mapRuns[0]?.mapRunArn;

  let known = 0;
  for (let kill = 0; kill < KILLS; kill++) {
    // Every other kill comes soon after the start, while the Map Run still waits for workers that died; the others in full work.
    if (kill % 2 === 1) await sleep(1_000);
    else {
      const run = await until(
        60,
        () => describeRun(mapRunArn),
        ({ itemCounts, status }) => status !== "RUNNING" || (itemCounts?.succeeded ?? 0) >= known + 500,
      );
      known = run.itemCounts?.succeeded ?? 0;
    }
    await server.crash(() => undefined);
    const { status, itemCounts } = await describeRun(mapRunArn);
    expect(status).toBe("RUNNING");
    // What was noted is on disk, and there is more to do.
    expect(itemCounts?.succeeded).toBeGreaterThanOrEqual(known);
    expect(itemCounts?.succeeded).toBeLessThan(ITEMS);
  }

  // Nobody asks the Map Run from here on: its own alarm has to bring it back whenever it is gone from memory.
  const { status, output } = await until(
    180,
    () => server.client.send(new DescribeExecutionCommand({ executionArn })),
    (execution) => execution.status !== "RUNNING",
  );
  expect(status).toBe("SUCCEEDED");

  const { ResultWriterDetails } = JSON.parse(output ?? "") as { ResultWriterDetails: { Key: string } };
  const manifest = (await (await fetch(urlOf(ResultWriterDetails.Key))).json()) as {
    ResultFiles: Record<"FAILED" | "PENDING" | "SUCCEEDED", readonly { Key: string }[]>;
  };
  const { FAILED, PENDING, SUCCEEDED } = manifest.ResultFiles;
  expect([...FAILED, ...PENDING]).toEqual([]);
  let text = "";
  for (const { Key } of SUCCEEDED) text += await (await fetch(urlOf(Key))).text();
  expect(text.trimEnd().split("\n")).toEqual(lines);

  const run = await describeRun(mapRunArn);
  const none = { failed: 0, timedOut: 0, aborted: 0, running: 0, pending: 0 };
  expect(run).toMatchObject({ status: "SUCCEEDED", itemCounts: { total: ITEMS, succeeded: ITEMS, ...none } });
  expect(run.executionCounts).toMatchObject({ total: ITEMS, succeeded: ITEMS, resultsWritten: ITEMS, ...none });

  const names = new Set<string | undefined>();
  let nextToken: string | undefined;
  do {
    const page = await server.client.send(new ListExecutionsCommand({ mapRunArn, maxResults: 1000, nextToken }));
    for (const { name } of page.executions ?? []) names.add(name);
    ({ nextToken } = page);
  } while (nextToken !== undefined);
  expect(names.size).toBe(ITEMS);

  const { events = [] } = await server.client.send(new GetExecutionHistoryCommand({ executionArn }));
  expect(events.map(({ type }) => type)).toEqual([
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
