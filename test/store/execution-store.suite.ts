/** What an execution's store promises, whatever storage lies under it. */
import { describe, expect, test } from "vitest";
import { Payload } from "../../src/data/payload.ts";
import { newExecution } from "../../src/engine/advance.ts";
import {
  ROOT_BRANCH,
  type Branch,
  type BranchId,
  type Execution,
  type JoiningCursor,
} from "../../src/engine/execution.ts";
import type { HistoryEvent } from "../../src/engine/history-event.ts";
import { branchText, headText, restoreExecution } from "../../src/engine/snapshot.ts";
import { ExecutionStore, type TurnRecord } from "../../src/runtime/execution-store.ts";
import type { KeyValueStorage } from "../../src/runtime/text-rows.ts";
import { LAMBDA, Run, factsOf, machineOf, states } from "../engine/words.ts";

/** Gives the work a storage that nobody else uses. */
export type WithStorage = (work: (storage: KeyValueStorage) => void | Promise<void>) => void | Promise<void>;

const branchOf = (id: number, variables: Branch["variables"] = {}): Branch => ({
  id: id as BranchId,
  ...(id !== 0 && { parent: { branch: ROOT_BRANCH, index: id } }),
  lastEventId: 1,
  variables,
  cursor: {
    kind: "joining",
    visit: {
      stateName: "A",
      enteredAfter: 0,
      enteredEventId: 1,
      enteredAt: 0,
      input: Payload.fromText('{"a": 1.0}'),
      retries: [],
    },
    children: [],
    total: 0,
    running: 0,
    failed: 0,
    maxConcurrency: 1,
  },
});
/** The same branch, further on with its children. */
const goneOn = (branch: Branch, running: number): Branch => ({
  ...branch,
  lastEventId: branch.lastEventId + 1,
  cursor: { ...(branch.cursor as JoiningCursor), running },
});
/** A container of so many branches, and these. */
const containerOf = (count: number, variables: Branch["variables"] = {}): Branch => {
  const { cursor, ...branch } = branchOf(0, variables);
  return { ...branch, cursor: { ...(cursor as JoiningCursor), children: [[1 as BranchId, count]], total: count } };
};
const endedOf = (id: number, output = text(500)): Branch => ({
  ...branchOf(id),
  cursor: { kind: "ended", result: { output: Payload.fromText(JSON.stringify(output)) } },
});
const range = (from: number, to: number): readonly number[] =>
  Array.from({ length: to - from + 1 }, (_, i) => from + i);
const text = (length: number, filler = "x"): string =>
  filler.repeat(Math.ceil(length / filler.length)).slice(0, length);
const eventOf = (id: number, payload = ""): HistoryEvent => ({
  id,
  previousEventId: id - 1,
  type: "PassStateEntered",
  timestamp: 1_767_323_045_000 + id,
  detailsName: "stateEnteredEventDetails",
  details: { name: `S${id}`, input: payload },
});

interface Change {
  readonly set?: readonly Branch[];
  readonly remove?: readonly number[];
  readonly events?: readonly HistoryEvent[];
}

/** An execution as it grows, and all the events it ever had. */
class Story {
  execution: Execution = newExecution(factsOf("{}"));
  readonly events: HistoryEvent[] = [];

  turn({ set = [], remove = [], events = [] }: Change): TurnRecord {
    let { branches } = this.execution;
    for (const branch of set) branches = branches.set(branch.id, branch);
    for (const id of remove) branches = branches.delete(id);
    this.execution = { ...this.execution, branches, nextEventId: this.execution.nextEventId + events.length };
    this.events.push(...events);
    const changed = new Set([...set.map((x) => x.id), ...remove.map((id) => id as BranchId)]);
    return { execution: this.execution, history: events, changed };
  }

  next(count: number, payload?: string): readonly HistoryEvent[] {
    const first = this.execution.nextEventId;
    return Array.from({ length: count }, (_, i) => eventOf(first + i, payload));
  }
}

const driver = (): unknown => ({ usage: 1 });
/** All rows, in short. */
const rowsOf = ({ kv }: KeyValueStorage): readonly string[] =>
  [...kv.list({ prefix: "" })].map(([key, value]) => `${key}: ${shown(JSON.stringify(value))}`);
const keysOf = ({ kv }: KeyValueStorage): readonly string[] => [...kv.list({ prefix: "" })].map(([key]) => key);

/** What a new instance reads. */
function read(storage: KeyValueStorage): ExecutionStore {
  const store = new ExecutionStore(storage);
  store.readSnapshot();
  return store;
}

/** The snapshot that a new instance reads, as texts. */
function snapshotOf(storage: KeyValueStorage): unknown {
  const stored = new ExecutionStore(storage).readSnapshot();
  if (stored === undefined) return undefined;
  const execution = restoreExecution(factsOf("{}"), stored.head, stored.branches);
  return textsOf(execution);
}
const textsOf = (execution: Execution): unknown =>
  [headText(execution), ...[...execution.branches.values()].map((x) => branchText(x))].map(shown);

/** A long text in short, but never two different ones alike. */
function shown(long: string): string {
  if (long.length < 300) return long;
  let [a, b] = [0, 0];
  for (let i = 0; i < long.length; i++) {
    a = (Math.imul(a, 31) + long.charCodeAt(i)) | 0;
    b = (Math.imul(b, 65_599) + long.charCodeAt(i)) | 0;
  }
  return `${long.slice(0, 100)}… (${long.length} characters, ${a} ${b})`;
}
const eventsShown = (events: readonly HistoryEvent[]): readonly string[] => events.map((x) => shown(JSON.stringify(x)));

/** Compares two lists of events, and does not print megabytes where they differ. */
function expectEvents(found: readonly HistoryEvent[], expected: readonly HistoryEvent[]): void {
  expect(found.map((x) => x.id)).toEqual(expected.map((x) => x.id));
  if (found.every((x, i) => x === expected[i])) return;
  expect(eventsShown(found)).toEqual(eventsShown(expected));
}

/** The same storage, on which the k-th write fails. */
function failingAt(storage: KeyValueStorage, k: number): KeyValueStorage {
  let writes = 0;
  const count = (): void => {
    writes += 1;
    if (writes === k) throw new Error("the disk is full");
  };
  const { kv } = storage;
  return {
    kv: {
      get: (key) => kv.get(key),
      list: (options) => kv.list(options),
      put(key, value) {
        count();
        kv.put(key, value);
      },
      delete(key) {
        count();
        return kv.delete(key);
      },
    },
    transactionSync: (work) => storage.transactionSync(work),
  };
}

export function testExecutionStore(name: string, withStorage: WithStorage): void {
  const over = (title: string, work: (storage: KeyValueStorage) => void | Promise<void>): void => {
    test(title, () => withStorage(work));
  };

  describe(`an execution's store over ${name}`, () => {
    describe("a commit", () => {
      over("is read by a new instance as it was written", (storage) => {
        const story = new Story();
        const big = branchOf(7, { v: text(20_000) });
        const turn = story.turn({
          set: [branchOf(0, { v: "é\u{1f600}\ud800" }), big, branchOf(3)],
          events: story.next(3),
        });
        new ExecutionStore(storage).commit(turn, driver, '{"start": 1.0}');
        const store = new ExecutionStore(storage);
        expect(store.readStart()).toBe('{"start": 1.0}');
        expect(store.readSnapshot()?.driver).toEqual({ usage: 1 });
        expect(snapshotOf(storage)).toEqual(textsOf(story.execution));
        expectEvents(store.readHistory(undefined, 10, false), story.events);
      });

      over("of a small turn writes one row", (storage) => {
        const story = new Story();
        const store = new ExecutionStore(storage);
        store.commit(story.turn({ set: [branchOf(0)], events: story.next(2) }), driver, "{}");
        expect(store.rowsWritten).toBe(2);
        for (let i = 1; i <= 20; i++) {
          const before = store.rowsWritten;
          const remove = i > 3 ? [i - 3] : [];
          store.commit(story.turn({ set: [branchOf(i), branchOf(0, { i })], remove, events: story.next(3) }), driver);
          expect(store.rowsWritten - before).toBe(1);
        }
        expect(keysOf(storage)).toEqual(["start", "state"]);
      });

      over("without events or branches is a commit all the same", (storage) => {
        const story = new Story();
        new ExecutionStore(storage).commit(story.turn({}), driver);
        expect(snapshotOf(storage)).toEqual(textsOf(story.execution));
      });

      over("asks the driver last, when all its rows are counted", (storage) => {
        const story = new Story();
        const store = new ExecutionStore(storage);
        const set = [branchOf(0), branchOf(1, { v: text(20_000) })];
        const rows: number[] = [];
        store.commit(story.turn({ set }), () => rows.push(store.rowsWritten), "{}");
        expect(rows).toEqual([3]);
        expect(keysOf(storage)).toHaveLength(3);
      });

      over("holds an output that exceeds a row, until a redrive takes it away", (storage) => {
        const story = new Story();
        const store = new ExecutionStore(storage);
        const output = Payload.fromText(JSON.stringify(text(2_000_000, '"')));
        story.execution = { ...story.execution, outcome: { status: "SUCCEEDED", stoppedAt: 1, output } };
        const turn = story.turn({ set: [branchOf(0)], events: story.next(2) });
        const full = failingAt(storage, 3);
        expect(() => new ExecutionStore(full).commit(turn, driver)).toThrow("the disk is full");
        expect(keysOf(storage)).toEqual([]);
        store.commit(turn, driver);
        expect(snapshotOf(storage)).toEqual(textsOf(story.execution));
        for (const [, value] of storage.kv.list({ prefix: "" })) {
          expect(JSON.stringify(value).length).toBeLessThan(4_000_000);
        }
        story.execution = { ...story.execution, outcome: { status: "RUNNING" } };
        const later = new ExecutionStore(storage);
        later.readSnapshot();
        later.commit(story.turn({ events: story.next(1) }), driver);
        expect(snapshotOf(storage)).toEqual(textsOf(story.execution));
        expect(keysOf(storage)).toEqual(["state"]);
      });

      over("refuses to read a snapshot of another version", (storage) => {
        const story = new Story();
        new ExecutionStore(storage).commit(story.turn({}), driver);
        storage.kv.put("state", { ...(storage.kv.get("state") as object), version: 99 });
        expect(() => new ExecutionStore(storage).readSnapshot()).toThrow("stored by a newer version: snapshot 99");
      });
    });

    describe("a branch", () => {
      const commitAll = (storage: KeyValueStorage, changes: readonly Change[]): Story => {
        const story = new Story();
        const store = new ExecutionStore(storage);
        for (const change of changes) {
          store.commit(story.turn(change), driver);
          expect(snapshotOf(storage)).toEqual(textsOf(story.execution));
        }
        return story;
      };

      over("has a row of its own while it is large", (storage) => {
        commitAll(storage, [{ set: [branchOf(1, { v: text(17_000) })] }]);
        expect(keysOf(storage)).toEqual(["branch/0000000001", "state"]);
        const store = read(storage);
        const story = new Story();
        store.commit(story.turn({ set: [branchOf(1)] }), driver);
        expect(keysOf(storage)).toEqual(["state"]);
      });

      over("has a row of its own where too many others are small", (storage) => {
        const ids = Array.from({ length: 12 }, (_, i) => i);
        const story = commitAll(storage, [{ set: ids.map((id) => branchOf(id, { v: text(10_000) })) }]);
        const own = keysOf(storage).filter((key) => key.startsWith("branch/"));
        expect(own.length).toBe(8);
        const store = read(storage);
        store.commit(story.turn({ remove: ids.slice(0, 6) }), driver);
        store.commit(story.turn({ set: ids.slice(6).map((id) => branchOf(id, { v: "small" })) }), driver);
        expect(keysOf(storage)).toEqual(["state"]);
        expect(snapshotOf(storage)).toEqual(textsOf(story.execution));
      });

      over("is gone when it is removed, wherever it stood", (storage) => {
        const story = commitAll(storage, [
          { set: [branchOf(0), branchOf(1), branchOf(2, { v: text(20_000) }), branchOf(3, { v: text(3_000_000) })] },
          { remove: [1] },
          { remove: [2] },
          { remove: [3] },
          { remove: [4] },
        ]);
        expect(keysOf(storage)).toEqual(["state"]);
        expect([...story.execution.branches.values()]).toHaveLength(1);
      });

      over("of millions of characters is cut into parts, and leaves none of them behind", (storage) => {
        const sizes = [3_000_000, 10, 2_000_000, 4_000_000, 20_000, 900_001, 899_000, 1_800_000, 950_000, 10];
        const story = new Story();
        const store = new ExecutionStore(storage);
        for (const size of sizes) {
          store.commit(story.turn({ set: [branchOf(5, { v: text(size) })] }), driver);
          expect(snapshotOf(storage)).toEqual(textsOf(story.execution));
          const parts = keysOf(storage).filter((key) => key.includes("#"));
          expect(parts).toHaveLength(size > 899_500 ? Math.ceil((size + 300) / 900_000) : 0);
        }
        expect(keysOf(storage)).toEqual(["state"]);
      });

      over("may be cut in the middle of a character", (storage) => {
        const shifted = [0, 1].map((offset) =>
          branchOf(offset, { v: "x".repeat(offset) + text(2_000_000, "\u{1f600}") }),
        );
        commitAll(storage, [{ set: shifted }]);
      });
    });

    describe("a branch that waits for its children", () => {
      over("is written once while it is large, however far they come", (storage) => {
        const story = new Story();
        const store = new ExecutionStore(storage);
        let branch = containerOf(9, { v: text(100_000) });
        store.commit(story.turn({ set: [branch] }), driver);
        const before = store.rowsWritten;
        for (let i = 1; i <= 20; i++) {
          branch = goneOn(branch, i);
          store.commit(story.turn({ set: [branch] }), driver);
          expect(snapshotOf(storage)).toEqual(textsOf(story.execution));
        }
        expect(store.rowsWritten - before).toBe(20);
      });

      over("goes on with what a new instance has read, and is written anew when more has changed", (storage) => {
        const story = new Story();
        let branch = containerOf(9, { v: text(100_000) });
        new ExecutionStore(storage).commit(story.turn({ set: [branch] }), driver);
        for (let i = 1; i <= 3; i++) {
          const store = new ExecutionStore(storage);
          branch = goneOn(store.readSnapshot()!.branches[0]!, i);
          store.commit(story.turn({ set: [branch] }), driver);
          expect(store.rowsWritten).toBe(1);
          expect(snapshotOf(storage)).toEqual(textsOf(story.execution));
        }
        const visit = { ...(branch.cursor as JoiningCursor).visit, retries: [1] };
        const changes: readonly Branch[] = [
          { ...branch, variables: { v: text(50_000) } },
          { ...branch, cursor: { ...(branch.cursor as JoiningCursor), visit } },
          { ...branch, cursor: { ...(branch.cursor as JoiningCursor), items: Payload.fromText("[]") } },
          { ...branch, cursor: { kind: "stopped", resume: branch.cursor as JoiningCursor } },
          branch,
          { ...branch, variables: {} },
        ];
        const store = read(storage);
        for (const changed of changes) {
          store.commit(story.turn({ set: [changed] }), driver);
          expect(snapshotOf(storage)).toEqual(textsOf(story.execution));
        }
        expect(keysOf(storage)).toEqual(["state"]);
      });
    });

    describe("branches that have ended", () => {
      over("are written once, many to a row, and are gone with their container's work", (storage) => {
        const story = new Story();
        const store = new ExecutionStore(storage);
        let branch = containerOf(500);
        store.commit(story.turn({ set: [branch] }), driver);
        for (const id of range(1, 500)) {
          branch = goneOn(branch, id);
          store.commit(story.turn({ set: [endedOf(id), branch] }), driver);
        }
        // 500 turns, and 345 KB in rows of 16 KB.
        expect(store.rowsWritten).toBeLessThan(1 + 500 * 1.05);
        expect(keysOf(storage).filter((key) => key.startsWith("ended/")).length).toBeGreaterThan(10);
        expect(keysOf(storage).filter((key) => key.startsWith("branch/"))).toEqual([]);
        expect(snapshotOf(storage)).toEqual(textsOf(story.execution));
        const later = read(storage);
        later.commit(story.turn({ set: [branchOf(0)], remove: range(1, 500) }), driver);
        expect(later.rowsWritten).toBeLessThan(30);
        expect(keysOf(storage)).toEqual(["state"]);
        expect(snapshotOf(storage)).toEqual(textsOf(story.execution));
      });

      over("may be many in one turn, and longer than a row", (storage) => {
        const story = new Story();
        const set = [containerOf(12), ...range(1, 12).map((id) => endedOf(id, text(id === 5 ? 2_000_000 : 250_000)))];
        new ExecutionStore(storage).commit(story.turn({ set }), driver);
        expect(snapshotOf(storage)).toEqual(textsOf(story.execution));
        read(storage).commit(story.turn({ set: [branchOf(0)], remove: range(1, 12) }), driver);
        expect(keysOf(storage)).toEqual(["state"]);
      });

      over("of two containers share rows, which stay until both are through", (storage) => {
        const story = new Story();
        const inner = { ...containerOf(0), id: 50 as BranchId };
        const outer = containerOf(50);
        const children: Branch["cursor"] = { ...(inner.cursor as JoiningCursor), children: [[51 as BranchId, 30]] };
        const ofInner = range(51, 80).map((id) => ({
          ...endedOf(id),
          parent: { branch: inner.id, index: id - 51 },
        }));
        const within = { ...inner, parent: { branch: ROOT_BRANCH, index: 49 }, cursor: children };
        const set = [outer, within, ...range(1, 49).map((id) => endedOf(id)), ...ofInner];
        new ExecutionStore(storage).commit(story.turn({ set }), driver);
        expect(keysOf(storage)).toEqual(["ended/00000000", "state"]);
        read(storage).commit(story.turn({ set: [endedOf(50)], remove: range(51, 80) }), driver);
        expect(snapshotOf(storage)).toEqual(textsOf(story.execution));
        expect(keysOf(storage)).toEqual(["ended/00000000", "state"]);
        read(storage).commit(story.turn({ set: [branchOf(0)], remove: range(1, 50) }), driver);
        expect(keysOf(storage)).toEqual(["state"]);
        expect(snapshotOf(storage)).toEqual(textsOf(story.execution));
      });

      over("may be written again, or go on, wherever they were", (storage) => {
        const story = new Story();
        const set = [containerOf(60), ...range(1, 60).map((id) => endedOf(id))];
        new ExecutionStore(storage).commit(story.turn({ set }), driver);
        const changes: readonly Change[] = [
          { set: [endedOf(7, "again")] },
          { set: [branchOf(8), endedOf(9, text(20_000))] },
          { set: [endedOf(8)] },
        ];
        for (const change of changes) {
          read(storage).commit(story.turn(change), driver);
          expect(snapshotOf(storage)).toEqual(textsOf(story.execution));
        }
      });
    });

    describe("a snapshot of version 2", () => {
      over("with a row for each branch that has ended is read, and goes on as one of today", (storage) => {
        const story = new Story();
        const all = [containerOf(3), endedOf(1), endedOf(2, text(20_000)), branchOf(3, { v: text(20_000) })];
        story.turn({ set: all });
        const own = all.slice(2);
        for (const branch of own) {
          storage.kv.put(`branch/${String(branch.id).padStart(10, "0")}`, branchText(branch));
        }
        const packed = all.slice(0, 2).map((branch) => [branch.id, branchText(branch)]);
        const head = headText(story.execution);
        storage.kv.put("state", { version: 2, head, packed, tail: "", tailFrom: 1, driver: { usage: 1 } });
        expect(snapshotOf(storage)).toEqual(textsOf(story.execution));
        read(storage).commit(story.turn({ set: [endedOf(3, text(20_000))] }), driver);
        expect(snapshotOf(storage)).toEqual(textsOf(story.execution));
        expect(keysOf(storage)).toEqual(["branch/0000000002", "ended/00000000", "state"]);
        read(storage).commit(story.turn({ set: [branchOf(0)], remove: [1, 2, 3] }), driver);
        expect(keysOf(storage)).toEqual(["state"]);
        expect(snapshotOf(storage)).toEqual(textsOf(story.execution));
      });
    });

    describe("the history", () => {
      const from = (events: readonly HistoryEvent[], id: number): readonly HistoryEvent[] =>
        events.filter((x) => x.id >= id);
      const upTo = (events: readonly HistoryEvent[], id: number): readonly HistoryEvent[] =>
        events.filter((x) => x.id <= id).toReversed();

      /** Reads it page by page, as a client does. */
      function pages(store: ExecutionStore, limit: number, reverse: boolean): readonly HistoryEvent[] {
        const all: HistoryEvent[] = [];
        let next: number | undefined;
        do {
          const page = store.readHistory(next, limit + 1, reverse);
          all.push(...page.slice(0, limit));
          next = page[limit]?.id;
        } while (next !== undefined);
        return all;
      }

      over("of an execution that never was is empty", (storage) => {
        const store = read(storage);
        for (const id of [undefined, 1, 99]) {
          for (const reverse of [false, true]) expect(store.readHistory(id, 10, reverse)).toEqual([]);
        }
      });

      over("of thousands of events is read forwards and backwards, in pages of any size", (storage) => {
        const story = new Story();
        const writer = new ExecutionStore(storage);
        for (let size = 1; story.events.length < 5000; size = (size * 7) % 97) {
          writer.commit(story.turn({ events: story.next(size, text(size * 3)) }), driver);
        }
        expect(keysOf(storage).filter((key) => key.startsWith("history/")).length).toBeGreaterThan(10);
        const { events } = story;
        for (const store of [writer, read(storage)]) {
          for (const limit of [50, 333, 1000, 10_000]) {
            expectEvents(pages(store, limit, false), events);
            expectEvents(pages(store, limit, true), events.toReversed());
          }
          const last = events.length;
          for (const id of [1, 2, 17, 2500, last - 30, last - 1, last, last + 1]) {
            expectEvents(store.readHistory(id, 50, false), from(events, id).slice(0, 50));
            expectEvents(store.readHistory(id, 50, true), upTo(events, id).slice(0, 50));
          }
        }
      });

      over("is found from every single event on, at every edge between rows", (storage) => {
        const story = new Story();
        const writer = new ExecutionStore(storage);
        for (let i = 0; i < 30; i++) writer.commit(story.turn({ events: story.next(3, text(2000)) }), driver);
        const store = read(storage);
        for (const { id } of story.events) {
          expectEvents(store.readHistory(id, 5, false), from(story.events, id).slice(0, 5));
          expectEvents(store.readHistory(id, 5, true), upTo(story.events, id).slice(0, 5));
        }
      });

      over("is read no further than a page can hold, and at least by one event and the next", (storage) => {
        const story = new Story();
        const writer = new ExecutionStore(storage);
        const sizes = [5, 100, 5, 5, 200, 5, 90, 5, 5, 5];
        for (const size of sizes) writer.commit(story.turn({ events: story.next(1, text(size * 1000)) }), driver);
        const idsRead = (id: number, reverse: boolean): readonly number[] =>
          writer.readHistory(id, 10, reverse, 100_050).map((x) => x.id);
        expect(idsRead(1, false)).toEqual([1, 2]);
        expect(idsRead(2, false)).toEqual([2, 3]);
        expect(idsRead(5, false)).toEqual([5, 6]);
        expect(idsRead(6, false)).toEqual([6, 7, 8, 9]);
        expect(idsRead(10, true)).toEqual([10, 9, 8, 7]);
        expect(idsRead(5, true)).toEqual([5, 4]);
      });

      over("may have payloads of 250 KB in every event, and events longer than a row", (storage) => {
        const story = new Story();
        const writer = new ExecutionStore(storage);
        writer.commit(story.turn({ events: story.next(1) }), driver);
        writer.commit(story.turn({ events: story.next(20, text(250_000, "\u20ac")) }), driver);
        writer.commit(story.turn({ events: story.next(1, text(2_500_000)) }), driver);
        for (let i = 0; i < 10; i++) writer.commit(story.turn({ events: story.next(2, text(250_000)) }), driver);
        writer.commit(story.turn({ events: story.next(2) }), driver);
        for (const store of [writer, read(storage)]) {
          expectEvents(pages(store, 4, false), story.events);
          expectEvents(pages(store, 5, true), story.events.toReversed());
          expect(store.readHistory(22, 2, false).map((x) => x.id)).toEqual([22, 23]);
          expect(store.readHistory(22, 2, true).map((x) => x.id)).toEqual([22, 21]);
        }
      });

      over("is read from its middle on without reading what lies before", (storage) => {
        const story = new Story();
        const writer = new ExecutionStore(storage);
        for (let i = 0; i < 200; i++) writer.commit(story.turn({ events: story.next(5, text(1000)) }), driver);
        let reads = 0;
        const get = (key: string): unknown => {
          reads += 1;
          return storage.kv.get(key);
        };
        const { kv } = storage;
        const counting: KeyValueStorage = {
          kv: {
            get,
            put: (key, value) => kv.put(key, value),
            delete: (key) => kv.delete(key),
            list: (x) => kv.list(x),
          },
          transactionSync: (work) => storage.transactionSync(work),
        };
        const store = read(counting);
        for (const reverse of [false, true]) {
          reads = 0;
          expect(store.readHistory(600, 5, reverse)).toHaveLength(5);
          expect(reads).toBeLessThan(4);
        }
      });

      over("moves to a row of its own only now and then", (storage) => {
        const story = new Story();
        const store = new ExecutionStore(storage);
        for (let i = 0; i < 1000; i++) store.commit(story.turn({ events: story.next(1) }), driver);
        expect(store.rowsWritten).toBeLessThan(1000 * 1.02);
      });
    });

    describe("[F36] a write that fails in the middle of a commit", () => {
      const container = containerOf(99, { v: text(30_000) });
      /** A first state of affairs, and a turn that writes rows of every kind. */
      const before = (story: Story): readonly TurnRecord[] => [
        story.turn({
          set: [
            container,
            branchOf(1, { v: text(20_000) }),
            branchOf(2, { v: text(1_000_000) }),
            branchOf(3),
            ...range(10, 60).map((id) => endedOf(id)),
          ],
          events: story.next(40, text(300)),
        }),
        story.turn({ set: [goneOn(container, 6), endedOf(4)], events: story.next(3) }),
      ];
      const change = (story: Story): TurnRecord =>
        story.turn({
          set: [
            goneOn(container, 7),
            branchOf(1),
            branchOf(4, { v: text(2_000_000) }),
            branchOf(5, { v: text(30_000) }),
            ...range(61, 99).map((id) => endedOf(id)),
          ],
          remove: [2, 3, ...range(10, 60)],
          events: story.next(30, text(100_000)),
        });

      /** Commits the turn on a storage whose k-th write fails, and once more if it did. */
      async function failsAt(k: number): Promise<boolean> {
        let failed = false;
        await withStorage((storage) => {
          const story = new Story();
          const first = new ExecutionStore(storage);
          for (const turn of before(story)) first.commit(turn, driver, "{}");
          const rows = rowsOf(storage);
          const history = first.readHistory(undefined, 1000, false);
          const store = new ExecutionStore(failingAt(storage, k));
          store.readSnapshot();
          const turn = change(story);
          try {
            store.commit(turn, driver);
          } catch (error) {
            expect(error).toEqual(new Error("the disk is full"));
            failed = true;
            expect(rowsOf(storage)).toEqual(rows);
            expectEvents(store.readHistory(undefined, 1000, false), history);
            store.commit(turn, driver);
          }
          expect(snapshotOf(storage)).toEqual(textsOf(story.execution));
          expectEvents(store.readHistory(undefined, 1000, false), story.events);
          expectEvents(read(storage).readHistory(undefined, 1000, false), story.events);
        });
        return failed;
      }

      test("leaves rows and memory as they were, whichever write it is, and the turn can be committed again", async () => {
        let k = 1;
        while (await failsAt(k)) k += 1;
        expect(k).toBeGreaterThan(10);
      });

      over("so does a driver that fails", (storage) => {
        const story = new Story();
        const store = new ExecutionStore(storage);
        for (const turn of before(story)) store.commit(turn, driver);
        const rows = rowsOf(storage);
        const broken = (): never => {
          throw new Error("broken");
        };
        const turn = change(story);
        expect(() => store.commit(turn, broken)).toThrow("broken");
        expect(rowsOf(storage)).toEqual(rows);
        store.commit(turn, driver);
        expect(snapshotOf(storage)).toEqual(textsOf(story.execution));
        expectEvents(store.readHistory(undefined, 1000, false), story.events);
      });
    });

    describe("reading", () => {
      over("writes nothing, not even for an execution that never was", (storage) => {
        const readAll = (): void => {
          const rows = rowsOf(storage);
          const store = new ExecutionStore(failingAt(storage, 1));
          store.readStart();
          store.readSnapshot();
          store.readHistory(undefined, 100, false);
          store.readHistory(3, 100, true);
          store.readWatchers();
          expect(store.rowsWritten).toBe(0);
          expect(rowsOf(storage)).toEqual(rows);
        };
        readAll();
        expect(keysOf(storage)).toEqual([]);
        const story = new Story();
        const set = [branchOf(0), branchOf(1, { v: text(2_000_000) })];
        new ExecutionStore(storage).commit(story.turn({ set, events: story.next(200, text(500)) }), driver, "{}");
        readAll();
      });
    });

    describe("watchers", () => {
      over("are kept, each once", (storage) => {
        const store = new ExecutionStore(storage);
        const watcher = (executionArn: string, taskId: string) => ({ executionArn, taskId }) as never;
        expect(store.readWatchers()).toEqual([]);
        for (const [arn, task] of [
          ["a", "0-1"],
          ["b", "0-1"],
          ["a", "0-1"],
          ["a", "0-2"],
        ] as const)
          store.addWatcher(watcher(arn, task));
        expect(new ExecutionStore(storage).readWatchers()).toEqual([
          { executionArn: "a", taskId: "0-1" },
          { executionArn: "b", taskId: "0-1" },
          { executionArn: "a", taskId: "0-2" },
        ]);
        expect(store.rowsWritten).toBe(3);
      });
    });

    describe("an execution that runs over it", () => {
      over("writes as many rows for each Task of a Map of many as of a Map of few", async (storage) => {
        const rowsPerTask = async (count: number): Promise<number> => {
          const task = states({ T: { Type: "Task", Resource: LAMBDA, End: true } });
          const map = { Type: "Map", ItemProcessor: task, MaxConcurrency: 10, End: true };
          const items = JSON.stringify(Array.from({ length: count }, (_, i) => `item ${i} ${text(20)}`));
          const run = new Run(machineOf(states({ M: map })), items, { inMemory: true });
          const store = new ExecutionStore(storage);
          store.commit(await run.receive({ type: "ExecutionStarted" }), driver);
          while (run.status === "RUNNING") {
            const [taskId] = run.openTasks;
            const output = Payload.fromText(`"${text(30)}"`);
            store.commit(await run.receive({ type: "TaskSucceeded", taskId: taskId!, output }), driver);
          }
          expect(JSON.parse(run.result as string)).toHaveLength(count);
          expect(keysOf(storage).filter((key) => key.startsWith("ended/"))).toEqual([]);
          return store.rowsWritten / count;
        };
        const few = await rowsPerTask(100);
        expect(few).toBeLessThan(1.3);
        expect((await rowsPerTask(2000)) / few).toBeLessThan(1.05);
      });

      over("is the same after every turn, and its history complete", async (storage) => {
        const item = states({
          W: { Type: "Wait", SecondsPath: "$", Next: "V" },
          V: { Type: "Pass", Assign: { "v.$": "$" }, End: true },
        });
        const map = { Type: "Map", ItemProcessor: item, MaxConcurrency: 30, End: true };
        const items = Array.from({ length: 200 }, (_, i) => (i * 13) % 17);
        const run = new Run(machineOf(states({ M: map })), JSON.stringify(items), { inMemory: true });
        const commit = (turn: TurnRecord): void => read(storage).commit(turn, driver);
        commit(await run.receive({ type: "ExecutionStarted" }));
        while (run.status === "RUNNING") {
          const stored = new ExecutionStore(storage).readSnapshot();
          run.execution = restoreExecution(factsOf(JSON.stringify(items)), stored!.head, stored!.branches);
          run.now = run.nextTimer ?? run.now;
          commit(await run.receive({ type: "TimersFired", timers: run.dueTimers }));
        }
        expect(run.result).toBe(JSON.stringify(items));
        expectEvents(read(storage).readHistory(undefined, 25_000, false), run.events);
        expect(snapshotOf(storage)).toEqual(textsOf(run.execution));
      });
    });
  });
}
