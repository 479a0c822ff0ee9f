/** The tables in D1, for lists. What a table is and what it holds is kept by its object. */
import type { ArnConfig } from "../arn.ts";
import { pageOf, type Page } from "../page.ts";
import type { TableRpc } from "./table-rpc.ts";
import type { KeyAttribute, TableSchema } from "./table-schema.ts";

/** What makes and finds tables. */
export interface TableDirectory {
  readonly config: ArnConfig;
  readonly db: D1Database;
  /** The object of that table, whether or not it exists. */
  table(tableArn: string): TableRpc;
  now(): number;
}

/** What somebody wants a table to be. */
export interface TablePlan {
  readonly tableName: string;
  readonly partitionKey: KeyAttribute;
  readonly sortKey?: KeyAttribute;
  readonly ttlAttribute?: string;
}

interface TableRow {
  readonly schema: string;
}

const LIST = "SELECT schema FROM item_table WHERE name > ?1 ORDER BY name LIMIT ?2";
const PUT = `INSERT INTO item_table (name, schema, created_at) VALUES (?1, ?2, ?3)
  ON CONFLICT (name) DO UPDATE SET schema = excluded.schema, created_at = excluded.created_at`;

const NAME = /^[\w.-]{3,255}$/u;

export function isTableName(name: string): boolean {
  return NAME.test(name);
}

export function tableArnOf({ region, accountId }: ArnConfig, name: string): string {
  return `arn:aws:dynamodb:${region}:${accountId}:table/${name}`;
}

export async function listTables(db: D1Database, afterName: string, limit: number): Promise<Page<TableSchema>> {
  const { results } = await db
    .prepare(LIST)
    .bind(afterName, limit + 1)
    .all<TableRow>();
  return pageOf(
    results.map(({ schema }) => JSON.parse(schema) as TableSchema),
    limit,
    ({ tableName }) => tableName,
  );
}

/** The table that there is then: another one, where there was one already. */
export async function createTable(directory: TableDirectory, plan: TablePlan, tableId: string): Promise<TableSchema> {
  const tableArn = tableArnOf(directory.config, plan.tableName);
  const wish = { ...plan, tableArn, tableId, createdAt: directory.now() };
  const schema = await directory.table(tableArn).create(wish);
  await storeTable(directory.db, schema);
  return schema;
}

export async function storeTable(db: D1Database, schema: TableSchema): Promise<void> {
  await db.prepare(PUT).bind(schema.tableName, JSON.stringify(schema), schema.createdAt).run();
}

/** With its items. */
export async function deleteTable(directory: TableDirectory, name: string): Promise<void> {
  await directory.table(tableArnOf(directory.config, name)).remove();
  await directory.db.prepare("DELETE FROM item_table WHERE name = ?1").bind(name).run();
}

/** Whether the table that is there has the key that was asked for. */
export function hasKeyOf(schema: TableSchema, { partitionKey, sortKey }: TablePlan): boolean {
  const isSame = (a: KeyAttribute | undefined, b: KeyAttribute | undefined): boolean =>
    a?.name === b?.name && a?.type === b?.type;
  return isSame(schema.partitionKey, partitionKey) && isSame(schema.sortKey, sortKey);
}
