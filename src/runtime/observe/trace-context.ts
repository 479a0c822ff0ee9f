/**
 * Where an execution stands in a trace: what its trace header says, and the ids of its own spans.
 *
 * T1. Ids are made of what they stand for, never drawn: a span that is exported twice is the same span, and the call of a
 *     task knows its span's id before that span has ended.
 * @see https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader
 * @see https://www.w3.org/TR/trace-context/#traceparent-header
 */
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import type { StartRequest } from "../execution-rpc.ts";

export interface TraceContext {
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  /** 16 hexadecimal digits. */
  readonly parentSpanId?: string;
  readonly isSampled: boolean;
}

/** What is needed to know an execution's spans. */
export interface TracedExecution extends Pick<StartRequest, "executionArn" | "traceHeader" | "tracingConfiguration"> {
  /** Epoch milliseconds. */
  readonly startedAt: number;
}

/** Reads X-Ray's header or a traceparent; undefined: it is neither. */
export function parseTraceHeader(text: string): TraceContext | undefined {
  return parseTraceparent(text) ?? parseXRay(text);
}

function parseTraceparent(text: string): TraceContext | undefined {
  const found = /^(?!ff)[\da-f]{2}-(?<trace>[\da-f]{32})-(?<parent>[\da-f]{16})-(?<flags>[\da-f]{2})(?:$|-)/u.exec(
    text,
  );
  const { trace = "", parent = "", flags = "" } = found?.groups ?? {};
  if (found === null || isZero(trace) || isZero(parent)) return undefined;
  return { traceId: trace, parentSpanId: parent, isSampled: (Number.parseInt(flags, 16) & 1) === 1 };
}

function parseXRay(text: string): TraceContext | undefined {
  const fields = new Map(text.split(";").map((part) => part.trim().split("=", 2) as [string, string | undefined]));
  const root = /^1-(?<time>[\da-f]{8})-(?<unique>[\da-f]{24})$/u.exec(fields.get("Root") ?? "")?.groups;
  const parent = fields.get("Parent") ?? "";
  if (root === undefined) return undefined;
  return {
    traceId: `${root["time"]}${root["unique"]}`,
    ...(/^[\da-f]{16}$/u.test(parent) && { parentSpanId: parent }),
    // "?" leaves the decision to the one who is called.
    isSampled: fields.get("Sampled") !== "0",
  };
}

function isZero(id: string): boolean {
  return /^0+$/u.test(id);
}

export function xRayHeader({ traceId, parentSpanId, isSampled }: TraceContext): string {
  const parent = parentSpanId === undefined ? "" : `;Parent=${parentSpanId}`;
  return `Root=1-${traceId.slice(0, 8)}-${traceId.slice(8)}${parent};Sampled=${isSampled ? 1 : 0}`;
}

/** Undefined where the header names no span that would be the parent. */
export function traceparentOf(header: string): string | undefined {
  const context = parseTraceHeader(header);
  if (context?.parentSpanId === undefined) return undefined;
  return `00-${context.traceId}-${context.parentSpanId}-${context.isSampled ? "01" : "00"}`;
}

/** The trace that the execution's spans belong to; undefined: it is not traced. */
export function traceOf(execution: TracedExecution): TraceContext | undefined {
  const { tracingConfiguration = "", traceHeader, executionArn, startedAt } = execution;
  if (tracingConfiguration === "") return undefined;
  const { enabled } = JSON.parse(tracingConfiguration) as { readonly enabled: boolean };
  const given = enabled && traceHeader !== undefined ? parseTraceHeader(traceHeader) : undefined;
  if (!enabled || given?.isSampled === false) return undefined;
  if (given !== undefined) return given;
  // X-Ray's trace ids begin with the seconds.
  const seconds = Math.floor(startedAt / 1000)
    .toString(16)
    .padStart(8, "0")
    .slice(-8);
  return { traceId: seconds + digits(`${executionArn} ${startedAt}`, 24), isSampled: true };
}

/** The span of the execution, or of that redrive of it. */
export function executionSpanId(execution: TracedExecution, redriveCount: number): string {
  return spanId(execution, `execution ${redriveCount}`);
}

/** @param enteredEventId of the visit */
export function stateSpanId(execution: TracedExecution, redriveCount: number, enteredEventId: number): string {
  return spanId(execution, `state ${redriveCount} ${enteredEventId}`);
}

export function attemptSpanId(execution: TracedExecution, taskId: string): string {
  return spanId(execution, `task ${taskId}`);
}

/** The header for who is called by that task: the task's span is the parent. Untraced, the execution's own goes on. */
export function traceHeaderOfTask(execution: TracedExecution, taskId: string): { readonly traceHeader?: string } {
  return headerBelow(execution, attemptSpanId(execution, taskId));
}

/** The header for the children of a Map Run: the state's span is the parent. @param enteredEventId of the visit */
export function traceHeaderOfState(
  execution: TracedExecution,
  redriveCount: number,
  enteredEventId: number,
): { readonly traceHeader?: string } {
  return headerBelow(execution, stateSpanId(execution, redriveCount, enteredEventId));
}

function headerBelow(execution: TracedExecution, parentSpanId: string): { readonly traceHeader?: string } {
  const { traceHeader } = execution;
  const trace = traceOf(execution);
  if (trace !== undefined) return { traceHeader: xRayHeader({ ...trace, parentSpanId }) };
  return traceHeader === undefined ? {} : { traceHeader };
}

function spanId({ executionArn, startedAt }: TracedExecution, what: string): string {
  return digits(`${executionArn} ${startedAt} ${what}`, 16);
}

function digits(text: string, count: number): string {
  return bytesToHex(sha256(utf8ToBytes(text))).slice(0, count);
}
