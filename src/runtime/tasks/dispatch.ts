/** From a task's resource to who performs it. */
import { callLambdaArn, callLambdaInvoke } from "./lambda.ts";
import type { FunctionDirectory } from "./functions.ts";
import { failed, type PerformTask, type TaskAnswer, type TaskCall } from "./task-call.ts";

/** Performs tasks with these functions. */
export function dispatchTasks(directory: FunctionDirectory): PerformTask {
  return async (call, signal) => {
    try {
      return await dispatch(directory, call, signal);
    } catch (error) {
      // A caller's mistake never gets here: this is ours, or the platform's, and the state machine may retry it.
      console.error("stepflare: task failed", call.idempotencyKey, error);
      return failed("States.TaskFailed", `The task could not be performed: ${error instanceof Error ? error.message : String(error)}`);
    }
  };
}

async function dispatch(directory: FunctionDirectory, call: TaskCall, signal: AbortSignal): Promise<TaskAnswer> {
  const { resource } = call;
  switch (resource.kind) {
    case "lambda":
      return callLambdaArn(directory, resource.arn, call, signal);
    case "activity":
      return failed("States.TaskFailed", "Activities are not supported by this version of Stepflare.");
    case "service":
      if (resource.resourceType === "lambda") return callLambdaInvoke(directory, call, signal);
      return failed("States.TaskFailed", `The integration ${resource.arn} is not supported by this version of Stepflare.`);
  }
}
