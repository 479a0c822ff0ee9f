/**
 * `npm run poison`: every hostile state of test/hostile in the real runtime, one after the other.
 *
 * How each ended, what processor time the runtime took for it, with reading its request and answering it, and how much its
 * memory grew; and how long a harmless execution takes beside all of them. Processor time and memory are told by Linux.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { peakMemory, processesOf } from "../bench/memory.ts";
import { median, percentile, textTable } from "../bench/tables.ts";
import { CORPUS, type Poison } from "../test/hostile/corpus.ts";
import { startDevServer } from "./dev-server.ts";
import { call, type Answer } from "./fuzz/server-world.ts";
import { writeRecord } from "./reliability/record.ts";

const { values } = parseArgs({
  options: { port: { type: "string", default: "9210" }, record: { type: "boolean", default: false } },
});
const ROLE = "arn:aws:iam::123456789012:role/any";
const HARMLESS = JSON.stringify({
  StartAt: "A",
  States: { A: { Type: "Pass", QueryLanguage: "JSONata", Output: "{% $sum([1..9]) %}", End: true } },
});
const MEBIBYTE = 1_048_576;
const NANOSECONDS_PER_MS = 1_000_000;
/** What has not answered by then does not end. */
const DEADLINE_MS = 30_000;
/** Of each state; the middle one counts: the runtime collects and compiles beside, whatever it runs. */
const RUNS = 3;

interface Ended {
  readonly poison: Poison;
  readonly cpuMs: number;
  readonly grewBytes: number;
  /** What was wrong with how it ended; absent: nothing. */
  readonly fault?: string;
}

/** Of the runtime's processes together, as the scheduler has counted it for each of their threads. */
function cpuMs(group: number): number {
  let nanoseconds = 0;
  for (const pid of processesOf(group)) {
    for (const thread of readdirSync(`/proc/${pid}/task`)) {
      const [running] = readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "utf8").split(" ");
      nanoseconds += Number(running);
    }
  }
  return nanoseconds / NANOSECONDS_PER_MS;
}

async function testState(
  endpoint: string,
  { definition, input }: Pick<Poison, "definition" | "input">,
): Promise<Answer> {
  const over = new AbortController();
  const request = { definition: JSON.stringify(definition), roleArn: ROLE, input };
  const answered = call(endpoint, "TestState", request).catch((error: unknown): Answer => {
    const { message } = error as Error;
    // Anything else is no answer of ours: the runtime has given the request up.
    return { [message.startsWith("TestState was refused") ? "refused" : "broken"]: message };
  });
  try {
    return await Promise.race([answered, sleep(DEADLINE_MS, { unanswered: DEADLINE_MS }, { signal: over.signal })]);
  } finally {
    over.abort();
  }
}

function faultOf({ error, output }: Poison, answer: Answer): string | undefined {
  if (error !== undefined && answer["error"] !== error) return `ended with ${JSON.stringify(answer).slice(0, 200)}`;
  if (output !== undefined && answer["output"] !== output) return `gave ${JSON.stringify(answer).slice(0, 200)}`;
  const isEnded = ["SUCCEEDED", "FAILED"].includes(String(answer["status"])) || answer["refused"] !== undefined;
  return isEnded ? undefined : `ended with ${JSON.stringify(answer).slice(0, 200)}`;
}

async function swallow(endpoint: string, group: number, poison: Poison): Promise<Ended> {
  const before = cpuMs(group);
  const { result, before: memory = 0, peak = 0 } = await peakMemory(group, () => testState(endpoint, poison));
  const fault = faultOf(poison, result);
  return { poison, cpuMs: cpuMs(group) - before, grewBytes: peak - memory, ...(fault !== undefined && { fault }) };
}

/** How long harmless executions take, one after the other, until it is over. */
async function neighbor(endpoint: string, stateMachineArn: string, over: AbortSignal): Promise<readonly number[]> {
  const took: number[] = [];
  while (!over.aborted) {
    const started = performance.now();
    await call(endpoint, "StartSyncExecution", { stateMachineArn, input: "{}" });
    took.push(performance.now() - started);
    await sleep(20);
  }
  return took;
}

const startedAt = Date.now();
const persistTo = mkdtempSync(join(tmpdir(), "stepflare-poison-"));
const server = await startDevServer({ port: Number(values.port), persistTo, logLevel: "warn" });
try {
  const { endpoint, processGroup: group = 0 } = server;
  const created = await call(endpoint, "CreateStateMachine", {
    name: "neighbor",
    definition: HARMLESS,
    roleArn: ROLE,
    type: "EXPRESS",
  });
  const stateMachineArn = String(created["stateMachineArn"]);
  for (let i = 0; i < 50; i++) await testState(endpoint, { definition: JSON.parse(HARMLESS).States.A, input: "{}" });

  const ended: Ended[] = [];
  for (const poison of CORPUS) {
    const runs: Ended[] = [];
    for (let i = 0; i < RUNS; i++) runs.push(await swallow(endpoint, group, poison));
    const fault = runs.find((x) => x.fault !== undefined)?.fault;
    const grewBytes = Math.max(...runs.map((x) => x.grewBytes));
    const took = median(runs.map((x) => x.cpuMs));
    ended.push({ poison, cpuMs: took, grewBytes, ...(fault !== undefined && { fault }) });
  }

  const quiet = new AbortController();
  setTimeout(() => quiet.abort(), 5000);
  const alone = await neighbor(endpoint, stateMachineArn, quiet.signal);
  const over = new AbortController();
  const beside = neighbor(endpoint, stateMachineArn, over.signal);
  for (const poison of CORPUS) await testState(endpoint, poison);
  over.abort();
  const disturbed = await beside;

  const kinds = [...new Set(CORPUS.map(({ kind }) => kind))];
  const rows = kinds.map((kind) => {
    const of = ended.filter(({ poison }) => poison.kind === kind);
    const times = of.map((x) => x.cpuMs);
    const memory = of.map((x) => x.grewBytes / MEBIBYTE);
    const figures = [
      of.length,
      median(times),
      percentile(times, 90),
      Math.max(...times),
      Math.max(...memory),
      of.filter((x) => x.fault).length,
    ];
    return [kind, ...figures.map((figure) => figure.toFixed(0))];
  });
  console.log(
    textTable(["Poison", "states", "CPU ms: median", "90th percentile", "most", "MiB grown, most", "wrong ends"], rows),
  );
  const slowest = ended.toSorted((a, b) => b.cpuMs - a.cpuMs).slice(0, 8);
  for (const { poison, cpuMs: took } of slowest) console.log(`  ${took.toFixed(0)} ms: ${poison.kind}, ${poison.what}`);
  for (const { poison, fault } of ended.filter((x) => x.fault))
    console.log(`  WRONG: ${poison.kind}, ${poison.what} ${fault}`);
  const p99 = [percentile(alone, 99), percentile(disturbed, 99)] as const;
  console.log(
    `A neighbor's executions: 99 % within ${p99[0].toFixed(0)} ms alone, ${p99[1].toFixed(0)} ms beside the poison`,
  );
  const wrong = ended.filter((x) => x.fault).length;
  if (values.record) {
    const all = ended.map((x) => x.cpuMs);
    writeRecord("poison", "npm run poison -- --record", startedAt, {
      states: ended.length,
      "wrong ends": wrong,
      "CPU ms, median": Math.round(median(all)),
      "CPU ms, 99th percentile": Math.round(percentile(all, 99)),
      "CPU ms, most": Math.round(Math.max(...all)),
      "states above 100 ms of CPU": all.filter((x) => x > 100).length,
      "MiB grown, most": Math.round(Math.max(...ended.map((x) => x.grewBytes)) / MEBIBYTE),
      "neighbor's 99th percentile alone, ms": Math.round(p99[0]),
      "neighbor's 99th percentile beside, ms": Math.round(p99[1]),
    });
  }
  process.exitCode = wrong === 0 ? 0 : 1;
} finally {
  await server.stop();
  rmSync(persistTo, { recursive: true, force: true });
}
