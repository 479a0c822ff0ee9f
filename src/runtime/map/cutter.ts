/**
 * Cutters turn the bytes of an object into items, wherever the chunks end.
 *
 * C1. A cutter holds one unfinished item, never more. An item has a largest size, so it holds no object of any size.
 * C2. Offsets are in bytes of the uncompressed object. A cutter that begins at the offset of an item, with the memo that the
 *     one before had, gives the same items as that one would have.
 */
import type { Json } from "../../asl/json.ts";
import { ItemReaderFailure } from "./failures.ts";

/** An item as JSON text, and the offset behind it. */
export interface Cut {
  readonly text: string;
  readonly end: number;
  /** It is a member of an object. */
  readonly isMember?: true;
}

export interface Cutter {
  /** The items that end within these bytes, which follow those of the call before. */
  cut(chunk: Uint8Array): Iterable<Cut>;
  /** The items that end with the object. */
  finish(): Iterable<Cut>;
  /** What a cutter must know to begin behind an item. */
  readonly memo: Json;
  /** Whether no item comes any more, whatever bytes do. */
  readonly isDone: boolean;
}

/** @param memo of a cutter that got to the offset; absent: the object begins there */
export type BeginCutting = (offset: number, memo?: Json) => Cutter;

/** Larger than any item that a child execution may get, even after an ItemSelector has made it smaller; less than a row holds. */
export const MAX_ITEM_BYTES = 1_048_576;

export function itemTooLarge(): ItemReaderFailure {
  return new ItemReaderFailure(`An item of the dataset is larger than ${MAX_ITEM_BYTES} bytes.`);
}

/** As deep as an execution's input may be nested. */
export const MAX_ITEM_DEPTH = 1000;

export function itemTooDeep(): ItemReaderFailure {
  return new ItemReaderFailure(`An item of the dataset is nested more than ${MAX_ITEM_DEPTH} levels deep.`);
}

const DECODER = new TextDecoder("utf-8", { fatal: false, ignoreBOM: true });

/** The bytes of the item that has begun. */
export class ItemBytes {
  #bytes = new Uint8Array(4096);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  append(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#size);
    this.#size += bytes.length;
  }

  push(byte: number): void {
    this.#reserve(1);
    this.#bytes[this.#size] = byte;
    this.#size += 1;
  }

  /** The text so far; what comes next begins a new one. Bytes that are no UTF-8 become U+FFFD. */
  take(): string {
    const text = DECODER.decode(this.#bytes.subarray(0, this.#size));
    this.#size = 0;
    return text;
  }

  #reserve(count: number): void {
    const needed = this.#size + count;
    if (needed > MAX_ITEM_BYTES) throw itemTooLarge();
    if (needed <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    larger.set(this.#bytes.subarray(0, this.#size));
    this.#bytes = larger;
  }
}
