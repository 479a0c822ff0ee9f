/**
 * Webhooks that come in, in D1: who may put what, by a signature.
 *
 * H1. Secrets lie here sealed, and are opened only to check a signature.
 */
import { pageOf, type Page } from "../page.ts";
import { forgetReads, readRecently } from "../recent-reads.ts";
import type { Sealer } from "../sealing.ts";
import type { SignatureScheme } from "./signature.ts";

/** What a request that is signed well does. */
export type HookAction =
  | { readonly stateMachineArn: string }
  /** Puts an event whose detail is the body. */
  | { readonly event: HookEvent };

export interface HookEvent {
  readonly source: string;
  /** The header that names the detail type wins, where it comes. */
  readonly detailType: string;
  readonly detailTypeHeader?: string;
  readonly eventBusName: string;
}

export type Hook = {
  readonly name: string;
  readonly signature: SignatureScheme;
  /** The header by which a sender names a delivery, so that one that comes twice counts once. */
  readonly idHeader?: string;
  readonly createdAt: number;
  readonly updatedAt: number;
} & HookAction;

/** With its secret; undefined: it was sealed by a key that SECRET_KEYS does not have any more. */
export type OpenHook = Hook & { readonly secret: string | undefined };

interface HookRow {
  readonly name: string;
  readonly hook: string;
  readonly sealed: string;
  readonly createdAt: number;
}

const COLUMNS = "name, hook, created_at AS createdAt";
const FIND = `SELECT ${COLUMNS}, sealed FROM hook WHERE name = ?1`;
const LIST = `SELECT ${COLUMNS} FROM hook WHERE name > ?1 ORDER BY name LIMIT ?2`;
const PUT = `INSERT INTO hook (name, hook, sealed, created_at) VALUES (?1, ?2, ?3, ?4)
  ON CONFLICT (name) DO UPDATE SET hook = excluded.hook, sealed = excluded.sealed
  RETURNING ${COLUMNS}`;

export async function findHook(db: D1Database, sealer: Sealer, name: string): Promise<OpenHook | undefined> {
  const row = await db.prepare(FIND).bind(name).first<HookRow>();
  return row === null ? undefined : { ...hookOf(row), secret: sealer.open(row.sealed, "hook") };
}

/** As it was up to a few seconds ago. */
export async function recentHook(
  db: D1Database,
  sealer: Sealer,
  name: string,
  now: number,
): Promise<OpenHook | undefined> {
  return readRecently(db, now, `hook ${name}`, () => findHook(db, sealer, name));
}

export async function listHooks(db: D1Database, afterName: string, limit: number): Promise<Page<Hook>> {
  const { results } = await db
    .prepare(LIST)
    .bind(afterName, limit + 1)
    .all<HookRow>();
  return pageOf(results.map(hookOf), limit, ({ name }) => name);
}

export async function putHook(
  db: D1Database,
  sealer: Sealer,
  { name, createdAt, ...hook }: Hook,
  secret: string,
): Promise<Hook> {
  const row = await db
    .prepare(PUT)
    .bind(name, JSON.stringify(hook), sealer.seal(secret, "hook"), createdAt)
    .first<HookRow>();
  forgetReads(db);
  return row === null ? { ...hook, name, createdAt } : hookOf(row);
}

/** Whether there was one to delete. */
export async function deleteHook(db: D1Database, name: string): Promise<boolean> {
  const result = await db.prepare("DELETE FROM hook WHERE name = ?1").bind(name).run();
  forgetReads(db);
  return result.meta.changes > 0;
}

function hookOf({ name, hook, createdAt }: HookRow): Hook {
  return { ...(JSON.parse(hook) as Omit<Hook, "name" | "createdAt">), name, createdAt } as Hook;
}
