/**
 * Made-up machines in a made-up world that answers late, twice, too early and in any order.
 *
 * The same events go to two executions: one that is in rows between any two turns, packed so tightly that every kind of row
 * is written, and one that stays in memory. Whatever the seed, both tell the same history, and that history keeps the rules below.
 */
import { expect, test } from "vitest";
import type { TurnResult } from "../../src/engine/advance.ts";
import type { ExecutionEvent } from "../../src/engine/event.ts";
import type { Execution, ExecutionFacts } from "../../src/engine/execution.ts";
import type { HistoryEvent } from "../../src/engine/history-event.ts";
import { pendingCalls } from "../../src/engine/places.ts";
import { restoreExecution } from "../../src/engine/snapshot.ts";
import { childrenOf } from "../../src/engine/stopped.ts";
import type { PackingLimits } from "../../src/runtime/branch-rows.ts";
import { ExecutionStore } from "../../src/runtime/execution-store.ts";
import { Timers } from "../../src/runtime/timers.ts";
import { MemoryStorage } from "../store/memory-storage.ts";
import { Dice, ERRORS, makeMachine } from "./simulated-machine.ts";
import { Run, factsOf, machineOf, payloadOf, type Medium } from "./words.ts";

const SEEDS = 600;
const BLOCK = 50;
/** Turns in which anything may happen; after them the world only does what lets the execution go on. */
const CHAOTIC_TURNS = 150;
const MAX_TURNS = 2000;
/** Some branches fit into the state's row, most do not; what ended moves on soon. */
const TIGHT: PackingLimits = { branch: 600, total: 1500, ended: 500 };
/** The keys of all rows that were written, without their numbers. */
const keys = new Set<string>();

/** Everything that a turn answered. */
const textOf = ({ execution, history, commands, changed, transitions }: TurnResult): string =>
  JSON.stringify([execution.outcome, [...execution.branches.values()], history, commands, [...changed], transitions]);

/** Rows of a store; a new one reads and writes each turn. */
class Rows implements Medium {
  readonly #storage = new MemoryStorage();
  readonly #facts: ExecutionFacts;

  constructor(input: string) {
    this.#facts = factsOf(input);
  }

  write(turn: TurnResult): void {
    const store = this.#store();
    store.readSnapshot();
    store.commit(turn, () => undefined);
    for (const [key] of this.#storage.kv.list({ prefix: "" })) keys.add(key.replace(/\d+/u, "n"));
  }

  read(): Execution {
    const stored = this.#store().readSnapshot();
    if (stored === undefined) throw new Error("there is no snapshot");
    return restoreExecution(this.#facts, stored.head, stored.branches);
  }

  #store(): ExecutionStore {
    return new ExecutionStore(this.#storage, TIGHT);
  }
}

class World {
  readonly #dice: Dice;
  /** When workers take the tasks of activities. */
  readonly #workers: Dice;
  readonly stored: Run;
  readonly #inMemory: Run;
  readonly #told: ExecutionEvent[] = [];
  /** The timers that the commands alone speak of. */
  readonly #timers: Map<number, number> = new Map();

  constructor(seed: number) {
    this.#dice = new Dice(seed);
    this.#workers = new Dice(seed + SEEDS);
    const { definition, input } = makeMachine(this.#dice);
    const machine = machineOf(definition);
    const [first, second] = [new Dice(seed), new Dice(seed)];
    this.stored = new Run(machine, input, { random: () => first.roll(), medium: new Rows(input) });
    this.#inMemory = new Run(machine, input, { random: () => second.roll(), inMemory: true });
  }

  async live(): Promise<void> {
    if (this.#told.length === 0) await this.#tell({ type: "ExecutionStarted" });
    for (let turn = 0; this.stored.status === "RUNNING"; turn++) {
      if (turn > MAX_TURNS) throw new Error("it never ends");
      await (turn < CHAOTIC_TURNS && this.#dice.chance(0.5) ? this.#meddle() : this.#goOn());
    }
    for (const event of this.#dice.shuffle(this.#told).slice(0, 20)) {
      if (event.type !== "ExecutionRedriven") await this.#tell(event);
    }
    if (this.stored.status === "SUCCEEDED" || !this.#dice.chance(0.6)) return;
    await this.#tell({ type: "ExecutionRedriven" });
    await this.live();
  }

  /** Lets something happen that the execution waits for. */
  async #goOn(): Promise<void> {
    const { openTasks } = this.stored;
    const timer = this.stored.nextTimer;
    if (openTasks.length > 0 && (timer === undefined || this.#dice.chance(0.7))) {
      const taskId = this.#dice.of(openTasks);
      if (this.#workers.chance(0.8)) await this.#tell({ type: "TaskStarted", taskId, workerName: "Ada" });
      if (this.#workers.chance(0.8)) await this.#tell(this.#answer(taskId));
      return;
    }
    if (timer === undefined) throw new Error("it waits for nothing");
    this.stored.now = Math.max(this.stored.now, timer) + (this.#dice.chance(0.3) ? this.#dice.between(0, 4000) : 0);
    await this.#tell({ type: "TimersFired", timers: this.stored.dueTimers });
  }

  #answer(taskId: Run["openTasks"][number]): ExecutionEvent {
    if (this.#dice.chance(0.3)) {
      const cause = this.#dice.chance(0.5) ? { cause: "why" } : {};
      return { type: "TaskFailed", taskId, failure: { error: this.#dice.of(ERRORS), ...cause } };
    }
    return { type: "TaskSucceeded", taskId, output: payloadOf(this.#dice.of(['{"x": 1.0}', "null", '"text"', "[ ]"])) };
  }

  /** Does what nobody would wish for. */
  async #meddle(): Promise<void> {
    const { openTasks } = this.stored;
    const dice = this.#dice;
    if (openTasks.length > 0 && this.#workers.chance(0.2)) {
      await this.#tell({ type: "TaskStarted", taskId: this.#workers.of(openTasks) });
    }
    switch (dice.between(0, 6)) {
      case 0:
        return this.#tell(dice.of(this.#told));
      case 1:
        for (const event of dice.shuffle(this.#told).slice(0, 5)) await this.#tell(event);
        return undefined;
      case 2: {
        // Timers that are not due yet, in any order, among them some that were never set.
        const pending = dice.shuffle(Timers.of(this.stored.execution).takeDue(Number.POSITIVE_INFINITY)).slice(0, 2);
        const invented = { timerId: dice.between(1, 99), branchId: dice.between(0, 9) };
        return this.#tell({ type: "TimersFired", timers: dice.shuffle([...pending, invented as never]) });
      }
      case 3:
        if (openTasks.length === 0) return undefined;
        return this.#tell({ type: "TaskSubmitted", taskId: dice.of(openTasks), output: payloadOf({ status: 200 }) });
      case 4:
        if (openTasks.length === 0) return undefined;
        return this.#tell({ type: "TaskHeartbeatReceived", taskId: dice.of(openTasks) });
      case 5:
        this.stored.now += dice.between(-500, 1000);
        return undefined;
      default:
        if (!dice.chance(0.05)) return undefined;
        return this.#tell({ type: "ExecutionStopped", failure: { error: "Stop" } });
    }
  }

  async #tell(event: ExecutionEvent): Promise<void> {
    this.#told.push(event);
    this.#inMemory.now = this.stored.now;
    const pending = Timers.of(this.stored.execution).takeDue(Number.POSITIVE_INFINITY);
    const turn = await this.stored.receive(event);
    const twin = await this.#inMemory.receive(event);
    expect(textOf(turn)).toBe(textOf(twin));
    for (const { timerId, branchId } of event.type === "TimersFired" ? event.timers : []) {
      if (pending.some((x) => x.timerId === timerId && x.branchId === branchId)) this.#timers.delete(timerId);
    }
    for (const command of turn.commands) {
      if (command.type === "SetTimer") this.#timers.set(command.timerId, command.at);
      else if (command.type === "CancelTimer") this.#timers.delete(command.timerId);
    }
    if (this.stored.status === "RUNNING") this.#expectAtRest();
    else this.#timers.clear();
  }

  /** Between two turns: everything waits for something, and commands and cursors tell of the same. */
  #expectAtRest(): void {
    const { execution, machine, openTasks } = this.stored;
    const cursors = [...execution.branches.values()].map((x) => x.cursor);
    expect(cursors.filter((x) => x.kind === "ready" || (x.kind === "task" && x.closed))).toEqual([]);
    const pending = Timers.of(execution).takeDue(Number.POSITIVE_INFINITY);
    expect(new Set(pending.map((x) => x.timerId))).toEqual(new Set(this.#timers.keys()));
    expect(openTasks.length + pending.length).toBeGreaterThan(0);
    const unanswered = pendingCalls(machine, execution);
    expect(openTasks).toEqual(expect.arrayContaining(unanswered.map((x) => x.taskId)));
    const twins = pendingCalls(machine, this.#inMemory.execution);
    expect(unanswered.map((x) => x.parameters.text)).toEqual(twins.map((x) => x.parameters.text));
    for (const { id, parent } of execution.branches.values()) {
      const around = parent && execution.branches.get(parent.branch)?.cursor;
      if (id !== 0) expect(around && childrenOf(around)[parent?.index ?? -1]).toBe(id);
    }
  }
}

/** The rules of every history. */
function expectSound(events: readonly HistoryEvent[]): void {
  const inside = new Map<unknown, number>();
  const taskOf = new Map<number, number>();
  const started = new Set<number>();
  const closed = new Set<number>();
  events.forEach((event, i) => {
    const { id, previousEventId, type } = event;
    const name = event.details?.["name"];
    expect(id).toBe(i + 1);
    expect(previousEventId).toBeLessThan(id);
    expect(previousEventId).toBeGreaterThanOrEqual(0);
    expect(event.timestamp).toBeGreaterThanOrEqual(events[i - 1]?.timestamp ?? 0);
    const next = events[i + 1]?.type;
    expect(/^Execution(?!Started|Redriven)/u.test(type)).toBe(next === undefined || next === "ExecutionRedriven");
    if (type.endsWith("StateEntered")) inside.set(name, (inside.get(name) ?? 0) + 1);
    if (type.endsWith("StateExited")) {
      const open = inside.get(name) ?? 0;
      expect(open).toBeGreaterThan(0);
      inside.set(name, open - 1);
    }
    const [, phase] =
      /^(?:Task|LambdaFunction|Activity)(Scheduled|ScheduleFailed|Started|Submitted|Succeeded|Failed|TimedOut)$/u.exec(
        type,
      ) ?? [];
    if (phase === undefined) return;
    const task = phase === "Scheduled" ? id : taskOf.get(previousEventId);
    expect(task).toBeDefined();
    taskOf.set(id, task!);
    if (phase === "Started") expect(started.has(task!)).toBe(false);
    if (phase === "Started") started.add(task!);
    if (phase === "Succeeded" || phase === "Failed" || phase === "ScheduleFailed" || phase === "TimedOut") {
      expect(closed.has(task!)).toBe(false);
      closed.add(task!);
    }
  });
}

const seen = new Set<string>();
const ends = new Set<string>();

test.each(Array.from({ length: SEEDS / BLOCK }, (_, i) => [i * BLOCK + 1, (i + 1) * BLOCK]))(
  "seeds %i to %i",
  async (from, to) => {
    for (let seed = from; seed <= to; seed++) {
      try {
        const world = new World(seed);
        await world.live();
        expectSound(world.stored.events);
        for (const { type } of world.stored.events) seen.add(type);
        ends.add(world.stored.status);
      } catch (error) {
        throw new Error(`seed ${seed}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
      }
    }
  },
);

test("all together the stories tell of almost everything that can happen", () => {
  expect([...keys].filter((key) => !key.includes("#")).sort()).toEqual(["branch/n", "ended/n", "history/n", "state"]);
  expect([...ends].sort()).toEqual(["ABORTED", "FAILED", "SUCCEEDED", "TIMED_OUT"]);
  expect([...seen]).toEqual(
    expect.arrayContaining([
      ...["Pass", "Task", "Choice", "Wait", "Succeed", "Parallel", "Map"].flatMap((x) => [
        `${x}StateEntered`,
        `${x}StateExited`,
      ]),
      ...["Task", "Wait", "Parallel", "Map"].map((x) => `${x}StateAborted`),
      ...["Started", "Succeeded", "Failed"].flatMap((x) => [`ParallelState${x}`, `MapState${x}`, `MapIteration${x}`]),
      "TaskSubmitted",
      "TaskTimedOut",
      "ActivityStarted",
      "ActivitySucceeded",
      "ActivityTimedOut",
      "LambdaFunctionTimedOut",
      "MapIterationAborted",
      "FailStateEntered",
    ]),
  );
});
