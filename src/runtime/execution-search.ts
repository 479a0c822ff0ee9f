/**
 * Search over the index of executions.
 *
 * S1. A page reads a bounded number of rows, however few of them match: it may hold fewer than were asked for, and still
 *     there is a next one.
 * S2. A page continues after the last key looked at, so executions that start meanwhile do not shift it.
 */
import { COLUMNS, entryOf, type ExecutionIndexEntry, type ExecutionRow } from "./execution-index.ts";
import type { ExecutionStatus } from "./execution-rpc.ts";
import { NEWEST_FIRST, OWNER_COLUMNS, scanOf, type ExecutionOwner } from "./execution-scan.ts";
import type { FieldValue } from "./search-fields.ts";

/** At what it ends: an execution's place in the order newest first, by name where two began together. */
export interface SearchPosition {
  readonly startedAt: number;
  readonly name: string;
}

export interface ExecutionSearch {
  readonly stateMachineArn: string;
  readonly startedBy: ExecutionOwner;
  readonly status?: ExecutionStatus | undefined;
  /** The values that it must have in its search fields. */
  readonly fields: readonly FieldValue[];
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
  const { stateMachineArn, startedBy, limit, status, namePrefix, fields } = search;
  const [first, ...otherFields] = fields;
  const scanned = first === undefined ? scan(startedBy, status) : SCAN_FIELD;
  const place = [stateMachineArn, ...startOf(search)];
  const values =
    first === undefined
      ? [...place, startedBy.arn, search.from, maxLookedAt]
      : [...place, first.value, search.from, maxLookedAt, first.name];
  const { results } = await db
    .prepare(first === undefined ? selectOf(scanned) : selectByField(startedBy))
    .bind(
      ...values,
      ...(first === undefined ? [] : [startedBy.arn, JSON.stringify(otherFields)]),
      namePrefix,
      status ?? null,
      limit + 1,
    )
    .all<ExecutionRow>();
  const entries = results.slice(0, limit).map(entryOf);
  if (results.length > limit) return withNext(entries, entries.at(-1));
  // All rows that the page could look at, and there are more: it goes on where this one stopped looking.
  const last = await db
    .prepare(`SELECT started_at AS startedAt, name ${scanned} LIMIT 1 OFFSET ?6 - 1`)
    .bind(...values)
    .first<SearchPosition>();
  return withNext(entries, last ?? undefined);
}

/** Along the key that has the owner's executions in the order of the list. */
function scan(owner: ExecutionOwner, status: ExecutionStatus | undefined): string {
  const { from, where } = scanOf(owner, status);
  return `FROM ${from} WHERE ${where} AND started_at >= ?5 ORDER BY ${NEWEST_FIRST}`;
}

function selectOf(scanned: string): string {
  return `SELECT * FROM (SELECT ${COLUMNS} ${scanned} LIMIT ?6) WHERE ${matches(7)} LIMIT ?9`;
}

/** Along the key of the first field; each of its rows leads to one of the index. */
const SCAN_FIELD = `FROM execution_field
    WHERE state_machine_arn = ?1 AND field = ?7 AND value = ?4
      AND started_at <= ?2 AND (started_at < ?2 OR name > ?3) AND started_at >= ?5
    ORDER BY ${NEWEST_FIRST}`;

function selectByField({ kind }: ExecutionOwner): string {
  const columns = COLUMNS.split(",").map((column) => `execution_index.${column.trim()}`);
  return `SELECT ${columns.join(", ")} FROM (SELECT started_at, name ${SCAN_FIELD} LIMIT ?6) found
    CROSS JOIN execution_index ON execution_index.state_machine_arn = ?1
      AND execution_index.started_at = found.started_at AND execution_index.name = found.name
    WHERE execution_index.${OWNER_COLUMNS[kind]} = ?8 AND NOT EXISTS (SELECT 1 FROM json_each(?9) wanted WHERE NOT EXISTS (
        SELECT 1 FROM execution_field f WHERE f.state_machine_arn = ?1 AND f.field = json_extract(wanted.value, '$.name')
          AND f.value = json_extract(wanted.value, '$.value')
          AND f.started_at = found.started_at AND f.name = found.name))
      AND ${matches(10, "execution_index.")}
    ORDER BY found.started_at DESC, found.name LIMIT ?12`;
}

/** @param parameter the number of the name's prefix; the status is the next one */
function matches(parameter: number, table = ""): string {
  const prefix = `?${parameter}`;
  const status = `?${parameter + 1}`;
  return `(${prefix} = '' OR substr(${table}name, 1, length(${prefix})) = ${prefix})
      AND (${status} IS NULL OR ${table}status = ${status})`;
}

/** The key after which it begins. */
function startOf({ after, before }: ExecutionSearch): [startedAt: number, name: string] {
  return after === undefined ? [before - 1, ""] : [after.startedAt, after.name];
}

function withNext(entries: readonly ExecutionIndexEntry[], next: SearchPosition | undefined): SearchPage {
  return next === undefined ? { entries } : { entries, next: { startedAt: next.startedAt, name: next.name } };
}
