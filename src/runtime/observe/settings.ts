/** Where logs, spans and metrics go: read of the Worker's settings, checked, with messages that say what to set. */

export interface ObservabilitySettings {
  readonly LOG_SINKS?: string;
  readonly OTEL_EXPORTER_OTLP_ENDPOINT?: string;
  readonly OTEL_EXPORTER_OTLP_HEADERS?: string;
  readonly METRICS_ENDPOINT?: string;
  readonly LOG_QUEUE?: unknown;
}

const LOG_SINKS = ["console", "otlp", "queue", "r2"] as const;

export type LogSinkName = (typeof LOG_SINKS)[number];

export interface OtlpTarget {
  /** Without the slash at its end; `/v1/logs` and `/v1/traces` follow it. */
  readonly endpoint: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface Observability {
  readonly logSinks: readonly LogSinkName[];
  readonly otlp?: OtlpTarget;
  /** Whether executions are counted for `GET /api/metrics`. */
  readonly metricsEndpoint: boolean;
}

export function readObservability(settings: ObservabilitySettings): Observability {
  const otlp = readOtlp(settings);
  const logSinks = readSinks(settings.LOG_SINKS ?? "console");
  if (logSinks.includes("otlp") && otlp === undefined)
    throw new Error('LOG_SINKS names "otlp", which needs OTEL_EXPORTER_OTLP_ENDPOINT');
  if (logSinks.includes("queue") && settings.LOG_QUEUE === undefined)
    throw new Error('LOG_SINKS names "queue", which needs the queue binding LOG_QUEUE');
  const metrics = settings.METRICS_ENDPOINT ?? "false";
  if (metrics !== "true" && metrics !== "false") throw new Error('METRICS_ENDPOINT must be "true" or "false"');
  return { logSinks, ...(otlp !== undefined && { otlp }), metricsEndpoint: metrics === "true" };
}

function readSinks(text: string): readonly LogSinkName[] {
  const names = text.split(",").map((name) => name.trim());
  return names
    .filter((name) => name !== "")
    .map((name) => {
      const sink = LOG_SINKS.find((known) => known === name);
      if (sink === undefined) throw new Error(`LOG_SINKS must be a list of ${LOG_SINKS.join(", ")}; it has '${name}'`);
      return sink;
    });
}

/** As the OpenTelemetry SDKs read these two. @see https://opentelemetry.io/docs/specs/otel/protocol/exporter/ */
function readOtlp(settings: ObservabilitySettings): OtlpTarget | undefined {
  const { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint = "", OTEL_EXPORTER_OTLP_HEADERS: headers = "" } = settings;
  if (endpoint === "") return undefined;
  const isHttp = URL.canParse(endpoint) && /^https?:$/u.test(new URL(endpoint).protocol);
  if (!isHttp) throw new Error("OTEL_EXPORTER_OTLP_ENDPOINT must be an http or https URL");
  return { endpoint: endpoint.replace(/\/+$/u, ""), headers: Object.fromEntries(readHeaders(headers)) };
}

function readHeaders(text: string): readonly (readonly [string, string])[] {
  const pairs = text.split(",").filter((pair) => pair.trim() !== "");
  return pairs.map((pair) => {
    const [, name = "", value = ""] = /^\s*([^=\s]+)\s*=\s*(.*?)\s*$/u.exec(pair) ?? [];
    if (!/^[\w!#$%&'*+.^`|~-]+$/u.test(name))
      throw new Error("OTEL_EXPORTER_OTLP_HEADERS must be a list such as authorization=Bearer%20x,x-team=y");
    return [name, decoded(value)];
  });
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    // A percent sign that escapes nothing stands for itself.
    return value;
  }
}
