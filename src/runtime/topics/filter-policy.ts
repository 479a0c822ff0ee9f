/**
 * Filter policies: of what is published on a topic, what a subscriber wants to hear.
 *
 * All members of a policy must match, and of a member's conditions one.
 * @see https://docs.aws.amazon.com/sns/latest/dg/sns-subscription-filter-policies.html
 */
import { isArray, isObject, memberOf, type Json, type JsonArray, type JsonObject } from "../../asl/json.ts";
import type { MessageAttributes } from "../queues/message-attributes.ts";

export type FilterPolicy = JsonObject;
export type FilterPolicyScope = "MessageAttributes" | "MessageBody";

const MAX_CONDITIONS = 150;
const MAX_DEPTH = 10;
const NUMBERS = { "=": true, "<": true, "<=": true, ">": true, ">=": true } as const;
type Comparison = keyof typeof NUMBERS;

/** What is wrong with it; undefined: nothing. */
export function filterPolicyFault(policy: Json, scope: FilterPolicyScope): string | undefined {
  if (!isObject(policy) || Object.keys(policy).length === 0) return "must be an object with members";
  const counted = { conditions: 0 };
  const fault = policyFault(policy, scope, counted, 1);
  if (fault !== undefined) return fault;
  return counted.conditions > MAX_CONDITIONS ? `may have ${MAX_CONDITIONS} conditions` : undefined;
}

function policyFault(
  policy: JsonObject,
  scope: FilterPolicyScope,
  counted: { conditions: number },
  depth: number,
): string | undefined {
  if (depth > MAX_DEPTH) return `may be ${MAX_DEPTH} members deep`;
  for (const [name, value] of Object.entries(policy)) {
    const fault = memberFault(name, value, scope, counted, depth);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function memberFault(
  name: string,
  value: Json,
  scope: FilterPolicyScope,
  counted: { conditions: number },
  depth: number,
): string | undefined {
  if (name === "$or") {
    if (!isArray(value) || value.length < 2 || !value.every(isObject))
      return "has an '$or' that is no list of policies";
    return value.map((each) => policyFault(each, scope, counted, depth + 1)).find((fault) => fault !== undefined);
  }
  if (isObject(value)) {
    if (scope === "MessageAttributes")
      return `has members below '${name}', which only FilterPolicyScope MessageBody allows`;
    return policyFault(value, scope, counted, depth + 1);
  }
  if (!isArray(value) || value.length === 0) return `must have a list of conditions for '${name}'`;
  counted.conditions += value.length;
  const wrong = value.find((condition) => !isCondition(condition));
  return wrong === undefined ? undefined : `has a condition for '${name}' that is none: ${JSON.stringify(wrong)}`;
}

function isCondition(condition: Json): boolean {
  if (isArray(condition)) return false;
  if (!isObject(condition)) return true;
  const [only, ...others] = Object.entries(condition);
  if (only === undefined || others.length > 0) return false;
  const [operator, operand] = only;
  switch (operator) {
    case "prefix":
    case "suffix":
    case "equals-ignore-case":
      return typeof operand === "string";
    case "exists":
      return typeof operand === "boolean";
    case "numeric":
      return isArray(operand) && isNumeric(operand);
    case "anything-but": {
      if (isObject(operand))
        return Object.keys(operand).every((key) => TEXT_OPERATORS.has(key)) && isCondition(operand);
      const values = isArray(operand) ? operand : [operand];
      return values.length > 0 && values.every((value) => typeof value === "string" || typeof value === "number");
    }
    default:
      return false;
  }
}

const TEXT_OPERATORS: ReadonlySet<string> = new Set(["prefix", "suffix", "equals-ignore-case"]);

/** One comparison, or two. */
function isNumeric(comparisons: JsonArray): boolean {
  if (comparisons.length !== 2 && comparisons.length !== 4) return false;
  return comparisons.every((each, i) =>
    i % 2 === 0 ? typeof each === "string" && Object.hasOwn(NUMBERS, each) : typeof each === "number",
  );
}

/** Whether the subscriber wants to hear of it. */
export function matchesFilterPolicy(
  policy: FilterPolicy,
  scope: FilterPolicyScope,
  attributes: MessageAttributes,
  message: string,
): boolean {
  if (scope === "MessageAttributes") return matches(policy, valuesOf(attributes));
  const body = parsed(message);
  return isObject(body) && matches(policy, body);
}

/** Attributes as JSON: a number as one, a `String.Array` as what it holds; bytes cannot be asked for. */
function valuesOf(attributes: MessageAttributes): JsonObject {
  const entries = Object.entries(attributes).flatMap(([name, { DataType, StringValue }]): [string, Json][] => {
    if (StringValue === undefined) return [];
    if (DataType.startsWith("Number")) return [[name, Number(StringValue)]];
    return [[name, DataType === "String.Array" ? (parsed(StringValue) ?? StringValue) : StringValue]];
  });
  return Object.fromEntries(entries);
}

/** undefined: the text is not JSON. */
function parsed(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

function matches(policy: JsonObject, value: JsonObject): boolean {
  return Object.entries(policy).every(([name, condition]) => {
    if (name === "$or" && isArray(condition)) return condition.some((each) => isObject(each) && matches(each, value));
    const found = memberOf(value, name);
    if (isObject(condition)) return listed(found).some((each) => isObject(each) && matches(condition, each));
    return isArray(condition) && condition.some((each) => satisfies(each, found));
  });
}

/** Of a list any entry counts. */
function listed(value: Json | undefined): readonly Json[] {
  if (value === undefined) return [];
  return isArray(value) ? value : [value];
}

function satisfies(condition: Json, found: Json | undefined): boolean {
  if (!isObject(condition)) return listed(found).includes(condition);
  const exists = memberOf(condition, "exists");
  if (exists !== undefined) return (found !== undefined) === exists;
  const values = listed(found);
  const but = memberOf(condition, "anything-but");
  if (but === undefined) return values.some((value) => satisfiesOperator(condition, value));
  const excluded = isArray(but) ? but : [but];
  return values.some((value) => !excluded.some((each) => satisfies(each, value)));
}

function satisfiesOperator(condition: JsonObject, value: Json): boolean {
  const [operator, operand] = Object.entries(condition)[0] ?? ["", undefined];
  if (operator === "numeric") return typeof value === "number" && isArray(operand) && isWithin(operand, value);
  if (typeof value !== "string" || typeof operand !== "string") return false;
  switch (operator) {
    case "prefix":
      return value.startsWith(operand);
    case "suffix":
      return value.endsWith(operand);
    default:
      return value.toLowerCase() === operand.toLowerCase();
  }
}

function isWithin(comparisons: JsonArray, value: number): boolean {
  for (let i = 0; i < comparisons.length; i += 2) {
    if (!compares(value, comparisons[i] as Comparison, comparisons[i + 1] as number)) return false;
  }
  return true;
}

function compares(value: number, comparison: Comparison, bound: number): boolean {
  switch (comparison) {
    case "=":
      return value === bound;
    case "<":
      return value < bound;
    case "<=":
      return value <= bound;
    case ">":
      return value > bound;
    case ">=":
      return value >= bound;
  }
}
