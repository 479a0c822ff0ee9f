/**
 * Choice rules: whether a condition holds.
 *
 * A comparison of values of the wrong type is false, never an error; a Variable that finds nothing is an error
 * except under IsPresent.
 * @see https://states-language.net/spec.html#choice-state
 */
import { parseTimestamp } from "../asl/instant.ts";
import type { Json } from "../asl/json.ts";
import type { ChoiceOperator, ComparisonCondition, Condition } from "../asl/types.ts";
import { spendOnPaths } from "./effort.ts";
import { EvaluationError } from "./evaluation-error.ts";
import { evaluatePath } from "./json-path.ts";
import type { Scope } from "./scope.ts";
import { findText } from "./text-search.ts";

/** @param scope its input is the state's effective input */
export function holds(condition: Condition, scope: Scope): boolean {
  switch (condition.kind) {
    case "And":
      return condition.conditions.every((x) => holds(x, scope));
    case "Or":
      return condition.conditions.some((x) => holds(x, scope));
    case "Not":
      return !holds(condition.condition, scope);
    case "comparison":
      return compares(condition, scope);
    case "expression":
      throw new Error("Defect: a JSONata condition is evaluated as JSONPath");
  }
}

function compares(condition: ComparisonCondition, scope: Scope): boolean {
  const { operator } = condition;
  const value = evaluatePath(condition.Variable, scope);
  if (operator === "IsPresent") return (value !== undefined) === operandOf(condition, scope);
  if (value === undefined) throw invalidPath(condition.Variable.source);
  const operand = operandOf(condition, scope);
  if (operator.startsWith("Is")) return hasType(operator, value) === operand;
  if (operator === "StringMatches")
    return typeof value === "string" && typeof operand === "string" && matches(value, operand, scope);
  return compareAs(operator.replace(/Path$/u, ""), value, operand);
}

function operandOf(condition: ComparisonCondition, scope: Scope): Json {
  if (condition.operand.kind === "value") return condition.operand.value;
  const value = evaluatePath(condition.operand.path, scope);
  if (value === undefined) throw invalidPath(condition.operand.path.source);
  return value;
}

function invalidPath(source: string): EvaluationError {
  const cause = `Invalid path '${source}': The choice state's condition path references an invalid value.`;
  return new EvaluationError("States.Runtime", cause);
}

function hasType(operator: ChoiceOperator, value: Json): boolean {
  switch (operator) {
    case "IsNull":
      return value === null;
    case "IsNumeric":
      return typeof value === "number";
    case "IsString":
      return typeof value === "string";
    case "IsBoolean":
      return typeof value === "boolean";
    default:
      return typeof value === "string" && parseTimestamp(value) !== undefined;
  }
}

function compareAs(operator: string, value: Json, operand: Json): boolean {
  if (operator === "BooleanEquals") return typeof value === "boolean" && value === operand;
  if (operator.startsWith("String")) {
    const sound = typeof value === "string" && typeof operand === "string";
    return sound && ordered(operator.slice("String".length), compareStrings(value, operand));
  }
  if (operator.startsWith("Numeric")) {
    const sound = typeof value === "number" && typeof operand === "number";
    return sound && ordered(operator.slice("Numeric".length), value - operand);
  }
  const [a, b] = [timestampOf(value), timestampOf(operand)];
  return a !== undefined && b !== undefined && ordered(operator.slice("Timestamp".length), a - b);
}

function timestampOf(value: Json): number | undefined {
  return typeof value === "string" ? parseTimestamp(value) : undefined;
}

/** By UTF-16 code units, as Java's String.compareTo. */
function compareStrings(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** @param ordering what is left of an operator's name without its type */
function ordered(ordering: string, difference: number): boolean {
  switch (ordering) {
    case "Equals":
      return difference === 0;
    case "LessThan":
      return difference < 0;
    case "GreaterThan":
      return difference > 0;
    case "LessThanEquals":
      return difference <= 0;
    default:
      return difference >= 0;
  }
}

/** StringMatches: `*` stands for any run of characters, `\*` for a star, `\\` for a backslash. Linear in both texts. */
function matches(text: string, pattern: string, scope: Scope): boolean {
  spendOnPaths(scope, 1 + (text.length + pattern.length) / 2);
  const [first = "", ...others] = partsOf(pattern);
  const last = others.pop();
  if (last === undefined) return text === first;
  if (!text.startsWith(first)) return false;
  let at = first.length;
  for (const part of others) {
    const found = findText(text, part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return at + last.length <= text.length && text.endsWith(last);
}

/** What stands between the pattern's stars. */
function partsOf(pattern: string): string[] {
  const parts: string[] = [];
  let part = "";
  for (let i = 0; i < pattern.length; i++) {
    const character = pattern.charAt(i);
    if (character === "*") {
      parts.push(part);
      part = "";
    } else if (character === "\\" && (pattern[i + 1] === "*" || pattern[i + 1] === "\\")) {
      i += 1;
      part += pattern.charAt(i);
    } else part += character;
  }
  return [...parts, part];
}
