/**
 * What changes of a branch while it waits for its children: some counts. The rest of it, its input and variables, which may be
 * large, stays as it is, so that a store can write it once.
 */
import type { Branch, JoiningCursor } from "./execution.ts";

export type JoiningProgress = Pick<Branch, "lastEventId"> & Pick<JoiningCursor, "children" | "running" | "failed">;

/** Of a branch that differs from an earlier one in its progress alone; undefined: it differs in more. */
export function progressSince(before: Branch, after: Branch): JoiningProgress | undefined {
  const { lastEventId, cursor, ...rest } = after;
  const { lastEventId: _, cursor: cursorBefore, ...restBefore } = before;
  if (cursor.kind !== "joining" || cursorBefore.kind !== "joining") return undefined;
  const { children, running, failed, ...fixed } = cursor;
  const { children: _c, running: _r, failed: _f, ...fixedBefore } = cursorBefore;
  if (!areAlike(rest, restBefore) || !areAlike(fixed, fixedBefore)) return undefined;
  return { lastEventId, children, running, failed };
}

/** @param branch as it was when it began to wait */
export function withProgress(branch: Branch, { lastEventId, ...counts }: JoiningProgress): Branch {
  return { ...branch, lastEventId, cursor: { ...(branch.cursor as JoiningCursor), ...counts } };
}

/** Whether they hold the very same values: nothing is compared that may be large. */
function areAlike(a: object, b: object): boolean {
  const [ours, theirs] = [Object.entries(a), new Map(Object.entries(b))];
  return ours.length === theirs.size && ours.every(([name, value]) => theirs.get(name) === value);
}
