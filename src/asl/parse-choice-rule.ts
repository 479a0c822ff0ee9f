/**
 * Reads the rules of a Choice state.
 * @see https://states-language.net/spec.html#choice-state
 */
import type { Diagnostic } from "./diagnostic.ts";
import { FieldReader } from "./field-reader.ts";
import { isObject, type Json } from "./json.ts";
import type { ChoiceOperator, ChoiceRule, ComparisonCondition, Condition, QueryLanguage } from "./types.ts";

const ORDERINGS = ["Equals", "LessThan", "GreaterThan", "LessThanEquals", "GreaterThanEquals"] as const;
const TESTS = ["IsNull", "IsPresent", "IsNumeric", "IsString", "IsBoolean", "IsTimestamp"] as const;
const ORDERED = (["String", "Numeric", "Timestamp"] as const).flatMap((type) =>
  ORDERINGS.map((ordering) => `${type}${ordering}` as const),
);

export const CHOICE_OPERATORS: readonly ChoiceOperator[] = [
  ...ORDERED,
  ...ORDERED.map((operator) => `${operator}Path` as const),
  "BooleanEquals",
  "BooleanEqualsPath",
  "StringMatches",
  ...TESTS,
];

/** Deeper And/Or/Not than anybody writes; keeps every walk over a condition shallow. */
const MAX_DEPTH = 64;

/** A top-level rule: a condition with the state it leads to. */
export function parseChoiceRule(
  value: Json,
  location: string,
  diagnostics: Diagnostic[],
  language: QueryLanguage,
): ChoiceRule | undefined {
  const reader = readerOf(value, location, diagnostics, language);
  if (reader === undefined) return undefined;
  reader.require("Next");
  const Next = reader.string("Next");
  const Assign = reader.assign();
  const Output = language === "JSONata" ? reader.template("Output") : undefined;
  const condition = language === "JSONata" ? parseExpressionCondition(reader) : parseCondition(reader, diagnostics, 0);
  if (Next === undefined || condition === undefined) return undefined;
  return { Next, condition, ...(Assign && { Assign }), ...(Output && { Output }) };
}

function parseExpressionCondition(reader: FieldReader): Condition | undefined {
  reader.string("Comment");
  reader.require("Condition");
  const constant = reader.raw("Condition");
  const expression = reader.expression("Condition");
  if (expression === undefined && constant !== undefined && typeof constant !== "boolean") {
    reader.report("Expected a JSONata expression or a Boolean", reader.at("Condition"));
  }
  reader.finish();
  if (expression !== undefined) return { kind: "expression", expression };
  // A constant condition: the conjunction of nothing holds, its negation does not.
  const always = { kind: "And", conditions: [] } as const;
  return constant === true ? always : { kind: "Not", condition: always };
}

function parseNested(value: Json, location: string, diagnostics: Diagnostic[], depth: number): Condition | undefined {
  const reader = readerOf(value, location, diagnostics);
  return reader === undefined ? undefined : parseCondition(reader, diagnostics, depth);
}

function parseCondition(reader: FieldReader, diagnostics: Diagnostic[], depth: number): Condition | undefined {
  reader.string("Comment");
  const kind = (["And", "Or", "Not"] as const).find((x) => reader.has(x));
  if (depth > MAX_DEPTH) {
    reader.report("Choice rules are nested too deeply");
    return undefined;
  }
  const condition = kind === undefined ? parseComparison(reader) : parseLogic(kind, reader, diagnostics, depth);
  reader.finish();
  return condition;
}

function parseLogic(
  kind: "And" | "Or" | "Not",
  reader: FieldReader,
  diagnostics: Diagnostic[],
  depth: number,
): Condition | undefined {
  if (kind === "Not") {
    const inner = reader.object("Not");
    const condition = inner && parseNested(inner, reader.at("Not"), diagnostics, depth + 1);
    return condition && { kind, condition };
  }
  const list = reader.array(kind) ?? [];
  if (list.length === 0) reader.report("Array must not be empty", reader.at(kind));
  const conditions = list.map((x, i) => parseNested(x, `${reader.at(kind)}/${i}`, diagnostics, depth + 1));
  const sound = conditions.filter((x) => x !== undefined);
  return sound.length === conditions.length ? { kind, conditions: sound } : undefined;
}

function parseComparison(reader: FieldReader): ComparisonCondition | undefined {
  reader.require("Variable");
  const Variable = reader.plainPath("Variable");
  const operators = CHOICE_OPERATORS.filter((x) => reader.has(x));
  const operator = operators[0];
  if (operator === undefined || operators.length > 1) {
    reader.report("Exactly one comparison operator should be present");
    return undefined;
  }
  const operand = parseOperand(operator, reader);
  return Variable && operand && { kind: "comparison", Variable, operator, operand };
}

function parseOperand(operator: ChoiceOperator, reader: FieldReader): ComparisonCondition["operand"] | undefined {
  if (operator.endsWith("Path")) {
    const path = reader.plainPath(operator);
    return path && { kind: "path", path };
  }
  const value = readOperand(operator, reader);
  return value === undefined ? undefined : { kind: "value", value };
}

function readOperand(operator: ChoiceOperator, reader: FieldReader): Json | undefined {
  if (operator.startsWith("Numeric")) return reader.number(operator, { min: -Infinity, max: Infinity });
  if (operator.startsWith("Boolean") || operator.startsWith("Is")) return reader.boolean(operator);
  return operator.startsWith("Timestamp") ? reader.timestampText(operator) : reader.string(operator);
}

function readerOf(
  value: Json,
  location: string,
  diagnostics: Diagnostic[],
  language: QueryLanguage = "JSONPath",
): FieldReader | undefined {
  if (isObject(value)) return new FieldReader(value, location, diagnostics, language);
  diagnostics.push({
    severity: "ERROR",
    code: "SCHEMA_VALIDATION_FAILED",
    message: "Expected value of type Object",
    location,
  });
  return undefined;
}
