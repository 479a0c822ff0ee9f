/** Stands in for observability's outlets: the simulation hears each turn, in the synchronous run that commits it. */
import type { ExecutionRpc } from "../../src/runtime/execution-rpc.ts";
import type { ObservedTurn } from "../../src/runtime/observe/observed-turn.ts";

export type Hear = (executionArn: string, turn: ObservedTurn) => void;

/** What a simulation's `env` has beside the bindings. */
export interface Ears {
  readonly HEAR: Hear;
}

type StartRequest = Parameters<ExecutionRpc["start"]>[0];

export function turnObserver(env: Ears): (request: StartRequest, turn: ObservedTurn) => void {
  return (request, turn) => env.HEAR(request.executionArn, turn);
}
