/** An execution in memory: what it was started with, its machine, and where it is. */
import type { StateMachine } from "../asl/types.ts";
import { Payload } from "../data/payload.ts";
import { newExecution } from "../engine/advance.ts";
import type { Execution } from "../engine/execution.ts";
import { MAX_OPEN_MS } from "../engine/quotas.ts";
import { isCut, pendingCalls, pendingDemands } from "../engine/places.ts";
import type { StartRequest } from "./execution-rpc.ts";
import { machineOf } from "./machine-cache.ts";

export interface LoadedExecution {
  readonly request: StartRequest;
  readonly machine: StateMachine;
  readonly execution: Execution;
}

export function newlyLoaded(request: StartRequest, region: string, startedAt: number): LoadedExecution {
  const execution = newExecution({
    executionArn: request.executionArn,
    executionName: request.name,
    stateMachineArn: request.stateMachineArn,
    stateMachineName: request.stateMachineName,
    roleArn: request.roleArn,
    region,
    input: Payload.fromText(request.input),
    startedAt,
    ...(request.quotas !== undefined && { quotas: request.quotas }),
  });
  return { request, machine: machineOf(request), execution };
}

/** Of a Map Run's child: taken up by that redrive of it. */
export function ofEpoch(loaded: LoadedExecution, epoch: number | undefined): LoadedExecution {
  const { request } = loaded;
  if (epoch === undefined || request.mapRun === undefined) return loaded;
  return { ...loaded, request: { ...request, mapRun: { ...request.mapRun, epoch } } };
}

/** Whether it has been open for as long as an execution may be. No timer is set for that: what is idle is woken. */
export function isExpired({ outcome, facts }: Execution, now: number): boolean {
  return outcome.status === "RUNNING" && now - facts.startedAt >= MAX_OPEN_MS;
}

/** Whether the snapshot waits for an answer, also to a call that failed and is to be made again. */
export function isAnswerAwaited({ machine, execution }: LoadedExecution): boolean {
  return pendingCalls(machine, execution).length > 0 || pendingDemands(execution).length > 0 || isCut(execution);
}
