/** How operations reach an execution's object, and what becomes of its refusals. */
import type { Answer, ExecutionRpc } from "../../runtime/execution-rpc.ts";
import { ApiError } from "../api-error.ts";
import type { ApiContext } from "../context.ts";
import { readArn } from "../resource-arn.ts";

/** The object of a Standard execution; Express executions have none. */
export function executionOf(context: ApiContext, arn: string): ExecutionRpc {
  return context.execution(readArn(arn, "execution").arn);
}

/** What an object answered, or its refusal as the caller's error. */
export function valueOf<T>(answer: Answer<T>): T {
  if (answer.ok) return answer.value;
  throw new ApiError(answer.error, answer.message);
}
