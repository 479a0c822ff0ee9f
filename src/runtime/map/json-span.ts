/**
 * The extent of one JSON value in a stream of bytes, and its text without white space between tokens: as AWS hands items on,
 * with every digit of its numbers.
 *
 * Whether the text is JSON is for the parser to say: white space that would part two tokens which then read as one stays.
 */
import { ItemBytes } from "./cutter.ts";

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const SPACE = 0x20;

export function isSpace(byte: number): boolean {
  return byte === SPACE || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

const OPEN: ReadonlySet<number> = new Set([0x7b, 0x5b]);
const CLOSE: ReadonlySet<number> = new Set([0x7d, 0x5d]);
const MARKS: ReadonlySet<number> = new Set([...OPEN, ...CLOSE, 0x2c, 0x3a]);

export class JsonSpan {
  isEnded = false;
  /** Absent: the value is skipped, however large it is. */
  readonly #bytes: ItemBytes | undefined;
  #depth = 0;
  #inString = false;
  #isEscaped = false;
  /** Whether the last byte that was kept belongs to a number or a literal, and white space came after it. */
  #lastIsWord = false;
  #hasSpace = false;
  #hasBegun = false;

  constructor(bytes: ItemBytes | undefined) {
    this.#bytes = bytes;
  }

  /** Reads on at the first byte of the value, or of the next chunk; answers where it stopped. */
  read(chunk: Uint8Array, from: number): number {
    let at = from;
    while (at < chunk.length && !this.isEnded) at = this.#inString ? this.#string(chunk, at) : this.#token(chunk, at);
    return at;
  }

  #string(chunk: Uint8Array, from: number): number {
    let at = from;
    for (; at < chunk.length; at++) {
      const byte = chunk[at];
      if (this.#isEscaped) this.#isEscaped = false;
      else if (byte === BACKSLASH) this.#isEscaped = true;
      else if (byte === QUOTE) {
        at += 1;
        this.#inString = false;
        this.isEnded = this.#depth === 0;
        break;
      }
    }
    this.#bytes?.append(chunk.subarray(from, at));
    return at;
  }

  #token(chunk: Uint8Array, at: number): number {
    const byte = chunk[at] ?? 0;
    const isScalarEnd = this.#depth === 0 && this.#hasBegun && (isSpace(byte) || MARKS.has(byte));
    if (isScalarEnd) {
      this.isEnded = true;
      return at;
    }
    if (isSpace(byte)) {
      this.#hasSpace = true;
      return at + 1;
    }
    this.#keep(byte);
    if (byte === QUOTE) this.#inString = true;
    else if (OPEN.has(byte)) this.#depth += 1;
    else if (CLOSE.has(byte)) {
      this.#depth -= 1;
      this.isEnded = this.#depth === 0;
    }
    return at + 1;
  }

  #keep(byte: number): void {
    const isWord = !MARKS.has(byte) && byte !== QUOTE;
    if (isWord && this.#hasSpace && this.#lastIsWord) this.#bytes?.push(SPACE);
    this.#bytes?.push(byte);
    this.#lastIsWord = isWord;
    this.#hasSpace = false;
    this.#hasBegun = true;
  }
}

/** A JSON text without white space between its tokens. */
export function compactJson(text: string): string {
  if (!/\s/u.test(text)) return text;
  const bytes = new ItemBytes();
  new JsonSpan(bytes).read(new TextEncoder().encode(text), 0);
  return bytes.take();
}
