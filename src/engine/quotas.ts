/**
 * The quotas that change behavior.
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
 */

import { MAX_PAYLOAD_BYTES } from "../data/payload.ts";

/** The id of the last event an execution can have, unless it is pinned to another one. */
export const MAX_HISTORY_EVENTS = 25_000;

/** Quotas of one execution that differ from the usual ones, as they were at its start. */
export interface ExecutionQuotas {
  readonly payloadBytes?: number;
  readonly historyEvents?: number;
  /** Of the expressions and paths of a state. */
  readonly evaluationSteps?: number;
}

/** The quota of an input or output, of the execution whose facts these are. */
export function payloadBytesOf({ quotas }: { readonly quotas?: ExecutionQuotas }): number {
  return quotas?.payloadBytes ?? MAX_PAYLOAD_BYTES;
}

/** How long an execution may be open, in milliseconds: one year. */
export const MAX_OPEN_MS: number = 365 * 24 * 60 * 60 * 1000;

/** How many iterations of an inline Map run at the same time when MaxConcurrency is 0. */
export const MAX_INLINE_CONCURRENCY = 40;

/** The longest wait for a moment: 2^31 - 1 seconds. */
export const MAX_WAIT_SECONDS = 2_147_483_647;

/** The longest TimeoutSeconds or HeartbeatSeconds, written in the definition or not. */
export const MAX_TIMEOUT_SECONDS = 99_999_999;

/** Events of one turn, above which the turn is cut; Express executions have more than a Standard one's whole history. */
export const MAX_TURN_EVENTS = 25_000;

/** Characters of payloads in one turn's history, above which the turn is cut: a commit must fit an object's memory. */
export const MAX_TURN_CHARACTERS = 4_000_000;

/** Steps of expressions in one turn, above which the turn is cut: some seconds of computing at the most. */
export const MAX_TURN_STEPS = 4_000_000;

/** Characters of the variables that one state assigns. */
export const MAX_ASSIGNED = 262_144;

/** Characters of all variables that a branch sees. */
export const MAX_VARIABLES = 10_485_760;
