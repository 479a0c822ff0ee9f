/** From a task's resource to who performs it. */
import { callActivity, type ActivityDirectory } from "./activities.ts";
import { callLambdaArn, callLambdaInvoke } from "./lambda.ts";
import type { FunctionDirectory } from "./functions.ts";
import { callSfnOperation, callStartExecution, type CallOperation } from "./states.ts";
import { failed, type PerformTask, type TaskAnswer, type TaskCall } from "./task-call.ts";

export interface TaskServices {
  readonly functions: FunctionDirectory;
  readonly activities: ActivityDirectory;
  readonly operations: CallOperation;
}

/** Performs tasks with these functions and this service. */
export function dispatchTasks(services: TaskServices): PerformTask {
  return async (call, signal) => {
    try {
      return await dispatch(services, call, signal);
    } catch (error) {
      // A caller's mistake never gets here: this is ours, or the platform's, and the state machine may retry it.
      console.error("stepflare: task failed", call.idempotencyKey, error);
      return failed(
        "States.TaskFailed",
        `The task could not be performed: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
  };
}

async function dispatch(
  { functions, activities, operations }: TaskServices,
  call: TaskCall,
  signal: AbortSignal,
): Promise<TaskAnswer> {
  const { resource } = call;
  switch (resource.kind) {
    case "lambda":
      return callLambdaArn(functions, resource.arn, call, signal);
    case "activity":
      return callActivity(activities, resource.arn, call, signal);
    case "service":
      if (resource.resourceType === "lambda") return callLambdaInvoke(functions, call, signal);
      if (resource.resourceType === "states") return callStartExecution(operations, call);
      if (resource.resourceType === "aws-sdk:sfn") return callSfnOperation(operations, call);
      return failed(
        "States.TaskFailed",
        `The integration ${resource.arn} is not supported by this version of Stepflare.`,
      );
  }
}
