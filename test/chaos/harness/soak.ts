/** Steady load for a long time, and what the runtime takes meanwhile: memory, descriptors, disk, patience. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { callbacks } from "./callbacks.ts";
import { chaosClient } from "./client.ts";
import { Findings } from "./findings.ts";
import { startFunctions, type ChaosFunctions } from "./functions.ts";
import { planOf, runLoad, type LoadHost } from "./load.ts";
import { randomOf } from "./random.ts";
import { prepare, waitFor } from "./run.ts";
import { startRuntime } from "./runtime.ts";
import { startWorkers } from "./worker.ts";

export interface SoakOptions {
  readonly minutes: number;
  readonly port: number;
  readonly bundle: string;
  readonly persistTo: string;
  readonly users: number;
  readonly log: (text: string) => void;
}

interface Sample {
  /** Since the beginning. */
  readonly minutes: number;
  readonly residentMiB: number;
  readonly descriptors: number;
  readonly done: number;
  readonly storedBytes: number;
}

export interface SoakResult {
  readonly findings: Findings;
  readonly perSecond: number;
  readonly executions: number;
  /** Of the second half. */
  readonly residentMiBPerMinute: number;
  readonly mostDescriptors: readonly [firstHalf: number, secondHalf: number];
  readonly bytesPerExecution: readonly [firstHalf: number, secondHalf: number];
  readonly p99Ms: readonly [firstHalf: number, secondHalf: number];
}

/** Of what the machine can do. */
const SHARE = 0.6;
const MEASURE_MS = 15_000;
const SAMPLE_MS = 2_000;
const PATIENCE = 200_000;
const WORKERS = 4;
const MOST_PLANNED = 2_000_000;

export async function runSoak(options: SoakOptions): Promise<SoakResult> {
  const { minutes, port, users, log } = options;
  const random = randomOf(1);
  const findings = new Findings();
  const runtime = await startRuntime({ ...options, seed: 1, hostileQueues: false });
  const client = chaosClient(port);
  const waits = new Map<string, (done: boolean) => void>();
  const answers = callbacks(client, random, findings);
  const functions = await startFunctions({
    random,
    ask: (taskToken) => answers.answer(taskToken),
    done: (name) => waits.get(name)?.(true),
  });
  const patience = { milliseconds: PATIENCE, failures: 0, most: 10 };
  try {
    await prepare(client, functions);
    const workers = startWorkers(client, WORKERS);
    const latencies: { readonly doneAt: number; readonly ms: number }[] = [];
    const state = { interval: 0, next: 0, over: false };
    const host: LoadHost = {
      client,
      random,
      findings,
      users,
      doubled: 0,
      poked: 0,
      pace: async () => {
        const at = Math.max(Date.now(), state.next);
        state.next = at + state.interval;
        await sleep(at - Date.now());
      },
      isOver: () => state.over,
      done: async (name) => {
        const sentAt = Date.now();
        const isDone = await waitFor(name, functions, waits, patience);
        if (!isDone) findings.add("stuck", name);
        latencies.push({ doneAt: Date.now(), ms: Date.now() - sentAt });
        return isDone;
      },
      started: () => undefined,
      sending: () => undefined,
    };
    const load = runLoad(planOf(MOST_PLANNED, random, ["chunks", "activity"]), host);
    await sleep(MEASURE_MS / 3);
    const before = functions.doneAt.size;
    await sleep(MEASURE_MS);
    const most = (functions.doneAt.size - before) / (MEASURE_MS / 1000);
    const perSecond = most * SHARE;
    state.interval = 1000 / perSecond;
    log(`soak: ${most.toFixed(0)} executions per second at most, ${perSecond.toFixed(0)} from here on`);
    const startedAt = Date.now();
    const samples = await sample(runtime.pid, functions, options, startedAt);
    state.over = true;
    const started = await load;
    await answers.settled();
    await workers.stop();
    for (const what of client.untyped) findings.add("untyped", what);
    const middle = samples.filter((one) => one.minutes < minutes / 2);
    const late = samples.slice(middle.length);
    const halfAt = startedAt + (minutes / 2) * 60_000;
    return {
      findings,
      perSecond,
      executions: started.length,
      residentMiBPerMinute: slope(late),
      mostDescriptors: [mostOf(middle), mostOf(late)],
      bytesPerExecution: [bytesEach(middle), bytesEach(late)],
      p99Ms: [
        p99(latencies.filter(({ doneAt }) => doneAt >= startedAt && doneAt < halfAt)),
        p99(latencies.filter(({ doneAt }) => doneAt >= halfAt)),
      ],
    };
  } finally {
    client.close();
    functions.stop();
    await runtime.stop();
  }
}

async function sample(
  pid: number,
  functions: ChaosFunctions,
  { minutes, persistTo, log }: SoakOptions,
  startedAt: number,
): Promise<readonly Sample[]> {
  const samples: Sample[] = [];
  for (;;) {
    const now = (Date.now() - startedAt) / 60_000;
    if (now >= minutes) return samples;
    const [, kib = "0"] = /VmRSS:\s+(\d+)/u.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
    const one = {
      minutes: now,
      residentMiB: Number(kib) / 1024,
      descriptors: readdirSync(`/proc/${pid}/fd`).length,
      done: functions.doneAt.size,
      storedBytes: bytesIn(join(persistTo, "v3/do")),
    };
    samples.push(one);
    if (samples.length % 15 === 0) {
      log(`${now.toFixed(1)} min: ${one.done} done, ${one.residentMiB.toFixed(0)} MiB, ${one.descriptors} descriptors`);
    }
    await sleep(SAMPLE_MS);
  }
}

/** Without the logs of what is not yet in the files themselves: those come and go. */
function bytesIn(folder: string): number {
  let sum = 0;
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !entry.name.endsWith(".sqlite")) continue;
    sum += statSync(join(entry.parentPath, entry.name), { throwIfNoEntry: false })?.size ?? 0;
  }
  return sum;
}

/** MiB per minute, by least squares. */
function slope(samples: readonly Sample[]): number {
  const mean = (of: (one: Sample) => number): number => samples.reduce((sum, one) => sum + of(one), 0) / samples.length;
  const [x, y] = [mean((one) => one.minutes), mean((one) => one.residentMiB)];
  let [above, below] = [0, 0];
  for (const one of samples) {
    above += (one.minutes - x) * (one.residentMiB - y);
    below += (one.minutes - x) ** 2;
  }
  return below === 0 ? 0 : above / below;
}

function mostOf(samples: readonly Sample[]): number {
  return Math.max(0, ...samples.map(({ descriptors }) => descriptors));
}

function bytesEach(samples: readonly Sample[]): number {
  const [first, last] = [samples[0], samples.at(-1)];
  if (first === undefined || last === undefined || last.done === first.done) return 0;
  return Math.round((last.storedBytes - first.storedBytes) / (last.done - first.done));
}

function p99(latencies: readonly { readonly ms: number }[]): number {
  const sorted = latencies.map(({ ms }) => ms).toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length * 0.99)] ?? 0;
}
