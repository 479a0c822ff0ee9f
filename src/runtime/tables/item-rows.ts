/** The rows of a table's items, in SQLite: one for each item, in the order of its key. */
import { utf8Size } from "../../asl/json.ts";
import type { Item } from "./attribute-value.ts";
import { invalid } from "./table-fault.ts";
import type { RowKey } from "./table-schema.ts";

/** As an object's storage has it. */
export interface Sql {
  exec(query: string, ...bindings: readonly (string | number | null)[]): Iterable<Readonly<Record<string, unknown>>>;
}

/** Where a walk over the rows begins and ends; what is absent is not bounded. */
export interface RowRange {
  readonly pk?: string;
  /** Of the sort keys, both included. */
  readonly from?: string;
  readonly to?: string;
  /** The walk begins behind this one, in its direction. */
  readonly after?: RowKey | undefined;
  readonly isReverse?: boolean;
}

/** What is stored of an item. A row takes no more than 2 MB; JSON is longer than what DynamoDB counts. */
const MAX_TEXT_BYTES = 1_900_000;

/** Rows that are held at the same time. */
const SLICE = 100;

export class ItemRows {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** The tables; they cost their rows once. */
  create(): void {
    this.#sql.exec(`CREATE TABLE item (
      pk TEXT NOT NULL, sk TEXT NOT NULL, value TEXT NOT NULL, expires_at INTEGER,
      PRIMARY KEY (pk, sk)) WITHOUT ROWID`);
    // Only items that expire are in it: no other pays for it.
    this.#sql.exec("CREATE INDEX item_expiry ON item (expires_at) WHERE expires_at IS NOT NULL");
  }

  get({ pk, sk }: RowKey): Item | undefined {
    const [row] = [...this.#sql.exec("SELECT value FROM item WHERE pk = ? AND sk = ?", pk, sk)];
    return row === undefined ? undefined : itemOf(row);
  }

  /** @param expiresAt epoch seconds; undefined: never */
  put({ pk, sk }: RowKey, item: Item, expiresAt: number | undefined): void {
    const text = JSON.stringify(item);
    if (utf8Size(text) > MAX_TEXT_BYTES) throw invalid("Item size has exceeded the maximum allowed size");
    this.#run(
      `INSERT INTO item (pk, sk, value, expires_at) VALUES (?, ?, ?, ?)
       ON CONFLICT (pk, sk) DO UPDATE SET value = excluded.value, expires_at = excluded.expires_at`,
      pk,
      sk,
      text,
      expiresAt ?? null,
    );
  }

  delete({ pk, sk }: RowKey): void {
    this.#run("DELETE FROM item WHERE pk = ? AND sk = ?", pk, sk);
  }

  /** As far as whoever walks goes. Nothing may be written meanwhile. */
  *walk(range: RowRange): Generator<{ readonly key: RowKey; readonly item: Item }> {
    const [conditions, bindings] = conditionsOf(range);
    const where = conditions.length === 0 ? "" : `WHERE ${conditions.join(" AND ")}`;
    const direction = range.isReverse === true ? "DESC" : "ASC";
    const query = `SELECT pk, sk, value FROM item ${where} ORDER BY pk ${direction}, sk ${direction}`;
    for (const row of this.#sql.exec(query, ...bindings))
      yield { key: { pk: String(row["pk"]), sk: String(row["sk"]) }, item: itemOf(row) };
  }

  /** Gives each item the end that it has now, epoch seconds. */
  expireBy(endOf: (item: Item) => number | undefined): void {
    const query = "SELECT pk, sk, value, expires_at FROM item WHERE (pk, sk) > (?, ?) ORDER BY pk, sk LIMIT ?";
    let [pk, sk] = ["", ""];
    for (;;) {
      const rows = [...this.#sql.exec(query, pk, sk, SLICE)];
      for (const row of rows) {
        [pk, sk] = [String(row["pk"]), String(row["sk"])];
        const end = endOf(itemOf(row)) ?? null;
        if (end !== row["expires_at"]) this.#run("UPDATE item SET expires_at = ? WHERE pk = ? AND sk = ?", end, pk, sk);
      }
      if (rows.length < SLICE) return;
    }
  }

  count(): number {
    const [row] = [...this.#sql.exec("SELECT COUNT(*) AS count FROM item")];
    return Number(row?.["count"] ?? 0);
  }

  /** When the next item expires, epoch seconds. */
  nextExpiry(): number | undefined {
    const query = "SELECT MIN(expires_at) AS next FROM item WHERE expires_at IS NOT NULL";
    const next = [...this.#sql.exec(query)][0]?.["next"];
    return typeof next === "number" ? next : undefined;
  }

  /** Those that expired up to then, at most so many. @param at epoch seconds */
  deleteExpired(at: number, limit: number): void {
    this.#run(
      `DELETE FROM item WHERE (pk, sk) IN (
         SELECT pk, sk FROM item WHERE expires_at IS NOT NULL AND expires_at <= ? ORDER BY expires_at LIMIT ?)`,
      at,
      limit,
    );
  }

  /** A statement is done when its rows are read. */
  #run(query: string, ...bindings: readonly (string | number | null)[]): void {
    void [...this.#sql.exec(query, ...bindings)];
  }
}

function itemOf(row: Readonly<Record<string, unknown>>): Item {
  return JSON.parse(String(row["value"])) as Item;
}

function conditionsOf({ pk, from, to, after, isReverse }: RowRange): readonly [string[], string[]] {
  const parts: (readonly [string, readonly string[]])[] = [];
  if (pk !== undefined) parts.push(["pk = ?", [pk]]);
  if (from !== undefined) parts.push(["sk >= ?", [from]]);
  if (to !== undefined) parts.push(["sk <= ?", [to]]);
  const than = isReverse === true ? "<" : ">";
  // Within one partition a bound on the sort key alone lets SQLite seek.
  if (after !== undefined && pk !== undefined) parts.push([`sk ${than} ?`, [after.sk]]);
  else if (after !== undefined) parts.push([`(pk, sk) ${than} (?, ?)`, [after.pk, after.sk]]);
  return [parts.map(([condition]) => condition), parts.flatMap(([, bindings]) => bindings)];
}
