/**
 * Reads update expressions.
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.UpdateExpressions.html
 */
import { isSetType, typeOf, type AttributeType } from "../attribute-value.ts";
import type { DocumentPath } from "./document-path.ts";
import { Faults } from "./faults.ts";
import { addOverlaps, type PathFault } from "./overlaps.ts";
import type { Placeholders } from "./placeholders.ts";
import { TokenReader, type OperandFault } from "./token-reader.ts";
import type { Section, Update, UpdateOperand } from "./update.ts";

type Fault = PathFault | "function" | "section" | "operand" | "call";
type Reader = TokenReader<Fault>;

const KIND = "UpdateExpression";
const ORDER = [
  ["reserved"],
  ["function"],
  ["section"],
  ["name"],
  ["value"],
  ["overlap"],
  ["conflict"],
  ["operand"],
  ["call"],
] as const;

const SECTIONS: readonly Section[] = ["SET", "REMOVE", "ADD", "DELETE"];

/** Throws DynamoDB's refusal. */
export function parseUpdate(text: string, placeholders: Placeholders): readonly Update[] {
  const reader = new TokenReader<Fault>(KIND, text, placeholders, new Faults<Fault | OperandFault>(KIND, ORDER));
  const paths: DocumentPath[] = [];
  const updates: Update[] = [];
  const seen = new Set<Section>();
  do {
    const section = SECTIONS.find((one) => reader.isWord(one));
    if (section === undefined) throw reader.unexpected();
    reader.take();
    if (seen.has(section)) {
      reader.faults.add("section", `The "${section}" section can only be used once in an update expression;`);
    }
    seen.add(section);
    do {
      const path = reader.path();
      paths.push(path);
      updates.push(...readUpdate(reader, section, path));
    } while (reader.takes(","));
  } while (reader.next.kind !== "end");
  addOverlaps(reader.faults, paths);
  reader.faults.throwFirst();
  return updates;
}

/** Nothing where it has a fault. */
function readUpdate(reader: Reader, section: Section, path: DocumentPath): readonly Update[] {
  if (section === "REMOVE") return [{ section, path }];
  if (section === "SET") {
    reader.expect("=");
    const operand = readSum(reader);
    return operand === undefined ? [] : [{ section, path, operand }];
  }
  const value = reader.value();
  if (value === undefined) return [];
  const type = typeOf(value);
  if (!isSetType(type) && !(section === "ADD" && type === "N")) {
    const detail = `operator: ${section}, operand type: ${TYPE_WORDS[type]}`;
    reader.faults.add("operand", `Incorrect operand type for operator or function; ${detail}`);
  }
  return [{ section, path, value }];
}

const TYPE_WORDS: Readonly<Partial<Record<AttributeType, string>>> = {
  S: "STRING",
  N: "NUMBER",
  B: "BINARY",
  NULL: "NULL",
  BOOL: "BOOLEAN",
  L: "LIST",
  M: "MAP",
};

/** undefined, here and below: it has a fault. */
function readSum(reader: Reader): UpdateOperand | undefined {
  const left = readOperand(reader);
  for (const operator of ["+", "-"] as const) {
    if (!reader.takes(operator)) continue;
    return sumOf(reader, operator, [left, readOperand(reader)]);
  }
  return left;
}

function sumOf(
  reader: Reader,
  operator: "+" | "-",
  operands: readonly (UpdateOperand | undefined)[],
): UpdateOperand | undefined {
  for (const operand of operands) checkType(reader, operator, operand, "N");
  const [left, right] = operands;
  return left === undefined || right === undefined ? undefined : { kind: "sum", operator, left, right };
}

function readOperand(reader: Reader): UpdateOperand | undefined {
  if (reader.takes("(")) {
    const operand = readSum(reader);
    reader.expect(")");
    return operand;
  }
  if (reader.next.kind === "value") {
    const value = reader.value();
    return value === undefined ? undefined : { kind: "value", value };
  }
  if (reader.isFunction()) return readCall(reader);
  if (!reader.isPath()) throw reader.unexpected();
  return { kind: "path", path: reader.path() };
}

function readCall(reader: Reader): UpdateOperand | undefined {
  const name = reader.take().text;
  reader.expect("(");
  const operands = [readSum(reader)];
  while (reader.takes(",")) operands.push(readSum(reader));
  reader.expect(")");
  if (name !== "if_not_exists" && name !== "list_append") {
    reader.faults.add("function", `Invalid function name; function: ${name}`);
    return undefined;
  }
  if (operands.length !== 2) {
    const detail = `operator or function: ${name}, number of operands: ${operands.length}`;
    reader.faults.add("call", `Incorrect number of operands for operator or function; ${detail}`);
    return undefined;
  }
  const [first, second] = operands;
  if (name === "list_append") {
    for (const operand of operands) checkType(reader, name, operand, "L");
    return first === undefined || second === undefined ? undefined : { kind: "list_append", first, second };
  }
  if (first !== undefined && first.kind !== "path") {
    reader.faults.add("call", `Operator or function requires a document path; operator or function: ${name}`);
    return undefined;
  }
  return first === undefined || second === undefined ? undefined : { kind: "if_not_exists", path: first.path, second };
}

/** Of a value that stands there itself; whatever else is there shows its type when the item is read. */
function checkType(reader: Reader, name: string, operand: UpdateOperand | undefined, type: AttributeType): void {
  const actual = operand?.kind === "value" ? typeOf(operand.value) : type;
  if (actual === type) return;
  const detail = `operator or function: ${name}, operand type: ${actual}`;
  reader.faults.add("call", `Incorrect operand type for operator or function; ${detail}`);
}
