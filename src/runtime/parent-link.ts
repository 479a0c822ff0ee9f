/**
 * Which execution started an execution, and which ones an execution started.
 *
 * The parent is whoever waits for the child (`.sync`), or what the child's input says, as for AWS's own console.
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/concepts-nested-workflows.html (associate workflow executions)
 */
import { isObject, memberOf } from "../asl/json.ts";
import type { Payload } from "../data/payload.ts";
import { parseArnOf } from "./arn.ts";
import { COLUMNS, entryOf, type ExecutionIndexEntry, type ExecutionRow } from "./execution-index.ts";
import type { StartRequest } from "./execution-rpc.ts";

const STARTED_BY = "AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID";

/** The parent's ARN; undefined: nobody is known to be it. */
export function parentOf({ watcher }: Pick<StartRequest, "watcher">, input: Payload): string | undefined {
  if (watcher !== undefined) return watcher.executionArn;
  // Few inputs have it: the others are not parsed for it.
  if (!input.text.includes(STARTED_BY)) return undefined;
  const said = isObject(input.value) ? memberOf(input.value, STARTED_BY) : undefined;
  return typeof said === "string" && parseArnOf(said, "execution", "express").ok ? said : undefined;
}

export interface ChildrenPage {
  readonly entries: readonly ExecutionIndexEntry[];
  /** After which the next page begins; undefined: there is none. */
  readonly last?: ChildPosition;
}

export interface ChildPosition {
  readonly startedAt: number;
  readonly executionArn: string;
}

const SELECT = `SELECT ${COLUMNS} FROM execution_index INDEXED BY execution_index_parent
  WHERE parent_arn = ?1 AND started_at <= ?2 AND (started_at < ?2 OR execution_arn > ?3)
  ORDER BY started_at DESC, execution_arn LIMIT ?4`;

/** What an execution started, newest first. @param limit at least 1 */
export async function listChildren(
  db: D1Database,
  parentArn: string,
  limit: number,
  after: ChildPosition = { startedAt: Number.MAX_SAFE_INTEGER, executionArn: "" },
): Promise<ChildrenPage> {
  const { results } = await db
    .prepare(SELECT)
    .bind(parentArn, after.startedAt, after.executionArn, limit + 1)
    .all<ExecutionRow>();
  const entries = results.slice(0, limit).map(entryOf);
  const last = entries.at(-1);
  return { entries, ...(results.length > limit && last !== undefined && { last }) };
}
