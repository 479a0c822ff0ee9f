/** Branches in which nothing happens any more, and where a redrive takes them up again. */
import { listOf } from "./child-ids.ts";
import type {
  BranchId,
  Cursor,
  EndedCursor,
  JoiningCursor,
  MapRunCursor,
  ReadyCursor,
  StoppedCursor,
  Visit,
} from "./execution.ts";

/** What becomes of a branch that failed, before its container knows. */
export function failed(cursor: Exclude<Cursor, EndedCursor>): StoppedCursor {
  return { kind: "stopped", resume: resumption(cursor), unsettled: { isOpen: isOpen(cursor) } };
}

/** What becomes of a branch that is stopped, or whose failure has been taken note of. */
export function stopped(cursor: Exclude<Cursor, EndedCursor>): StoppedCursor {
  return { kind: "stopped", resume: resumption(cursor) };
}

/** Whether the branch stays in a state: one that it would be aborted in. */
export function isOpen(cursor: Exclude<Cursor, EndedCursor>): boolean {
  return cursor.kind === "stopped" ? cursor.unsettled?.isOpen === true : cursor.kind !== "ready";
}

/** Where the branch goes on: into its state, through it once more with nothing spent on retries, with its children, or with its Map Run. */
export function resumption(cursor: Exclude<Cursor, EndedCursor>): ReadyCursor | JoiningCursor | MapRunCursor {
  switch (cursor.kind) {
    case "ready":
    case "joining":
    case "mapRun":
      return cursor;
    case "stopped":
      return cursor.resume;
    case "task":
    case "waiting":
    case "retrying":
      return again(cursor.visit);
  }
}

/** About to run the state once more. */
export function again(visit: Visit): ReadyCursor {
  const { stateName, input } = visit;
  return { kind: "ready", stateName, input, visit: { ...visit, retries: [] } };
}

/** The branches below a cursor. */
export function childrenOf(cursor: Cursor): readonly BranchId[] {
  const place = cursor.kind === "stopped" ? cursor.resume : cursor;
  return place.kind === "joining" ? listOf(place.children) : [];
}

/** Whether whoever has to know knows that it is stopped. */
export function isSettled(cursor: Cursor): boolean {
  return cursor.kind === "stopped" && cursor.unsettled === undefined;
}
