/**
 * An execution as OpenTelemetry spans: the execution itself, its visits to states, and the attempts of their tasks.
 *
 * S1. A span is made when it has ended; its id and its parent's are made of what they stand for (trace-context).
 * S2. States in a Parallel or a Map lie below the span of that state, attempts below their state. Each redrive is one more
 *     span of the execution.
 */
import type { StateFailure } from "../../asl/error-names.ts";
import { endingsOf, type EndedAttempt, type EndedVisit, type Ending } from "./ended-visits.ts";
import { statesOf, type ObservedTurn } from "./observed-turn.ts";
import {
  attemptSpanId,
  executionSpanId,
  stateSpanId,
  type TraceContext,
  type TracedExecution,
} from "./trace-context.ts";

export interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: "internal" | "server" | "client";
  /** Epoch milliseconds. */
  readonly from: number;
  readonly to: number;
  readonly ending: Ending;
  readonly attributes: Readonly<Record<string, string | number>>;
}

/** The spans that ended in the turn, those within before those around them. */
export function spansOf(turn: ObservedTurn, execution: TracedExecution, trace: TraceContext): readonly Span[] {
  const { visits, attempts } = endingsOf(turn);
  const writer = new SpanWriter(turn, execution, trace);
  const spans = [...attempts.map((x) => writer.attempt(x)), ...visits.map((x) => writer.visit(x))];
  const { outcome } = turn.result.execution;
  if (outcome.status === "RUNNING") return spans;
  return [...spans, writer.execution("failure" in outcome ? outcome.failure : "left", outcome)];
}

class SpanWriter {
  readonly #turn: ObservedTurn;
  readonly #execution: TracedExecution;
  readonly #trace: TraceContext;
  readonly #redriveCount: number;

  constructor(turn: ObservedTurn, execution: TracedExecution, trace: TraceContext) {
    this.#turn = turn;
    this.#execution = execution;
    this.#trace = trace;
    this.#redriveCount = turn.result.execution.redrive?.count ?? 0;
  }

  execution(ending: Ending, { status, stoppedAt }: { readonly status: string; readonly stoppedAt: number }): Span {
    const { facts, redrive } = this.#turn.result.execution;
    const { parentSpanId } = this.#trace;
    return {
      traceId: this.#trace.traceId,
      spanId: executionSpanId(this.#execution, this.#redriveCount),
      ...(parentSpanId !== undefined && { parentSpanId }),
      name: facts.stateMachineName,
      kind: "server",
      from: redrive?.at ?? facts.startedAt,
      to: stoppedAt,
      ending,
      attributes: {
        "aws.step_functions.state_machine.arn": facts.stateMachineArn,
        "stepflare.execution.arn": facts.executionArn,
        "stepflare.execution.name": facts.executionName,
        "stepflare.execution.status": status,
        "stepflare.execution.redrive_count": this.#redriveCount,
      },
    };
  }

  visit(visit: EndedVisit): Span {
    const { stateName, enteredEventId, container, index, from, to, ending } = visit;
    const type = statesOf(this.#turn.machine).get(stateName)?.Type;
    return {
      traceId: this.#trace.traceId,
      spanId: stateSpanId(this.#execution, this.#redriveCount, enteredEventId),
      parentSpanId:
        container === undefined
          ? executionSpanId(this.#execution, this.#redriveCount)
          : stateSpanId(this.#execution, this.#redriveCount, container),
      name: stateName,
      kind: "internal",
      from,
      to,
      ending,
      attributes: {
        "stepflare.state.name": stateName,
        ...(type !== undefined && { "stepflare.state.type": type }),
        "stepflare.state.entered_event_id": enteredEventId,
        ...(index !== undefined && { "stepflare.branch.index": index }),
      },
    };
  }

  attempt({ taskId, stateName, enteredEventId, retryCount, from, to, ending }: EndedAttempt): Span {
    const state = statesOf(this.#turn.machine).get(stateName);
    const resource = state?.Type === "Task" ? state.Resource : undefined;
    return {
      traceId: this.#trace.traceId,
      spanId: attemptSpanId(this.#execution, taskId),
      parentSpanId: stateSpanId(this.#execution, this.#redriveCount, enteredEventId),
      name: resource?.kind === "service" ? `${resource.resourceType}:${resource.resource}` : lastPartOf(resource?.arn),
      kind: "client",
      from,
      to,
      ending,
      attributes: {
        ...(resource !== undefined && { "stepflare.task.resource": resource.arn }),
        ...(resource?.kind === "activity" && { "aws.step_functions.activity.arn": resource.arn }),
        "stepflare.task.retry_count": retryCount,
      },
    };
  }
}

function lastPartOf(arn = "task"): string {
  return arn.slice(arn.lastIndexOf(":") + 1);
}

/** What went wrong; undefined: it ended well. */
export function failureOf({ ending }: Span): StateFailure | undefined {
  return typeof ending === "string" ? undefined : ending;
}
