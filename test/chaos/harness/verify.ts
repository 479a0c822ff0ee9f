/** What must hold of an execution when all is quiet, whatever happened to the runtime meanwhile. */
import type { ChaosClient } from "./client.ts";
import type { Findings } from "./findings.ts";
import type { Workflow } from "./workflows.ts";

export interface ToVerify {
  readonly name: string;
  readonly executionArn: string;
  readonly workflow: Omit<Workflow, "share">;
}

export interface IndexRow {
  readonly executionArn: string;
  readonly status: string;
  readonly startDate: number;
  readonly stopDate?: number;
}

interface HistoryEvent {
  readonly id: number;
  readonly type: string;
  readonly timestamp: number;
  readonly stateEnteredEventDetails?: { readonly name: string };
  readonly stateExitedEventDetails?: { readonly name: string };
  readonly taskSucceededEventDetails?: { readonly output?: string };
}

const ENDS = new Set(["ExecutionSucceeded", "ExecutionFailed", "ExecutionAborted", "ExecutionTimedOut"]);
/** How each kind of work begins and ends. */
const SCHEDULED = /^(?:Task|LambdaFunction|Activity)Scheduled$/u;
const CLOSED = /^(?:Task|LambdaFunction|Activity)(?:Succeeded|Failed|TimedOut|StartFailed|ScheduleFailed)$/u;

/** Reads the execution and its history, and compares both with the index' row and with what was acknowledged. */
export async function verify(
  { name, executionArn, workflow }: ToVerify,
  row: IndexRow | undefined,
  client: ChaosClient,
  findings: Findings,
): Promise<readonly HistoryEvent[]> {
  const { status, body } = await client.call("DescribeExecution", { executionArn });
  if (status !== 200) {
    findings.add("lost", `${name} was acknowledged and is not there: ${status} ${JSON.stringify(body)}`);
    return [];
  }
  if (body["status"] === "RUNNING") {
    const events = await historyOf(executionArn, client);
    findings.add("stuck", `${name}, after ${events.map(({ type }) => type).join(" ")}`);
    return [];
  }
  if (body["status"] !== workflow.status)
    findings.add("wrong", `${name} is ${String(body["status"])}: ${JSON.stringify(body).slice(0, 400)}`);
  compareIndex(name, body, row, findings);
  if (workflow.name === "chunks") compareResults(name, String(body["output"]), findings);
  const events = await historyOf(executionArn, client);
  checkHistory(name, workflow, events, findings);
  return events;
}

async function historyOf(executionArn: string, client: ChaosClient): Promise<readonly HistoryEvent[]> {
  const events: HistoryEvent[] = [];
  let nextToken: unknown;
  do {
    const input = { executionArn, maxResults: 1000, ...(nextToken !== undefined && { nextToken }) };
    const { body } = await client.call("GetExecutionHistory", input);
    events.push(...((body["events"] ?? []) as readonly HistoryEvent[]));
    nextToken = body["nextToken"];
  } while (nextToken !== undefined);
  return events;
}

function compareIndex(
  name: string,
  described: Readonly<Record<string, unknown>>,
  row: IndexRow | undefined,
  findings: Findings,
): void {
  const shown = row && [row.status, row.startDate, row.stopDate].join(" ");
  const is = [described["status"], described["startDate"], described["stopDate"]].join(" ");
  if (shown !== is) findings.add("index", `${name} is ${is}, and the index shows ${shown ?? "nothing"}`);
}

function compareResults(name: string, output: string, findings: Findings): void {
  const { results } = JSON.parse(output) as { results?: readonly { worked?: unknown }[] };
  const numbers = results?.map(({ worked }) => worked).join(" ");
  const expected = results?.map((_, i) => i).join(" ");
  if (numbers !== expected) findings.add("wrong", `${name} has the results ${numbers ?? output}`);
}

export function checkHistory(
  name: string,
  workflow: Pick<Workflow, "entered">,
  events: readonly HistoryEvent[],
  findings: Findings,
): void {
  if (events.some(({ id }, i) => id !== i + 1))
    findings.add("gaps", `${name}: ${events.map(({ id }) => id).join(" ")}`);
  if (events.some(({ timestamp }, i) => timestamp < (events[i - 1]?.timestamp ?? 0))) findings.add("times", name);
  const types = events.map(({ type }) => type);
  const shown = types.join(" ");
  if (types[0] !== "ExecutionStarted") findings.add("gaps", `${name} begins with ${shown}`);
  if (types.filter((type) => type === "ExecutionStarted").length > 1) findings.add("duplicated", `${name}: ${shown}`);
  const ends = types.filter((type) => ENDS.has(type)).length;
  if (ends > 1) findings.add("duplicated", `${name} ends more than once: ${shown}`);
  if (ends === 0 || !ENDS.has(types.at(-1) ?? "")) findings.add("gaps", `${name} does not end with its end: ${shown}`);
  const entered = countsOf(events, ({ stateEnteredEventDetails: details }) => details?.name);
  const exited = countsOf(events, ({ stateExitedEventDetails: details }) => details?.name);
  for (const state of new Set([...Object.keys(workflow.entered), ...entered.keys()])) {
    const expected = workflow.entered[state] ?? 0;
    const found = entered.get(state) ?? 0;
    if (found > expected || (exited.get(state) ?? 0) > found)
      findings.add("duplicated", `${name} entered ${state} ${found} times`);
    if (found < expected) findings.add("gaps", `${name} entered ${state} ${found} times`);
  }
  const scheduled = types.filter((type) => SCHEDULED.test(type)).length;
  const closed = types.filter((type) => CLOSED.test(type)).length;
  if (closed > scheduled) findings.add("duplicated", `${name} closed ${closed} of ${scheduled} tasks: ${shown}`);
  if (closed < scheduled) findings.add("gaps", `${name} closed ${closed} of ${scheduled} tasks: ${shown}`);
}

function countsOf(
  events: readonly HistoryEvent[],
  key: (event: HistoryEvent) => string | undefined,
): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const event of events) {
    const name = key(event);
    if (name !== undefined) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts;
}

/** All rows of the index for that state machine, by ARN. */
export async function indexOf(stateMachineArn: string, client: ChaosClient): Promise<ReadonlyMap<string, IndexRow>> {
  const rows = new Map<string, IndexRow>();
  let nextToken: unknown;
  do {
    const input = { stateMachineArn, maxResults: 1000, ...(nextToken !== undefined && { nextToken }) };
    const { body } = await client.call("ListExecutions", input);
    for (const row of (body["executions"] ?? []) as readonly IndexRow[]) rows.set(row.executionArn, row);
    nextToken = body["nextToken"];
  } while (nextToken !== undefined);
  return rows;
}

/** Whether the index shows none of it as running. */
export async function isQuiet(stateMachineArn: string, client: ChaosClient): Promise<boolean> {
  const { body } = await client.call("ListExecutions", { stateMachineArn, statusFilter: "RUNNING", maxResults: 1 });
  return ((body["executions"] ?? []) as readonly unknown[]).length === 0;
}
