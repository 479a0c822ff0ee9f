/** What StartExecution and StartSyncExecution have in common: what may be started, with what, and what is pinned to it. */
import { expressExecutionArn, type StateMachineArn } from "../../runtime/arn.ts";
import type { StartRequest } from "../../runtime/execution-rpc.ts";
import type { ExpressRequest } from "../../runtime/express-run.ts";
import type { StateMachineRecord } from "../../runtime/registry.ts";
import { ApiError } from "../api-error.ts";
import type { ApiContext } from "../context.ts";
import type { StartExecutionInput } from "../inputs.ts";
import { jsonTextFault } from "../json-text.ts";
import { checkName } from "../names.ts";
import { plainStateMachine, readUnlabeledArn, stateMachineDoesNotExist } from "../resource-arn.ts";

export interface Start {
  readonly arn: StateMachineArn;
  readonly machine: StateMachineRecord;
  readonly name: string;
  readonly input: string;
}

/** Finds the state machine that is to run; throws for whatever the caller did wrong. @param find reads the record of an ARN */
export async function readStart(
  context: ApiContext,
  { stateMachineArn, name, input = "{}" }: StartExecutionInput,
  find: (arn: string) => Promise<StateMachineRecord | undefined>,
): Promise<Start> {
  const arn = plainStateMachine(readUnlabeledArn(stateMachineArn));
  if (name !== undefined) checkName(name);
  checkExecutionInput(input);
  const machine = await find(arn.arn);
  if (machine === undefined) throw stateMachineDoesNotExist(arn.arn);
  return { arn, machine, name: name ?? context.uuid(), input };
}

/** What an execution's start says. Whatever happens to the state machine, the execution keeps it. */
export function startRequest(
  executionArn: string,
  { machine, name, input }: Start,
  traceHeader: string | undefined,
): StartRequest {
  return {
    version: 1,
    executionArn,
    name,
    input,
    stateMachineArn: machine.arn,
    stateMachineName: machine.name,
    roleArn: machine.roleArn,
    revisionId: machine.revisionId,
    definition: machine.definition,
    definitionUpdatedAt: machine.updatedAt,
    loggingConfiguration: machine.loggingConfiguration,
    tracingConfiguration: machine.tracingConfiguration,
    ...(traceHeader !== undefined && { traceHeader }),
  };
}

/** Of an Express execution: another one with each call, whatever its name. */
export function expressRequest(context: ApiContext, start: Start, traceHeader: string | undefined): ExpressRequest {
  const executionArn = expressExecutionArn(start.arn, start.name, context.uuid());
  return { ...startRequest(executionArn, start, traceHeader), startedAt: context.now() };
}

function checkExecutionInput(text: string): void {
  const fault = text.trim() === "" ? "Invalid execution input." : jsonTextFault(text);
  if (fault === undefined) return;
  throw new ApiError("InvalidExecutionInput", `Invalid State Machine Execution Input: '${fault}'`);
}
