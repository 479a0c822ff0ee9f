/**
 * Retention: executions that ended long ago are deleted, and those that have been open for too long are ended.
 *
 * T1. Nothing is written for it while an execution lives: the walk goes along the keys of the index, oldest first, state
 *     machine by state machine, those of deleted ones included.
 * T2. The index proposes, the execution's object decides: it refuses where it runs, was redriven or ended later, and what it
 *     answers corrects the index.
 * T3. Archive, then the object's rows, then the index entry. What a crash leaves is found again by its index entry, as that
 *     goes last; done again, each step changes nothing.
 * T4. A walk is bounded in executions, in rows and queries of the index, and in time; what is left is done the next time. Only then is a row
 *     written: where to go on.
 */
import { MAX_OPEN_MS } from "../engine/quotas.ts";
import { deleteEntries, upsertEntries, type ExecutionIndexEntry } from "./execution-index.ts";
import type { Answer, RetireRequest, Retirement } from "./execution-rpc.ts";

export interface RetentionHost {
  readonly db: D1Database;
  /** How long an execution is kept after its end; undefined: for ever. */
  readonly retentionMs: number | undefined;
  readonly archive: boolean;
  now(): number;
  retire(executionArn: string, request: RetireRequest): Promise<Answer<Retirement>>;
  logDefect(message: string, error: unknown): void;
}

export interface WalkBounds {
  /** Executions that are asked to go. */
  readonly executions: number;
  readonly rowsRead: number;
  /** Of the index: an invocation may make 1,000. */
  readonly queries: number;
  readonly milliseconds: number;
}

/** Every five minutes so many are over a million a day. */
export const BOUNDS: WalkBounds = { executions: 5_000, rowsRead: 50_000, queries: 800, milliseconds: 240_000 };

/** What a walk has done. */
export interface WalkReport {
  readonly deleted: number;
  readonly corrected: number;
  readonly failed: number;
}

const PAGE = 100;
const AT_THE_SAME_TIME = 20;

/** Where a walk is: it goes on behind this. */
interface Position {
  readonly stateMachineArn: string;
  readonly startedAt: number;
  readonly name: string;
}

interface Row {
  readonly startedAt: number;
  readonly name: string;
  readonly executionArn: string;
  readonly version: number;
  readonly status: string;
  readonly stoppedAt: number | null;
}

/** One of two walks: over all, or over those that run, by their own index. */
interface Walk {
  readonly name: "closed" | "open";
  /** What began later is not looked at. */
  readonly startedBefore: number;
  readonly closedBefore: number;
  isDue(row: Row): boolean;
}

/** Never throws for one execution: the others go on, and that one is tried again the next time. */
export async function sweep(host: RetentionHost, bounds: WalkBounds = BOUNDS): Promise<WalkReport> {
  const now = host.now();
  const closedBefore = host.retentionMs === undefined ? -Infinity : now - host.retentionMs;
  const expiredBefore = now - MAX_OPEN_MS;
  const spent = new Spent(bounds, () => host.now());
  await walk(host, spent, {
    name: "open",
    startedBefore: expiredBefore,
    closedBefore,
    isDue: () => true,
  });
  if (host.retentionMs === undefined) return spent.report;
  await walk(host, spent, {
    name: "closed",
    startedBefore: closedBefore,
    closedBefore,
    isDue: ({ status, stoppedAt }) => status !== "RUNNING" && stoppedAt !== null && stoppedAt < closedBefore,
  });
  return spent.report;
}

async function walk(host: RetentionHost, spent: Spent, route: Walk): Promise<void> {
  const saved = await findPosition(host.db, route);
  let position: Position | undefined = saved;
  for (;;) {
    const from: string = position?.stateMachineArn ?? "";
    const machines = await dueMachines(host.db, route, from);
    spent.queries += 1;
    for (const stateMachineArn of machines) {
      const start = position?.stateMachineArn === stateMachineArn ? position : startOf(stateMachineArn);
      position = await walkMachine(host, spent, route, start);
      if (spent.isSpent) {
        await savePosition(host.db, route, position);
        return;
      }
    }
    const last = machines.at(-1);
    if (last === undefined || machines.length < PAGE) break;
    position = endOf(last);
  }
  if (saved !== undefined) await deletePosition(host.db, route);
}

/** Answers where it stopped. */
async function walkMachine(host: RetentionHost, spent: Spent, route: Walk, start: Position): Promise<Position> {
  const { stateMachineArn } = start;
  for (let position = start; ;) {
    const rows = await readRows(host.db, route, position);
    spent.rowsRead += rows.length;
    spent.queries += 1;
    const due = rows.filter((row) => route.isDue(row));
    await retireAll(host, spent, route, stateMachineArn, due);
    const last = rows.at(-1);
    if (last === undefined || rows.length < PAGE) return endOf(stateMachineArn);
    position = { stateMachineArn, startedAt: last.startedAt, name: last.name };
    if (spent.isSpent) return position;
  }
}

async function retireAll(
  host: RetentionHost,
  spent: Spent,
  { closedBefore }: Walk,
  stateMachineArn: string,
  rows: readonly Row[],
): Promise<void> {
  const gone: Row[] = [];
  const corrections: ExecutionIndexEntry[] = [];
  const waiting = [...rows];
  const work = async (): Promise<void> => {
    for (let row = waiting.shift(); row !== undefined; row = waiting.shift()) {
      spent.executions += 1;
      const { executionArn, startedAt, version } = row;
      try {
        const { archive } = host;
        const answer = await host.retire(executionArn, { version: 1, startedAt, closedBefore, archive });
        if (!answer.ok) throw new Error(`${answer.error}: ${answer.message}`);
        if (answer.value.kind === "gone") gone.push(row);
        else if (answer.value.entry.version > version) corrections.push(answer.value.entry);
      } catch (error) {
        spent.failed += 1;
        host.logDefect(`${executionArn} could not be retired`, error);
      }
    }
  };
  await Promise.all(Array.from({ length: AT_THE_SAME_TIME }, work));
  await deleteEntries(host.db, stateMachineArn, gone);
  await upsertEntries(host.db, corrections);
  spent.queries += (gone.length === 0 ? 0 : 1) + corrections.length;
  spent.deleted += gone.length;
  spent.corrected += corrections.length;
}

/** What a sweep has used of its bounds, and done. */
class Spent {
  executions = 0;
  rowsRead = 0;
  queries = 0;
  deleted = 0;
  corrected = 0;
  failed = 0;
  readonly #bounds: WalkBounds;
  readonly #now: () => number;
  readonly #beganAt: number;

  constructor(bounds: WalkBounds, now: () => number) {
    this.#bounds = bounds;
    this.#now = now;
    this.#beganAt = now();
  }

  get isSpent(): boolean {
    const { executions, rowsRead, queries, milliseconds } = this.#bounds;
    if (this.executions >= executions || this.rowsRead >= rowsRead || this.queries >= queries) return true;
    return this.#now() - this.#beganAt >= milliseconds;
  }

  get report(): WalkReport {
    return { deleted: this.deleted, corrected: this.corrected, failed: this.failed };
  }
}

function startOf(stateMachineArn: string): Position {
  return { stateMachineArn, startedAt: -1, name: "" };
}

function endOf(stateMachineArn: string): Position {
  return { stateMachineArn, startedAt: Number.MAX_SAFE_INTEGER, name: "" };
}

const SCOPE = {
  closed: { table: "execution_index", filter: "" },
  open: { table: "execution_index INDEXED BY execution_index_running", filter: "AND status = 'RUNNING'" },
} as const;

/**
 * The state machines, from that one on, whose oldest execution began before the moment: one row is read of each, however
 * many executions it has.
 */
async function dueMachines(db: D1Database, { name, startedBefore }: Walk, from: string): Promise<readonly string[]> {
  const { table, filter } = SCOPE[name];
  const next = (condition: string): string =>
    `(SELECT state_machine_arn FROM ${table} WHERE ${condition} ${filter} ORDER BY state_machine_arn LIMIT 1)`;
  const { results } = await db
    .prepare(
      `WITH RECURSIVE machine (arn) AS (
        SELECT ${next("state_machine_arn >= ?1")}
        UNION ALL SELECT ${next("state_machine_arn > machine.arn")} FROM machine WHERE machine.arn IS NOT NULL)
      SELECT arn FROM machine WHERE arn IS NOT NULL AND (SELECT started_at FROM ${table}
        WHERE state_machine_arn = machine.arn ${filter} ORDER BY started_at LIMIT 1) < ?2 LIMIT ?3`,
    )
    .bind(from, startedBefore, PAGE)
    .all<{ readonly arn: string }>();
  return results.map(({ arn }) => arn);
}

async function readRows(db: D1Database, { name, startedBefore }: Walk, after: Position): Promise<readonly Row[]> {
  const { table, filter } = SCOPE[name];
  const { results } = await db
    .prepare(
      `SELECT started_at AS startedAt, name, execution_arn AS executionArn, version, status, stopped_at AS stoppedAt
        FROM ${table} WHERE state_machine_arn = ?1 ${filter}
        AND started_at >= ?2 AND (started_at > ?2 OR name < ?3) AND started_at < ?4
        ORDER BY started_at, name DESC LIMIT ?5`,
    )
    .bind(after.stateMachineArn, after.startedAt, after.name, startedBefore, PAGE)
    .all<Row>();
  return results;
}

async function findPosition(db: D1Database, { name }: Walk): Promise<Position | undefined> {
  const position = await db
    .prepare(
      `SELECT state_machine_arn AS stateMachineArn, started_at AS startedAt, name FROM retention_walk WHERE walk = ?1`,
    )
    .bind(name)
    .first<Position>();
  return position ?? undefined;
}

async function savePosition(db: D1Database, { name: walkName }: Walk, position: Position): Promise<void> {
  const { stateMachineArn, startedAt, name } = position;
  await db
    .prepare(
      `INSERT INTO retention_walk (walk, state_machine_arn, started_at, name) VALUES (?1, ?2, ?3, ?4)
        ON CONFLICT (walk) DO UPDATE SET state_machine_arn = excluded.state_machine_arn,
          started_at = excluded.started_at, name = excluded.name`,
    )
    .bind(walkName, stateMachineArn, startedAt, name)
    .run();
}

async function deletePosition(db: D1Database, { name }: Walk): Promise<void> {
  await db.prepare(`DELETE FROM retention_walk WHERE walk = ?1`).bind(name).run();
}
