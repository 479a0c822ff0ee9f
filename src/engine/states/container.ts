/**
 * Parallel and inline Map: the branches they begin, and how these join.
 *
 * J1. A child branch exists until its container has all results, is retried or caught. Of a container that failed for good
 *     the children stay, stopped: a redrive runs again what did not succeed, and nothing else.
 * J2. The container goes on after the last event of the child that ended last (a Map: after its MapIterationSucceeded);
 *     …StateSucceeded and …StateExited both follow that one.
 * @see https://states-language.net/spec.html#parallel-state
 * @see https://states-language.net/spec.html#map-state
 */
import type { ContainerState, MapState, SubMachine } from "../../asl/types.ts";
import type { StateFailure } from "../../asl/error-names.ts";
import type { Json } from "../../asl/json.ts";
import { Payload } from "../../data/payload.ts";
import { childIds, countOf, listOf, withChild } from "../child-ids.ts";
import type { Branch, BranchId, ChildBranch, JoiningCursor, Visit } from "../execution.ts";
import { isContainer, machineOf, stateIn, type Container } from "../places.ts";
import type { PromiseOrValue } from "../promise-or-value.ts";
import { MAX_INLINE_CONCURRENCY } from "../quotas.ts";
import { outcomeOf, workInput } from "../shaping.ts";
import { childrenOf, isOpen, isSettled, resumption, stopped } from "../stopped.ts";
import type { BranchResult, Turn } from "../turn.ts";
import { dataLimitExceeded, leaveState, scopeOf } from "../visit.ts";
import { stopCommand } from "./distributed-map.ts";
import { dataSetOf, evaluatedItems, iterated, mapScope, selectedItem, toKeep } from "./map-items.ts";
import { integerAt, toleratedFailures } from "./map-limits.ts";

/** Begins all branches of a Parallel. */
export async function startParallel(
  turn: Turn,
  branchId: BranchId,
  state: ContainerState & { Type: "Parallel" },
  visit: Visit,
): Promise<void> {
  const input = await workInput(state, visit.input, scopeOf(turn, branchId, state, visit));
  const startedId = turn.recordFor(branchId, "ParallelStateStarted");
  const total = state.Branches.length;
  const children = state.Branches.map((branch, index) =>
    turn.addBranch({ branch: branchId, index }, startedId, branch.StartAt, input),
  );
  turn.setCursor(branchId, {
    kind: "joining",
    visit,
    children: childIds(children),
    total,
    running: total,
    failed: 0,
    maxConcurrency: total,
  });
}

/** Begins the iterations of a Map, as many as may run at a time. */
export async function startMap(turn: Turn, branchId: BranchId, state: MapState, visit: Visit): Promise<void> {
  const scope = mapScope(turn, branchId, state, visit);
  const evaluated = await evaluatedItems(state, scope);
  if (evaluated?.exceeds(turn.maxPayloadBytes)) {
    turn.settle(branchId, { failure: dataLimitExceeded(state.Name) });
    return;
  }
  const items = dataSetOf(state, evaluated, scope) as readonly Json[];
  const limit = state.MaxConcurrency ? await integerAt(state.MaxConcurrency, "MaxConcurrency", scope) : 0;
  const maxConcurrency = limit === 0 ? MAX_INLINE_CONCURRENCY : limit;
  const startedId = turn.recordFor(branchId, "MapStateStarted", [
    "mapStateStartedEventDetails",
    { length: items.length },
  ]);
  // Checked here because AWS reports a bad threshold after MapStateStarted.
  await toleratedFailures(state, items.length, scope);
  const total = items.length;
  const begun = { kind: "joining", visit, children: [], total, running: 0, failed: 0, maxConcurrency } as const;
  const cursor: JoiningCursor = { ...begun, ...toKeep(state, evaluated, items, scope, turn.maxPayloadBytes) };
  turn.setCursor(branchId, cursor);
  if (total === 0) {
    await join(turn, branchId, state, cursor);
    return;
  }
  await startIterations(turn, branchId, state, cursor, startedId);
}

/** Begins iterations until there are no more items, or as many run as may at a time. */
export async function startIterations(
  turn: Turn,
  branchId: BranchId,
  state: MapState,
  joining: JoiningCursor,
  previousEventId: number,
): Promise<void> {
  let cursor = joining;
  // In a full history the execution fails anyway; there may be many more items than events.
  while (countOf(cursor.children) < cursor.total && cursor.running < cursor.maxConcurrency && !turn.isFull) {
    cursor = await startIteration(turn, branchId, state, cursor, previousEventId);
  }
}

/**
 * Begins the next iteration; answers where the Map stands then.
 * @param previousEventId the event this iteration follows: MapStateStarted, or the end of the one it replaces
 */
async function startIteration(
  turn: Turn,
  branchId: BranchId,
  state: MapState,
  cursor: JoiningCursor,
  previousEventId: number,
): Promise<JoiningCursor> {
  const index = countOf(cursor.children);
  const scope = mapScope(turn, branchId, state, cursor.visit, cursor.input);
  const item = iterated(state, cursor, scope)[index] ?? null;
  const details = { name: state.Name, index };
  const started = ["mapIterationStartedEventDetails", details] as const;
  const startedId = turn.record("MapIterationStarted", previousEventId, started, turn.branch(branchId));
  const mapItem = { index, value: item };
  const itemScope = scopeOf(turn, branchId, state, cursor.visit, { mapItem }).withInput(scope.input);
  const input = await selectedItem(state, item, itemScope);
  const link = { branch: branchId, index, item };
  const child = turn.addBranch(link, startedId, state.ItemProcessor.StartAt, Payload.of(input));
  const joining = { ...cursor, children: withChild(cursor.children, child), running: cursor.running + 1 };
  turn.setCursor(branchId, joining);
  return joining;
}

/** A child ended: the next iteration begins, or the container has its result, or the failure that it now has is answered. */
export async function settleChild(
  turn: Turn,
  child: ChildBranch,
  { branch: parent, state, cursor }: Container,
  result: BranchResult,
): Promise<StateFailure | undefined> {
  let lastEventId = child.lastEventId;
  if (state.Type === "Map") {
    const outcome = "failure" in result ? "Failed" : "Succeeded";
    const details = { name: state.Name, index: child.parent.index };
    const ended = [`mapIteration${outcome}EventDetails`, details] as const;
    const id = turn.record(`MapIteration${outcome}`, lastEventId, ended, child);
    // The Map goes on after MapIterationSucceeded; a failure, and the next iteration, follow the iteration's own last event.
    if (outcome === "Succeeded") lastEventId = id;
  }
  const failed = cursor.failed + ("failure" in result ? 1 : 0);
  const settled = { ...cursor, running: cursor.running - 1, failed };
  turn.setBranch({ ...parent, lastEventId, cursor: settled });
  const verdict = "failure" in result ? await verdictOn(turn, parent.id, state, settled, result.failure) : undefined;
  if (verdict !== undefined) {
    abortChildren(turn, parent.id, listOf(settled.children), state, child.id);
    return verdict;
  }
  if (child.cursor.kind !== "ended") turn.setCursor(child.id, stopped(child.cursor));
  if (state.Type === "Map" && countOf(settled.children) < settled.total) {
    await startIteration(turn, parent.id, state, settled, child.lastEventId);
  } else if (settled.running === 0) await join(turn, parent.id, state, settled);
  return undefined;
}

/** Stops what a container has begun and takes it away, before its own failure is decided on. */
export function abandonChildren(turn: Turn, branchId: BranchId, state: ContainerState): void {
  abortChildren(turn, branchId, childrenOf(turn.branch(branchId).cursor), state, undefined);
  turn.dropChildren(branchId);
}

/** The failure with which a container fails, or undefined while its failures are tolerated. */
async function verdictOn(
  turn: Turn,
  branchId: BranchId,
  state: ContainerState,
  cursor: JoiningCursor,
  failure: StateFailure,
): Promise<StateFailure | undefined> {
  if (state.Type === "Parallel" || failure.error === "States.Runtime") return failure;
  const scope = mapScope(turn, branchId, state, cursor.visit, cursor.input);
  const tolerated = await toleratedFailures(state, cursor.total, scope);
  if (tolerated === undefined) return failure;
  if (cursor.failed <= tolerated) return undefined;
  const cause = "The specified tolerated failure threshold was exceeded";
  return { error: "States.ExceedToleratedFailureThreshold", cause };
}

/** All children ended. A tolerated failure leaves its place in the result out. */
function join(turn: Turn, branchId: BranchId, state: ContainerState, cursor: JoiningCursor): PromiseOrValue<void> {
  const outputs: Payload[] = [];
  for (const id of listOf(cursor.children)) {
    const ended = turn.branch(id).cursor;
    if (ended.kind === "ended") outputs.push(ended.result.output);
  }
  turn.dropChildren(branchId);
  const branch = turn.branch(branchId);
  turn.record(`${state.Type}StateSucceeded`, branch.lastEventId, undefined, branch);
  const { visit } = cursor;
  const scope = scopeOf(turn, branchId, state, visit);
  const outcome = outcomeOf(state, visit.input, Payload.arrayOf(outputs), scope);
  return leaveState(turn, branchId, state, outcome, state.Next);
}

/** Stops every child with all below it. The failed one's own open state is aborted as well, as AWS does. */
function abortChildren(
  turn: Turn,
  parentId: BranchId,
  children: readonly BranchId[],
  state: ContainerState,
  failed: BranchId | undefined,
): void {
  const previous = turn.branch(parentId).lastEventId;
  const places = children.map((id, index) => ({ id, index }));
  for (const { id, index } of places.toSorted((a, b) => Number(b.id === failed) - Number(a.id === failed))) {
    const child = turn.find(id);
    // Where the join itself fails, the children are gone already.
    if (child === undefined || child.cursor.kind === "ended" || isSettled(child.cursor)) continue;
    if (state.Type === "Map" && id !== failed) {
      const details = { name: state.Name, index };
      turn.record("MapIterationAborted", previous, ["mapIterationAbortedEventDetails", details], child);
    }
    abortState(turn, child, previous, machineOf(state, index));
    turn.setCursor(id, stopped(child.cursor));
  }
}

function abortState(turn: Turn, branch: Branch, previous: number, machine: SubMachine): void {
  const { cursor } = branch;
  if (cursor.kind === "ended" || !isOpen(cursor)) return;
  const place = resumption(cursor);
  const state = stateIn(machine, place.kind === "ready" ? place.stateName : place.visit.stateName);
  if (cursor.kind === "mapRun") {
    turn.record("MapRunAborted", previous);
    turn.commands.push(stopCommand(cursor));
  }
  // No other states are stayed in.
  turn.record(`${state.Type as "Task" | "Wait" | ContainerState["Type"]}StateAborted`, previous, undefined, branch);
  if (cursor.kind === "waiting" || cursor.kind === "retrying") turn.cancelTimer(cursor.timer);
  if (cursor.kind === "task") {
    turn.cancelTimer(cursor.timeout);
    turn.cancelTimer(cursor.heartbeat);
    turn.commands.push({ type: "AbandonTask", taskId: cursor.taskId });
  }
  if (isContainer(state)) abortChildren(turn, branch.id, childrenOf(cursor), state, undefined);
}
