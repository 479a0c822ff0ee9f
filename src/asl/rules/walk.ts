/** The ways through a machine that the rules share. */
import type { State, SubMachine } from "../types.ts";

/** The machine and all those inside its states, outermost first. */
export function nestedMachines(machine: SubMachine): readonly SubMachine[] {
  const found: SubMachine[] = [machine];
  for (const each of found) for (const state of each.States.values()) found.push(...machinesOf(state));
  return found;
}

/** The machines directly inside a state. */
export function machinesOf(state: State): readonly SubMachine[] {
  if (state.Type === "Parallel") return state.Branches;
  return state.Type === "Map" ? [state.ItemProcessor] : [];
}

/** Where the state stands, as diagnostics name it. */
export function locationOf(machine: SubMachine, state: State): string {
  return `${machine.location}/States/${state.Name}`;
}

export interface Place<T extends State = State> {
  readonly state: T;
  readonly location: string;
}

/** Every state of the machine, those inside other states included. */
export function everyState(machine: SubMachine): readonly Place[] {
  return nestedMachines(machine).flatMap((each) =>
    [...each.States.values()].map((state) => ({ state, location: locationOf(each, state) })),
  );
}

/** Every state of a type. */
export function everyStateOf<T extends State["Type"]>(
  machine: SubMachine,
  Type: T,
): readonly Place<Extract<State, { Type: T }>>[] {
  return everyState(machine).filter((x): x is Place<Extract<State, { Type: T }>> => x.state.Type === Type);
}
