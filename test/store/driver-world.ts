/**
 * An execution's driver and the world around it, in memory: rows that outlive it, an alarm, functions that answer, and a clock
 * that moves from one thing that is due to the next.
 */
import { Payload } from "../../src/data/payload.ts";
import type { TaskCursor } from "../../src/engine/execution.ts";
import type { HistoryEvent } from "../../src/engine/history-event.ts";
import type { DriverHost } from "../../src/runtime/driver-host.ts";
import { ExecutionDriver } from "../../src/runtime/execution-driver.ts";
import type { ExecutionIndexEntry } from "../../src/runtime/execution-index.ts";
import type { StartRequest } from "../../src/runtime/execution-rpc.ts";
import { ExecutionStore } from "../../src/runtime/execution-store.ts";
import type { LoadedExecution } from "../../src/runtime/loaded-execution.ts";
import type { TaskAnswer, TaskCall } from "../../src/runtime/tasks/task-call.ts";
import type { KeyValueStorage } from "../../src/runtime/text-rows.ts";
import { entropyOf, START, type Definition } from "../engine/words.ts";

/** After a failed alarm the object's doorman, and after that the platform, try again. */
const ALARM_RETRY_MS = 30_000;
const WATCHDOG_SECONDS = 30;
/** More steps than any test's execution takes. */
const MOST_STEPS = 5_000;

export interface DriverWorldOptions {
  readonly storage: KeyValueStorage;
  /** Hears each write of the alarm, before it is made; may refuse it. */
  readonly onAlarmWritten?: () => void;
  /** Absent: a function answers its input; one that is called "broken" fails; a callback is submitted. */
  readonly answer?: (call: TaskCall) => TaskAnswer;
  readonly now?: number;
  readonly alarm?: number | undefined;
}

export class DriverWorld {
  readonly #options: DriverWorldOptions;
  now: number;
  alarm: number | undefined;
  driver: ExecutionDriver;
  /** What the index was told last. */
  indexed: ExecutionIndexEntry | undefined;
  /** Keys of all calls. */
  readonly calls: string[] = [];
  readonly defects: unknown[] = [];
  #sleepers: { readonly at: number; readonly wake: () => void }[] = [];
  #isAlarmRetried = false;
  /** What belonged to a driver that is gone does nothing any more. */
  #life = 0;

  constructor(options: DriverWorldOptions) {
    this.#options = options;
    this.now = options.now ?? START;
    this.alarm = options.alarm;
    this.driver = this.#newDriver();
  }

  /** The object's memory is lost, and with it all that was under way. */
  forget(): void {
    this.#life += 1;
    this.#sleepers = [];
    this.driver = this.#newDriver();
  }

  /** Starts it, as a client that tries again after a refusal; answers how often it was refused. */
  async start(definition: Definition, input: unknown): Promise<number> {
    const request: StartRequest = {
      version: 1,
      executionArn: "arn:aws:states:us-east-1:123456789012:execution:m:run-1",
      name: "run-1",
      stateMachineArn: "arn:aws:states:us-east-1:123456789012:stateMachine:m",
      stateMachineName: "m",
      roleArn: "arn:aws:iam::123456789012:role/any",
      revisionId: "r",
      definition: JSON.stringify(definition),
      definitionUpdatedAt: START,
      input: JSON.stringify(input),
    };
    return this.#untilTaken(async () => (await this.driver.load()) ?? (await this.driver.begin(request)));
  }

  /** Goes from one thing that is due to the next until the execution has ended and all know, or that step is reached. */
  async run(steps: number = MOST_STEPS): Promise<void> {
    for (let step = 0; step < steps; step++) {
      await settled();
      const asked = await this.#openCallback();
      if (asked !== undefined) {
        const output = Payload.fromText(JSON.stringify({ approved: asked.taskId }));
        await this.#untilTaken(() => this.driver.receive({ type: "TaskSucceeded", taskId: asked.taskId, output }));
        continue;
      }
      if (!(await this.#wakeNext())) return;
    }
    if (steps === MOST_STEPS) throw new Error("the execution does not come to rest");
  }

  async loaded(): Promise<LoadedExecution> {
    const loaded = await this.driver.load();
    if (loaded === undefined) throw new Error("there is no such execution");
    return loaded;
  }

  /** The history, as a new instance reads it. */
  history(): readonly HistoryEvent[] {
    const store = new ExecutionStore(this.#options.storage);
    store.readSnapshot();
    return store.readHistory(undefined, Number.MAX_SAFE_INTEGER, false);
  }

  async #openCallback(): Promise<TaskCursor | undefined> {
    const loaded = await this.driver.exclusive(() => this.driver.load()).catch(() => undefined);
    if (loaded?.execution.outcome.status !== "RUNNING") return undefined;
    for (const { cursor } of loaded.execution.branches.values()) {
      if (cursor.kind === "task" && cursor.submitted && cursor.closed === undefined) return cursor;
    }
    return undefined;
  }

  /** Moves the clock to the next sleeper or the alarm; answers false where there is none. */
  async #wakeNext(): Promise<boolean> {
    const at = Math.min(this.alarm ?? Infinity, ...this.#sleepers.map((sleeper) => sleeper.at));
    if (at === Infinity) return false;
    this.now = Math.max(this.now, at);
    const due = this.#sleepers.filter((sleeper) => sleeper.at <= this.now);
    this.#sleepers = this.#sleepers.filter((sleeper) => sleeper.at > this.now);
    for (const { wake } of due) wake();
    if (this.alarm !== undefined && this.alarm <= this.now) await this.#fireAlarm(this.alarm);
    return true;
  }

  /** As the object's doorman does it, and the platform where the doorman fails as well. */
  async #fireAlarm(scheduledAt: number): Promise<void> {
    this.alarm = undefined;
    const { driver } = this;
    try {
      await driver.onAlarm(scheduledAt, this.#isAlarmRetried);
      this.#isAlarmRetried = false;
    } catch (error) {
      this.defects.push(error);
      this.#isAlarmRetried = true;
      this.alarm = this.now + ALARM_RETRY_MS;
    }
  }

  async #untilTaken(work: () => Promise<unknown>): Promise<number> {
    for (let refusals = 0; ; refusals++) {
      try {
        await this.driver.exclusive(work);
        return refusals;
      } catch (error) {
        this.defects.push(error);
        if (refusals > MOST_STEPS) throw error;
      }
    }
  }

  #newDriver(): ExecutionDriver {
    const { storage, onAlarmWritten, answer = answerOf } = this.#options;
    const life = this.#life;
    const host: DriverHost = {
      store: new ExecutionStore(storage),
      region: "us-east-1",
      watchdogSeconds: WATCHDOG_SECONDS,
      entropy: () => entropyOf(),
      now: () => this.now,
      sync: async () => undefined,
      sleep: (milliseconds) =>
        new Promise((wake) => {
          if (life === this.#life) this.#sleepers.push({ at: this.now + milliseconds, wake });
        }),
      getAlarm: async () => this.alarm,
      setAlarm: (at) => {
        onAlarmWritten?.();
        this.alarm = at;
      },
      keepAlive: (work) => void work.catch((error: unknown) => this.defects.push(error)),
      performTask: async (call) => {
        this.calls.push(call.idempotencyKey);
        return life === this.#life ? answer(call) : new Promise<never>(() => undefined);
      },
      withdrawTask: async () => undefined,
      publishStatus: async (entry) => {
        this.indexed = entry;
      },
      indexedVersion: async () => this.indexed?.version,
      tellWatcher: async () => true,
      tellMapRun: async () => true,
      stopChild: async () => ({ ok: true, value: null }),
      mapRun: () => {
        throw new Error("there are no Map Runs in this world");
      },
      observe: () => undefined,
      logDefect: (_, error) => void this.defects.push(error),
    };
    return new ExecutionDriver(host);
  }
}

function answerOf({ resource, parameters }: TaskCall): TaskAnswer {
  if ("resource" in resource && resource.resource.endsWith(".waitForTaskToken")) {
    return { kind: "submitted", output: Payload.fromText("{}") };
  }
  if (parameters.text.includes('"broken"'))
    return { kind: "failed", failure: { error: "Broken", cause: "as planned" } };
  return { kind: "succeeded", output: parameters };
}

/** Everything that waits for nothing has happened. */
async function settled(): Promise<void> {
  for (let i = 0; i < 3; i++) await new Promise((next) => setImmediate(next));
}
