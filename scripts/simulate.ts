/**
 * `npm run simulate -- --seeds <n> [--from <seed>] [--workers <n>] [--record]`: the Worker, its objects, its queues and its
 * database in made-up worlds that fail as platforms do; every rule of test/simulate is looked at in each of them.
 *
 * `--smoke` is 20,000 seeds on two cores. `--seed <n> [--trace]` is one world again, `--mutants` shows that seeded bugs are
 * found. Ends with 1 where a rule was broken, and where something that must occur did not.
 */
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { prepareLoading } from "../test/simulate/loading.ts";
import { MUTANTS } from "../test/simulate/mutants.ts";
import { MUST_OCCUR, Tally } from "../test/simulate/tally.ts";
import { writeRecord } from "./reliability/record.ts";

/** Within so many seeds each mutant must be found. */
const MUTANT_SEEDS = 20_000;
/** A larger nursery: what a world leaves behind dies young. */
const NODE_OPTIONS = ["--disable-warning=ExperimentalWarning", "--max-semi-space-size=64"];
const SMOKE = { seeds: "20000", workers: "2" };

interface Failure {
  readonly seed: number;
  readonly message: string;
}

interface Report {
  readonly seeds: number;
  readonly failures: readonly Failure[];
  readonly counts: Readonly<Record<string, number>>;
}

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "2000" },
    from: { type: "string", default: "1" },
    workers: { type: "string", default: "1" },
    seed: { type: "string" },
    mutant: { type: "string" },
    trace: { type: "boolean", default: false },
    record: { type: "boolean", default: false },
    smoke: { type: "boolean", default: false },
    mutants: { type: "boolean", default: false },
    /** Runs here, and prints a report as JSON. */
    child: { type: "boolean", default: false },
  },
});
const startedAt = Date.now();
const now = performance.now.bind(performance);
const { seeds, workers } = values.smoke ? { ...values, ...SMOKE } : values;
if (values.child) await runHere(Number(values.from), Number(seeds), values.mutant);
else if (values.seed !== undefined) await runOne(Number(values.seed), values.mutant);
else if (values.mutants) await findMutants();
else await runMany(Number(values.from), Number(seeds), Number(workers));

/** Seeds that once failed. */
function keptSeeds(): readonly number[] {
  const text = readFileSync(new URL("../test/simulate/seeds.json", import.meta.url), "utf8");
  return (JSON.parse(text) as readonly { readonly seed: number }[]).map(({ seed }) => seed);
}

async function runOne(seed: number, mutant: string | undefined): Promise<void> {
  prepareLoading(mutant === undefined ? undefined : MUTANTS[Number(mutant)]);
  const { runSeed } = await import("../test/simulate/campaign.ts");
  const error = await runSeed(seed, new Tally(), values.trace ? console.log : undefined);
  console.log(error === undefined ? `seed ${seed}: all rules held` : `seed ${seed}: ${error.stack ?? error.message}`);
  process.exit(error === undefined ? 0 : 1);
}

/** A mutant is done with the first seed that finds it. */
async function runHere(from: number, count: number, mutant: string | undefined): Promise<void> {
  prepareLoading(mutant === undefined ? undefined : MUTANTS[Number(mutant)]);
  const { runSeed } = await import("../test/simulate/campaign.ts");
  const tally = new Tally();
  const failures: Failure[] = [];
  let done = 0;
  // Those that once failed go first; a mutant has to be found without them.
  const kept = mutant === undefined && from === 1 ? keptSeeds() : [];
  for (const seed of [...kept, ...Array.from({ length: count }, (_, i) => from + i)]) {
    const error = await runSeed(seed, tally);
    done += 1;
    if (error === undefined) continue;
    failures.push({ seed, message: error.message.slice(0, 600) });
    if (mutant !== undefined || failures.length >= 20) break;
  }
  const report: Report = { seeds: done, failures, counts: Object.fromEntries(tally.counts) };
  process.stdout.write(`${JSON.stringify(report)}\n`, () => process.exit(0));
}

/** Runs seeds in a process of their own. */
function runAside(from: number, count: number, mutant?: number): Promise<Report> {
  const more = mutant === undefined ? [] : ["--mutant", String(mutant)];
  const args = ["--child", "--from", String(from), "--seeds", String(count), ...more];
  const script = fileURLToPath(import.meta.url);
  const child = spawn(process.execPath, [...NODE_OPTIONS, script, ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  return new Promise((resolve, reject) => {
    let report: Report | undefined;
    createInterface(child.stdout).on("line", (line) => {
      report = JSON.parse(line) as Report;
    });
    child.on("close", (code) => {
      if (report === undefined) reject(new Error(`seeds ${from} to ${from + count - 1} ended with ${code}`));
      else resolve(report);
    });
  });
}

async function runMany(from: number, count: number, processes: number): Promise<void> {
  const began = now();
  const share = Math.ceil(count / processes);
  const reports = await Promise.all(
    Array.from({ length: processes }, (_, i) => runAside(from + i * share, Math.min(share, count - i * share))),
  );
  const counts = totalOf(reports);
  const failures = reports.flatMap((x) => x.failures);
  const missing = MUST_OCCUR.filter((what) => (counts[what] ?? 0) === 0);
  for (const what of MUST_OCCUR) console.log(`${String(counts[what] ?? 0).padStart(10)}  ${what}`);
  for (const { seed, message } of failures) {
    console.log(`seed ${seed} breaks a rule: ${message}\n  again: npm run simulate -- --seed ${seed} --trace`);
  }
  for (const what of missing) console.log(`it never came to pass: ${what}`);
  const done = reports.reduce((sum, x) => sum + x.seeds, 0);
  const seconds = (now() - began) / 1000;
  console.log(`${done} seeds, ${counts["steps"] ?? 0} steps, ${failures.length} failures, ${Math.round(seconds)} s`);
  if (values.record) {
    writeRecord("simulation", `npm run simulate -- --seeds ${count} --from ${from}`, startedAt, {
      seeds: done,
      steps: counts["steps"] ?? 0,
      "faults injected": sumOf(counts, "fault: "),
      "rules checked": sumOf(counts, "invariant "),
      "rules broken": failures.length,
      "faults and rules that must occur": MUST_OCCUR.length,
      "that did not": missing.length,
    });
  }
  process.exit(failures.length + missing.length === 0 ? 0 : 1);
}

async function findMutants(): Promise<void> {
  const found: (Failure | undefined)[] = [];
  const next = MUTANTS.entries();
  const lane = async (): Promise<void> => {
    for (const [i, { what }] of next) {
      const { failures } = await runAside(1, MUTANT_SEEDS, i);
      found[i] = failures[0];
      const how = failures[0] === undefined ? "NOT FOUND" : `seed ${failures[0].seed}: ${failures[0].message}`;
      console.log(`${i} ${what}\n    ${how.slice(0, 160)}`);
    }
  };
  await Promise.all(Array.from({ length: Number(workers) }, lane));
  const count = found.filter((x) => x !== undefined).length;
  console.log(`${count} of ${MUTANTS.length} found within ${MUTANT_SEEDS} seeds each`);
  if (values.record) {
    writeRecord("simulation-mutants", "npm run simulate -- --mutants --workers 2", startedAt, {
      "seeded bugs": MUTANTS.length,
      found: count,
      "seeds each at the most": MUTANT_SEEDS,
      "seeds needed at the most": Math.max(...found.map((x) => x?.seed ?? Infinity)),
    });
  }
  process.exit(count === MUTANTS.length ? 0 : 1);
}

function totalOf(reports: readonly Report[]): Readonly<Record<string, number>> {
  const total = new Tally();
  for (const { counts } of reports) for (const [what, times] of Object.entries(counts)) total.add(what, times);
  return Object.fromEntries(total.counts);
}

function sumOf(counts: Readonly<Record<string, number>>, prefix: string): number {
  return Object.entries(counts).reduce((sum, [what, times]) => (what.startsWith(prefix) ? sum + times : sum), 0);
}
