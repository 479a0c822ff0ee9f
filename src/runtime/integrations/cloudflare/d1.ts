/**
 * `d1:query`, `d1:batch`: statements in a D1 database. They are performed at least once: a crash between a statement and its
 * answer repeats it.
 * @see https://developers.cloudflare.com/d1/worker-api/
 */
import type { Json, JsonObject } from "../../../asl/json.ts";
import { readParameters } from "../parameters.ts";
import { jsonOf } from "./json-of.ts";
import { action, type CloudflareActions } from "./request.ts";

const STATEMENT = { Sql: "text", Params: "list?" } as const;

export const d1: CloudflareActions = {
  query: action({ Database: "text", ...STATEMENT }, async ({ Database, Sql, Params = [] }, request) => {
    const statement = request.binding("d1", Database).prepare(Sql);
    return shown(await statement.bind(...Params).all());
  }),

  /** All of them, or none. */
  batch: action({ Database: "text", Statements: "list" }, async ({ Database, Statements }, request) => {
    const database = request.binding("d1", Database);
    const statements = Statements.map((given) => {
      const { Sql, Params = [] } = readParameters(given, STATEMENT);
      return database.prepare(Sql).bind(...Params);
    });
    const results: readonly D1Result[] = statements.length === 0 ? [] : await database.batch(statements);
    return { Batch: results.map(shown) };
  }),
};

function shown({ results, meta }: D1Result): JsonObject {
  const Results: Json = jsonOf(results);
  return { Results, Meta: jsonOf(meta) };
}
