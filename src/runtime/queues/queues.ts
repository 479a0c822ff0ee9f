/** The queues in D1: those that need no binding, with the function that consumes them. */
import { pageOf, type Page } from "../page.ts";

export interface QueuePlan {
  readonly name: string;
  /** Who gets the messages, by the name that functions are called by. */
  readonly function: string;
  /** How many messages a call may have. */
  readonly batchSize: number;
  /** How long a message is held back before it is delivered, where it does not say so itself. */
  readonly delaySeconds: number;
  /** How long after a failed call its messages are delivered again. */
  readonly visibilityTimeoutSeconds: number;
  /** How often a message is delivered before it is dead. */
  readonly maxReceiveCount: number;
  /** Where dead messages go; absent: they are dropped, and the Worker's log says so. */
  readonly deadLetterQueue?: string;
  readonly createdAt: number;
}

interface QueueRow {
  readonly plan: string;
}

const PUT = `INSERT INTO queue (name, plan) VALUES (?1, ?2)
  ON CONFLICT (name) DO UPDATE SET plan = json_set(excluded.plan, '$.createdAt', json_extract(queue.plan, '$.createdAt'))
  RETURNING plan`;

export async function findQueuePlan(db: D1Database, name: string): Promise<QueuePlan | undefined> {
  const row = await db.prepare("SELECT plan FROM queue WHERE name = ?1").bind(name).first<QueueRow>();
  return row === null ? undefined : planOf(row);
}

export async function listQueuePlans(db: D1Database, afterName: string, limit: number): Promise<Page<QueuePlan>> {
  const { results } = await db
    .prepare("SELECT plan FROM queue WHERE name > ?1 ORDER BY name LIMIT ?2")
    .bind(afterName, limit + 1)
    .all<QueueRow>();
  return pageOf(results.map(planOf), limit, ({ name }) => name);
}

/** Makes the queue or changes it; answers what is stored then. */
export async function storeQueuePlan(db: D1Database, plan: QueuePlan): Promise<QueuePlan> {
  const row = await db.prepare(PUT).bind(plan.name, JSON.stringify(plan)).first<QueueRow>();
  return row === null ? plan : planOf(row);
}

/** Whether there was one to delete. */
export async function deleteQueuePlan(db: D1Database, name: string): Promise<boolean> {
  const result = await db.prepare("DELETE FROM queue WHERE name = ?1").bind(name).run();
  return result.meta.changes > 0;
}

function planOf({ plan }: QueueRow): QueuePlan {
  return JSON.parse(plan) as QueuePlan;
}
