/**
 * A branch or an item processor may read the variables of the scopes around it, never assign them.
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html
 */
import type { Diagnostic } from "../diagnostic.ts";
import type { Assign, State, SubMachine } from "../types.ts";
import { machinesOf } from "./transitions.ts";

export function checkVariables(machine: SubMachine, diagnostics: Diagnostic[]): void {
  checkScope(machine, "", new Set(), diagnostics);
}

function checkScope(
  machine: SubMachine,
  location: string,
  outer: ReadonlySet<string>,
  diagnostics: Diagnostic[],
): void {
  const own = new Set<string>();
  for (const state of machine.States.values()) {
    for (const [assign, field] of assignsOf(state)) {
      for (const { key } of assign) {
        own.add(key);
        if (outer.has(key)) {
          diagnostics.push({
            severity: "ERROR",
            code: "SCHEMA_VALIDATION_FAILED",
            message: `Variable '${key}' is assigned in an outer scope and cannot be assigned here`,
            location: `${location}/States/${state.Name}/${field}`,
          });
        }
      }
    }
  }
  const visible = new Set([...outer, ...own]);
  for (const state of machine.States.values()) {
    for (const [inner, field] of machinesOf(state)) {
      checkScope(inner, `${location}/States/${state.Name}/${field}`, visible, diagnostics);
    }
  }
}

function assignsOf(state: State): readonly (readonly [Assign, string])[] {
  const found: (readonly [Assign, string])[] = [];
  if ("Assign" in state && state.Assign !== undefined) found.push([state.Assign, "Assign"]);
  if (state.Type === "Choice") {
    state.Choices.forEach((rule, i) => rule.Assign && found.push([rule.Assign, `Choices/${i}/Assign`]));
  }
  if ("Catch" in state) {
    state.Catch.forEach((catcher, i) => catcher.Assign && found.push([catcher.Assign, `Catch/${i}/Assign`]));
  }
  return found;
}
