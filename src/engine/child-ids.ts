/**
 * The branches that a container has begun, in the order of their indexes.
 *
 * I1. Ids are counted, so those of a Map's iterations mostly follow each other: a run of them is one pair. What a turn adds
 *     to a Map, and what is stored of it, does not grow with the iterations that it has begun.
 */
import type { BranchId } from "./execution.ts";

export type ChildIds = readonly IdRun[];
type IdRun = readonly [first: BranchId, count: number];

export function childIds(ids: readonly BranchId[]): ChildIds {
  return ids.reduce(withChild, [] as ChildIds);
}

export function withChild(children: ChildIds, id: BranchId): ChildIds {
  const last = children.at(-1);
  if (last === undefined || last[0] + last[1] !== id) return [...children, [id, 1]];
  return [...children.slice(0, -1), [last[0], last[1] + 1]];
}

export function countOf(children: ChildIds): number {
  return children.reduce((sum, [, count]) => sum + count, 0);
}

export function isAmong(children: ChildIds, id: BranchId): boolean {
  return children.some(([first, count]) => id >= first && id < first + count);
}

export function listOf(children: ChildIds): readonly BranchId[] {
  return children.flatMap(([first, count]) => Array.from({ length: count }, (_, i) => (first + i) as BranchId));
}
