/**
 * `npm run bench:throughput`: completions per second of Stepflare, of a bare Durable Object and of Cloudflare Workflows.
 *
 * R1. All run in one local runtime, in turns: a round measures each, and each round begins with another one. Ratios are
 *     taken within a round, so that what else the machine does falls on both sides.
 * R2. Nobody pays for another's remains: the queue is empty before the next begins, and the alarms with which executions
 *     check their index row, 5 seconds after their end, fire while nothing is measured.
 *     `--sustained` measures with them, and asserts nothing.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { withBenchWorker } from "./bench-worker.ts";
import { median, rotated, spread, textTable } from "./tables.ts";

const CONTENDERS = {
  pass: "Stepflare, 5 Pass",
  "pass-api": "Stepflare, 5 Pass, through StartExecution",
  tasks: "Stepflare, 5 Tasks on a function of the Worker",
  "bare-sql": "Bare object, a table and a row",
  "bare-kv": "Bare object, a key",
  workflow: "Cloudflare Workflows, 5 step.do",
} as const;

type Contender = keyof typeof CONTENDERS;

const WITH_QUEUE: ReadonlySet<Contender> = new Set(["pass", "pass-api", "tasks"]);

/** Completions per second of each contender. */
type Round = Readonly<Record<Contender, number>>;

interface Effort {
  readonly rounds: number;
  readonly warmUp: number;
  readonly count: number;
  readonly concurrency: number;
  readonly restMs: number;
}

const FULL: Effort = { rounds: 8, warmUp: 100, count: 100, concurrency: 16, restMs: 7_000 };
const SMOKE: Effort = { rounds: 1, warmUp: 10, count: 40, concurrency: 16, restMs: 0 };
/** A status waits at most one second for its batch. */
const QUEUE_DRAINED_MS = 1_300;
/** As many as fit into the 5 seconds before the first alarms fire. */
const ROUNDS_BETWEEN_RESTS = 2;
const SUSTAINED_MS = 30_000;

interface Expectation {
  readonly above: Contender;
  readonly below: Contender;
  readonly atLeast?: number;
}

const EXPECTATIONS: readonly Expectation[] = [
  { above: "pass", below: "bare-sql", atLeast: 0.5 },
  { above: "pass", below: "bare-kv" },
  { above: "pass", below: "workflow", atLeast: 3 },
  { above: "tasks", below: "workflow", atLeast: 3 },
  { above: "pass-api", below: "pass" },
];

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { smoke: { type: "boolean", default: false }, sustained: { type: "boolean", default: false } },
  });
  if (values.sustained) return printSustained();
  const effort = values.smoke ? SMOKE : FULL;
  const rounds = await withBenchWorker("bench/wrangler.toml", (endpoint) => measure(endpoint, effort));

  console.log(
    `${effort.rounds} rounds of ${effort.count} each, ${effort.concurrency} in flight: median (least to most)\n`,
  );
  const rates = contenders().map((name) => [
    CONTENDERS[name],
    spread(
      rounds.map((round) => round[name]),
      0,
    ),
  ]);
  console.log(`${textTable(["", "Completions per second"], rates)}\n`);

  const verdicts = EXPECTATIONS.map(({ above, below, atLeast }) => {
    const ratios = rounds.map((round) => round[above] / round[below]);
    const isMet = atLeast === undefined || median(ratios) >= atLeast;
    const expected = atLeast === undefined ? "" : `at least ${atLeast}: ${isMet ? "met" : "MISSED"}`;
    return { isMet, row: [`${CONTENDERS[above]} / ${CONTENDERS[below]}`, spread(ratios, 2), expected] };
  });
  console.log(
    `${textTable(
      ["Ratios", "", "Expected"],
      verdicts.map(({ row }) => row),
    )}\n`,
  );
  console.log(whatDominates(rounds));
  return values.smoke || verdicts.every(({ isMet }) => isMet) ? 0 : 1;
}

async function measure(endpoint: string, effort: Effort): Promise<readonly Round[]> {
  await getJson(`${endpoint}/setup`);
  for (const name of contenders()) await rateOf(endpoint, name, effort.warmUp, effort.concurrency);
  await sleep(effort.restMs);
  const rounds: Round[] = [];
  for (let n = 0; n < effort.rounds; n++) {
    if (n > 0 && n % ROUNDS_BETWEEN_RESTS === 0) await sleep(effort.restMs);
    const round: Record<string, number> = {};
    for (const name of rotated(contenders(), n)) {
      round[name] = await rateOf(endpoint, name, effort.count, effort.concurrency);
      if (WITH_QUEUE.has(name)) await sleep(QUEUE_DRAINED_MS);
    }
    rounds.push(round as Round);
  }
  return rounds;
}

/** The same without rests, by the clock outside: here Stepflare's alarms fire as fast as executions begin. */
async function printSustained(): Promise<number> {
  const contended: readonly Contender[] = ["bare-sql", "pass", "tasks"];
  const rates = await withBenchWorker("bench/wrangler.toml", async (endpoint) => {
    await getJson(`${endpoint}/setup`);
    const measured: number[] = [];
    for (const name of contended) measured.push(await sustainedRateOf(endpoint, name));
    return measured;
  });
  const [bare = NaN] = rates;
  const rows = contended.map((name, n) => {
    const rate = rates[n] ?? NaN;
    return [CONTENDERS[name], rate.toFixed(0), (rate / bare).toFixed(2)];
  });
  console.log(textTable([`${SUSTAINED_MS / 1000} s on end`, "Completions per second", "Ratio"], rows));
  return 0;
}

async function sustainedRateOf(endpoint: string, name: Contender): Promise<number> {
  const { count, concurrency, restMs } = FULL;
  const driveFor = async (milliseconds: number): Promise<number> => {
    const began = Date.now();
    let completed = 0;
    for (; Date.now() - began < milliseconds; completed += count) await rateOf(endpoint, name, count, concurrency);
    return (completed * 1000) / (Date.now() - began);
  };
  // Until the first alarms fire.
  await driveFor(restMs);
  const rate = await driveFor(SUSTAINED_MS);
  await sleep(restMs);
  return rate;
}

async function rateOf(endpoint: string, kind: Contender, count: number, concurrency: number): Promise<number> {
  const run = await getJson(`${endpoint}/run?kind=${kind}&count=${count}&concurrency=${concurrency}`);
  const { milliseconds } = run as { milliseconds: number };
  return (count * 1000) / milliseconds;
}

async function getJson(url: string): Promise<unknown> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${await response.text()}`);
  return response.json();
}

/** How much of an execution's time goes into there being a new object at all. */
function whatDominates(rounds: readonly Round[]): string {
  const millisecondsOf = (name: Contender): number => 1000 / median(rounds.map((round) => round[name]));
  const bare = millisecondsOf("bare-sql");
  const pass = millisecondsOf("pass");
  return (
    `Each completion needs a new object. Of the ${pass.toFixed(1)} ms that one of 5 Pass takes of the machine, ` +
    `${bare.toFixed(1)} are what a bare object takes to begin and to store one row; the rest is the engine, the alarm, ` +
    `and the local stand-ins for the queue and the index. The check of the index, an alarm 5 s after the end, is not in ` +
    `these figures; it is in those of --sustained.`
  );
}

function contenders(): readonly Contender[] {
  return Object.keys(CONTENDERS) as Contender[];
}

process.exitCode = await main();
