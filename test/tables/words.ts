/** The words of the tests of tables: a table in memory. */
import { DatabaseSync } from "node:sqlite";
import type { JsonObject } from "../../src/asl/json.ts";
import { TableDriver } from "../../src/runtime/tables/table-driver.ts";
import type { Sql } from "../../src/runtime/tables/item-rows.ts";
import type { TableActionName, TableAnswer, TableRpc } from "../../src/runtime/tables/table-rpc.ts";
import type { KeyAttribute, TableSchema } from "../../src/runtime/tables/table-schema.ts";

export function schemaOf(
  tableName: string,
  partitionKey: KeyAttribute,
  sortKey?: KeyAttribute,
  more: Partial<TableSchema> = {},
): TableSchema {
  return {
    tableName,
    tableArn: `arn:aws:dynamodb:us-east-1:123456789012:table/${tableName}`,
    tableId: "0",
    partitionKey,
    ...(sortKey !== undefined && { sortKey }),
    createdAt: 0,
    ...more,
  };
}

export function openDatabase(): DatabaseSync {
  return new DatabaseSync(":memory:");
}

/** As an object's storage has it. @param onWritten is told how many rows a statement has changed */
export function sqlOf(database: DatabaseSync, onWritten: (rows: number) => void = () => undefined): Sql {
  return {
    exec: (query, ...bindings) => {
      const statement = database.prepare(query);
      if (/^\s*SELECT/u.test(query)) return statement.iterate(...bindings) as Iterable<Record<string, unknown>>;
      onWritten(Number(statement.run(...bindings).changes));
      return [];
    },
  };
}

/** What is on disk, and the object over it; another object may be made over the same disk. */
export class MemoryTable {
  readonly #database = openDatabase();
  #schema: TableSchema | undefined;
  /** Epoch milliseconds. */
  now = 0;
  alarmAt: number | undefined;
  rowsWritten = 0;
  driver: TableDriver;

  constructor(schema?: TableSchema) {
    this.driver = this.#wake();
    if (schema !== undefined) this.driver.create(schema);
  }

  /** As the Worker has it. */
  readonly rpc: TableRpc = {
    create: async (schema) => this.driver.create(schema),
    expireBy: async (ttlAttribute) => this.driver.expireBy(ttlAttribute) ?? null,
    describe: async () => this.driver.describe() ?? null,
    perform: async (action, request, call) => this.driver.perform(action, request, call),
    remove: async () => {
      await this.driver.remove();
      return null;
    },
  };

  /** The object is lost with its memory, and another one comes. */
  evict(): void {
    this.driver = this.#wake();
  }

  ask(action: TableActionName, request: JsonObject, call?: string): TableAnswer {
    return this.driver.perform(action, JSON.stringify(request), call);
  }

  /** The output of what is not refused. */
  do(action: TableActionName, request: JsonObject, call?: string): JsonObject {
    const answer = this.ask(action, request, call);
    if (!answer.ok) throw new Error(answer.message);
    return JSON.parse(answer.output) as JsonObject;
  }

  /** Why it is refused. */
  refusal(action: TableActionName, request: JsonObject): string {
    const answer = this.ask(action, request);
    return answer.ok ? "no refusal" : `${answer.code}: ${answer.message}`;
  }

  #wake(): TableDriver {
    return new TableDriver({
      now: () => this.now,
      sql: sqlOf(this.#database, (rows) => {
        this.rowsWritten += rows;
      }),
      transaction: (run) => {
        this.#database.exec("BEGIN");
        try {
          const result = run();
          this.#database.exec("COMMIT");
          return result;
        } catch (error) {
          this.#database.exec("ROLLBACK");
          throw error;
        }
      },
      read: () => this.#schema,
      write: (schema) => {
        this.#schema = schema;
      },
      clear: async () => {
        this.#database.exec("DROP TABLE IF EXISTS item");
        this.#database.exec("DROP TABLE IF EXISTS call");
        this.#schema = undefined;
        this.alarmAt = undefined;
      },
      setAlarm: (at) => {
        this.alarmAt = at;
      },
      sizeBytes: () => 4096,
    });
  }
}
