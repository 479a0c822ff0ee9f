/** The words of the parser's tests: a definition as an object, and what is said against it. */
import { validateDefinition, type StateMachineType, type ValidatedDefinition } from "../../src/asl/validate.ts";
import type { State, StateMachine } from "../../src/asl/types.ts";

export type Definition = Readonly<Record<string, unknown>>;

/** A machine that starts at the first of the states. */
export const states = (all: Definition): Definition => ({ StartAt: Object.keys(all)[0], States: all });

export const parse = (definition: unknown, type?: StateMachineType): ValidatedDefinition =>
  validateDefinition(JSON.stringify(definition), type);

/** Every ERROR, as `message at location`. */
export function faults(definition: unknown, type?: StateMachineType): readonly string[] {
  return faultsOf(parse(definition, type));
}

export function faultsOf({ diagnostics }: ValidatedDefinition): readonly string[] {
  return diagnostics
    .filter((x) => x.severity === "ERROR")
    .map(({ message, location }) => (location === undefined ? message : `${message} at ${location}`));
}

/** What is wrong with a single state, A; locations are relative to it. */
export function faultsIn(state: Definition, others: Definition = {}): readonly string[] {
  return faults(states({ A: state, ...others })).map((x) => x.replace("/States/A", ""));
}

export function machineOf(definition: unknown): StateMachine {
  const { machine, diagnostics } = parse(definition);
  if (machine === undefined) throw new Error(JSON.stringify(diagnostics));
  return machine;
}

/** A state that must parse, as the engine sees it. */
export function stateOf(state: Definition, others: Definition = {}): State {
  const found = machineOf(states({ A: state, ...others })).States.get("A");
  if (found === undefined) throw new Error("no state A");
  return found;
}
