/** The tokens of DynamoDB's expressions. */
import type { ExpressionKind } from "./faults.ts";
import { syntaxFault } from "./faults.ts";

export type TokenKind =
  /** A name as it stands, a keyword or a function's name. */
  | "word"
  /** `#name` */
  | "name"
  /** `:value` */
  | "value"
  | "index"
  | "symbol"
  | "end";

export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  /** Where it begins and ends in the expression. */
  readonly at: number;
  readonly end: number;
}

const TOKEN =
  /[\s]*(?:(?<word>[A-Za-z_]\w*)|(?<name>#\w+)|(?<value>:\w+)|(?<index>\d+)|(?<symbol><>|<=|>=|[=<>()[\],.+-]))/uy;

/** What is no token is refused, as DynamoDB names it. */
export function tokensOf(kind: ExpressionKind, text: string): readonly Token[] {
  const tokens: Token[] = [];
  const scan = new RegExp(TOKEN);
  const end = text.trimEnd().length;
  while (scan.lastIndex < end) {
    const from = scan.lastIndex;
    const groups = scan.exec(text)?.groups;
    if (groups === undefined) {
      const at = from + (text.slice(from).length - text.slice(from).trimStart().length);
      throw syntaxFault(kind, text, { kind: "symbol", text: text.charAt(at), at, end: at + 1 }, tokens.at(-1));
    }
    const [found, lexeme] = Object.entries(groups).find(([, group]) => group !== undefined) ?? ["symbol", ""];
    tokens.push({
      kind: found as TokenKind,
      text: lexeme,
      at: scan.lastIndex - lexeme.length,
      end: scan.lastIndex,
    });
  }
  return [...tokens, { kind: "end", text: "<EOF>", at: end, end }];
}
