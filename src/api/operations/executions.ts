/**
 * Executions: start, stop, describe, list, history.
 * @see https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
 */
import type { HistoryEvent } from "../../engine/history-event.ts";
import { executionArn } from "../../runtime/arn.ts";
import { listEntries, type ExecutionIndexEntry } from "../../runtime/execution-index.ts";
import type { ExecutionDescription } from "../../runtime/execution-rpc.ts";
import { hideTokens, withoutTokens } from "../../runtime/hidden-tokens.ts";
import { decodePageToken, encodePageToken, type PageKey } from "../../runtime/page-token.ts";
import { ApiError } from "../api-error.ts";
import { toSeconds, type Output } from "../aws-json.ts";
import type { ApiContext } from "../context.ts";
import type {
  DescribeExecutionInput,
  GetExecutionHistoryInput,
  ListExecutionsInput,
  RedriveExecutionInput,
  StartExecutionInput,
  StopExecutionInput,
} from "../inputs.ts";
import { invalidToken, pageSize } from "../paging.ts";
import { readArn, stateMachineDoesNotExist, typeNotSupported } from "../resource-arn.ts";
import { maySeeRedacted } from "../redacted-data.ts";
import { executionOf, valueOf } from "./executing.ts";
import { findStartable } from "./find.ts";
import { describeMapRunChild, listMapRunExecutions } from "./map-runs.ts";
import { expressRequest, readStart, startRequest } from "./starting.ts";

export async function startExecution(context: ApiContext, input: StartExecutionInput): Promise<Output> {
  const start = await readStart(context, input);
  if (start.machine.type === "EXPRESS") {
    const request = expressRequest(context, start, input.traceHeader);
    await context.express.submit(request);
    return { executionArn: request.executionArn, startDate: toSeconds(request.startedAt) };
  }
  const id = executionArn(start.arn, start.name);
  const started = valueOf(await context.execution(id).start(startRequest(context, id, start, input.traceHeader)));
  return { executionArn: started.executionArn, startDate: toSeconds(started.startDate) };
}

export async function stopExecution(context: ApiContext, input: StopExecutionInput): Promise<Output> {
  const answer = await executionOf(context, input.executionArn).stop(input.error, input.cause);
  return { stopDate: toSeconds(valueOf(answer).stopDate) };
}

/** What did not succeed runs again, in the same execution and with the definition it is pinned to. */
export async function redriveExecution(context: ApiContext, input: RedriveExecutionInput): Promise<Output> {
  const answer = await executionOf(context, input.executionArn).redrive(input.clientToken);
  return { redriveDate: toSeconds(valueOf(answer).redriveDate) };
}

export async function describeExecution(context: ApiContext, input: DescribeExecutionInput): Promise<Output> {
  const arn = readArn(input.executionArn, "execution", "express");
  // Of Express executions only those are known that a Map Run began; their state machine has a label.
  if (arn.kind === "express" && !arn.stateMachineName.includes("/")) readArn(input.executionArn, "execution");
  const redacted = !maySeeRedacted(context, arn.arn);
  const execution = valueOf(
    arn.kind === "express"
      ? await describeMapRunChild(context, arn, redacted)
      : await context.execution(arn.arn).describe(redacted),
  );
  const included = input.includedData !== "METADATA_ONLY";
  const shown = mayAnswerTasks(context, arn.arn) ? (text: string | undefined): string | undefined => text : hideTokens;
  return {
    executionArn: execution.executionArn,
    stateMachineArn: execution.stateMachineArn,
    name: execution.name,
    status: execution.status,
    startDate: toSeconds(execution.startDate),
    stopDate: toSeconds(execution.stopDate),
    input: included ? shown(execution.input) : undefined,
    inputDetails: { included },
    output: included ? shown(execution.output) : undefined,
    outputDetails: execution.output === undefined ? undefined : { included },
    traceHeader: execution.traceHeader,
    mapRunArn: execution.mapRunArn,
    error: execution.error,
    cause: shown(execution.cause),
    stateMachineVersionArn: execution.stateMachineVersionArn,
    stateMachineAliasArn: execution.stateMachineAliasArn,
    ...redriveOf(execution),
  };
}

export async function listExecutions(context: ApiContext, input: ListExecutionsInput): Promise<Output> {
  if (input.mapRunArn !== undefined) {
    readArn(input.mapRunArn, "mapRun");
    if (input.stateMachineArn !== undefined)
      throw invalidList("Only one of stateMachineArn and mapRunArn can be specified");
    return listMapRunExecutions(context, input.mapRunArn, input);
  }
  if (input.stateMachineArn === undefined) throw invalidList("Either stateMachineArn or mapRunArn must be specified");
  if (input.redriveFilter !== undefined) throw invalidList("redriveFilter can only be specified with mapRunArn");
  const arn = readArn(input.stateMachineArn, "stateMachine", "qualifiedStateMachine", "labeledStateMachine");
  if (arn.kind === "labeledStateMachine") throw stateMachineDoesNotExist(arn.arn);
  const { machine, stateMachineAliasArn } = await findStartable(context, arn);
  if (machine.type === "EXPRESS") throw typeNotSupported();
  const page = await listEntries(context.db, {
    startedBy: {
      kind: arn.kind === "stateMachine" ? "machine" : stateMachineAliasArn === undefined ? "version" : "alias",
      arn: arn.arn,
    },
    statusFilter: input.statusFilter,
    maxResults: pageSize(input.maxResults),
    token: input.nextToken,
  });
  if (page === undefined) throw invalidToken();
  return { executions: page.entries.map(listed), nextToken: page.nextToken };
}

export async function getExecutionHistory(context: ApiContext, input: GetExecutionHistoryInput): Promise<Output> {
  const execution = executionOf(context, input.executionArn);
  const reverseOrder = input.reverseOrder ?? false;
  const scope: PageKey = ["history", input.executionArn, String(reverseOrder)];
  const fromEventId = readEventId(scope, input.nextToken);
  const answer = await execution.history({
    maxResults: pageSize(input.maxResults),
    reverseOrder,
    includeExecutionData: input.includeExecutionData ?? true,
    ...(!maySeeRedacted(context, input.executionArn) && { redacted: true }),
    ...(fromEventId !== undefined && { fromEventId }),
  });
  const { events, nextEventId } = valueOf(answer);
  const shown = mayAnswerTasks(context, input.executionArn) ? events : events.map(withoutTokens);
  return {
    events: shown.map(wireEvent),
    nextToken: nextEventId === undefined ? undefined : encodePageToken(scope, [nextEventId]),
  };
}

/** Whoever sees a task's token can answer that task. */
export function mayAnswerTasks({ principal }: ApiContext, arn: string): boolean {
  return principal.may("states:SendTaskSuccess", arn);
}

/** The details already have AWS's member names. */
function wireEvent({ id, previousEventId, timestamp, type, detailsName, details }: HistoryEvent): Output {
  const event: Record<string, unknown> = { timestamp: toSeconds(timestamp), type, id, previousEventId };
  if (detailsName !== undefined) event[detailsName] = details ?? {};
  return event;
}

function redriveOf({ redriveCount = 0, redriveDate, redriveStatusReason }: ExecutionDescription): Output {
  return {
    redriveCount,
    redriveDate: toSeconds(redriveDate),
    redriveStatus: redriveStatusReason === undefined ? "REDRIVABLE" : "NOT_REDRIVABLE",
    redriveStatusReason,
  };
}

/** As lists of executions show it. */
export function listed(entry: ExecutionIndexEntry): Output {
  return {
    executionArn: entry.executionArn,
    stateMachineArn: entry.stateMachineArn,
    name: entry.name,
    status: entry.status,
    startDate: toSeconds(entry.startedAt),
    stopDate: toSeconds(entry.stoppedAt),
    stateMachineVersionArn: entry.stateMachineVersionArn,
    stateMachineAliasArn: entry.stateMachineAliasArn,
    redriveCount: entry.redriveCount,
    redriveDate: toSeconds(entry.redrivenAt),
  };
}

function readEventId(scope: PageKey, token: string | undefined): number | undefined {
  if (token === undefined) return undefined;
  const id = decodePageToken(scope, token)?.[0];
  if (typeof id !== "number" || !Number.isSafeInteger(id) || id < 1) throw invalidToken();
  return id;
}

function invalidList(message: string): ApiError {
  return new ApiError("ValidationException", message);
}
