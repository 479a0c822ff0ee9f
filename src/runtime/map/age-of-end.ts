/** Whether a Standard child's end is that of the epoch, or one that a redrive took back. */
import type { MapRunLedger } from "../../engine/map-run-ledger.ts";
import type { ChildOutcome } from "./map-run-rpc.ts";
import type { MapRunStore } from "./map-run-store.ts";

/** Clocks differ: what is known of the child says it, and only where nothing is, the time does. */
export function ageOfEnd(
  { epoch, epochAt, open }: MapRunLedger,
  store: MapRunStore,
  chunk: number,
  outcome: ChildOutcome,
): "of now" | "of the past" | "unclear" {
  if (epoch === 0) return "of now";
  const known = store.outcomes(chunk).get(outcome.position);
  if (known !== undefined) return (outcome.redriveCount ?? 0) > (known.redriveCount ?? 0) ? "of now" : "of the past";
  if (open[chunk] === undefined) return "of the past";
  return outcome.stoppedAt >= epochAt || open[chunk].started.includes(outcome.position) ? "of now" : "unclear";
}
