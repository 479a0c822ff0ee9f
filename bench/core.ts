/**
 * `npm run bench:core`: state transitions per second of the pure core on one thread, beside `aws-local-stepfunctions`.
 *
 * C1. All run in one process and in turns: a round measures each, and each round begins with another one. Ratios are
 *     taken within a round, so that what else the machine does falls on both sides.
 * C2. Both run the same definition on the same input, parsed and validated once. Ours begins at the input's text and
 *     ends with the whole history, collected over all turns; nothing is stored. The other one begins at the input's
 *     value and records its events, which nobody reads; it knows JSONPath alone.
 */
import { isDeepStrictEqual, parseArgs } from "node:util";
import { StateMachine as OtherMachine, type StateMachineDefinition } from "aws-local-stepfunctions";
import { parseDefinition } from "../src/asl/parse.ts";
import type { StateMachine } from "../src/asl/types.ts";
import { Payload } from "../src/data/payload.ts";
import { advance, newExecution } from "../src/engine/advance.ts";
import type { ExecutionEvent } from "../src/engine/event.ts";
import type { HistoryEvent } from "../src/engine/history-event.ts";
import type { TurnEntropy } from "../src/engine/turn.ts";
import { CHAINS, type Chain } from "./core-chains.ts";
import { median, rotated, spread, textTable } from "./tables.ts";

const CONTENDERS = { jsonPath: "JSONPath", jsonata: "JSONata", other: "aws-local-stepfunctions" } as const;

type Contender = keyof typeof CONTENDERS;

/** Transitions per second of each contender. */
type Round = Readonly<Record<Contender, number>>;

/** Runs one execution to its end; answers its output. */
type Runner = () => Promise<unknown>;

interface Effort {
  readonly rounds: number;
  readonly warmUpMs: number;
  readonly measureMs: number;
}

const FULL: Effort = { rounds: 15, warmUpMs: 1_000, measureMs: 200 };
const SMOKE: Effort = { rounds: 3, warmUpMs: 200, measureMs: 50 };
/** How often as many transitions as the other one makes, in JSONPath. */
const EXPECTED_RATIO = 3;

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { smoke: { type: "boolean", default: false } } });
  const effort = values.smoke ? SMOKE : FULL;
  const measured = new Map<Chain, readonly Round[]>();
  for (const chain of CHAINS) measured.set(chain, await measure(chain, effort));

  console.log(`${effort.rounds} rounds of ${effort.measureMs} ms each: median (least to most)\n`);
  const rates = [...measured].map(([{ title }, rounds]) => {
    const rateOf = (name: Contender): string => median(rounds.map((round) => round[name])).toFixed(0);
    return [title, ...contenders().map(rateOf)];
  });
  console.log(`${textTable(["Transitions per second", ...Object.values(CONTENDERS)], rates)}\n`);

  const verdicts = [...measured].map(([{ title }, rounds]) => {
    const ratios = rounds.map((round) => round.jsonPath / round.other);
    const isMet = median(ratios) >= EXPECTED_RATIO;
    const expected = `at least ${EXPECTED_RATIO}: ${isMet ? "met" : "MISSED"}`;
    const jsonata = rounds.map((round) => round.jsonata / round.other);
    return { isMet, row: [title, spread(ratios, 1), expected, spread(jsonata, 2)] };
  });
  const headings = [`Times ${CONTENDERS.other}`, "JSONPath", "Expected", "JSONata, against its JSONPath"];
  const rows = verdicts.map(({ row }) => row);
  console.log(textTable(headings, rows));
  return values.smoke || verdicts.every(({ isMet }) => isMet) ? 0 : 1;
}

async function measure(chain: Chain, effort: Effort): Promise<readonly Round[]> {
  const runners: Readonly<Record<Contender, Runner>> = {
    jsonPath: await ourRunner(chain.jsonPath, chain),
    jsonata: await ourRunner(chain.jsonata, chain),
    other: otherRunner(chain),
  };
  for (const name of contenders()) {
    const output = await runners[name]();
    if (!isDeepStrictEqual(output, chain.output)) throw new Error(`${CONTENDERS[name]}: ${JSON.stringify(output)}`);
    await executionsPerSecond(runners[name], effort.warmUpMs);
  }
  const rounds: Round[] = [];
  for (let n = 0; n < effort.rounds; n++) {
    const round: Record<string, number> = {};
    for (const name of rotated(contenders(), n)) {
      round[name] = chain.transitions * (await executionsPerSecond(runners[name], effort.measureMs));
    }
    rounds.push(round as Round);
  }
  return rounds;
}

async function executionsPerSecond(run: Runner, milliseconds: number): Promise<number> {
  const began = performance.now();
  let [executions, elapsed] = [0, 0];
  for (; elapsed < milliseconds; elapsed = performance.now() - began) {
    await run();
    executions += 1;
  }
  return (executions * 1000) / elapsed;
}

async function ourRunner(definition: object, { title, input, transitions }: Chain): Promise<Runner> {
  const { machine, diagnostics } = parseDefinition(JSON.stringify(definition));
  if (machine === undefined) throw new Error(JSON.stringify(diagnostics, null, 1));
  const text = JSON.stringify(input);
  const first = await runToEnd(machine, text);
  if (first.transitions !== transitions) throw new Error(`${title}: ${first.transitions} transitions`);
  return async () => (await runToEnd(machine, text)).output.value;
}

interface Ended {
  readonly output: Payload;
  readonly history: readonly HistoryEvent[];
  readonly transitions: number;
}

/** As a driver does that keeps everything in memory. */
async function runToEnd(machine: StateMachine, input: string): Promise<Ended> {
  const history: HistoryEvent[] = [];
  let transitions = 0;
  let execution = newExecution({ ...FACTS, input: Payload.fromText(input) });
  let event: ExecutionEvent = { type: "ExecutionStarted" };
  while (execution.outcome.status === "RUNNING") {
    const turn = await advance(machine, execution, event, FACTS.startedAt, ENTROPY);
    history.push(...turn.history);
    transitions += turn.transitions;
    execution = turn.execution;
    event = { type: "TurnContinued" };
  }
  if (execution.outcome.status !== "SUCCEEDED") throw new Error(JSON.stringify(execution.outcome));
  return { output: execution.outcome.output, history, transitions };
}

const FACTS = {
  executionArn: "arn:aws:states:us-east-1:123456789012:execution:bench:run",
  executionName: "run",
  stateMachineArn: "arn:aws:states:us-east-1:123456789012:stateMachine:bench",
  stateMachineName: "bench",
  roleArn: "arn:aws:iam::123456789012:role/bench",
  region: "us-east-1",
  startedAt: Date.UTC(2026, 0, 2),
} as const;

const ENTROPY: TurnEntropy = {
  random: Math.random,
  uuid: () => crypto.randomUUID(),
  taskToken: (taskId) => taskId,
  taskLink: (name) => name,
};

function otherRunner({ jsonPath, input }: Chain): Runner {
  const machine = new OtherMachine(jsonPath as StateMachineDefinition);
  const value = input as Parameters<OtherMachine["run"]>[0];
  return () => machine.run(value).result;
}

function contenders(): readonly Contender[] {
  return Object.keys(CONTENDERS) as Contender[];
}

process.exitCode = await main();
