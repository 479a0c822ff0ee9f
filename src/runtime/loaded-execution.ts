/** An execution in memory: what it was started with, its machine, and where it is. */
import type { StateMachine } from "../asl/types.ts";
import type { Execution } from "../engine/execution.ts";
import { MAX_OPEN_MS } from "../engine/quotas.ts";
import { isCut, pendingCalls, pendingDemands } from "../engine/places.ts";
import type { StartRequest } from "./execution-rpc.ts";

export interface LoadedExecution {
  readonly request: StartRequest;
  readonly machine: StateMachine;
  readonly execution: Execution;
}

/** Whether it has been open for as long as an execution may be. No timer is set for that: what is idle is woken. */
export function isExpired({ outcome, facts }: Execution, now: number): boolean {
  return outcome.status === "RUNNING" && now - facts.startedAt >= MAX_OPEN_MS;
}

/** Whether the snapshot waits for an answer, also to a call that failed and is to be made again. */
export function isAnswerAwaited({ machine, execution }: LoadedExecution): boolean {
  return pendingCalls(machine, execution).length > 0 || pendingDemands(execution).length > 0 || isCut(execution);
}
