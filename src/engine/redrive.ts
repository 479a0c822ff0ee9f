/**
 * Takes up again an execution that did not succeed.
 *
 * D1. What succeeded stays. Below a container that failed only what did not succeed goes on, each branch in its place.
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html
 */
import type { StateMachine } from "../asl/types.ts";
import { attempt } from "./attempt.ts";
import { ROOT_BRANCH, type Branch, type StoppedCursor } from "./execution.ts";
import { stateOf } from "./places.ts";
import { startIterations } from "./states/container.ts";
import { redriveMapRun } from "./states/distributed-map.ts";
import { again, childrenOf, resumption } from "./stopped.ts";
import type { Turn } from "./turn.ts";

/**
 * Takes an unsuccessful execution up again: what succeeded stays, each state that failed or was stopped runs once more.
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html
 */
export async function redrive(turn: Turn, machine: StateMachine): Promise<void> {
  const { outcome, nextEventId } = turn.before;
  if (outcome.status === "RUNNING" || outcome.status === "SUCCEEDED" || turn.isFull) return;
  const details = { redriveCount: turn.reopen() };
  turn.countTransition();
  const redrivenId = turn.record("ExecutionRedriven", nextEventId - 1, ["executionRedrivenEventDetails", details]);
  if (machine.TimeoutSeconds !== undefined) turn.setTimeout(turn.at + machine.TimeoutSeconds * 1000);
  const root = turn.find(ROOT_BRANCH);
  if (root === undefined || root.cursor.kind === "ended") {
    const cursor = { kind: "ready", stateName: machine.StartAt, input: turn.before.facts.input } as const;
    turn.setBranch({ id: ROOT_BRANCH, lastEventId: redrivenId, variables: {}, cursor });
    turn.enter(ROOT_BRANCH, cursor);
  } else await resume(turn, machine, root, resumption(root.cursor), redrivenId);
}

/** Lets a branch, and below it what did not succeed, go on after the redrive. */
async function resume(
  turn: Turn,
  machine: StateMachine,
  branch: Branch,
  place: StoppedCursor["resume"],
  redrivenId: number,
): Promise<void> {
  if (place.kind === "mapRun") {
    turn.setBranch({ ...branch, lastEventId: redrivenId, cursor: place });
    redriveMapRun(turn, branch.id, place);
    return;
  }
  const ids = childrenOf(place);
  const children = ids.flatMap((id) => turn.find(id) ?? []);
  if (place.kind === "ready" || ids.length === 0 || children.length < ids.length) {
    // A container whose children are gone failed by itself, not by one of them: it begins anew.
    const cursor = place.kind === "ready" ? place : again(place.visit);
    turn.setBranch({ ...branch, lastEventId: redrivenId, cursor });
    turn.enter(branch.id, cursor);
    return;
  }
  const visit = { ...place.visit, retries: [] };
  const ended = endedOf(children);
  const unsuccessful = children.length - ended.length;
  const untold = unsuccessful === 0 ? endedLast(ended, Math.max(place.running, 1)) : [];
  const cursor = { ...place, visit, running: Math.max(unsuccessful, untold.length), failed: 0 };
  turn.setBranch({ ...branch, lastEventId: redrivenId, cursor });
  for (const child of children) {
    if (child.cursor.kind !== "ended") await resume(turn, machine, child, resumption(child.cursor), redrivenId);
  }
  for (const { id, result } of untold) turn.settle(id, result);
  const state = stateOf(machine, turn.branches, branch, visit.stateName);
  if (state.Type !== "Map") return;
  await attempt(turn, branch.id, state, visit, () => startIterations(turn, branch.id, state, cursor, redrivenId));
}

function endedOf(children: readonly Branch[]): readonly EndedBranch[] {
  return children.flatMap(({ id, lastEventId, cursor }) =>
    cursor.kind === "ended" ? [{ id, lastEventId, result: cursor.result }] : [],
  );
}

/** All have ended, and their container was stopped before it was told of the last ones. */
function endedLast(ended: readonly EndedBranch[], count: number): readonly EndedBranch[] {
  return ended.toSorted((a, b) => a.lastEventId - b.lastEventId).slice(-count);
}

interface EndedBranch extends Pick<Branch, "id" | "lastEventId"> {
  readonly result: Extract<Branch["cursor"], { readonly kind: "ended" }>["result"];
}
