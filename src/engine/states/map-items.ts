/**
 * What a Map iterates over: the array that ItemsPath or Items finds, and what ItemSelector makes of each item.
 * @see https://states-language.net/spec.html#map-state
 */
import { isArray, isObject, type Json, type JsonArray, type JsonObject } from "../../asl/json.ts";
import type { JsonPath } from "../../asl/json-path.ts";
import type { MapState } from "../../asl/types.ts";
import { applyPath, valueAt } from "../../data/data-flow.ts";
import { sizeOf } from "../../data/effort.ts";
import { EvaluationError } from "../../data/evaluation-error.ts";
import { isLookup } from "../../data/json-path.ts";
import { evaluateAs, evaluateExpressions } from "../../data/jsonata.ts";
import { Payload } from "../../data/payload.ts";
import { evaluateTemplate } from "../../data/payload-template.ts";
import type { Scope } from "../../data/scope.ts";
import type { BranchId, JoiningCursor, Visit } from "../execution.ts";
import type { Turn } from "../turn.ts";
import { scopeOf } from "../visit.ts";

/**
 * What the state's own fields see: its effective input as `$`.
 * @param kept the effective input, where the state's cursor has it
 */
export function mapScope(turn: Turn, branchId: BranchId, state: MapState, visit: Visit, kept?: Payload): Scope {
  const scope = scopeOf(turn, branchId, state, visit);
  return scope.withInput((kept ?? applyPath(state.InputPath, visit.input, scope)).value);
}

/** What a Map's cursor keeps, so that no iteration has to search for it again. */
export function toKeep(
  state: MapState,
  evaluated: Payload | undefined,
  items: readonly Json[],
  scope: Scope,
  maxCharacters: number,
): Pick<JoiningCursor, "items" | "input"> {
  const { InputPath, ItemsPath } = state;
  // A path may find much more than the input holds, the same values again and again: that is searched for again.
  const isKept = (path: JsonPath | null | undefined, value: Json): boolean =>
    path !== null && path !== undefined && !isLookup(path) && sizeOf(value) <= maxCharacters;
  const found = evaluated ?? (isKept(ItemsPath, items) ? Payload.of(items) : undefined);
  return {
    ...(found !== undefined && { items: found }),
    ...(isKept(InputPath, scope.input) && { input: Payload.of(scope.input) }),
  };
}

/** What the field Items gives; undefined without one. An object is for a distributed Map alone. */
export async function evaluatedItems({ Items, ExecutionType }: MapState, scope: Scope): Promise<Payload | undefined> {
  if (Items === undefined) return undefined;
  if (Items.kind === "selector" && Items.selector.kind === "expression") {
    const type = ExecutionType === undefined ? "array" : "array or object";
    return Payload.of(await evaluateAs(type, Items.selector.expression, Items.field, scope));
  }
  return Payload.of(await evaluateExpressions(Items, scope));
}

/**
 * The data set: an array, and of a distributed Map also an object whose members are the items.
 * @param evaluated what the field Items gave @param scope over the state's effective input
 */
export function dataSetOf(state: MapState, evaluated: Payload | undefined, scope: Scope): JsonArray | JsonObject {
  const given = evaluated === undefined ? scope.input : evaluated.value;
  const items = state.ItemsPath === undefined ? given : valueAt(state.ItemsPath, scope);
  if (isArray(items)) return items;
  if (isObject(items) && state.ExecutionType !== undefined) return items;
  throw notIterable(state, items);
}

/** The items that the members of an object are. */
export function membersOf(object: JsonObject): readonly Json[] {
  return Object.entries(object).map(([Key, Value]) => ({ Key, Value }));
}

function notIterable(state: MapState, items: Json): EvaluationError {
  if (state.QueryLanguage === "JSONata") {
    const cause = `Map state input must be an array but was: ${JSON.stringify(items)}`;
    return new EvaluationError("States.QueryEvaluationError", cause);
  }
  // AWS shows a path into the context object with one `$`.
  const path = (state.ItemsPath?.source ?? "$").replace(/^\$\$/u, "$");
  return new EvaluationError("States.Runtime", `Reference path "${path}" must point to array.`, undefined, true);
}

/** The items of a Map that has begun. @param scope over the state's effective input */
export function iterated(state: MapState, { items }: JoiningCursor, scope: Scope): readonly Json[] {
  return (items === undefined ? dataSetOf(state, undefined, scope) : items.value) as readonly Json[];
}

/** @param scope over the state's effective input, with the item in its context */
export async function selectedItem(state: MapState, item: Json, scope: Scope): Promise<Json> {
  if (state.ItemSelector === undefined) return item;
  if (state.QueryLanguage === "JSONPath") return evaluateTemplate(state.ItemSelector, scope);
  return evaluateExpressions(state.ItemSelector, scope);
}
