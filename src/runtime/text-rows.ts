/** Texts in an object's key-value store. A row holds up to 2 MB: a longer text is cut into parts, `<key>#<part>`. */

/** What is asked of a platform; structural, so that the same rows can be tested without one. */
export interface KeyValueStorage {
  readonly kv: {
    get(key: string): unknown;
    put(key: string, value: unknown): void;
    delete(key: string): boolean;
    list(options: {
      readonly prefix: string;
      readonly start?: string;
      readonly end?: string;
      readonly reverse?: boolean;
      readonly limit?: number;
    }): Iterable<readonly [string, unknown]>;
  };
  transactionSync<T>(work: () => T): T;
}

/** Characters in one row: below 2 MB even where each takes two bytes. */
export const MAX_ROW_CHARACTERS = 900_000;

export class TextRows {
  readonly #storage: KeyValueStorage;
  #written = 0;

  constructor(storage: KeyValueStorage) {
    this.#storage = storage;
  }

  /** Rows written by this instance so far: puts and deletes. */
  get written(): number {
    return this.#written;
  }

  get(key: string): string | undefined {
    const value = this.#storage.kv.get(key);
    if (typeof value !== "number") return value as string | undefined;
    let text = "";
    for (let part = 0; part < value; part++) text += this.#storage.kv.get(`${key}#${part}`) as string;
    return text;
  }

  put(key: string, text: string): void {
    if (text.length <= MAX_ROW_CHARACTERS) {
      this.#deleteParts(key);
      this.putRow(key, () => text);
      return;
    }
    if (this.#storage.kv.get(key) !== undefined) this.delete(key);
    const parts = Math.ceil(text.length / MAX_ROW_CHARACTERS);
    this.putRow(key, () => parts);
    for (let part = 0; part < parts; part++) {
      const from = part * MAX_ROW_CHARACTERS;
      this.putRow(`${key}#${part}`, () => text.slice(from, from + MAX_ROW_CHARACTERS));
    }
  }

  /** A value of any kind that fits a row. It is made when its own row is counted already. */
  putRow(key: string, value: () => unknown): void {
    this.#written += 1;
    this.#storage.kv.put(key, value());
  }

  delete(key: string): void {
    this.#deleteParts(key);
    if (this.#storage.kv.delete(key)) this.#written += 1;
  }

  #deleteParts(key: string): void {
    const parts = this.#storage.kv.get(key);
    if (typeof parts !== "number") return;
    for (let part = 0; part < parts; part++) if (this.#storage.kv.delete(`${key}#${part}`)) this.#written += 1;
  }
}

/** Whether the key is that of a text, not of a part. */
export function isTextKey(key: string): boolean {
  return !key.includes("#");
}
