/** The child executions of a Map Run as lists and descriptions show them, read off its chunks and their outcomes. */
import { failureDetails } from "../../engine/turn.ts";
import { MAX_CHUNK_CHILDREN } from "../../engine/map-run-ledger.ts";
import type { ExecutionDescription, ExecutionStatus } from "../execution-rpc.ts";
import { childNames, isStandard, placeOf, type ChildNames, type LoadedMapRun } from "./loaded-map-run.ts";
import type { ChildOutcome, MapRunChild, MapRunChildrenPage, MapRunChildrenRequest } from "./map-run-rpc.ts";
import type { MapRunState, MapRunStore } from "./map-run-store.ts";

/** The children that have begun, the newest first. */
export function listChildren(
  { status, isRedriven, maxResults, fromNumber }: MapRunChildrenRequest,
  state: MapRunState,
  run: LoadedMapRun,
  store: MapRunStore,
): MapRunChildrenPage {
  const children: MapRunChild[] = [];
  const start = placeOf(fromNumber ?? state.ledger.chunks * MAX_CHUNK_CHILDREN);
  for (let chunk = Math.min(start.chunk, state.ledger.chunks - 1); chunk >= 0; chunk--) {
    const found = childrenOf(chunk, state, run, store);
    for (const { position, child } of found.toReversed()) {
      if (chunk === start.chunk && position > start.position) continue;
      if (status !== undefined && child.status !== status) continue;
      if (isRedriven !== undefined && child.redriveCount > 0 !== isRedriven) continue;
      if (children.length === maxResults) return { children, nextNumber: chunk * MAX_CHUNK_CHILDREN + position };
      children.push(child);
    }
  }
  return { children };
}

interface FoundChild {
  readonly position: number;
  readonly child: MapRunChild;
}

function childrenOf(chunk: number, state: MapRunState, run: LoadedMapRun, store: MapRunStore): readonly FoundChild[] {
  const names = childNames(run.plan.mapRunArn, isStandard(run));
  const outcomes = store.outcomes(chunk);
  const open = state.ledger.open[chunk];
  return store.chunk(chunk).children.flatMap((items, position) => {
    const outcome = outcomes.get(position);
    const isRunning = open?.started.includes(position) === true;
    if (outcome === undefined && !isRunning) return [];
    const name = names.name(chunk, position, outcome?.epoch ?? state.ledger.epoch);
    const child = { ...identity(names, name), ...timesOf(outcome, isRunning, state), itemCount: items.length };
    return [{ position, child: { ...child, redriveCount: outcome?.redriveCount ?? 0 } }];
  });
}

function identity(names: ChildNames, name: string): Pick<MapRunChild, "executionArn" | "stateMachineArn" | "name"> {
  return { executionArn: names.arn(name), stateMachineArn: names.stateMachineArn, name };
}

interface Times {
  readonly status: ExecutionStatus;
  readonly startDate: number;
  readonly stopDate?: number;
}

function timesOf(outcome: ChildOutcome | undefined, isRunning: boolean, state: MapRunState): Times {
  if (outcome === undefined || isRunning)
    return { status: "RUNNING", startDate: outcome?.startedAt ?? state.startedAt };
  return { status: outcome.status, startDate: outcome.startedAt, stopDate: outcome.stoppedAt };
}

/** An Express child that has ended; undefined: it never began, runs, or ran under another name. */
export function childAt(
  chunk: number,
  position: number,
  name: string,
  state: MapRunState,
  run: LoadedMapRun,
  store: MapRunStore,
): ExecutionDescription | undefined {
  const names = childNames(run.plan.mapRunArn, isStandard(run));
  const outcome = chunk < state.ledger.chunks ? store.outcomes(chunk).get(position) : undefined;
  if (outcome === undefined || names.name(chunk, position, outcome.epoch) !== name) return undefined;
  return {
    ...identity(names, name),
    mapRunArn: run.plan.mapRunArn,
    status: outcome.status,
    startDate: outcome.startedAt,
    stopDate: outcome.stoppedAt,
    input: outcome.input ?? "{}",
    ...(outcome.output === undefined ? failureDetails(outcome) : { output: outcome.output }),
    redriveCount: 0,
  };
}
