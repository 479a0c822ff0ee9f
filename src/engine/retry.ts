/**
 * Retry: decides whether a failed state runs again, and when.
 *
 * Pure. The counts live in the visit, the random number arrives with the event.
 *
 * R1. Retriers are tried in document order and only the first that matches is charged.
 * R2. Each Retrier has its own count; a match by one never spends another's attempts.
 * R3. A Retrier that matches but is spent ends the search: the failure goes on to Catch.
 */
import { matchesError, type StateFailure } from "../asl/error-names.ts";
import type { Retrier } from "../asl/types.ts";

export type RetryDecision =
  | { readonly again: false }
  | { readonly again: true; readonly delaySeconds: number; readonly retries: readonly number[] };

/**
 * Charges the first matching Retrier.
 * @param random in [0, 1), read only under JitterStrategy FULL
 * @see https://states-language.net/spec.html#retrying-after-error
 */
export function decideRetry(
  retriers: readonly Retrier[],
  retries: readonly number[],
  failure: StateFailure,
  random: () => number,
): RetryDecision {
  const index = retriers.findIndex((retrier) => matchesError(failure, retrier.ErrorEquals));
  const retrier = retriers[index];
  if (retrier === undefined) return { again: false };
  const spent = retries[index] ?? 0;
  if (spent >= retrier.MaxAttempts) return { again: false };
  return {
    again: true,
    delaySeconds: delaySeconds(retrier, spent, random),
    retries: retriers.map((_, i) => (retries[i] ?? 0) + (i === index ? 1 : 0)),
  };
}

function delaySeconds(retrier: Retrier, spent: number, random: () => number): number {
  // A rate beyond all numbers makes none of nothing.
  const grown = retrier.IntervalSeconds === 0 ? 0 : retrier.IntervalSeconds * retrier.BackoffRate ** spent;
  // The cap comes before the jitter, so that MaxDelaySeconds stays an upper bound.
  const capped = Math.min(grown, retrier.MaxDelaySeconds ?? MAX_DELAY_SECONDS);
  return retrier.JitterStrategy === "FULL" ? capped * random() : capped;
}

/** No Retrier may name a longer delay than this (366 days). */
const MAX_DELAY_SECONDS = 31_622_400;
