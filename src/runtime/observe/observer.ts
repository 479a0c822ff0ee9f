/**
 * The observer of one execution: hears each turn and makes logs, spans and metrics of it, as far as somebody wants them.
 *
 * O1. It hears a turn when that is committed and performed, and nobody waits for it.
 * O2. What fails in it is logged: an execution does not depend on being observed.
 */
import { historyLogger, type LogSink } from "../execution-log.ts";
import type { StartRequest } from "../execution-rpc.ts";
import { dataPoints, type DataPoint } from "./data-points.ts";
import { metricsOf } from "./metrics.ts";
import type { Observe } from "./observed-turn.ts";
import { spansOf, type Span } from "./spans.ts";
import { traceOf, type TracedExecution } from "./trace-context.ts";

/** Who wants something of executions; an absent one costs nothing. */
export interface ObserverTargets {
  readonly logs: LogSink;
  readonly spans?: ((spans: readonly Span[]) => void) | undefined;
  readonly points?: ((points: readonly DataPoint[]) => void) | undefined;
}

/** Undefined: there is nothing to observe. @param startedAt epoch milliseconds */
export function observerOf(request: StartRequest, startedAt: number, targets: ObserverTargets): Observe | undefined {
  const execution: TracedExecution = { ...request, startedAt };
  const trace = traceOf(execution);
  const log = historyLogger({ ...request, ...(trace !== undefined && { traceId: trace.traceId }) }, targets.logs);
  const { spans, points } = targets;
  const isTraced = trace !== undefined && spans !== undefined;
  if (log === undefined && !isTraced && points === undefined) return undefined;
  return (turn) => {
    const { history, execution: after } = turn.result;
    log?.(history, after.redrive?.count ?? 0);
    if (isTraced) {
      const ended = spansOf(turn, execution, trace);
      if (ended.length > 0) spans(ended);
    }
    const made = points && dataPoints(metricsOf(turn), request);
    if (made !== undefined && made.length > 0) points?.(made);
  };
}
