/**
 * The index of executions in D1: what ListExecutions reads.
 *
 * X1. A row moves only forwards: an entry with a version not higher than the stored one changes nothing.
 * X2. A page continues after the last key seen, so executions that start meanwhile do not shift it.
 */
import type { StateFailure } from "../asl/error-names.ts";
import type { ExecutionStatus } from "./execution-rpc.ts";
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
  /** Written beside the entry, and not read back with it. */
  readonly fields?: readonly FieldValue[];
  /** How it failed, for subscribers; not written. */
  readonly failure?: StateFailure;
  /** It began and ended at once, and no entry told of its beginning; for subscribers, not written. */
  readonly wasBrief?: true;
}

/** What executions are listed of. Those of a state machine are all of it, its versions' and aliases' included. */
export interface ExecutionOwner {
  readonly kind: "machine" | "version" | "alias";
  readonly arn: string;
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
    state_machine_version_arn, state_machine_alias_arn, redrive_count, redriven_at)
  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
  ON CONFLICT (state_machine_arn, started_at, name) DO UPDATE SET status = excluded.status, stopped_at = excluded.stopped_at,
    version = excluded.version, redrive_count = excluded.redrive_count, redriven_at = excluded.redriven_at
  WHERE excluded.version > execution_index.version`;

/** A value that is there already costs nothing. */
const INSERT_FIELDS = `INSERT INTO execution_field (state_machine_arn, field, value, started_at, name)
  SELECT ?1, json_extract(value, '$.name'), json_extract(value, '$.value'), ?2, ?3 FROM json_each(?4) WHERE true
  ON CONFLICT DO NOTHING`;

const FIND_VERSION =
  "SELECT version FROM execution_index WHERE state_machine_arn = ?1 AND started_at = ?2 AND name = ?3";

export const COLUMNS: string = `state_machine_arn, started_at, name, execution_arn, status, stopped_at, version,
    state_machine_version_arn, state_machine_alias_arn, redrive_count, redriven_at`;
export const OWNER_COLUMNS: Readonly<Record<ExecutionOwner["kind"], string>> = {
  machine: "state_machine_arn",
  version: "state_machine_version_arn",
  alias: "state_machine_alias_arn",
};

/** Along the primary key or one of the indexes, whichever has the owner's executions in the list's order. */
function listStatement({ kind }: ExecutionOwner, status: ExecutionStatus | undefined): string {
  const owner = OWNER_COLUMNS[kind];
  // Left to itself SQLite takes the primary key, and reads every execution that ended on the way.
  const index = kind === "machine" && status === "RUNNING" ? "INDEXED BY execution_index_running" : "";
  // Spelt out for that index, which is only of those that run.
  const filter = status === undefined ? "" : status === "RUNNING" ? "AND status = 'RUNNING'" : "AND status = ?5";
  return `SELECT ${COLUMNS} FROM execution_index ${index}
    WHERE ${owner} = ?1 AND started_at <= ?2 AND (started_at < ?2 OR name > ?3) ${filter}
    ORDER BY ${owner}, started_at DESC, name LIMIT ?4`;
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
  const values = [startedBy.arn, startedAt, name, maxResults + 1];
  if (statusFilter !== undefined && statusFilter !== "RUNNING") values.push(statusFilter);
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
