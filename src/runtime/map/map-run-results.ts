/** What becomes of the children's results when a Map Run ends: the state's output. */
import { MAX_PAYLOAD_BYTES } from "../../data/payload.ts";
import { utf8Size } from "../../asl/json.ts";
import { dataLimitExceeded } from "../../engine/visit.ts";
import type { LoadedMapRun } from "./loaded-map-run.ts";
import type { MapRunOutcome } from "./map-run-rpc.ts";
import type { MapRunState, MapRunStore } from "./map-run-store.ts";

/** The outputs in the order of the items; a child that did not succeed leaves its place out. */
export function outputsOf(run: LoadedMapRun, { ledger }: MapRunState, store: MapRunStore): MapRunOutcome {
  let output = "";
  for (let chunk = 0; chunk < ledger.chunks; chunk++) {
    const outcomes = [...store.outcomes(chunk).values()].toSorted((a, b) => a.position - b.position);
    for (const outcome of outcomes) {
      if (outcome.status === "SUCCEEDED") output += `${output === "" ? "" : ","}${outcome.output ?? "null"}`;
      if (output.length > MAX_PAYLOAD_BYTES) return { failure: dataLimitExceeded(run.state.Name) };
    }
  }
  const text = `[${output}]`;
  return utf8Size(text) > MAX_PAYLOAD_BYTES ? { failure: dataLimitExceeded(run.state.Name) } : { output: text };
}
