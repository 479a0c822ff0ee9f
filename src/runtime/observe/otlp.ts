/**
 * Logs and spans as OTLP's JSON.
 * @see https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
 */
import { isLogged, type LogEntry } from "../execution-log.ts";
import { failureOf, type Span } from "./spans.ts";

/** A log entry on its way, with where it is from. */
export interface LogRecord {
  readonly entry: LogEntry;
  readonly stateMachineArn: string;
  readonly logGroupArn?: string;
  readonly traceId?: string;
}

type Attributes = Readonly<Record<string, string | number>>;

const RESOURCE = { attributes: attributesOf({ "service.name": "stepflare" }) };
const SCOPE = { name: "stepflare" };
const SEVERITY = { INFO: 9, ERROR: 17 } as const;
const KINDS = { internal: 1, server: 2, client: 3 } as const;
const STATUS_ERROR = 2;
/** A cause may have 256 KB, and every span around a failure has it. */
const MAX_MESSAGE_CHARACTERS = 4_096;

/** The body of a request to `/v1/logs`. */
export function logsBody(records: readonly LogRecord[]): string {
  const logRecords = records.map(({ entry, stateMachineArn, logGroupArn, traceId }) => {
    const severity = isLogged(entry.type, "ERROR") ? "ERROR" : "INFO";
    return {
      timeUnixNano: `${entry.event_timestamp}000000`,
      severityNumber: SEVERITY[severity],
      severityText: severity,
      eventName: entry.type,
      body: { stringValue: JSON.stringify(entry) },
      attributes: attributesOf({
        "aws.step_functions.state_machine.arn": stateMachineArn,
        "stepflare.execution.arn": entry.execution_arn,
        ...(logGroupArn !== undefined && { "aws.log.group.arn": logGroupArn }),
      }),
      ...(traceId !== undefined && { traceId }),
    };
  });
  return JSON.stringify({ resourceLogs: [{ resource: RESOURCE, scopeLogs: [{ scope: SCOPE, logRecords }] }] });
}

/** The body of a request to `/v1/traces`. */
export function tracesBody(spans: readonly Span[]): string {
  const written = spans.map((span) => ({
    traceId: span.traceId,
    spanId: span.spanId,
    ...(span.parentSpanId !== undefined && { parentSpanId: span.parentSpanId }),
    name: span.name,
    kind: KINDS[span.kind],
    startTimeUnixNano: `${span.from}000000`,
    endTimeUnixNano: `${span.to}000000`,
    attributes: attributesOf(span.attributes),
    ...outcomeOf(span),
  }));
  return JSON.stringify({ resourceSpans: [{ resource: RESOURCE, scopeSpans: [{ scope: SCOPE, spans: written }] }] });
}

function outcomeOf(span: Span): object {
  const failure = failureOf(span);
  if (span.ending === "left") return { status: {} };
  if (failure === undefined) return { status: { code: STATUS_ERROR, message: "stopped" } };
  const { error = "", cause = "" } = failure;
  const message = cause.slice(0, MAX_MESSAGE_CHARACTERS);
  const attributes = attributesOf({ "exception.type": error, "exception.message": message });
  return {
    status: { code: STATUS_ERROR, message: error },
    events: [{ timeUnixNano: `${span.to}000000`, name: "exception", attributes }],
  };
}

function attributesOf(attributes: Attributes): readonly object[] {
  return Object.entries(attributes).map(([key, value]) => ({
    key,
    // 64-bit integers are texts in this JSON.
    value: typeof value === "string" ? { stringValue: value } : { intValue: String(value) },
  }));
}
