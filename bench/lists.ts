/**
 * `npm run bench:lists`: what is described, listed and found among 10 other executions, and among 10,000.
 *
 * L1. Both are in one local runtime and take turns, each round another one first; ratios are taken within a round, so that
 *     what else the machine does falls on both sides.
 * L2. Pages are as long on either side, and the executions that are asked for really ran.
 */
import { parseArgs } from "node:util";
import { withBenchWorker } from "./bench-worker.ts";
import { median, rotated, spread, textTable } from "./tables.ts";

const CALLS = {
  describe: "DescribeExecution",
  history: "GetExecutionHistory",
  list: "ListExecutions",
  "list-next": "ListExecutions, the second page",
  "list-running": "ListExecutions, RUNNING",
  "list-failed": "ListExecutions, FAILED",
  "list-succeeded": "ListExecutions, SUCCEEDED",
  "list-machines": "ListStateMachines",
  "search-failed": "Search by status and name",
  "search-field": "Search by a field",
} as const;

type Call = keyof typeof CALLS;
type Catalogue = "few" | "many";

const FEW = 10;
const MANY = 10_000;
const AT_MOST = 1.5;

interface Effort {
  readonly rounds: number;
  readonly count: number;
}

const FULL: Effort = { rounds: 12, count: 60 };
const SMOKE: Effort = { rounds: 1, count: 10 };

/** Milliseconds per call. */
type Round = Readonly<Record<Call, Readonly<Record<Catalogue, number>>>>;

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { smoke: { type: "boolean", default: false } } });
  const effort = values.smoke ? SMOKE : FULL;
  const rounds = await withBenchWorker("bench/wrangler.lists.toml", (endpoint) => measure(endpoint, effort));

  console.log(`${effort.rounds} rounds of ${effort.count} calls each, one after the other: median (least to most)\n`);
  const verdicts = calls().map((call) => {
    const of = (catalogue: Catalogue): readonly number[] => rounds.map((round) => round[call][catalogue]);
    const ratios = rounds.map((round) => round[call].many / round[call].few);
    const isMet = median(ratios) <= AT_MOST;
    const row = [CALLS[call], spread(of("few"), 2), spread(of("many"), 2), spread(ratios, 2), isMet ? "met" : "MISSED"];
    return { isMet, row };
  });
  const headings = ["ms per call, among", `${FEW} others`, `${MANY} others`, "Ratio", `At most ${AT_MOST}`];
  console.log(
    textTable(
      headings,
      verdicts.map(({ row }) => row),
    ),
  );
  return values.smoke || verdicts.every(({ isMet }) => isMet) ? 0 : 1;
}

async function measure(endpoint: string, effort: Effort): Promise<readonly Round[]> {
  await getJson(`${endpoint}/setup?catalogue=few&others=${FEW}`);
  await getJson(`${endpoint}/setup?catalogue=many&others=${MANY}`);
  const timeOf = async (call: Call, catalogue: Catalogue): Promise<number> => {
    const run = await getJson(`${endpoint}/run?catalogue=${catalogue}&call=${call}&count=${effort.count}`);
    return (run as { milliseconds: number }).milliseconds / effort.count;
  };
  const catalogues: readonly Catalogue[] = ["few", "many"];
  for (const call of calls()) for (const catalogue of catalogues) await timeOf(call, catalogue);
  const rounds: Round[] = [];
  for (let n = 0; n < effort.rounds; n++) {
    const round: Record<string, Record<string, number>> = {};
    for (const call of calls()) {
      const times: Record<string, number> = {};
      for (const catalogue of rotated(catalogues, n)) times[catalogue] = await timeOf(call, catalogue);
      round[call] = times;
    }
    rounds.push(round as Round);
  }
  return rounds;
}

async function getJson(url: string): Promise<unknown> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${await response.text()}`);
  return response.json();
}

function calls(): readonly Call[] {
  return Object.keys(CALLS) as Call[];
}

process.exitCode = await main();
