/**
 * The catalogue in D1: state machines, activities, their tags, and functions.
 *
 * G1. A create never overwrites: of two at once, one row stays, and both callers read that one.
 * G2. Lists go by primary key and continue after the last key seen.
 */

import { pageOf, type Page } from "./page.ts";

/** The revision of a state machine that was never changed; AWS shows no revisionId for it. */
export const INITIAL_REVISION = "INITIAL";

export type StateMachineType = "STANDARD" | "EXPRESS";

/** The configurations are JSON text, in the API's own member names. */
export interface StateMachineRecord {
  readonly arn: string;
  readonly name: string;
  readonly type: StateMachineType;
  readonly definition: string;
  readonly roleArn: string;
  readonly revisionId: string;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly status: "ACTIVE" | "DELETING";
  readonly loggingConfiguration: string;
  readonly tracingConfiguration: string;
  readonly encryptionConfiguration: string;
  /** See search-fields; null or absent: there are none. */
  readonly searchFields?: string | null;
  /** See redaction; null or absent: nothing is hidden. */
  readonly redactedPaths?: string | null;
}

/** What CreateStateMachine was asked for beside the state machine; a repeated request must ask for the same. */
export interface CreationRequest {
  readonly publish: boolean;
  readonly versionDescription: string | undefined;
}

/** What an update may change; an absent member stays as it is. */
export interface StateMachineChange {
  readonly definition?: string | undefined;
  readonly roleArn?: string | undefined;
  readonly loggingConfiguration?: string | undefined;
  readonly tracingConfiguration?: string | undefined;
  readonly encryptionConfiguration?: string | undefined;
}

export interface ActivityRecord {
  readonly arn: string;
  readonly name: string;
  readonly createdAt: number;
  readonly encryptionConfiguration: string;
}

export interface Tag {
  readonly key: string;
  readonly value: string;
}

export type FunctionTarget =
  /** With the name of the connection that authorizes its calls, if any. */
  { readonly url: string; readonly connection?: string } | { readonly service: string };

export interface FunctionRecord {
  readonly name: string;
  readonly target: FunctionTarget;
  readonly createdAt: number;
}

interface FunctionRow {
  readonly name: string;
  readonly target: string;
  readonly createdAt: number;
}

const STATE_MACHINE_COLUMNS =
  "arn, name, type, definition, role_arn AS roleArn, revision_id AS revisionId, created_at AS createdAt, updated_at AS updatedAt, status, " +
  "logging_configuration AS loggingConfiguration, tracing_configuration AS tracingConfiguration, encryption_configuration AS encryptionConfiguration";
const ACTIVITY_COLUMNS = "arn, name, created_at AS createdAt, encryption_configuration AS encryptionConfiguration";
const FUNCTION_COLUMNS = "name, target, created_at AS createdAt";

const SQL = {
  insertStateMachine: `INSERT INTO state_machine (arn, name, type, definition, role_arn, revision_id, created_at, updated_at, status,
      logging_configuration, tracing_configuration, encryption_configuration, created_published, created_version_description)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14) ON CONFLICT (arn) DO NOTHING`,
  findStateMachine: `SELECT ${STATE_MACHINE_COLUMNS}, search_fields AS searchFields,
      redacted_paths AS redactedPaths FROM state_machine WHERE arn = ?1`,
  findCreationRequest: `SELECT created_published AS publish, created_version_description AS versionDescription FROM state_machine WHERE arn = ?1`,
  updateStateMachine: `UPDATE state_machine SET definition = COALESCE(?2, definition), role_arn = COALESCE(?3, role_arn),
      logging_configuration = COALESCE(?4, logging_configuration), tracing_configuration = COALESCE(?5, tracing_configuration),
      encryption_configuration = COALESCE(?6, encryption_configuration), revision_id = ?7, updated_at = ?8
    WHERE arn = ?1`,
  setSearchFields: `UPDATE state_machine SET search_fields = ?2 WHERE arn = ?1`,
  setRedactedPaths: `UPDATE state_machine SET redacted_paths = ?2 WHERE arn = ?1`,
  listStateMachines: `SELECT arn, name, type, created_at AS createdAt FROM state_machine WHERE arn > ?1 ORDER BY arn LIMIT ?2`,
  deleteStateMachine: `DELETE FROM state_machine WHERE arn = ?1`,
  insertActivity: `INSERT INTO activity (arn, name, created_at, encryption_configuration) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (arn) DO NOTHING`,
  findActivity: `SELECT ${ACTIVITY_COLUMNS} FROM activity WHERE arn = ?1`,
  countOtherStateMachines: `SELECT count(*) AS n FROM (SELECT 1 FROM state_machine WHERE arn <> ?1 LIMIT ?2)`,
  countOtherActivities: `SELECT count(*) AS n FROM (SELECT 1 FROM activity WHERE arn <> ?1 LIMIT ?2)`,
  listActivities: `SELECT ${ACTIVITY_COLUMNS} FROM activity WHERE arn > ?1 ORDER BY arn LIMIT ?2`,
  deleteActivity: `DELETE FROM activity WHERE arn = ?1`,
  /** Only for a resource that is about to be created: one that exists keeps its tags. */
  insertTagsOfNew: `INSERT INTO tag (resource_arn, key, value)
    SELECT ?1, json_extract(value, '$.key'), json_extract(value, '$.value') FROM json_each(?2)
    WHERE NOT EXISTS (SELECT 1 FROM state_machine WHERE arn = ?1) AND NOT EXISTS (SELECT 1 FROM activity WHERE arn = ?1)
    ON CONFLICT (resource_arn, key) DO UPDATE SET value = excluded.value`,
  putTags: `INSERT INTO tag (resource_arn, key, value)
    SELECT ?1, json_extract(value, '$.key'), json_extract(value, '$.value') FROM json_each(?2) WHERE true
    ON CONFLICT (resource_arn, key) DO UPDATE SET value = excluded.value`,
  listTags: `SELECT key, value FROM tag WHERE resource_arn = ?1 ORDER BY key`,
  deleteTags: `DELETE FROM tag WHERE resource_arn = ?1 AND key IN (SELECT value FROM json_each(?2))`,
  deleteAllTags: `DELETE FROM tag WHERE resource_arn = ?1`,
  putFunction: `INSERT INTO function (name, target, created_at) VALUES (?1, ?2, ?3)
    ON CONFLICT (name) DO UPDATE SET target = excluded.target RETURNING ${FUNCTION_COLUMNS}`,
  findFunction: `SELECT ${FUNCTION_COLUMNS} FROM function WHERE name = ?1`,
  listFunctions: `SELECT ${FUNCTION_COLUMNS} FROM function WHERE name > ?1 ORDER BY name LIMIT ?2`,
  deleteFunction: `DELETE FROM function WHERE name = ?1`,
} as const;

/**
 * Whether this call created it; false: a state machine of that ARN was there already and stays as it is.
 * @param also run in the same transaction, when the state machine is there
 */
export async function createStateMachine(
  db: D1Database,
  record: StateMachineRecord,
  request: CreationRequest,
  tags: readonly Tag[],
  also: readonly D1PreparedStatement[] = [],
): Promise<boolean> {
  const insert = db
    .prepare(SQL.insertStateMachine)
    .bind(
      record.arn,
      record.name,
      record.type,
      record.definition,
      record.roleArn,
      record.revisionId,
      record.createdAt,
      record.updatedAt,
      record.status,
      record.loggingConfiguration,
      record.tracingConfiguration,
      record.encryptionConfiguration,
      request.publish ? 1 : 0,
      request.versionDescription ?? null,
    );
  return insertTagged(db, record.arn, insert, tags, also);
}

export async function findCreationRequest(db: D1Database, arn: string): Promise<CreationRequest | undefined> {
  const row = await db
    .prepare(SQL.findCreationRequest)
    .bind(arn)
    .first<{ readonly publish: number; readonly versionDescription: string | null }>();
  return row === null
    ? undefined
    : { publish: row.publish === 1, versionDescription: row.versionDescription ?? undefined };
}

export async function findStateMachine(db: D1Database, arn: string): Promise<StateMachineRecord | undefined> {
  const row = await db.prepare(SQL.findStateMachine).bind(arn).first<StateMachineRecord>();
  return row ?? undefined;
}

/**
 * Whether there was one to change, and the results of `also`.
 * @param also run in the same transaction, after the change
 */
export async function updateStateMachine(
  db: D1Database,
  arn: string,
  change: StateMachineChange,
  revisionId: string,
  updatedAt: number,
  also: readonly D1PreparedStatement[] = [],
): Promise<{ readonly wasThere: boolean; readonly results: readonly D1Result[] }> {
  const update = db
    .prepare(SQL.updateStateMachine)
    .bind(
      arn,
      change.definition ?? null,
      change.roleArn ?? null,
      change.loggingConfiguration ?? null,
      change.tracingConfiguration ?? null,
      change.encryptionConfiguration ?? null,
      revisionId,
      updatedAt,
    );
  const [updated, ...results] = await db.batch([update, ...also]);
  return { wasThere: (updated?.meta.changes ?? 0) > 0, results };
}

/** Whether there is such a state machine. @param fields null: none */
export async function setSearchFields(db: D1Database, arn: string, fields: string | null): Promise<boolean> {
  const result = await db.prepare(SQL.setSearchFields).bind(arn, fields).run();
  return result.meta.changes > 0;
}

/** Whether there is such a state machine. @param paths null: nothing is hidden */
export async function setRedactedPaths(db: D1Database, arn: string, paths: string | null): Promise<boolean> {
  const result = await db.prepare(SQL.setRedactedPaths).bind(arn, paths).run();
  return result.meta.changes > 0;
}

export type StateMachineListItem = Pick<StateMachineRecord, "arn" | "name" | "type" | "createdAt">;

/** By ARN, which is by name where account and region never changed. */
export async function listStateMachines(
  db: D1Database,
  afterArn: string,
  limit: number,
): Promise<Page<StateMachineListItem>> {
  const { results } = await db
    .prepare(SQL.listStateMachines)
    .bind(afterArn, limit + 1)
    .all<StateMachineListItem>();
  return pageOf(results, limit, (row) => row.arn);
}

/** Deletes it with its tags; one that does not exist is no error. @param also run in the same transaction */
export async function deleteStateMachine(
  db: D1Database,
  arn: string,
  also: readonly D1PreparedStatement[],
): Promise<void> {
  await db.batch([db.prepare(SQL.deleteStateMachine).bind(arn), db.prepare(SQL.deleteAllTags).bind(arn), ...also]);
}

/** Whether this call created it. */
export async function createActivity(db: D1Database, record: ActivityRecord, tags: readonly Tag[]): Promise<boolean> {
  const insert = db
    .prepare(SQL.insertActivity)
    .bind(record.arn, record.name, record.createdAt, record.encryptionConfiguration);
  return insertTagged(db, record.arn, insert, tags);
}

export async function findActivity(db: D1Database, arn: string): Promise<ActivityRecord | undefined> {
  const row = await db.prepare(SQL.findActivity).bind(arn).first<ActivityRecord>();
  return row ?? undefined;
}

export async function listActivities(db: D1Database, afterArn: string, limit: number): Promise<Page<ActivityRecord>> {
  const { results } = await db
    .prepare(SQL.listActivities)
    .bind(afterArn, limit + 1)
    .all<ActivityRecord>();
  return pageOf(results, limit, (row) => row.arn);
}

/** Deletes it with its tags; one that does not exist is no error. */
export async function deleteActivity(db: D1Database, arn: string): Promise<void> {
  await db.batch([db.prepare(SQL.deleteActivity).bind(arn), db.prepare(SQL.deleteAllTags).bind(arn)]);
}

export async function listTags(db: D1Database, resourceArn: string): Promise<readonly Tag[]> {
  const { results } = await db.prepare(SQL.listTags).bind(resourceArn).all<Tag>();
  return results;
}

/** Whether there are so many others of its kind already: so many rows are read. */
export async function hasSoManyOthers(
  db: D1Database,
  kind: "state machine" | "activity",
  arn: string,
  limit: number,
): Promise<boolean> {
  const sql = kind === "state machine" ? SQL.countOtherStateMachines : SQL.countOtherActivities;
  const row = await db.prepare(sql).bind(arn, limit).first<{ readonly n: number }>();
  return (row?.n ?? 0) >= limit;
}

/** Adds the tags; a key that is there takes the new value. */
export async function putTags(db: D1Database, resourceArn: string, tags: readonly Tag[]): Promise<void> {
  await db.prepare(SQL.putTags).bind(resourceArn, JSON.stringify(tags)).run();
}

export async function deleteTags(db: D1Database, resourceArn: string, keys: readonly string[]): Promise<void> {
  await db.prepare(SQL.deleteTags).bind(resourceArn, JSON.stringify(keys)).run();
}

/** Registers a function or gives it another target; answers what is stored then. */
export async function putFunction(
  db: D1Database,
  name: string,
  target: FunctionTarget,
  at: number,
): Promise<FunctionRecord> {
  const row = await db.prepare(SQL.putFunction).bind(name, JSON.stringify(target), at).first<FunctionRow>();
  return row === null ? { name, target, createdAt: at } : functionOf(row);
}

export async function findFunction(db: D1Database, name: string): Promise<FunctionRecord | undefined> {
  const row = await db.prepare(SQL.findFunction).bind(name).first<FunctionRow>();
  return row === null ? undefined : functionOf(row);
}

export async function listFunctions(db: D1Database, afterName: string, limit: number): Promise<Page<FunctionRecord>> {
  const { results } = await db
    .prepare(SQL.listFunctions)
    .bind(afterName, limit + 1)
    .all<FunctionRow>();
  return pageOf(results.map(functionOf), limit, (record) => record.name);
}

/** Whether there was one to delete. */
export async function deleteFunction(db: D1Database, name: string): Promise<boolean> {
  const result = await db.prepare(SQL.deleteFunction).bind(name).run();
  return result.meta.changes > 0;
}

/** In one transaction; the tags go first, as they are meant only for a resource that is not there yet. */
async function insertTagged(
  db: D1Database,
  arn: string,
  insert: D1PreparedStatement,
  tags: readonly Tag[],
  also: readonly D1PreparedStatement[] = [],
): Promise<boolean> {
  const before = tags.length === 0 ? [] : [db.prepare(SQL.insertTagsOfNew).bind(arn, JSON.stringify(tags))];
  const results = await db.batch([...before, insert, ...also]);
  return (results[before.length]?.meta.changes ?? 0) > 0;
}

function functionOf(row: FunctionRow): FunctionRecord {
  return { name: row.name, target: JSON.parse(row.target) as FunctionTarget, createdAt: row.createdAt };
}
