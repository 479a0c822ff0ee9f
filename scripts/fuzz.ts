/**
 * `npm run fuzz`: made-up definitions, expressions, files and requests, and whether every promise holds.
 *
 * Each trial is made from a seed; what is found names the seed to see it again. With --ci in its short form; --only names
 * parts of it, separated by commas, --model is the model of the API alone. Without, all parts run in their long form, and the
 * figures are recorded.
 */
import { parseArgs } from "node:util";
import { Dice } from "../test/engine/simulated-machine.ts";
import { READER_TRIALS } from "../test/fuzz/readers.ts";
import { LANGUAGE_TRIALS, type Trial } from "../test/fuzz/trials.ts";
import { checkAgainstModel } from "../test/model/commands.ts";
import { fuzzRequests } from "./fuzz/requests.ts";
import { Report } from "./fuzz/report.ts";
import { writeRecord } from "./reliability/record.ts";

const { values } = parseArgs({
  options: {
    ci: { type: "boolean", default: false },
    only: { type: "string" },
    model: { type: "boolean", default: false },
    seed: { type: "string", default: "1" },
    trials: { type: "string" },
    port: { type: "string", default: "9200" },
  },
});
const seed = Number(values.seed);
/** The parts to run; absent: all. */
const only = values.model ? ["model"] : values.only?.split(",");
const startedAt = Date.now();
const figures: Record<string, number | string> = { seed };
let findings = 0;

/** Of a sequence of the model's, at the most. */
const COMMANDS = 30;
/** Trials of each part: in the short form, and in the long one. */
const TRIALS = {
  language: [20_000, 200_000],
  readers: [3000, 50_000],
  requests: [20, 1200],
  model: [300, 20_000],
} as const;
/** In the long form. */
const ROUTES_EVERY = 10;
/** By hand, in the short form, every sixth operation is asked; which ones, the seed says. */
const SHORT_STRIDE = 6;

const trialsOf = (part: keyof typeof TRIALS): number => Number(values.trials ?? TRIALS[part][values.ci ? 0 : 1]);

async function run(title: string, work: () => Promise<Report>): Promise<void> {
  if (only !== undefined && !only.includes(title)) return;
  const started = performance.now();
  const report = await work();
  report.print(title, (performance.now() - started) / 1000);
  figures[`${title}, trials`] = report.trials;
  figures[`${title}, findings`] = report.findings.length;
  findings += report.findings.length;
}

async function manyTrials(trial: Trial, trials: number): Promise<Report> {
  const report = new Report();
  for (let i = seed; i < seed + trials; i++) {
    try {
      report.count(await trial(new Dice(i)));
    } catch (error) {
      report.find(`seed ${i}`, (error as Error).message);
    }
  }
  return report;
}

// The library that reads Parquet leaves promises behind when it fails.
process.on("unhandledRejection", (error) => {
  if (!String((error as Error).stack).includes("hyparquet")) throw error;
});
for (const [title, trial] of Object.entries(LANGUAGE_TRIALS)) {
  await run(title, () => manyTrials(trial, trialsOf("language")));
}
for (const [title, trial] of Object.entries(READER_TRIALS)) {
  await run(title, () => manyTrials(trial, trialsOf("readers")));
}
await run("model", async () => {
  const report = new Report();
  const sequences = trialsOf("model");
  try {
    await checkAgainstModel(sequences, COMMANDS, seed);
    for (let i = 0; i < sequences; i++) report.count("sequences without a divergence");
  } catch (error) {
    report.find(`seed ${seed}`, (error as Error).message);
  }
  return report;
});
await run("requests", async () => {
  const report = await fuzzRequests({
    port: Number(values.port),
    seed,
    generated: trialsOf("requests"),
    routesEvery: values.ci ? 1 : ROUTES_EVERY,
    stride: values.ci ? SHORT_STRIDE : 1,
  });
  figures["requests, slowest answer in ms"] = Math.round(report.slowestMs);
  return report;
});

if (!values.ci && only === undefined) writeRecord("fuzz", `npm run fuzz -- --seed ${seed}`, startedAt, figures);
if (findings > 0) process.exitCode = 1;
