/**
 * Keys in D1: who may call the API.
 *
 * K1. A secret leaves this file only to whoever checks a request by it; no list carries it.
 * K2. The keys of one name are one user's. Two of them live at a time, so that one can be changed for another without a gap.
 */
import { pageOf, type Page } from "./page.ts";

export interface AccessKeyRecord {
  readonly id: string;
  /** Whose it is. */
  readonly name: string;
  readonly kind: "access" | "bearer";
  /** The name of a ready-made policy, or a policy's JSON. */
  readonly policy: string;
  /** Epoch milliseconds, as all of them. */
  readonly createdAt: number;
  readonly expiresAt: number | null;
  readonly disabledAt: number | null;
  /** To the hour: a call does not write. */
  readonly lastUsedAt: number | null;
}

export interface StoredKey extends AccessKeyRecord {
  /** An access key's is sealed, of a bearer key it is the hash. */
  readonly secret: string;
}

/** What may be changed. */
export interface KeyChange {
  readonly policy?: string;
  readonly expiresAt?: number | null;
  readonly disabledAt?: number | null;
}

export const MAX_LIVE_KEYS = 2;

const COLUMNS = `id, name, kind, policy, created_at AS createdAt, expires_at AS expiresAt, disabled_at AS disabledAt,
  last_used_at AS lastUsedAt`;
const FIND = `SELECT ${COLUMNS}, secret FROM access_key WHERE id = ?1 AND account_id = ?2`;
const LIST = `SELECT ${COLUMNS} FROM access_key WHERE id > ?1 AND account_id = ?2 ORDER BY id LIMIT ?3`;
const INSERT = `INSERT INTO access_key (id, account_id, name, kind, policy, secret, created_at, expires_at)
  SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8
  WHERE (SELECT COUNT(*) FROM access_key WHERE account_id = ?2 AND name = ?3 AND disabled_at IS NULL
    AND (expires_at IS NULL OR expires_at > ?7)) < ${MAX_LIVE_KEYS}
  RETURNING ${COLUMNS}`;
const CHANGE = `UPDATE access_key SET policy = COALESCE(?3, policy), expires_at = IIF(?4, ?5, expires_at),
  disabled_at = IIF(?6, ?7, disabled_at) WHERE id = ?1 AND account_id = ?2 RETURNING ${COLUMNS}`;
const RETIRE = `UPDATE access_key SET expires_at = MIN(COALESCE(expires_at, ?3), ?3) WHERE id = ?1 AND account_id = ?2
  AND EXISTS (SELECT 1 FROM access_key WHERE id = ?4)`;
const NOTE_USE = "UPDATE access_key SET last_used_at = ?2 WHERE id = ?1";

export async function findAccessKey(db: D1Database, accountId: string, id: string): Promise<StoredKey | undefined> {
  return (await db.prepare(FIND).bind(id, accountId).first<StoredKey>()) ?? undefined;
}

export async function listAccessKeys(
  db: D1Database,
  accountId: string,
  afterId: string,
  limit: number,
): Promise<Page<AccessKeyRecord>> {
  const { results } = await db
    .prepare(LIST)
    .bind(afterId, accountId, limit + 1)
    .all<AccessKeyRecord>();
  return pageOf(results, limit, ({ id }) => id);
}

export type NewKey = Pick<StoredKey, "id" | "name" | "kind" | "policy" | "secret" | "createdAt" | "expiresAt">;

/** Undefined: the name has as many live keys as it may have. */
export async function createAccessKey(
  db: D1Database,
  accountId: string,
  key: NewKey,
): Promise<AccessKeyRecord | undefined> {
  return (await inserting(db, accountId, key).first<AccessKeyRecord>()) ?? undefined;
}

/** Makes the key, and lets the one it replaces expire then. Undefined: as above; then nothing expires. */
export async function replaceAccessKey(
  db: D1Database,
  accountId: string,
  key: NewKey,
  replaced: { readonly id: string; readonly expiresAt: number },
): Promise<AccessKeyRecord | undefined> {
  const retire = db.prepare(RETIRE).bind(replaced.id, accountId, replaced.expiresAt, key.id);
  const [made] = await db.batch<AccessKeyRecord>([inserting(db, accountId, key), retire]);
  return made?.results[0];
}

/** Undefined: there is no such key. */
export async function changeAccessKey(
  db: D1Database,
  accountId: string,
  id: string,
  { policy, expiresAt, disabledAt }: KeyChange,
): Promise<AccessKeyRecord | undefined> {
  const expiry = [expiresAt === undefined ? 0 : 1, expiresAt ?? null];
  const disabling = [disabledAt === undefined ? 0 : 1, disabledAt ?? null];
  const values = [id, accountId, policy ?? null, ...expiry, ...disabling];
  const row = await db
    .prepare(CHANGE)
    .bind(...values)
    .first<AccessKeyRecord>();
  return row ?? undefined;
}

/** Whether there was one to delete. */
export async function deleteAccessKey(db: D1Database, accountId: string, id: string): Promise<boolean> {
  const sql = "DELETE FROM access_key WHERE id = ?1 AND account_id = ?2";
  const { meta } = await db.prepare(sql).bind(id, accountId).run();
  return meta.changes > 0;
}

export async function noteKeyUse(db: D1Database, id: string, at: number): Promise<void> {
  await db.prepare(NOTE_USE).bind(id, at).run();
}

function inserting(db: D1Database, accountId: string, key: NewKey): D1PreparedStatement {
  const { id, name, kind, policy, secret, createdAt, expiresAt } = key;
  return db.prepare(INSERT).bind(id, accountId, name, kind, policy, secret, createdAt, expiresAt);
}
