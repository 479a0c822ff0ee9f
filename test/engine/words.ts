/**
 * The words of the engine's tests: a machine is started, the world answers it, and its history is read.
 *
 * Between two turns an execution exists only as the texts that a store would hold, and only the branches that a turn
 * reports as changed are written: whatever lives in memory alone is lost in every test.
 */
import type { StateFailure } from "../../src/asl/error-names.ts";
import { parseDefinition } from "../../src/asl/parse.ts";
import type { StateMachine } from "../../src/asl/types.ts";
import { Payload } from "../../src/data/payload.ts";
import { advance, newExecution, type TurnResult } from "../../src/engine/advance.ts";
import type { Command, ScheduleTask } from "../../src/engine/command.ts";
import type { DueTimer, ExecutionEvent } from "../../src/engine/event.ts";
import type { BranchId, Execution, ExecutionFacts, TaskId } from "../../src/engine/execution.ts";
import type { HistoryEvent } from "../../src/engine/history-event.ts";
import type { ExecutionQuotas } from "../../src/engine/quotas.ts";
import {
  branchText,
  factsText,
  headText,
  parseBranch,
  parseFacts,
  parseHead,
  restoreExecution,
} from "../../src/engine/snapshot.ts";
import type { LinkedTask, TurnEntropy } from "../../src/engine/turn.ts";
import { Timers } from "../../src/runtime/timers.ts";

export const START: number = Date.UTC(2026, 0, 2, 3, 4, 5);
export const LAMBDA = "arn:aws:lambda:us-east-1:123456789012:function:work";
export const INVOKE = "arn:aws:states:::lambda:invoke";
export const CALLBACK = "arn:aws:states:::lambda:invoke.waitForTaskToken";
export const ACTIVITY = "arn:aws:states:us-east-1:123456789012:activity:hands";

export type Definition = Readonly<Record<string, unknown>>;
export type States = Readonly<Record<string, Definition>>;

/** A machine that starts at the first of the states. */
export const states = (all: States): Definition => ({ StartAt: Object.keys(all)[0], States: all });

export function machineOf(definition: Definition): StateMachine {
  const { machine, diagnostics } = parseDefinition(JSON.stringify(definition));
  if (machine === undefined) throw new Error(JSON.stringify(diagnostics, null, 1));
  return machine;
}

export function factsOf(input: string): ExecutionFacts {
  return {
    executionArn: "arn:aws:states:us-east-1:123456789012:execution:m:run-1",
    executionName: "run-1",
    stateMachineArn: "arn:aws:states:us-east-1:123456789012:stateMachine:m",
    stateMachineName: "m",
    roleArn: "arn:aws:iam::123456789012:role/any",
    region: "us-east-1",
    input: Payload.fromText(input),
    startedAt: START,
  };
}

function taskLink(name: string, { taskId, taskToken, at }: LinkedTask): string {
  return `https://example.test/${name}/${taskId}/${taskToken}/${at - START}`;
}

/** Always the same numbers; `random` may be chosen. */
export function entropyOf(random: () => number = () => 0.5): TurnEntropy {
  let uuids = 0;
  return { random, uuid: () => `uuid-${(uuids += 1)}`, taskToken: (taskId) => `token-of-${taskId}`, taskLink };
}

/** Where an execution is between two turns. */
export interface Medium {
  write(turn: TurnResult): void;
  read(): Execution;
}

/** What a store holds of an execution, as texts. */
export class Texts implements Medium {
  readonly #facts: string;
  readonly #branches: Map<BranchId, string> = new Map();
  #head: string;

  constructor(execution: Execution) {
    this.#facts = factsText(execution.facts);
    this.#head = headText(execution);
  }

  write({ execution, changed }: TurnResult): void {
    this.#head = headText(execution);
    for (const id of changed) {
      const branch = execution.branches.get(id);
      if (branch === undefined) this.#branches.delete(id);
      else this.#branches.set(id, branchText(branch));
    }
  }

  read(): Execution {
    return restoreExecution(
      parseFacts(this.#facts),
      parseHead(this.#head),
      [...this.#branches.values()].map((text) => parseBranch(text)),
    );
  }
}

export type Call = Omit<ScheduleTask, "parameters"> & { readonly parameters: string };

export interface RunOptions {
  readonly random?: () => number;
  readonly quotas?: ExecutionQuotas;
  /** Keeps the execution in memory between turns instead. */
  readonly inMemory?: boolean;
  /** Keeps it there instead. */
  readonly medium?: Medium;
}

/** An execution and the world around it: a clock that moves only when told to, and tasks that are answered by hand. */
export class Run {
  readonly machine: StateMachine;
  readonly events: HistoryEvent[] = [];
  readonly commands: Command[] = [];
  now: number = START;
  execution: Execution;
  transitions = 0;
  readonly #entropy: TurnEntropy;
  readonly #medium: Medium | undefined;

  constructor(machine: StateMachine, input: string, options: RunOptions = {}) {
    this.machine = machine;
    const { quotas } = options;
    this.execution = newExecution({ ...factsOf(input), ...(quotas && { quotas }) });
    this.#entropy = entropyOf(options.random);
    this.#medium = options.inMemory === true ? undefined : (options.medium ?? new Texts(this.execution));
  }

  async receive(event: ExecutionEvent): Promise<TurnResult> {
    const result = await advance(this.machine, this.execution, event, this.now, this.#entropy);
    this.events.push(...result.history);
    this.commands.push(...result.commands);
    this.transitions += result.transitions;
    this.#medium?.write(result);
    this.execution = this.#medium?.read() ?? result.execution;
    return result;
  }

  // What happens to it.

  /** Lets time pass; timers fire one moment after the other. */
  async wait(seconds: number): Promise<void> {
    const until = this.now + seconds * 1000;
    for (let next = this.nextTimer; next !== undefined && next <= until; next = this.nextTimer) {
      this.now = Math.max(this.now, next);
      await this.receive({ type: "TimersFired", timers: this.dueTimers });
    }
    this.now = until;
  }

  /** @param output as JSON text, or a value */
  async succeed(state: string, output: unknown = {}): Promise<void> {
    await this.receive({ type: "TaskSucceeded", taskId: this.open(state).taskId, output: payloadOf(output) });
  }

  async fail(state: string, error = "Boom", cause = "It broke."): Promise<void> {
    await this.receive({ type: "TaskFailed", taskId: this.open(state).taskId, failure: { error, cause } });
  }

  async submit(state: string, output: unknown = {}): Promise<void> {
    await this.receive({ type: "TaskSubmitted", taskId: this.open(state).taskId, output: payloadOf(output) });
  }

  /** A worker takes the task of an activity. */
  async take(state: string, workerName?: string): Promise<void> {
    const { taskId } = this.open(state);
    await this.receive({ type: "TaskStarted", taskId, ...(workerName !== undefined && { workerName }) });
  }

  async heartbeat(state: string): Promise<void> {
    await this.receive({ type: "TaskHeartbeatReceived", taskId: this.open(state).taskId });
  }

  async stop(failure: StateFailure = {}): Promise<void> {
    await this.receive({ type: "ExecutionStopped", failure });
  }

  async redrive(): Promise<void> {
    await this.receive({ type: "ExecutionRedriven" });
  }

  // What can be seen of it.

  get status(): string {
    return this.execution.outcome.status;
  }

  /** The output's text, or the failure. */
  get result(): string | StateFailure | undefined {
    const { outcome } = this.execution;
    if (outcome.status === "RUNNING") return undefined;
    return outcome.status === "SUCCEEDED" ? outcome.output.text : outcome.failure;
  }

  /** Such as `2 0 PassStateEntered A` or `6 5 MapIterationStarted M#0`. */
  get history(): readonly string[] {
    return this.events.map(line);
  }

  /** From that event's id on. */
  historyFrom(id: number): readonly string[] {
    return this.history.slice(id - 1);
  }

  detailsOf(type: HistoryEvent["type"], nth = 0): Readonly<Record<string, unknown>> | undefined {
    return this.events.filter((event) => event.type === type)[nth]?.details;
  }

  /** The texts of the outputs with which a state was left, one for each visit. */
  outputsOf(state: string): readonly unknown[] {
    return this.events
      .filter(({ type, details }) => type.endsWith("Exited") && details?.["name"] === state)
      .map((x) => x.details?.["output"]);
  }

  inputsOf(state: string): readonly unknown[] {
    return this.events
      .filter(({ type, details }) => type.endsWith("StateEntered") && details?.["name"] === state)
      .map((x) => x.details?.["input"]);
  }

  /** Every call asked for so far, with its parameters as text. */
  get calls(): readonly Call[] {
    const calls = this.commands.filter((command) => command.type === "ScheduleTask");
    return calls.map((call) => ({ ...call, parameters: call.parameters.text }));
  }

  /** The ids of the tasks whose answers are still waited for. */
  get openTasks(): readonly TaskId[] {
    return [...this.execution.branches.values()].flatMap(({ cursor }) =>
      cursor.kind === "task" ? [cursor.taskId] : [],
    );
  }

  /** The oldest call of that state that is still waited for. */
  open(state: string): Call {
    const open = new Set(this.openTasks);
    const call = this.calls.find((x) => x.stateName === state && open.has(x.taskId));
    if (call === undefined) throw new Error(`no open task in state ${state}:\n${this.history.join("\n")}`);
    return call;
  }

  get nextTimer(): number | undefined {
    return this.status === "RUNNING" ? Timers.of(this.execution).next() : undefined;
  }

  /** The timers that are due now. */
  get dueTimers(): readonly DueTimer[] {
    return Timers.of(this.execution).takeDue(this.now);
  }

  /** Seconds until the next timer is due. */
  get secondsToTimer(): number | undefined {
    const { nextTimer } = this;
    return nextTimer === undefined ? undefined : (nextTimer - this.now) / 1000;
  }
}

export function payloadOf(output: unknown): Payload {
  return Payload.fromText(typeof output === "string" ? output : JSON.stringify(output));
}

function line({ id, previousEventId, type, details }: HistoryEvent): string {
  const index = details?.["index"];
  const name = details?.["name"];
  const place = typeof name === "string" ? ` ${name}` : "";
  return `${id} ${previousEventId} ${type}${place}${typeof index === "number" ? `#${index}` : ""}`;
}

/** Starts an execution. @param input as JSON text, or a value */
export async function start(definition: Definition, input: unknown = {}, options: RunOptions = {}): Promise<Run> {
  const run = new Run(machineOf(definition), typeof input === "string" ? input : JSON.stringify(input), options);
  await run.receive({ type: "ExecutionStarted" });
  return run;
}
