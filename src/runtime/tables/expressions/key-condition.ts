/** Which items a Query is for: KeyConditionExpression. */
import { partOf, typeOf, type AttributeValue } from "../attribute-value.ts";
import { invalid, invalidValue } from "../table-fault.ts";
import { keyAttributesOf, sortableText, type KeyAttribute, type TableSchema } from "../table-schema.ts";
import type { Comparator, Condition, Operand } from "./condition.ts";

type KeyOperator = "=" | "<" | "<=" | ">" | ">=" | "BETWEEN" | "begins_with";

export interface KeyCondition {
  readonly operator: KeyOperator;
  /** One, of BETWEEN two. */
  readonly values: readonly AttributeValue[];
}

/** By the attributes' names. */
export type KeyConditions = ReadonlyMap<string, KeyCondition>;

/** What the conditions mean for the rows. Texts as `sortableText` makes them. */
export interface KeyRange {
  readonly pk: string;
  readonly from?: string;
  readonly to?: string;
  /** Both bounds are included in the range; this one is not. */
  readonly isExcluded: (sk: string) => boolean;
}

/** What the operator is with its operands the other way round. */
const TURNED = { "=": "=", "<": ">", "<=": ">=", ">": "<", ">=": "<=" } as const;

/** Throws DynamoDB's refusal where it is no condition on a key. */
export function keyConditionsOf(condition: Condition): KeyConditions {
  const conditions = new Map<string, KeyCondition>();
  addConditions(condition, conditions);
  return conditions;
}

function addConditions(condition: Condition, conditions: Map<string, KeyCondition>): void {
  if (condition.kind === "and") {
    addConditions(condition.left, conditions);
    addConditions(condition.right, conditions);
    return;
  }
  const operator = operatorOf(condition);
  const { operands } = condition as Extract<Condition, { readonly operands: readonly Operand[] }>;
  const paths = operands.flatMap((operand) => (operand.kind === "path" ? [operand.path] : []));
  const [first] = operands;
  if ((operator === "BETWEEN" || operator === "begins_with") && first?.kind !== "path")
    throw wrong(`${operator} operator must have the key attribute as its first operand`);
  if (paths.length > 1) throw wrong("Multiple attribute names used in one condition");
  if (operands.some(({ kind }) => kind === "size")) throw nested();
  const [[name, ...rest] = []] = paths;
  if (rest.length > 0) throw invalid("KeyConditionExpressions cannot have conditions on nested attributes");
  if (typeof name !== "string") throw wrong("No key attribute specified");
  if (conditions.has(name)) throw invalid("KeyConditionExpressions must only contain one condition per key");
  const isTurned = first?.kind !== "path" && operator in TURNED;
  const values = operands.flatMap((operand) => (operand.kind === "value" ? [operand.value] : []));
  conditions.set(name, { operator: isTurned ? TURNED[operator as keyof typeof TURNED] : operator, values });
}

function operatorOf(condition: Exclude<Condition, { readonly kind: "and" }>): KeyOperator {
  switch (condition.kind) {
    case "or":
    case "not":
    case "in":
      throw unusable(condition.kind.toUpperCase());
    case "between":
      return "BETWEEN";
    case "function":
      if (condition.name !== "begins_with") throw unusable(condition.name);
      return condition.name;
    case "compare":
      return comparatorOf(condition.comparator);
    default:
      throw new Error("Defect: a condition that does not stand in a key condition");
  }
}

function comparatorOf(comparator: Comparator): Exclude<Comparator, "<>"> {
  if (comparator === "<>") throw unusable(comparator);
  return comparator;
}

/** Throws DynamoDB's refusal where the conditions are not of this table's key. */
export function keyRangeOf(schema: TableSchema, conditions: KeyConditions): KeyRange {
  const { partitionKey, sortKey } = schema;
  if (conditions.size > 2) throw invalid("Conditions can be of length 1 or 2 only");
  const ofPartition = conditions.get(partitionKey.name);
  if (ofPartition === undefined) throw missing(partitionKey);
  const ofSort = sortKey === undefined ? undefined : conditions.get(sortKey.name);
  if (conditions.size === 2 && ofSort === undefined) throw sortKey === undefined ? unsupported() : missing(sortKey);
  for (const { name, type } of keyAttributesOf(schema)) {
    const values = conditions.get(name)?.values ?? [];
    if (values.some((value) => typeOf(value) !== type))
      throw invalidValue("Condition parameter type does not match schema type");
  }
  const [value] = ofPartition.values;
  if (ofPartition.operator !== "=" || value === undefined) throw unsupported();
  return { pk: sortableText(value), ...(ofSort === undefined ? ALL : boundsOf(ofSort)) };
}

const ALL = { isExcluded: (): boolean => false };

function boundsOf({ operator, values }: KeyCondition): Omit<KeyRange, "pk"> {
  const [low = "", high = low] = values.map(sortableText);
  switch (operator) {
    case "=":
      return { from: low, to: low, ...ALL };
    case "BETWEEN":
      return { from: low, to: high, ...ALL };
    case "<=":
      return { to: low, ...ALL };
    case ">=":
      return { from: low, ...ALL };
    case "<":
      return { to: low, isExcluded: (sk) => sk === low };
    case ">":
      return { from: low, isExcluded: (sk) => sk === low };
    case "begins_with":
      return { from: low, to: low + lastOf(values[0]), ...ALL };
  }
}

/** Behind whatever a key goes on with: a sort key has at most 1024 bytes. */
function lastOf(value: AttributeValue | undefined): string {
  const isText = value !== undefined && partOf(value, "S") !== undefined;
  return isText ? "\u{10FFFF}".repeat(256) : "g";
}

function missing({ name }: KeyAttribute): Error {
  return invalid(`Query condition missed key schema element: ${name}`);
}

function unsupported(): Error {
  return invalid("Query key condition not supported");
}

function unusable(operator: string): Error {
  return invalid(`Invalid operator used in KeyConditionExpression: ${operator}`);
}

function nested(): Error {
  return invalid("KeyConditionExpressions cannot contain nested operations");
}

function wrong(message: string): Error {
  return invalid(`Invalid condition in KeyConditionExpression: ${message}`);
}
