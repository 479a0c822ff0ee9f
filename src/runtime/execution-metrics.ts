/**
 * Executions counted in D1, for a scraper: what an isolate counted for itself would end with it.
 *
 * M1. A Standard execution is counted in the transaction that moves its index entry, and only where the entry moves: a notice
 *     that is delivered again counts nothing.
 * M2. A batch of notices writes one row for each state machine in it, however many executions it tells of.
 * M3. Express executions have no entry. Each isolate counts them in memory and adds what it has every few seconds.
 */
import type { ExecutionIndexEntry } from "./execution-index.ts";
import type { ExecutionStatus } from "./execution-rpc.ts";

/** Upper bounds of the buckets in seconds; the last bucket has none. */
export const BUCKETS: readonly number[] = [
  0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1_800, 3_600, 21_600, 86_400,
];

export const COUNTERS = ["started", "succeeded", "failed", "timed_out", "aborted", "redriven"] as const;

const BUCKET_COLUMNS: readonly string[] = [...BUCKETS.map((_, i) => `b${i}`), `b${BUCKETS.length}`];
const SUMMED: readonly string[] = [...COUNTERS, "time_ms", ...BUCKET_COLUMNS];

/** What has been counted of a state machine, and of the version or alias that its executions were started by. */
export interface ExecutionCounts {
  readonly stateMachineArn: string;
  /** Empty: none. */
  readonly version: string;
  readonly alias: string;
  readonly counters: Readonly<Record<(typeof COUNTERS)[number], number>>;
  /** The sum of what the executions that ended took, in milliseconds. */
  readonly timeMs: number;
  /** How many of them lie in each bucket, not in those below it. */
  readonly buckets: readonly number[];
}

/** An Express execution began, or ended. */
export interface ExpressCount {
  readonly stateMachineArn: string;
  readonly stateMachineVersionArn?: string;
  readonly stateMachineAliasArn?: string;
  readonly status: ExecutionStatus;
  /** What it took, once it has ended. */
  readonly timeMs?: number;
}

const VALUE = (member: string): string => `e.value ->> '${member}'`;
const STATUS_SUM = (status: ExecutionStatus): string => `SUM(${VALUE("status")} = '${status}')`;

function addStatement(started: string, redriven: string, from: string): string {
  const sums = [
    `SUM(${started})`,
    ...(["SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"] as const).map(STATUS_SUM),
    `SUM(${redriven})`,
    `SUM(COALESCE(${VALUE("timeMs")}, 0))`,
    ...BUCKET_COLUMNS.map((_, i) => `SUM(COALESCE(${VALUE("bucket")} = ${i}, 0))`),
  ];
  return `INSERT INTO execution_metric (state_machine_arn, version, alias, ${SUMMED.join(", ")})
    SELECT ${VALUE("arn")}, ${VALUE("version")}, ${VALUE("alias")}, ${sums.join(", ")} ${from}
    GROUP BY 1, 2, 3
    ON CONFLICT (state_machine_arn, version, alias) DO UPDATE SET ${SUMMED.map((x) => `${x} = ${x} + excluded.${x}`).join(", ")}`;
}

/** `first`: it is the execution's earliest entry in the batch; `redrivesBefore` is that of the one before in it. */
const ADD_ENTRIES = addStatement(
  `${VALUE("first")} AND i.version IS NULL`,
  `${VALUE("redriveCount")} - COALESCE(${VALUE("redrivesBefore")}, i.redrive_count, 0)`,
  `FROM json_each(?1) AS e LEFT JOIN execution_index AS i ON i.state_machine_arn = ${VALUE("arn")}
     AND i.started_at = ${VALUE("startedAt")} AND i.name = ${VALUE("name")}
   WHERE i.version IS NULL OR ${VALUE("v")} > i.version`,
);

const ADD_EXPRESS = addStatement(`${VALUE("status")} = 'RUNNING'`, "0", "FROM json_each(?1) AS e WHERE true");

/**
 * Counts the entries that will move the index; to be performed before they do, in the same transaction.
 * @param entries of any versions; several of one execution are counted each
 */
export function countStatement(db: D1Database, entries: readonly ExecutionIndexEntry[]): D1PreparedStatement {
  const latest = new Map<string, ExecutionIndexEntry>();
  const counted = entries
    .toSorted((a, b) => a.version - b.version)
    .flatMap((entry) => {
      const before = latest.get(entry.executionArn);
      // Delivered twice in one batch.
      if (before?.version === entry.version) return [];
      latest.set(entry.executionArn, entry);
      const { stateMachineArn, startedAt, name, version, status, redriveCount, stoppedAt, redrivenAt } = entry;
      return [
        {
          ...keyOf(stateMachineArn, entry.stateMachineVersionArn, entry.stateMachineAliasArn),
          startedAt,
          name,
          v: version,
          status,
          redriveCount,
          first: before === undefined,
          ...(before !== undefined && { redrivesBefore: before.redriveCount }),
          ...(stoppedAt !== undefined && timeOf(stoppedAt - (redrivenAt ?? startedAt))),
        },
      ];
    });
  return db.prepare(ADD_ENTRIES).bind(JSON.stringify(counted));
}

/** Adds what an isolate has counted. */
export async function countExpress(db: D1Database, counts: readonly ExpressCount[]): Promise<void> {
  const rows = counts.map(({ stateMachineArn, stateMachineVersionArn, stateMachineAliasArn, status, timeMs }) => ({
    ...keyOf(stateMachineArn, stateMachineVersionArn, stateMachineAliasArn),
    status,
    ...(timeMs !== undefined && timeOf(timeMs)),
  }));
  await db.prepare(ADD_EXPRESS).bind(JSON.stringify(rows)).run();
}

export async function readCounts(db: D1Database): Promise<readonly ExecutionCounts[]> {
  const { results } = await db
    .prepare("SELECT * FROM execution_metric ORDER BY state_machine_arn, version, alias")
    .all<Readonly<Record<string, string | number>>>();
  return results.map((row) => ({
    stateMachineArn: String(row["state_machine_arn"]),
    version: String(row["version"]),
    alias: String(row["alias"]),
    counters: Object.fromEntries(COUNTERS.map((name) => [name, Number(row[name])])) as ExecutionCounts["counters"],
    timeMs: Number(row["time_ms"]),
    buckets: BUCKET_COLUMNS.map((column) => Number(row[column])),
  }));
}

function keyOf(arn: string, versionArn = "", aliasArn = ""): { arn: string; version: string; alias: string } {
  return { arn, version: lastPartOf(versionArn), alias: lastPartOf(aliasArn) };
}

function timeOf(timeMs: number): { readonly timeMs: number; readonly bucket: number } {
  const bucket = BUCKETS.findIndex((bound) => timeMs <= bound * 1000);
  return { timeMs, bucket: bucket < 0 ? BUCKETS.length : bucket };
}

function lastPartOf(arn: string): string {
  return arn.slice(arn.lastIndexOf(":") + 1);
}
