/** A Map Run in a world that loses, doubles, reorders and dies: every item's result is there, once and in order. */
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Payload } from "../../src/data/payload.ts";
import { startedIn } from "../../src/engine/map-run-ledger.ts";
import { ItemReaderFailure } from "../../src/runtime/map/failures.ts";
import { microtasks, World, type WorldOptions } from "./world.ts";
import { START } from "../engine/words.ts";

const numbers = (count: number): readonly number[] => Array.from({ length: count }, (_, i) => i);
async function finished(options: WorldOptions): Promise<World> {
  const world = new World(options);
  world.start();
  await world.settle();
  return world;
}

describe.each(["EXPRESS", "STANDARD"] as const)("%s children", (type) => {
  test("give their outputs in the order of the items", async () => {
    const items = numbers(250);
    const world = await finished({ items, type, takes: (x) => (x as number) % 7 });
    expect(world.output).toEqual(items);
    expect(world.begun).toHaveLength(250);
    expect(world.defects).toEqual([]);
    expect(world.state.ledger.executions).toEqual({ total: 250, succeeded: 250, failed: 0, timedOut: 0, aborted: 0 });
  });

  test("of the members of an object", async () => {
    const order = { items: Payload.of({ b: 1, a: { n: 2 } }) };
    const fields = { ItemSelector: { "k.$": "$$.Map.Item.Key", "v.$": "$$.Map.Item.Value" } };
    const whole = await finished({ items: [], type, order });
    expect(whole.output).toEqual([
      { Key: "b", Value: 1 },
      { Key: "a", Value: { n: 2 } },
    ]);
    const selected = await finished({ items: [], type, order, fields });
    expect(selected.output).toEqual([
      { k: "b", v: 1 },
      { k: "a", v: { n: 2 } },
    ]);
  });

  test("of no items at all", async () => {
    const world = await finished({ items: [], type });
    expect(world.output).toEqual([]);
  });

  test.each([1, 3, 25])("run %d at a time at the most", async (maxConcurrency) => {
    const world = await finished({ items: numbers(60), type, order: { maxConcurrency }, takes: () => 1000 });
    expect(world.output).toEqual(numbers(60));
    expect(world.mostRunning).toBeLessThanOrEqual(maxConcurrency);
    expect(world.mostRunning).toBeGreaterThan(maxConcurrency / 2);
  });

  test("a failure beyond what is tolerated fails the Map Run, and nothing more begins", async () => {
    const world = await finished({
      items: numbers(500),
      type,
      order: { maxConcurrency: 10 },
      takes: () => 500,
      outcome: (x) => (x === 5 ? { error: "Boom" } : undefined),
    });
    expect(world.failure).toBe("States.ExceedToleratedFailureThreshold");
    expect(world.begun.length).toBeLessThan(100);
    expect(world.state.ended).toMatchObject({ status: "FAILED", isTold: true });
    const { total, succeeded, failed, aborted } = world.state.ledger.executions;
    expect({ total, failed }).toEqual({ total: 500, failed: 1 });
    expect(succeeded + failed + aborted).toBeLessThan(100);
  });

  test("a tolerated failure stands in its place in the output, as a whole", async () => {
    const world = await finished({
      items: numbers(10),
      type,
      order: { toleratedFailureCount: 2 },
      outcome: (x) => (x === 3 || x === 4 ? { error: "Boom" } : undefined),
    });
    const failure = expect.objectContaining({ Status: "FAILED", Error: "Boom" }) as unknown;
    expect(world.output).toEqual([0, 1, 2, failure, failure, 5, 6, 7, 8, 9]);
  });

  test("a redrive runs what did not succeed, and nothing else", async () => {
    const world = await finished({
      items: numbers(300),
      type,
      order: { maxConcurrency: 20 },
      takes: () => 100,
      outcome: (x, attempt) => ((x as number) % 50 === 9 && attempt === 1 ? { error: "Boom" } : undefined),
    });
    for (let redrives = 1; world.failure !== undefined; redrives++) {
      const before = world.begun.length;
      expect(world.driver.redrive(redrives)).toBe(true);
      await world.settle();
      expect(world.outcomes.at(-1)?.redriveCount).toBe(redrives);
      expect(world.begun.length).toBeGreaterThan(before);
    }
    expect(world.output).toEqual(numbers(300));
    for (const item of numbers(300)) expect(world.timesBegun(item)).toBeLessThanOrEqual(item % 50 === 9 ? 3 : 2);
    expect(world.state.ledger.executions).toMatchObject({ total: 300, succeeded: 300, failed: 0 });
  });

  test("[F32] stopped: what runs is aborted, what has not begun stays pending", async () => {
    const world = new World({ items: numbers(100), type, order: { maxConcurrency: 10 }, takes: () => 60_000 });
    world.start();
    const known = (): number => (type === "STANDARD" ? startedIn(world.state.ledger) : world.running);
    for (let i = 0; i < 60 && known() < 10; i++) await world.step();
    expect(known()).toBe(10);
    world.driver.stop(0);
    await world.settle();
    expect(world.failure).toBe("States.Aborted");
    expect(world.state.ledger.executions).toMatchObject({ total: 100, succeeded: 0, aborted: 10 });
    expect(world.stopped).toHaveLength(type === "STANDARD" ? 10 : 0);
  });
});

test("[F32] a Standard child that begins while all is being stopped is stopped as well", async () => {
  const world = new World({ items: numbers(100), type: "STANDARD", takes: () => 60_000 });
  world.start();
  for (let i = 0; i < 30 && world.running < 50; i++) await world.step();
  const known = startedIn(world.state.ledger);
  expect(known).toBeLessThan(world.running);
  world.driver.stop(0);
  await world.settle();
  while (!world.isIdle) await world.step();
  expect(new Set(world.stopped).size).toBe(new Set(world.begun).size);
});

describe("crashes", () => {
  test("the whole runtime dies five times: every item's result is there once, in order, and the counts add up", async () => {
    const items = numbers(2_000);
    const world = new World({ items, order: { maxConcurrency: 300 }, takes: (x) => 20 + ((x as number) % 400) });
    world.start();
    for (let death = 0; death < 5; death++) {
      for (let i = 0; i < 12; i++) await world.step();
      world.crash();
    }
    await world.settle();
    expect(world.output).toEqual(items);
    expect(world.state.ledger.items).toEqual({ total: 2000, succeeded: 2000, failed: 0, timedOut: 0, aborted: 0 });
    expect(world.begun.length).toBeGreaterThan(2000);
  });

  test.each(["EXPRESS", "STANDARD"] as const)(
    "an object that is evicted before each alarm still finds out that its workers are gone: %s",
    async (type) => {
      const world = new World({ items: numbers(300), type, takes: () => 500, isForgetful: true });
      world.start();
      for (let i = 0; i < 4; i++) await world.step();
      if (type === "EXPRESS") world.crash();
      await world.settle(500);
      expect(world.output).toEqual(numbers(300));
    },
  );

  test("an object that is evicted before each alarm still asks whether it is awaited", async () => {
    const world = new World({ items: numbers(5), type: "STANDARD", takes: () => 10_000_000, isForgetful: true });
    world.start();
    for (let i = 0; i < 4; i++) await world.step();
    world.isAwaited = false;
    await world.settle(100);
    expect(world.failure).toBe("States.Aborted");
    expect(world.stopped).toHaveLength(5);
  });

  test("Standard children that run by themselves are not begun again", async () => {
    const world = new World({ items: numbers(30), type: "STANDARD", takes: () => 40_000 });
    world.start();
    for (let i = 0; i < 10; i++) await world.step();
    await world.evict();
    await world.settle();
    expect(world.output).toEqual(numbers(30));
    expect(world.begun).toHaveLength(30);
  });

  test("an object that forgets who works at what waits for them, and takes what they bring", async () => {
    const world = new World({ items: numbers(40), takes: () => 20_000 });
    world.start();
    for (let i = 0; i < 8; i++) await world.step();
    await world.evict();
    await world.settle();
    expect(world.begun).toHaveLength(40);
    expect(world.output).toEqual(numbers(40));
  });
});

test("a queue that loses, doubles and reorders, evictions, crashes: no result is lost or doubled", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        seed: fc.integer({ min: 1, max: 2 ** 30 }),
        count: fc.integer({ min: 0, max: 400 }),
        maxConcurrency: fc.constantFrom(0, 1, 7, 40),
        type: fc.constantFrom("EXPRESS" as const, "STANDARD" as const),
        disturbances: fc.array(fc.tuple(fc.integer({ min: 1, max: 25 }), fc.constantFrom("crash", "evict")), {
          maxLength: 4,
        }),
      }),
      async ({ seed, count, maxConcurrency, type, disturbances }) => {
        let state = seed;
        const random = (): number => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
        const items = numbers(count);
        const world = new World({
          items,
          type,
          order: { maxConcurrency },
          takes: (x) => ((x as number) * 37) % 3000,
          random,
          unreliable: 0.5,
        });
        world.start();
        for (const [steps, what] of disturbances) {
          for (let i = 0; i < steps && world.outcomes.length === 0; i++) await world.step();
          if (what === "evict") await world.evict();
          // Standard children live in objects of their own, which this world does not let die.
          else if (type === "EXPRESS") world.crash();
        }
        if (world.outcomes.length === 0) await world.settle();
        expect(world.output).toEqual(items);
        expect(world.state.ledger.executions).toMatchObject({ total: count, succeeded: count });
      },
    ),
    { numRuns: 40 },
  );
});

test("children that take down whatever runs them fail after some tries, and the others do not", async () => {
  const world = new World({
    items: numbers(30),
    order: { maxConcurrency: 3, toleratedFailurePercentage: 100 },
    deadly: (x) => x === 17,
  });
  world.start();
  await world.settle();
  const { failed, succeeded } = world.state.ledger.executions;
  expect(failed + succeeded).toBe(30);
  expect(failed).toBeGreaterThan(0);
  expect(failed).toBeLessThanOrEqual(10);
  expect(world.timesBegun(17)).toBe(9);
});

test("chunks that wait in the queue for long are not given up: nobody was lost", async () => {
  const world = await finished({ items: numbers(1_500), consumers: 1, takes: () => 120_000 });
  expect(world.output).toEqual(numbers(1_500));
  expect(world.begun).toHaveLength(1_500);
  expect(world.now).toBeGreaterThan(START + 15 * 120_000);
});

describe("answers that are lost", () => {
  test.each(["EXPRESS", "STANDARD"] as const)(
    "a chunk whose taker, or whose report, was not answered is worked on again; what was noted stays: %s",
    async (type) => {
      const items = numbers(300);
      let seed = 7;
      const random = (): number => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647;
      const world = new World({ items, type, random, losesAnswers: 0.3, takes: (x) => ((x as number) * 31) % 5_000 });
      world.start();
      await world.settle();
      expect(world.output).toEqual(items);
      expect(world.state.ledger.executions).toMatchObject({ total: 300, succeeded: 300 });
      expect(world.defects.length).toBeGreaterThan(0);
      // Standard children are known by their names: none begins twice.
      if (type === "STANDARD") expect(world.begun).toHaveLength(300);
    },
  );

  test("[F31] an execution that cannot be reached for an hour hears of the end then", async () => {
    const items = numbers(20);
    const world = new World({ items, isReachable: (at) => at > START + 3_600_000, isForgetful: true });
    world.start();
    await world.settle();
    expect(world.output).toEqual(items);
    expect(world.outcomes).toHaveLength(1);
    expect(world.now).toBeGreaterThan(START + 3_600_000);
    // After pauses that double, up to ten minutes.
    expect(world.timesTold).toBeLessThan(30);
  });
});

describe("[F36] an object that has no room any more", () => {
  test.each([
    ["for results", 300, 20_000],
    ["for the next items", 2_000, 22_000],
  ])("%s: the Map Run ends, and says why", async (_, count, room) => {
    const world = await finished({ items: numbers(count), order: { maxConcurrency: 10 }, room, takes: () => 500 });
    expect(world.failure).toBe("States.DataLimitExceeded");
    expect(world.state.ended).toMatchObject({ status: "FAILED", isTold: true });
    expect(world.begun.length).toBeLessThan(count);
    for (let i = 0; i < 100 && !world.isIdle; i++) await world.step();
    expect(world.isIdle).toBe(true);
  });
});

test("a Map Run that cannot read its items tries again after pauses that double, also where it is evicted meanwhile", async () => {
  let tries = 0;
  const source = {
    read: async (): Promise<never> => {
      tries += 1;
      throw new Error("Network connection lost.");
    },
  };
  const world = new World({ items: [], source, isForgetful: true });
  world.start();
  while (world.now < START + 3_600_000) await world.step();
  expect(tries).toBeGreaterThan(10);
  // It asks every two minutes whether it is awaited, and tries again then, too.
  expect(tries).toBeLessThan(90);
});

describe("a redrive of a Map Run that was stopped", () => {
  test.each(["EXPRESS", "STANDARD"] as const)(
    "is refused while it stops, and then runs what had not ended: %s",
    async (type) => {
      const world = new World({ items: numbers(40), type, order: { maxConcurrency: 4 }, takes: () => 2_000 });
      world.start();
      for (let i = 0; i < 60 && world.state.ledger.executions.succeeded < 8; i++) await world.step();
      world.driver.stop(0);
      expect(world.driver.redrive(1)).toBe(false);
      await world.settle();
      const { succeeded } = world.state.ledger.executions;
      expect(succeeded).toBeLessThan(40);
      expect(world.driver.redrive(1)).toBe(true);
      // Asked twice, it is one redrive.
      expect(world.driver.redrive(1)).toBe(true);
      // Who stops the run of before does not stop this one.
      world.driver.stop(0);
      await world.settle();
      expect(world.output).toEqual(numbers(40));
      expect(world.state.ledger.epoch).toBe(1);
    },
  );
});

describe("batches", () => {
  test("are children, and their items are counted", async () => {
    const world = await finished({ items: numbers(25), order: { batch: { maxItems: 10, input: "b" } } });
    expect(world.output).toEqual([
      { BatchInput: "b", Items: numbers(10) },
      { BatchInput: "b", Items: numbers(20).slice(10) },
      { BatchInput: "b", Items: numbers(25).slice(20) },
    ]);
    expect(world.state.ledger.items.succeeded).toBe(25);
    expect(world.state.ledger.executions.succeeded).toBe(3);
  });

  test("go on across the slices in which items are read", async () => {
    const world = await finished({ items: numbers(4_500), order: { batch: { maxItems: 900 } } });
    expect((world.output as { Items: unknown[] }[]).map(({ Items }) => Items.length)).toEqual([
      900, 900, 900, 900, 900,
    ]);
  });

  test("are cut by the size of what the ItemSelector makes", async () => {
    const ItemSelector = { "long.$": "States.Format('{}-12345678901234567890', $$.Map.Item.Value)" };
    const world = await finished({
      items: numbers(6),
      fields: { ItemSelector },
      order: { batch: { maxInputBytes: 90 } },
    });
    expect((world.output as { Items: unknown[] }[]).map(({ Items }) => Items.length)).toEqual([2, 2, 2]);
  });
});

describe("faults of the items", () => {
  test("a reader that fails fails the Map Run with its words; a redrive reads on", async () => {
    let broken = true;
    const source = {
      read: async (position: unknown) => {
        if (position === undefined) return { items: ["1", "2"], position: 2 };
        if (broken) throw new ItemReaderFailure("It is broken.");
        return { items: ["3"] };
      },
    };
    const world = new World({ items: [], source });
    world.start();
    await world.settle();
    expect(world.failure).toBe("States.ItemReaderFailed");
    broken = false;
    world.driver.redrive(1);
    await world.settle();
    expect(world.output).toEqual([1, 2, 3]);
  });

  test("an ItemSelector that fails fails the Map Run", async () => {
    const world = await finished({ items: [1], fields: { ItemSelector: { "x.$": "$.missing" } } });
    expect(world.failure).toBe("States.Runtime");
  });

  test("a child whose input is too large fails, and is not begun", async () => {
    const ItemSelector = { "a.$": "$$.Map.Item.Value", "b.$": "$$.Map.Item.Value" };
    const world = await finished({
      items: ["x".repeat(200_000), "y"],
      fields: { ItemSelector },
      order: { toleratedFailureCount: 1 },
    });
    expect(world.state.ledger.executions).toMatchObject({ succeeded: 1, failed: 1 });
    expect(world.begun).toHaveLength(1);
  });

  test("outputs that exceed a payload together fail the Map Run", async () => {
    const world = await finished({ items: ["x".repeat(150_000), "y".repeat(150_000)] });
    expect(world.failure).toBe("States.DataLimitExceeded");
  });
});

test("[F32] an execution that does not wait any more: the Map Run finds out, and stops", async () => {
  const world = new World({ items: numbers(20), order: { maxConcurrency: 1 }, takes: () => 100_000 });
  world.start();
  world.isAwaited = false;
  await world.settle();
  expect(world.failure).toBe("States.Aborted");
  expect(world.begun.length).toBeLessThan(6);
});

test("[F48] twenty thousand items: few chunks are ahead, the state stays small, and the counts are right", async () => {
  const items = numbers(20_000);
  const world = new World({ items, order: { maxConcurrency: 1_000 }, takes: () => 10 });
  world.start();
  let [ahead, largest] = [0, 0];
  while (world.outcomes.length === 0) {
    await world.step();
    const { ledger } = world.state;
    ahead = Math.max(ahead, ledger.chunks - ledger.next);
    largest = Math.max(largest, JSON.stringify(world.state).length);
    expect(world.running).toBeLessThanOrEqual(1_000);
  }
  expect(world.state.ledger.items).toEqual({ total: 20_000, succeeded: 20_000, failed: 0, timedOut: 0, aborted: 0 });
  expect(ahead).toBeLessThanOrEqual(40);
  expect(largest).toBeLessThan(20_000);
});

test("the limits can be changed while it runs", async () => {
  const world = new World({ items: numbers(60), order: { maxConcurrency: 1 }, takes: () => 1000 });
  world.start();
  for (let i = 0; i < 8; i++) await world.step();
  world.driver.update({ maxConcurrency: 30 });
  await world.settle();
  expect(world.output).toEqual(numbers(60));
  expect(world.state.ledger.limits.maxConcurrency).toBe(30);
});

test("rows are written for chunks, not for items", async () => {
  const world = new World({ items: numbers(1_000) });
  world.start();
  const before = world.store.rowsWritten;
  await world.settle();
  expect(world.store.rowsWritten - before).toBeLessThan(60);
});

test("a word that comes just as the driver comes to rest is heard at once", async () => {
  for (let delay = 0; delay < 80; delay++) {
    const world = new World({ items: numbers(3), takes: () => 60_000 });
    world.start();
    for (let i = 0; i < delay; i++) await Promise.resolve();
    world.driver.stop(0);
    await microtasks();
    expect(world.outcomes, `after ${delay} turns of the queue`).toHaveLength(1);
  }
});

describe("the end of its time", () => {
  test.each(["EXPRESS", "STANDARD"] as const)("%s: the children go, and then the rows", async (type) => {
    const world = await finished({ items: numbers(230), type });
    expect(world.driver.retire({ closedBefore: world.now, archive: false })).toBe(true);
    for (let i = 0; i < 5; i++) await microtasks();
    expect(new Set(world.retired).size).toBe(type === "STANDARD" ? 230 : 0);
    expect(world.rows.size).toBe(0);
    expect(world.defects).toEqual([]);
  });

  test("does not come while it runs", async () => {
    const world = new World({ items: numbers(5), takes: () => 1000 });
    world.start();
    expect(world.driver.retire({ closedBefore: world.now, archive: false })).toBe(false);
    await world.settle();
    expect(world.output).toEqual(numbers(5));
  });
});

describe("usage", () => {
  test("is what was written, sent, set and asked, and costs no row of its own", async () => {
    const world = await finished({ items: numbers(1_000), takes: () => 9_000 });
    const { usage } = world.state;
    expect(usage.rowsWritten).toBe(world.rowsWritten + world.alarmsSet);
    expect(usage.queueMessages).toBe(world.sent.length);
    expect(usage.alarmsSet).toBe(world.alarmsSet);
    // Each of the ten chunks is taken, reported and said to be alive at least once.
    expect(usage.objectRequests).toBeGreaterThan(30);
    expect(world.driver.usage).toEqual(usage);
  });

  test("goes on where a lost instance has stored it", async () => {
    const world = new World({ items: numbers(500), takes: (x) => (x as number) % 900, order: { maxConcurrency: 50 } });
    world.start();
    for (let i = 0; i < 12; i++) await world.step();
    const { usage: before } = world.state;
    world.crash();
    await world.settle();
    const { usage } = world.state;
    expect(usage.queueMessages).toBe(world.sent.length);
    expect(usage.rowsWritten).toBeGreaterThan(before.rowsWritten);
    expect(usage.rowsWritten).toBeLessThanOrEqual(world.rowsWritten + world.alarmsSet);
    expect(usage.objectRequests).toBeGreaterThan(before.objectRequests);
  });
});

describe("what a Map Run knows of redrives", () => {
  test("is the execution's count, also of those that it did not hear of", async () => {
    const world = await finished({ items: [1], outcome: () => ({ error: "Boom" }) });
    expect(world.driver.redrive(2)).toBe(true);
    await world.settle();
    expect(world.outcomes.map((x) => x.redriveCount)).toEqual([0, 2]);
  });

  test("is what its plan says, where it begins after them", async () => {
    const world = new World({ items: [1] });
    world.driver.begin({ ...world.plan, redriveCount: 2 });
    await world.settle();
    expect(world.outcomes.map((x) => x.redriveCount)).toEqual([2]);
  });

  test("survives a crash that follows at once: the alarm is set with the row", async () => {
    const world = await finished({
      items: [1],
      outcome: (_, attempt) => (attempt === 1 ? { error: "Boom" } : undefined),
    });
    while (!world.isIdle) await world.step();
    world.driver.redrive(1);
    world.crash();
    await world.settle();
    expect(world.output).toEqual([1]);
  });
});

describe("the end that a Standard child tells", () => {
  const outcome = { position: 0, status: "SUCCEEDED", startedAt: 0, stoppedAt: 0, output: "1", input: "1" } as const;
  const running = async (epoch: number): Promise<World> => {
    const world = new World({ items: [1], type: "STANDARD", takes: () => 1_000_000 });
    world.driver.begin({ ...world.plan, redriveCount: epoch });
    for (let i = 0; i < 5; i++) await world.step();
    return world;
  };

  test.each([0, 1])("[F34] counts in the redrive that it is of, whatever its clock says: %d", async (epoch) => {
    const world = await running(epoch);
    world.driver.childEnded(0, { ...outcome, epoch });
    expect(world.state.ledger.executions.succeeded).toBe(1);
  });

  test("[F34] counts also where the Map Run has not heard yet that the child was begun", async () => {
    const world = new World({ items: [1], type: "STANDARD", takes: () => 1_000_000 });
    world.driver.begin({ ...world.plan, redriveCount: 1 });
    await microtasks();
    world.driver.childEnded(0, { ...outcome, epoch: 1 });
    expect(world.state.ledger.executions.succeeded).toBe(1);
  });

  test("[F34] counts for nothing where a redrive took it back, also where the clock went back since", async () => {
    const world = await running(2);
    world.driver.childEnded(0, { ...outcome, stoppedAt: world.now + 60_000, status: "ABORTED", epoch: 1 });
    expect(world.state.ledger.executions).toMatchObject({ total: 1, succeeded: 0, aborted: 0 });
  });
});

test("[F16] an outcome that cannot be stored while the alarm's handler runs leaves an alarm, and counts when it is told again", async () => {
  const world = new World({ items: [1, 2], type: "STANDARD", takes: () => 10_000_000 });
  const outcome = {
    position: 0,
    epoch: 0,
    status: "SUCCEEDED",
    output: "1",
    input: "1",
    startedAt: 0,
    stoppedAt: 0,
  } as const;
  const asked: number[] = [];
  world.onAsked = () => {
    asked.push(world.now);
    world.refusesWrites = true;
    expect(() => world.driver.childEnded(0, outcome)).toThrow("the write was refused");
    world.refusesWrites = false;
  };
  world.start();
  while (asked.length === 0) await world.step();
  expect(world.isAlarmSet).toBe(true);
  await world.driver.load();
  world.driver.childEnded(0, outcome);
  expect(world.state.ledger.executions).toMatchObject({ total: 2, succeeded: 1 });
});
