/**
 * Filters of paths: whether an element passes `[?(…)]`.
 *
 * An operand that finds nothing is undefined; it equals nothing, not even another that finds nothing.
 */
import { isArray, isObject, jsonEquals, type Json } from "../asl/json.ts";
import type { FilterCondition, FilterOperator, FilterValue } from "../asl/json-path-filter.ts";
import type { PathSegment } from "../asl/json-path.ts";
import type { RegularExpression } from "../asl/regular-expression.ts";
import { findText } from "./text-search.ts";

type Condition = FilterCondition<PathSegment>;
type Operand = FilterValue<PathSegment>;

/** What an evaluation lends to its filters. */
export interface FilterHost {
  /** Evaluates a path of the filter; a list where the path is indefinite. */
  lookUp(path: Extract<Operand, { readonly kind: "path" }>): Json | undefined;
  /** Whether the whole text matches. */
  matches(expression: RegularExpression, text: string): boolean;
  /** Counts elementary steps before they are taken; throws when there were too many. */
  readonly charge: (steps: number) => void;
}

/** Whether the condition holds. Its nesting was bounded when it was parsed. */
export function accepts(condition: Condition, host: FilterHost): boolean {
  switch (condition.kind) {
    case "and":
      return condition.conditions.every((x) => accepts(x, host));
    case "or":
      return condition.conditions.some((x) => accepts(x, host));
    case "not":
      return !accepts(condition.condition, host);
    case "exists":
      return valueOf(condition.operand, host) !== undefined;
    case "matches":
      return matches(valueOf(condition.left, host), condition.pattern, host);
    case "compare":
      return compare(condition.operator, valueOf(condition.left, host), valueOf(condition.right, host), host);
  }
}

function valueOf(operand: Operand, host: FilterHost): Json | undefined {
  return operand.kind === "literal" ? operand.value : host.lookUp(operand);
}

function matches(value: Json | undefined, pattern: RegularExpression, host: FilterHost): boolean {
  return (typeof value === "string" || typeof value === "number") && host.matches(pattern, String(value));
}

function compare(operator: FilterOperator, left: Json | undefined, right: Json | undefined, host: FilterHost): boolean {
  switch (operator) {
    case "==":
      return equals(left, right, host);
    case "!=":
      return !equals(left, right, host);
    case "<":
      return order(left, right, host) < 0;
    case "<=":
      return order(left, right, host) <= 0;
    case ">":
      return order(left, right, host) > 0;
    case ">=":
      return order(left, right, host) >= 0;
    case "in":
      return isArray(right) && includes(right, left, host);
    case "nin":
      return isArray(right) && !includes(right, left, host);
    case "contains":
      if (typeof left !== "string") return isArray(left) && includes(left, right, host);
      host.charge(1 + textLength(left) + textLength(right));
      return typeof right === "string" && findText(left, right) >= 0;
    case "subsetof":
      return isArray(left) && isArray(right) && left.every((x) => includes(right, x, host));
    case "anyof":
      return isArray(left) && isArray(right) && left.some((x) => includes(right, x, host));
    case "noneof":
      return isArray(left) && isArray(right) && !left.some((x) => includes(right, x, host));
    case "size":
      return (typeof left === "string" || isArray(left)) && left.length === right;
    case "empty":
      return isEmpty(left) === right;
  }
}

function equals(a: Json | undefined, b: Json | undefined, { charge }: FilterHost): boolean {
  return a !== undefined && b !== undefined && jsonEquals(a, b, charge);
}

function includes(list: readonly Json[], value: Json | undefined, host: FilterHost): boolean {
  return list.some((x) => equals(x, value, host));
}

/** NaN, which is neither less nor greater, unless both are numbers or both are strings. */
function order(left: Json | undefined, right: Json | undefined, { charge }: FilterHost): number {
  charge(1 + textLength(left) / CHARACTERS_PER_STEP);
  if (typeof left === "number" && typeof right === "number") return left - right;
  if (typeof left !== "string" || typeof right !== "string") return Number.NaN;
  return left === right ? 0 : left < right ? -1 : 1;
}

/** What it costs to compare texts, a part of a step for each character. */
const CHARACTERS_PER_STEP = 16;

function textLength(value: Json | undefined): number {
  return typeof value === "string" ? value.length : 0;
}

function isEmpty(value: Json | undefined): boolean | undefined {
  if (typeof value === "string" || isArray(value)) return value.length === 0;
  if (!isObject(value)) return undefined;
  // Found out with the first member, however many there are.
  for (const _ in value) return false;
  return true;
}
