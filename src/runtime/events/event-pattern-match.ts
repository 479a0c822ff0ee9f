/**
 * Whether an event fits a pattern.
 *
 * M1. Arrays of an event stand for their items: one that fits is enough, and below an array all that a pattern asks of an
 *     object must be found in the same item.
 * M2. `exists: false` looks at the event as a whole.
 * M3. What is not known yet fits: there is no operator that makes less of more, so that nothing is lost.
 */
import { isArray, isObject, memberOf, type Json, type JsonObject } from "../../asl/json.ts";
import type { FieldPattern, FieldTest, NumericBound, ObjectPattern, ValueTest } from "./event-pattern.ts";
import { isInRange } from "./ip-range.ts";
import { matchesWildcard } from "./wildcard.ts";

interface Whole {
  readonly event: JsonObject;
  readonly unknown: ReadonlySet<string>;
}

const NOTHING: ReadonlySet<string> = new Set();

/** @param unknown paths such as `detail.input` whose values are not known yet (M3) */
export function matchesEvent(
  pattern: ObjectPattern,
  event: JsonObject,
  unknown: ReadonlySet<string> = NOTHING,
): boolean {
  return matchesObject(pattern, event, { event, unknown });
}

function matchesObject(pattern: ObjectPattern, value: Json | undefined, whole: Whole): boolean {
  if (value !== undefined && isArray(value) && value.length > 0)
    return value.some((item) => matchesObject(pattern, item, whole));
  const object = isObject(value) ? value : {};
  return (
    pattern.fields.every((field) => matchesField(field, memberOf(object, field.name), whole)) &&
    pattern.alternatives.every((patterns) => patterns.some((one) => matchesObject(one, object, whole)))
  );
}

function matchesField(field: FieldPattern, value: Json | undefined, whole: Whole): boolean {
  if (field.kind === "object") return matchesObject(field.pattern, value, whole);
  if (whole.unknown.has(field.path.join("."))) return true;
  const leaves = leavesOf(value);
  return field.tests.some((test) => matchesTest(test, leaves, field.path, whole));
}

function matchesTest(test: FieldTest, leaves: readonly Leaf[], path: readonly string[], { event }: Whole): boolean {
  if (test.kind !== "exists") return leaves.some((leaf) => matchesValue(test, leaf));
  return test.exists ? leaves.length > 0 : !hasLeaf(event, path, 0);
}

type Leaf = string | number | boolean | null;

function leavesOf(value: Json | undefined): readonly Leaf[] {
  if (value === undefined || isObject(value)) return [];
  return isArray(value) ? value.flatMap(leavesOf) : [value];
}

function hasLeaf(value: Json | undefined, path: readonly string[], at: number): boolean {
  const name = path[at];
  if (name === undefined) return leavesOf(value).length > 0;
  if (value !== undefined && isArray(value)) return value.some((item) => hasLeaf(item, path, at));
  return isObject(value) && hasLeaf(memberOf(value, name), path, at + 1);
}

function matchesValue(test: ValueTest, value: Leaf): boolean {
  switch (test.kind) {
    case "equals":
      return test.value === value;
    case "anything-but":
      return !test.tests.some((excluded) => matchesValue(excluded, value));
    case "numeric":
      return typeof value === "number" && test.bounds.every((bound) => isWithin(bound, value));
    case "equals-ignore-case":
      return typeof value === "string" && value.toLowerCase() === test.text;
    case "wildcard":
      return typeof value === "string" && matchesWildcard(test.wildcard, value);
    case "cidr":
      return typeof value === "string" && isInRange(test.range, value);
    case "prefix":
    case "suffix": {
      if (typeof value !== "string") return false;
      const text = test.ignoreCase ? value.toLowerCase() : value;
      return test.kind === "prefix" ? text.startsWith(test.text) : text.endsWith(test.text);
    }
  }
}

function isWithin({ operator, value: bound }: NumericBound, value: number): boolean {
  switch (operator) {
    case "=":
      return value === bound;
    case ">":
      return value > bound;
    case ">=":
      return value >= bound;
    case "<":
      return value < bound;
    case "<=":
      return value <= bound;
  }
}
