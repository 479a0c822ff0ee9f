/**
 * A turn in the numbers that Step Functions gives to CloudWatch, under their names and dimensions.
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/procedure-cw-metrics.html
 */
import type { TaskResource } from "../../asl/resource.ts";
import type { Branch, TaskCursor } from "../../engine/execution.ts";
import type { HistoryEvent } from "../../engine/history-event.ts";
import { statesOf, visitOf, type ObservedTurn } from "./observed-turn.ts";

export type Dimension = "StateMachineArn" | "ActivityArn" | "LambdaFunctionArn" | "ServiceIntegrationResourceArn";

/** One more of something, or how long something took in milliseconds. */
export interface MetricPoint {
  readonly name: string;
  readonly unit: "Count" | "Milliseconds" | "Megabytes";
  readonly dimension: Dimension;
  /** The ARN that the dimension has. */
  readonly arn: string;
  readonly value: number;
}

interface Family {
  readonly dimension: Dimension;
  /** Of what is counted, such as ActivitiesScheduled. */
  readonly counted: string;
  /** Of what is measured, such as ActivityRunTime. */
  readonly timed: string;
}

const FAMILIES: Readonly<Record<TaskResource["kind"], Family>> = {
  lambda: { dimension: "LambdaFunctionArn", counted: "LambdaFunctions", timed: "LambdaFunction" },
  activity: { dimension: "ActivityArn", counted: "Activities", timed: "Activity" },
  service: {
    dimension: "ServiceIntegrationResourceArn",
    counted: "ServiceIntegrations",
    timed: "ServiceIntegration",
  },
};

const STATUS_WORDS = { SUCCEEDED: "Succeeded", FAILED: "Failed", TIMED_OUT: "TimedOut", ABORTED: "Aborted" } as const;

/** An Express execution is billed by begun steps of 100 ms and by 64 MB. */
const BILLED_STEP_MS = 100;
const BILLED_MEGABYTES = 64;

export function metricsOf(turn: ObservedTurn): readonly MetricPoint[] {
  const { history, places } = turn.result;
  const ofTasks = history.flatMap((event, i) => metricsOfTask(turn, event, places[i]));
  return [...ofTasks, ...metricsOfExecution(turn)];
}

function metricsOfExecution({ result }: ObservedTurn): readonly MetricPoint[] {
  const { facts, outcome, redrive } = result.execution;
  const of = (name: string, value = 1, unit: MetricPoint["unit"] = "Count"): MetricPoint => ({
    name,
    unit,
    dimension: "StateMachineArn",
    arn: facts.stateMachineArn,
    value,
  });
  const points: MetricPoint[] = [];
  if (result.history.some(({ type }) => type === "ExecutionStarted")) points.push(of("ExecutionsStarted"));
  if (result.history.some(({ type }) => type === "ExecutionRedriven")) points.push(of("ExecutionsRedriven"));
  if (outcome.status === "RUNNING") return points;
  const word = STATUS_WORDS[outcome.status];
  const took = outcome.stoppedAt - (redrive?.at ?? facts.startedAt);
  points.push(of(`Executions${word}`), of("ExecutionTime", took, "Milliseconds"));
  if (redrive !== undefined) points.push(of(`RedrivenExecutions${word}`));
  if (facts.unlimitedHistory !== true) return points;
  const billed = Math.max(Math.ceil(took / BILLED_STEP_MS), 1) * BILLED_STEP_MS;
  return [
    ...points,
    of("ExpressExecutionBilledDuration", billed, "Milliseconds"),
    of("ExpressExecutionBilledMemory", BILLED_MEGABYTES, "Megabytes"),
  ];
}

const PHASE =
  /^(?:LambdaFunction|Activity|Task)(?<phase>Scheduled|ScheduleFailed|Started|SubmitFailed|Succeeded|Failed|TimedOut)$/u;

function metricsOfTask(
  { machine }: ObservedTurn,
  event: HistoryEvent,
  branch: Branch | undefined,
): readonly MetricPoint[] {
  const phase = PHASE.exec(event.type)?.groups?.["phase"];
  const state = phase && statesOf(machine).get(visitOf(branch?.cursor)?.stateName ?? "");
  if (phase === undefined || branch === undefined || typeof state !== "object" || state.Type !== "Task") return [];
  const { dimension, counted, timed } = FAMILIES[state.Resource.kind];
  const { arn } = state.Resource;
  const count = (word: string): MetricPoint => ({ name: counted + word, unit: "Count", dimension, arn, value: 1 });
  const time = (word: string, value: number): MetricPoint => ({
    name: timed + word,
    unit: "Milliseconds",
    dimension,
    arn,
    value,
  });
  if (phase === "Scheduled") return [count("Scheduled")];
  const { cursor } = branch;
  const isActivity = state.Resource.kind === "activity";
  if (phase === "Started") {
    // A call starts as soon as it is scheduled; an activity's task when a worker takes it.
    return [count("Started"), time("ScheduleTime", cursor.kind === "task" ? event.timestamp - scheduledAt(cursor) : 0)];
  }
  if (cursor.kind !== "task") return [];
  const startedAt = isActivity ? cursor.startedAt : scheduledAt(cursor);
  return [
    count(wordOf(phase, cursor, event.timestamp)),
    ...(startedAt === undefined ? [] : [time("RunTime", event.timestamp - startedAt)]),
    time("Time", event.timestamp - scheduledAt(cursor)),
  ];
}

function wordOf(phase: string, { heartbeat, timeout }: TaskCursor, at: number): string {
  if (phase === "TimedOut") {
    const isHeartbeat = heartbeat !== undefined && heartbeat.at <= at && (timeout?.at ?? Infinity) > heartbeat.at;
    return isHeartbeat ? "HeartbeatTimedOut" : "TimedOut";
  }
  return phase === "Succeeded" ? "Succeeded" : "Failed";
}

function scheduledAt(cursor: TaskCursor): number {
  return cursor.scheduledAt ?? cursor.visit.enteredAt;
}
