/**
 * Connections in D1: how requests to others are authorized. Tasks name them; no definition, history or answer holds what they hold.
 *
 * C1. Secrets lie in D1 sealed, and are opened only to make a request's headers.
 */
import { pageOf, type Page } from "../page.ts";
import type { Sealer } from "../sealing.ts";

/** What is shown again. EventBridge's words for its connections. */
export type ConnectionShown =
  | { readonly authorizationType: "BASIC"; readonly username: string }
  /** The header's name. */
  | { readonly authorizationType: "API_KEY"; readonly apiKeyName: string }
  | {
      readonly authorizationType: "OAUTH_CLIENT_CREDENTIALS";
      readonly authorizationEndpoint: string;
      readonly clientId: string;
      readonly scope?: string;
    };

export interface ConnectionRecord {
  readonly name: string;
  readonly shown: ConnectionShown;
  readonly createdAt: number;
  /** Moves with each change, also of the secret alone. */
  readonly updatedAt: number;
}

/** With its secret: a password, an API key's value, an OAuth client's secret. */
export interface OpenConnection extends ConnectionRecord {
  /** undefined: it was sealed by a key that SECRET_KEYS does not have any more. */
  readonly secret: string | undefined;
}

interface ConnectionRow {
  readonly name: string;
  readonly shown: string;
  readonly sealed: string;
  readonly createdAt: number;
  readonly updatedAt: number;
}

const COLUMNS = "name, shown, created_at AS createdAt, updated_at AS updatedAt";
const FIND = `SELECT ${COLUMNS}, sealed FROM connection WHERE name = ?1`;
const LIST = `SELECT ${COLUMNS} FROM connection WHERE name > ?1 ORDER BY name LIMIT ?2`;
const PUT = `INSERT INTO connection (name, shown, sealed, created_at, updated_at) VALUES (?1, ?2, ?3, ?4, ?4)
  ON CONFLICT (name) DO UPDATE SET shown = excluded.shown, sealed = excluded.sealed, updated_at = excluded.updated_at
  RETURNING ${COLUMNS}`;

export async function findConnection(
  db: D1Database,
  sealer: Sealer,
  name: string,
): Promise<OpenConnection | undefined> {
  const row = await db.prepare(FIND).bind(name).first<ConnectionRow>();
  return row === null ? undefined : { ...recordOf(row), secret: sealer.open(row.sealed, "connection") };
}

export async function listConnections(
  db: D1Database,
  afterName: string,
  limit: number,
): Promise<Page<ConnectionRecord>> {
  const { results } = await db
    .prepare(LIST)
    .bind(afterName, limit + 1)
    .all<ConnectionRow>();
  return pageOf(results.map(recordOf), limit, (record) => record.name);
}

/** Makes it or replaces all of it; answers what is stored then. @param at epoch milliseconds */
export async function putConnection(
  db: D1Database,
  sealer: Sealer,
  {
    name,
    shown,
    secret,
    at,
  }: { readonly name: string; readonly shown: ConnectionShown; readonly secret: string; readonly at: number },
): Promise<ConnectionRecord> {
  const row = await db
    .prepare(PUT)
    .bind(name, JSON.stringify(shown), sealer.seal(secret, "connection"), at)
    .first<ConnectionRow>();
  return row === null ? { name, shown, createdAt: at, updatedAt: at } : recordOf(row);
}

/** Whether there was one to delete. */
export async function deleteConnection(db: D1Database, name: string): Promise<boolean> {
  const result = await db.prepare("DELETE FROM connection WHERE name = ?1").bind(name).run();
  return result.meta.changes > 0;
}

function recordOf({ name, shown, createdAt, updatedAt }: ConnectionRow): ConnectionRecord {
  return { name, shown: JSON.parse(shown) as ConnectionShown, createdAt, updatedAt };
}
