/** What an update expression does to an item. All of it reads the item as it was before. */
import { isSetType, partOf, typeOf, type AttributeValue, type Item, type SetType } from "../attribute-value.ts";
import { addDecimals, negated, parseDecimal, textOfDecimal, type Decimal } from "../decimal.ts";
import { invalid } from "../table-fault.ts";
import { valueAt, withoutValueAt, withValueAt, type DocumentPath } from "./document-path.ts";

export type Section = "SET" | "REMOVE" | "ADD" | "DELETE";

export type UpdateOperand =
  | { readonly kind: "path"; readonly path: DocumentPath }
  | { readonly kind: "value"; readonly value: AttributeValue }
  | { readonly kind: "sum"; readonly operator: "+" | "-"; readonly left: UpdateOperand; readonly right: UpdateOperand }
  | { readonly kind: "list_append"; readonly first: UpdateOperand; readonly second: UpdateOperand }
  | { readonly kind: "if_not_exists"; readonly path: DocumentPath; readonly second: UpdateOperand };

export type Update =
  | { readonly section: "SET"; readonly path: DocumentPath; readonly operand: UpdateOperand }
  | { readonly section: "REMOVE"; readonly path: DocumentPath }
  | { readonly section: "ADD" | "DELETE"; readonly path: DocumentPath; readonly value: AttributeValue };

/** Throws DynamoDB's refusal where the item does not allow it. */
export function updated(item: Item, updates: readonly Update[]): Item {
  const changes = updates.map((update) => ({ path: update.path, value: newValue(item, update) }));
  const [set, removed] = [
    changes.filter(({ value }) => value !== undefined),
    changes.filter(({ value }) => value === undefined),
  ];
  let result = item;
  // What is set first, the lower indexes before, as those behind a list's end append; then what goes, the higher indexes before.
  for (const { path, value } of set.toSorted((a, b) => comparePaths(a.path, b.path))) {
    const next = value === undefined ? result : withValueAt(result, path, value);
    if (next === undefined) throw invalidPath();
    result = next;
  }
  for (const { path } of removed.toSorted((a, b) => comparePaths(b.path, a.path))) {
    const next = withoutValueAt(result, path);
    if (next === undefined) throw invalidPath();
    result = next;
  }
  return result;
}

/** undefined: the path is to be empty. */
function newValue(item: Item, update: Update): AttributeValue | undefined {
  switch (update.section) {
    case "SET":
      return operandValue(item, update.operand);
    case "REMOVE":
      return undefined;
    case "ADD":
      return added(valueAt(item, update.path), update.value);
    case "DELETE":
      return withoutElements(valueAt(item, update.path), update.value);
  }
}

function operandValue(item: Item, operand: UpdateOperand): AttributeValue {
  switch (operand.kind) {
    case "value":
      return operand.value;
    case "path": {
      const value = valueAt(item, operand.path);
      if (value === undefined)
        throw invalid("The provided expression refers to an attribute that does not exist in the item");
      return value;
    }
    case "if_not_exists":
      return valueAt(item, operand.path) ?? operandValue(item, operand.second);
    case "list_append":
      return { L: [...listOf(operandValue(item, operand.first)), ...listOf(operandValue(item, operand.second))] };
    case "sum": {
      const left = numberOf(operandValue(item, operand.left));
      const right = numberOf(operandValue(item, operand.right));
      return { N: textOfDecimal(addDecimals(left, operand.operator === "-" ? negated(right) : right)) };
    }
  }
}

function listOf(value: AttributeValue): readonly AttributeValue[] {
  const elements = partOf(value, "L");
  if (elements === undefined) throw wrongType();
  return elements;
}

function numberOf(value: AttributeValue): Decimal {
  const text = partOf(value, "N");
  if (text === undefined) throw wrongType();
  return parseDecimal(text);
}

function added(before: AttributeValue | undefined, value: AttributeValue): AttributeValue {
  if (before === undefined) return value;
  const type = typeOf(value);
  if (type !== typeOf(before)) throw wrongType();
  if (!isSetType(type)) return { N: textOfDecimal(addDecimals(numberOf(before), numberOf(value))) };
  return setOf(type, [...new Set([...elementsOf(before, type), ...elementsOf(value, type)])]);
}

/** undefined: nothing is left. */
function withoutElements(before: AttributeValue | undefined, value: AttributeValue): AttributeValue | undefined {
  if (before === undefined) return undefined;
  const type = typeOf(value);
  if (type !== typeOf(before) || !isSetType(type)) throw wrongType();
  const gone = new Set(elementsOf(value, type));
  const left = elementsOf(before, type).filter((element) => !gone.has(element));
  return left.length === 0 ? undefined : setOf(type, left);
}

function elementsOf(value: AttributeValue, type: SetType): readonly string[] {
  return partOf(value, type) ?? [];
}

function setOf(type: SetType, elements: readonly string[]): AttributeValue {
  return { [type]: elements } as unknown as AttributeValue;
}

function comparePaths(a: DocumentPath, b: DocumentPath): number {
  for (let i = 0; i < Math.min(a.length, b.length); i += 1) {
    const [one, other] = [a[i], b[i]];
    if (typeof one === "number" && typeof other === "number" && one !== other) return one - other;
    if (one !== other) return String(one) < String(other) ? -1 : 1;
  }
  return a.length - b.length;
}

function wrongType(): Error {
  return invalid("An operand in the update expression has an incorrect data type");
}

function invalidPath(): Error {
  return invalid("The document path provided in the update expression is invalid for update");
}
