/**
 * What an observer hears of an execution: each turn, after it was committed.
 *
 * O1. A turn, with the snapshot before it, says all that logs, spans and metrics are derived from. Nothing is kept for them
 *     between turns, so nothing is lost with an object's memory and no row is written.
 */
import type { State, StateMachine, SubMachine } from "../../asl/types.ts";
import type { Cursor, Execution, Visit } from "../../engine/execution.ts";
import type { TurnResult } from "../../engine/turn.ts";

export interface ObservedTurn {
  readonly machine: StateMachine;
  /** As it was before the turn. */
  readonly before: Execution;
  readonly result: TurnResult;
}

export type Observe = (turn: ObservedTurn) => void;

/** The visit that a cursor speaks of, whether or not it goes on. */
export function visitOf(cursor: Cursor | undefined): Visit | undefined {
  switch (cursor?.kind) {
    case undefined:
    case "ended":
      return undefined;
    case "stopped":
      return cursor.resume.visit;
    case "ready":
    case "waiting":
    case "task":
    case "retrying":
    case "joining":
    case "mapRun":
      return cursor.visit;
  }
}

/** The same, while the branch stays in the state. */
export function liveVisitOf(cursor: Cursor | undefined): Visit | undefined {
  return cursor?.kind === "stopped" ? undefined : visitOf(cursor);
}

const known: WeakMap<StateMachine, ReadonlyMap<string, State>> = new WeakMap();

/** Every state of the machine, also of what it contains: names are unique in the whole of it. */
export function statesOf(machine: StateMachine): ReadonlyMap<string, State> {
  const found = known.get(machine) ?? new Map(allStates(machine));
  known.set(machine, found);
  return found;
}

function allStates(machine: SubMachine): readonly (readonly [string, State])[] {
  return [...machine.States].flatMap(([name, state]) => [[name, state] as const, ...partsOf(state).flatMap(allStates)]);
}

function partsOf(state: State): readonly SubMachine[] {
  if (state.Type === "Map") return [state.ItemProcessor];
  return state.Type === "Parallel" ? state.Branches : [];
}
