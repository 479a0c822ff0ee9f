/**
 * The index of executions in D1: what ListExecutions reads.
 *
 * X1. A row moves only forwards: an entry with a version not higher than the stored one changes nothing.
 * X2. A page continues after the last key seen, so executions that start meanwhile do not shift it.
 */
import type { StateFailure } from "../asl/error-names.ts";
import type { ExecutionStatus } from "./execution-rpc.ts";
import { machineOfOwner, NEWEST_FIRST, scanOf, type ExecutionOwner } from "./execution-scan.ts";
import { decodePageToken, encodePageToken, type PageKey } from "./page-token.ts";
import type { FieldValue } from "./search-fields.ts";

/** What tells one execution from another, in the order of the list. */
export interface ExecutionIndexKey {
  readonly stateMachineArn: string;
  readonly startedAt: number;
  readonly name: string;
}

export interface ExecutionIndexEntry extends ExecutionIndexKey {
  readonly executionArn: string;
  readonly status: ExecutionStatus;
  readonly stoppedAt?: number;
  /** Counted by the execution's object; higher is newer. */
  readonly version: number;
  readonly stateMachineVersionArn?: string;
  readonly stateMachineAliasArn?: string;
  readonly redriveCount: number;
  readonly redrivenAt?: number;
  /** The execution that started it. Written, and only looked for: not read back. */
  readonly parentArn?: string;
  /** Written beside the entry, and not read back with it. */
  readonly fields?: readonly FieldValue[];
  /** How it failed, for subscribers; not written. */
  readonly failure?: StateFailure;
  /** It began and ended at once, and no entry told of its beginning; for subscribers, not written. */
  readonly wasBrief?: true;
}

export interface ExecutionListRequest {
  readonly startedBy: ExecutionOwner;
  readonly statusFilter?: ExecutionStatus | undefined;
  /** At least 1. */
  readonly maxResults: number;
  readonly token?: string | undefined;
}

export interface ExecutionListPage {
  readonly entries: readonly ExecutionIndexEntry[];
  readonly nextToken?: string;
}

/** A row of `execution_index`. */
export interface ExecutionRow {
  readonly state_machine_arn: string;
  readonly started_at: number;
  readonly name: string;
  readonly execution_arn: string;
  readonly status: ExecutionStatus;
  readonly stopped_at: number | null;
  readonly version: number;
  readonly state_machine_version_arn: string | null;
  readonly state_machine_alias_arn: string | null;
  readonly redrive_count: number;
  readonly redriven_at: number | null;
}

const UPSERT = `INSERT INTO execution_index (state_machine_arn, started_at, name, execution_arn, status, stopped_at, version,
    state_machine_version_arn, state_machine_alias_arn, redrive_count, redriven_at, parent_arn)
  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
  ON CONFLICT (state_machine_arn, started_at, name) DO UPDATE SET status = excluded.status, stopped_at = excluded.stopped_at,
    version = excluded.version, redrive_count = excluded.redrive_count, redriven_at = excluded.redriven_at
  WHERE excluded.version > execution_index.version`;

/** A value that is there already costs nothing. */
const INSERT_FIELDS = `INSERT INTO execution_field (state_machine_arn, field, value, started_at, name)
  SELECT ?1, json_extract(value, '$.name'), json_extract(value, '$.value'), ?2, ?3 FROM json_each(?4) WHERE true
  ON CONFLICT DO NOTHING`;

const DELETE_ENTRIES = `DELETE FROM execution_index WHERE state_machine_arn = ?1 AND (started_at, name) IN
    (SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]') FROM json_each(?2))`;

const DELETE_FIELDS = `DELETE FROM execution_field WHERE state_machine_arn = ?1 AND started_at = ?2 AND name = ?3
    AND (field, value) IN (SELECT json_extract(value, '$.name'), json_extract(value, '$.value') FROM json_each(?4))`;

const FIND_VERSION =
  "SELECT version FROM execution_index WHERE state_machine_arn = ?1 AND started_at = ?2 AND name = ?3";

export const COLUMNS: string = `state_machine_arn, started_at, name, execution_arn, status, stopped_at, version,
    state_machine_version_arn, state_machine_alias_arn, redrive_count, redriven_at`;
function listStatement(owner: ExecutionOwner, status: ExecutionStatus | undefined): string {
  const { from, where, leaves } = scanOf(owner, status);
  return `SELECT ${COLUMNS} FROM ${from} WHERE ${where} ${leaves === "status" ? "AND status = ?6" : ""}
    ORDER BY ${NEWEST_FIRST} LIMIT ?5`;
}

/** What else is performed in the transaction that writes entries: before it, and after it. */
export interface AroundUpsert {
  readonly first?: readonly D1PreparedStatement[];
  readonly last?: readonly D1PreparedStatement[];
}

/** Writes all entries in one transaction; answers what the last statements gave. */
export async function upsertEntries(
  db: D1Database,
  entries: readonly ExecutionIndexEntry[],
  { first = [], last = [] }: AroundUpsert = {},
): Promise<readonly D1Result[]> {
  if (entries.length === 0) return [];
  const upsert = db.prepare(UPSERT);
  const results = await db.batch([
    ...first,
    ...entries.map((entry) =>
      upsert.bind(
        entry.stateMachineArn,
        entry.startedAt,
        entry.name,
        entry.executionArn,
        entry.status,
        entry.stoppedAt ?? null,
        entry.version,
        entry.stateMachineVersionArn ?? null,
        entry.stateMachineAliasArn ?? null,
        entry.redriveCount,
        entry.redrivenAt ?? null,
        entry.parentArn ?? null,
      ),
    ),
    ...fieldStatements(db, entries),
    ...last,
  ]);
  return results.slice(results.length - last.length);
}

function fieldStatements(db: D1Database, entries: readonly ExecutionIndexEntry[]): readonly D1PreparedStatement[] {
  return entries.flatMap(({ stateMachineArn, startedAt, name, fields = [] }) =>
    fields.length === 0
      ? []
      : [db.prepare(INSERT_FIELDS).bind(stateMachineArn, startedAt, name, JSON.stringify(fields))],
  );
}

/** Deletes entries of one state machine. What they have in search fields is deleted before: see `deleteFields`. */
export async function deleteEntries(
  db: D1Database,
  stateMachineArn: string,
  keys: readonly Pick<ExecutionIndexKey, "startedAt" | "name">[],
): Promise<void> {
  if (keys.length === 0) return;
  const pairs = JSON.stringify(keys.map(({ startedAt, name }) => [startedAt, name]));
  await db.prepare(DELETE_ENTRIES).bind(stateMachineArn, pairs).run();
}

/** Deletes the values that an execution has in search fields. */
export async function deleteFields(db: D1Database, entry: ExecutionIndexEntry): Promise<void> {
  const { stateMachineArn, startedAt, name, fields = [] } = entry;
  if (fields.length === 0) return;
  await db.prepare(DELETE_FIELDS).bind(stateMachineArn, startedAt, name, JSON.stringify(fields)).run();
}

/** The version the index holds of that execution; undefined: it was never indexed. */
export async function findEntryVersion(db: D1Database, key: ExecutionIndexKey): Promise<number | undefined> {
  const row = await db
    .prepare(FIND_VERSION)
    .bind(key.stateMachineArn, key.startedAt, key.name)
    .first<{ version: number }>();
  return row?.version;
}

/** Newest first; undefined where the token is not one of this list's. */
export async function listEntries(
  db: D1Database,
  request: ExecutionListRequest,
): Promise<ExecutionListPage | undefined> {
  const scope: PageKey = ["executions", request.startedBy.arn, request.statusFilter ?? ""];
  const after = request.token === undefined ? [Number.MAX_SAFE_INTEGER, ""] : decodePageToken(scope, request.token);
  const [startedAt, name] = after ?? [];
  if (typeof startedAt !== "number" || typeof name !== "string") return undefined;
  const { startedBy, statusFilter, maxResults } = request;
  const values = [machineOfOwner(startedBy), startedAt, name, startedBy.arn, maxResults + 1];
  if (statusFilter !== undefined && scanOf(startedBy, statusFilter).leaves === "status") values.push(statusFilter);
  const { results } = await db
    .prepare(listStatement(startedBy, statusFilter))
    .bind(...values)
    .all<ExecutionRow>();
  const entries = results.slice(0, maxResults).map(entryOf);
  const last = entries.at(-1);
  if (results.length <= maxResults || last === undefined) return { entries };
  return { entries, nextToken: encodePageToken(scope, [last.startedAt, last.name]) };
}

export function entryOf(row: ExecutionRow): ExecutionIndexEntry {
  return {
    stateMachineArn: row.state_machine_arn,
    startedAt: row.started_at,
    name: row.name,
    executionArn: row.execution_arn,
    status: row.status,
    version: row.version,
    redriveCount: row.redrive_count,
    ...(row.redriven_at !== null && { redrivenAt: row.redriven_at }),
    ...(row.stopped_at !== null && { stoppedAt: row.stopped_at }),
    ...(row.state_machine_version_arn !== null && { stateMachineVersionArn: row.state_machine_version_arn }),
    ...(row.state_machine_alias_arn !== null && { stateMachineAliasArn: row.state_machine_alias_arn }),
  };
}
