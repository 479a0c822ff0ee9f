/**
 * `npm run chaos`: thousands of executions while the runtime is killed with SIGKILL again and again, and everything that can
 * come twice, late or out of order does.
 *
 *     npm run chaos -- --executions 10000 --kills 50     the long form, whose figures RELIABILITY.md has
 *     npm run chaos -- --ci                              2,000 executions, 10 kills
 *     npm run chaos -- --mutants                         whether it finds six bugs that were put in
 *     npm run chaos -- --mutant 5                        the fifth of them alone
 *     npm run chaos -- --herd 5000                       so many timers come due while the runtime is down
 *     npm run chaos -- --upgrade                         an earlier Worker and this one take turns on the same state
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { bundle, bundleOfCommit, earlierCommit, patchedBundle, type Patch } from "../test/chaos/harness/bundle.ts";
import type { Findings } from "../test/chaos/harness/findings.ts";
import { runHerd } from "../test/chaos/harness/herd.ts";
import { MUTANTS, type Mutant } from "../test/chaos/harness/mutants.ts";
import { runChaos, type ChaosResult } from "../test/chaos/harness/run.ts";
import { writeRecord } from "./reliability/record.ts";

const DEFAULT_PORT = 9150;
const PATIENCE_SECONDS = 150;
const USERS = 96;
const MOST_DRAIN_SECONDS = 60;
/** A bug that is put in shows in a few hundred executions, and nobody waits for what hangs. */
const MUTANT_RUN = { executions: 400, kills: 8, giveUpAfter: 3, quietSeconds: 20, requireReach: false };
const MUTANT_PATIENCE_SECONDS = 30;

const UPGRADE_RUN = { executions: 600, kills: 6, giveUpAfter: 10, requireReach: false };

interface Job {
  readonly folder: string;
  readonly seed: number;
  readonly port: number;
  readonly users: number;
}

async function main(): Promise<boolean> {
  const { values } = parseArgs({
    options: {
      executions: { type: "string", default: "10000" },
      kills: { type: "string", default: "50" },
      seed: { type: "string" },
      port: { type: "string", default: String(DEFAULT_PORT) },
      users: { type: "string", default: String(USERS) },
      ci: { type: "boolean", default: false },
      mutants: { type: "boolean", default: false },
      mutant: { type: "string" },
      upgrade: { type: "boolean", default: false },
      herd: { type: "string" },
    },
  });
  const folder = mkdtempSync(join(tmpdir(), "stepflare-chaos-"));
  const seed = values.seed === undefined ? Date.now() % 1_000_000 : Number(values.seed);
  const job = { folder, seed, port: Number(values.port), users: Number(values.users) };
  try {
    if (values.mutants) return await runMutants(job, MUTANTS);
    if (values.mutant !== undefined) return await runMutants(job, MUTANTS.slice(Number(values.mutant) - 1).slice(0, 1));
    if (values.herd !== undefined) return await runHerdOnce(job, Number(values.herd));
    if (values.upgrade) return await runUpgrade(job);
    const [executions, kills] = values.ci ? [2_000, 10] : [Number(values.executions), Number(values.kills)];
    return await runOnce(job, executions, kills, !values.ci);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function runOnce(job: Job, executions: number, kills: number, isRecorded: boolean): Promise<boolean> {
  const startedAt = Date.now();
  console.log(`chaos: ${executions} executions, ${kills} kills, seed ${job.seed}`);
  const result = await runChaos({
    ...job,
    executions,
    kills,
    bundle: bundle(join(job.folder, "bundle")),
    persistTo: join(job.folder, "state"),
    patienceSeconds: PATIENCE_SECONDS,
    giveUpAfter: 200,
    quietSeconds: PATIENCE_SECONDS,
    requireReach: true,
    log: console.log,
  });
  report(result);
  const isGood = result.findings.total === 0 && result.unreached.length === 0;
  if (isGood && isRecorded) {
    writeRecord("chaos", `npm run chaos -- --executions ${executions} --kills ${kills}`, startedAt, result.figures);
  }
  return isGood;
}

async function runHerdOnce(job: Job, executions: number): Promise<boolean> {
  const startedAt = Date.now();
  const options = {
    ...job,
    executions,
    bundle: bundle(join(job.folder, "bundle")),
    persistTo: join(job.folder, "state"),
  };
  const result = await runHerd({ ...options, log: console.log });
  const figures = {
    "timers that were overdue": result.executions,
    "seconds until all were done": result.drainedSeconds,
    "boot, ms": result.bootMs,
    ...result.findings.counts,
  };
  for (const [name, value] of Object.entries(figures)) console.log(`${name.padEnd(40)} ${value}`);
  for (const example of result.findings.examples) console.log(example);
  const isGood = result.findings.total === 0 && result.drainedSeconds < MOST_DRAIN_SECONDS;
  if (isGood) writeRecord("herd", `npm run chaos -- --herd ${executions}`, startedAt, figures);
  return isGood;
}

/** Upgrade and rollback under load: each kill is a deployment of the other version. */
async function runUpgrade(job: Job): Promise<boolean> {
  const startedAt = Date.now();
  const commit = earlierCommit();
  if (commit === undefined) {
    console.log("chaos: upgrade and rollback skipped, there is no earlier commit here");
    return true;
  }
  const otherBundle = bundleOfCommit(commit, join(job.folder, "other"));
  console.log(
    `chaos: ${UPGRADE_RUN.executions} executions, ${UPGRADE_RUN.kills} changes from and to ${commit}, seed ${job.seed}`,
  );
  const result = await runChaos({
    ...job,
    ...UPGRADE_RUN,
    bundle: bundle(join(job.folder, "bundle")),
    otherBundle,
    persistTo: join(job.folder, "state"),
    patienceSeconds: PATIENCE_SECONDS,
    quietSeconds: PATIENCE_SECONDS,
    log: console.log,
  });
  report(result);
  const isGood = result.findings.total === 0;
  if (isGood)
    writeRecord("chaos-upgrade", "npm run chaos -- --upgrade", startedAt, {
      "earlier commit": commit,
      ...result.figures,
    });
  return isGood;
}

/** Each bug alone, and once none: whether the harness tells them apart. */
async function runMutants(job: Job, mutants: readonly Mutant[]): Promise<boolean> {
  const startedAt = Date.now();
  const run = async (name: string, patches: readonly Patch[], hasChunks: boolean): Promise<Findings> => {
    const folder = mkdtempSync(join(job.folder, "mutant-"));
    const worker = patchedBundle(patches, folder);
    const { findings } = await runChaos({
      ...job,
      ...MUTANT_RUN,
      patienceSeconds: hasChunks ? PATIENCE_SECONDS : MUTANT_PATIENCE_SECONDS,
      without: hasChunks ? [] : ["chunks"],
      bundle: worker,
      persistTo: join(folder, "state"),
      log: () => undefined,
    });
    console.log(`${name}: ${findings.total === 0 ? "nothing found" : findings.examples[0]}`);
    rmSync(folder, { recursive: true, force: true });
    return findings;
  };
  const control = await run("no bug", [], true);
  const found: string[] = [];
  for (const { name, patches, finds, needsChunks = false } of mutants) {
    const findings = await run(name, patches, needsChunks);
    if (finds.some((kind) => findings.count(kind) > 0)) found.push(name);
    else console.log(`  not found: ${name}`);
  }
  console.log(`${found.length} of ${mutants.length} bugs found; without a bug ${control.total} findings`);
  const isGood = found.length === mutants.length && control.total === 0;
  if (isGood && mutants.length === MUTANTS.length) {
    const figures = {
      "bugs put in": MUTANTS.length,
      "bugs found": found.length,
      "findings without a bug": control.total,
    };
    writeRecord("chaos-mutants", "npm run chaos -- --mutants", startedAt, figures);
  }
  return isGood;
}

function report({ findings, unreached, figures }: ChaosResult): void {
  for (const [name, value] of Object.entries(figures)) console.log(`${name.padEnd(40)} ${value}`);
  for (const example of findings.examples) console.log(example);
  for (const reason of unreached) console.log(`The run shows nothing: ${reason}`);
}

process.exitCode = (await main()) ? 0 : 1;
process.exit();
