/** Whether the outcome of a Standard child is of the redrive that its Map Run is in. */
import type { MapRunLedger } from "../../engine/map-run-ledger.ts";
import type { ChildOutcome } from "./map-run-rpc.ts";

export type OutcomeAge = "of now" | "of the past" | "unclear";

/** Clocks differ: what is known of the child says it, and only where nothing is, the time does. */
export function ageOfOutcome(
  { epoch, epochAt, open }: MapRunLedger,
  chunk: number,
  outcome: ChildOutcome,
  knownOutcomes: () => ReadonlyMap<number, ChildOutcome>,
): OutcomeAge {
  if (epoch === 0) return "of now";
  const known = knownOutcomes().get(outcome.position);
  if (known !== undefined) return (outcome.redriveCount ?? 0) > (known.redriveCount ?? 0) ? "of now" : "of the past";
  if (open[chunk] === undefined) return "of the past";
  return outcome.stoppedAt >= epochAt || open[chunk].started.includes(outcome.position) ? "of now" : "unclear";
}
