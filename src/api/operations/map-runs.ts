/**
 * Map Runs: describe, list, update, and the executions they began.
 * @see https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeMapRun.html
 */
import type { ExecutionDescription } from "../../runtime/execution-rpc.ts";
import type { ExpressExecutionArn } from "../../runtime/arn.ts";
import type { MapRunChild, MapRunCounts, MapRunUsage } from "../../runtime/map/map-run-rpc.ts";
import { decodePageToken, encodePageToken, type PageKey } from "../../runtime/page-token.ts";
import type { Answer } from "../../runtime/execution-rpc.ts";
import { toSeconds, type Output } from "../aws-json.ts";
import type { ApiContext } from "../context.ts";
import type { DescribeMapRunInput, ListExecutionsInput, ListMapRunsInput, UpdateMapRunInput } from "../inputs.ts";
import { invalidToken, pageSize } from "../paging.ts";
import { readArn, resourceNotFound } from "../resource-arn.ts";
import { executionOf, valueOf } from "./executing.ts";

export async function describeMapRun(context: ApiContext, input: DescribeMapRunInput): Promise<Output> {
  const run = await found(input.mapRunArn, (arn) => context.mapRun(arn).describe());
  return {
    mapRunArn: run.mapRunArn,
    executionArn: run.executionArn,
    status: run.status,
    startDate: toSeconds(run.startDate),
    stopDate: toSeconds(run.stopDate),
    maxConcurrency: run.maxConcurrency,
    toleratedFailurePercentage: run.toleratedFailurePercentage,
    toleratedFailureCount: run.toleratedFailureCount,
    itemCounts: shownCounts(run.itemCounts),
    executionCounts: shownCounts(run.executionCounts),
    redriveCount: run.redriveCount,
    redriveDate: toSeconds(run.redriveDate),
  };
}

/** @param mapRunArn of the request */
export async function describeMapRunUsage(context: ApiContext, mapRunArn: string): Promise<MapRunUsage> {
  return found(mapRunArn, (arn) => context.mapRun(arn).usage());
}

export async function updateMapRun(context: ApiContext, input: UpdateMapRunInput): Promise<Output> {
  const { mapRunArn, maxConcurrency, toleratedFailureCount, toleratedFailurePercentage } = input;
  const limits = {
    ...(maxConcurrency !== undefined && { maxConcurrency }),
    ...(toleratedFailureCount !== undefined && { toleratedFailureCount }),
    ...(toleratedFailurePercentage !== undefined && { toleratedFailurePercentage }),
  };
  await found(mapRunArn, (arn) => context.mapRun(arn).update(limits));
  return {};
}

/** In the order in which they began. */
export async function listMapRuns(context: ApiContext, input: ListMapRunsInput): Promise<Output> {
  const runs = valueOf(await executionOf(context, input.executionArn).mapRuns());
  const scope: PageKey = ["mapRuns", input.executionArn];
  const from = readNumber(scope, input.nextToken) ?? 0;
  const next = from + pageSize(input.maxResults);
  return {
    mapRuns: runs.slice(from, next).map(({ mapRunArn, startDate, stopDate }) => ({
      executionArn: input.executionArn,
      mapRunArn,
      stateMachineArn: stateMachineOf(mapRunArn),
      startDate: toSeconds(startDate),
      stopDate: toSeconds(stopDate),
    })),
    nextToken: next < runs.length ? encodePageToken(scope, [next]) : undefined,
  };
}

/** The newest first. @param mapRunArn of the input */
export async function listMapRunExecutions(
  context: ApiContext,
  mapRunArn: string,
  input: ListExecutionsInput,
): Promise<Output> {
  const scope: PageKey = ["mapRunExecutions", mapRunArn, input.statusFilter ?? "", input.redriveFilter ?? ""];
  const fromNumber = readNumber(scope, input.nextToken);
  const page = await found(mapRunArn, (arn) =>
    context.mapRun(arn).children({
      maxResults: pageSize(input.maxResults),
      ...(input.statusFilter !== undefined && { status: input.statusFilter }),
      ...(input.redriveFilter !== undefined && { isRedriven: input.redriveFilter === "REDRIVEN" }),
      ...(fromNumber !== undefined && { fromNumber }),
    }),
  );
  return {
    executions: page.children.map((child) => listedChild(mapRunArn, child)),
    nextToken: page.nextNumber === undefined ? undefined : encodePageToken(scope, [page.nextNumber]),
  };
}

/** An Express execution that a Map Run began; others leave nothing to describe. */
export async function describeMapRunChild(
  context: ApiContext,
  { arn, stateMachineName, name, id }: ExpressExecutionArn,
  redacted: boolean,
): Promise<Answer<ExecutionDescription>> {
  const mapRunArn = `${arn.slice(0, arn.indexOf(":express:"))}:mapRun:${stateMachineName}:${name}`;
  const answer = await context.mapRun(mapRunArn).describeChild(id, redacted);
  if (answer.ok) return answer;
  return { ok: false, error: "ExecutionDoesNotExist", message: `Execution Does Not Exist: '${arn}'` };
}

async function found<T>(mapRunArn: string, ask: (mapRunArn: string) => Promise<Answer<T>>): Promise<T> {
  const answer = await ask(readArn(mapRunArn, "mapRun").arn);
  if (!answer.ok && answer.error === "ResourceNotFound") throw resourceNotFound(mapRunArn);
  return valueOf(answer);
}

function listedChild(mapRunArn: string, child: MapRunChild): Output {
  return {
    ...child,
    mapRunArn,
    startDate: toSeconds(child.startDate),
    stopDate: toSeconds(child.stopDate),
  };
}

function shownCounts(counts: MapRunCounts): Output {
  return { ...counts };
}

/** `arn:…:mapRun:<state machine>/<label>:<id>` */
function stateMachineOf(mapRunArn: string): string {
  return mapRunArn.replace(":mapRun:", ":stateMachine:").replace(/\/.*$/u, "");
}

function readNumber(scope: PageKey, token: string | undefined): number | undefined {
  if (token === undefined) return undefined;
  const number = decodePageToken(scope, token)?.[0];
  if (typeof number !== "number" || !Number.isSafeInteger(number) || number < 0) throw invalidToken();
  return number;
}
