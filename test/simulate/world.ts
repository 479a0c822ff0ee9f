/**
 * One world, made of one seed: an execution of a machine that was made up, on a platform that fails as platforms do, among
 * callers who repeat themselves, workers who die, callbacks that race, and somebody who stops and redrives.
 *
 * After a while the world turns kind. From then on everything must come to its end, and then the rules are looked at.
 */
import { MAX_HISTORY_EVENTS } from "../../src/engine/quotas.ts";
import type { Json } from "../../src/asl/json.ts";
import type { Answer, ExecutionRpc } from "../../src/runtime/execution-rpc.ts";
import type { HistoryEvent } from "../../src/engine/history-event.ts";
import type { ObservedTurn } from "../../src/runtime/observe/observed-turn.ts";
import { Dice } from "../engine/simulated-machine.ts";
import { drawFaults, KIND, type Faults } from "./faults.ts";
import type { Led } from "./globals.ts";
import { MAIN_ARN, makeMachine, ACTIVITY_ARN, pure, ROLE_ARN, type MadeMachine } from "./machine.ts";
import { Actor, Platform, shortName, type SimulatedObject } from "./platform.ts";
import { ExecutionRecord } from "./record.ts";
import { expectQuiet, isPoisoned } from "./quiet.ts";
import { Queue } from "./queues.ts";
import type { SimulatedD1 } from "./simulated-d1.ts";
import type { Tally } from "./tally.ts";

export const START_AT: number = Date.UTC(2026, 0, 2, 3, 4, 5);
/** After so many steps the world is kind, and after so many more it should have ended. */
const UNKIND_STEPS = 600;
const MAX_STEPS = 100_000;
const UNKIND_MS = 90_000;

export interface WorldOptions {
  readonly seed: number;
  readonly tally: Tally;
  readonly d1: SimulatedD1;
  readonly classes: NonNullable<Platform["classes"]>;
  /** The Worker's queue consumer. */
  readonly consume: (batch: unknown, env: unknown, ctx: unknown) => Promise<unknown>;
  readonly trace?: ((line: string) => void) | undefined;
}

/** Something the world was told has been done. */
interface Acknowledged {
  readonly what: "start" | "stop" | "redrive";
  readonly at: number;
}

export interface Token {
  readonly taskToken: string;
  readonly executionArn: string;
  readonly taskId: string;
  /** What it would succeed with. */
  readonly output: string;
  /** What it would fail with. */
  readonly error: string;
  /** Whether its successes, and whether its failures were accepted. */
  readonly accepted: Set<boolean>;
}

export class World implements Led {
  readonly platform: Platform;
  readonly entropy: Dice;
  readonly dice: Dice;
  readonly tally: Tally;
  readonly made: MadeMachine;
  readonly executionArn: string;
  readonly name: string;
  readonly records: Map<string, ExecutionRecord> = new Map();
  readonly tokens: Map<string, Token> = new Map();
  readonly acknowledged: Acknowledged[] = [];
  /** Of functions and callbacks, by the attempt's key. */
  readonly answers: Map<string, Set<string>> = new Map();
  readonly outside: Actor = new Actor("outside");
  readonly historyEvents: number | undefined;
  broken: Error | undefined;
  isOver = false;
  steps = 0;
  redrives = 0;
  readonly #calls: Map<string, string> = new Map();
  readonly #unsettled: Map<string, ObservedTurn[]> = new Map();
  readonly #faults: Faults;
  readonly #statuses: Queue;
  readonly #chunks: Queue;
  #isKind = false;
  /** On the clock. */
  #latest: number = START_AT;

  constructor({ seed, tally, d1, classes, consume, trace }: WorldOptions) {
    this.dice = new Dice(seed);
    this.entropy = new Dice(seed ^ 0x5eed);
    this.tally = tally;
    this.platform = new Platform({ dice: this.dice, tally, d1, startAt: START_AT, trace });
    this.platform.classes = classes;
    this.platform.settled = (object, fate) => this.#onSettled(object, fate);
    this.platform.alarmThrew = (error) => this.#break(new Error(`F12: an alarm's handler throws: ${String(error)}`));
    this.#statuses = new Queue("status", this.platform, false, consume);
    this.#chunks = new Queue("chunk", this.platform, true, consume);
    this.platform.bindings = (actor) => ({
      HEAR: (arn: string, turn: ObservedTurn) => this.#hear(arn, turn),
      STATUS_QUEUE: this.#statuses.binding(actor),
      MAP_QUEUE: this.#chunks.binding(actor),
      WATCHDOG_SECONDS: "7",
      SECRET_KEYS: undefined,
    });
    this.outside.env = this.platform.envOf(this.outside);
    this.made = makeMachine(this.dice, false);
    this.name = `run-${seed}`;
    this.executionArn = `${MAIN_ARN.replace(":stateMachine:", ":execution:")}:${this.name}`;
    this.historyEvents = this.dice.chance(0.03) ? this.dice.between(12, 40) : undefined;
    this.#faults = drawFaults(this.dice);
    this.platform.trace(JSON.stringify(this.made));
    this.platform.trace(JSON.stringify(this.#faults));
  }

  /** What is left of it all. */
  traceObjects(): void {
    if (!this.platform.isTraced) return;
    for (const { kind, name, rows, alarm, firing } of this.platform.objects.values()) {
      this.platform.trace(`${kind} ${name}: alarm ${alarm}, firing ${firing}, clock ${this.platform.clock}`);
      for (const [key, value] of rows) this.platform.trace(`  ${key} = ${JSON.stringify(value).slice(0, 1_500)}`);
    }
  }

  get record(): ExecutionRecord | undefined {
    return this.records.get(this.executionArn);
  }

  execution(executionArn: string): ExecutionRpc {
    return this.platform.stub(this.outside, "EXECUTION", executionArn) as ExecutionRpc;
  }

  /** @param settle lets everything happen that follows at once */
  async live(settle: () => Promise<void>): Promise<void> {
    this.platform.faults = this.#faults;
    void this.#begin();
    this.#startWorkers();
    if (this.dice.chance(0.12)) this.platform.plan(this.dice.between(0, 20_000), "stop", () => void this.#stop());
    this.#planTrouble();
    while (this.platform.step()) {
      await settle();
      if (this.broken !== undefined) throw this.broken;
      this.steps += 1;
      if (this.steps > UNKIND_STEPS || this.platform.at - START_AT > UNKIND_MS) this.#turnKind();
      if (this.steps > MAX_STEPS) throw new Error("12: it never ends");
    }
    expectQuiet(this);
  }

  hearError(line: readonly unknown[]): void {
    const text = String(line[0]);
    const error = line.at(-1);
    if (this.platform.isTraced) this.platform.trace(`logged: ${line.map(String).join(" ")}`);
    // A write that was refused leaves nothing in memory: what went on meanwhile finds that, and is tried again.
    const isExpected = String(error).includes("the Map Run is not loaded");
    const isDefect = text.includes("cannot take") || /Defect|is not iterable|of undefined|of null/u.test(String(error));
    if (isDefect && !isExpected)
      this.#break(new Error(`it logs a defect: ${text} ${error instanceof Error ? error.stack : String(error)}`));
  }

  /** The function `work`. */
  async work(
    input: unknown,
    context: { readonly executionArn: string; readonly idempotencyKey: string },
  ): Promise<Json> {
    const { idempotencyKey: key, executionArn } = context;
    const caller = this.platform.objects.get(`EXECUTION ${executionArn}`)?.actor;
    // What is called leaves when what was written before is committed.
    await Promise.resolve();
    if (caller?.isAlive === false) return new Promise(() => undefined);
    const record = this.records.get(executionArn);
    const attempt = record?.attempts.get(key.slice(executionArn.length + 1));
    const payload = JSON.stringify(input);
    this.tally.add("invariant 7");
    this.tally.add("invariant 8");
    const before = this.#calls.get(key);
    if (before !== undefined) {
      this.platform.fault("task called again");
      if (before !== payload) this.#break(new Error(`8: ${key} is called with ${payload}, and was with ${before}`));
    }
    this.#calls.set(key, payload);
    const isExpress = executionArn.includes(":express:");
    if (!isExpress && attempt === undefined)
      this.#break(new Error(`R2: ${key} is called, and nothing of it is committed`));
    const object = this.platform.objects.get(`EXECUTION ${executionArn}`);
    if (attempt?.closed !== undefined && object?.actor !== undefined && !this.#hadStale.has(executionArn))
      this.#break(new Error(`7: ${key} is called after its close`));
    const { token } = input as { readonly token?: string };
    if (token !== undefined) this.hold(token, executionArn, key.slice(executionArn.length + 1));
    const { dice } = this;
    const isHanging = !this.#isKind && dice.chance(0.05);
    await this.platform.sleep(isHanging ? 3_600_000 : dice.of([0, 1, 20, 500, 2_000, 6_000]));
    if (record?.attempts.get(key.slice(executionArn.length + 1))?.closed !== undefined)
      this.platform.fault("answer after close");
    if (dice.chance(token === undefined ? 0.25 : 0.1)) {
      const error = new Error("it broke");
      error.name = dice.of(["Boom", "Bang"]);
      error.stack = "";
      throw error;
    }
    const answer = dice.of<Json>([{ x: dice.between(1, 99) }, null, "text", [1, [2]], []]);
    this.answers.set(key, (this.answers.get(key) ?? new Set()).add(JSON.stringify(answer)));
    return answer;
  }

  /** The function `pure`, of a Map Run's children. */
  async pure(input: unknown): Promise<Json> {
    await this.platform.sleep(this.dice.of([0, 20, 1_000, 4_000]));
    return { ...pure(input as { readonly n: number }) };
  }

  /** Somebody has a token, and will answer: once, twice, with a success and a failure, in time or late. */
  hold(taskToken: string, executionArn: string, taskId: string): void {
    if (this.tokens.has(taskToken)) return;
    const { dice } = this;
    const output = JSON.stringify({ said: dice.between(1, 999) });
    const error = dice.of(["Boom", "Bang"]);
    const token: Token = { taskToken, executionArn, taskId, output, error, accepted: new Set() };
    this.tokens.set(taskToken, token);
    const at = dice.of([0, 5, 300, 1_500, 4_000, 9_000]);
    if (dice.chance(0.4)) this.#plan(Math.floor(at / 2), () => this.#beat(token));
    const isSuccess = dice.chance(0.7);
    this.#plan(at, () => this.#send(token, isSuccess));
    if (dice.chance(0.3)) {
      this.tally.add("fault: callback doubled");
      this.#plan(at + dice.of([0, 0, 3, 2_000]), () => this.#send(token, isSuccess));
    }
    if (dice.chance(0.2)) {
      this.tally.add("fault: callback races");
      this.#plan(at + dice.of([0, 0, 1]), () => this.#send(token, !isSuccess));
    }
  }

  #plan(inMs: number, happen: () => Promise<void>): void {
    this.platform.plan(inMs, "outside", () => void happen());
  }

  async #send(token: Token, isSuccess: boolean): Promise<void> {
    const { executionArn, taskToken } = token;
    const record = this.records.get(executionArn);
    const attempt = record?.attempts.get(token.taskId);
    if (attempt?.closed !== undefined) this.platform.fault("callback late");
    if (attempt !== undefined && record !== undefined && attempt.epoch < record.epoch)
      this.platform.fault("callback of an earlier epoch");
    const object = this.execution(executionArn);
    const { output, error } = token;
    const answer = await this.persist(() =>
      isSuccess ? object.sendTaskSuccess(taskToken, output) : object.sendTaskFailure(taskToken, error, "called"),
    );
    this.platform.trace(`callback of ${token.taskId}: ${JSON.stringify(answer)}`);
    this.tally.add("invariant 9");
    if (!answer.ok) return;
    // The same bytes once more are the same callback.
    token.accepted.add(isSuccess);
    if (token.accepted.size > 1) this.#break(new Error(`9: the token of ${token.taskId} is accepted twice`));
    const closed = this.records.get(executionArn)?.attempts.get(token.taskId)?.closed;
    // The answer was taken, and its turn ended the execution instead.
    if (closed === undefined && isPoisoned(this.records.get(executionArn)?.events)) return;
    const said = isSuccess ? closed?.details?.["output"] === output : closed?.details?.["error"] === error;
    this.tally.add("invariant 10");
    if (!said)
      this.#break(new Error(`10: a callback of ${token.taskId} is acknowledged, and the history does not tell of it`));
  }

  async #beat(token: Token): Promise<void> {
    try {
      const answer = await this.execution(token.executionArn).sendTaskHeartbeat(token.taskToken);
      if (answer.ok) this.platform.fault("heartbeat");
    } catch {
      // Lost: nobody repeats a heartbeat.
    }
  }

  /** Repeats what a network lost. A repeated callback finds its task closed, if the first one arrived. */
  async persist<T>(call: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await call();
      } catch (error) {
        this.platform.trace(`once more: ${String(error)}`);
        await this.platform.sleep(this.dice.of([1, 50, 400]));
      }
    }
  }

  #has(text: string): boolean {
    return JSON.stringify(this.made.definition).includes(text);
  }

  async #begin(): Promise<void> {
    const { dice } = this;
    const request = this.#startRequest(JSON.stringify(this.made.input));
    const starts = [this.persist(() => this.execution(this.executionArn).start(request))];
    if (dice.chance(0.3)) {
      this.tally.add("fault: start doubled");
      starts.push(this.persist(() => this.execution(this.executionArn).start(request)));
    }
    if (dice.chance(0.1)) void this.#startOtherwise();
    for (const answer of await Promise.all(starts)) {
      if (answer.ok) this.acknowledged.push({ what: "start", at: answer.value.startDate });
      else if (this.record?.events.some((x) => /^Execution(?!Started)/u.test(x.type)) !== true)
        this.#break(new Error(`F02: a start is refused: ${answer.message}`));
    }
  }

  async #startOtherwise(): Promise<void> {
    await this.platform.sleep(this.dice.of([1_000, 30_000]));
    if (this.record === undefined) return;
    const request = this.#startRequest('{"other":1}');
    const answer = await this.persist(() => this.execution(this.executionArn).start(request));
    this.platform.fault("start with other input");
    if (answer.ok) this.#break(new Error("F02: a start with another input is taken for the first"));
  }

  #startRequest(input: string): Parameters<ExecutionRpc["start"]>[0] {
    return {
      version: 1,
      executionArn: this.executionArn,
      name: this.name,
      stateMachineArn: MAIN_ARN,
      stateMachineName: shortName(MAIN_ARN),
      roleArn: ROLE_ARN,
      revisionId: "INITIAL",
      definition: JSON.stringify(this.made.definition),
      definitionUpdatedAt: START_AT,
      input,
      ...(this.historyEvents !== undefined && { quotas: { historyEvents: this.historyEvents } }),
    };
  }

  async #stop(): Promise<void> {
    const { record } = this;
    if (record?.isRunning !== true) return;
    this.platform.fault("stop");
    if ([...record.attempts.values()].some((x) => x.closed === undefined))
      this.platform.fault("stop with task in flight");
    const answer = await this.persist(() => this.execution(this.executionArn).stop("Stop", "by hand"));
    if (answer.ok) this.acknowledged.push({ what: "stop", at: answer.value.stopDate });
    else this.#break(new Error(`F26: a stop is refused: ${answer.message}`));
  }

  async #redrive(): Promise<void> {
    const token = this.dice.chance(0.7) ? `redrive-${this.redrives}` : undefined;
    const redrive = (): Promise<RedriveAnswer> => this.persist(() => this.execution(this.executionArn).redrive(token));
    const isDoubled = token !== undefined && this.dice.chance(0.5);
    const { skew } = this.platform;
    const answers = await Promise.all(isDoubled ? [redrive(), redrive()] : [redrive()]);
    this.platform.fault("redrive");
    const dates = answers.flatMap((x) => (x.ok ? [x.value.redriveDate] : []));
    for (const at of dates) this.acknowledged.push({ what: "redrive", at });
    // Its time was over.
    if (dates.length === 0 && this.record?.isRunning === false) this.isOver = true;
    // A token is known for a quarter of an hour, on the clock.
    if (!isDoubled || this.platform.skew !== skew) return;
    this.platform.fault("redrive doubled");
    if (dates.length === 1 || dates[0] !== dates[1])
      this.#break(new Error(`F27: two redrives with one token are answered ${JSON.stringify(answers)}`));
  }

  #startWorkers(): void {
    for (const worker of ["Ada", "Bob"]) if (this.#has(ACTIVITY_ARN)) void this.#work(worker);
  }

  /** A worker of the activity, who takes tasks as long as there is something to do. */
  async #work(workerName: string): Promise<void> {
    const { dice } = this;
    for (let poll = 0; !this.isOver; poll++) {
      const worker = {
        isThere: async () => this.#isKind || dice.chance(0.9),
        take: async ({ taskToken }: { readonly taskToken: string }) => {
          if (!this.#isKind && dice.chance(0.15)) return false;
          const [record, attempt] = this.#attemptOf(taskToken);
          if (record !== undefined) this.hold(taskToken, this.executionArn, attempt);
          return true;
        },
      };
      const queue = this.platform.stub(this.outside, "ACTIVITY", ACTIVITY_ARN) as ActivityPoll;
      try {
        await queue.poll({ version: 1, pollId: `${workerName}-${poll}`, workerName, seconds: 20 }, worker);
      } catch {
        await this.platform.sleep(100);
      }
      await this.platform.sleep(dice.of([1, 800]));
    }
  }

  /** Whose token it is: the world looks into the snapshot, where the worker would not need to. */
  #attemptOf(taskToken: string): readonly [ExecutionRecord | undefined, string] {
    const { record } = this;
    for (const { cursor } of record?.execution?.branches.values() ?? [])
      if (cursor.kind === "task" && cursor.taskToken === taskToken) return [record, cursor.taskId];
    return [undefined, ""];
  }

  #hear(executionArn: string, turn: ObservedTurn): void {
    const turns = this.#unsettled.get(executionArn);
    if (turns === undefined) this.#unsettled.set(executionArn, [turn]);
    else turns.push(turn);
  }

  #onSettled(object: SimulatedObject, fate: "kept" | "lost" | "kept and died"): void {
    if (object.kind !== "EXECUTION") return;
    const turns = this.#unsettled.get(object.name) ?? [];
    this.#unsettled.delete(object.name);
    for (const turn of turns) {
      this.#noteFate(turn, fate);
      if (fate !== "lost") this.#commit(object, turn);
    }
  }

  #noteFate({ result }: ObservedTurn, fate: "kept" | "lost" | "kept and died"): void {
    if (fate === "kept") return;
    const died = fate === "kept and died";
    for (const { type } of result.history) {
      if (type === "ExecutionStarted")
        this.platform.fault(died ? "start after commit unanswered" : "start before commit lost");
      if (type.endsWith("Scheduled"))
        this.platform.fault(died ? "task scheduled and not called" : "task scheduled and lost");
      if (/(?:Task|Function|Activity)(?:Succeeded|Failed)$/u.test(type))
        this.platform.fault(died ? "result kept and not gone on" : "result lost");
    }
  }

  #commit(object: SimulatedObject, turn: ObservedTurn): void {
    const record = this.records.get(object.name) ?? new ExecutionRecord();
    this.records.set(object.name, record);
    if (this.platform.isTraced)
      for (const x of turn.result.history) this.platform.trace(`  ${shortName(object.name)} ${historyLine(x)}`);
    try {
      record.add(turn, object, this.platform.at, this.platform.clock);
    } catch (error) {
      this.#break(error as Error);
    }
    for (const rule of [1, 2, 6, 12]) this.tally.add(`invariant ${rule}`);
    // A redrive whose answer was lost was asked for again, after what it began had ended.
    if (this.isOver && object.name === this.executionArn && turn.result.history.some(isRedrive)) {
      this.isOver = false;
      this.#startWorkers();
    }
    const isEnd = !record.isRunning && turn.result.history.length > 0;
    if (isEnd && object.name === this.executionArn) this.#onEnd();
  }

  #onEnd(): void {
    const { status } = this.record?.execution?.outcome ?? { status: "RUNNING" };
    const isRedriven = status !== "SUCCEEDED" && this.redrives < 3 && this.dice.chance(0.5);
    const isFull = (this.record?.events.length ?? 0) >= (this.historyEvents ?? MAX_HISTORY_EVENTS);
    if (!isRedriven || isFull) {
      this.isOver = true;
      return;
    }
    this.redrives += 1;
    this.platform.plan(this.dice.of([0, 10, 4_000, 60_000]), "redrive", () => void this.#redrive());
    for (const token of this.tokens.values())
      if (this.dice.chance(0.3)) this.#plan(70_000, () => this.#send(token, true));
  }

  #turnKind(): void {
    if (this.#isKind) return;
    this.#isKind = true;
    this.platform.faults = KIND;
    // The clock is right again: not earlier than it ever was.
    const by = Math.max(this.#latest - this.platform.clock, 0);
    this.platform.skew += by;
    this.jumps.push({ at: this.platform.at, by });
    this.platform.trace("from now on the world is kind");
  }

  /** Of the clock, milliseconds forwards. Where it goes back, whatever waits for a moment of it waits for that much longer. */
  readonly jumps: { readonly at: number; readonly by: number }[] = [];
  readonly #hadStale: Set<string> = new Set();

  #planTrouble(): void {
    this.platform.plan(this.dice.of([1, 7, 100, 900, 3_000]), "trouble?", () => {
      if (this.#isKind) return;
      this.#makeTrouble();
      if (!this.isOver) this.#planTrouble();
    });
  }

  #makeTrouble(): void {
    const { platform, dice } = this;
    const { kill, stale, earlyAlarm, doubledAlarm, clockJump, killWorker } = platform.faults;
    const living = [...platform.objects.values()].filter((x) => x.actor !== undefined);
    const armed = [...platform.objects.values()].filter((x) => x.alarm !== undefined);
    const victim = living.length === 0 ? undefined : dice.of(living);
    if (victim?.actor !== undefined && dice.chance(kill)) {
      platform.fault("object killed");
      platform.kill(victim.actor);
    } else if (victim !== undefined && dice.chance(stale)) {
      platform.fault("object stale");
      this.#hadStale.add(victim.name);
      platform.leaveBehind(victim);
    }
    if (armed.length > 0 && dice.chance(earlyAlarm)) {
      platform.fault("alarm early");
      platform.fire(dice.of(armed), "early");
    } else if (armed.length > 0 && dice.chance(doubledAlarm)) {
      platform.fault("alarm doubled");
      platform.fire(dice.of(armed), "twice");
    }
    if (dice.chance(clockJump)) this.#jump();
    const workers = [...platform.workers];
    if (workers.length > 0 && dice.chance(killWorker)) {
      platform.fault("worker killed");
      platform.kill(dice.of(workers));
    }
  }

  #jump(): void {
    // An Express child's five minutes are over when the clock says so.
    const isSmall = this.#has('"EXPRESS"');
    const by = this.dice.of(isSmall ? [-700, 700] : [-86_400_000, -3_600_000, -700, 700, 3_600_000, 86_400_000]);
    this.platform.fault(by < 0 ? "clock backwards" : "clock forwards");
    this.platform.skew += by;
    this.jumps.push({ at: this.platform.at, by });
    this.#latest = Math.max(this.#latest, this.platform.clock);
  }

  #break(error: Error): void {
    this.broken ??= error;
  }
}

type RedriveAnswer = Answer<{ readonly redriveDate: number }>;

interface ActivityPoll {
  poll(request: object, worker: object): Promise<unknown>;
}

export function historyLine({ id, previousEventId, type, details }: HistoryEvent): string {
  return `${id} ${previousEventId} ${type} ${JSON.stringify(details ?? {}).slice(0, 160)}`;
}

function isRedrive({ type }: { readonly type: string }): boolean {
  return type === "ExecutionRedriven";
}
