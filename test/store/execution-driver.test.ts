/** The driver of an execution among refusals: of its storage, and of those whom it asks. */
import { expect, test } from "vitest";
import type { DriverHost } from "../../src/runtime/driver-host.ts";
import { ExecutionDriver } from "../../src/runtime/execution-driver.ts";
import type { TaskAnswer } from "../../src/runtime/tasks/task-call.ts";
import { Payload } from "../../src/data/payload.ts";
import type { StartRequest } from "../../src/runtime/execution-rpc.ts";
import { ExecutionStore } from "../../src/runtime/execution-store.ts";
import type { KeyValueStorage } from "../../src/runtime/text-rows.ts";
import { entropyOf, LAMBDA, START, states, type Definition } from "../engine/words.ts";
import { MemoryStorage } from "./memory-storage.ts";

const WATCHDOG_SECONDS = 30;
const EXECUTION = "arn:aws:states:us-east-1:123456789012:execution:m:run-1";
const CALL = states({ A: { Type: "Task", Resource: LAMBDA, End: true } });

/** An execution's driver, a clock that is moved by hand, and an alarm that fires by hand. */
class World {
  now: number = START;
  alarm: number | undefined;
  isFull = false;
  calls = 0;
  mapRunsAsked = 0;
  answer: TaskAnswer | undefined;
  driver: ExecutionDriver;
  readonly #storage: KeyValueStorage;

  constructor() {
    const storage = new MemoryStorage();
    const { kv } = storage;
    const refusing: KeyValueStorage = {
      kv: {
        ...kv,
        put: (key, value) => {
          if (this.isFull) throw new Error("SQLITE_FULL");
          kv.put(key, value);
        },
      },
      transactionSync: (work) => storage.transactionSync(work),
    };
    this.#storage = refusing;
    this.driver = new ExecutionDriver(this.#host(new ExecutionStore(refusing)));
  }

  evict(): void {
    this.driver = new ExecutionDriver(this.#host(new ExecutionStore(this.#storage)));
  }

  async start(definition: Definition, more: Partial<StartRequest> = {}): Promise<void> {
    const request: StartRequest = {
      version: 1,
      executionArn: EXECUTION,
      name: "run-1",
      stateMachineArn: "arn:aws:states:us-east-1:123456789012:stateMachine:m",
      stateMachineName: "m",
      roleArn: "arn:aws:iam::123456789012:role/any",
      revisionId: "INITIAL",
      definition: JSON.stringify(definition),
      definitionUpdatedAt: START,
      input: "{}",
      ...more,
    };
    await this.driver.exclusive(async () => {
      if ((await this.driver.load()) === undefined) await this.driver.begin(request);
    });
  }

  /** At its moment. */
  async fire(): Promise<void> {
    const at = this.alarm;
    if (at === undefined) throw new Error("no alarm is set");
    this.alarm = undefined;
    this.now = at;
    await this.driver.onAlarm(at, false);
  }

  #host(store: ExecutionStore): DriverHost {
    return {
      store,
      region: "us-east-1",
      watchdogSeconds: WATCHDOG_SECONDS,
      now: () => this.now,
      sleep: async () => undefined,
      sync: async () => undefined,
      entropy: () => entropyOf(),
      getAlarm: async () => this.alarm,
      setAlarm: (at) => {
        this.alarm = at;
      },
      keepAlive: () => undefined,
      publishStatus: async () => undefined,
      indexedVersion: async () => undefined,
      performTask: () => {
        this.calls += 1;
        const { answer } = this;
        return answer === undefined ? new Promise(() => undefined) : Promise.resolve(answer);
      },
      withdrawTask: async () => undefined,
      mapRun: () => {
        this.mapRunsAsked += 1;
        const refuse = (): never => {
          throw new Error("out of reach");
        };
        return { start: async () => refuse(), redrive: async () => refuse(), stop: async () => refuse() };
      },
      tellWatcher: async () => true,
      tellMapRun: async () => true,
      stopChild: async () => ({ ok: true, value: null }),
      observe: () => undefined,
      logDefect: () => undefined,
    };
  }
}

test("[F36] an execution that could not be stored is woken once, and starts when there is room", async () => {
  const world = new World();
  world.isFull = true;
  await expect(world.start(CALL)).rejects.toThrow("SQLITE_FULL");
  await world.fire();
  expect(world.alarm).toBeUndefined();
  expect(world.calls).toBe(0);
  world.isFull = false;
  await world.start(CALL);
  expect(world.calls).toBe(1);
  expect(world.alarm).toBeDefined();
});

test("a call that failed while the alarm's handler ran is made again", async () => {
  const world = new World();
  const ItemProcessor = {
    ...states({ B: { Type: "Pass", End: true } }),
    ProcessorConfig: { Mode: "DISTRIBUTED", ExecutionType: "EXPRESS" },
  };
  await world.start(states({ M: { Type: "Map", Label: "L", ItemsPath: "$.items", ItemProcessor, End: true } }), {
    input: '{"items":[1]}',
  });
  expect(world.mapRunsAsked).toBe(1);
  await world.fire();
  expect(world.mapRunsAsked).toBe(2);
  expect(world.alarm).toBeDefined();
  while (world.mapRunsAsked < 3) await world.fire();
});

test("[F36] an answer that cannot be stored while the alarm's handler runs is asked for again", async () => {
  const world = new World();
  await world.start(CALL);
  world.evict();
  world.isFull = true;
  world.answer = { kind: "succeeded", output: Payload.of(1) };
  await world.fire();
  expect((await world.driver.load())?.execution.outcome.status).toBe("RUNNING");
  expect(world.alarm).toBeDefined();
  world.isFull = false;
  world.evict();
  await world.fire();
  await world.driver.exclusive(async () => undefined);
  expect((await world.driver.load())?.execution.outcome.status).toBe("SUCCEEDED");
});

test("[F46] a task that a full history has no room for is not called", async () => {
  const world = new World();
  const { driver } = world;
  await world.start(CALL, { quotas: { historyEvents: 7 } });
  await driver.exclusive(() => driver.receive({ type: "ExecutionStopped", failure: {} }));
  expect(world.calls).toBe(1);
  await driver.exclusive(() => driver.redrive(undefined));
  const loaded = await driver.load();
  expect(loaded?.execution.outcome).toMatchObject({ status: "FAILED", failure: { error: "States.Runtime" } });
  expect(world.calls).toBe(1);
});
