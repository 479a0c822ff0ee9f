/**
 * Works on a chunk of a Map Run's children: Express ones run in this invocation's memory, Standard ones are begun, each in
 * an object of its own.
 *
 * C1. The Map Run's object says what is to be done; a message only says where to ask. One that comes twice, or late, is
 *     refused there and does nothing.
 * C2. Outcomes are reported while it works, so that little is lost with the invocation; what was not reported runs again,
 *     under the same names.
 */
import { payloadBytesOf } from "../../engine/quotas.ts";
import { EvaluationError } from "../../data/evaluation-error.ts";
import { inheritedOf } from "../inherited.ts";
import type { MapState } from "../../asl/types.ts";
import type { Payload } from "../../data/payload.ts";
import type { ExecutionOutcome } from "../../engine/execution.ts";
import { childDefinition, childInput, type SelectionContext } from "../../engine/map-run-children.ts";
import { dataLimitExceeded } from "../../engine/visit.ts";
import type { Answer, ExecutionDescription, StartRequest } from "../execution-rpc.ts";
import type { ExpressOutcome, ExpressRequest } from "../express-run.ts";
import { childNames, contextOf, isStandard, type ChildNames } from "./loaded-map-run.ts";
import { mapItem } from "./map-run-reading.ts";
import type { ChildOutcome, ChunkGrant, ChunkText, MapRunMessage, MapRunPlan, MapRunRpc } from "./map-run-rpc.ts";

/** What a worker needs of the platform. */
export interface ChunkWorker {
  mapRun(mapRunArn: string): Pick<MapRunRpc, "take" | "progress" | "report">;
  runExpress(request: ExpressRequest): Promise<ExpressOutcome>;
  standard(executionArn: string): StandardChild;
  now(): number;
  uuid(): string;
  random(): number;
  sleep(milliseconds: number): Promise<void>;
  logDefect(message: string, error: unknown): void;
}

/** What is asked of a Standard child's object. */
interface StandardChild {
  start(request: StartRequest): Promise<Answer<unknown>>;
  takeUp(epoch: number): Promise<Answer<unknown>>;
  describe(): Promise<Answer<ExecutionDescription>>;
}

/** How often the worker says that it is there. */
const HEARTBEAT_MS = 8_000;
/** How long outcomes are gathered before they are reported. */
const REPORT_EVERY_MS = 3_000;
/** Characters of outcomes that are gathered at the most: a call takes 32 MiB. */
const MAX_REPORT_CHARACTERS = 4_000_000;
/** Children between two pauses in which the clock goes on. */
const PAUSE_EVERY = 10;
/** An invocation may last 15 minutes, and a child five: none is begun after this long. */
const MAX_WORK_MS = 9 * 60_000;

/** Plans of Map Runs that this isolate worked at lately. */
const plans: Map<string, PreparedPlan> = new Map();
const MAX_PLANS = 20;

interface PreparedPlan {
  readonly plan: MapRunPlan;
  readonly state: MapState;
  readonly context: SelectionContext;
  readonly definition: string;
  readonly names: ChildNames;
  readonly isStandard: boolean;
}

/** Settles when nothing more is to be done for the message. */
export async function workOnChunk(message: MapRunMessage, worker: ChunkWorker): Promise<void> {
  const { mapRunArn, chunk, attempt } = message;
  const mapRun = worker.mapRun(mapRunArn);
  const claim = worker.uuid();
  const known = plans.get(mapRunArn);
  const grant = await mapRun.take({ chunk, attempt, claim, knowsPlan: known !== undefined });
  if (grant === null) return;
  const plan = known ?? prepared(grant);
  await new ChunkWork(message, claim, grant, plan, worker).toEnd();
}

function prepared(grant: ChunkGrant): PreparedPlan {
  const { plan } = grant;
  if (plan === undefined) throw new Error("Defect: a chunk without its Map Run's plan");
  const { state, context } = contextOf(plan);
  const definition = childDefinition(plan.definition, plan.stateName);
  if (definition === undefined) throw new Error(`Defect: ${plan.mapRunArn} has no item processor`);
  const standard = isStandard({ state });
  const known = { plan, state, context, definition, names: childNames(plan.mapRunArn, standard), isStandard: standard };
  const oldest = plans.size < MAX_PLANS ? undefined : plans.keys().next().value;
  if (oldest !== undefined) plans.delete(oldest);
  plans.set(plan.mapRunArn, known);
  return known;
}

class ChunkWork {
  readonly #message: MapRunMessage;
  readonly #claim: string;
  readonly #grant: ChunkGrant;
  readonly #children: ChunkText["children"];
  readonly #sourceName: string;
  readonly #plan: PreparedPlan;
  readonly #worker: ChunkWorker;
  readonly #mapRun: Pick<MapRunRpc, "progress" | "report">;
  readonly #positions: number[];
  readonly #endsAt: number;
  #outcomes: ChildOutcome[] = [];
  #characters = 0;
  #begun = 0;
  #started: number[] = [];
  #isStopped = false;
  #isOver = false;
  #reportAt: number;

  constructor(message: MapRunMessage, claim: string, grant: ChunkGrant, plan: PreparedPlan, worker: ChunkWorker) {
    this.#message = message;
    this.#claim = claim;
    this.#grant = grant;
    this.#children = (JSON.parse(grant.chunk) as ChunkText).children;
    this.#sourceName = grant.sourceName;
    this.#plan = plan;
    this.#worker = worker;
    this.#mapRun = worker.mapRun(message.mapRunArn);
    this.#positions = [...grant.positions];
    this.#endsAt = worker.now() + MAX_WORK_MS;
    this.#reportAt = worker.now() + REPORT_EVERY_MS;
  }

  async toEnd(): Promise<void> {
    let end: () => void = () => undefined;
    const heartbeat = this.#heartbeat(new Promise((resolve) => (end = resolve)));
    try {
      const lanes = Array.from({ length: Math.min(this.#grant.parallel, this.#positions.length) }, () => this.#lane());
      await Promise.all(lanes);
      await this.#report({ isLast: true });
    } catch (error) {
      if (!(error instanceof EvaluationError)) throw error;
      // An item that cannot be selected fails the whole Map Run.
      await this.#report({ isLast: true, failure: { error: error.error, cause: error.cause } });
    } finally {
      this.#isOver = true;
      end();
    }
    await heartbeat;
  }

  /** Begins one child after another. */
  async #lane(): Promise<void> {
    for (let position = this.#next(); position !== undefined; position = this.#next()) {
      await this.#begin(position);
      this.#begun += 1;
      // The platform's clock stands still while a Worker computes, and goes on with a pause.
      if (this.#begun % PAUSE_EVERY === 0) await this.#worker.sleep(1);
      if (this.#worker.now() >= this.#reportAt || this.#characters > MAX_REPORT_CHARACTERS) {
        this.#reportAt = this.#worker.now() + REPORT_EVERY_MS;
        await this.#report({ isLast: false });
      }
    }
  }

  #next(): number | undefined {
    return this.#isStopped || this.#worker.now() >= this.#endsAt ? undefined : this.#positions.shift();
  }

  async #begin(position: number): Promise<void> {
    const { state, context, names, isStandard: standard } = this.#plan;
    const { epoch } = this.#grant;
    const items = (this.#children[position] ?? []).map((item) => mapItem(item, this.#sourceName));
    const moment = { at: this.#worker.now(), entropy: this.#worker };
    const input = await childInput(state, context, items, moment);
    const startedAt = this.#worker.now();
    const name = names.name(this.#message.chunk, position, epoch);
    if (input.exceeds(payloadBytesOf(context.facts))) {
      const failure = dataLimitExceeded(state.Name);
      this.#add(position, input, startedAt, { status: "FAILED", stoppedAt: startedAt, failure });
    } else if (standard) await this.#beginStandard(position, this.#requestOf(name, position, input));
    else {
      const outcome = await this.#worker.runExpress({ ...this.#requestOf(name, position, input), startedAt });
      this.#add(position, input, startedAt, outcome);
    }
  }

  async #beginStandard(position: number, request: StartRequest): Promise<void> {
    const child = this.#worker.standard(request.executionArn);
    const answer = await child.start(request);
    if (!answer.ok) throw new Error(`${request.executionArn} could not be started: ${answer.message}`);
    this.#started.push(position);
    if (this.#grant.epoch === 0) return;
    const takenUp = await child.takeUp(this.#grant.epoch);
    const described = takenUp.ok ? undefined : await child.describe();
    if (!described?.ok || described.value.status === "RUNNING") return;
    // It cannot be taken up again: it stays as it was.
    const { value } = described;
    const status = value.status as ChildOutcome["status"];
    this.#outcomes.push({ position, epoch: this.#grant.epoch, ...outcomeOfChild(value), status });
  }

  #requestOf(name: string, position: number, input: Payload): StartRequest {
    const { plan, names, context, definition } = this.#plan;
    return {
      version: 1,
      executionArn: names.arn(name),
      name,
      stateMachineArn: names.stateMachineArn,
      stateMachineName: names.stateMachineArn.slice(names.stateMachineArn.lastIndexOf(":") + 1),
      roleArn: context.facts.roleArn,
      revisionId: plan.revisionId,
      definition,
      definitionUpdatedAt: plan.definitionUpdatedAt,
      input: input.text,
      ...(context.facts.quotas !== undefined && { quotas: context.facts.quotas }),
      mapRun: { mapRunArn: plan.mapRunArn, chunk: this.#message.chunk, position, epoch: this.#grant.epoch },
      ...inheritedOf(plan),
      ...(plan.traceHeader !== undefined && { traceHeader: plan.traceHeader }),
      ...(plan.loggingConfiguration !== undefined && { loggingConfiguration: plan.loggingConfiguration }),
      ...(plan.tracingConfiguration !== undefined && { tracingConfiguration: plan.tracingConfiguration }),
    };
  }

  #add(
    position: number,
    input: Payload,
    startedAt: number,
    outcome: Exclude<ExecutionOutcome, { status: "RUNNING" }>,
  ): void {
    const { status, stoppedAt } = outcome;
    const { epoch } = this.#grant;
    const result = outcome.status === "SUCCEEDED" ? { output: outcome.output.text } : outcome.failure;
    this.#outcomes.push({ position, epoch, status, ...result, input: input.text, startedAt, stoppedAt });
    this.#characters += input.text.length + ("output" in result ? result.output.length : 0);
  }

  async #report({ isLast, failure }: Pick<Parameters<MapRunRpc["report"]>[0], "isLast" | "failure">): Promise<void> {
    const outcomes = this.#outcomes;
    const started = this.#started;
    this.#outcomes = [];
    this.#started = [];
    this.#characters = 0;
    const { chunk } = this.#message;
    const report = { chunk, claim: this.#claim, epoch: this.#grant.epoch, outcomes, started, isLast };
    const goesOn = await this.#mapRun.report(failure === undefined ? report : { ...report, failure });
    if (!goesOn) this.#isStopped = true;
  }

  /** Says that it is there, until it is over. */
  async #heartbeat(over: Promise<void>): Promise<void> {
    while (!this.#isOver && !this.#isStopped) {
      await Promise.race([this.#worker.sleep(HEARTBEAT_MS), over]);
      if (this.#isOver) return;
      try {
        if (!(await this.#mapRun.progress(this.#message.chunk, this.#claim))) this.#isStopped = true;
      } catch (error) {
        // The next one may be heard; whoever is not heard of for long loses the chunk.
        this.#worker.logDefect("a Map Run could not be told of progress", error);
      }
    }
  }
}

/** A Standard child's end as its Map Run keeps it. */
export function outcomeOfChild(child: ExecutionDescription): Omit<ChildOutcome, "position" | "epoch"> {
  const { status, output, error, cause, input, startDate, stopDate, redriveCount } = child;
  if (status === "RUNNING" || status === "PENDING_REDRIVE")
    throw new Error(`Defect: ${child.executionArn} has not ended`);
  return {
    status,
    input,
    startedAt: startDate,
    stoppedAt: stopDate ?? startDate,
    ...(output !== undefined && { output }),
    ...(error !== undefined && { error }),
    ...(cause !== undefined && { cause }),
    ...(redriveCount !== undefined && { redriveCount }),
  };
}
