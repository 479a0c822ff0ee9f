/**
 * Walks along the index of executions, oldest first, state machine by state machine, those of deleted ones included.
 *
 * K1. A walk reads keys of the index and writes nothing, unless it does not get through: then where to go on is one row.
 * K2. It is bounded in executions, in rows and queries, and in time; what is left is done the next time.
 */

export interface WalkBounds {
  /** Executions that are asked. */
  readonly executions: number;
  readonly rowsRead: number;
  /** Of the index: an invocation may make 1,000. */
  readonly queries: number;
  readonly milliseconds: number;
}

const PAGE = 100;

/** Where a walk is: it goes on behind this. */
interface Position {
  readonly stateMachineArn: string;
  readonly startedAt: number;
  readonly name: string;
}

export interface WalkedRow {
  readonly startedAt: number;
  readonly name: string;
  readonly executionArn: string;
  readonly version: number;
  readonly status: string;
  readonly stoppedAt: number | null;
}

export interface Walk {
  /** Under which it goes on the next time. */
  readonly name: string;
  /** Over all, or over those that run, by their own index. */
  readonly scope: "all" | "running";
  /** What began later is not looked at. */
  readonly startedBefore: number;
  /** Looks at some executions of one state machine. */
  visit(stateMachineArn: string, rows: readonly WalkedRow[]): Promise<void>;
}

/** Goes on where the last walk of that name ended. */
export async function walk(db: D1Database, spent: Spent, route: Walk): Promise<void> {
  const saved = await findPosition(db, route);
  let position: Position | undefined = saved;
  for (;;) {
    const from: string = position?.stateMachineArn ?? "";
    const machines = await dueMachines(db, route, from);
    spent.queries += 1;
    for (const stateMachineArn of machines) {
      const start = position?.stateMachineArn === stateMachineArn ? position : startOf(stateMachineArn);
      position = await walkMachine(db, spent, route, start);
      if (spent.isSpent) {
        await savePosition(db, route, position);
        return;
      }
    }
    const last = machines.at(-1);
    if (last === undefined || machines.length < PAGE) break;
    position = endOf(last);
  }
  if (saved !== undefined) await deletePosition(db, route);
}

/** Answers where it stopped. */
async function walkMachine(db: D1Database, spent: Spent, route: Walk, start: Position): Promise<Position> {
  const { stateMachineArn } = start;
  for (let position = start; ;) {
    const rows = await readRows(db, route, position);
    spent.rowsRead += rows.length;
    spent.queries += 1;
    await route.visit(stateMachineArn, rows);
    const last = rows.at(-1);
    if (last === undefined || rows.length < PAGE) return endOf(stateMachineArn);
    position = { stateMachineArn, startedAt: last.startedAt, name: last.name };
    if (spent.isSpent) return position;
  }
}

/** What a sweep has used of its bounds. */
export class Spent {
  executions = 0;
  rowsRead = 0;
  queries = 0;
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
}

function startOf(stateMachineArn: string): Position {
  return { stateMachineArn, startedAt: -1, name: "" };
}

function endOf(stateMachineArn: string): Position {
  return { stateMachineArn, startedAt: Number.MAX_SAFE_INTEGER, name: "" };
}

const SCOPE = {
  all: { table: "execution_index", filter: "" },
  running: { table: "execution_index INDEXED BY execution_index_running", filter: "AND status = 'RUNNING'" },
} as const;

/**
 * The state machines, from that one on, whose oldest execution began before the moment: one row is read of each, however
 * many executions it has.
 */
async function dueMachines(db: D1Database, { scope, startedBefore }: Walk, from: string): Promise<readonly string[]> {
  const { table, filter } = SCOPE[scope];
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

async function readRows(
  db: D1Database,
  { scope, startedBefore }: Walk,
  after: Position,
): Promise<readonly WalkedRow[]> {
  const { table, filter } = SCOPE[scope];
  const { results } = await db
    .prepare(
      `SELECT started_at AS startedAt, name, execution_arn AS executionArn, version, status, stopped_at AS stoppedAt
        FROM ${table} WHERE state_machine_arn = ?1 ${filter}
        AND started_at >= ?2 AND (started_at > ?2 OR name < ?3) AND started_at < ?4
        ORDER BY started_at, name DESC LIMIT ?5`,
    )
    .bind(after.stateMachineArn, after.startedAt, after.name, startedBefore, PAGE)
    .all<WalkedRow>();
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
