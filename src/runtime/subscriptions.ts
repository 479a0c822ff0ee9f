/**
 * Subscriptions in D1: who hears of executions' changes of status, and of which.
 *
 * S1. A secret lies here sealed, and is read only by who signs with it; no list and no message of a queue carries it.
 */
import type { ExecutionStatus } from "./execution-rpc.ts";
import { pageOf, type Page } from "./page.ts";
import type { Sealer } from "./sealing.ts";
import { openSecret } from "./webhook.ts";

export type SubscriptionTarget =
  /** A webhook. */
  | { readonly url: string }
  /** The name of a queue's binding. */
  | { readonly queue: string };

/** What is absent excludes nothing. */
export interface SubscriptionFilter {
  readonly stateMachineArns?: readonly string[];
  readonly statuses?: readonly ExecutionStatus[];
}

export interface Subscription {
  readonly name: string;
  readonly target: SubscriptionTarget;
  readonly filter: SubscriptionFilter;
  readonly createdAt: number;
}

interface SubscriptionRow {
  readonly name: string;
  readonly target: string;
  readonly filter: string;
  readonly secret: string | null;
  readonly createdAt: number;
}

/** Every batch of status changes reads all of them. */
export const MAX_SUBSCRIPTIONS = 100;

const COLUMNS = "name, target, filter, created_at AS createdAt";
const ALL = `SELECT ${COLUMNS} FROM subscription ORDER BY name LIMIT ${MAX_SUBSCRIPTIONS}`;
const LIST = `SELECT ${COLUMNS} FROM subscription WHERE name > ?1 ORDER BY name LIMIT ?2`;
const FIND = `SELECT ${COLUMNS}, secret FROM subscription WHERE name = ?1`;
const PUT = `INSERT INTO subscription (name, target, filter, secret, created_at)
  SELECT ?1, ?2, ?3, ?4, ?5
  WHERE EXISTS (SELECT 1 FROM subscription WHERE name = ?1)
    OR (SELECT COUNT(*) FROM subscription) < ${MAX_SUBSCRIPTIONS}
  ON CONFLICT (name) DO UPDATE SET target = excluded.target, filter = excluded.filter, secret = excluded.secret
  RETURNING ${COLUMNS}`;

/** Reads all, as part of somebody's transaction. */
export function readSubscriptions(db: D1Database): D1PreparedStatement {
  return db.prepare(ALL);
}

/** What `readSubscriptions` gave. */
export function subscriptionsIn(result: D1Result | undefined): readonly Subscription[] {
  return ((result?.results ?? []) as SubscriptionRow[]).map(subscriptionOf);
}

/** With its secret, which a queue has none of, nor a webhook whose secret no key opens any more. */
export async function findSubscription(
  db: D1Database,
  sealer: Sealer,
  name: string,
): Promise<(Subscription & { readonly secret?: string }) | undefined> {
  const row = await db.prepare(FIND).bind(name).first<SubscriptionRow>();
  if (row === null) return undefined;
  const secret = row.secret === null ? undefined : openSecret(sealer, row.secret);
  return { ...subscriptionOf(row), ...(secret !== undefined && { secret }) };
}

export async function listSubscriptions(db: D1Database, afterName: string, limit: number): Promise<Page<Subscription>> {
  const { results } = await db
    .prepare(LIST)
    .bind(afterName, limit + 1)
    .all<SubscriptionRow>();
  return pageOf(results.map(subscriptionOf), limit, (subscription) => subscription.name);
}

/** Undefined: there are as many as there may be. */
export async function putSubscription(
  db: D1Database,
  sealer: Sealer,
  { name, target, filter, createdAt }: Subscription,
  secret: string | undefined,
): Promise<Subscription | undefined> {
  const sealed = secret === undefined ? null : sealer.seal(secret, "webhook");
  const values = [name, JSON.stringify(target), JSON.stringify(filter), sealed, createdAt];
  const row = await db
    .prepare(PUT)
    .bind(...values)
    .first<SubscriptionRow>();
  return row === null ? undefined : subscriptionOf(row);
}

/** Whether there was one to delete. */
export async function deleteSubscription(db: D1Database, name: string): Promise<boolean> {
  const result = await db.prepare("DELETE FROM subscription WHERE name = ?1").bind(name).run();
  return result.meta.changes > 0;
}

/** Whether the subscriber wants to hear of such a change. */
export function isWanted(
  { stateMachineArns, statuses }: SubscriptionFilter,
  change: { readonly stateMachineArn: string; readonly status: ExecutionStatus },
): boolean {
  const isOf = stateMachineArns === undefined || stateMachineArns.includes(change.stateMachineArn);
  return isOf && (statuses === undefined || statuses.includes(change.status));
}

function subscriptionOf(row: SubscriptionRow): Subscription {
  return {
    name: row.name,
    target: JSON.parse(row.target) as SubscriptionTarget,
    filter: JSON.parse(row.filter) as SubscriptionFilter,
    createdAt: row.createdAt,
  };
}
