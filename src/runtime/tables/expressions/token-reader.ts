/** Reads an expression's tokens one after the other: what all expressions have in common, paths and operands first of all. */
import type { AttributeValue } from "../attribute-value.ts";
import type { DocumentPath } from "./document-path.ts";
import { expressionFault, syntaxFault, type ExpressionKind, type Faults } from "./faults.ts";
import { tokensOf, type Token } from "./lexer.ts";
import type { Placeholders } from "./placeholders.ts";
import { isReserved } from "./reserved-words.ts";

/** An expression's text has at most so many bytes. */
const MAX_EXPRESSION = 4096;

/** The faults that paths and values can have. */
export type OperandFault = "reserved" | "name" | "value";

export class TokenReader<Kind extends string> {
  readonly kind: ExpressionKind;
  readonly faults: Faults<Kind | OperandFault>;
  readonly #placeholders: Placeholders;
  readonly #text: string;
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(kind: ExpressionKind, text: string, placeholders: Placeholders, faults: Faults<Kind | OperandFault>) {
    if (text === "") throw expressionFault(kind, "The expression can not be empty;");
    if (text.length > MAX_EXPRESSION) {
      throw expressionFault(
        kind,
        `Expression size has exceeded the maximum allowed size; expression size: ${text.length}`,
      );
    }
    this.kind = kind;
    this.faults = faults;
    this.#placeholders = placeholders;
    this.#text = text;
    this.#tokens = tokensOf(kind, text);
  }

  get next(): Token {
    return this.#tokens[this.#at] as Token;
  }

  take(): Token {
    const token = this.next;
    this.#at += 1;
    return token;
  }

  /** Whether the next token is that symbol; takes it if it is. */
  takes(symbol: string): boolean {
    if (this.next.kind !== "symbol" || this.next.text !== symbol) return false;
    this.#at += 1;
    return true;
  }

  /** Whether the next token is that keyword, in any case; takes it if it is. */
  takesWord(word: string): boolean {
    if (!this.isWord(word)) return false;
    this.#at += 1;
    return true;
  }

  isWord(word: string): boolean {
    return this.next.kind === "word" && this.next.text.toUpperCase() === word;
  }

  /** Whether a function's name and its parenthesis come next. */
  isFunction(): boolean {
    const after = this.#tokens[this.#at + 1];
    return this.next.kind === "word" && after?.kind === "symbol" && after.text === "(";
  }

  /** Whether parentheses begin here, and what they hold is in parentheses once more. */
  isDoubled(): boolean {
    const close = this.#closing(this.#at);
    return close !== undefined && this.#tokens[this.#at + 1]?.text === "(" && this.#closing(this.#at + 1) === close - 1;
  }

  /** What follows on the parentheses that begin here. */
  afterParentheses(): Token | undefined {
    const close = this.#closing(this.#at);
    return close === undefined ? undefined : this.#tokens[close + 1];
  }

  expect(symbol: string): void {
    if (!this.takes(symbol)) throw this.unexpected();
  }

  expectEnd(): void {
    if (this.next.kind !== "end") throw this.unexpected();
  }

  unexpected(): Error {
    return syntaxFault(this.kind, this.#text, this.next, this.#tokens[this.#at - 1]);
  }

  isPath(): boolean {
    return this.next.kind === "word" || this.next.kind === "name";
  }

  path(): DocumentPath {
    const steps: (string | number)[] = [this.#name()];
    for (;;) {
      if (this.takes(".")) steps.push(this.#name());
      else if (this.takes("[")) {
        if (this.next.kind !== "index") throw this.unexpected();
        steps.push(Number(this.take().text));
        this.expect("]");
      } else return steps;
    }
  }

  /** The placeholder that comes next. undefined: it is not defined, which is told at the end. */
  value(): AttributeValue | undefined {
    if (this.next.kind !== "value") throw this.unexpected();
    const { text } = this.take();
    const value = this.#placeholders.value(text);
    if (value === undefined) {
      const message = "An expression attribute value used in expression is not defined";
      this.faults.add("value", `${message}; attribute value: ${text}`);
    }
    return value;
  }

  /** Where the parenthesis that opens there is closed. */
  #closing(open: number): number | undefined {
    let depth = 0;
    for (let at = open; at < this.#tokens.length; at += 1) {
      const text = this.#tokens[at]?.text;
      if (text === "(") depth += 1;
      else if (text === ")") depth -= 1;
      if (depth === 0) return at;
    }
    return undefined;
  }

  #name(): string {
    const { kind, text } = this.next;
    if (kind === "word") {
      this.take();
      if (isReserved(text))
        this.faults.add("reserved", `Attribute name is a reserved keyword; reserved keyword: ${text}`);
      return text;
    }
    if (kind !== "name") throw this.unexpected();
    this.take();
    const name = this.#placeholders.name(text);
    if (name !== undefined) return name;
    const message = "An expression attribute name used in the document path is not defined";
    this.faults.add("name", `${message}; attribute name: ${text}`);
    return text;
  }
}
