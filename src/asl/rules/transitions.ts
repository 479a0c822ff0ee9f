/**
 * Every transition leads somewhere, every state can be reached, and every machine can end.
 * @see https://states-language.net/spec.html#transition
 */
import type { Diagnostic } from "../diagnostic.ts";
import type { State, SubMachine } from "../types.ts";

interface Transition {
  /** Where the name stands, relative to the state: `Next`, `Choices/0/Next`… */
  readonly field: string;
  readonly target: string;
}

export function checkTransitions(machine: SubMachine, location: string, diagnostics: Diagnostic[]): void {
  if (!machine.States.has(machine.StartAt)) {
    diagnostics.push(missing("StartAt", machine.StartAt, `${location}/StartAt`));
  }
  for (const state of machine.States.values()) {
    const at = `${location}/States/${state.Name}`;
    for (const { field, target } of transitionsOf(state)) {
      const name = field.slice(field.lastIndexOf("/") + 1);
      if (!machine.States.has(target)) diagnostics.push(missing(name, target, `${at}/${field}`));
    }
    for (const [inner, field] of machinesOf(state)) checkTransitions(inner, `${at}/${field}`, diagnostics);
  }
  checkReachable(machine, location, diagnostics);
}

function checkReachable(machine: SubMachine, location: string, diagnostics: Diagnostic[]): void {
  if (!machine.States.has(machine.StartAt)) return;
  const reached = new Set<string>([machine.StartAt]);
  for (const name of reached) {
    const state = machine.States.get(name);
    for (const { target } of state === undefined ? [] : transitionsOf(state)) reached.add(target);
  }
  for (const name of machine.States.keys()) {
    if (!reached.has(name)) {
      diagnostics.push({
        severity: "ERROR",
        code: "MISSING_TRANSITION_TARGET",
        message: `State "${name}" is not reachable.`,
        location: `${location}/States/${name}`,
      });
    }
  }
}

/** The machines inside a state, with the field each stands in. */
export function machinesOf(state: State): readonly (readonly [SubMachine, string])[] {
  if (state.Type === "Parallel") return state.Branches.map((branch, i) => [branch, `Branches/${i}`]);
  return state.Type === "Map" ? [[state.ItemProcessor, "ItemProcessor"]] : [];
}

function transitionsOf(state: State): readonly Transition[] {
  switch (state.Type) {
    case "Succeed":
    case "Fail":
      return [];
    case "Choice": {
      const rules = state.Choices.map((rule, i) => ({ field: `Choices/${i}/Next`, target: rule.Next }));
      return state.Default === undefined ? rules : [...rules, { field: "Default", target: state.Default }];
    }
    case "Pass":
    case "Wait":
      return next(state.Next);
    case "Task":
    case "Parallel":
    case "Map":
      return [...next(state.Next), ...state.Catch.map((x, i) => ({ field: `Catch/${i}/Next`, target: x.Next }))];
  }
}

function next(target: string | undefined): readonly Transition[] {
  return target === undefined ? [] : [{ field: "Next", target }];
}

function missing(field: string, target: string, location: string): Diagnostic {
  const message = `Missing '${field}' target: ${target}`;
  return { severity: "ERROR", code: "MISSING_TRANSITION_TARGET", message, location };
}
