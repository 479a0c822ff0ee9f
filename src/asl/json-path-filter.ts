/**
 * Syntax of JSONPath filters, `[?(@.price < 10 && @.tags contains 'new')]`, as Jayway spells them.
 *
 * The segments of the paths inside are the caller's to parse, so that this file knows nothing of paths.
 */
import { parseRegularExpression, type RegularExpression } from "./regular-expression.ts";
import type { TextCursor } from "./text-cursor.ts";

const OPERATORS = [
  "==",
  "!=",
  "<=",
  ">=",
  "=~",
  "<",
  ">",
  "in",
  "nin",
  "contains",
  "subsetof",
  "anyof",
  "noneof",
  "size",
  "empty",
] as const;

export type FilterOperator = Exclude<(typeof OPERATORS)[number], "=~">;

export type FilterLiteral = string | number | boolean | null | readonly FilterLiteral[];

export type FilterOperand<Segment> =
  /** `@…` starts at the element under test, `$…` at the document. */
  | { readonly kind: "path"; readonly from: "element" | "document"; readonly segments: readonly Segment[] }
  | { readonly kind: "literal"; readonly value: FilterLiteral }
  | { readonly kind: "pattern"; readonly pattern: RegularExpression };

/** What has a value: anything but a pattern. */
export type FilterValue<Segment> = Exclude<FilterOperand<Segment>, { readonly kind: "pattern" }>;
type Pattern = Extract<FilterOperand<never>, { readonly kind: "pattern" }>["pattern"];

export type FilterCondition<Segment> =
  | { readonly kind: "and" | "or"; readonly conditions: readonly FilterCondition<Segment>[] }
  | { readonly kind: "not"; readonly condition: FilterCondition<Segment> }
  | { readonly kind: "exists"; readonly operand: FilterValue<Segment> }
  | { readonly kind: "matches"; readonly left: FilterValue<Segment>; readonly pattern: Pattern }
  | {
      readonly kind: "compare";
      readonly operator: FilterOperator;
      readonly left: FilterValue<Segment>;
      readonly right: FilterValue<Segment>;
    };

const NUMBER = /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/uy;
const WORD = /(?:true|false|null)\b/uy;
const SYMBOL = /==|!=|<=|>=|=~|<|>/uy;
const WORD_OPERATOR = /(?:in|nin|contains|subsetof|anyof|noneof|size|empty)\b/iuy;
/** How deep parentheses, negations and lists may nest. */
const MAX_DEPTH = 32;

export class FilterParser<Segment> {
  readonly #cursor: TextCursor;
  readonly #segments: () => readonly Segment[] | undefined;

  /** @param segments reads the segments of a path from the same cursor */
  constructor(cursor: TextCursor, segments: () => readonly Segment[] | undefined) {
    this.#cursor = cursor;
    this.#segments = segments;
  }

  /** Reads from the opening parenthesis after `?` through its closing one. */
  parse(): FilterCondition<Segment> | undefined {
    this.#cursor.skipSpace();
    return this.#cursor.peek() === "(" ? this.#either(0) : undefined;
  }

  #either(depth: number): FilterCondition<Segment> | undefined {
    return this.#chain("or", "||", () => this.#chain("and", "&&", () => this.#single(depth)));
  }

  #chain(
    kind: "and" | "or",
    token: string,
    part: () => FilterCondition<Segment> | undefined,
  ): FilterCondition<Segment> | undefined {
    const conditions: FilterCondition<Segment>[] = [];
    do {
      const condition = part();
      if (condition === undefined) return undefined;
      conditions.push(condition);
      this.#cursor.skipSpace();
    } while (this.#cursor.skip(token));
    return conditions.length === 1 ? conditions[0] : { kind, conditions };
  }

  #single(depth: number): FilterCondition<Segment> | undefined {
    if (depth > MAX_DEPTH) return undefined;
    const cursor = this.#cursor;
    cursor.skipSpace();
    if (cursor.skip("(")) {
      const condition = this.#either(depth + 1);
      cursor.skipSpace();
      return cursor.skip(")") ? condition : undefined;
    }
    if (cursor.skip("!")) {
      const condition = this.#single(depth + 1);
      return condition === undefined ? undefined : { kind: "not", condition };
    }
    return this.#comparison(depth);
  }

  #comparison(depth: number): FilterCondition<Segment> | undefined {
    const left = this.#operand(depth);
    if (left === undefined || left.kind === "pattern") return undefined;
    this.#cursor.skipSpace();
    const operator = this.#operator();
    if (operator === undefined) return left.kind === "path" ? { kind: "exists", operand: left } : undefined;
    this.#cursor.skipSpace();
    const right = this.#operand(depth);
    if (operator === "=~") {
      return right?.kind === "pattern" ? { kind: "matches", left, pattern: right.pattern } : undefined;
    }
    return right === undefined || right.kind === "pattern" ? undefined : { kind: "compare", operator, left, right };
  }

  #operator(): (typeof OPERATORS)[number] | undefined {
    const text = this.#cursor.match(SYMBOL) ?? this.#cursor.match(WORD_OPERATOR)?.toLowerCase();
    return OPERATORS.find((x) => x === text);
  }

  #operand(depth: number): FilterOperand<Segment> | undefined {
    const cursor = this.#cursor;
    if (cursor.skip("@")) return this.#path("element");
    if (cursor.skip("$")) return this.#path("document");
    if (cursor.peek() === "/") {
      const pattern = parseRegularExpression(cursor);
      return pattern === undefined ? undefined : { kind: "pattern", pattern };
    }
    const value = this.#literal(depth);
    return value === undefined ? undefined : { kind: "literal", value };
  }

  #path(from: "element" | "document"): FilterOperand<Segment> | undefined {
    const segments = this.#segments();
    return segments === undefined ? undefined : { kind: "path", from, segments };
  }

  #literal(depth: number): FilterLiteral | undefined {
    const cursor = this.#cursor;
    const next = cursor.peek();
    if (next === "'" || next === '"') return cursor.quoted();
    if (next === "[") return this.#list(depth + 1);
    const word = cursor.match(WORD);
    if (word !== undefined) return word === "null" ? null : word === "true";
    const number = cursor.match(NUMBER);
    return number === undefined ? undefined : Number(number);
  }

  #list(depth: number): readonly FilterLiteral[] | undefined {
    if (depth > MAX_DEPTH) return undefined;
    const cursor = this.#cursor;
    const items: FilterLiteral[] = [];
    cursor.skip("[");
    cursor.skipSpace();
    if (cursor.skip("]")) return items;
    do {
      cursor.skipSpace();
      const item = this.#literal(depth);
      if (item === undefined) return undefined;
      items.push(item);
      cursor.skipSpace();
    } while (cursor.skip(","));
    return cursor.skip("]") ? items : undefined;
  }
}
