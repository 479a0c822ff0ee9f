/** What a table's object is asked. Shapes cross versions of the Worker: members are only added. */
import type { TableExtent } from "./actions/describe.ts";
import type { TableFaultCode } from "./table-fault.ts";
import type { TableSchema } from "./table-schema.ts";

export type TableActionName =
  | "deleteItem"
  | "getBatch"
  | "getItem"
  | "putItem"
  | "query"
  | "scan"
  | "transactWriteItems"
  | "updateItem"
  | "writeBatch";

/** Objects are JSON text: DynamoDB's JSON nests deeper than what types of RPC can say. */
export type TableAnswer =
  | { readonly ok: true; readonly output: string }
  | { readonly ok: false; readonly code: TableFaultCode; readonly message: string; readonly details: string };

export interface TableDescription extends TableExtent {
  readonly schema: TableSchema;
}

export interface TableRpc {
  /** The schema of the table that is there now: the given one, if there was none. */
  create(schema: TableSchema): Promise<TableSchema>;
  /** Which attribute says when items expire; undefined: none does. */
  expireBy(ttlAttribute: string | undefined): Promise<TableSchema | null>;
  /** null: there is no such table. */
  describe(): Promise<TableDescription | null>;
  /**
   * @param request JSON text
   * @param call the same for every delivery of one call: what it writes is written once
   */
  perform(action: TableActionName, request: string, call?: string): Promise<TableAnswer>;
  /** Deletes it with its items. */
  remove(): Promise<null>;
}
