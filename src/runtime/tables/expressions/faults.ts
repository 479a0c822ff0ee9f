/** What can be wrong with an expression, in DynamoDB's words, and which of several faults it names. */
import { invalid } from "../table-fault.ts";
import type { Token } from "./lexer.ts";

export type ExpressionKind =
  | "ConditionExpression"
  | "FilterExpression"
  | "KeyConditionExpression"
  | "ProjectionExpression"
  | "UpdateExpression";

export function expressionFault(kind: ExpressionKind, message: string): Error {
  return invalid(`Invalid ${kind}: ${message}`);
}

/** @param before the token before the wrong one */
export function syntaxFault(kind: ExpressionKind, text: string, token: Token, before: Token | undefined): Error {
  const after = text.slice(token.end).trimStart().split(/\s/u)[0] ?? "";
  const near = text.slice(
    before?.at ?? token.at,
    token.end + (after === "" ? 0 : text.slice(token.end).indexOf(after)),
  );
  return expressionFault(kind, `Syntax error; token: "${token.text}", near: "${`${near}${after}`.trimEnd()}"`);
}

/**
 * Faults that do not end the reading: the first of each kind is kept, and the kind that DynamoDB looks at first is told.
 */
export class Faults<Kind extends string> {
  readonly #expression: ExpressionKind;
  readonly #order: readonly (readonly Kind[])[];
  readonly #found = new Map<Kind, string>();

  /** @param order of the kinds; within a group the fault that stands first goes first */
  constructor(expression: ExpressionKind, order: readonly (readonly Kind[])[]) {
    this.#expression = expression;
    this.#order = order;
  }

  add(kind: Kind, message: string): void {
    if (!this.#found.has(kind)) this.#found.set(kind, message);
  }

  /** The first fault in that order. */
  first(order: readonly (readonly Kind[])[]): string | undefined {
    const found = [...this.#found];
    for (const group of order) {
      const [, message] = found.find(([kind]) => group.includes(kind)) ?? [];
      if (message !== undefined) return message;
    }
    return undefined;
  }

  throwFirst(): void {
    const message = this.first(this.#order);
    if (message !== undefined) throw expressionFault(this.#expression, message);
  }
}
