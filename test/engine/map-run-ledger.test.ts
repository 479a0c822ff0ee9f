import { describe, expect, test } from "vitest";
import {
  addChunk,
  closeAll,
  concurrencyOf,
  end,
  hasRoom,
  isAwaited,
  isFinished,
  isHopeless,
  newLedger,
  noteStarted,
  openNext,
  parallelOf,
  redriveLedger,
  sendAgain,
  settle,
  startedIn,
  verdict,
  waitingIn,
  type ChildStatus,
  type MapRunLedger,
  type MapRunLimits,
} from "../../src/engine/map-run-ledger.ts";

const limits = (changes: Partial<MapRunLimits> = {}): MapRunLimits => ({
  maxConcurrency: 0,
  toleratedFailureCount: 0,
  toleratedFailurePercentage: 0,
  ...changes,
});

/** All read, each chunk of that many children with one item each. */
function ledgerOf(sizes: readonly number[], changes: Partial<MapRunLimits> = {}): MapRunLedger {
  let ledger = newLedger(limits(changes), 1000);
  for (const size of sizes) ledger = addChunk(ledger, size, size);
  return { ...ledger, isRead: true };
}
const settled = (ledger: MapRunLedger, chunk: number, position: number, status: ChildStatus): MapRunLedger =>
  settle(ledger, { chunk, position, status, items: 1 });
const opened = (sizes: readonly number[], changes: Partial<MapRunLimits> = {}): MapRunLedger => {
  let ledger = ledgerOf(sizes, changes);
  for (const size of sizes) ledger = openNext(ledger, size, []);
  return ledger;
};

describe("concurrency", () => {
  test.each([
    [0, 10_000, 100, 100],
    [1, 1, 1, 1],
    [5, 5, 1, 5],
    [40, 40, 4, 10],
    [1000, 1000, 100, 10],
    [50_000, 10_000, 100, 100],
  ])("MaxConcurrency %d: %d children, %d at a time in each of %d chunks", (given, children, parallel, chunks) => {
    const at = limits({ maxConcurrency: given });
    expect(concurrencyOf(at)).toBe(children);
    expect(parallelOf(at)).toBe(parallel);
    let ledger = ledgerOf(
      Array.from({ length: 120 }, () => 3),
      at,
    );
    let count = 0;
    for (; hasRoom(ledger); count++) ledger = openNext(ledger, 3, []);
    expect(count).toBe(chunks);
    expect(parallel * chunks).toBeLessThanOrEqual(children);
  });

  test("there is no room once it is ending, and none without chunks", () => {
    const ledger = ledgerOf([1]);
    expect(hasRoom(ledger)).toBe(true);
    expect(hasRoom(end(ledger, { status: "ABORTED", failure: {} }))).toBe(false);
    expect(hasRoom(openNext(ledger, 1, []))).toBe(false);
  });
});

describe("outcomes", () => {
  test("each child has one: what comes later, or for another chunk, changes nothing", () => {
    const ledger = settled(opened([2, 1]), 0, 1, "FAILED");
    expect(settled(ledger, 0, 1, "SUCCEEDED")).toBe(ledger);
    expect(settled(ledger, 7, 0, "SUCCEEDED")).toBe(ledger);
    expect(settled(ledger, 0, 2, "SUCCEEDED")).toBe(ledger);
    expect(isAwaited(ledger, 0, 0)).toBe(true);
    expect(isAwaited(ledger, 0, 1)).toBe(false);
    expect(ledger.executions).toEqual({ total: 3, succeeded: 0, failed: 1, timedOut: 0, aborted: 0 });
  });

  test("are counted by items and by executions; a chunk with all of them is closed", () => {
    let ledger = { ...newLedger(limits({ toleratedFailureCount: 99 }), 0), isRead: true };
    ledger = openNext(addChunk(ledger, 4, 40), 4, []);
    for (const [position, status] of (["SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"] as const).entries()) {
      expect(isFinished(ledger)).toBe(false);
      ledger = settle(ledger, { chunk: 0, position, status, items: 10 });
    }
    expect(ledger.items).toEqual({ total: 40, succeeded: 10, failed: 10, timedOut: 10, aborted: 10 });
    expect(ledger.executions).toEqual({ total: 4, succeeded: 1, failed: 1, timedOut: 1, aborted: 1 });
    expect(ledger.open).toEqual({});
    expect(isFinished(ledger)).toBe(true);
  });

  test("a Map Run without items is finished as soon as that is known", () => {
    expect(isFinished(newLedger(limits(), 0))).toBe(false);
    expect(isFinished(ledgerOf([]))).toBe(true);
  });
});

describe("a chunk under way", () => {
  test("knows which children wait, and which run by themselves", () => {
    let ledger = noteStarted(settled(opened([4]), 0, 0, "SUCCEEDED"), 0, [0, 1, 2]);
    expect(startedIn(ledger)).toBe(2);
    expect(waitingIn(ledger.open[0]!)).toEqual([3]);
    expect(noteStarted(ledger, 0, [1])).toBe(ledger);
    expect(noteStarted(ledger, 9, [1])).toBe(ledger);
    ledger = settled(ledger, 0, 1, "SUCCEEDED");
    expect(startedIn(ledger)).toBe(1);
  });

  test("is sent again under a number of its own", () => {
    const ledger = sendAgain(opened([2]), 0, true);
    expect(ledger.open[0]?.attempt).toBe(2);
    expect(sendAgain(ledger, 5, true)).toBe(ledger);
  });

  test("is hopeless when nothing is heard of it for long", () => {
    let ledger = opened([2]);
    for (let i = 0; i < 8; i++) {
      expect(isHopeless(ledger.open[0]!)).toBe(false);
      ledger = sendAgain(ledger, 0, true);
      ledger = sendAgain(ledger, 0, false);
    }
    expect(isHopeless(ledger.open[0]!)).toBe(true);
    expect(isHopeless(settled(ledger, 0, 0, "FAILED").open[0]!)).toBe(false);
    expect(isHopeless(noteStarted(ledger, 0, [1]).open[0]!)).toBe(false);
  });

  test("is closed when all is stopped; what has no outcome is pending", () => {
    const ledger = closeAll(settled(opened([3]), 0, 0, "SUCCEEDED"));
    expect(ledger.open).toEqual({});
    expect(ledger.executions).toMatchObject({ total: 3, succeeded: 1 });
  });
});

describe("the verdict", () => {
  const after = (changes: Partial<MapRunLimits>, failures: number, isRead = true): unknown => {
    let ledger = { ...opened([100], changes), isRead };
    for (let position = 0; position < failures; position++)
      ledger = settled(ledger, 0, position, position % 2 === 0 ? "FAILED" : "TIMED_OUT");
    return verdict(ledger)?.error;
  };
  const EXCEEDED = "States.ExceedToleratedFailureThreshold";

  test.each<readonly [Partial<MapRunLimits>, number, string | undefined]>([
    [{}, 0, undefined],
    [{}, 1, EXCEEDED],
    [{ toleratedFailureCount: 2 }, 2, undefined],
    [{ toleratedFailureCount: 2 }, 3, EXCEEDED],
    [{ toleratedFailurePercentage: 10 }, 10, undefined],
    [{ toleratedFailurePercentage: 10 }, 11, EXCEEDED],
    [{ toleratedFailurePercentage: 100 }, 100, undefined],
    [{ toleratedFailurePercentage: 50, toleratedFailureCount: 5 }, 6, EXCEEDED],
    [{ toleratedFailurePercentage: 5, toleratedFailureCount: 50 }, 6, EXCEEDED],
    [{ toleratedFailurePercentage: 50, toleratedFailureCount: 50 }, 50, undefined],
  ])("%j and %d of 100 failures: %s", (changes, failures, error) => {
    expect(after(changes, failures)).toBe(error);
  });

  test("a share counts when all items are known", () => {
    expect(after({ toleratedFailurePercentage: 5 }, 50, false)).toBeUndefined();
    expect(after({ toleratedFailurePercentage: 5, toleratedFailureCount: 10 }, 50, false)).toBe(EXCEEDED);
  });

  test("what was stopped is no failure", () => {
    expect(verdict(settled(opened([2]), 0, 0, "ABORTED"))).toBeUndefined();
  });
});

test("the first reason to end stays", () => {
  const ending = { status: "FAILED", failure: { error: "A" } } as const;
  const ledger = end(ledgerOf([1]), ending);
  expect(end(ledger, { status: "ABORTED", failure: {} }).ending).toEqual(ending);
});

test("a redrive goes through all chunks again, and passes over what succeeded", () => {
  let ledger = settled(settled(opened([2, 1]), 0, 0, "SUCCEEDED"), 0, 1, "FAILED");
  ledger = settled(ledger, 1, 0, "SUCCEEDED");
  ledger = redriveLedger(end(ledger, { status: "FAILED", failure: {} }), 3, 5000);
  expect(ledger).toMatchObject({ epoch: 3, epochAt: 5000, next: 0 });
  expect(ledger.ending).toBeUndefined();
  expect(ledger.executions).toEqual({ total: 3, succeeded: 2, failed: 0, timedOut: 0, aborted: 0 });
  ledger = openNext(ledger, 2, [0]);
  expect(waitingIn(ledger.open[0]!)).toEqual([1]);
  ledger = openNext(ledger, 1, [0]);
  expect(Object.keys(ledger.open)).toEqual(["0"]);
  ledger = settled(ledger, 0, 1, "SUCCEEDED");
  expect(isFinished(ledger)).toBe(true);
  expect(ledger.executions.succeeded).toBe(3);
});
