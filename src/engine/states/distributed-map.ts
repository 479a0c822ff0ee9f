/**
 * The distributed Map: a Map Run does its work, outside the execution; the state orders it and waits for its end.
 *
 * M1. The order holds all that the Map Run needs of the execution, evaluated once: a call made again asks for the same.
 * M2. The cursor holds the Map Run's ARN; news of any other belongs to an earlier attempt and changes nothing.
 * M3. The state goes on after MapRunStarted: what the Map Run recorded since then stands beside it, as on AWS.
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html
 */
import { isArray, type Json } from "../../asl/json.ts";
import type { ItemBatcher, MapState, PayloadTemplate } from "../../asl/types.ts";
import { md5Of } from "../../data/intrinsics-encoding.ts";
import { evaluateExpressions } from "../../data/jsonata.ts";
import { Payload } from "../../data/payload.ts";
import { evaluateTemplate } from "../../data/payload-template.ts";
import type { Scope } from "../../data/scope.ts";
import type { RedriveMapRun, StartMapRun, StopMapRun } from "../command.ts";
import type { MapRunResult } from "../event.ts";
import type { BranchId, MapRunBatch, MapRunCursor, MapRunDemand, MapRunOrder, Visit } from "../execution.ts";
import type { PromiseOrValue } from "../promise-or-value.ts";
import { outcomeOf } from "../shaping.ts";
import { failureDetails, type Turn } from "../turn.ts";
import { dataLimitExceeded, leaveState, recoverState, retryCountOf, scopeOf } from "../visit.ts";
import { dataSetOf, evaluatedItems, mapScope } from "./map-items.ts";
import { integerAt, integerOf, percentageAt } from "./map-limits.ts";

/** Begins a Map Run. */
export async function startMapRun(turn: Turn, branchId: BranchId, state: MapState, visit: Visit): Promise<void> {
  const scope = mapScope(turn, branchId, state, visit);
  const items = await orderedItems(state, scope);
  if (items?.payload.exceeds(turn.maxPayloadBytes)) {
    turn.settle(branchId, { failure: dataLimitExceeded(state.Name) });
    return;
  }
  turn.recordFor(branchId, "MapStateStarted", ["mapStateStartedEventDetails", { length: items?.length ?? 0 }]);
  const order: MapRunOrder = {
    input: Payload.of(scope.input),
    ...(items !== undefined && { items: items.payload }),
    ...(await orderedReader(state, scope)),
    ...(state.ResultWriter?.input && { writer: await evaluated(state, state.ResultWriter.input, scope) }),
    ...(state.ItemBatcher && { batch: await orderedBatch(state, state.ItemBatcher, scope) }),
    maxConcurrency: state.MaxConcurrency ? await integerAt(state.MaxConcurrency, "MaxConcurrency", scope) : 0,
    toleratedFailureCount: state.ToleratedFailureCount
      ? await integerAt(state.ToleratedFailureCount, "ToleratedFailureCount", scope)
      : 0,
    toleratedFailurePercentage: state.ToleratedFailurePercentage
      ? await percentageAt(state.ToleratedFailurePercentage, scope)
      : 0,
    variables: turn.variables(branchId),
  };
  const mapRunArn = mapRunArnOf(state, turn.before.facts.stateMachineArn, turn.entropy.uuid());
  turn.recordFor(branchId, "MapRunStarted", ["mapRunStartedEventDetails", { mapRunArn }]);
  ask(turn, branchId, { kind: "mapRun", visit, mapRunArn, redriveCount: 0 }, { kind: "start", order });
}

/** The Map Run does what it was asked to: that need not be kept here any more. */
export function acceptMapRun(turn: Turn, branchId: BranchId, cursor: MapRunCursor): void {
  const { asked: _, ...accepted } = cursor;
  turn.setCursor(branchId, accepted);
}

/** What follows from the Map Run's end. */
export function endMapRun(
  turn: Turn,
  branchId: BranchId,
  state: MapState,
  { visit }: MapRunCursor,
  result: MapRunResult,
): PromiseOrValue<void> {
  if ("failure" in result) {
    turn.recordFor(branchId, "MapRunFailed", ["mapRunFailedEventDetails", failureDetails(result.failure)]);
    return recoverState(turn, branchId, state, visit, result.failure);
  }
  const succeededId = turn.record("MapRunSucceeded", turn.branch(branchId).lastEventId);
  turn.record("MapStateSucceeded", succeededId);
  const outcome = outcomeOf(state, visit.input, result.output, scopeOf(turn, branchId, state, visit));
  return leaveState(turn, branchId, state, outcome, state.Next);
}

/** Takes a Map Run up again, in the place where its state failed or was stopped. */
export function redriveMapRun(turn: Turn, branchId: BranchId, cursor: MapRunCursor): void {
  const { mapRunArn, visit } = cursor;
  const redriveCount = cursor.redriveCount + 1;
  turn.recordFor(branchId, "MapRunRedriven", ["mapRunRedrivenEventDetails", { mapRunArn, redriveCount }]);
  const again = { ...cursor, visit: { ...visit, retries: [] }, redriveCount };
  // One that is not known to have its order is asked with that.
  ask(turn, branchId, again, cursor.asked ?? { kind: "redrive" });
}

function ask(turn: Turn, branchId: BranchId, cursor: MapRunCursor, asked: MapRunDemand): void {
  turn.setCursor(branchId, { ...cursor, asked });
  turn.commands.push(demandCommand(cursor, asked));
}

/** The command with which a Map Run is asked. */
export function demandCommand(cursor: MapRunCursor, asked: MapRunDemand): StartMapRun | RedriveMapRun {
  const { mapRunArn, visit, redriveCount } = cursor;
  if (asked.kind === "redrive") return { type: "RedriveMapRun", mapRunArn, redriveCount };
  const { stateName, enteredAt, enteredEventId } = visit;
  const { order } = asked;
  return {
    type: "StartMapRun",
    mapRunArn,
    stateName,
    enteredAt,
    enteredEventId,
    retryCount: retryCountOf(visit),
    redriveCount,
    order,
  };
}

/**
 * `arn:…:mapRun:<state machine>/<label>:<id>`. A Map without a label gets one that is the same in all executions; in the
 * child of another Map Run the state machine is that of the outermost execution.
 */
function mapRunArnOf(state: MapState, stateMachineArn: string, id: string): string {
  const machine = stateMachineArn.replace(":stateMachine:", ":mapRun:").replace(/\/.*$/u, "");
  return `${machine}/${state.Label ?? defaultLabel(`${machine}/${state.Name}`)}:${id}`;
}

/** As a UUID made of a name. */
function defaultLabel(name: string): string {
  const digits = md5Of(name);
  const groups = [digits.slice(0, 8), digits.slice(8, 12), `3${digits.slice(13, 16)}`, `8${digits.slice(17, 20)}`];
  return [...groups, digits.slice(20)].join("-");
}

/** Nobody waits for the Map Run any more. */
export function stopCommand({ mapRunArn, redriveCount }: MapRunCursor): StopMapRun {
  return { type: "StopMapRun", mapRunArn, redriveCount };
}

async function orderedItems(
  state: MapState,
  scope: Scope,
): Promise<{ readonly payload: Payload; readonly length: number } | undefined> {
  if (state.ItemReader !== undefined) return undefined;
  const given = await evaluatedItems(state, scope);
  const items = dataSetOf(state, given, scope);
  return { payload: Payload.of(items), length: isArray(items) ? items.length : Object.keys(items).length };
}

async function orderedReader(state: MapState, scope: Scope): Promise<Pick<MapRunOrder, "reader" | "maxItems">> {
  const { ItemReader } = state;
  if (ItemReader === undefined) return {};
  const { MaxItems } = ItemReader.ReaderConfig;
  return {
    reader: ItemReader.input === undefined ? {} : await evaluated(state, ItemReader.input, scope),
    ...(MaxItems && { maxItems: await integerOf(MaxItems, "MaxItems", scope) }),
  };
}

async function orderedBatch(state: MapState, batcher: ItemBatcher, scope: Scope): Promise<MapRunBatch> {
  const { MaxItemsPerBatch, MaxInputBytesPerBatch, BatchInput } = batcher;
  return {
    ...(MaxItemsPerBatch && { maxItems: await integerAt(MaxItemsPerBatch, "MaxItemsPerBatch", scope) }),
    ...(MaxInputBytesPerBatch && {
      maxInputBytes: await integerAt(MaxInputBytesPerBatch, "MaxInputBytesPerBatch", scope),
    }),
    ...(BatchInput && { input: await evaluated(state, BatchInput, scope) }),
  };
}

async function evaluated(state: MapState, template: PayloadTemplate, scope: Scope): Promise<Json> {
  return state.QueryLanguage === "JSONPath" ? evaluateTemplate(template, scope) : evaluateExpressions(template, scope);
}
