/**
 * An execution's history as log entries, in the form that Step Functions writes to CloudWatch Logs.
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html
 */
import type { HistoryEvent, HistoryEventDetails, HistoryEventType } from "../engine/history-event.ts";
import { redactorOf } from "./redaction.ts";
import { withoutTokens } from "./hidden-tokens.ts";
import { withoutPayloads } from "./history-data.ts";

/** Numbers are texts, as AWS writes them. */
export interface LogEntry {
  readonly id: string;
  readonly type: HistoryEventType;
  readonly details: HistoryEventDetails;
  readonly previous_event_id: string;
  /** Epoch milliseconds. */
  readonly event_timestamp: string;
  readonly execution_arn: string;
  readonly redrive_count: string;
}

/** Takes entries to wherever they are kept. Must neither throw nor be waited for: logs are a best effort, as on AWS. */
export interface LogSink {
  write(entries: readonly LogEntry[], from: LogSource): void;
}

export interface LogSource {
  readonly stateMachineArn: string;
  /** The log group that the state machine names; nothing needs to exist under that name. */
  readonly logGroupArn?: string;
  /** The trace that the execution's spans belong to. */
  readonly traceId?: string;
}

type LogLevel = "ALL" | "ERROR" | "FATAL" | "OFF";

/** As a state machine's record holds it. */
interface LoggingConfiguration {
  readonly level: LogLevel;
  readonly includeExecutionData: boolean;
  readonly destinations?: readonly { readonly cloudWatchLogsLogGroup?: { readonly logGroupArn?: string } }[];
}

/** Whose events are logged. */
export interface LoggedExecution {
  readonly executionArn: string;
  readonly stateMachineArn: string;
  /** JSON text. */
  readonly loggingConfiguration?: string;
  /** See redaction. */
  readonly redactedPaths?: string;
  readonly traceId?: string;
}

/** Hands the events of an execution that its level asks for to the sink; undefined: it logs nothing. */
export function historyLogger(
  { executionArn, stateMachineArn, loggingConfiguration = "", redactedPaths, traceId }: LoggedExecution,
  sink: LogSink,
): ((events: readonly HistoryEvent[], redriveCount: number) => void) | undefined {
  if (loggingConfiguration === "") return undefined;
  const { level, includeExecutionData, destinations } = JSON.parse(loggingConfiguration) as LoggingConfiguration;
  if (level === "OFF") return undefined;
  const logGroupArn = destinations?.[0]?.cloudWatchLogsLogGroup?.logGroupArn;
  const source = {
    stateMachineArn,
    ...(logGroupArn !== undefined && { logGroupArn }),
    ...(traceId !== undefined && { traceId }),
  };
  const redactor = redactorOf(redactedPaths);
  return (events, redriveCount) => {
    const wanted = events.filter(({ type }) => isLogged(type, level));
    const logged = redactor === undefined ? wanted : wanted.map((event) => redactor.event(event));
    const shown = (includeExecutionData ? logged : logged.map(withoutPayloads)).map(withoutTokens);
    if (shown.length > 0)
      sink.write(
        shown.map((event) => logEntry(executionArn, redriveCount, event)),
        source,
      );
  };
}

/** Each entry as one line of JSON, which Workers Logs takes apart. */
export const consoleSink: LogSink = {
  write: (entries) => {
    for (const entry of entries) console.log(JSON.stringify(entry));
  },
};

/** @see https://docs.aws.amazon.com/step-functions/latest/dg/cloudwatch-log-level.html */
export function isLogged(type: HistoryEventType, level: LogLevel): boolean {
  switch (level) {
    case "ALL":
      return true;
    case "ERROR":
      return type === "FailStateEntered" || /(?:Failed|TimedOut|Aborted)$/u.test(type);
    case "FATAL":
      return type === "ExecutionFailed" || type === "ExecutionTimedOut" || type === "ExecutionAborted";
    case "OFF":
      return false;
  }
}

/** What CloudWatch takes of an input or output. */
const MAX_CHARACTERS = 248 * 1024;

function logEntry(executionArn: string, redriveCount: number, event: HistoryEvent): LogEntry {
  return {
    id: String(event.id),
    type: event.type,
    details: truncated(event.details ?? {}),
    previous_event_id: String(event.previousEventId),
    event_timestamp: String(event.timestamp),
    execution_arn: executionArn,
    redrive_count: String(redriveCount),
  };
}

function truncated(details: HistoryEventDetails): HistoryEventDetails {
  const cut = ["input", "output"].flatMap((member) => {
    const text = details[member];
    if (typeof text !== "string" || text.length <= MAX_CHARACTERS) return [];
    return [
      [member, text.slice(0, MAX_CHARACTERS)],
      [`${member}Details`, { truncated: true }],
    ];
  });
  return cut.length === 0 ? details : { ...details, ...Object.fromEntries(cut) };
}
