/** An execution as it is described to others. */
import { failureDetails } from "../engine/turn.ts";
import type { ExecutionDescription, PinnedStateMachine } from "./execution-rpc.ts";
import type { LoadedExecution } from "./loaded-execution.ts";
import { parentOf } from "./parent-link.ts";
import { redactorOf } from "./redaction.ts";
import { redriveRefusal } from "./redrive.ts";

/** What DescribeStateMachineForExecution shows. */
export function describePinned({ request }: LoadedExecution): PinnedStateMachine {
  return {
    stateMachineArn: request.stateMachineArn,
    name: request.stateMachineName,
    definition: request.definition,
    roleArn: request.roleArn,
    ...(request.mapRun !== undefined && { mapRunArn: request.mapRun.mapRunArn }),
    updateDate: request.definitionUpdatedAt,
    revisionId: request.revisionId,
    ...(request.loggingConfiguration !== undefined && { loggingConfiguration: request.loggingConfiguration }),
    ...(request.tracingConfiguration !== undefined && { tracingConfiguration: request.tracingConfiguration }),
  };
}

/** What DescribeExecution shows. */
export function describeExecution({ request, execution }: LoadedExecution): ExecutionDescription {
  const { facts, outcome } = execution;
  const refusal = redriveRefusal(execution, Date.now());
  const parentArn = parentOf(request, facts.input);
  return {
    executionArn: facts.executionArn,
    name: facts.executionName,
    stateMachineArn: facts.stateMachineArn,
    ...(request.stateMachineVersionArn !== undefined && { stateMachineVersionArn: request.stateMachineVersionArn }),
    ...(request.stateMachineAliasArn !== undefined && { stateMachineAliasArn: request.stateMachineAliasArn }),
    status: outcome.status,
    startDate: facts.startedAt,
    input: facts.input.text,
    ...(request.traceHeader !== undefined && { traceHeader: request.traceHeader }),
    ...(parentArn !== undefined && { parentArn }),
    ...(request.mapRun !== undefined && { mapRunArn: request.mapRun.mapRunArn }),
    ...(outcome.status !== "RUNNING" && { stopDate: outcome.stoppedAt }),
    ...(outcome.status === "SUCCEEDED" && { output: outcome.output.text }),
    ...("failure" in outcome && failureDetails(outcome.failure)),
    redriveCount: execution.redrive?.count ?? 0,
    ...(execution.redrive !== undefined && { redriveDate: execution.redrive.at }),
    ...(refusal !== undefined && { redriveStatusReason: refusal }),
  };
}

/** The same, without what the state machine's redacted paths hide. */
export function redactedDescription(loaded: LoadedExecution): ExecutionDescription {
  const description = describeExecution(loaded);
  return redactorOf(loaded.request.redactedPaths)?.description(description) ?? description;
}
