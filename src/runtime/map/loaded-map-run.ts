/** A Map Run in memory: its plan, with what is read off it. */
import type { MapState } from "../../asl/types.ts";
import type { Entropy } from "../../data/intrinsics.ts";
import { childName, findMapState, type SelectionContext } from "../../engine/map-run-children.ts";
import { MAX_CHUNK_CHILDREN, type MapRunLimits } from "../../engine/map-run-ledger.ts";
import { parseFacts, reviveOrder, type StoredMapRunOrder } from "../../engine/snapshot.ts";
import { machineOfDefinition } from "../machine-cache.ts";
import type { ItemSource } from "./item-source.ts";
import type { MapRunPlan } from "./map-run-rpc.ts";

export interface LoadedMapRun {
  readonly plan: MapRunPlan;
  readonly state: MapState;
  readonly context: SelectionContext;
  readonly source: ItemSource;
  /** `$$.Map.Item.Source`, where the items have none of their own. */
  readonly sourceName: string;
  readonly entropy: Entropy;
}

/** What the plan says, without the items. */
export function contextOf(plan: MapRunPlan): { readonly state: MapState; readonly context: SelectionContext } {
  const machine = machineOfDefinition(plan.definition);
  const state = machine && findMapState(machine, plan.stateName);
  if (state === undefined) throw new Error(`Defect: ${plan.mapRunArn} has no Map state`);
  const { redrive, stateName, enteredAt, retryCount } = plan;
  const order = reviveOrder(JSON.parse(plan.order) as StoredMapRunOrder);
  const context = { facts: parseFacts(plan.facts), stateName, enteredAt, retryCount, order };
  return { state, context: redrive === undefined ? context : { ...context, redrive } };
}

export function limitsOf({ context }: Pick<LoadedMapRun, "context">): MapRunLimits {
  const { maxConcurrency, toleratedFailureCount, toleratedFailurePercentage } = context.order;
  return { maxConcurrency, toleratedFailureCount, toleratedFailurePercentage };
}

export function isStandard({ state }: Pick<LoadedMapRun, "state">): boolean {
  return state.ExecutionType !== "EXPRESS";
}

/** Names everything of a Map Run after its ARN, `arn:…:mapRun:<state machine>/<label>:<id>`. */
export interface ChildNames {
  readonly stateMachineArn: string;
  readonly label: string;
  /** The child at that place of that chunk. A Standard child keeps its name when it is redriven, an Express one begins anew. */
  name(chunk: number, position: number, epoch: number): string;
  arn(name: string): string;
}

export function childNames(mapRunArn: string, standard: boolean): ChildNames {
  const [, prefix = "", machine = "", label = "", id = ""] =
    /^(.*):mapRun:([^/]*)\/([^:]*):(.*)$/u.exec(mapRunArn) ?? [];
  const owner = `${machine}/${label}`;
  return {
    stateMachineArn: `${prefix}:stateMachine:${owner}`,
    label,
    name: (chunk, position, epoch) => childName(id, chunk * MAX_CHUNK_CHILDREN + position, standard ? 0 : epoch),
    arn: (name) => (standard ? `${prefix}:execution:${owner}:${name}` : `${prefix}:express:${owner}:${id}:${name}`),
  };
}

/** Of the number that a child's name ends with. */
export function placeOf(number: number): { readonly chunk: number; readonly position: number } {
  return { chunk: Math.floor(number / MAX_CHUNK_CHILDREN), position: number % MAX_CHUNK_CHILDREN };
}
