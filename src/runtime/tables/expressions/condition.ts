/** A condition on an item: what is read of an expression, and whether it holds. */
import {
  compareValues,
  equalValues,
  isSetType,
  partOf,
  SET_TYPES,
  typeOf,
  bytesOf,
  type AttributeValue,
  type Item,
} from "../attribute-value.ts";
import { utf8Size } from "../../../asl/json.ts";
import { valueAt, type DocumentPath } from "./document-path.ts";

export type Comparator = (typeof COMPARATORS)[number];
export const COMPARATORS = ["=", "<>", "<", "<=", ">", ">="] as const;

export type Operand =
  | { readonly kind: "path"; readonly path: DocumentPath }
  | { readonly kind: "value"; readonly value: AttributeValue }
  | { readonly kind: "size"; readonly of: Operand };

export type ConditionFunction =
  | "attribute_exists"
  | "attribute_not_exists"
  | "attribute_type"
  | "begins_with"
  | "contains";

export type Condition =
  | { readonly kind: "and" | "or"; readonly left: Condition; readonly right: Condition }
  | { readonly kind: "not"; readonly condition: Condition }
  | Comparison;

/** A condition that holds no other. */
export type Comparison =
  | { readonly kind: "compare"; readonly comparator: Comparator; readonly operands: readonly Operand[] }
  | { readonly kind: "between" | "in"; readonly operands: readonly Operand[] }
  | { readonly kind: "function"; readonly name: ConditionFunction; readonly operands: readonly Operand[] };

/** @param item `{}` where there is none */
export function holds(condition: Condition, item: Item): boolean {
  switch (condition.kind) {
    case "and":
      return holds(condition.left, item) && holds(condition.right, item);
    case "or":
      return holds(condition.left, item) || holds(condition.right, item);
    case "not":
      return !holds(condition.condition, item);
    case "function":
      return answerOf(condition.name, condition.operands, item);
    case "compare":
    case "between":
    case "in":
      return compares(condition, item);
  }
}

/** Whatever it compares, in its order; of a size what it is the size of. */
export function operandsOf(condition: Condition): readonly Exclude<Operand, { readonly kind: "size" }>[] {
  switch (condition.kind) {
    case "and":
    case "or":
      return [...operandsOf(condition.left), ...operandsOf(condition.right)];
    case "not":
      return operandsOf(condition.condition);
    case "function":
    case "compare":
    case "between":
    case "in":
      return condition.operands.map(measured);
  }
}

function measured(operand: Operand): Exclude<Operand, { readonly kind: "size" }> {
  return operand.kind === "size" ? measured(operand.of) : operand;
}

function compares(comparison: Exclude<Comparison, { kind: "function" }>, item: Item): boolean {
  const [first, ...others] = comparison.operands.map((operand) => valueOf(operand, item));
  if (comparison.kind === "compare") return isOrdered(comparison.comparator, first, others[0]);
  if (comparison.kind === "in") return others.some((other) => isOrdered("=", first, other));
  return isOrdered(">=", first, others[0]) && isOrdered("<=", first, others[1]);
}

function isOrdered(comparator: Comparator, a: AttributeValue | undefined, b: AttributeValue | undefined): boolean {
  if (a === undefined || b === undefined) return comparator === "<>" && a !== b;
  if (comparator === "=") return equalValues(a, b);
  if (comparator === "<>") return !equalValues(a, b);
  const order = compareValues(a, b);
  if (order === undefined) return false;
  switch (comparator) {
    case "<":
      return order < 0;
    case "<=":
      return order <= 0;
    case ">":
      return order > 0;
    case ">=":
      return order >= 0;
  }
}

function valueOf(operand: Operand, item: Item): AttributeValue | undefined {
  if (operand.kind === "value") return operand.value;
  if (operand.kind === "path") return valueAt(item, operand.path);
  const of = valueOf(operand.of, item);
  const size = of === undefined ? undefined : sizeOf(of);
  return size === undefined ? undefined : { N: String(size) };
}

/** undefined: it has no size. */
function sizeOf(value: AttributeValue): number | undefined {
  const [text, binary] = [partOf(value, "S"), partOf(value, "B")];
  if (text !== undefined) return utf8Size(text);
  if (binary !== undefined) return bytesOf(binary).length;
  const members = partOf(value, "M");
  if (members !== undefined) return Object.keys(members).length;
  const elements = partOf(value, "L") ?? partOf(value, "SS") ?? partOf(value, "NS") ?? partOf(value, "BS");
  return elements?.length;
}

function answerOf(name: ConditionFunction, [of, by]: readonly Operand[], item: Item): boolean {
  const first = of === undefined ? undefined : valueOf(of, item);
  if (name === "attribute_exists") return first !== undefined;
  if (name === "attribute_not_exists") return first === undefined;
  const second = by === undefined ? undefined : valueOf(by, item);
  if (first === undefined || second === undefined) return false;
  if (name === "attribute_type") return typeOf(first) === partOf(second, "S");
  return name === "begins_with" ? beginsWith(first, second) : contains(first, second);
}

function beginsWith(value: AttributeValue, start: AttributeValue): boolean {
  const [text, beginning] = [partOf(value, "S"), partOf(start, "S")];
  if (text !== undefined && beginning !== undefined) return text.startsWith(beginning);
  const [binary, bytes] = [partOf(value, "B"), partOf(start, "B")];
  return binary !== undefined && bytes !== undefined && binaryText(binary).startsWith(binaryText(bytes));
}

function contains(value: AttributeValue, searched: AttributeValue): boolean {
  const elements = partOf(value, "L");
  if (elements !== undefined) return elements.some((element) => equalValues(element, searched));
  const type = typeOf(value);
  if (isSetType(type)) {
    const element = partOf(searched, SET_TYPES[type]);
    return element !== undefined && (partOf(value, type) ?? []).includes(element);
  }
  const [text, part] = [partOf(value, "S"), partOf(searched, "S")];
  if (text !== undefined && part !== undefined) return text.includes(part);
  const [binary, bytes] = [partOf(value, "B"), partOf(searched, "B")];
  return binary !== undefined && bytes !== undefined && binaryText(binary).includes(binaryText(bytes));
}

/** A unit for each byte. */
function binaryText(base64: string): string {
  return atob(base64);
}
