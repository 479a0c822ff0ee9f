/** The Label of a Distributed Map is unique in the machine. @see https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html */
import { errorAt, type Diagnostic } from "../diagnostic.ts";
import type { SubMachine } from "../types.ts";
import { everyStateOf } from "./walk.ts";

export function checkLabels(machine: SubMachine): readonly Diagnostic[] {
  const seen = new Set<string>();
  return everyStateOf(machine, "Map").flatMap(({ state: { Label }, location }) => {
    if (Label === undefined) return [];
    const isTaken = seen.has(Label);
    seen.add(Label);
    return isTaken ? [errorAt(`${location}/Label`, `Duplicate label: ${Label}`, "DUPLICATE_LABEL_NAME")] : [];
  });
}
