/**
 * Callbacks: the answer to a task that waits for its token.
 * @see https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskSuccess.html
 */
import type { ExecutionRpc } from "../../runtime/execution-rpc.ts";
import { ApiError } from "../api-error.ts";
import type { Output } from "../aws-json.ts";
import type { ApiContext } from "../context.ts";
import type { SendTaskFailureInput, SendTaskHeartbeatInput, SendTaskSuccessInput } from "../inputs.ts";
import { jsonTextFault } from "../json-text.ts";
import { invalidToken } from "../paging.ts";
import { valueOf } from "./executing.ts";

export async function sendTaskSuccess(context: ApiContext, input: SendTaskSuccessInput): Promise<Output> {
  const execution = waitingExecution(context, input.taskToken);
  const fault = jsonTextFault(input.output, context.quotas.PayloadBytes);
  if (fault !== undefined) throw new ApiError("InvalidOutput", `Invalid Output: '${fault}'`);
  valueOf(await execution.sendTaskSuccess(input.taskToken, input.output));
  return {};
}

export async function sendTaskFailure(context: ApiContext, input: SendTaskFailureInput): Promise<Output> {
  valueOf(await waitingExecution(context, input.taskToken).sendTaskFailure(input.taskToken, input.error, input.cause));
  return {};
}

export async function sendTaskHeartbeat(context: ApiContext, input: SendTaskHeartbeatInput): Promise<Output> {
  valueOf(await waitingExecution(context, input.taskToken).sendTaskHeartbeat(input.taskToken));
  return {};
}

function waitingExecution(context: ApiContext, taskToken: string): ExecutionRpc {
  const executionArn = context.executionOfToken(taskToken);
  // No object is woken for it.
  if (executionArn === undefined) throw invalidToken();
  return context.execution(executionArn);
}
