/**
 * A branch or an inline iteration may read the variables of the scopes around it, never assign them. The child executions
 * of a Distributed Map see none of them.
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html
 */
import { errorAt, warningAt, type Diagnostic } from "../diagnostic.ts";
import type { Assign, State, SubMachine } from "../types.ts";
import { locationOf, machinesOf } from "./walk.ts";

export function checkVariables(machine: SubMachine): readonly Diagnostic[] {
  return checkScope(machine, undefined);
}

/** The variables that one machine assigns, and the scope around it. */
interface VariableScope {
  readonly own: ReadonlySet<string>;
  readonly outer: VariableScope | undefined;
}

function isVisible(name: string, scope: VariableScope | undefined): boolean {
  for (let each = scope; each !== undefined; each = each.outer) if (each.own.has(name)) return true;
  return false;
}

function checkScope(machine: SubMachine, outer: VariableScope | undefined): readonly Diagnostic[] {
  const states = [...machine.States.values()];
  const assigned = states.flatMap((state) =>
    assignsOf(state).flatMap(([assign, field]) =>
      assign.map(({ key }) => ({ key, at: `${locationOf(machine, state)}/${field}/${key}` })),
    ),
  );
  const scope = { own: new Set(assigned.map(({ key }) => key)), outer };
  return [
    ...assigned
      .filter(({ key }) => isVisible(key, outer))
      .map(({ key, at }) =>
        errorAt(at, `The variable name '${key}' was already defined in a parent scope.`, "DUPLICATE_VARIABLE_NAME"),
      ),
    ...states.flatMap((state) => undefinedIn(state, locationOf(machine, state), scope)),
    ...states.flatMap((state) => {
      const isDistributed = state.Type === "Map" && state.ExecutionType !== undefined;
      return machinesOf(state).flatMap((inner) => checkScope(inner, isDistributed ? undefined : scope));
    }),
  ];
}

function undefinedIn(state: State, location: string, scope: VariableScope): readonly Diagnostic[] {
  return (state.variables ?? [])
    .filter((name) => !isVisible(name, scope))
    .map((name) => warningAt(location, `Variable '${name}' is possibly not defined.`, "POSSIBLY_UNDEFINED_VARIABLE"));
}

function assignsOf(state: State): readonly (readonly [Assign, string])[] {
  const found: (readonly [Assign, string])[] = [];
  if ("Assign" in state && state.Assign !== undefined) found.push([state.Assign, "Assign"]);
  if (state.Type === "Choice") {
    state.Choices.forEach((rule, i) => rule.Assign && found.push([rule.Assign, `Choices[${i}]/Assign`]));
  }
  if ("Catch" in state) {
    state.Catch.forEach((catcher, i) => catcher.Assign && found.push([catcher.Assign, `Catch[${i}]/Assign`]));
  }
  return found;
}
