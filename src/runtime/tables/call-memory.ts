/**
 * The calls that wrote to a table, and what they were answered: a call that is made again writes nothing again.
 *
 * The latest calls lie in a ring of rows, so that remembering one costs a row, and forgetting one nothing.
 */
import type { Sql } from "./item-rows.ts";

export interface RememberedCall {
  /** JSON text. */
  readonly answer: string;
  /** Epoch milliseconds. */
  readonly at: number;
}

/** So many calls of a table are remembered. */
const RING_SIZE = 4096;

export class CallMemory {
  readonly #sql: Sql;
  readonly #size: number;
  /** Slots by calls, and which call is the next; read when they are first asked for. */
  #slots: Map<string, number> | undefined;
  #calls: (string | undefined)[] = [];
  #next = 0;

  constructor(sql: Sql, size: number = RING_SIZE) {
    this.#sql = sql;
    this.#size = size;
  }

  create(): void {
    void [
      ...this.#sql.exec(
        "CREATE TABLE call (slot INTEGER PRIMARY KEY, number INTEGER NOT NULL, key TEXT NOT NULL, answer TEXT NOT NULL, at INTEGER NOT NULL)",
      ),
    ];
  }

  find(key: string): RememberedCall | undefined {
    const slot = this.#load().get(key);
    if (slot === undefined) return undefined;
    const [row] = [...this.#sql.exec("SELECT answer, at FROM call WHERE slot = ?", slot)];
    return row === undefined ? undefined : { answer: String(row["answer"]), at: Number(row["at"]) };
  }

  /** Within the transaction of what the call does; `note` follows when that is committed. */
  write(key: string, { answer, at }: RememberedCall): void {
    this.#load();
    const values = [this.#next % this.#size, this.#next, key, answer, at];
    void [
      ...this.#sql.exec(
        "INSERT OR REPLACE INTO call (slot, number, key, answer, at) VALUES (?, ?, ?, ?, ?)",
        ...values,
      ),
    ];
  }

  note(key: string): void {
    this.#enter(key, this.#next);
  }

  #load(): Map<string, number> {
    if (this.#slots !== undefined) return this.#slots;
    this.#slots = new Map();
    for (const row of this.#sql.exec("SELECT key, number FROM call ORDER BY number"))
      this.#enter(String(row["key"]), Number(row["number"]));
    return this.#slots;
  }

  #enter(key: string, number: number): void {
    const slot = number % this.#size;
    const before = this.#calls[slot];
    if (before !== undefined && this.#slots?.get(before) === slot) this.#slots.delete(before);
    this.#calls[slot] = key;
    this.#slots?.set(key, slot);
    this.#next = number + 1;
  }
}
