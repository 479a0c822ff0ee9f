/**
 * Regular expressions from users: `=~ /…/i` in paths, `/…/i` in JSONata. RE2 matches them, in time linear in the text.
 *
 * R1. No back-references and no look-around: nothing matches these in linear time.
 * R2. The pattern is short, and so is its program, which a counted repetition multiplies.
 * R3. A pattern is only checked here. Whoever matches makes its program and drops it again: kept, the programs of a large
 *     definition would fill the memory.
 */
import { RE2JS } from "re2js";
import type { TextCursor } from "./text-cursor.ts";

export interface RegularExpression {
  /** As written, between the slashes. */
  readonly source: string;
  /** As RE2 spells it, flags included. */
  readonly spelling: string;
  /** About how many instructions its program has. */
  readonly size: number;
}

const MAX_PATTERN = 1000;
/** RE2 itself repeats nothing more often. */
const MAX_SIZE = 1000;

const LITERAL = /\/((?:[^/\\\n[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+)\/([imsu]{0,4})/uy;

/** The expression at the cursor; undefined where there is none or it is refused. */
export function parseRegularExpression(cursor: TextCursor): RegularExpression | undefined {
  const literal = cursor.match(LITERAL);
  if (literal === undefined) return undefined;
  const end = literal.lastIndexOf("/");
  const expression = readRegularExpression(literal.slice(1, end), literal.slice(end + 1));
  return typeof expression === "string" ? undefined : expression;
}

/** The expression, or why it is refused. @param flags of `i`, `m` and `s`; any other is left to RE2, which reads Unicode anyway */
export function readRegularExpression(source: string, flags: string): RegularExpression | string {
  if (source.length > MAX_PATTERN) return `longer than ${MAX_PATTERN} characters`;
  const measured = measure(source);
  if (typeof measured === "string") return measured;
  const prefix = [...new Set(flags)].filter((x) => "ims".includes(x)).join("");
  const spell = (pattern: string): string =>
    (prefix === "" ? "" : `(?${prefix})`) + RE2JS.translateRegExp(pattern).replace(/^$/u, "(?:)");
  try {
    RE2JS.compile(spell(measured.reduced));
  } catch (error) {
    return (error as Error).message;
  }
  return { source, spelling: spell(source), size: measured.size };
}

const TOKEN =
  /\\(?:[pP]\{[^}]*\}|[ux]\{[^}]*\}|.)|\[(?:[^\]\\]|\\.)*\]|\((?:\?(?:<?[=!]|[imsU-]*:|P?<\w*>)?)?|\{\d+(?:,\d*)?\}|[\s\S]/gu;

/** The program's size, and the pattern with its counts made one, which is as sound or unsound and quickly compiled. */
function measure(source: string): { readonly size: number; readonly reduced: string } | string {
  const enclosing: number[] = [];
  let total = 0;
  let part = 0;
  let reduced = "";
  const add = (size: number): void => {
    part = size;
    total += size;
  };
  for (const [token] of source.matchAll(TOKEN)) {
    if (/^\(\?<?[=!]/u.test(token)) return `look-around, as in ${token}…), is not supported`;
    if (/^\\[1-9k]/u.test(token)) return `back-references, as in ${token}, are not supported`;
    if (token === "\\Q") return "quotation by \\Q is not supported";
    const [, least, most = ""] = /^\{(\d+)(?:,(\d*))?\}$/u.exec(token) ?? [];
    if (least !== undefined) {
      const count = Math.max(Number(least), Number(most), 1);
      if (most !== "" && Number(most) < Number(least)) return `the repetition ${token} is none`;
      const once = part;
      add(once * (count - 1));
      part = once * count;
      reduced += "{1}";
    } else {
      reduced += token;
      const outside = token === ")" ? enclosing.pop() : undefined;
      if (token.startsWith("(")) {
        enclosing.push(total);
        total = 1;
      } else if (outside !== undefined) {
        const inside = total;
        total = outside;
        add(inside);
      } else if (!"*+?|".includes(token)) add(1);
    }
  }
  const size = enclosing.reduce((a, b) => a + b, total);
  return size > MAX_SIZE
    ? `larger than ${MAX_SIZE} characters when its repetitions are written out`
    : { size, reduced };
}
