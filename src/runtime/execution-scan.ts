/**
 * The way along a key of the index that reads only what a list shows, and in its order: newest first, by name where two
 * began together.
 *
 * K1. SUCCEEDED has no key of its own, as every execution would pay for it: it is filtered from all, of which most succeed.
 * K2. The running ones of a version or an alias are filtered from those of its state machine.
 */
import type { ExecutionStatus } from "./execution-rpc.ts";

/** What executions are listed of. Those of a state machine are all of it, its versions' and aliases' included. */
export interface ExecutionOwner {
  readonly kind: "machine" | "version" | "alias";
  readonly arn: string;
}

/** Parameters: ?1 the state machine's ARN, ?2 and ?3 start and name of the execution after which it begins, ?4 the owner's ARN. */
export interface ExecutionScan {
  readonly from: string;
  readonly where: string;
  /** What is still to be filtered from what it reads. */
  readonly leaves: "nothing" | "status";
}

export const OWNER_COLUMNS: Readonly<Record<ExecutionOwner["kind"], string>> = {
  machine: "state_machine_arn",
  version: "state_machine_version_arn",
  alias: "state_machine_alias_arn",
};

export const NEWEST_FIRST = "started_at DESC, name";

/** As it stands in the indexes: only what repeats it may use them. */
const UNSUCCESSFUL = "status IN ('FAILED', 'TIMED_OUT', 'ABORTED')";

const ENDED: Readonly<Record<ExecutionOwner["kind"], string>> = {
  machine: "execution_index_unsuccessful",
  version: "execution_index_version_unsuccessful",
  alias: "execution_index_alias_unsuccessful",
};

const ALL: Readonly<Record<ExecutionOwner["kind"], string>> = {
  machine: "",
  version: "INDEXED BY execution_index_version",
  alias: "INDEXED BY execution_index_alias",
};

/** Left to itself SQLite may take a key on which it passes all that the list does not show: each is named. */
export function scanOf({ kind }: ExecutionOwner, status: ExecutionStatus | undefined): ExecutionScan {
  const where = `state_machine_arn = ?1 AND ${OWNER_COLUMNS[kind]} = ?4
      AND started_at <= ?2 AND (started_at < ?2 OR name > ?3)`;
  switch (status) {
    case "RUNNING":
      return {
        from: "execution_index INDEXED BY execution_index_running",
        where: `${where} AND status = 'RUNNING'`,
        leaves: "nothing",
      };
    case "FAILED":
    case "TIMED_OUT":
    case "ABORTED":
      return {
        from: `execution_index INDEXED BY ${ENDED[kind]}`,
        where: `${where} AND status = '${status}' AND ${UNSUCCESSFUL}`,
        leaves: "nothing",
      };
    case "SUCCEEDED":
    case "PENDING_REDRIVE":
    case undefined:
      return {
        from: `execution_index ${ALL[kind]}`,
        where,
        leaves: status === undefined ? "nothing" : "status",
      };
  }
}

/** The state machine of what executions are listed of. */
export function machineOfOwner({ kind, arn }: ExecutionOwner): string {
  return kind === "machine" ? arn : arn.slice(0, arn.lastIndexOf(":"));
}
