/** A storage in memory that is as strict as the real one. */
import { serialize } from "node:v8";
import type { KeyValueStorage } from "../../src/runtime/text-rows.ts";

/** Of a key and its value together. */
const MAX_ROW_BYTES = 2 * 1024 * 1024;

export class MemoryStorage implements KeyValueStorage {
  #rows: Map<string, unknown>;

  constructor(rows: Iterable<readonly [string, unknown]> = []) {
    this.#rows = new Map(rows);
  }

  /** All that is stored. */
  get rows(): readonly (readonly [string, unknown])[] {
    return [...this.#rows];
  }

  readonly kv: KeyValueStorage["kv"] = {
    get: (key) => structuredClone(this.#rows.get(key)),
    put: (key, value) => {
      const bytes = serialize(value).byteLength + key.length;
      if (bytes > MAX_ROW_BYTES) throw new Error(`row ${key} has ${bytes} bytes`);
      this.#rows.set(key, structuredClone(value));
    },
    delete: (key) => this.#rows.delete(key),
    list: ({ prefix, start = "", end, reverse = false, limit }) => {
      const inside = (key: string): boolean =>
        key.startsWith(prefix) && key >= start && (end === undefined || key < end);
      const keys = [...this.#rows.keys()].filter(inside).sort();
      return this.#read((reverse ? keys.toReversed() : keys).slice(0, limit));
    },
  };

  *#read(keys: readonly string[]): Generator<readonly [string, unknown]> {
    for (const key of keys) yield [key, structuredClone(this.#rows.get(key))];
  }

  transactionSync<T>(work: () => T): T {
    const before = new Map(this.#rows);
    try {
      return work();
    } catch (error) {
      this.#rows = before;
      throw error;
    }
  }
}
