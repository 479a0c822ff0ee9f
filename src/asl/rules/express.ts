/**
 * What an Express state machine may not do: wait for work, for callbacks, or for activities.
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/choosing-workflow-type.html
 */
import type { Diagnostic } from "../diagnostic.ts";
import type { TaskResource } from "../resource.ts";
import type { SubMachine } from "../types.ts";
import { machinesOf } from "./transitions.ts";

export function checkExpress(machine: SubMachine, location: string, diagnostics: Diagnostic[]): void {
  for (const state of machine.States.values()) {
    const at = `${location}/States/${state.Name}`;
    const message = state.Type === "Task" ? refusal(state.Resource) : undefined;
    if (message !== undefined) {
      diagnostics.push({ severity: "ERROR", code: "SCHEMA_VALIDATION_FAILED", message, location: `${at}/Resource` });
    }
    for (const [inner, field] of machinesOf(state)) checkExpress(inner, `${at}/${field}`, diagnostics);
  }
}

function refusal(resource: TaskResource): string | undefined {
  if (resource.kind === "activity") return "Express state machine does not support Activity ARN";
  if (resource.kind === "lambda" || resource.pattern === "request") return undefined;
  // The blank at the end is AWS's.
  if (resource.pattern === "waitForTaskToken")
    return "Express state machine does not support '.waitForTaskToken' service integration ";
  return "Express state machine does not support '.sync' service integration";
}
