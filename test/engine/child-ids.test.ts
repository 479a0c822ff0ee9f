import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { childIds, countOf, listOf, withChild } from "../../src/engine/child-ids.ts";
import type { BranchId, JoiningCursor } from "../../src/engine/execution.ts";
import { branchText, parseBranch } from "../../src/engine/snapshot.ts";
import { start, states } from "./words.ts";

const ids = (...numbers: readonly number[]): readonly BranchId[] => numbers as readonly BranchId[];

test("any ids come out as they went in", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(20)), (numbers) => {
      const children = childIds(ids(...numbers));
      expect(listOf(children)).toEqual(numbers);
      expect(countOf(children)).toBe(numbers.length);
    }),
  );
});

test("ids that follow each other are one run", () => {
  expect(childIds(ids(3, 4, 5, 9, 10))).toEqual([
    [3, 3],
    [9, 2],
  ]);
  expect(withChild([], 7 as BranchId)).toEqual([[7, 1]]);
});

describe("a Map's cursor", () => {
  const inner = { A: { Type: "Pass", Next: "B" }, B: { Type: "Wait", Seconds: 5, End: true } };
  const items = Array.from({ length: 200 }, (_, i) => i);
  const begun = () =>
    start(states({ M: { Type: "Map", MaxConcurrency: 200, ItemProcessor: states(inner), End: true } }), items);

  test("does not grow with the iterations it has begun", async () => {
    const root = (await begun()).execution.branches.get(0);
    const { children } = root!.cursor as JoiningCursor;
    expect(children).toEqual([[1, 200]]);
  });

  test("of an older snapshot, with all ids in it, is the same", async () => {
    const root = (await begun()).execution.branches.get(0)!;
    const older = { ...root, cursor: { ...root.cursor, children: listOf((root.cursor as JoiningCursor).children) } };
    expect(parseBranch(JSON.stringify(older))).toEqual(parseBranch(branchText(root)));
  });
});
