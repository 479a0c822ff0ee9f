/** The extent of one JSON value in a stream of bytes. Whether it is JSON is for the parser to say. */
import { type ItemBytes, itemTooDeep, MAX_ITEM_DEPTH } from "./cutter.ts";

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** What a byte outside of strings is to the extent of a value. */
const WORD = 0;
const SPACE = 1;
const OPEN = 2;
const CLOSE = 3;
const BETWEEN = 4;
const STRING = 5;
const KINDS = new Uint8Array(256);
for (const byte of [0x20, 0x0a, 0x0d, 0x09]) KINDS[byte] = SPACE;
for (const byte of [0x7b, 0x5b]) KINDS[byte] = OPEN;
for (const byte of [0x7d, 0x5d]) KINDS[byte] = CLOSE;
for (const byte of [0x2c, 0x3a]) KINDS[byte] = BETWEEN;
KINDS[QUOTE] = STRING;

export function isSpace(byte: number): boolean {
  return KINDS[byte] === SPACE;
}

export class JsonSpan {
  isEnded = false;
  /** Absent: the value is skipped, however large it is. */
  readonly #bytes: ItemBytes | undefined;
  #depth = 0;
  #inString = false;
  #isEscaped = false;
  #hasBegun = false;

  constructor(bytes: ItemBytes | undefined) {
    this.#bytes = bytes;
  }

  /** Reads on at the first byte of the value, or of the next chunk; answers where it stopped. */
  read(chunk: Uint8Array, from: number): number {
    let at = from;
    while (at < chunk.length && !this.isEnded) at = this.#inString ? this.#string(chunk, at) : this.#tokens(chunk, at);
    this.#bytes?.append(chunk.subarray(from, at));
    return at;
  }

  /** Up to behind the closing quote. */
  #string(chunk: Uint8Array, from: number): number {
    for (let at = from; at < chunk.length; at++) {
      const byte = chunk[at];
      if (this.#isEscaped) this.#isEscaped = false;
      else if (byte === BACKSLASH) this.#isEscaped = true;
      else if (byte === QUOTE) {
        this.#inString = false;
        this.isEnded = this.#depth === 0;
        return at + 1;
      }
    }
    return chunk.length;
  }

  /** Up to a string's beginning or to the value's end: behind its closing bracket, or where a number or a literal stops. */
  #tokens(chunk: Uint8Array, from: number): number {
    for (let at = from; at < chunk.length; at++) {
      const kind = KINDS[chunk[at] ?? 0] ?? WORD;
      if (kind === WORD) {
        this.#hasBegun = true;
        continue;
      }
      if (this.#depth === 0 && this.#hasBegun) {
        this.isEnded = true;
        return at;
      }
      if (kind === STRING) {
        this.#inString = true;
        return at + 1;
      }
      if (kind === OPEN) {
        this.#depth += 1;
        if (this.#depth > MAX_ITEM_DEPTH) throw itemTooDeep();
      } else if (kind === CLOSE && --this.#depth === 0) {
        this.isEnded = true;
        return at + 1;
      }
    }
    return chunk.length;
  }
}

const SPACES = /[ \t\n\r]+/gu;

/** A text that is JSON, without white space between its tokens: as AWS hands items on, with every digit of their numbers. */
export function compactJson(text: string): string {
  if (!/[ \t\n\r]/u.test(text)) return text;
  let compact = "";
  for (let at = 0; ;) {
    const open = text.indexOf('"', at);
    compact += text.slice(at, open < 0 ? text.length : open).replace(SPACES, "");
    if (open < 0) return compact;
    at = behindString(text, open + 1);
    compact += text.slice(open, at);
  }
}

/** @param from behind the opening quote */
function behindString(text: string, from: number): number {
  for (let at = from; ; at += 1) {
    at = text.indexOf('"', at);
    let escapes = 0;
    while (text[at - 1 - escapes] === "\\") escapes += 1;
    if (escapes % 2 === 0) return at + 1;
  }
}
