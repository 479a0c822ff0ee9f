/** The schedules in D1, for lists and for those who ask whether there is one. When each is due is kept by its object. */
import type { ArnConfig } from "../arn.ts";
import { pageOf, type Page } from "../page.ts";
import type { SchedulePlan } from "./schedule-rpc.ts";

interface ScheduleRow {
  readonly plan: string;
}

const FIND = "SELECT plan FROM schedule WHERE name = ?1";
const LIST = "SELECT plan FROM schedule WHERE name > ?1 ORDER BY name LIMIT ?2";
const PUT = `INSERT INTO schedule (name, plan, created_at) VALUES (?1, ?2, ?3)
  ON CONFLICT (name) DO UPDATE SET plan = excluded.plan`;

/** Of the default group: there is no other. */
export function scheduleArnOf({ region, accountId }: ArnConfig, name: string): string {
  return `arn:aws:scheduler:${region}:${accountId}:schedule/default/${name}`;
}

export async function findSchedule(db: D1Database, name: string): Promise<SchedulePlan | undefined> {
  const row = await db.prepare(FIND).bind(name).first<ScheduleRow>();
  return row === null ? undefined : planOf(row);
}

export async function listSchedules(db: D1Database, afterName: string, limit: number): Promise<Page<SchedulePlan>> {
  const { results } = await db
    .prepare(LIST)
    .bind(afterName, limit + 1)
    .all<ScheduleRow>();
  return pageOf(results.map(planOf), limit, ({ name }) => name);
}

export async function storeSchedule(db: D1Database, plan: SchedulePlan): Promise<void> {
  await db.prepare(PUT).bind(plan.name, JSON.stringify(plan), plan.createdAt).run();
}

export async function deleteSchedule(db: D1Database, name: string): Promise<void> {
  await db.prepare("DELETE FROM schedule WHERE name = ?1").bind(name).run();
}

function planOf({ plan }: ScheduleRow): SchedulePlan {
  return JSON.parse(plan) as SchedulePlan;
}
