/**
 * Counted executions as text for a scraper, in OpenMetrics or in Prometheus' older form.
 * @see https://github.com/prometheus/OpenMetrics/blob/main/specification/OpenMetrics.md
 * @see https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
 */
import { BUCKETS, COUNTERS, type ExecutionCounts } from "../../runtime/execution-metrics.ts";

export const OPEN_METRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8";
export const PROMETHEUS_TEXT = "text/plain; version=0.0.4; charset=utf-8";

export type MetricsFormat = typeof OPEN_METRICS | typeof PROMETHEUS_TEXT;

const HELP: Readonly<Record<(typeof COUNTERS)[number], string>> = {
  started: "Executions that began; CloudWatch's ExecutionsStarted.",
  succeeded: "Executions that succeeded; CloudWatch's ExecutionsSucceeded.",
  failed: "Executions that failed; CloudWatch's ExecutionsFailed.",
  timed_out: "Executions that timed out; CloudWatch's ExecutionsTimedOut.",
  aborted: "Executions that were stopped; CloudWatch's ExecutionsAborted.",
  redriven: "Redrives of executions; CloudWatch's ExecutionsRedriven.",
};

const TIME = "stepflare_execution_time_seconds";
const TIME_HELP = "From an execution's start, or its last redrive, to its end; CloudWatch's ExecutionTime.";

export function metricsText(counts: readonly ExecutionCounts[], format: MetricsFormat): string {
  const isOpen = format === OPEN_METRICS;
  const lines = COUNTERS.flatMap((counter) => {
    const sample = `stepflare_executions_${counter}_total`;
    // The older form knows no family beside the sample's own name.
    const family = isOpen ? `stepflare_executions_${counter}` : sample;
    return [
      `# TYPE ${family} counter`,
      `# HELP ${family} ${escapedHelp(HELP[counter], isOpen)}`,
      ...counts.map((row) => `${sample}${labels(row)} ${row.counters[counter]}`),
    ];
  });
  const histogram = [
    `# TYPE ${TIME} histogram`,
    ...(isOpen ? [`# UNIT ${TIME} seconds`] : []),
    `# HELP ${TIME} ${escapedHelp(TIME_HELP, isOpen)}`,
    ...counts.flatMap(timeSamples),
  ];
  return [...lines, ...histogram, ...(isOpen ? ["# EOF"] : [])].join("\n") + "\n";
}

/** Each bucket counts those below it, too. */
function timeSamples(row: ExecutionCounts): readonly string[] {
  let count = 0;
  const buckets = row.buckets.map((inBucket, i) => {
    count += inBucket;
    const bound = BUCKETS[i];
    return `${TIME}_bucket${labels(row, bound === undefined ? "+Inf" : float(bound))} ${count}`;
  });
  return [...buckets, `${TIME}_count${labels(row)} ${count}`, `${TIME}_sum${labels(row)} ${row.timeMs / 1000}`];
}

function float(value: number): string {
  return Number.isInteger(value) ? `${value}.0` : String(value);
}

function labels({ stateMachineArn, version, alias }: ExecutionCounts, le?: string): string {
  const named = { state_machine_arn: stateMachineArn, version, alias, le: le ?? "" };
  const given = Object.entries(named).filter(([, value]) => value !== "");
  return `{${given.map(([name, value]) => `${name}="${escaped(value)}"`).join(",")}}`;
}

function escaped(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll('"', '\\"');
}

function escapedHelp(text: string, isOpen: boolean): string {
  return isOpen ? escaped(text) : text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
}

/** The form that an Accept header likes best; OpenMetrics where it likes both alike. */
export function negotiated(accept: string | null): MetricsFormat {
  const ranges = (accept ?? "*/*").split(",").map((range) => {
    const [type = "", ...parameters] = range.split(";").map((part) => part.trim().toLowerCase());
    const q = parameters.find((parameter) => parameter.startsWith("q="))?.slice(2);
    return { type, q: q === undefined ? 1 : Number(q) || 0 };
  });
  const liking = (...types: readonly string[]): number => {
    // The most exact range decides.
    for (const type of types) {
      const found = ranges.find((range) => range.type === type);
      if (found !== undefined) return found.q;
    }
    return 0;
  };
  const open = liking("application/openmetrics-text", "application/*", "*/*");
  return liking("text/plain", "text/*", "*/*") > open ? PROMETHEUS_TEXT : OPEN_METRICS;
}
