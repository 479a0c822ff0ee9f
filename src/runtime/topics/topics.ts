/**
 * Topics in D1, and who hears of what is published on them.
 *
 * T1. A secret lies here sealed, and is read only by who signs with it.
 */
import type { ArnConfig } from "../arn.ts";
import { pageOf, type Page } from "../page.ts";
import type { Sealer } from "../sealing.ts";
import { openSecret } from "../webhook.ts";
import type { FilterPolicy, FilterPolicyScope } from "./filter-policy.ts";

export interface Topic {
  readonly name: string;
  readonly createdAt: number;
}

export type TopicTarget =
  /** A webhook. */
  | { readonly url: string }
  /** A queue, a function, by their names. */
  | { readonly queue: string }
  | { readonly function: string }
  /** A mail address. */
  | { readonly email: string };

export interface TopicSubscription {
  readonly topic: string;
  readonly name: string;
  readonly target: TopicTarget;
  /** Absent: it hears of everything. */
  readonly filterPolicy?: FilterPolicy;
  readonly filterPolicyScope: FilterPolicyScope;
  /** Whether a webhook or a queue gets the message itself, without what SNS puts around it. */
  readonly rawMessageDelivery: boolean;
  readonly createdAt: number;
}

interface SubscriptionRow {
  readonly plan: string;
  readonly secret: string | null;
}

/** Each publication reads all of them. */
export const MAX_TOPIC_SUBSCRIPTIONS = 100;

const PUT_TOPIC = `INSERT INTO topic (name, created_at) VALUES (?1, ?2) ON CONFLICT (name) DO NOTHING`;
const FIND_TOPIC = "SELECT name, created_at AS createdAt FROM topic WHERE name = ?1";
const ALL = `SELECT plan FROM topic_subscription WHERE topic = ?1 ORDER BY name LIMIT ${MAX_TOPIC_SUBSCRIPTIONS}`;
const FIND = "SELECT plan, secret FROM topic_subscription WHERE topic = ?1 AND name = ?2";
const PUT = `INSERT INTO topic_subscription (topic, name, plan, secret)
  SELECT ?1, ?2, ?3, ?4
  WHERE EXISTS (SELECT 1 FROM topic WHERE name = ?1) AND (
    EXISTS (SELECT 1 FROM topic_subscription WHERE topic = ?1 AND name = ?2)
    OR (SELECT COUNT(*) FROM topic_subscription WHERE topic = ?1) < ${MAX_TOPIC_SUBSCRIPTIONS})
  ON CONFLICT (topic, name) DO UPDATE SET plan = excluded.plan, secret = excluded.secret`;

export function topicArnOf({ region, accountId }: ArnConfig, name: string): string {
  return `arn:aws:sns:${region}:${accountId}:${name}`;
}

export function isTopicName(text: string): boolean {
  return /^(?=.{1,256}$)[\w-]+(?:\.fifo)?$/u.test(text);
}

/** Makes the topic if it is not there; answers what is there then. */
export async function storeTopic(db: D1Database, topic: Topic): Promise<Topic> {
  const [, found] = await db.batch([
    db.prepare(PUT_TOPIC).bind(topic.name, topic.createdAt),
    db.prepare(FIND_TOPIC).bind(topic.name),
  ]);
  return (found?.results[0] as Topic | undefined) ?? topic;
}

export async function findTopic(db: D1Database, name: string): Promise<Topic | undefined> {
  return (await db.prepare(FIND_TOPIC).bind(name).first<Topic>()) ?? undefined;
}

export async function listTopics(db: D1Database, afterName: string, limit: number): Promise<Page<Topic>> {
  const { results } = await db
    .prepare("SELECT name, created_at AS createdAt FROM topic WHERE name > ?1 ORDER BY name LIMIT ?2")
    .bind(afterName, limit + 1)
    .all<Topic>();
  return pageOf(results, limit, ({ name }) => name);
}

/** With its subscriptions. Whether there was one to delete. */
export async function deleteTopic(db: D1Database, name: string): Promise<boolean> {
  const [deleted] = await db.batch([
    db.prepare("DELETE FROM topic WHERE name = ?1").bind(name),
    db.prepare("DELETE FROM topic_subscription WHERE topic = ?1").bind(name),
  ]);
  return (deleted?.meta.changes ?? 0) > 0;
}

/** All subscriptions of the topic, without secrets; undefined: there is no such topic. */
export async function readTopic(db: D1Database, name: string): Promise<readonly TopicSubscription[] | undefined> {
  const [topic, all] = await db.batch([db.prepare(FIND_TOPIC).bind(name), db.prepare(ALL).bind(name)]);
  if (topic?.results.length !== 1) return undefined;
  return ((all?.results ?? []) as SubscriptionRow[]).map(subscriptionOf);
}

/** With its secret, which only a webhook has, and not one whose secret no key opens any more. */
export async function findTopicSubscription(
  db: D1Database,
  sealer: Sealer,
  topic: string,
  name: string,
): Promise<(TopicSubscription & { readonly secret?: string }) | undefined> {
  const row = await db.prepare(FIND).bind(topic, name).first<SubscriptionRow>();
  if (row === null) return undefined;
  const secret = row.secret === null ? undefined : openSecret(sealer, row.secret);
  return { ...subscriptionOf(row), ...(secret !== undefined && { secret }) };
}

/** Whether there is such a topic, with room for it. */
export async function storeTopicSubscription(
  db: D1Database,
  sealer: Sealer,
  subscription: TopicSubscription,
  secret: string | undefined,
): Promise<boolean> {
  const sealed = secret === undefined ? null : sealer.seal(secret, "webhook");
  const { topic, name } = subscription;
  const { meta } = await db.prepare(PUT).bind(topic, name, JSON.stringify(subscription), sealed).run();
  return meta.changes > 0;
}

/** Whether there was one to delete. */
export async function deleteTopicSubscription(db: D1Database, topic: string, name: string): Promise<boolean> {
  const result = await db
    .prepare("DELETE FROM topic_subscription WHERE topic = ?1 AND name = ?2")
    .bind(topic, name)
    .run();
  return result.meta.changes > 0;
}

function subscriptionOf({ plan }: SubscriptionRow): TopicSubscription {
  return JSON.parse(plan) as TopicSubscription;
}
