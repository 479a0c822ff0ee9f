/** A service that tasks call by a Resource such as `arn:aws:states:::sqs:sendMessage`, and how it is found. */
import type { TaskResource } from "../../asl/resource.ts";
import type { TaskAnswer, TaskCall } from "../tasks/task-call.ts";

export interface ServiceCall extends TaskCall {
  readonly resource: Extract<TaskResource, { readonly kind: "service" }>;
}

/**
 * Performs a call of the service. Never throws for what the other side does; an outage is thrown, and the call is made again.
 *
 * undefined: there is no such action here.
 */
export type Integration = (call: ServiceCall, signal: AbortSignal) => Promise<TaskAnswer | undefined>;

/** By the resource type, such as `sqs` or `aws-sdk:dynamodb`. */
export type Integrations = Readonly<Record<string, Integration>>;

/** The answer of a call that was taken: the task's result, or, where a callback brings that, what is shown until then. */
export function taken(call: ServiceCall, output: Extract<TaskAnswer, { kind: "succeeded" }>["output"]): TaskAnswer {
  return { kind: call.resource.pattern === "waitForTaskToken" ? "submitted" : "succeeded", output };
}
