/**
 * `npm run bench:express`: StartSyncExecution of five Pass states against a bare Hono route of the same Worker.
 *
 * X1. Both get the same POST over kept connections, in turns: a round measures each, and each round begins with another one.
 *     Ratios are taken within a round, so that what else the machine does falls on both sides.
 * X2. Over HTTP most of a request's time is the way through the development server, which is the same for both. So the Worker
 *     also sends them to itself by a service binding: what is left is the runtime's part, and the handler's.
 */
import { Agent, request } from "node:http";
import { parseArgs } from "node:util";
import { withBenchWorker } from "./bench-worker.ts";
import { median, percentile, rotated, spread, textTable } from "./tables.ts";

const CONTENDERS = {
  bare: "A bare Hono route",
  sync: "StartSyncExecution, 5 Pass",
} as const;

const PATHS: Readonly<Record<Contender, string>> = { bare: "/bare", sync: "/" };

type Contender = keyof typeof CONTENDERS;

/** What a round found about one of them. */
interface Measured {
  /** Answers per second over HTTP. */
  readonly rate: number;
  /** How long each answer took, in milliseconds. */
  readonly latencies: readonly number[];
  /** Answers per second where the Worker itself asks. */
  readonly rateWithin: number;
}

type Round = Readonly<Record<Contender, Measured>>;

interface Effort {
  readonly rounds: number;
  readonly warmUp: number;
  readonly count: number;
  readonly connections: number;
}

const FULL: Effort = { rounds: 10, warmUp: 2_000, count: 4_000, connections: 16 };
const SMOKE: Effort = { rounds: 1, warmUp: 200, count: 500, connections: 16 };
const AT_LEAST = 0.5;

const ROLE = "arn:aws:iam::123456789012:role/bench";
const STATES = ["A", "B", "C", "D", "E"];

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { smoke: { type: "boolean", default: false } } });
  const effort = values.smoke ? SMOKE : FULL;
  const rounds = await withBenchWorker("bench/wrangler.express.toml", (endpoint) => measure(endpoint, effort));

  console.log(
    `${effort.rounds} rounds of ${effort.count} requests each over ${effort.connections} connections: median (least to most)\n`,
  );
  const rows = contenders().map((name) => {
    const of = (figure: (measured: Measured) => number): readonly number[] =>
      rounds.map((round) => figure(round[name]));
    return [
      CONTENDERS[name],
      spread(
        of(({ rate }) => rate),
        0,
      ),
      spread(
        of(({ latencies }) => percentile(latencies, 50)),
        2,
      ),
      spread(
        of(({ latencies }) => percentile(latencies, 99)),
        2,
      ),
      spread(
        of(({ rateWithin }) => rateWithin),
        0,
      ),
    ];
  });
  console.log(`${textTable(["", "Per second", "p50 ms", "p99 ms", "Per second by binding"], rows)}\n`);

  const verdicts = (["rate", "rateWithin"] as const).map((figure) => {
    const ratios = rounds.map(({ sync, bare }) => sync[figure] / bare[figure]);
    const isMet = median(ratios) >= AT_LEAST;
    const title = figure === "rate" ? "per second, ratio" : "per second by binding, ratio";
    return { isMet, row: [title, spread(ratios, 2), `at least ${AT_LEAST}: ${isMet ? "met" : "MISSED"}`] };
  });
  const p99s = rounds.map(({ sync, bare }) => percentile(sync.latencies, 99) - percentile(bare.latencies, 99));
  const rest = [...verdicts.map(({ row }) => row), ["p99, more by ms", spread(p99s, 2), ""]];
  console.log(textTable(["StartSyncExecution against the bare route", "", "Expected"], rest));
  return values.smoke || verdicts.every(({ isMet }) => isMet) ? 0 : 1;
}

async function measure(endpoint: string, effort: Effort): Promise<readonly Round[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: effort.connections });
  const stateMachineArn = await createMachine(agent, endpoint);
  const body = JSON.stringify({ stateMachineArn, input: '{"order":1}' });
  const measureOne = async (name: Contender, count: number): Promise<Measured> => {
    const url = `${endpoint}${PATHS[name]}`;
    const latencies: number[] = [];
    let begun = 0;
    const began = performance.now();
    const lane = async (): Promise<void> => {
      while (begun < count) {
        begun += 1;
        const from = performance.now();
        const answer = await post(agent, url, "StartSyncExecution", body);
        latencies.push(performance.now() - from);
        if (!answer.includes('"SUCCEEDED"')) throw new Error(`${CONTENDERS[name]} answered ${answer}`);
      }
    };
    await Promise.all(Array.from({ length: effort.connections }, lane));
    const rate = (count * 1000) / (performance.now() - began);
    const repeated = await post(
      agent,
      `${endpoint}/drive?path=${PATHS[name]}&count=${count}&concurrency=${effort.connections}`,
      "StartSyncExecution",
      body,
    );
    const { milliseconds } = JSON.parse(repeated) as { milliseconds: number };
    return { rate, latencies, rateWithin: (count * 1000) / milliseconds };
  };

  try {
    for (const name of contenders()) await measureOne(name, effort.warmUp);
    const rounds: Round[] = [];
    for (let n = 0; n < effort.rounds; n++) {
      const round: Record<string, Measured> = {};
      for (const name of rotated(contenders(), n)) round[name] = await measureOne(name, effort.count);
      rounds.push(round as Round);
    }
    return rounds;
  } finally {
    agent.destroy();
  }
}

async function createMachine(agent: Agent, endpoint: string): Promise<string> {
  const States = Object.fromEntries(
    STATES.map((name, n) => {
      const next = STATES[n + 1];
      const pass = { Type: "Pass", Result: { done: true }, ResultPath: "$.result" };
      return [name, { ...pass, ...(next === undefined ? { End: true } : { Next: next }) }];
    }),
  );
  const definition = JSON.stringify({ StartAt: STATES[0], States });
  const input = JSON.stringify({ name: "five-pass", type: "EXPRESS", roleArn: ROLE, definition });
  const created = JSON.parse(await post(agent, endpoint, "CreateStateMachine", input)) as { stateMachineArn?: string };
  if (created.stateMachineArn === undefined) throw new Error(JSON.stringify(created));
  return created.stateMachineArn;
}

/** The bare client of Node: what a larger one spends on a request would make the two look more alike. */
async function post(agent: Agent, url: string, operation: string, body: string): Promise<string> {
  const headers = {
    "Content-Type": "application/x-amz-json-1.0",
    "Content-Length": Buffer.byteLength(body),
    "X-Amz-Target": `AWSStepFunctions.${operation}`,
  };
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { method: "POST", agent, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () => resolve(Buffer.concat(chunks).toString()));
      response.on("error", reject);
    });
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}

function contenders(): readonly Contender[] {
  return Object.keys(CONTENDERS) as Contender[];
}

process.exitCode = await main();
