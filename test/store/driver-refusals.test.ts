/** Storage that refuses a write, at any write of an execution's life: nothing is half stored, and the execution goes on. */
import { expect, test } from "vitest";
import { isOutage } from "../../src/runtime/outage.ts";
import type { HistoryEvent } from "../../src/engine/history-event.ts";
import type { KeyValueStorage } from "../../src/runtime/text-rows.ts";
import { CALLBACK, LAMBDA, states } from "../engine/words.ts";
import { DriverWorld } from "./driver-world.ts";
import { MemoryStorage } from "./memory-storage.ts";

const LONG = "x".repeat(20_000);
const work = (fields: object): Record<string, unknown> => ({ Type: "Task", Resource: LAMBDA, ...fields });

/** Small branches and large ones, history that is moved to segments, timers, a retry, a callback. */
const MACHINE = states({
  Prepare: { Type: "Pass", Result: { long: LONG }, ResultPath: "$.kept", Next: "First" },
  First: work({ ResultPath: null, Next: "Hold" }),
  Hold: { Type: "Wait", Seconds: 5, Next: "Both" },
  Both: {
    Type: "Parallel",
    Branches: [states({ Left: work({ End: true }) }), states({ Right: { Type: "Wait", Seconds: 90, End: true } })],
    ResultPath: null,
    Next: "Each",
  },
  Each: {
    Type: "Map",
    ItemsPath: "$.items",
    MaxConcurrency: 2,
    ItemProcessor: states({ Item: work({ End: true }) }),
    ResultPath: "$.results",
    Next: "Ask",
  },
  Ask: {
    Type: "Task",
    Resource: CALLBACK,
    Parameters: { FunctionName: "ask", Payload: { "token.$": "$$.Task.Token" } },
    ResultPath: "$.answer",
    Next: "Broken",
  },
  Broken: work({
    Parameters: "broken",
    Retry: [{ ErrorEquals: ["Broken"], IntervalSeconds: 2, MaxAttempts: 2 }],
    Catch: [{ ErrorEquals: ["States.ALL"], ResultPath: "$.error", Next: "Last" }],
    Next: "Last",
  }),
  Last: work({ ResultPath: null, End: true }),
});
const INPUT = { items: Array.from({ length: 12 }, (_, i) => ({ i })) };

const FULL = "database or disk is full: SQLITE_FULL";

/** Refuses so many writes from the k-th on; counts all. */
class Refusing {
  readonly storage: KeyValueStorage;
  readonly #k: number;
  readonly #length: number;
  writes = 0;

  constructor(k: number, length: number) {
    this.#k = k;
    this.#length = length;
    const inner = new MemoryStorage();
    this.storage = {
      kv: {
        get: (key) => inner.kv.get(key),
        list: (options) => inner.kv.list(options),
        put: (key, value) => {
          this.write();
          inner.kv.put(key, value);
        },
        delete: (key) => {
          this.write();
          return inner.kv.delete(key);
        },
      },
      transactionSync: (body) => inner.transactionSync(body),
    };
  }

  write(): void {
    this.writes += 1;
    if (this.writes >= this.#k && this.writes < this.#k + this.#length) throw new Error(FULL);
  }
}

async function run(k: number, length: number): Promise<{ world: DriverWorld; writes: number }> {
  const refusing = new Refusing(k, length);
  const world = new DriverWorld({ storage: refusing.storage, onAlarmWritten: () => refusing.write() });
  await world.start(MACHINE, INPUT);
  await world.run();
  return { world, writes: refusing.writes };
}

/** What an execution did, without its times. */
function shape(events: readonly HistoryEvent[]): readonly string[] {
  return events
    .map(({ type, details }) => {
      const name = details !== undefined && "name" in details ? ` ${String(details.name)}` : "";
      return type + name;
    })
    .toSorted();
}

const K = 200;

test.each([1, 3, 40])(
  "[F36] a storage that refuses %i writes, from any of the first 200 on, stores nothing half and loses nothing",
  async (length) => {
    const quiet = await run(Infinity, 0);
    const expected = shape(quiet.world.history());
    const { outcome } = (await quiet.world.loaded()).execution;
    expect(outcome.status).toBe("SUCCEEDED");
    expect(quiet.world.defects).toEqual([]);
    for (let k = 1; k <= K; k++) {
      const { world } = await run(k, length);
      const events = world.history();
      expect(events.map(({ id }) => id)).toEqual(events.map((_, i) => i + 1));
      expect(events.every(({ timestamp }, i) => timestamp >= (events[i - 1]?.timestamp ?? 0))).toBe(true);
      expect(`${k}: ${shape(events).join(" ")}`).toBe(`${k}: ${expected.join(" ")}`);
      expect((await world.loaded()).execution.outcome).toMatchObject({ status: "SUCCEEDED" });
      expect(world.indexed).toMatchObject({ status: "SUCCEEDED" });
      // What a caller gets to see says: try again.
      expect(world.defects.every(isOutage)).toBe(true);
      if (k <= quiet.writes) expect(world.defects.length).toBeGreaterThan(0);
    }
  },
);
