/** One chaos run: load, kills, the wait for quiet, and the comparison of all that was acknowledged with all that is there. */
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { callbacks } from "./callbacks.ts";
import { chaosClient, type ChaosClient } from "./client.ts";
import { Findings } from "./findings.ts";
import { functionUrls, startFunctions, type ChaosFunctions } from "./functions.ts";
import { killer, MOMENTS } from "./killer.ts";
import { planOf, runLoad, type Started } from "./load.ts";
import { randomOf } from "./random.ts";
import { startRuntime, type Runtime } from "./runtime.ts";
import { filesHolding } from "./search-files.ts";
import { indexOf, isQuiet, verify, type IndexRow } from "./verify.ts";
import { startWorkers } from "./worker.ts";
import { ACCOUNT, ACTIVITY, CHILD, ROLE, WORKFLOWS } from "./workflows.ts";

export interface ChaosOptions {
  readonly executions: number;
  readonly kills: number;
  readonly seed: number;
  readonly port: number;
  readonly bundle: string;
  /** Another version of the Worker: the two take turns from one life to the next. The last one is `bundle`. */
  readonly otherBundle?: string;
  readonly persistTo: string;
  /** Left out of the plan. */
  readonly without?: readonly string[];
  /** Executions in flight. */
  readonly users: number;
  /** How long after the last `done` the rest may take, seconds. */
  readonly patienceSeconds: number;
  /** So many executions that did not end in that time end the run; the others are not waited for any more. */
  readonly giveUpAfter: number;
  /** How long the index may then take to come to rest. */
  readonly quietSeconds: number;
  readonly log: (text: string) => void;
  /** Fewer executions cannot be expected to meet everything. */
  readonly requireReach: boolean;
}

export interface ChaosResult {
  readonly findings: Findings;
  /** Why the run shows nothing; empty: it does. */
  readonly unreached: readonly string[];
  readonly figures: Readonly<Record<string, number | string>>;
}

/** Objects that are read at the same time: each open one takes three descriptors of the runtime's. */
const READERS = 24;
const DOUBLED_STARTS = 0.3;
const POKED = 0.3;
const WORKERS = 4;
const PROGRESS_MS = 10_000;
const LEAST_DOUBLED_CALLS = 20;

const stateMachineArn = (name: string): string => `arn:aws:states:us-east-1:${ACCOUNT}:stateMachine:${name}`;

export async function runChaos(options: ChaosOptions): Promise<ChaosResult> {
  const { seed, log, executions, kills } = options;
  const random = randomOf(seed);
  const findings = new Findings();
  const secret = randomBytes(32).toString("base64");
  const written = { secrets: 0 };
  const runtime = await startRuntime({
    port: options.port,
    bundle: options.bundle,
    ...(options.otherBundle !== undefined && { otherBundles: [options.otherBundle] }),
    persistTo: options.persistTo,
    seed,
    hostileQueues: true,
    vars: { SECRET_KEYS: secret },
    onLine: (line) => {
      if (line.includes(secret)) written.secrets += 1;
      if (process.env["CHAOS_LINES"] !== undefined) log(line);
    },
  });
  const client = chaosClient(options.port);
  const waits = new Map<string, (done: boolean) => void>();
  const patience = { milliseconds: options.patienceSeconds * 1000, failures: 0, most: options.giveUpAfter };
  const held: { functions?: ChaosFunctions } = {};
  const chaos = killer(
    {
      runtime,
      client,
      random,
      functions: () => held.functions as ChaosFunctions,
      waiting: () => [...waits.keys()].filter((name) => name.startsWith("wait-")).length,
      next: (kill) => (kill % 2 === 1 ? options.otherBundle : undefined) ?? options.bundle,
      up: () => wakeQueues(client),
    },
    kills,
    executions,
  );
  const answers = callbacks(client, random, findings, () => chaos.sending("callback"));
  const functions = await startFunctions({
    random,
    ask: (taskToken) => answers.answer(taskToken),
    done: (name) => waits.get(name)?.(true),
  });
  held.functions = functions;
  const memory = watchMemory(runtime);
  const progress = setInterval(() => {
    log(`${functions.doneAt.size} done, ${waits.size} under way: ${[...waits.keys()].slice(0, 12).join(" ")}`);
  }, PROGRESS_MS);
  try {
    await prepare(client, functions);
    const workers = startWorkers(client, WORKERS);
    const plan = planOf(executions, random, options.without);
    const loadedAt = Date.now();
    const started = await runLoad(plan, {
      client,
      random,
      findings,
      users: options.users,
      doubled: DOUBLED_STARTS,
      poked: POKED,
      isOver: () => patience.failures >= patience.most,
      done: (name) => waitFor(name, functions, waits, patience),
      started: (count) => chaos.progress(count),
      sending: () => chaos.sending("start"),
    });
    await chaos.settled();
    const loadSeconds = (Date.now() - loadedAt) / 1000;
    await answers.settled();
    await workers.stop();
    log(`load: ${started.length} executions in ${loadSeconds.toFixed(0)} s, ${chaos.kills} kills`);

    // What only the memory of the last life knew must not be needed.
    await runtime.kill();
    await runtime.start();
    await wakeQueues(client);
    await untilQuiet(client, options);
    const nested = started.filter(({ workflow }) => workflow.name === "nested").length;
    const verified = await verifyAll(started, nested, client, findings);
    checkCallbacks(verified.outputs, answers.acknowledged, findings);
    checkCalls(functions, started, kills, findings);
    for (const what of client.untyped) findings.add("untyped", what);
    await runtime.kill();
    for (const file of filesHolding(options.persistTo, [secret])) findings.add("wrong", `${file} holds a secret`);
    if (written.secrets > 0) findings.add("wrong", `a secret stands in ${written.secrets} lines of the log`);

    const latencies = started
      .filter(({ workflow }) => workflow.isSlow === undefined)
      .map(({ name, sentAt }) => (functions.doneAt.get(name) ?? Infinity) - sentAt)
      .toSorted((a, b) => a - b);
    const percentile = (share: number): number => Math.round(latencies[Math.floor(latencies.length * share)] ?? 0);
    const calls = [...functions.attempts.values()];
    const doubledCalls = calls.filter((attempt) => attempt.calls > 1).length;
    const hits = MOMENTS.map((moment) => [moment, chaos.hits.get(moment) ?? 0] as const);
    const unreached = [
      ...hits.filter(([, count]) => count === 0).map(([moment]) => `no kill hit a ${moment}`),
      ...(doubledCalls < LEAST_DOUBLED_CALLS ? [`only ${doubledCalls} task calls were made again`] : []),
      ...(chaos.kills < kills ? [`only ${chaos.kills} kills`] : []),
    ];
    return {
      findings,
      unreached: options.requireReach ? unreached : [],
      figures: {
        executions: started.length,
        kills: chaos.kills,
        seed,
        ...findings.counts,
        transitions: verified.transitions,
        "task attempts": calls.length,
        "task attempts called more than once": doubledCalls,
        "most calls of one attempt": Math.max(...calls.map((attempt) => attempt.calls)),
        "callbacks sent": answers.sent,
        ...Object.fromEntries(hits.map(([moment, count]) => [`kills that hit a ${moment}`, count])),
        "p50 ms": percentile(0.5),
        "p99 ms": percentile(0.99),
        "worst ms": percentile(1 - Number.EPSILON),
        "boot after a kill, ms": `${mean(chaos.bootMs)} on average, ${Math.max(0, ...chaos.bootMs)} at most`,
        "resident memory at most, MiB": memory.mostMiB(),
        "executions per second": Math.round(started.length / loadSeconds),
      },
    };
  } finally {
    memory.stop();
    clearInterval(progress);
    client.close();
    functions.stop();
    await runtime.stop();
  }
}

/** Creates the functions, the activity and the state machines. */
export async function prepare(client: ChaosClient, functions: ChaosFunctions): Promise<void> {
  for (const [name, url] of functionUrls(functions)) {
    if ((await client.send("PUT", `/api/functions/${name}`, JSON.stringify({ url }))) === undefined) {
      throw new Error(`The function ${name} could not be registered`);
    }
  }
  await client.call("CreateActivity", { name: ACTIVITY.split(":").at(-1) });
  for (const { name, type, definition } of [...WORKFLOWS, CHILD]) {
    const input = { name, type, definition: JSON.stringify(definition), roleArn: ROLE };
    const { status, body } = await client.call("CreateStateMachine", input);
    if (status !== 200) throw new Error(`The state machine ${name} was refused: ${JSON.stringify(body)}`);
  }
}

/** A queue that has messages on disk delivers them when it is asked for anything. */
async function wakeQueues(client: ChaosClient): Promise<void> {
  for (const name of ["stepflare-express", "stepflare-status"]) {
    while ((await client.send("GET", `/chaos/queues?name=${name}`)) === undefined) await sleep(20);
  }
}

export interface Patience {
  readonly milliseconds: number;
  failures: number;
  readonly most: number;
}

export async function waitFor(
  name: string,
  { doneAt }: ChaosFunctions,
  waits: Map<string, (done: boolean) => void>,
  patience: Patience,
): Promise<boolean> {
  if (doneAt.has(name)) return true;
  if (patience.failures >= patience.most) return false;
  const { promise, resolve } = Promise.withResolvers<boolean>();
  waits.set(name, resolve);
  const timer = setTimeout(() => {
    patience.failures += 1;
    resolve(false);
    if (patience.failures >= patience.most) for (const giveUp of waits.values()) giveUp(false);
  }, patience.milliseconds);
  const isDone = await promise;
  clearTimeout(timer);
  waits.delete(name);
  return isDone;
}

/** Waits until the index shows nothing as running. It is read in D1: the executions' objects are left alone. */
async function untilQuiet(client: ChaosClient, { quietSeconds, log }: ChaosOptions): Promise<void> {
  const startedAt = Date.now();
  for (const { name } of [...WORKFLOWS, CHILD].filter(({ type }) => type === "STANDARD")) {
    while (!(await isQuiet(stateMachineArn(name), client))) {
      if (Date.now() - startedAt > quietSeconds * 1000) {
        const { body } = await client.call("ListExecutions", {
          stateMachineArn: stateMachineArn(name),
          statusFilter: "RUNNING",
        });
        log(`the index does not come to rest: ${name} ${JSON.stringify(body).slice(0, 600)}`);
        break;
      }
      await sleep(250);
    }
  }
  log(`quiet after ${((Date.now() - startedAt) / 1000).toFixed(1)} s`);
}

interface Verified {
  readonly transitions: number;
  /** The outputs of callbacks, as the histories have them. */
  readonly outputs: ReadonlySet<string>;
}

async function verifyAll(
  started: readonly Started[],
  nested: number,
  client: ChaosClient,
  findings: Findings,
): Promise<Verified> {
  const rows = new Map<string, IndexRow>();
  for (const { name, type } of WORKFLOWS) {
    if (type === "STANDARD") for (const [arn, row] of await indexOf(stateMachineArn(name), client)) rows.set(arn, row);
  }
  const children = await indexOf(stateMachineArn(CHILD.name), client);
  if (children.size > nested) findings.add("duplicated", `${children.size} children of ${nested} parents`);
  if (children.size < nested) findings.add("lost", `${children.size} children of ${nested} parents`);
  const standard = started.filter(({ workflow }) => workflow.type === "STANDARD");
  if (rows.size > standard.length) findings.add("index", `${rows.size} entries of ${standard.length} executions`);
  const all = [
    ...standard.map(({ name, executionArn, workflow }) => ({
      name,
      executionArn,
      workflow,
      row: rows.get(executionArn),
    })),
    ...[...children].map(([executionArn, row]) => ({ name: executionArn, executionArn, workflow: CHILD, row })),
  ];
  const state = { next: 0, transitions: 0 };
  const outputs = new Set<string>();
  const read = async (): Promise<void> => {
    for (let one = all[state.next++]; one !== undefined; one = all[state.next++]) {
      const events = await verify(one, one.row, client, findings);
      for (const { type, taskSucceededEventDetails: details } of events) {
        if (type.endsWith("StateEntered")) state.transitions += 1;
        if (details?.output !== undefined) outputs.add(details.output);
      }
    }
  };
  await Promise.all(Array.from({ length: READERS }, () => read()));
  return { transitions: state.transitions, outputs };
}

/** What was acknowledged is what the execution went on with; of two different answers only one is. */
function checkCallbacks(
  outputs: ReadonlySet<string>,
  acknowledged: ReadonlyMap<string, ReadonlySet<string>>,
  findings: Findings,
): void {
  for (const given of acknowledged.values()) {
    if (given.size > 1) findings.add("duplicated", `one token took ${[...given].join(" and ")}`);
    for (const output of given) if (!outputs.has(output)) findings.add("absent", `the callback ${output}`);
  }
}

/** @param kills a call may be made again after each of them, and is not made again for any other reason */
function checkCalls(
  { attempts, doneAt }: ChaosFunctions,
  started: readonly Started[],
  kills: number,
  findings: Findings,
): void {
  const owners = new Map<string, string>();
  for (const [attempt, { keys, calls }] of attempts) {
    if (keys.size > 1) findings.add("keys", `${attempt} was called with ${[...keys].join(" and ")}`);
    for (const key of keys) {
      const owner = owners.get(key) ?? attempt;
      owners.set(key, owner);
      if (owner !== attempt) findings.add("keys", `${key} was used by ${owner} and by ${attempt}`);
    }
    if (calls > kills + 1 && !attempt.includes(":express:"))
      findings.add("wrong", `${attempt} was called ${calls} times`);
  }
  for (const { name, workflow } of started) {
    if (doneAt.has(name)) continue;
    findings.add(workflow.type === "EXPRESS" ? "lost" : "stuck", `${name} never came to its last task`);
  }
}

/** The resident memory of each life. */
function watchMemory(runtime: Runtime): { mostMiB(): number; stop(): void } {
  const state = { most: 0 };
  const timer = setInterval(() => {
    try {
      const [, kib = "0"] = /VmRSS:\s+(\d+)/u.exec(readFileSync(`/proc/${runtime.pid}/status`, "utf8")) ?? [];
      state.most = Math.max(state.most, Number(kib) / 1024);
    } catch {
      // Between two lives, or not on Linux.
    }
  }, 500);
  return { mostMiB: () => Math.round(state.most), stop: () => clearInterval(timer) };
}

function mean(numbers: readonly number[]): number {
  return numbers.length === 0 ? 0 : Math.round(numbers.reduce((sum, x) => sum + x, 0) / numbers.length);
}
