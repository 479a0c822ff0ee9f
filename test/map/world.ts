/**
 * A Map Run and the world around it, in memory: rows that survive a crash, a queue that loses, doubles and reorders,
 * workers that die, and a clock that moves by itself.
 */
import type { Json } from "../../src/asl/json.ts";
import { Payload } from "../../src/data/payload.ts";
import type { MapRunOrder } from "../../src/engine/execution.ts";
import { factsText } from "../../src/engine/snapshot.ts";
import type { Answer, ExecutionDescription, MapRunPlace, StartRequest } from "../../src/runtime/execution-rpc.ts";
import type { ExpressOutcome } from "../../src/runtime/express-run.ts";
import { outcomeOfChild, workOnChunk, type ChunkWorker } from "../../src/runtime/map/chunk-worker.ts";
import type { ItemSource } from "../../src/runtime/map/item-source.ts";
import { stateItems } from "../../src/runtime/map/state-items.ts";
import { contextOf } from "../../src/runtime/map/loaded-map-run.ts";
import { MapRunDriver } from "../../src/runtime/map/map-run-driver.ts";
import type { MapRunHost } from "../../src/runtime/map/map-run-host.ts";
import { finishMapRun } from "../../src/runtime/map/map-run-results.ts";
import type { MapRunMessage, MapRunOutcome, MapRunPlan } from "../../src/runtime/map/map-run-rpc.ts";
import type { StretchLimits } from "../../src/runtime/map/map-run-writing.ts";
import { MapRunStore, type MapRunState } from "../../src/runtime/map/map-run-store.ts";
import type { Buckets } from "../../src/runtime/objects/buckets.ts";
import type { KeyValueStorage } from "../../src/runtime/text-rows.ts";
import { entropyOf, factsOf, START, states, type Definition } from "../engine/words.ts";

const PREFIX = "arn:aws:states:us-east-1:123456789012:mapRun:m/L:01234567-89ab-cdef-0123-";
let worlds = 0;

export interface WorldOptions {
  readonly items: readonly Json[];
  readonly type?: "STANDARD" | "EXPRESS";
  /** Fields of the Map state. */
  readonly fields?: Definition;
  readonly order?: Partial<MapRunOrder>;
  readonly source?: ItemSource;
  /** What becomes of a child: undefined lets it succeed with its input. */
  readonly outcome?: (input: Json, attempt: number) => { readonly error: string } | undefined;
  /** Whether the invocation is lost with which the child runs. */
  readonly deadly?: (input: Json) => boolean;
  /** Milliseconds that a child takes. */
  readonly takes?: (input: Json) => number;
  /** In [0, 1). */
  readonly random?: () => number;
  /** How likely a message is lost, doubled, or held back. */
  readonly unreliable?: number;
  /** How many messages are worked on at the same time; absent: all. */
  readonly consumers?: number;
  /** How likely an answer of the object is lost: what was asked is done, and whoever asked does not know. */
  readonly losesAnswers?: number;
  /** Whether the execution can be reached at that time. */
  readonly isReachable?: (at: number) => boolean;
  /** Where results are written. */
  readonly buckets?: Buckets;
  readonly stretch?: StretchLimits | undefined;
  /** Characters of rows that the object holds. */
  readonly room?: number;
  /** The object is gone from memory whenever its alarm fires, as after ten quiet seconds. */
  readonly isForgetful?: boolean;
}

interface Sleeper {
  readonly at: number;
  readonly wake: () => void;
}

export class World {
  now: number = START;
  /** Workers remember the plans of Map Runs by their ARNs. */
  readonly mapRunArn: string = PREFIX + String((worlds += 1)).padStart(12, "0");
  readonly rows = new Map<string, unknown>();
  readonly store: MapRunStore = new MapRunStore(this.#storage());
  readonly outcomes: { readonly outcome: MapRunOutcome; readonly redriveCount: number }[] = [];
  /** Inputs of the children that began, as often as they began. */
  readonly begun: string[] = [];
  readonly stopped: string[] = [];
  readonly retired: string[] = [];
  readonly defects: string[] = [];
  readonly sent: MapRunMessage[] = [];
  isAwaited = true;
  /** Whether the storage takes nothing. */
  refusesWrites = false;
  /** Called while the Map Run asks whether its execution still waits. */
  onAsked: () => void = () => undefined;
  /** How often the execution was told, or could not be reached. */
  timesTold = 0;
  alarmsSet = 0;
  /** Puts and deletes of rows, of all instances. */
  rowsWritten = 0;
  running = 0;
  mostRunning = 0;
  driver: MapRunDriver;
  readonly #options: WorldOptions;
  readonly #random: () => number;
  #queue: MapRunMessage[] = [];
  #busy = 0;
  #sleepers: Sleeper[] = [];
  #alarmAt: number | undefined;
  /** Calls of an earlier life find nobody. */
  #life = 0;
  #onCrash: () => void = () => undefined;
  readonly #places: Map<string, MapRunPlace> = new Map();
  readonly #standard = new Map<string, ExecutionDescription>();
  readonly #attempts = new Map<string, number>();

  constructor(options: WorldOptions) {
    this.#options = options;
    this.#random = options.random ?? ((): number => 0.99);
    this.driver = new MapRunDriver(this.#host());
  }

  get plan(): MapRunPlan {
    const { items, type = "EXPRESS", fields = {}, order = {} } = this.#options;
    const ItemProcessor = {
      ...states({ A: { Type: "Pass", End: true } }),
      ProcessorConfig: { Mode: "DISTRIBUTED", ExecutionType: type },
    };
    const definition = states({ M: { Type: "Map", Label: "L", ItemProcessor, End: true, ...fields } });
    const whole: MapRunOrder = {
      input: Payload.of({}),
      items: Payload.of(items),
      maxConcurrency: 0,
      toleratedFailureCount: 0,
      toleratedFailurePercentage: 0,
      variables: {},
      ...order,
    };
    return {
      version: 1,
      mapRunArn: this.mapRunArn,
      facts: factsText(factsOf("{}")),
      definition: JSON.stringify(definition),
      revisionId: "r",
      definitionUpdatedAt: START,
      stateName: "M",
      enteredAt: START,
      retryCount: 0,
      order: JSON.stringify(whole),
    };
  }

  get state(): MapRunState {
    const state = this.store.readState();
    if (state === undefined) throw new Error("there is no Map Run");
    return state;
  }

  get output(): Json | undefined {
    const outcome = this.outcomes.at(-1)?.outcome;
    return outcome && "output" in outcome ? (JSON.parse(outcome.output) as Json) : undefined;
  }

  get failure(): string | undefined {
    const outcome = this.outcomes.at(-1)?.outcome;
    return outcome && "failure" in outcome ? outcome.failure.error : undefined;
  }

  start(): void {
    this.driver.begin(this.plan);
  }

  /** Object, workers and queue are gone; the rows and the alarm stay. */
  crash(): void {
    this.#life++;
    this.#onCrash();
    this.#queue = [];
    this.#busy = 0;
    this.#sleepers = [];
    this.running = 0;
    this.driver = new MapRunDriver(this.#host());
  }

  /** Only the object is gone. */
  async evict(): Promise<void> {
    this.driver = new MapRunDriver(this.#host());
    await this.driver.load();
  }

  /** Lets the world go on until the execution knows the end, or for that many steps. */
  async settle(steps = 20_000): Promise<void> {
    const known = this.outcomes.length;
    for (let step = 0; step < steps && this.outcomes.length === known; step++) await this.step();
    if (this.outcomes.length === known)
      throw new Error(`not settled: ${JSON.stringify(this.state.ledger).slice(0, 500)}`);
  }

  async step(): Promise<void> {
    await microtasks();
    if (this.#queue.length > 0 && this.#busy < (this.#options.consumers ?? Infinity)) this.#deliver();
    else await this.#letTimePass();
    await microtasks();
  }

  get isAlarmSet(): boolean {
    return this.#alarmAt !== undefined;
  }

  /** Whether nothing will ever happen. */
  get isIdle(): boolean {
    return this.#queue.length + this.#sleepers.length === 0 && this.#alarmAt === undefined;
  }

  /** How often a child with that input began. */
  timesBegun(input: Json): number {
    return this.begun.filter((x) => x === JSON.stringify(input)).length;
  }

  /** As the object's doorman does: every call is counted. */
  async #loaded(): Promise<void> {
    this.driver.countRequest();
    await this.driver.load();
  }

  #deliver(): void {
    const { unreliable = 0 } = this.#options;
    const index = unreliable > 0 ? Math.floor(this.#random() * this.#queue.length) : 0;
    const [message] = this.#queue.splice(index, 1);
    if (message === undefined || this.#random() < unreliable / 3) return;
    if (this.#random() < unreliable / 3) this.#queue.push(message);
    const life = this.#life;
    this.#busy += 1;
    void workOnChunk(message, this.#worker(life))
      .catch((error: unknown) => {
        if (life === this.#life) this.defects.push(String(error));
      })
      .finally(() => {
        if (life === this.#life) this.#busy -= 1;
      });
  }

  async #letTimePass(): Promise<void> {
    const moments = this.#sleepers.map(({ at }) => at);
    if (this.#alarmAt !== undefined) moments.push(this.#alarmAt);
    if (moments.length === 0) throw new Error("nothing will ever happen");
    this.now = Math.max(this.now, Math.min(...moments));
    const due = this.#sleepers.filter(({ at }) => at <= this.now);
    this.#sleepers = this.#sleepers.filter(({ at }) => at > this.now);
    for (const { wake } of due) wake();
    const scheduledAt = this.#alarmAt;
    if (scheduledAt === undefined || scheduledAt > this.now) return;
    if (this.#options.isForgetful === true) this.driver = new MapRunDriver(this.#host());
    this.#alarmAt = undefined;
    this.driver.countRequest();
    // An alarm whose object is lost fires again.
    const lost = new Promise<void>((resolve) => {
      this.#onCrash = () => {
        this.#alarmAt = this.now + 2_000;
        resolve();
      };
    });
    await Promise.race([this.driver.onAlarm(scheduledAt), lost]);
    this.#onCrash = () => undefined;
  }

  #sleep(milliseconds: number): Promise<void> {
    return new Promise((wake) => this.#sleepers.push({ at: this.now + milliseconds, wake }));
  }

  #worker(life: number): ChunkWorker {
    let isLost = false;
    const alive = async <T>(work: () => T): Promise<T> => {
      if (life !== this.#life || isLost) await new Promise(() => undefined);
      await this.#loaded();
      const answer = work();
      if (this.#random() < (this.#options.losesAnswers ?? 0)) throw new Error("the answer was lost");
      return answer;
    };
    return {
      mapRun: () => ({
        take: (request) => alive(() => this.driver.take(request)),
        progress: (chunk, claim) => alive(() => this.driver.progress(chunk, claim)),
        report: (report) => alive(() => this.driver.report(report)),
      }),
      runExpress: ({ input }) => {
        isLost ||= this.#options.deadly?.(JSON.parse(input) as Json) === true;
        return isLost ? this.#die(input) : this.#run(input);
      },
      standard: (executionArn) => ({
        start: (request) => this.#startStandard(executionArn, request),
        takeUp: async (epoch) => this.#takeUp(executionArn, epoch),
        describe: async () => ({ ok: true, value: this.#described(executionArn) }),
      }),
      now: () => this.now,
      uuid: () => `claim-${Math.floor(this.#random() * 1e9)}-${this.begun.length}-${this.now}`,
      random: () => 0.5,
      sleep: (milliseconds) => this.#sleep(milliseconds),
      logDefect: (message) => this.defects.push(message),
    };
  }

  #die(input: string): Promise<never> {
    this.begun.push(JSON.stringify(JSON.parse(input)));
    return new Promise(() => undefined);
  }

  async #run(input: string): Promise<ExpressOutcome> {
    const value = JSON.parse(input) as Json;
    this.begun.push(JSON.stringify(value));
    this.running++;
    this.mostRunning = Math.max(this.mostRunning, this.running);
    const takes = this.#options.takes?.(value) ?? 0;
    if (takes > 0) await this.#sleep(takes);
    this.running--;
    const attempt = (this.#attempts.get(input) ?? 0) + 1;
    this.#attempts.set(input, attempt);
    const failure = this.#options.outcome?.(value, attempt);
    const stoppedAt = this.now;
    if (failure !== undefined) return { status: "FAILED", stoppedAt, failure };
    return { status: "SUCCEEDED", stoppedAt, output: Payload.fromText(input) };
  }

  async #startStandard(executionArn: string, request: StartRequest): Promise<Answer<unknown>> {
    if (!this.#standard.has(executionArn)) this.#beginStandard(executionArn, request);
    return { ok: true, value: null };
  }

  #beginStandard(
    executionArn: string,
    request: Pick<StartRequest, "input" | "name" | "stateMachineArn" | "mapRun">,
    redriveCount = 0,
  ): void {
    if (request.mapRun !== undefined) this.#places.set(executionArn, request.mapRun);
    const { input, name, stateMachineArn } = request;
    const startDate = this.now;
    const running = { executionArn, name, stateMachineArn, status: "RUNNING", startDate, input, redriveCount } as const;
    this.#standard.set(executionArn, running);
    void this.#run(input).then(async (outcome) => {
      if (this.#described(executionArn).status !== "RUNNING") return;
      const result = outcome.status === "SUCCEEDED" ? { output: outcome.output.text } : outcome.failure;
      const ended = { ...running, status: outcome.status, stopDate: outcome.stoppedAt, ...result };
      this.#standard.set(executionArn, ended);
      const place = this.#places.get(executionArn);
      if (place === undefined) return;
      // It tells until it is heard.
      await this.#loaded();
      const { chunk, position, epoch = 0 } = place;
      this.driver.childEnded(chunk, { position, epoch, ...outcomeOfChild(ended) });
    });
  }

  #takeUp(executionArn: string, epoch: number): Answer<unknown> {
    const child = this.#described(executionArn);
    const place = this.#places.get(executionArn);
    if (place === undefined) throw new Error(`Defect: ${executionArn} was never begun`);
    if ((place.epoch ?? 0) >= epoch) return { ok: true, value: null };
    if (child.status === "SUCCEEDED") return { ok: false, error: "ExecutionNotRedrivable", message: "no" };
    const mapRun = { ...place, epoch };
    if (child.status === "RUNNING") this.#places.set(executionArn, mapRun);
    else this.#beginStandard(executionArn, { ...child, mapRun }, (child.redriveCount ?? 0) + 1);
    return { ok: true, value: null };
  }

  #described(executionArn: string): ExecutionDescription {
    const child = this.#standard.get(executionArn);
    if (child === undefined) throw new Error(`no child ${executionArn}`);
    return child;
  }

  #host(): MapRunHost {
    return {
      store: this.store,
      now: () => this.now,
      keepAlive: (work) => void work,
      getAlarm: async () => this.#alarmAt,
      setAlarm: (at) => {
        this.alarmsSet += 1;
        this.#alarmAt = at;
      },
      open: (plan) => {
        const { state, context } = contextOf(plan);
        const source = this.#options.source ?? stateItems(context.order.items ?? Payload.of([]));
        return { plan, state, context, source, sourceName: "STATE_DATA", entropy: entropyOf() };
      },
      send: async (messages) => {
        this.sent.push(...messages);
        this.#queue.push(...messages);
      },
      stopChild: async (executionArn) => {
        this.stopped.push(executionArn);
        this.#standard.set(executionArn, { ...this.#described(executionArn), status: "ABORTED", stopDate: this.now });
      },
      retireChild: async (executionArn) => {
        this.retired.push(executionArn);
      },
      deleteAll: async () => {
        this.rows.clear();
        this.#alarmAt = undefined;
      },
      tellExecution: async (_run, outcome, redriveCount) => {
        this.timesTold += 1;
        if (this.#options.isReachable?.(this.now) === false) return false;
        this.outcomes.push({ outcome, redriveCount });
        return true;
      },
      isAwaited: async () => {
        this.onAsked();
        return this.isAwaited;
      },
      finish: (run, state) => {
        const { buckets = () => fail("there are no buckets"), stretch } = this.#options;
        return finishMapRun(run, state, this.store, buckets, stretch);
      },
      logDefect: (message, error) => this.defects.push(`${message}: ${String(error)}`),
    };
  }

  #storage(): KeyValueStorage {
    const { rows } = this;
    return {
      kv: {
        get: (key) => rows.get(key),
        put: (key, value) => {
          if (this.refusesWrites) throw new Error("internal error: the write was refused");
          const { room } = this.#options;
          if (room !== undefined && sizeOf(rows, key) + String(value).length > room)
            throw new Error("database or disk is full: SQLITE_FULL");
          this.rowsWritten += 1;
          rows.set(key, value);
        },
        delete: (key) => {
          this.rowsWritten += 1;
          return rows.delete(key);
        },
        list: ({ prefix, reverse = false, limit = Infinity }) => {
          const found = [...rows].filter(([key]) => key.startsWith(prefix)).toSorted(([a], [b]) => (a < b ? -1 : 1));
          return (reverse ? found.toReversed() : found).slice(0, limit);
        },
      },
      transactionSync: (work) => {
        const before = new Map(rows);
        try {
          return work();
        } catch (error) {
          rows.clear();
          for (const [key, value] of before) rows.set(key, value);
          throw error;
        }
      },
    };
  }
}

export async function microtasks(): Promise<void> {
  for (let i = 0; i < 3; i++) await new Promise((resolve) => setImmediate(resolve));
}

/** Characters of all rows but that one. */
function sizeOf(rows: ReadonlyMap<string, unknown>, except: string): number {
  let size = 0;
  for (const [key, value] of rows) if (key !== except) size += String(value).length;
  return size;
}

function fail(message: string): never {
  throw new Error(message);
}
