/**
 * Search over the index of executions.
 *
 * S1. A page reads a bounded number of rows, however few of them match: it may hold fewer than were asked for, and still
 *     there is a next one.
 * S2. A page continues after the last key looked at, so executions that start meanwhile do not shift it.
 */
import {
  COLUMNS,
  entryOf,
  OWNER_COLUMNS,
  type ExecutionIndexEntry,
  type ExecutionOwner,
  type ExecutionRow,
} from "./execution-index.ts";
import type { ExecutionStatus } from "./execution-rpc.ts";

/** At what it ends: an execution's place in the order newest first, by name where two began together. */
export interface SearchPosition {
  readonly startedAt: number;
  readonly name: string;
}

export interface ExecutionSearch {
  readonly startedBy: ExecutionOwner;
  readonly status?: ExecutionStatus | undefined;
  /** The empty text is the prefix of all names. */
  readonly namePrefix: string;
  /** Epoch milliseconds, inclusive. */
  readonly from: number;
  /** Epoch milliseconds, exclusive. */
  readonly before: number;
  readonly after?: SearchPosition | undefined;
  /** At least 1. */
  readonly limit: number;
}

export interface SearchPage {
  readonly entries: readonly ExecutionIndexEntry[];
  /** Where the next page begins; undefined: there is none. */
  readonly next?: SearchPosition;
}

/** How many rows a page looks at. */
export const MAX_LOOKED_AT = 10_000;

/** Newest first. */
export async function searchExecutions(
  db: D1Database,
  search: ExecutionSearch,
  maxLookedAt: number = MAX_LOOKED_AT,
): Promise<SearchPage> {
  const { startedBy, limit, status, namePrefix } = search;
  const scanned = scan(startedBy, status);
  const values = [startedBy.arn, ...startOf(search), search.from, maxLookedAt];
  const { results } = await db
    .prepare(
      `SELECT * FROM (SELECT ${COLUMNS} ${scanned} LIMIT ?5)
        WHERE (?6 = '' OR substr(name, 1, length(?6)) = ?6) AND (?7 IS NULL OR status = ?7) LIMIT ?8`,
    )
    .bind(...values, namePrefix, status ?? null, limit + 1)
    .all<ExecutionRow>();
  const entries = results.slice(0, limit).map(entryOf);
  if (results.length > limit) return withNext(entries, entries.at(-1));
  // All rows that the page could look at, and there are more: it goes on where this one stopped looking.
  const last = await db
    .prepare(`SELECT started_at AS startedAt, name ${scanned} LIMIT 1 OFFSET ?5 - 1`)
    .bind(...values)
    .first<SearchPosition>();
  return withNext(entries, last ?? undefined);
}

/** Along the primary key or the index that has the owner's executions in the order of the list. */
function scan({ kind }: ExecutionOwner, status: ExecutionStatus | undefined): string {
  const owner = OWNER_COLUMNS[kind];
  const isRunning = kind === "machine" && status === "RUNNING";
  return `FROM execution_index ${isRunning ? "INDEXED BY execution_index_running" : ""}
    WHERE ${owner} = ?1 AND started_at <= ?2 AND (started_at < ?2 OR name > ?3) AND started_at >= ?4
      ${isRunning ? "AND status = 'RUNNING'" : ""}
    ORDER BY ${owner}, started_at DESC, name`;
}

/** The key after which it begins. */
function startOf({ after, before }: ExecutionSearch): [startedAt: number, name: string] {
  return after === undefined ? [before - 1, ""] : [after.startedAt, after.name];
}

function withNext(entries: readonly ExecutionIndexEntry[], next: SearchPosition | undefined): SearchPage {
  return next === undefined ? { entries } : { entries, next: { startedAt: next.startedAt, name: next.name } };
}
