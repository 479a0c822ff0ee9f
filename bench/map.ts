/**
 * `npm run bench:map`: what Maps cost and how fast they are, from small to large, and the promises about it.
 *
 * Q1. Distributed: the items of a JSON Lines object, an Express child of one Pass state for each, the results in an object.
 *     All sizes run one after the other in one runtime; every result is read back and must be there once, in order.
 * Q2. Inline: an item should cost the same among many as among few. The quota of events is raised: 10,000 Tasks have 70,000.
 * Q3. Counted are rows, requests, queue messages and R2 operations as the engine and the Worker see them. Reading usage is
 *     itself a request to an object; the bench takes its own off.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  DescribeMapRunCommand,
  ListExecutionsCommand,
  ListMapRunsCommand,
  SFNClient,
  StartExecutionCommand,
} from "@aws-sdk/client-sfn";
import { withBenchWorker } from "./bench-worker.ts";
import { peakHeap, type LiveHeap } from "./live-heap.ts";
import { DISTRIBUTED, INLINE, itemOf, type InlineMap } from "./map-workflows.ts";
import { peakMemory } from "./memory.ts";
import { AWS_EXPRESS_CHILDREN, CLOUDFLARE_WORKFLOWS, pricePerMillionItems, type MapRunSpending } from "./prices.ts";
import { median, textTable } from "./tables.ts";

/** As `GET …/usage` answers it; an execution's has more. */
interface Usage {
  readonly rowsWritten: number;
  readonly objectRequests: number;
  readonly queueMessages: number;
  readonly alarmsSet: number;
}

interface Operations {
  readonly classA: number;
  readonly classB: number;
  readonly invocations: number;
}

interface MeasuredRun {
  readonly items: number;
  readonly seconds: number;
  readonly spending: MapRunSpending;
  readonly parentRows: number;
  /** Bytes; undefined where the system does not tell. */
  readonly memoryBefore: number | undefined;
  readonly memoryPeak: number | undefined;
}

interface MeasuredHeap {
  readonly items: number;
  /** Undefined where it cannot be told. */
  readonly heap: LiveHeap | undefined;
  readonly memoryPeak: number | undefined;
}

interface MeasuredInline {
  readonly map: InlineMap;
  readonly items: number;
  readonly rows: number;
  readonly milliseconds: number;
}

interface Bench {
  readonly endpoint: string;
  readonly client: SFNClient;
  readonly processGroup: number | undefined;
}

const SIZES = { full: [1_000, 10_000, 100_000], smoke: [1_000, 4_000] } as const;
/** What is live is looked at in runs of their own: a look collects the garbage. */
const HEAP_SIZES = { full: [10_000, 100_000, 300_000, 600_000], smoke: [10_000, 40_000] } as const;
const INLINE_RUNS = { full: 5, smoke: 1 } as const;
/** Of so many items one run is measured. */
const MANY = 10_000;
const ENDED_WITHIN_MS = 600_000;
const ROLE = "arn:aws:iam::123456789012:role/bench";
const BUCKET = "bench-bucket";
const MEBIBYTE = 1_048_576;

const COST_GROWTH = 1.2;
/** A fresh runtime takes some 300 MiB before it collects its garbage often; ten times the items must not need ten times that. */
const MEMORY_GROWTH = 2;
/**
 * What the Worker holds at ten times, and at twice as many items. In between, results outgrow one part of an upload: the parts
 * that are on their way are held, once, whatever follows.
 */
const HEAP_GROWTH = 1.5;
const INLINE_GROWTH = 1.5;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { smoke: { type: "boolean", default: false }, only: { type: "string" } },
  });
  const effort = values.smoke ? "smoke" : "full";
  const { runs, heaps, inline } = await withBenchWorker("bench/wrangler.map.toml", async (endpoint, processGroup) => {
    const credentials = { accessKeyId: "local", secretAccessKey: "local" };
    const client = new SFNClient({ endpoint, region: "us-east-1", credentials });
    const bench = { endpoint, client, processGroup };
    try {
      return {
        runs: values.only === "inline" || values.only === "heap" ? [] : await measureRuns(bench, SIZES[effort]),
        heaps: values.only === "inline" ? [] : await measureHeaps(bench, HEAP_SIZES[effort]),
        inline:
          values.only === "distributed" || values.only === "heap"
            ? []
            : await measureInline(bench, INLINE_RUNS[effort]),
      };
    } finally {
      client.destroy();
    }
  });
  if (runs.length > 0) printRuns(runs);
  if (heaps.length > 0) printHeaps(heaps);
  if (inline.length > 0) printInline(inline);
  const isKept = checkPromises(runs, heaps, inline);
  return isKept || values.smoke ? 0 : 1;
}

async function measureRuns(bench: Bench, sizes: readonly number[]): Promise<readonly MeasuredRun[]> {
  const stateMachineArn = await createStateMachine(bench, "distributed", DISTRIBUTED);
  // The first run of a Worker also warms it up.
  await measureRun(bench, stateMachineArn, 500);
  const runs: MeasuredRun[] = [];
  for (const items of sizes) runs.push(await measureRun(bench, stateMachineArn, items));
  return runs;
}

async function measureRun(bench: Bench, stateMachineArn: string, items: number): Promise<MeasuredRun> {
  const { endpoint, client, processGroup = 0 } = bench;
  const key = `items-${items}.jsonl`;
  const body = Array.from({ length: items }, (_, i) => `${JSON.stringify(itemOf(i))}\n`).join("");
  await fetched(`${endpoint}/api/objects/${BUCKET}/${key}`, { method: "PUT", body });
  const before = await operations(endpoint);
  const {
    result: executionArn,
    before: memoryBefore,
    peak: memoryPeak,
  } = await peakMemory(processGroup, async () => {
    const input = JSON.stringify({ bucket: BUCKET, key });
    const started = await client.send(new StartExecutionCommand({ stateMachineArn, input }));
    await untilEnded(bench, stateMachineArn, started.executionArn);
    return started.executionArn ?? "";
  });
  const after = await operations(endpoint);
  const parent = await usageOf(endpoint, "executions", executionArn);
  const { output = "{}" } = await client.send(new DescribeExecutionCommand({ executionArn }));
  const { mapRuns = [] } = await client.send(new ListMapRunsCommand({ executionArn }));
  const mapRunArn = mapRuns[0]?.mapRunArn ?? "";
  const own = await usageOf(endpoint, "map-runs", mapRunArn);
  const { startDate, stopDate } = await client.send(new DescribeMapRunCommand({ mapRunArn }));
  await checkResults(endpoint, output, items);
  const seconds = ((stopDate?.getTime() ?? NaN) - (startDate?.getTime() ?? NaN)) / 1000;
  return {
    items,
    seconds,
    spending: {
      rows: own.rowsWritten + parent.rowsWritten,
      objectRequests: own.objectRequests + parent.objectRequests - 2,
      queueMessages: own.queueMessages + parent.queueMessages,
      workerRequests: after.invocations - before.invocations,
      classA: after.classA - before.classA,
      classB: after.classB - before.classB,
      seconds,
    },
    parentRows: parent.rowsWritten,
    memoryBefore,
    memoryPeak,
  };
}

async function measureHeaps(bench: Bench, sizes: readonly number[]): Promise<readonly MeasuredHeap[]> {
  const stateMachineArn = await createStateMachine(bench, "distributed", DISTRIBUTED);
  const heaps: MeasuredHeap[] = [];
  for (const items of sizes) {
    const { result, peak: heap } = await peakHeap(bench.processGroup ?? 0, () =>
      measureRun(bench, stateMachineArn, items),
    );
    heaps.push({ items, heap, memoryPeak: result.memoryPeak });
  }
  return heaps;
}

/** Every item's result is there, once and in order. */
async function checkResults(endpoint: string, output: string, items: number): Promise<void> {
  const { ResultWriterDetails } = JSON.parse(output) as { ResultWriterDetails: { Bucket: string; Key: string } };
  const { Bucket, Key } = ResultWriterDetails;
  const manifest = (await (await fetched(`${endpoint}/api/objects/${Bucket}/${Key}`)).json()) as {
    ResultFiles: { SUCCEEDED: { Key: string }[] };
  };
  let text = "";
  for (const file of manifest.ResultFiles.SUCCEEDED) {
    text += await (await fetched(`${endpoint}/api/objects/${Bucket}/${file.Key}`)).text();
  }
  const lines = text.trimEnd().split("\n");
  const isWhole = lines.length === items && lines.every((line, i) => line === JSON.stringify(itemOf(i)));
  if (!isWhole) throw new Error(`The results of ${items} items are not those items in order: ${lines.length} lines`);
}

async function measureInline(bench: Bench, runs: number): Promise<readonly MeasuredInline[]> {
  const measured: MeasuredInline[] = [];
  for (const map of INLINE) {
    const stateMachineArn = await createStateMachine(bench, map.name, map.definition);
    for (const items of map.sizes) {
      const each: MeasuredInline[] = [];
      const repeated = items < MANY ? runs : 1;
      for (let run = 0; run <= repeated; run++) each.push(await measureInlineRun(bench, stateMachineArn, map, items));
      // The first one warms up.
      const rest = each.slice(1);
      measured.push({
        map,
        items,
        rows: median(rest.map(({ rows }) => rows)),
        milliseconds: median(rest.map(({ milliseconds }) => milliseconds)),
      });
    }
  }
  return measured;
}

async function measureInlineRun(
  bench: Bench,
  stateMachineArn: string,
  map: InlineMap,
  items: number,
): Promise<MeasuredInline> {
  const input = JSON.stringify(Array.from({ length: items }, (_, i) => i));
  const began = performance.now();
  const { executionArn = "" } = await bench.client.send(new StartExecutionCommand({ stateMachineArn, input }));
  // What a turn does has one moment, so that the execution's own dates would not tell.
  for (let status = ""; status !== "SUCCEEDED"; await sleep(5)) {
    status = (await bench.client.send(new DescribeExecutionCommand({ executionArn }))).status ?? "";
    if (status !== "RUNNING" && status !== "SUCCEEDED") throw new Error(`${executionArn} is ${status}`);
  }
  const milliseconds = performance.now() - began;
  const { rowsWritten } = await usageOf(bench.endpoint, "executions", executionArn);
  return { map, items, rows: rowsWritten, milliseconds };
}

async function createStateMachine({ client }: Bench, name: string, definition: object): Promise<string> {
  const { stateMachineArn = "" } = await client.send(
    new CreateStateMachineCommand({ name, definition: JSON.stringify(definition), roleArn: ROLE }),
  );
  return stateMachineArn;
}

/** Waits for the index to show it as SUCCEEDED. Asks no object anything. */
async function untilEnded({ client }: Bench, stateMachineArn: string, executionArn: string | undefined): Promise<void> {
  const deadline = Date.now() + ENDED_WITHIN_MS;
  while (Date.now() < deadline) {
    const { executions = [] } = await client.send(new ListExecutionsCommand({ stateMachineArn, maxResults: 5 }));
    const status = executions.find((execution) => execution.executionArn === executionArn)?.status;
    if (status === "SUCCEEDED") return;
    if (status !== undefined && status !== "RUNNING") throw new Error(`${executionArn} is ${status}`);
    await sleep(100);
  }
  throw new Error(`${executionArn} did not end`);
}

async function usageOf(endpoint: string, of: "executions" | "map-runs", arn: string): Promise<Usage> {
  return (await (await fetched(`${endpoint}/api/${of}/${encodeURIComponent(arn)}/usage`)).json()) as Usage;
}

async function operations(endpoint: string): Promise<Operations> {
  return (await (await fetched(`${endpoint}/operations`)).json()) as Operations;
}

async function fetched(url: string, request: RequestInit = {}): Promise<Response> {
  const response = await fetch(url, request);
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${await response.text()}`);
  return response;
}

function printRuns(runs: readonly MeasuredRun[]): void {
  const perMillion = (run: MeasuredRun, figure: number): string => ((figure * 1_000_000) / run.items).toFixed(0);
  const mebibytes = (bytes: number | undefined): string => (bytes === undefined ? "?" : (bytes / MEBIBYTE).toFixed(0));
  const headings = ["Distributed Map, Express children", ...runs.map(({ items }) => `${items} items`)];
  const line = (title: string, figure: (run: MeasuredRun) => string): readonly string[] => [title, ...runs.map(figure)];
  const ofItems = (title: string, figure: (spending: MapRunSpending) => number): readonly string[] =>
    line(`${title} per million items`, (run) => perMillion(run, figure(run.spending)));
  const rows = [
    line("seconds", ({ seconds }) => seconds.toFixed(2)),
    line("items per second", ({ items, seconds }) => (items / seconds).toFixed(0)),
    ofItems("rows written", ({ rows: written }) => written),
    ofItems("object requests", ({ objectRequests }) => objectRequests),
    ofItems("queue messages", ({ queueMessages }) => queueMessages),
    ofItems("Worker invocations", ({ workerRequests }) => workerRequests),
    ofItems("R2 writes", ({ classA }) => classA),
    ofItems("R2 reads", ({ classB }) => classB),
    line("rows of the parent, in all", ({ parentRows }) => String(parentRows)),
    line("memory of the runtime before, MiB", ({ memoryBefore }) => mebibytes(memoryBefore)),
    line("memory of the runtime at its peak, MiB", ({ memoryPeak }) => mebibytes(memoryPeak)),
    line("USD per million items", (run) => priceOf(run).toFixed(3)),
    line("AWS Express children, times that", (run) => (AWS_EXPRESS_CHILDREN / priceOf(run)).toFixed(0)),
    line("Cloudflare Workflows, a step an item, times that", (run) => (CLOUDFLARE_WORKFLOWS / priceOf(run)).toFixed(0)),
  ];
  console.log(`${textTable(headings, rows)}\n`);
  console.log(
    `The price: the Map Run's object and its parent's (rows, requests, the seconds in which the Map Run's is in memory), ` +
      `queue messages, the invocations that they make, R2 operations. Not in it: CPU time, storage, rows read, the index, ` +
      `putting the items and fetching the results. AWS: ${AWS_EXPRESS_CHILDREN.toFixed(2)} USD per million children, a request ` +
      `and 100 ms of 64 MB each, without S3. Cloudflare Workflows: ${CLOUDFLARE_WORKFLOWS.toFixed(2)} USD per million steps.\n`,
  );
}

function printHeaps(heaps: readonly MeasuredHeap[]): void {
  const mebibytes = (bytes: number | undefined): string => (bytes === undefined ? "?" : (bytes / MEBIBYTE).toFixed(1));
  const rows = [
    ["the Worker with its objects, after a collection", ...heaps.map(({ heap }) => mebibytes(heap?.worker))],
    ["the simulators of R2, D1 and queues, garbage included", ...heaps.map(({ heap }) => mebibytes(heap?.simulators))],
    ["resident memory of the runtime", ...heaps.map(({ memoryPeak }) => mebibytes(memoryPeak))],
  ];
  console.log(`${textTable(["Memory, at most, MiB", ...heaps.map(({ items }) => `${items} items`)], rows)}\n`);
}

function printInline(measured: readonly MeasuredInline[]): void {
  const rows = measured.map(({ map, items, rows: written, milliseconds }) => [
    `${map.title}, ${items} items`,
    written.toFixed(0),
    (written / items).toFixed(3),
    milliseconds.toFixed(0),
    ((milliseconds * 1000) / items).toFixed(0),
  ]);
  console.log(`${textTable(["Inline Map", "Rows", "Rows per item", "ms", "µs per item"], rows)}\n`);
}

function priceOf({ spending, items }: MeasuredRun): number {
  return pricePerMillionItems(spending, items);
}

/** Prints each promise and whether it is kept. */
function checkPromises(
  runs: readonly MeasuredRun[],
  heaps: readonly MeasuredHeap[],
  inline: readonly MeasuredInline[],
): boolean {
  const promises: (readonly [string, number, number])[] = [];
  const [smallest, largest, before] = [runs[0], runs.at(-1), runs.at(-2)];
  if (smallest !== undefined && largest !== undefined) {
    const what = `cost per item at ${largest.items} against ${smallest.items}`;
    promises.push([what, priceOf(largest) / priceOf(smallest), COST_GROWTH]);
  }
  if (largest?.memoryPeak !== undefined && before?.memoryPeak !== undefined) {
    const what = `peak memory at ${largest.items} against ${before.items}`;
    promises.push([what, largest.memoryPeak / before.memoryPeak, MEMORY_GROWTH]);
  }
  const pairs = heaps.length > 2 ? [heaps.slice(0, 2), heaps.slice(-2)] : [heaps];
  for (const [few, many] of pairs) {
    if (few?.heap === undefined || many?.heap === undefined) continue;
    const what = `what the Worker holds at ${many.items} against ${few.items}`;
    promises.push([what, many.heap.worker / few.heap.worker, HEAP_GROWTH]);
  }
  for (const map of INLINE) {
    const measured = inline.filter((each) => each.map === map);
    const [small, large] = [measured[0], measured.at(-1)];
    if (small === undefined || large === undefined) continue;
    const growth = (figure: (of: MeasuredInline) => number): number =>
      figure(large) / large.items / (figure(small) / small.items);
    const what = `${map.title}, ${large.items} items against ${small.items}`;
    promises.push([`rows per item, ${what}`, growth(({ rows }) => rows), INLINE_GROWTH]);
    promises.push([`time per item, ${what}`, growth(({ milliseconds }) => milliseconds), INLINE_GROWTH]);
  }
  for (const [what, value, limit] of promises) {
    console.log(`${value <= limit ? "kept  " : "BROKEN"}  ${what}: ${value.toFixed(2)} times (at most ${limit})`);
  }
  return promises.every(([, value, limit]) => value <= limit);
}

process.exitCode = await main();
