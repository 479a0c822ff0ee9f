/** A task's call: what is asked of the outside, and what it can answer. */
import type { StateFailure } from "../../asl/error-names.ts";
import type { Payload } from "../../data/payload.ts";
import type { ScheduleTask } from "../../engine/command.ts";
import type { Inherited } from "../execution-rpc.ts";
import type { HttpExchange } from "../integrations/http/exchange.ts";

export interface TaskCall extends ScheduleTask, Inherited {
  readonly executionArn: string;
  readonly stateMachineArn: string;
  /** The same for every delivery of one attempt, different for the next attempt. */
  readonly idempotencyKey: string;
  readonly traceHeader?: string;
  /** What its result may have; more need not be read. */
  readonly maxPayloadBytes: number;
  /** Is shown what `http:invoke` sends and gets; of TestState only. */
  readonly onExchange?: (exchange: HttpExchange) => void;
}

export type TaskAnswer =
  | { readonly kind: "succeeded"; readonly output: Payload }
  /** Uncertain: the other side may have heard the call all the same. */
  | { readonly kind: "failed"; readonly failure: StateFailure; readonly isUncertain?: true }
  /** The call was taken; the result comes later, by callback or by notice. */
  | { readonly kind: "submitted"; readonly output: Payload };

/** Performs a call. Never throws for what the other side does; the signal says that nobody waits any more. */
export type PerformTask = (call: TaskCall, signal: AbortSignal) => Promise<TaskAnswer>;

/** Nobody waits for a task in an activity's queue any more. */
export type WithdrawTask = (task: Pick<TaskCall, "resource" | "enteredAt" | "idempotencyKey">) => Promise<void>;

export function failed(error: string, cause: string): TaskAnswer {
  return { kind: "failed", failure: { error, cause } };
}

/** The cause of a call whose parameters cannot be used. */
export function unusableParameters({ parameters }: TaskCall, fault: string): string {
  return `The Parameters '${parameters.text}' could not be used to start the Task: [${fault}]`;
}
