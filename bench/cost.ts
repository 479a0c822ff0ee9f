/**
 * `npm run bench:cost`: what executions cost, counted by the engine and by D1, and the promises about it.
 *
 * K1. Reading usage is itself a request to the object; the bench counts its own and takes them off.
 * K2. An execution is read until its last alarm, the check of the index, has fired; and often enough that its object
 *     stays in memory, for what is spent after the last turn is not stored.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import {
  CreateStateMachineCommand,
  ListExecutionsCommand,
  SendTaskSuccessCommand,
  SFNClient,
  StartExecutionCommand,
} from "@aws-sdk/client-sfn";
import { withBenchWorker } from "./bench-worker.ts";
import { FUNCTION_NAME, WORKFLOWS, type MeasuredWorkflow } from "./cost-workflows.ts";
import { allRows, AWS_STANDARD, CLOUDFLARE_WORKFLOWS, pricePerMillionTransitions, type Spending } from "./prices.ts";
import { markdownTable, median, textTable } from "./tables.ts";

type WorkflowKey = keyof typeof WORKFLOWS;

/** As `GET /api/executions/{executionArn}/usage` answers it. */
interface Usage {
  readonly rowsWritten: number;
  readonly objectRequests: number;
  readonly queueMessages: number;
  readonly alarmsSet: number;
  readonly transitions: number;
}

interface MeasuredExecution {
  readonly key: WorkflowKey;
  readonly executionArn: string;
  /** How often the bench read it. */
  reads: number;
  usage?: Usage;
}

const READ_EVERY_MS = 2_000;
/** The object looks after its index row 5 seconds after the last change of status. */
const SETTLED_AFTER_MS = 8_000;
const ENDED_WITHIN_MS = 300_000;
/** How long each function call is taken to last; here they answer at once. */
const FUNCTION_SECONDS = 0.1;
const COSTS_DOC: string = resolve(import.meta.dirname, "../docs/costs.md");

const HEADINGS = [
  "Workflow",
  "Rows, object",
  "Rows, index",
  "Object requests",
  "Alarms set",
  "Queue messages",
  "Transitions",
  "Rows per transition",
  "USD per million transitions",
];

const NOTES = [
  "Rows, object: written in the execution's Durable Object, each alarm set counted as one. Rows, index: what D1 answers as " +
    "rows_written for the status changes, each delivered by itself; changes that come in one batch of the queue cost less.",
  "Object requests: RPC calls and alarms fired. An alarm 5 s after the last change of status checks the index; it is counted.",
  `The price: rows 1.00, object requests 0.15, API requests 0.30 and queue messages 1.20 dollars per million, and 1.60 per ` +
    `million seconds that the object waits for a function, which is taken to last ${FUNCTION_SECONDS} s. Not in it: rows read, ` +
    `CPU time, storage, and what the plan includes. AWS Standard's and Cloudflare Workflows' are their prices per transition ` +
    `and per step alone.`,
];

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { smoke: { type: "boolean", default: false }, markdown: { type: "boolean", default: false } },
  });
  const runs = values.smoke ? 1 : 5;
  const measured = await withBenchWorker("bench/wrangler.cost.toml", (endpoint) => measure(endpoint, runs));
  const rows = [
    ...entriesOf(measured).map(([key, spending]) => rowOf(WORKFLOWS[key].title, spending)),
    peerRow("AWS Step Functions Standard", AWS_STANDARD),
    peerRow("Cloudflare Workflows", CLOUDFLARE_WORKFLOWS),
  ];
  if (values.markdown) publish([markdownTable(HEADINGS, rows), ...NOTES].join("\n\n"));
  else console.log(`${textTable(HEADINGS, rows)}\n\n${NOTES.join("\n")}\n`);
  return checkPromises(measured) ? 0 : 1;
}

/** Runs each workflow so many times; answers the median of what each spent. */
async function measure(endpoint: string, runs: number): Promise<Readonly<Record<WorkflowKey, Spending>>> {
  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  const client = new SFNClient({ endpoint, region: "us-east-1", credentials });
  const functions = await serveFunctions();

  const executions: MeasuredExecution[] = [];
  const stopReading = new AbortController();
  const reading = readRegularly(endpoint, executions, stopReading.signal);
  // Without this a failing read would be reported as unhandled before it is awaited below.
  reading.catch(() => stopReading.abort());
  try {
    await registerFunction(endpoint, functions.url);
    for (const [key, workflow] of entriesOf<MeasuredWorkflow>(WORKFLOWS)) {
      const stateMachineArn = await createStateMachine(client, workflow);
      const wanted = Math.min(runs, workflow.runs ?? runs);
      for (let run = 0; run < wanted; run++) {
        const input = JSON.stringify(workflow.input);
        const { executionArn = "" } = await client.send(new StartExecutionCommand({ stateMachineArn, input }));
        executions.push({ key, executionArn, reads: 0 });
      }
      await untilEnded(client, stateMachineArn, wanted, functions.takeToken);
    }
    await sleep(SETTLED_AFTER_MS, undefined, { signal: stopReading.signal });
  } finally {
    stopReading.abort();
    await reading;
    client.destroy();
    functions.close();
  }
  await readAll(endpoint, executions);
  const indexRows = (await fetchJson(`${endpoint}/index-rows`)) as Record<string, number>;
  return medians(executions.map((execution) => [execution.key, spendingOf(execution, indexRows)]));
}

interface FunctionServer {
  readonly url: string;
  /** The oldest task token that the function was given and nobody took yet. */
  readonly takeToken: () => string | undefined;
  readonly close: () => void;
}

/** The function of all Tasks: answers at once, and keeps the task tokens it is given. */
async function serveFunctions(): Promise<FunctionServer> {
  const tokens: string[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (text: string) => (body += text));
    request.on("end", () => {
      const { token } = JSON.parse(body) as { token?: string };
      if (token !== undefined) tokens.push(token);
      response.setHeader("Content-Type", "application/json").end('{"done":true}');
    });
  });
  await new Promise<void>((settle) => server.listen(0, "127.0.0.1", settle));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    takeToken: () => tokens.shift(),
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

async function registerFunction(endpoint: string, url: string): Promise<void> {
  const response = await fetch(`${endpoint}/api/functions/${FUNCTION_NAME}`, {
    method: "PUT",
    body: JSON.stringify({ url }),
  });
  if (!response.ok) throw new Error(`The function could not be registered: ${await response.text()}`);
}

async function createStateMachine(client: SFNClient, { name, definition }: MeasuredWorkflow): Promise<string> {
  const { stateMachineArn = "" } = await client.send(
    new CreateStateMachineCommand({
      name,
      definition: JSON.stringify(definition),
      roleArn: "arn:aws:iam::123456789012:role/bench",
    }),
  );
  return stateMachineArn;
}

/** Waits for the index to show that many SUCCEEDED, and answers the callbacks they wait for. Asks no object anything. */
async function untilEnded(
  client: SFNClient,
  stateMachineArn: string,
  runs: number,
  takeToken: () => string | undefined,
): Promise<void> {
  const deadline = Date.now() + ENDED_WITHIN_MS;
  while (Date.now() < deadline) {
    for (let token = takeToken(); token !== undefined; token = takeToken()) {
      // The function's own answer is on its way.
      await sleep(200);
      await client.send(new SendTaskSuccessCommand({ taskToken: token, output: "{}" }));
    }
    const { executions = [] } = await client.send(new ListExecutionsCommand({ stateMachineArn }));
    const failed = executions.find(({ status }) => status !== "RUNNING" && status !== "SUCCEEDED");
    if (failed !== undefined) throw new Error(`${failed.executionArn} is ${failed.status}`);
    if (executions.filter(({ status }) => status === "SUCCEEDED").length === runs) return;
    await sleep(100);
  }
  throw new Error(`The executions of ${stateMachineArn} did not end`);
}

async function readRegularly(
  endpoint: string,
  executions: readonly MeasuredExecution[],
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    await readAll(endpoint, executions);
    await sleep(READ_EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
}

async function readAll(endpoint: string, executions: readonly MeasuredExecution[]): Promise<void> {
  for (const execution of executions) {
    const url = `${endpoint}/api/executions/${encodeURIComponent(execution.executionArn)}/usage`;
    const usage = (await fetchJson(url)) as Usage;
    execution.reads += 1;
    if (usage.objectRequests <= (execution.usage?.objectRequests ?? 0)) {
      throw new Error(`${execution.executionArn} left memory while it was measured; the machine is too busy`);
    }
    execution.usage = usage;
  }
}

async function fetchJson(url: string): Promise<unknown> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${await response.text()}`);
  return response.json();
}

function spendingOf(
  { key, executionArn, reads, usage }: MeasuredExecution,
  indexRows: Readonly<Record<string, number>>,
): Spending {
  if (usage === undefined) throw new Error(`${executionArn} was never read`);
  return {
    objectRows: usage.rowsWritten,
    indexRows: indexRows[executionArn] ?? 0,
    objectRequests: usage.objectRequests - reads,
    alarms: usage.alarmsSet,
    queueMessages: usage.queueMessages,
    transitions: usage.transitions,
    apiRequests: WORKFLOWS[key].apiRequests,
    secondsWaited: WORKFLOWS[key].callsInSequence * FUNCTION_SECONDS,
  };
}

function medians(measured: readonly (readonly [WorkflowKey, Spending])[]): Readonly<Record<WorkflowKey, Spending>> {
  const medianOf = (key: WorkflowKey): Spending => {
    const runs = measured.filter(([of]) => of === key).map(([, spending]) => spending);
    const medianBy = (member: keyof Spending): number => median(runs.map((run) => run[member]));
    return {
      objectRows: medianBy("objectRows"),
      indexRows: medianBy("indexRows"),
      objectRequests: medianBy("objectRequests"),
      alarms: medianBy("alarms"),
      queueMessages: medianBy("queueMessages"),
      transitions: medianBy("transitions"),
      apiRequests: medianBy("apiRequests"),
      secondsWaited: medianBy("secondsWaited"),
    };
  };
  return Object.fromEntries(entriesOf(WORKFLOWS).map(([key]) => [key, medianOf(key)])) as Record<WorkflowKey, Spending>;
}

function rowOf(title: string, spending: Spending): readonly string[] {
  const { objectRows, indexRows, objectRequests, alarms, queueMessages, transitions } = spending;
  return [
    title,
    ...[objectRows, indexRows, objectRequests, alarms, queueMessages, transitions].map(String),
    (allRows(spending) / transitions).toFixed(2),
    pricePerMillionTransitions(spending).toFixed(2),
  ];
}

function peerRow(title: string, price: number): readonly string[] {
  return [title, ...HEADINGS.slice(2).map(() => ""), price.toFixed(2)];
}

/** Prints each promise and whether it is kept. */
function checkPromises({
  onePass,
  twentyPass,
  fiveTasks,
  twentyTasks,
  mapOf100,
  mapOf10000,
}: Readonly<Record<WorkflowKey, Spending>>): boolean {
  const slope = (allRows(twentyTasks) - allRows(fiveTasks)) / (twentyTasks.transitions - fiveTasks.transitions);
  const promises: readonly (readonly [string, number, number])[] = [
    ["rows of 1 Pass, all in", allRows(onePass), 6],
    ["rows that 20 Pass write more than 1 Pass", allRows(twentyPass) - allRows(onePass), 1],
    ["rows for each further Task, from 5 Tasks to 20", slope, 2.5],
    ["rows per transition of 5 Tasks, all in", allRows(fiveTasks) / fiveTasks.transitions, 2.5],
    ["rows per transition of 20 Tasks, all in", allRows(twentyTasks) / twentyTasks.transitions, 2.5],
    [
      "rows for each further item of a Map, from 100 items to 10,000",
      (allRows(mapOf10000) - allRows(mapOf100)) / (mapOf10000.transitions - mapOf100.transitions),
      1.2,
    ],
  ];
  for (const [what, value, limit] of promises) {
    console.log(`${value <= limit ? "kept  " : "BROKEN"}  ${what}: ${value.toFixed(2)} (at most ${limit})`);
  }
  return promises.every(([, value, limit]) => value <= limit);
}

const MARKED = /(?<=<!-- bench:cost -->\n)[^]*(?=<!-- \/bench:cost -->)/u;

/** Prints the text, and puts it into docs/costs.md where that has a place for it. */
function publish(text: string): void {
  console.log(`${text}\n`);
  const document = readIfThere(COSTS_DOC);
  if (!MARKED.test(document)) return;
  writeFileSync(
    COSTS_DOC,
    document.replace(MARKED, () => `\n${text}\n\n`),
  );
  console.log("docs/costs.md has this table now.\n");
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

/** `Object.entries` with the keys' own type. */
function entriesOf<T>(record: Readonly<Record<WorkflowKey, T>>): readonly (readonly [WorkflowKey, T])[] {
  return Object.entries(record) as [WorkflowKey, T][];
}

process.exitCode = await main();
