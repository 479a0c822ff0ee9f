/** D1 for a simulation: SQLite in memory, with the migrations applied; each query takes a moment, and may fail. */
import { readdirSync, readFileSync } from "node:fs";
import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import type { Actor, Platform } from "./platform.ts";

interface Result {
  readonly success: true;
  readonly results: readonly unknown[];
  readonly meta: { readonly changes: number };
}

interface Bound {
  readonly sql: string;
  readonly values: readonly SQLInputValue[];
}

const MIGRATIONS = new URL("../../migrations/", import.meta.url);

export class SimulatedD1 {
  readonly #database: DatabaseSync = new DatabaseSync(":memory:");
  readonly #statements: Map<string, StatementSync> = new Map();

  constructor() {
    for (const file of readdirSync(MIGRATIONS).sort())
      this.#database.exec(readFileSync(new URL(file, MIGRATIONS), "utf8"));
  }

  query(sql: string, ...values: readonly SQLInputValue[]): readonly unknown[] {
    const statement = this.#statements.get(sql) ?? this.#database.prepare(sql);
    this.#statements.set(sql, statement);
    return statement.all(...values);
  }

  /** As an actor sees it. Each has one of its own, so that what is cached per database is cached per instance. */
  facade(platform: Platform, actor: Actor): object {
    const later = <T>(what: string, work: () => T): Promise<T> =>
      new Promise((resolve, reject) => {
        queueMicrotask(() => {
          if (!actor.isAlive) return;
          platform.plan(platform.dice.between(0, 3), what, () => {
            if (!actor.isAlive) return;
            if (platform.dice.chance(platform.faults.failedQuery)) {
              platform.fault("query failed");
              reject(new Error("D1_ERROR: Network connection lost"));
            } else resolve(work());
          });
        });
      });
    const statement = (sql: string, values: readonly SQLInputValue[]): object => ({
      sql,
      values,
      bind: (...bound: readonly SQLInputValue[]) => statement(sql, bound),
      first: () => later("D1 first", () => this.query(sql, ...values)[0] ?? null),
      all: () => later("D1 all", () => this.#result({ sql, values })),
      run: () => later("D1 run", () => this.#result({ sql, values })),
    });
    return {
      prepare: (sql: string) => statement(sql, []),
      batch: (statements: readonly Bound[]) => later("D1 batch", () => statements.map((x) => this.#result(x))),
    };
  }

  #result({ sql, values }: Bound): Result {
    return { success: true, results: this.query(sql, ...values), meta: { changes: 0 } };
  }
}
