/** What can be wrong with a condition's operands, in DynamoDB's words. */
import {
  ATTRIBUTE_TYPES,
  compareValues,
  partOf,
  typeOf,
  type AttributeType,
  type AttributeValue,
} from "../attribute-value.ts";
import type { ConditionFunction, Operand } from "./condition.ts";
import { pathText } from "./document-path.ts";

/** A fault, and which of several faults it is told before. */
export interface ConditionFault {
  readonly kind: "count" | "distinct" | "operand";
  readonly message: string;
}

export type CallName = ConditionFunction | "size";

/** The functions, and how many operands each has. */
const FUNCTIONS: Readonly<Record<CallName, number>> = {
  attribute_exists: 1,
  attribute_not_exists: 1,
  attribute_type: 2,
  begins_with: 2,
  contains: 2,
  size: 1,
};

const MAX_IN = 100;
const SIZED: readonly AttributeType[] = ATTRIBUTE_TYPES.filter((type) => !["N", "BOOL", "NULL"].includes(type));

export function isCallName(name: string): name is CallName {
  return Object.hasOwn(FUNCTIONS, name);
}

/** @param operands undefined ones have a fault of their own */
export function faultOfCall(name: CallName, operands: readonly (Operand | undefined)[]): ConditionFault | undefined {
  if (operands.length !== FUNCTIONS[name]) return wrongCount(name, operands.length);
  const [first, second] = operands;
  switch (name) {
    case "attribute_exists":
    case "attribute_not_exists":
      if (first === undefined || first.kind === "path") return undefined;
      return wrong(`Operator or function requires a document path; operator or function: ${name}`);
    case "begins_with":
      return wrongType(name, first, ["S", "B"]) ?? wrongType(name, second, ["S", "B"]);
    case "size":
      return wrongType(name, first, SIZED);
    case "attribute_type":
      return second === undefined ? undefined : wrongTypeName(second);
    case "contains":
      return undefined;
  }
}

export function faultOfIn(operands: readonly (Operand | undefined)[]): ConditionFault | undefined {
  return operands.length > MAX_IN + 1 ? wrongCount("IN", operands.length) : undefined;
}

/** An attribute is not compared with itself. */
export function faultOfEqualPaths(
  operator: string,
  [first, ...others]: readonly (Operand | undefined)[],
): ConditionFault | undefined {
  const [second] = others;
  if (first?.kind !== "path" || others.length !== 1 || second?.kind !== "path") return undefined;
  const text = pathText(first.path);
  if (text !== pathText(second.path)) return undefined;
  const message = "The first operand must be distinct from the remaining operands for this operator or function";
  return { kind: "distinct", message: `${message}; operator: ${operator}, first operand: ${text}` };
}

export function faultOfBounds([, low, high]: readonly (Operand | undefined)[]): ConditionFault | undefined {
  if (low?.kind !== "value" || high?.kind !== "value") return undefined;
  const bounds = `lower bound operand: AttributeValue: ${shown(low.value)}, upper bound operand: AttributeValue: ${shown(high.value)}`;
  if (typeOf(low.value) !== typeOf(high.value))
    return wrong(`The BETWEEN operator requires same data type for lower and upper bounds; ${bounds}`);
  if ((compareValues(low.value, high.value) ?? 0) <= 0) return undefined;
  const rule = "The BETWEEN operator requires upper bound to be greater than or equal to lower bound";
  return wrong(`${rule}; ${bounds}`);
}

function wrong(message: string): ConditionFault {
  return { kind: "operand", message };
}

function wrongCount(name: string, count: number): ConditionFault {
  const detail = `operator or function: ${name}, number of operands: ${count}`;
  return { kind: "count", message: `Incorrect number of operands for operator or function; ${detail}` };
}

function wrongType(
  name: string,
  one: Operand | undefined,
  types: readonly AttributeType[],
): ConditionFault | undefined {
  const type = one?.kind === "value" ? typeOf(one.value) : one?.kind === "size" ? "N" : undefined;
  if (type === undefined || types.includes(type)) return undefined;
  const detail = `operator or function: ${name}, operand type: ${type}`;
  return wrong(`Incorrect operand type for operator or function; ${detail}`);
}

function wrongTypeName(one: Operand): ConditionFault | undefined {
  if (one.kind === "path") {
    const detail = "operator or function: attribute_type, operand type: {NS,SS,L,BS,N,M,B,BOOL,NULL,S}";
    return wrong(`Incorrect operand type for operator or function; ${detail}`);
  }
  const notText = wrongType("attribute_type", one, ["S"]);
  if (notText !== undefined || one.kind !== "value") return notText;
  const name = partOf(one.value, "S") ?? "";
  if ((ATTRIBUTE_TYPES as readonly string[]).includes(name)) return undefined;
  return wrong(`Invalid attribute type name found; type: ${name}, valid types: {B,NULL,SS,BOOL,L,BS,N,NS,S,M}`);
}

function shown(value: AttributeValue): string {
  const type = typeOf(value);
  return `{${type}:${String(partOf(value, type))}}`;
}
