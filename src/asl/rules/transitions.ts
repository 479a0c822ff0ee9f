/**
 * Every transition leads somewhere, every state can be reached, and the machine has an end.
 * @see https://states-language.net/spec.html#transition
 */
import { errorAt, type Diagnostic } from "../diagnostic.ts";
import type { State, SubMachine } from "../types.ts";
import { locationOf, nestedMachines } from "./walk.ts";

interface Transition {
  /** Where the name stands, relative to the state: `Next`, `Choices[0]/Next`… */
  readonly field: string;
  readonly target: string;
}

/** AWS asks only the whole machine for an end, and says of one without it nothing about what can be reached. */
export function checkTransitions(machine: SubMachine): readonly Diagnostic[] {
  const found = nestedMachines(machine).flatMap((x) => checkTargets(x));
  const isTop = (x: SubMachine): boolean => x.location === "";
  const isEndless = ![...machine.States.values()].some(isTerminal);
  const reachable = nestedMachines(machine).filter((x) => !(isEndless && isTop(x)));
  return [...found, ...(isEndless ? [NO_END] : []), ...reachable.flatMap((x) => checkReachable(x))];
}

const NO_END: Diagnostic = { severity: "ERROR", code: "MISSING_END_STATE", message: "Workflow has no terminal state" };

function isTerminal(state: State): boolean {
  if (state.Type === "Choice") return false;
  return state.Type === "Succeed" || state.Type === "Fail" || state.Next === undefined;
}

function checkTargets(machine: SubMachine): readonly Diagnostic[] {
  const targets = [...machine.States.values()].flatMap((state) =>
    transitionsOf(state).map(({ field, target }) => ({ at: `${locationOf(machine, state)}/${field}`, target })),
  );
  return [{ at: `${machine.location}/StartAt`, target: machine.StartAt }, ...targets]
    .filter(({ target }) => !machine.States.has(target))
    .map(({ at, target }) => errorAt(at, `Missing 'Next' target: ${target}`, "MISSING_TRANSITION_TARGET"));
}

function checkReachable(machine: SubMachine): readonly Diagnostic[] {
  const reached = new Set<string>([machine.StartAt]);
  for (const name of reached) {
    const state = machine.States.get(name);
    for (const { target } of state === undefined ? [] : transitionsOf(state)) reached.add(target);
  }
  return [...machine.States.values()]
    .filter((state) => !reached.has(state.Name))
    .map((state) =>
      errorAt(locationOf(machine, state), `State "${state.Name}" is not reachable.`, "MISSING_TRANSITION_TARGET"),
    );
}

export function transitionsOf(state: State): readonly Transition[] {
  switch (state.Type) {
    case "Succeed":
    case "Fail":
      return [];
    case "Choice": {
      const rules = state.Choices.map((rule, i) => ({ field: `Choices[${i}]/Next`, target: rule.Next }));
      return state.Default === undefined ? rules : [...rules, { field: "Default", target: state.Default }];
    }
    case "Pass":
    case "Wait":
      return next(state.Next);
    case "Task":
    case "Parallel":
    case "Map":
      return [...next(state.Next), ...state.Catch.map((x, i) => ({ field: `Catch[${i}]/Next`, target: x.Next }))];
  }
}

function next(target: string | undefined): readonly Transition[] {
  return target === undefined ? [] : [{ field: "Next", target }];
}
