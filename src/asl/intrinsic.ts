/**
 * Syntax of intrinsic function calls, `States.Format('{}', $.name)`, text to tree.
 *
 * I1. Parsing never throws: a malformed text answers undefined, however long or deeply nested it is.
 * I2. A string literal holds no escapes but `\'`, `\{`, `\}` and `\\`; AWS refuses any other when a machine is created.
 * I3. The value of States.Format's first argument keeps its escapes, which belong to the template; all others are resolved.
 * @see https://states-language.net/spec.html#intrinsic-functions
 */
import { parseJsonPath, type JsonPath } from "./json-path.ts";
import { TextCursor } from "./text-cursor.ts";

export type IntrinsicName =
  | "States.Format"
  | "States.StringToJson"
  | "States.JsonToString"
  | "States.Array"
  | "States.ArrayPartition"
  | "States.ArrayContains"
  | "States.ArrayRange"
  | "States.ArrayGetItem"
  | "States.ArrayLength"
  | "States.ArrayUnique"
  | "States.Base64Encode"
  | "States.Base64Decode"
  | "States.Hash"
  | "States.JsonMerge"
  | "States.MathRandom"
  | "States.MathAdd"
  | "States.StringSplit"
  | "States.UUID";

export type IntrinsicArgument =
  | { readonly kind: "literal"; readonly value: string | number | boolean | null }
  | { readonly kind: "path"; readonly path: JsonPath }
  | { readonly kind: "call"; readonly call: IntrinsicCall };

export interface IntrinsicCall {
  readonly source: string;
  readonly name: IntrinsicName;
  readonly arguments: readonly IntrinsicArgument[];
}

/** Fewest and most arguments. */
const ARITY: Record<IntrinsicName, readonly [number, number]> = {
  "States.Format": [1, Infinity],
  "States.StringToJson": [1, 1],
  "States.JsonToString": [1, 1],
  "States.Array": [0, Infinity],
  "States.ArrayPartition": [2, 2],
  "States.ArrayContains": [2, 2],
  "States.ArrayRange": [3, 3],
  "States.ArrayGetItem": [2, 2],
  "States.ArrayLength": [1, 1],
  "States.ArrayUnique": [1, 1],
  "States.Base64Encode": [1, 1],
  "States.Base64Decode": [1, 1],
  "States.Hash": [2, 2],
  "States.JsonMerge": [3, 3],
  "States.MathRandom": [2, 3],
  "States.MathAdd": [2, 2],
  "States.StringSplit": [2, 2],
  "States.UUID": [0, 0],
};

/** How many calls may stand inside one another, the outermost included. */
const MAX_NESTING = 10;

const NAME = /States\.[A-Za-z0-9]+/uy;
const NUMBER = /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/uy;
const WORD = /(?:true|false|null)(?![\p{ID_Continue}])/uy;
const STRING = /'[^'\\]*(?:\\['{}\\][^'\\]*)*'/uy;
/** The part of a path outside brackets: up to the comma or parenthesis that ends the argument. */
const UNBRACKETED = /[^,()[\]'"]*(?:\(\s*\)[^,()[\]'"]*)*/uy;

/** The call that the text spells; undefined when malformed, of an unknown function, or nested too deeply. */
export function parseIntrinsic(text: string): IntrinsicCall | undefined {
  const cursor = new TextCursor(text);
  const call = parseCall(cursor, 1);
  return cursor.atEnd ? call : undefined;
}

/** Whether the text is meant as an intrinsic call rather than a path. */
export function isIntrinsicText(text: string): boolean {
  return text.startsWith("States.");
}

function parseCall(cursor: TextCursor, depth: number): IntrinsicCall | undefined {
  const start = cursor.position;
  const name = cursor.match(NAME);
  if (name === undefined || !isName(name) || depth > MAX_NESTING || !cursor.skip("(")) return undefined;
  const parameters = parseArguments(cursor, name, depth);
  if (parameters === undefined) return undefined;
  const [fewest, most] = ARITY[name];
  if (parameters.length < fewest || parameters.length > most) return undefined;
  return { source: cursor.text.slice(start, cursor.position), name, arguments: parameters };
}

function parseArguments(
  cursor: TextCursor,
  name: IntrinsicName,
  depth: number,
): readonly IntrinsicArgument[] | undefined {
  const found: IntrinsicArgument[] = [];
  cursor.skipSpace();
  if (cursor.skip(")")) return found;
  do {
    cursor.skipSpace();
    const isTemplate = name === "States.Format" && found.length === 0;
    const argument = parseArgument(cursor, isTemplate, depth);
    if (argument === undefined) return undefined;
    found.push(argument);
    cursor.skipSpace();
  } while (cursor.skip(","));
  return cursor.skip(")") ? found : undefined;
}

function parseArgument(cursor: TextCursor, isTemplate: boolean, depth: number): IntrinsicArgument | undefined {
  if (cursor.peek() === "$") return parsePath(cursor);
  if (cursor.peek() === "S") {
    const call = parseCall(cursor, depth + 1);
    return call === undefined ? undefined : { kind: "call", call };
  }
  const value = parseLiteral(cursor, isTemplate);
  return value === undefined ? undefined : { kind: "literal", value };
}

function parseLiteral(cursor: TextCursor, isTemplate: boolean): string | number | boolean | null | undefined {
  const string = cursor.match(STRING);
  if (string !== undefined) {
    const inner = string.slice(1, -1);
    return isTemplate ? inner : inner.replaceAll(/\\(.)/gsu, "$1");
  }
  const word = cursor.match(WORD);
  if (word !== undefined) return word === "null" ? null : word === "true";
  const number = Number(cursor.match(NUMBER) ?? Number.NaN);
  return Number.isFinite(number) ? number : undefined;
}

function parsePath(cursor: TextCursor): IntrinsicArgument | undefined {
  const start = cursor.position;
  cursor.match(UNBRACKETED);
  while (cursor.peek() === "[") {
    if (!skipBracket(cursor)) return undefined;
    cursor.match(UNBRACKETED);
  }
  const path = parseJsonPath(cursor.text.slice(start, cursor.position).trimEnd());
  return path === undefined ? undefined : { kind: "path", path };
}

/** Moves past a bracket and all that it holds. */
function skipBracket(cursor: TextCursor): boolean {
  let depth = 0;
  do {
    const next = cursor.peek();
    if (next === "'" || next === '"') {
      if (cursor.quoted() === undefined) return false;
      continue;
    }
    if (next === "[") depth += 1;
    else if (next === "]") depth -= 1;
    cursor.skip(next);
    if (cursor.atEnd) return false;
  } while (depth > 0);
  return true;
}

function isName(text: string): text is IntrinsicName {
  return Object.hasOwn(ARITY, text);
}
