/** A D1 database over node:sqlite, with the migrations applied: enough of it to run the Worker's SQL in Node. */
import { readdirSync, readFileSync } from "node:fs";
import { DatabaseSync, type SQLInputValue } from "node:sqlite";

interface Result {
  readonly success: true;
  readonly results: readonly unknown[];
  readonly meta: { readonly changes: number };
}

class Statement {
  readonly #database: DatabaseSync;
  readonly #sql: string;
  readonly #values: readonly SQLInputValue[];

  constructor(database: DatabaseSync, sql: string, values: readonly SQLInputValue[] = []) {
    this.#database = database;
    this.#sql = sql;
    this.#values = values;
  }

  bind(...values: readonly SQLInputValue[]): Statement {
    if (values.some((value) => value === undefined))
      throw new TypeError("D1_TYPE_ERROR: Type 'undefined' not supported");
    return new Statement(this.#database, this.#sql, values);
  }

  execute(): Result {
    const before = this.#totalChanges();
    const results = this.#database.prepare(this.#sql).all(...this.#values);
    return { success: true, results, meta: { changes: this.#totalChanges() - before } };
  }

  async all(): Promise<Result> {
    return this.execute();
  }

  async run(): Promise<Result> {
    return this.execute();
  }

  async first(): Promise<unknown> {
    return this.execute().results[0] ?? null;
  }

  #totalChanges(): number {
    return Number(this.#database.prepare("SELECT total_changes() AS n").get()?.["n"] ?? 0);
  }
}

export class SqliteD1 {
  readonly database: DatabaseSync;

  constructor() {
    this.database = new DatabaseSync(":memory:");
    const directory = new URL("../../migrations/", import.meta.url);
    for (const file of readdirSync(directory).sort())
      this.database.exec(readFileSync(new URL(file, directory), "utf8"));
  }

  prepare(sql: string): Statement {
    return new Statement(this.database, sql);
  }

  /** All or nothing, as D1 has it. */
  async batch(statements: readonly Statement[]): Promise<readonly Result[]> {
    this.database.exec("BEGIN");
    try {
      const results = statements.map((statement) => statement.execute());
      this.database.exec("COMMIT");
      return results;
    } catch (error) {
      this.database.exec("ROLLBACK");
      throw error;
    }
  }
}
