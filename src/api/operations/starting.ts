/** What StartExecution and StartSyncExecution have in common: what may be started, with what, and what is pinned to it. */
import { expressExecutionArn, type QualifiedStateMachineArn, type StateMachineArn } from "../../runtime/arn.ts";
import type { StartRequest } from "../../runtime/execution-rpc.ts";
import { pinnedQuotas } from "../../runtime/quota-settings.ts";
import type { ExpressRequest } from "../../runtime/express-run.ts";
import { ApiError } from "../api-error.ts";
import type { ApiContext } from "../context.ts";
import type { StartExecutionInput } from "../inputs.ts";
import { jsonTextFault } from "../json-text.ts";
import { checkName } from "../names.ts";
import { readUnlabeledArn } from "../resource-arn.ts";
import { findStartable, type Remember, type Startable } from "./find.ts";

export interface Start extends Startable {
  readonly arn: StateMachineArn | QualifiedStateMachineArn;
  readonly name: string;
  readonly input: string;
}

/** Finds what is to run; throws for whatever the caller did wrong. */
export async function readStart(
  context: ApiContext,
  { stateMachineArn, name, input = "{}" }: StartExecutionInput,
  remember?: Remember,
): Promise<Start> {
  const arn = readUnlabeledArn(stateMachineArn);
  if (name !== undefined) checkName(name);
  checkExecutionInput(input, context.quotas.PayloadBytes);
  const startable = await findStartable(context, arn, remember);
  return { arn, ...startable, name: name ?? context.uuid(), input };
}

/** What an execution's start says. Whatever happens to the state machine, the execution keeps it. */
export function startRequest(
  context: ApiContext,
  executionArn: string,
  start: Start,
  traceHeader: string | undefined,
): StartRequest {
  const { arn: _, machine, ...more } = start;
  const quotas = pinnedQuotas(context.quotas);
  return {
    version: 1,
    executionArn,
    stateMachineArn: machine.arn,
    stateMachineName: machine.name,
    roleArn: machine.roleArn,
    revisionId: machine.revisionId,
    definition: machine.definition,
    definitionUpdatedAt: machine.updatedAt,
    loggingConfiguration: machine.loggingConfiguration,
    tracingConfiguration: machine.tracingConfiguration,
    ...(machine.searchFields && { searchFields: machine.searchFields }),
    ...(machine.redactedPaths && { redactedPaths: machine.redactedPaths }),
    ...(context.callDepth !== undefined && { callDepth: context.callDepth }),
    ...more,
    ...(traceHeader !== undefined && { traceHeader }),
    ...(quotas !== undefined && { quotas }),
  };
}

/** Of an Express execution: another one with each call, whatever its name. */
export function expressRequest(context: ApiContext, start: Start, traceHeader: string | undefined): ExpressRequest {
  const executionArn = expressExecutionArn(start.arn, start.name, context.uuid());
  return { ...startRequest(context, executionArn, start, traceHeader), startedAt: context.now() };
}

function checkExecutionInput(text: string, maxBytes: number): void {
  const fault = text.trim() === "" ? "Invalid execution input." : jsonTextFault(text, maxBytes);
  if (fault === undefined) return;
  throw new ApiError("InvalidExecutionInput", `Invalid State Machine Execution Input: '${fault}'`);
}
