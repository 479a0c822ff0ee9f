/**
 * Versions and aliases of state machines, in D1.
 *
 * V1. A version never changes, and its number is never given to another: numbers only grow, one at a time.
 * V2. A revision has at most one version, however many publish it at once.
 * V3. An alias leads only to versions that exist: a version that an alias leads to cannot be deleted.
 */
import { pageOf, type Page } from "./page.ts";
import type { StateMachineRecord } from "./registry.ts";

/** A state machine as it was when it was published. */
export interface VersionRecord extends StateMachineRecord {
  readonly version: number;
  readonly description?: string;
  /** Of the version; `createdAt` and `updatedAt` are the state machine's. */
  readonly publishedAt: number;
}

export interface Publication {
  readonly description: string | undefined;
  readonly at: number;
  /** How many versions the state machine may have. */
  readonly maxVersions: number;
  /** Together with the state machine's creation, and only if that creates it. */
  readonly isFirst?: boolean;
}

export interface PublishedVersion {
  readonly version: number;
  readonly publishedAt: number;
}

export interface Route {
  readonly version: number;
  /** Percent; those of an alias are 100 together. */
  readonly weight: number;
}

export interface AliasRecord {
  readonly stateMachineArn: string;
  readonly name: string;
  readonly description?: string;
  readonly routes: readonly Route[];
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** What an update may change; an absent member stays as it is. */
export interface AliasChange {
  readonly description?: string | undefined;
  readonly routes?: readonly Route[] | undefined;
}

interface VersionRow extends Omit<VersionRecord, "description"> {
  readonly description: string | null;
}

interface AliasRow extends Omit<AliasRecord, "description" | "routes"> {
  readonly description: string | null;
  readonly routing: string;
}

const ALIAS_COLUMNS =
  "state_machine_arn AS stateMachineArn, name, description, routing_configuration AS routing, created_at AS createdAt, updated_at AS updatedAt";

/** Of the revision ?2, which is the state machine's present one, and has no version yet. */
const IS_UNPUBLISHED = `arn = ?1 AND revision_id = ?2
    AND NOT EXISTS (SELECT 1 FROM state_machine_version v WHERE v.state_machine_arn = ?1 AND v.revision_id = ?2)
    AND (SELECT count(*) FROM state_machine_version v WHERE v.state_machine_arn = ?1) < ?5`;

/** Whether all versions of the routes ?3 exist. */
const ROUTES_EXIST = `NOT EXISTS (SELECT 1 FROM json_each(?3) route WHERE NOT EXISTS (
    SELECT 1 FROM state_machine_version v WHERE v.state_machine_arn = ?1 AND v.version = json_extract(route.value, '$.version')))`;

/** Whether the alias at hand leads to the version ?2. */
const LEADS_TO = `EXISTS (SELECT 1 FROM json_each(routing_configuration) route WHERE json_extract(route.value, '$.version') = ?2)`;

const insertVersion = (more = ""): string =>
  `INSERT INTO state_machine_version (state_machine_arn, version, description, definition, role_arn, revision_id,
      created_at, updated_at, logging_configuration, tracing_configuration, encryption_configuration)
    SELECT arn, last_version + 1, ?3, definition, role_arn, revision_id,
      ?4, updated_at, logging_configuration, tracing_configuration, encryption_configuration
    FROM state_machine WHERE ${IS_UNPUBLISHED} ${more}`;

const SQL = {
  insertVersion: insertVersion(),
  /** Of a state machine that was there already nothing is published, whatever became of its first version. */
  insertFirstVersion: insertVersion("AND created_published = 1 AND last_version = 0"),
  countVersion: `UPDATE state_machine SET last_version = last_version + 1 WHERE arn = ?1
    AND EXISTS (SELECT 1 FROM state_machine_version v WHERE v.state_machine_arn = ?1 AND v.version = last_version + 1)`,
  findPublished: `SELECT version, created_at AS publishedAt FROM state_machine_version WHERE state_machine_arn = ?1 AND revision_id = ?2`,
  findVersion: `SELECT v.version, v.description, v.created_at AS publishedAt, m.arn, m.name, m.type, m.status, v.definition,
      v.role_arn AS roleArn, v.revision_id AS revisionId, m.created_at AS createdAt, v.updated_at AS updatedAt,
      v.logging_configuration AS loggingConfiguration, v.tracing_configuration AS tracingConfiguration,
      v.encryption_configuration AS encryptionConfiguration, m.search_fields AS searchFields, m.redacted_paths AS redactedPaths
    FROM state_machine_version v JOIN state_machine m ON m.arn = v.state_machine_arn
    WHERE v.state_machine_arn = ?1 AND v.version = ?2`,
  listVersions: `SELECT version, created_at AS publishedAt FROM state_machine_version
    WHERE state_machine_arn = ?1 AND version < ?2 ORDER BY version DESC LIMIT ?3`,
  deleteVersion: `DELETE FROM state_machine_version WHERE state_machine_arn = ?1 AND version = ?2
    AND NOT EXISTS (SELECT 1 FROM state_machine_alias WHERE state_machine_arn = ?1 AND ${LEADS_TO})`,
  deleteVersions: `DELETE FROM state_machine_version WHERE state_machine_arn = ?1`,
  insertAlias: `INSERT INTO state_machine_alias (state_machine_arn, name, routing_configuration, description, created_at, updated_at)
    SELECT ?1, ?2, ?3, ?4, ?5, ?5 WHERE ${ROUTES_EXIST}
      AND (SELECT count(*) FROM state_machine_alias WHERE state_machine_arn = ?1) < ?6
    ON CONFLICT (state_machine_arn, name) DO NOTHING`,
  updateAlias: `UPDATE state_machine_alias SET routing_configuration = COALESCE(?3, routing_configuration),
      description = COALESCE(?4, description), updated_at = ?5
    WHERE state_machine_arn = ?1 AND name = ?2 AND (?3 IS NULL OR ${ROUTES_EXIST})`,
  findAlias: `SELECT ${ALIAS_COLUMNS} FROM state_machine_alias WHERE state_machine_arn = ?1 AND name = ?2`,
  listAliases: `SELECT ${ALIAS_COLUMNS} FROM state_machine_alias
    WHERE state_machine_arn = ?1 AND (?2 IS NULL OR ${LEADS_TO}) AND name > ?3 ORDER BY name LIMIT ?4`,
  deleteAlias: `DELETE FROM state_machine_alias WHERE state_machine_arn = ?1 AND name = ?2`,
  deleteAliases: `DELETE FROM state_machine_alias WHERE state_machine_arn = ?1`,
} as const;

/**
 * What publishes a revision, for a batch: run after whatever makes it the present one. The last statement's result is
 * read with `publishedOf`.
 */
export function publication(
  db: D1Database,
  stateMachineArn: string,
  revisionId: string,
  { description, at, maxVersions, isFirst = false }: Publication,
): D1PreparedStatement[] {
  const insert = isFirst ? SQL.insertFirstVersion : SQL.insertVersion;
  return [
    db.prepare(insert).bind(stateMachineArn, revisionId, description ?? null, at, maxVersions),
    db.prepare(SQL.countVersion).bind(stateMachineArn),
    db.prepare(SQL.findPublished).bind(stateMachineArn, revisionId),
  ];
}

/** The version of the revision, new or not; undefined: it is not the present revision, or there are too many versions. */
export function publishedOf(results: readonly D1Result[]): PublishedVersion | undefined {
  return results.at(-1)?.results[0] as PublishedVersion | undefined;
}

/** Publishes the revision if it is still the present one; see `publishedOf`. */
export async function publishVersion(
  db: D1Database,
  stateMachineArn: string,
  revisionId: string,
  given: Publication,
): Promise<PublishedVersion | undefined> {
  return publishedOf(await db.batch(publication(db, stateMachineArn, revisionId, given)));
}

export async function findVersion(
  db: D1Database,
  stateMachineArn: string,
  version: number,
): Promise<VersionRecord | undefined> {
  const row = await db.prepare(SQL.findVersion).bind(stateMachineArn, version).first<VersionRow>();
  if (row === null) return undefined;
  const { description, ...rest } = row;
  return { ...rest, ...(description !== null && { description }) };
}

/** Newest first, from below `beforeVersion` on. */
export async function listVersions(
  db: D1Database,
  stateMachineArn: string,
  beforeVersion: number,
  limit: number,
): Promise<Page<PublishedVersion>> {
  const { results } = await db
    .prepare(SQL.listVersions)
    .bind(stateMachineArn, beforeVersion, limit + 1)
    .all<PublishedVersion>();
  return pageOf(results, limit, (row) => String(row.version));
}

/** The names of the aliases that lead to it and so keep it; none: it is gone, or never was. */
export async function deleteVersion(
  db: D1Database,
  stateMachineArn: string,
  version: number,
): Promise<readonly string[]> {
  const results = await db.batch<AliasRow>([
    db.prepare(SQL.deleteVersion).bind(stateMachineArn, version),
    db.prepare(SQL.listAliases).bind(stateMachineArn, version, "", SHOWN_ALIASES),
  ]);
  return (results[1]?.results ?? []).map((row) => row.name);
}

/** Of those that keep a version from being deleted: more would only make the message longer. */
const SHOWN_ALIASES = 100;

/** What takes all versions and aliases of a state machine away, for a batch. */
export function deletionOfVersions(db: D1Database, stateMachineArn: string): D1PreparedStatement[] {
  return [SQL.deleteVersions, SQL.deleteAliases].map((sql) => db.prepare(sql).bind(stateMachineArn));
}

/** Whether this call created it; false: one of that name is there, a version is missing, or there are too many aliases. */
export async function createAlias(db: D1Database, alias: AliasRecord, maxAliases: number): Promise<boolean> {
  const { stateMachineArn, name, routes, description, createdAt } = alias;
  const result = await db
    .prepare(SQL.insertAlias)
    .bind(stateMachineArn, name, JSON.stringify(routes), description ?? null, createdAt, maxAliases)
    .run();
  return result.meta.changes > 0;
}

export async function findAlias(
  db: D1Database,
  stateMachineArn: string,
  name: string,
): Promise<AliasRecord | undefined> {
  const row = await db.prepare(SQL.findAlias).bind(stateMachineArn, name).first<AliasRow>();
  return row === null ? undefined : aliasOf(row);
}

/** By name; only those that lead to the version, where one is given. */
export async function listAliases(
  db: D1Database,
  stateMachineArn: string,
  version: number | undefined,
  afterName: string,
  limit: number,
): Promise<Page<AliasRecord>> {
  const { results } = await db
    .prepare(SQL.listAliases)
    .bind(stateMachineArn, version ?? null, afterName, limit + 1)
    .all<AliasRow>();
  return pageOf(results.map(aliasOf), limit, (alias) => alias.name);
}

/** Whether it was changed; false: there is none of that name, or a version is missing. */
export async function updateAlias(
  db: D1Database,
  stateMachineArn: string,
  name: string,
  { description, routes }: AliasChange,
  at: number,
): Promise<boolean> {
  const result = await db
    .prepare(SQL.updateAlias)
    .bind(stateMachineArn, name, routes === undefined ? null : JSON.stringify(routes), description ?? null, at)
    .run();
  return result.meta.changes > 0;
}

/** Whether there was one to delete. */
export async function deleteAlias(db: D1Database, stateMachineArn: string, name: string): Promise<boolean> {
  const result = await db.prepare(SQL.deleteAlias).bind(stateMachineArn, name).run();
  return result.meta.changes > 0;
}

function aliasOf({ description, routing, ...rest }: AliasRow): AliasRecord {
  return { ...rest, routes: JSON.parse(routing) as readonly Route[], ...(description !== null && { description }) };
}
