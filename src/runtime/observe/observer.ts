/**
 * The observer of one execution: hears each turn and makes logs, spans and metrics of it, as far as somebody wants them.
 *
 * O1. It hears a turn when that is committed and performed, and nobody waits for it.
 * O2. What fails in it is logged: an execution does not depend on being observed.
 */
import type { ExecutionFacts } from "../../engine/execution.ts";
import { historyLogger, type LogSink } from "../execution-log.ts";
import type { ExpressCount } from "../execution-metrics.ts";
import type { StartRequest } from "../execution-rpc.ts";
import { redactorOf, type Redactor } from "../redaction.ts";
import { dataPoints, type DataPoint } from "./data-points.ts";
import { metricsOf } from "./metrics.ts";
import type { Observe, ObservedTurn } from "./observed-turn.ts";
import { failureOf, spansOf, type Span } from "./spans.ts";
import { traceOf, type TracedExecution } from "./trace-context.ts";

/** Who wants something of executions; an absent one costs nothing. */
export interface ObserverTargets {
  readonly logs: LogSink;
  readonly spans?: ((spans: readonly Span[]) => void) | undefined;
  readonly points?: ((points: readonly DataPoint[]) => void) | undefined;
  /** Hears of Express executions only; Standard ones are counted with their index. */
  readonly counts?: ((count: ExpressCount) => void) | undefined;
}

type Facts = Pick<ExecutionFacts, "startedAt" | "unlimitedHistory">;

/** Undefined: there is nothing to observe. */
export function observerOf(request: StartRequest, facts: Facts, targets: ObserverTargets): Observe | undefined {
  const execution: TracedExecution = { ...request, startedAt: facts.startedAt };
  const trace = traceOf(execution);
  const log = historyLogger({ ...request, ...(trace !== undefined && { traceId: trace.traceId }) }, targets.logs);
  const { spans, points } = targets;
  const counts = facts.unlimitedHistory === true ? targets.counts : undefined;
  const redactor = redactorOf(request.redactedPaths);
  const isTraced = trace !== undefined && spans !== undefined;
  if (log === undefined && !isTraced && points === undefined && counts === undefined) return undefined;
  return (turn) => {
    const { history, execution: after } = turn.result;
    log?.(history, after.redrive?.count ?? 0);
    if (isTraced) {
      const ended = spansOf(turn, execution, trace);
      if (ended.length > 0) spans(redactor === undefined ? ended : ended.map((span) => redactedSpan(span, redactor)));
    }
    const made = points && dataPoints(metricsOf(turn), request);
    if (made !== undefined && made.length > 0) points?.(made);
    if (counts !== undefined) for (const count of expressCounts(turn, request)) counts(count);
  };
}

function redactedSpan(span: Span, redactor: Redactor): Span {
  const failure = failureOf(span);
  if (failure?.cause === undefined) return span;
  return { ...span, ending: { ...failure, cause: redactor.cause(failure.cause) } };
}

/** That an Express execution began, or ended; both where one turn was all of it. */
function expressCounts({ before, result }: ObservedTurn, request: StartRequest): readonly ExpressCount[] {
  const { facts, outcome } = result.execution;
  const { stateMachineArn, stateMachineVersionArn, stateMachineAliasArn } = request;
  const of = {
    stateMachineArn,
    ...(stateMachineVersionArn !== undefined && { stateMachineVersionArn }),
    ...(stateMachineAliasArn !== undefined && { stateMachineAliasArn }),
  };
  const began = before.nextEventId === 1 ? [{ ...of, status: "RUNNING" as const }] : [];
  if (outcome.status === "RUNNING") return began;
  return [...began, { ...of, status: outcome.status, timeMs: outcome.stoppedAt - facts.startedAt }];
}
