/** From what a task's call was answered to what the engine is told. */
import type { ExecutionEvent } from "../../engine/event.ts";
import type { TaskId } from "../../engine/execution.ts";
import type { TaskAnswer } from "./task-call.ts";

/** What a call's answer means to the engine. */
export function answerEvent(taskId: TaskId, answer: TaskAnswer): ExecutionEvent {
  switch (answer.kind) {
    case "succeeded":
      return { type: "TaskSucceeded", taskId, output: answer.output };
    case "submitted":
      return { type: "TaskSubmitted", taskId, output: answer.output };
    case "failed":
      return {
        type: "TaskFailed",
        taskId,
        failure: answer.failure,
        ...(answer.isUncertain && { isUncertain: true }),
      };
  }
}
