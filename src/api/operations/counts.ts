/** How many state machines and activities there may be: counted only where a quota is set, as counting reads rows. */
import { hasSoManyOthers } from "../../runtime/registry.ts";
import { ApiError } from "../api-error.ts";
import type { ApiContext } from "../context.ts";

/** Refuses one more; what exists already may be asked for again. Of several at the same time some may be too many. */
export async function checkCount(
  { db, quotas }: ApiContext,
  kind: "state machine" | "activity",
  arn: string,
): Promise<void> {
  const isMachine = kind === "state machine";
  const limit = isMachine ? quotas.StateMachines : quotas.Activities;
  if (limit === Infinity || !(await hasSoManyOthers(db, kind, arn, limit))) return;
  const name = isMachine ? "StateMachineLimitExceeded" : "ActivityLimitExceeded";
  throw new ApiError(
    name,
    `The maximum number of ${isMachine ? "state machines" : "activities"} has been reached: ${limit}`,
  );
}
