/** A task's call as its execution makes it. */
import type { ScheduleTask } from "../../engine/command.ts";
import type { ExecutionFacts, TaskId } from "../../engine/execution.ts";
import { payloadBytesOf } from "../../engine/quotas.ts";
import type { StartRequest } from "../execution-rpc.ts";
import { inheritedOf } from "../inherited.ts";
import { traceHeaderOfTask } from "../observe/trace-context.ts";
import type { TaskCall } from "./task-call.ts";

export function madeCall(command: ScheduleTask, request: StartRequest, facts: ExecutionFacts): TaskCall {
  const { executionArn, stateMachineArn, startedAt } = facts;
  return {
    ...command,
    executionArn,
    stateMachineArn,
    idempotencyKey: idempotencyKeyOf(executionArn, command.taskId),
    ...traceHeaderOfTask({ ...request, startedAt }, command.taskId),
    maxPayloadBytes: payloadBytesOf(facts),
    ...inheritedOf(request),
  };
}

/** The same for every delivery of one attempt. */
export function idempotencyKeyOf(executionArn: string, taskId: TaskId): string {
  return `${executionArn}#${taskId}`;
}
