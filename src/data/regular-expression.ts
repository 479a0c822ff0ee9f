/**
 * Matches regular expressions and counts the work.
 *
 * The engine is linear in the text for one match; how far it looked is not known beforehand, and many matches in one text
 * may each look to its end. So it is given a text that counts how often it is read.
 */
import { RE2JS } from "re2js";
import type { RegularExpression } from "../asl/regular-expression.ts";

/** Counts elementary steps, each some nanoseconds; throws when there were too many. */
export type Spend = (steps: number) => void;

/** Making a program takes as long as that many steps for each of its instructions. */
const STEPS_PER_INSTRUCTION = 1000;
/** Before it reads, a match clears its memory. */
const STEPS_PER_MATCH = 450;
const BLOCK = 1000;
/** A search for a fixed text passes that many characters in the time of a step. */
const CHARACTERS_PER_STEP = 16;

export class Matcher {
  readonly #program: RE2JS;
  readonly #groups: number;
  readonly #spend: Spend;

  constructor(expression: RegularExpression, spend: Spend) {
    spend(expression.size * STEPS_PER_INSTRUCTION);
    this.#program = RE2JS.compile(expression.spelling);
    this.#groups = this.#program.groupCount();
    this.#spend = spend;
  }

  /** Whether the whole text matches, as Java's `matches` does. */
  matches(text: string): boolean {
    const counted = this.#counted(text);
    counted.count(STEPS_PER_MATCH);
    const isMatch = this.#program.matcher(counted as unknown as string).matches();
    counted.settle();
    return isMatch;
  }

  /** For matches in that text. */
  search(text: string): Search {
    const counted = this.#counted(text);
    return new Search(this.#program.matcher(counted as unknown as string), this.#groups, counted);
  }

  #counted(text: string): CountedText {
    return new CountedText(text, weightOf(this.#program.programSize(), this.#groups), this.#spend);
  }
}

/** Instructions of which, in a small program, half are under way at the same time. */
const FEW_INSTRUCTIONS = 32;
/** To read a character, whatever the program. */
const STEPS_PER_CHARACTER = 3;

/** Steps that reading a character may lead to. */
function weightOf(instructions: number, groups: number): number {
  // A thread of the engine takes along where its groups began and ended.
  const size = instructions * (1 + groups / 8);
  const few = Math.min(size, FEW_INSTRUCTIONS);
  return STEPS_PER_CHARACTER + few / 2 + (size - few);
}

export interface Match {
  readonly match: string;
  /** Where it begins and ends, in characters of the text. */
  readonly start: number;
  readonly end: number;
  /** Of each group what it holds; undefined: it took no part. */
  readonly groups: readonly (string | undefined)[];
}

/** One match after another in a text. */
export class Search {
  readonly #matcher: ReturnType<RE2JS["matcher"]>;
  readonly #groups: number;
  readonly #text: CountedText;

  constructor(matcher: ReturnType<RE2JS["matcher"]>, groups: number, text: CountedText) {
    this.#matcher = matcher;
    this.#groups = groups;
    this.#text = text;
  }

  /** The first match from there on. */
  find(from: number): Match | undefined {
    const text = this.#text;
    if (from > text.length) return undefined;
    text.count(STEPS_PER_MATCH);
    let match: Match | undefined;
    if (this.#matcher.find(from)) {
      const groups: (string | undefined)[] = [];
      for (let i = 1; i <= this.#groups; i++) groups.push(this.#matcher.group(i) ?? undefined);
      const start = this.#matcher.start();
      const end = this.#matcher.end();
      match = { match: text.substring(start, end), start, end, groups };
    }
    text.settle();
    return match;
  }
}

/**
 * A text that the engine takes for a string; it reads it by these methods only.
 * Not a subclass of String: one whose methods differ makes every string of the isolate slower.
 */
class CountedText {
  readonly [Symbol.toStringTag] = "String";
  readonly length: number;
  readonly #text: string;
  readonly #weight: number;
  readonly #spend: Spend;
  #steps = 0;

  /** @param weight steps that reading a character may lead to */
  constructor(text: string, weight: number, spend: Spend) {
    this.length = text.length;
    this.#text = text;
    this.#weight = weight;
    this.#spend = spend;
  }

  charCodeAt(index: number): number {
    this.count(this.#weight);
    return this.#text.charCodeAt(index);
  }

  indexOf(part: string, from: number): number {
    const found = this.#text.indexOf(part, from);
    this.count(((found < 0 ? this.length : found) - from) / CHARACTERS_PER_STEP);
    return found;
  }

  substring(start: number, end: number): string {
    return this.#text.slice(start, end);
  }

  count(steps: number): void {
    this.#steps += steps;
    if (this.#steps >= BLOCK) this.settle();
  }

  settle(): void {
    const steps = this.#steps;
    this.#steps = 0;
    this.#spend(steps);
  }
}
