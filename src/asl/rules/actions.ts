/** Calls of AWS APIs that do not exist, as far as the table of models knows: it may be older than the API. */
import { isKnownAction } from "../../services/model.ts";
import { warningAt, type Diagnostic } from "../diagnostic.ts";
import type { SubMachine } from "../types.ts";
import { everyStateOf } from "./walk.ts";

const SDK = "aws-sdk:";

export function warnOfActions(machine: SubMachine): readonly Diagnostic[] {
  return everyStateOf(machine, "Task").flatMap(({ state: { Resource }, location }) => {
    if (Resource.kind !== "service" || !Resource.resourceType.startsWith(SDK)) return [];
    const service = Resource.resourceType.slice(SDK.length);
    if (isKnownAction(service, Resource.action) !== false) return [];
    const message = `The service '${service}' has no action '${Resource.action}' that Step Functions can call`;
    return [warningAt(`${location}/Resource`, message, "UNKNOWN_ACTION")];
  });
}
