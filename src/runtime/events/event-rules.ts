/**
 * Rules of the event bus in D1: which events lead to what.
 *
 * E1. Secrets lie here sealed, and are read only by who signs with them; no list and no message of a queue carries them.
 */
import type { JsonObject } from "../../asl/json.ts";
import type { ArnConfig } from "../arn.ts";
import { pageOf, type Page } from "../page.ts";
import { forgetReads, readRecently } from "../recent-reads.ts";
import type { Sealer } from "../sealing.ts";
import { openSecret } from "../webhook.ts";
import { matchesEvent } from "./event-pattern-match.ts";
import { readEventPattern, type ObjectPattern } from "./event-pattern.ts";
import type { TargetInput } from "./target-input.ts";

export type TargetPlace =
  /** Of a state machine, a version or an alias. */
  | { readonly stateMachineArn: string }
  /** The name of a queue's binding, or of a queue. */
  | { readonly queue: string }
  /** A webhook, and the connection that authorizes requests to it. */
  | { readonly url: string; readonly connection?: string };

export type RuleTarget = { readonly id: string } & TargetPlace & TargetInput;

export interface EventRule {
  readonly name: string;
  readonly description?: string;
  readonly eventBusName: string;
  readonly eventPattern: JsonObject;
  readonly state: "ENABLED" | "DISABLED";
  readonly targets: readonly RuleTarget[];
  readonly createdAt: number;
  readonly updatedAt: number;
}

interface RuleRow {
  readonly name: string;
  readonly rule: string;
  readonly sealed: string | null;
  readonly createdAt: number;
}

/** Whoever puts events reads all of them. */
export const MAX_RULES = 100;
export const MAX_TARGETS = 5;

const COLUMNS = "name, rule, created_at AS createdAt";
const ALL = `SELECT ${COLUMNS} FROM event_rule ORDER BY name LIMIT ${MAX_RULES}`;
const LIST = `SELECT ${COLUMNS} FROM event_rule WHERE name > ?1 ORDER BY name LIMIT ?2`;
const FIND = `SELECT ${COLUMNS}, sealed FROM event_rule WHERE name = ?1`;
const PUT = `INSERT INTO event_rule (name, rule, sealed, created_at)
  SELECT ?1, ?2, ?3, ?4
  WHERE EXISTS (SELECT 1 FROM event_rule WHERE name = ?1) OR (SELECT COUNT(*) FROM event_rule) < ${MAX_RULES}
  ON CONFLICT (name) DO UPDATE SET rule = excluded.rule, sealed = excluded.sealed
  RETURNING ${COLUMNS}`;

export function ruleArnOf({ region, accountId }: ArnConfig, name: string): string {
  return `arn:aws:events:${region}:${accountId}:rule/${name}`;
}

/** Reads all, as part of somebody's transaction. */
export function readRules(db: D1Database): D1PreparedStatement {
  return db.prepare(ALL);
}

/** What `readRules` gave. */
export function rulesIn(result: D1Result | undefined): readonly EventRule[] {
  return ((result?.results ?? []) as RuleRow[]).map(ruleOf);
}

/** All, as they were up to a few seconds ago: whoever puts many events reads them once. */
export async function recentRules(db: D1Database, now: number): Promise<readonly EventRule[]> {
  const rules = await readRecently(db, now, "event rules", async () => rulesIn(await readRules(db).all()));
  return rules ?? [];
}

/** With the secret of its webhooks, which one without any has not; nor has one whose secret no key opens any more. */
export async function findRule(
  db: D1Database,
  sealer: Sealer,
  name: string,
): Promise<(EventRule & { readonly secret?: string }) | undefined> {
  const row = await db.prepare(FIND).bind(name).first<RuleRow>();
  if (row === null) return undefined;
  const secret = row.sealed === null ? undefined : openSecret(sealer, row.sealed);
  return { ...ruleOf(row), ...(secret !== undefined && { secret }) };
}

export async function listRules(db: D1Database, afterName: string, limit: number): Promise<Page<EventRule>> {
  const { results } = await db
    .prepare(LIST)
    .bind(afterName, limit + 1)
    .all<RuleRow>();
  return pageOf(results.map(ruleOf), limit, ({ name }) => name);
}

/** Undefined: there are as many as there may be. */
export async function putRule(
  db: D1Database,
  sealer: Sealer,
  { name, createdAt, ...rule }: EventRule,
  secret: string | undefined,
): Promise<EventRule | undefined> {
  const sealed = secret === undefined ? null : sealer.seal(secret, "webhook");
  const row = await db.prepare(PUT).bind(name, JSON.stringify(rule), sealed, createdAt).first<RuleRow>();
  forgetReads(db);
  return row === null ? undefined : ruleOf(row);
}

/** Whether there was one to delete. */
export async function deleteRule(db: D1Database, name: string): Promise<boolean> {
  const result = await db.prepare("DELETE FROM event_rule WHERE name = ?1").bind(name).run();
  forgetReads(db);
  return result.meta.changes > 0;
}

/** Whether the rule wants that event. @param unknown see `matchesEvent` */
export function isFor(
  { state, eventBusName, eventPattern }: EventRule,
  bus: string,
  event: JsonObject,
  unknown?: ReadonlySet<string>,
): boolean {
  return state === "ENABLED" && eventBusName === bus && matchesEvent(patternOf(eventPattern), event, unknown);
}

/** Patterns that were read already: those of rules that are asked again and again. */
const patterns: WeakMap<object, ObjectPattern> = new WeakMap();

function patternOf(value: JsonObject): ObjectPattern {
  const known = patterns.get(value);
  if (known !== undefined) return known;
  const reading = readEventPattern(value);
  if (!reading.ok) throw new Error(`Defect: a rule was stored that cannot be read: ${reading.fault}`);
  patterns.set(value, reading.pattern);
  return reading.pattern;
}

function ruleOf({ name, rule, createdAt }: RuleRow): EventRule {
  const stored = JSON.parse(rule) as Omit<EventRule, "name" | "createdAt">;
  return { ...stored, name, createdAt };
}
