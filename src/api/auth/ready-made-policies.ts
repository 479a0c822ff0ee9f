/** The policies that have a name. */
import type { Policy } from "./policy.ts";

function allowing(...actions: readonly string[]): Policy {
  return [{ effect: "Allow", actions: actions.map((action) => action.toLowerCase()), resources: ["*"] }];
}

export const READY_MADE: Readonly<Record<ReadyMade, Policy>> = {
  admin: allowing("*"),
  "read-only": allowing(
    "states:Describe*",
    "states:List*",
    "states:GetExecutionHistory",
    "states:ValidateStateMachineDefinition",
    "stepflare:Describe*",
    "stepflare:List*",
    "stepflare:Get*",
    "stepflare:SearchExecutions",
    "stepflare:ImportDefinition",
    "stepflare:TestEventPattern",
  ),
  "start-only": allowing("states:StartExecution", "states:StartSyncExecution"),
  "callback-only": allowing(
    "states:SendTaskSuccess",
    "states:SendTaskFailure",
    "states:SendTaskHeartbeat",
    "stepflare:DecideApproval",
  ),
};

export type ReadyMade = "admin" | "read-only" | "start-only" | "callback-only";

export function findReadyMade(name: string): Policy | undefined {
  return Object.hasOwn(READY_MADE, name) ? READY_MADE[name as ReadyMade] : undefined;
}
