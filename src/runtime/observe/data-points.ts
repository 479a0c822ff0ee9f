/**
 * Metrics as data points of Workers Analytics Engine: one for each ARN that a turn tells of, its metrics in columns.
 *
 * A data point for each metric would cost six of them for every task. What ended has a point of its own, with all that was
 * measured of it, so that percentiles stay true; what began is counted together.
 * @see https://developers.cloudflare.com/analytics/analytics-engine/limits/
 */
import { utf8Size } from "../../asl/json.ts";
import type { Dimension, MetricPoint } from "./metrics.ts";

const EXECUTION_COLUMNS = [
  "ExecutionsStarted",
  "ExecutionsSucceeded",
  "ExecutionsFailed",
  "ExecutionsTimedOut",
  "ExecutionsAborted",
  "ExecutionTime",
  "ExecutionsRedriven",
  "RedrivenExecutionsSucceeded",
  "RedrivenExecutionsFailed",
  "RedrivenExecutionsTimedOut",
  "RedrivenExecutionsAborted",
  "ExpressExecutionBilledDuration",
  "ExpressExecutionBilledMemory",
] as const;

/** The metrics of `double1`, `double2` and so on, by the dimension in `blob1`; never reordered, as stored points stay. */
export const COLUMNS: Readonly<Record<Dimension, readonly string[]>> = {
  StateMachineArn: EXECUTION_COLUMNS,
  ActivityArn: taskColumns("Activities", "Activity"),
  LambdaFunctionArn: taskColumns("LambdaFunctions", "LambdaFunction"),
  ServiceIntegrationResourceArn: taskColumns("ServiceIntegrations", "ServiceIntegration"),
};

function taskColumns(counted: string, timed: string): readonly string[] {
  const counts = ["Scheduled", "Started", "Succeeded", "Failed", "TimedOut", "HeartbeatTimedOut"];
  return [...counts.map((word) => counted + word), ...["RunTime", "ScheduleTime", "Time"].map((word) => timed + word)];
}

export interface DataPoint {
  readonly indexes: readonly [string];
  readonly blobs: readonly string[];
  readonly doubles: readonly number[];
}

/** Where the execution was started, for the dimensions beside the ARN. */
export interface MetricSource {
  readonly stateMachineName: string;
  readonly stateMachineArn: string;
  readonly stateMachineVersionArn?: string;
  readonly stateMachineAliasArn?: string;
}

/** Counted without anything measured beside them. */
const BEGINNINGS = /(?:Scheduled|Started)$/u;

/** What the engine takes of one invocation. */
const MAX_POINTS = 250;

/**
 * `index1` is the state machine's name, `blob1` the dimension and `blob2` its ARN, `blob3` the version and `blob4` the alias that
 * the execution was started by, `blob5` the state machine's ARN.
 */
export function dataPoints(points: readonly MetricPoint[], source: MetricSource): readonly DataPoint[] {
  const rows: { readonly key: string; readonly point: MetricPoint; readonly values: (number | undefined)[] }[] = [];
  for (const point of points) {
    const column = COLUMNS[point.dimension].indexOf(point.name);
    const key = `${point.dimension} ${point.arn}`;
    // A column that says nothing is 0.
    if (point.value === 0) continue;
    const isAdded = BEGINNINGS.test(point.name);
    const free = rows.find((row) => row.key === key && (isAdded || row.values[column] === undefined));
    const row = free ?? { key, point, values: [] };
    if (free === undefined) rows.push(row);
    row.values[column] = (row.values[column] ?? 0) + point.value;
  }
  const { stateMachineName, stateMachineArn, stateMachineVersionArn = "", stateMachineAliasArn = "" } = source;
  return rows.slice(0, MAX_POINTS).map(({ point: { dimension, arn }, values }) => ({
    indexes: [fitting(stateMachineName)],
    blobs: [dimension, arn, lastPartOf(stateMachineVersionArn), lastPartOf(stateMachineAliasArn), stateMachineArn],
    doubles: COLUMNS[dimension].map((_, i) => values[i] ?? 0),
  }));
}

/** An index has at most 96 bytes; a name may have letters of several. */
function fitting(name: string): string {
  let text = name;
  while (utf8Size(text) > 96) text = Array.from(text).slice(0, -1).join("");
  return text;
}

function lastPartOf(arn: string): string {
  return arn.slice(arn.lastIndexOf(":") + 1);
}
