/**
 * Each example as its reader runs it: loaded as `npm start` loads it, started with its input, and what came of it compared with its
 * expected.json. `npx vitest run test/e2e/examples.test.ts -u` writes those anew.
 */
import { existsSync, readFileSync } from "node:fs";
import {
  DescribeExecutionCommand,
  StartExecutionCommand,
  SFNClient,
  StartSyncExecutionCommand,
} from "@aws-sdk/client-sfn";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { EXAMPLES, exampleNames, loadExamples } from "../../scripts/examples.ts";
import { toldHistory, type Told } from "./example-history.ts";
import { historyOf, PLAYS } from "./example-plays.ts";
import { startTestServer, until, type TestServer } from "./server.ts";

const SECONDS = 60;
const log: string[] = [];
let server: TestServer;
let arns: ReadonlyMap<string, string>;

beforeAll(async () => {
  server = await startTestServer({ ACTIVITY_POLL_SECONDS: "2" }, (line) => log.push(line));
  arns = await loadExamples(server.client, server.endpoint);
});

afterAll(() => server.stop());

interface Outcome {
  readonly status: string | undefined;
  readonly error?: string | undefined;
  readonly cause?: string | undefined;
  readonly output?: unknown;
  readonly history?: readonly Told[];
}

const textOf = (example: string, file: string): string => readFileSync(`${EXAMPLES}/${example}/${file}`, "utf8");

describe.concurrent("the example", () => {
  // Each with its own expect: they run at the same time.
  test.for(exampleNames())("%s does what its expected.json says", async (example, context) => {
    const expected = `${EXAMPLES}/${example}/expected.json`;
    context.expect(existsSync(expected), "there is an expected.json").toBe(true);
    const outcome = isExpress(example) ? await runExpress(example) : await runStandard(example);
    await context.expect(written(outcome)).toMatchFileSnapshot(expected);
  });
});

test("loading them again changes nothing that runs", async () => {
  expect(await loadExamples(server.client, server.endpoint)).toEqual(arns);
});

function isExpress(example: string): boolean {
  const setup = `${EXAMPLES}/${example}/setup.json`;
  return existsSync(setup) && readFileSync(setup, "utf8").includes('"type": "EXPRESS"');
}

async function runExpress(example: string): Promise<Outcome> {
  const { endpoint } = server;
  const credentials = { accessKeyId: "test", secretAccessKey: "test" };
  const client = new SFNClient({ endpoint, region: "us-east-1", credentials, disableHostPrefix: true });
  const input = textOf(example, "input.json");
  const ended = await client.send(new StartSyncExecutionCommand({ stateMachineArn: arns.get(example), input }));
  client.destroy();
  return { status: ended.status, error: ended.error, cause: ended.cause, output: JSON.parse(ended.output ?? "null") };
}

async function runStandard(example: string): Promise<Outcome> {
  const { client } = server;
  const input = textOf(example, "input.json");
  const name = "expected";
  const started = await client.send(new StartExecutionCommand({ stateMachineArn: arns.get(example), input, name }));
  const { executionArn = "" } = started;
  const ending = new AbortController();
  const played = PLAYS[example]?.({ server, executionArn, log, ended: ending.signal });
  const read = () => client.send(new DescribeExecutionCommand({ executionArn }));
  const execution = await until(SECONDS, read, ({ status }) => status !== "RUNNING").finally(() => ending.abort());
  await played;
  const { status, error, cause, output } = execution;
  const history = toldHistory(await historyOf(client, executionArn));
  return { status, error, cause, output: output === undefined ? undefined : JSON.parse(output), history };
}

/** With names in place of what is another each time. */
function written(outcome: Outcome): string {
  const text = JSON.stringify(outcome, undefined, 2)
    .replaceAll(/\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/gu, "<uuid>")
    .replaceAll(/\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/gu, "<moment>");
  return `${text}\n`;
}
