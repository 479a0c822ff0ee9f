/**
 * Syntax of paths: AWS's dialect of JSONPath (Jayway's, with `$$` and `$name` as further roots), text to tree.
 *
 * P1. Parsing never throws: a malformed text answers undefined, however long or deeply nested it is.
 * P2. A definite path names at most one value; every other path answers a list.
 * P3. A function such as `length()` ends its path and takes whatever the path before it answers.
 * @see https://states-language.net/spec.html#path
 */
import { FilterParser, type FilterCondition } from "./json-path-filter.ts";
import { TextCursor } from "./text-cursor.ts";

/** Where a path starts: `$`, `$$` or `$name`. */
export type PathRoot =
  | { readonly kind: "input" }
  | { readonly kind: "context" }
  | { readonly kind: "variable"; readonly name: string };

export type PathFunction = "length" | "min" | "max" | "avg" | "sum" | "keys";

export type PathSegment =
  | { readonly kind: "member"; readonly name: string }
  /** Below zero it counts from the end. */
  | { readonly kind: "index"; readonly index: number }
  /** `['a','b']`: as the last segment an object of those members, elsewhere their values. */
  | { readonly kind: "members"; readonly names: readonly string[] }
  | { readonly kind: "indexes"; readonly indexes: readonly number[] }
  | { readonly kind: "wildcard" }
  | {
      readonly kind: "slice";
      readonly start: number | undefined;
      readonly end: number | undefined;
      readonly step: number;
    }
  /** `..`: the value and everything below it; never the last segment. */
  | { readonly kind: "descendant" }
  | { readonly kind: "filter"; readonly condition: FilterCondition<PathSegment> }
  | { readonly kind: "function"; readonly name: PathFunction };

export interface JsonPath {
  readonly source: string;
  readonly root: PathRoot;
  readonly segments: readonly PathSegment[];
  readonly definite: boolean;
}

/** The path that the text spells, or undefined when it is malformed. */
export function parseJsonPath(text: string): JsonPath | undefined {
  const cursor = new TextCursor(text);
  const root = parseRoot(cursor);
  if (root === undefined) return undefined;
  const segments = parseSegments(cursor, 0);
  if (segments === undefined || !cursor.atEnd) return undefined;
  return { source: text, root, segments, definite: isDefinite(segments) };
}

/**
 * A path that can name a place to write to: members and indexes below `$`.
 * @see https://states-language.net/spec.html#ref-paths
 */
export function parseReferencePath(text: string): JsonPath | undefined {
  const path = parseJsonPath(text);
  if (path === undefined || path.root.kind !== "input") return undefined;
  return path.segments.every((x) => x.kind === "member" || x.kind === "index") ? path : undefined;
}

/** Whether the segments name at most one value. */
export function isDefinite(segments: readonly PathSegment[]): boolean {
  const last = segments.at(-1);
  if (last?.kind === "function") return true;
  const inner = last?.kind === "members" ? segments.slice(0, -1) : segments;
  return inner.every((x) => x.kind === "member" || x.kind === "index");
}

const VARIABLE = /[\p{ID_Start}_][\p{ID_Continue}]*/uy;
/** Stricter than Jayway, which reads up to the next `.` or `[`; AWS documents brackets for anything unusual. */
const DOT_NAME = /[^\s.,:;*?@&|!=<>()[\]{}'"`\\\p{Cc}]+/uy;
const FUNCTION_CALL = /(length|min|max|avg|sum|keys)\(\s*\)/uy;
const INTEGER = /-?\d{1,10}/uy;
/** How many filters may stand inside one another. */
const MAX_FILTER_DEPTH = 8;

function parseRoot(cursor: TextCursor): PathRoot | undefined {
  if (!cursor.skip("$")) return undefined;
  if (cursor.skip("$")) return { kind: "context" };
  const name = cursor.match(VARIABLE);
  return name === undefined ? { kind: "input" } : { kind: "variable", name };
}

/** Reads segments up to the first character that starts none. */
function parseSegments(cursor: TextCursor, filterDepth: number): readonly PathSegment[] | undefined {
  const segments: PathSegment[] = [];
  for (;;) {
    const next = cursor.peek();
    if (next !== "." && next !== "[") return segments;
    if (cursor.skip("..")) {
      if (cursor.peek() === ".") return undefined;
      segments.push({ kind: "descendant" });
    } else if (next === ".") {
      cursor.skip(".");
    }
    const segment = cursor.peek() === "[" ? parseBracket(cursor, filterDepth) : parseDotted(cursor);
    if (segment === undefined) return undefined;
    segments.push(segment);
    if (segment.kind === "function") return segments.at(-2)?.kind === "descendant" ? undefined : segments;
  }
}

function parseDotted(cursor: TextCursor): PathSegment | undefined {
  if (cursor.skip("*")) return { kind: "wildcard" };
  const call = cursor.match(FUNCTION_CALL);
  if (call !== undefined) return { kind: "function", name: call.slice(0, call.indexOf("(")) as PathFunction };
  const name = cursor.match(DOT_NAME);
  return name === undefined ? undefined : { kind: "member", name };
}

function parseBracket(cursor: TextCursor, filterDepth: number): PathSegment | undefined {
  cursor.skip("[");
  cursor.skipSpace();
  const segment = parseSelection(cursor, filterDepth);
  cursor.skipSpace();
  return segment !== undefined && cursor.skip("]") ? segment : undefined;
}

function parseSelection(cursor: TextCursor, filterDepth: number): PathSegment | undefined {
  const next = cursor.peek();
  if (next === "'" || next === '"') return parseNames(cursor);
  if (cursor.skip("*")) return { kind: "wildcard" };
  if (cursor.skip("?")) return parseFilter(cursor, filterDepth + 1);
  return parseNumbers(cursor);
}

function parseNames(cursor: TextCursor): PathSegment | undefined {
  const names: string[] = [];
  do {
    cursor.skipSpace();
    const name = cursor.quoted();
    if (name === undefined) return undefined;
    names.push(name);
    cursor.skipSpace();
  } while (cursor.skip(","));
  const [first] = names;
  return names.length === 1 && first !== undefined ? { kind: "member", name: first } : { kind: "members", names };
}

/** `0`, `0,1`, `1:`, `:2`, `1:5`, `0:9:2`. */
function parseNumbers(cursor: TextCursor): PathSegment | undefined {
  const start = integer(cursor);
  if (cursor.skip(":")) return parseSlice(cursor, start);
  if (start === undefined) return undefined;
  const indexes = [start];
  while (cursor.skip(",")) {
    const index = integer(cursor);
    if (index === undefined) return undefined;
    indexes.push(index);
  }
  return indexes.length === 1 ? { kind: "index", index: start } : { kind: "indexes", indexes };
}

function parseSlice(cursor: TextCursor, start: number | undefined): PathSegment | undefined {
  const end = integer(cursor);
  const step = cursor.skip(":") ? integer(cursor) : undefined;
  return step !== undefined && step < 1 ? undefined : { kind: "slice", start, end, step: step ?? 1 };
}

function integer(cursor: TextCursor): number | undefined {
  cursor.skipSpace();
  const digits = cursor.match(INTEGER);
  cursor.skipSpace();
  return digits === undefined ? undefined : Number(digits);
}

function parseFilter(cursor: TextCursor, filterDepth: number): PathSegment | undefined {
  if (filterDepth > MAX_FILTER_DEPTH) return undefined;
  const parser = new FilterParser<PathSegment>(cursor, () => parseSegments(cursor, filterDepth));
  const condition = parser.parse();
  return condition === undefined ? undefined : { kind: "filter", condition };
}
