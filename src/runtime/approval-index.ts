/**
 * The approvals that wait, in D1, for lists.
 *
 * I1. A row is a hint: what it says is asked of the execution's object before anything is done, and one that is wrong is deleted.
 * I2. Rows of executions that have ended meanwhile, and of tasks that have timed out, are not listed.
 */
import type { TaskId } from "../engine/execution.ts";

/** What tells one approval from another, in the order of the list. */
export interface ApprovalKey {
  /** Epoch milliseconds. */
  readonly askedAt: number;
  readonly executionArn: string;
  readonly taskId: TaskId;
}

export interface ListedApproval extends ApprovalKey {
  readonly tokenDigest: string;
  readonly stateMachineArn: string;
  /** When the execution was. */
  readonly startedAt: number;
  readonly executionName: string;
  readonly stateName: string;
  readonly title: string;
  /** When the task times out, epoch milliseconds. */
  readonly closesAt?: number;
}

interface Row {
  readonly asked_at: number;
  readonly execution_arn: string;
  readonly task_id: string;
  readonly token_digest: string;
  readonly state_machine_arn: string;
  readonly started_at: number;
  readonly execution_name: string;
  readonly state_name: string;
  readonly title: string;
  readonly closes_at: number | null;
}

export interface ApprovalListRequest {
  readonly stateMachineArn?: string | undefined;
  /** The last one of the page before. */
  readonly after?: ApprovalKey | undefined;
  /** At least 1. */
  readonly limit: number;
  /** Epoch milliseconds. */
  readonly now: number;
}

export interface ApprovalListPage {
  readonly approvals: readonly ListedApproval[];
  readonly next?: ApprovalKey;
}

const INSERT = `INSERT INTO approval (asked_at, execution_arn, task_id, token_digest, state_machine_arn, started_at,
    execution_name, state_name, title, closes_at)
  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) ON CONFLICT DO NOTHING`;

const DELETE = "DELETE FROM approval WHERE asked_at = ?1 AND execution_arn = ?2 AND task_id = ?3";

/** Their executions' entries; those of Map Runs have none. One that was redriven has ended before what it asks now. */
const WITH_EXECUTIONS = `approval AS a LEFT JOIN execution_index AS e
    ON e.state_machine_arn = a.state_machine_arn AND e.started_at = a.started_at AND e.name = a.execution_name`;
const IS_OVER =
  "(e.stopped_at IS NOT NULL AND e.stopped_at >= a.asked_at OR a.closes_at IS NOT NULL AND a.closes_at <= ?1)";

const LIST = `SELECT a.* FROM ${WITH_EXECUTIONS}
  WHERE NOT ${IS_OVER} AND (a.asked_at, a.execution_arn, a.task_id) < (?2, ?3, ?4)
    AND (?5 IS NULL OR a.state_machine_arn = ?5)
  ORDER BY a.asked_at DESC, a.execution_arn DESC, a.task_id DESC LIMIT ?6`;

/** Some of those whose deletion was lost. */
const TIDY = `DELETE FROM approval WHERE (asked_at, execution_arn, task_id) IN
    (SELECT a.asked_at, a.execution_arn, a.task_id FROM ${WITH_EXECUTIONS} WHERE ${IS_OVER} LIMIT 100)`;

/** One that is there already stays as it is. */
export function insertApproval(db: D1Database, approval: ListedApproval): D1PreparedStatement {
  const { askedAt, executionArn, taskId, tokenDigest, stateMachineArn, startedAt } = approval;
  const { executionName, stateName, title, closesAt = null } = approval;
  return db
    .prepare(INSERT)
    .bind(
      askedAt,
      executionArn,
      taskId,
      tokenDigest,
      stateMachineArn,
      startedAt,
      executionName,
      stateName,
      title,
      closesAt,
    );
}

export function deleteApproval(db: D1Database, { askedAt, executionArn, taskId }: ApprovalKey): D1PreparedStatement {
  return db.prepare(DELETE).bind(askedAt, executionArn, taskId);
}

/** Newest first. */
export async function listApprovals(db: D1Database, request: ApprovalListRequest): Promise<ApprovalListPage> {
  const { stateMachineArn = null, after, limit, now } = request;
  const { askedAt, executionArn, taskId } = after ?? { askedAt: Number.MAX_SAFE_INTEGER, executionArn: "", taskId: "" };
  const list = db.prepare(LIST).bind(now, askedAt, executionArn, taskId, stateMachineArn, limit + 1);
  const [found] = await db.batch<Row>(after === undefined ? [list, db.prepare(TIDY).bind(now)] : [list]);
  const rows = (found?.results ?? []).map(approvalOf);
  const approvals = rows.slice(0, limit);
  const next = approvals.at(-1);
  return rows.length <= limit || next === undefined ? { approvals } : { approvals, next };
}

function approvalOf(row: Row): ListedApproval {
  return {
    askedAt: row.asked_at,
    executionArn: row.execution_arn,
    taskId: row.task_id as TaskId,
    tokenDigest: row.token_digest,
    stateMachineArn: row.state_machine_arn,
    startedAt: row.started_at,
    executionName: row.execution_name,
    stateName: row.state_name,
    title: row.title,
    ...(row.closes_at !== null && { closesAt: row.closes_at }),
  };
}
