/**
 * Reads conditions: ConditionExpression, FilterExpression, KeyConditionExpression.
 *
 * Faults are told in DynamoDB's order: what cannot be read at all, redundant parentheses, unknown functions, functions in the
 * wrong place, reserved words; then, of the first comparison that has one, what is wrong with its operands.
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html
 */
import { COMPARATORS, type Comparator, type Comparison, type Condition, type Operand } from "./condition.ts";
import {
  faultOfBounds,
  faultOfCall,
  faultOfEqualPaths,
  faultOfIn,
  isCallName,
  type CallName,
  type ConditionFault,
} from "./condition-faults.ts";
import { Faults, type ExpressionKind } from "./faults.ts";
import type { Placeholders } from "./placeholders.ts";
import { TokenReader, type OperandFault } from "./token-reader.ts";

type Fault = "parens" | "function" | "misused" | "condition" | ConditionFault["kind"];
type Reader = TokenReader<Fault>;

const ORDER = [["parens"], ["function"], ["misused"], ["reserved"], ["condition"]] as const;
const OF_A_COMPARISON = [["name", "value"], ["count"], ["distinct"], ["operand"]] as const;

/** Throws DynamoDB's refusal. */
export function parseCondition(kind: ExpressionKind, text: string, placeholders: Placeholders): Condition {
  const reader = new TokenReader<Fault>(kind, text, placeholders, new Faults<Fault | OperandFault>(kind, ORDER));
  const condition = readOr(reader);
  reader.expectEnd();
  reader.faults.throwFirst();
  if (condition === undefined) throw new Error(`Defect: a condition without a fault was not read: ${text}`);
  return condition;
}

/** undefined, here and below: it has a fault, which is told at the end. */
function readOr(reader: Reader): Condition | undefined {
  let left = readAnd(reader);
  while (reader.takesWord("OR")) left = joined("or", left, readAnd(reader));
  return left;
}

function readAnd(reader: Reader): Condition | undefined {
  let left = readNot(reader);
  while (reader.takesWord("AND")) left = joined("and", left, readNot(reader));
  return left;
}

function joined(kind: "and" | "or", left: Condition | undefined, right: Condition | undefined): Condition | undefined {
  return left === undefined || right === undefined ? undefined : { kind, left, right };
}

function readNot(reader: Reader): Condition | undefined {
  if (!reader.takesWord("NOT")) return readComparison(reader);
  const condition = readNot(reader);
  return condition === undefined ? undefined : { kind: "not", condition };
}

function readComparison(reader: Reader): Condition | undefined {
  if (reader.next.text === "(" && !goesOn(reader.afterParentheses()?.text ?? "")) return readParentheses(reader);
  const first = readOperand(reader);
  const comparison = goesOn(reader.next.text) ? readRest(reader, first) : standingAlone(reader, first);
  const message = reader.faults.first(OF_A_COMPARISON);
  if (message !== undefined) reader.faults.add("condition", message);
  return comparison;
}

/** Whether a comparison that has begun with an operand goes on with that. */
function goesOn(text: string): boolean {
  return isComparator(text) || /^(?:BETWEEN|IN)$/iu.test(text);
}

function isComparator(text: string): text is Comparator {
  return (COMPARATORS as readonly string[]).includes(text);
}

function readParentheses(reader: Reader): Condition | undefined {
  if (reader.isDoubled()) reader.faults.add("parens", "The expression has redundant parentheses;");
  reader.expect("(");
  const condition = readOr(reader);
  reader.expect(")");
  return condition;
}

/** What was read where an operand may stand. */
type Read =
  | Operand
  /** A function that answers true or false. */
  | { readonly kind: "call"; readonly name: CallName; readonly comparison: Comparison }
  /** It has a fault. */
  | undefined;

function standingAlone(reader: Reader, read: Read): Comparison | undefined {
  if (read?.kind === "call") return read.comparison;
  if (read?.kind === "path" || read?.kind === "value") throw reader.unexpected();
  if (read?.kind === "size") addMisused(reader, "size");
  return undefined;
}

function readRest(reader: Reader, first: Read): Comparison | undefined {
  const operator = reader.take().text.toUpperCase();
  if (isComparator(operator)) {
    const operands = operandsOf(reader, [first, readOperand(reader)]);
    const fault = faultOfEqualPaths(operator, operands);
    const whole = withoutFault(reader, operands, fault);
    return whole === undefined ? undefined : { kind: "compare", comparator: operator, operands: whole };
  }
  const isIn = operator === "IN";
  const operands = operandsOf(reader, [first, ...(isIn ? readList(reader) : readBounds(reader))]);
  const fault = isIn ? (faultOfIn(operands) ?? faultOfEqualPaths("IN", operands)) : faultOfBounds(operands);
  const whole = withoutFault(reader, operands, fault);
  return whole === undefined ? undefined : { kind: isIn ? "in" : "between", operands: whole };
}

function readBounds(reader: Reader): readonly Read[] {
  const low = readOperand(reader);
  if (!reader.takesWord("AND")) throw reader.unexpected();
  return [low, readOperand(reader)];
}

function readOperand(reader: Reader): Read {
  if (reader.takes("(")) {
    const operand = readOperand(reader);
    reader.expect(")");
    return operand;
  }
  if (reader.next.kind === "value") {
    const value = reader.value();
    return value === undefined ? undefined : { kind: "value", value };
  }
  if (reader.next.kind === "word" && KEYWORDS.has(reader.next.text.toUpperCase())) throw reader.unexpected();
  if (reader.isFunction()) return readCall(reader);
  if (!reader.isPath()) throw reader.unexpected();
  return { kind: "path", path: reader.path() };
}

const KEYWORDS: ReadonlySet<string> = new Set(["AND", "OR", "NOT", "BETWEEN", "IN"]);

function readList(reader: Reader): readonly Read[] {
  reader.expect("(");
  const operands = [readOperand(reader)];
  while (reader.takes(",")) operands.push(readOperand(reader));
  reader.expect(")");
  return operands;
}

function readCall(reader: Reader): Read {
  const name = reader.take().text;
  const operands = operandsOf(reader, readList(reader));
  if (!isCallName(name)) {
    reader.faults.add("function", `Invalid function name; function: ${name}`);
    return undefined;
  }
  const whole = withoutFault(reader, operands, faultOfEqualPaths(name, operands) ?? faultOfCall(name, operands));
  const [of] = operands;
  if (name === "size") return of === undefined ? undefined : { kind: "size", of };
  return whole === undefined
    ? undefined
    : { kind: "call", name, comparison: { kind: "function", name, operands: whole } };
}

/** A function that answers true or false is no operand. */
function operandsOf(reader: Reader, read: readonly Read[]): readonly (Operand | undefined)[] {
  return read.map((one) => {
    if (one?.kind !== "call") return one;
    addMisused(reader, one.name);
    return undefined;
  });
}

/** The operands, if they are all there and nothing is wrong with them. */
function withoutFault(
  reader: Reader,
  operands: readonly (Operand | undefined)[],
  fault: ConditionFault | undefined,
): readonly Operand[] | undefined {
  if (fault !== undefined) reader.faults.add(fault.kind, fault.message);
  const whole = operands.filter((one) => one !== undefined);
  return fault === undefined && whole.length === operands.length ? whole : undefined;
}

function addMisused(reader: Reader, name: string): void {
  reader.faults.add("misused", `The function is not allowed to be used this way in an expression; function: ${name}`);
}
