/**
 * Regular expressions from users (`=~ /…/i`), admitted only where matching cannot run away.
 *
 * R1. No back-references and no look-around.
 * R2. Nothing is repeated that itself repeats or chooses: `(a+)+`, `(a|aa)*`. Such patterns are exponential.
 * R3. The pattern is short and repeats at most three times, so the steps it takes at worst are a cube of the text's
 *     length; whoever matches counts them.
 */
import type { TextCursor } from "./text-cursor.ts";

/** A pattern that matches a whole text, as Java's `matches` does. */
export interface SafePattern {
  readonly source: string;
  readonly regex: RegExp;
  /** How many parts repeat: the power of the text's length that matching may take. */
  readonly repetitions: number;
}

const LITERAL = /\/((?:[^/\\\n[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+)\/([imsu]{0,4})/uy;
const TOKEN = /\\(?:[pP]\{[^}]*\}|u\{[^}]*\}|.)|\[(?:[^\]\\]|\\.)*\]|\(\??[:<=!]?|[|)]|[*+?]|\{\d*,?\d*\}|[\s\S]/gu;
const MAX_PATTERN = 500;
const MAX_REPETITIONS = 3;

/** The pattern at the cursor, or undefined where there is none or it is not safe. */
export function parseSafePattern(cursor: TextCursor): SafePattern | undefined {
  const source = cursor.match(LITERAL);
  if (source === undefined) return undefined;
  const end = source.lastIndexOf("/");
  const body = source.slice(1, end);
  const repetitions = countRepetitions(body);
  if (repetitions === undefined || repetitions > MAX_REPETITIONS || body.length > MAX_PATTERN) return undefined;
  const flags = [...new Set(`u${source.slice(end + 1)}`)].join("");
  try {
    return { source, regex: new RegExp(`^(?:${body})$`, flags), repetitions };
  } catch {
    return undefined;
  }
}

/** How many parts of the pattern repeat; undefined when it breaks R1 or R2. */
export function countRepetitions(body: string): number | undefined {
  let count = 0;
  // For every open group: whether it holds a repetition or a choice.
  const groups = [false];
  let closed = false;
  for (const [token] of body.matchAll(TOKEN)) {
    const quantifier = /^(?:[*+?]|\{.*\})$/u.test(token);
    if (quantifier && closed) return undefined;
    if (quantifier) {
      if (token !== "?") count += 1;
      groups[groups.length - 1] = true;
    }
    closed = false;
    if (token.startsWith("(")) {
      if (token !== "(" && token !== "(?:") return undefined;
      groups.push(false);
    } else if (token === ")") {
      closed = groups.pop() === true;
      if (groups.length === 0) return undefined;
      if (closed) groups[groups.length - 1] = true;
    } else if (token === "|") groups[groups.length - 1] = true;
    else if (/^\\[1-9k]/u.test(token)) return undefined;
  }
  return count;
}
