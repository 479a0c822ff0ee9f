/** How long to wait before something is tried again. */
const FIRST_MS = 5_000;
const LONGEST_MS = 600_000;

/**
 * As long as it has been failing already, so that the pauses double: from 5 s up to 10 min. Nothing has to be counted, and an
 * object that was evicted meanwhile goes on where it was.
 */
export function pauseAfter(failingForMs: number): number {
  return Math.min(Math.max(failingForMs, FIRST_MS), LONGEST_MS);
}
