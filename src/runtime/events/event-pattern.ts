/**
 * Event patterns of EventBridge: the text's value, read into what `event-pattern-match` goes by.
 *
 * P1. What is wrong is an answer that says where, never an exception.
 * P2. No operator backtracks: a pattern takes as long as it and the event are long.
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
 */
import { isArray, isObject, type Json, type JsonObject } from "../../asl/json.ts";
import { parseIpRange, type IpRange } from "./ip-range.ts";
import { parseWildcard, type Wildcard } from "./wildcard.ts";

/** What one value of an event is held against. */
export type ValueTest =
  | { readonly kind: "equals"; readonly value: string | number | boolean | null }
  | { readonly kind: "equals-ignore-case"; readonly text: string }
  | { readonly kind: "prefix" | "suffix"; readonly text: string; readonly ignoreCase: boolean }
  | { readonly kind: "wildcard"; readonly wildcard: Wildcard }
  | { readonly kind: "numeric"; readonly bounds: readonly NumericBound[] }
  | { readonly kind: "cidr"; readonly range: IpRange }
  | { readonly kind: "anything-but"; readonly tests: readonly ValueTest[] };

export interface NumericBound {
  readonly operator: NumericOperator;
  readonly value: number;
}

export type NumericOperator = "=" | ">" | ">=" | "<" | "<=";

/** What stands in an array: any of them is enough. */
export type FieldTest = ValueTest | { readonly kind: "exists"; readonly exists: boolean };

/** Everything in it must hold. */
export interface ObjectPattern {
  readonly fields: readonly FieldPattern[];
  /** Of each `$or`, one alternative at least. */
  readonly alternatives: readonly (readonly ObjectPattern[])[];
}

export type FieldPattern =
  | {
      readonly kind: "leaf";
      readonly name: string;
      readonly path: readonly string[];
      readonly tests: readonly FieldTest[];
    }
  | { readonly kind: "object"; readonly name: string; readonly pattern: ObjectPattern };

export type PatternReading =
  | { readonly ok: true; readonly pattern: ObjectPattern }
  /** @property pointer a JSON pointer into the pattern */
  | { readonly ok: false; readonly pointer: string; readonly fault: string };

/** Longer ones AWS refuses. */
export const MAX_PATTERN_CHARACTERS = 4_096;

export function readEventPattern(value: Json): PatternReading {
  try {
    if (JSON.stringify(value).length > MAX_PATTERN_CHARACTERS)
      throw new PatternFault("", `An event pattern may have ${MAX_PATTERN_CHARACTERS} characters`);
    return { ok: true, pattern: readObject(value, "", []) };
  } catch (error) {
    if (!(error instanceof PatternFault)) throw error;
    return { ok: false, pointer: error.pointer, fault: `Event pattern is not valid. Reason: ${error.message}` };
  }
}

class PatternFault extends Error {
  readonly pointer: string;

  constructor(pointer: string, message: string) {
    super(message);
    this.pointer = pointer;
  }
}

function readObject(value: Json, pointer: string, path: readonly string[]): ObjectPattern {
  if (!isObject(value)) throw new PatternFault(pointer, "Filter is not an object");
  const members = Object.entries(value);
  if (members.length === 0) throw new PatternFault(pointer, "Empty objects are not allowed");
  const fields: FieldPattern[] = [];
  const alternatives: (readonly ObjectPattern[])[] = [];
  for (const [name, member] of members) {
    const at = `${pointer}/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`;
    if (name === "$or" && isAlternatives(member)) {
      alternatives.push(member.map((item, index) => readObject(item, `${at}/${index}`, path)));
    } else fields.push(readField(name, member, at, path));
  }
  return { fields, alternatives };
}

/** A field may be called `$or`, too: then its values are no objects that look like patterns. */
function isAlternatives(value: Json): value is readonly JsonObject[] {
  return isArray(value) && value.length > 1 && value.every((item) => isObject(item) && !isOperation(item));
}

function isOperation(item: JsonObject): boolean {
  return Object.keys(item).some((key) => key !== "$or" && Object.hasOwn(OPERATORS, key));
}

function readField(name: string, value: Json, pointer: string, before: readonly string[]): FieldPattern {
  const path = [...before, name];
  if (isObject(value)) return { kind: "object", name, pattern: readObject(value, pointer, path) };
  if (!isArray(value)) throw new PatternFault(pointer, `"${name}" must be an object or an array`);
  if (value.length === 0) throw new PatternFault(pointer, "Empty arrays are not allowed");
  const tests = value.map((item, index) => readTest(item, `${pointer}/${index}`));
  return { kind: "leaf", name, path, tests };
}

function readTest(item: Json, pointer: string): FieldTest {
  if (isArray(item)) throw new PatternFault(pointer, "Match value must be String, number, true, false, or null");
  if (!isObject(item)) return { kind: "equals", value: item };
  const [entry, ...others] = Object.entries(item);
  if (entry === undefined || others.length > 0)
    throw new PatternFault(pointer, "Only one key allowed in match expression");
  const [operator, operand] = entry;
  const at = `${pointer}/${operator}`;
  const read = Object.hasOwn(OPERATORS, operator) ? OPERATORS[operator] : undefined;
  if (read === undefined) throw new PatternFault(at, `Unrecognized match type ${operator}`);
  return read(operand, at);
}

const OPERATORS: Readonly<Record<string, (operand: Json, pointer: string) => FieldTest>> = {
  prefix: (operand, pointer) => readAffix("prefix", operand, pointer),
  suffix: (operand, pointer) => readAffix("suffix", operand, pointer),
  "equals-ignore-case": readIgnoringCase,
  wildcard: readWildcard,
  numeric: readNumeric,
  cidr: readCidr,
  "anything-but": readAnythingBut,
  exists: (operand, pointer) => {
    if (typeof operand !== "boolean")
      throw new PatternFault(pointer, "exists match pattern must be either true or false.");
    return { kind: "exists", exists: operand };
  },
};

function readAffix(kind: "prefix" | "suffix", operand: Json, pointer: string): ValueTest {
  if (typeof operand === "string") return { kind, text: operand, ignoreCase: false };
  const inner = isObject(operand) && Object.keys(operand).length === 1 ? operand["equals-ignore-case"] : undefined;
  if (typeof inner === "string") return { kind, text: inner.toLowerCase(), ignoreCase: true };
  throw new PatternFault(pointer, `${kind} match pattern must be a string`);
}

function readIgnoringCase(operand: Json, pointer: string): ValueTest {
  if (typeof operand === "string") return { kind: "equals-ignore-case", text: operand.toLowerCase() };
  throw new PatternFault(pointer, "equals-ignore-case match pattern must be a string");
}

function readWildcard(operand: Json, pointer: string): ValueTest {
  if (typeof operand !== "string") throw new PatternFault(pointer, "wildcard match pattern must be a string");
  const wildcard = parseWildcard(operand);
  if (typeof wildcard === "string") throw new PatternFault(pointer, wildcard);
  return { kind: "wildcard", wildcard };
}

function readCidr(operand: Json, pointer: string): ValueTest {
  const range = typeof operand === "string" ? parseIpRange(operand) : undefined;
  if (range === undefined) throw new PatternFault(pointer, "Malformed CIDR, one '/' required: 10.0.0.0/24");
  return { kind: "cidr", range };
}

function readNumeric(operand: Json, pointer: string): ValueTest {
  const terms = isArray(operand) ? operand : [];
  if (terms.length !== 2 && terms.length !== 4)
    throw new PatternFault(pointer, "numeric match takes one operator and number, or two of them");
  const bounds = [0, 2].slice(0, terms.length / 2).map((at) => readBound(terms[at], terms[at + 1], `${pointer}/${at}`));
  const [first, second] = bounds;
  if (first === undefined || second === undefined) return { kind: "numeric", bounds };
  if (!first.operator.startsWith(">") || !second.operator.startsWith("<"))
    throw new PatternFault(pointer, "A numeric range is a lower bound and an upper bound, in that order");
  if (first.value >= second.value) throw new PatternFault(pointer, "Bottom must be less than top");
  return { kind: "numeric", bounds };
}

const NUMERIC_OPERATORS: readonly NumericOperator[] = ["=", ">", ">=", "<", "<="];

function readBound(text: Json | undefined, value: Json | undefined, pointer: string): NumericBound {
  const operator = NUMERIC_OPERATORS.find((known) => known === text);
  if (operator === undefined)
    throw new PatternFault(pointer, `Unrecognized numeric range operator: ${JSON.stringify(text)}`);
  if (typeof value !== "number") throw new PatternFault(pointer, `Value of ${operator} must be numeric`);
  return { operator, value };
}

const NESTED: Readonly<Record<string, (operand: Json, pointer: string) => ValueTest>> = {
  prefix: (operand, pointer) => readAffix("prefix", operand, pointer),
  suffix: (operand, pointer) => readAffix("suffix", operand, pointer),
  "equals-ignore-case": readIgnoringCase,
  wildcard: readWildcard,
};

function readAnythingBut(operand: Json, pointer: string): ValueTest {
  if (!isObject(operand)) return { kind: "anything-but", tests: readExcluded(operand, pointer) };
  const [entry, ...others] = Object.entries(operand);
  if (entry === undefined || others.length > 0)
    throw new PatternFault(pointer, "Only one key allowed in match expression");
  const [operator, value] = entry;
  const at = `${pointer}/${operator}`;
  const read = Object.hasOwn(NESTED, operator) ? NESTED[operator] : undefined;
  if (read === undefined) throw new PatternFault(at, `Unsupported anything-but pattern: ${operator}`);
  if (!isArray(value)) return { kind: "anything-but", tests: [read(value, at)] };
  if (value.length === 0) throw new PatternFault(at, "Empty arrays are not allowed");
  return { kind: "anything-but", tests: value.map((item, index) => read(item, `${at}/${index}`)) };
}

function readExcluded(operand: Json, pointer: string): readonly ValueTest[] {
  const values = isArray(operand) ? operand : [operand];
  if (values.length === 0) throw new PatternFault(pointer, "Empty arrays are not allowed");
  const types = new Set(values.map((value) => typeof value));
  const [type] = types;
  if (types.size > 1 || (type !== "string" && type !== "number"))
    throw new PatternFault(
      pointer,
      "Inside anything but list, either all values are number or string, mixed type is not supported",
    );
  return values.map((value) => ({ kind: "equals", value: value as string | number }));
}
