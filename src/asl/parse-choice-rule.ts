/**
 * Reads the rules of a Choice state.
 * @see https://states-language.net/spec.html#choice-state
 */
import type { FieldReader } from "./field-reader.ts";
import type { Json } from "./json.ts";
import type { ChoiceOperator, ChoiceRule, ComparisonCondition, Condition } from "./types.ts";

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

/** What a rule is made of; just one of them. */
const SHAPES = ["And", "Or", "Not", "Variable", "Condition"] as const;
/** Deeper And/Or/Not than anybody writes; keeps every walk over a condition shallow. */
const MAX_DEPTH = 64;

/** A top-level rule: a condition with the state it leads to. */
export function parseChoiceRule(value: Json, location: string, state: FieldReader): ChoiceRule | undefined {
  const reader = state.inner(value, location);
  if (reader === undefined) return undefined;
  reader.require("Next");
  const Next = reader.string("Next");
  reader.only("JSONata", "Output");
  const Assign = reader.assign();
  const Output = reader.language === "JSONata" ? reader.template("Output") : undefined;
  const condition = parseCondition(reader, 0);
  if (Next === undefined || condition === undefined) return undefined;
  return { Next, condition, ...(Assign && { Assign }), ...(Output && { Output }) };
}

function parseCondition(reader: FieldReader, depth: number): Condition | undefined {
  reader.string("Comment");
  const shapes = SHAPES.filter((x) => reader.has(x));
  const [shape] = shapes;
  if (depth > MAX_DEPTH) {
    reader.report("Choice rules are nested too deeply", reader.location, "TOO_DEEPLY_NESTED");
    return undefined;
  }
  if (shape === undefined || shapes.length > 1) {
    reader.report(`The object must have only one of the following fields, [${SHAPES.join(", ")}]`);
  }
  reader.only("JSONPath", "Variable", "And", "Or", "Not");
  reader.only("JSONata", "Condition");
  const condition = shape && parseShape(shape, reader, depth);
  reader.finish();
  return condition;
}

function parseShape(shape: (typeof SHAPES)[number], reader: FieldReader, depth: number): Condition | undefined {
  if (shape === "Condition") return parseExpressionCondition(reader);
  if (shape === "Variable") return parseComparison(reader);
  if (shape === "Not") {
    const inner = reader.inner(reader.raw("Not"), reader.at("Not"));
    const condition = inner && parseCondition(inner, depth + 1);
    return condition && { kind: shape, condition };
  }
  const list = reader.filledArray(shape) ?? [];
  const conditions = list.map((x, i) => {
    const inner = reader.inner(x, `${reader.at(shape)}[${i}]`);
    return inner && parseCondition(inner, depth + 1);
  });
  const sound = conditions.filter((x) => x !== undefined);
  return sound.length === conditions.length ? { kind: shape, conditions: sound } : undefined;
}

function parseExpressionCondition(reader: FieldReader): Condition | undefined {
  const constant = reader.raw("Condition");
  const before = reader.findings.diagnostics.length;
  const expression = reader.expression("Condition");
  if (expression !== undefined) return { kind: "expression", expression };
  if (typeof constant !== "boolean") {
    const isReported = reader.findings.diagnostics.length > before;
    if (!isReported) reader.report("Expected value of type [BOOLEAN] or a JSONata expression", reader.at("Condition"));
    return undefined;
  }
  // A constant condition: the conjunction of nothing holds, its negation does not.
  const always = { kind: "And", conditions: [] } as const;
  return constant ? always : { kind: "Not", condition: always };
}

function parseComparison(reader: FieldReader): ComparisonCondition | undefined {
  const Variable = reader.singlePath("Variable");
  const operators = CHOICE_OPERATORS.filter((x) => reader.has(x));
  const operator = operators[0];
  if (operator === undefined) {
    reader.report(`This object should have only one of the following fields: [${CHOICE_OPERATORS.join(", ")}]`);
    return undefined;
  }
  reader.atMostOne(...operators);
  const operand = parseOperand(operator, reader);
  return Variable && operand && { kind: "comparison", Variable, operator, operand };
}

function parseOperand(operator: ChoiceOperator, reader: FieldReader): ComparisonCondition["operand"] | undefined {
  if (operator.endsWith("Path")) {
    const path = reader.singlePath(operator);
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
