/** From a task's resource to who performs it. */
import { isOutage, isOverload } from "../outage.ts";
import { callActivity, type ActivityDirectory } from "./activities.ts";
import type { Elsewhere } from "../integrations/aws/elsewhere.ts";
import type { Integrations, ServiceCall } from "../integrations/integration.ts";
import { callLambdaArn, callLambdaInvoke } from "./lambda.ts";
import type { FunctionDirectory } from "./functions.ts";
import { callSfnOperation, callStartExecution, type OperationsOf } from "./states.ts";
import { type PerformTask, type TaskAnswer, type TaskCall } from "./task-call.ts";

export interface TaskServices {
  readonly functions: FunctionDirectory;
  readonly activities: ActivityDirectory;
  readonly operations: OperationsOf;
  readonly integrations: Integrations;
  /** Performs what nothing here does. */
  readonly elsewhere: Elsewhere;
  sleep(milliseconds: number): Promise<void>;
}

/**
 * Pauses before a call is made again that an object or a database was out of reach for, milliseconds: a deployment, a move
 * to another machine. Each call may be repeated, as after a crash.
 */
const PAUSES: readonly number[] = [50, 200, 800, 3_200, 12_800];

/** Performs tasks with these functions and this service. */
export function dispatchTasks(services: TaskServices): PerformTask {
  return async (call, signal) => {
    try {
      return await dispatchPatiently(services, call, signal);
    } catch (error) {
      // A caller's mistake never gets here: this is ours, or the platform's, and the state machine may retry it.
      console.error("stepflare: task failed", call.idempotencyKey, error);
      const cause = `The task could not be performed: ${error instanceof Error ? error.message : String(error)}`;
      return { kind: "failed", failure: { error: "States.TaskFailed", cause }, isUncertain: true };
    }
  };
}

async function dispatchPatiently(services: TaskServices, call: TaskCall, signal: AbortSignal): Promise<TaskAnswer> {
  for (const pause of PAUSES) {
    try {
      return await dispatch(services, call, signal);
    } catch (error) {
      if (!isOutage(error) || isOverload(error) || signal.aborted) throw error;
    }
    await services.sleep(pause);
  }
  return dispatch(services, call, signal);
}

async function dispatch(
  { functions, activities, operations, integrations, elsewhere }: TaskServices,
  call: TaskCall,
  signal: AbortSignal,
): Promise<TaskAnswer> {
  const { resource } = call;
  if (elsewhere.takesOver(resource)) return elsewhere.perform(call, signal);
  switch (resource.kind) {
    case "lambda":
      return callLambdaArn(functions, resource.arn, call, signal);
    case "activity":
      return callActivity(activities, resource.arn, call, signal);
    case "service":
      if (resource.resourceType === "lambda") return callLambdaInvoke(functions, call, signal);
      if (resource.resourceType === "states") return callStartExecution(operations(call.callDepth), call);
      if (resource.resourceType === "aws-sdk:sfn") return callSfnOperation(operations(call.callDepth), call);
      return (await callIntegration(integrations, { ...call, resource }, signal)) ?? elsewhere.perform(call, signal);
  }
}

async function callIntegration(
  integrations: Integrations,
  call: ServiceCall,
  signal: AbortSignal,
): Promise<TaskAnswer | undefined> {
  const { resourceType } = call.resource;
  const integration = Object.hasOwn(integrations, resourceType) ? integrations[resourceType] : undefined;
  return integration?.(call, signal);
}
