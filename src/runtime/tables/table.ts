/** A table as its actions see it. */
import { memberOf, type JsonObject } from "../../asl/json.ts";
import { attributeOf, partOf, type Item } from "./attribute-value.ts";
import { parseCondition } from "./expressions/parse-condition.ts";
import { holds, type Condition } from "./expressions/condition.ts";
import type { ExpressionKind } from "./expressions/faults.ts";
import type { Placeholders } from "./expressions/placeholders.ts";
import type { ItemRows } from "./item-rows.ts";
import { MAX_ITEM_BYTES, sizeOfItem } from "./item-size.ts";
import { invalid, TableFault } from "./table-fault.ts";
import type { RowKey, TableSchema } from "./table-schema.ts";

export interface Table {
  readonly schema: TableSchema;
  readonly rows: ItemRows;
}

/**
 * What an action does to the table, once its request is found to be right in itself. Throws DynamoDB's refusal, then and before.
 */
export type TableAction = (request: JsonObject) => (table: Table) => JsonObject;

/** A member that may be absent; its type is the request's shape's. */
export function textIn(request: JsonObject, name: string): string | undefined {
  return memberOf(request, name) as string | undefined;
}

export function numberIn(request: JsonObject, name: string): number | undefined {
  return memberOf(request, name) as number | undefined;
}

export function flagIn(request: JsonObject, name: string): boolean | undefined {
  return memberOf(request, name) as boolean | undefined;
}

export function objectIn(request: JsonObject, name: string): JsonObject | undefined {
  return memberOf(request, name) as JsonObject | undefined;
}

export function readCondition(
  request: JsonObject,
  kind: ExpressionKind,
  placeholders: Placeholders,
): Condition | undefined {
  const text = textIn(request, kind);
  return text === undefined ? undefined : parseCondition(kind, text, placeholders);
}

/** @param before the item as it is; undefined: there is none */
export function checkCondition(condition: Condition | undefined, before: Item | undefined, request: JsonObject): void {
  if (condition === undefined || holds(condition, before ?? {})) return;
  const isShown = textIn(request, "ReturnValuesOnConditionCheckFailure") === "ALL_OLD" && before !== undefined;
  const details = isShown ? { Item: before as JsonObject } : {};
  throw new TableFault("ConditionalCheckFailedException", "The conditional request failed", details);
}

/** Writes the item, with the moment of its end where the table has items end. */
export function putItemRow({ schema, rows }: Table, key: RowKey, item: Item): void {
  rows.put(key, item, expiryOf(schema, item));
}

export function checkItemSize(item: Item, message = "Item size has exceeded the maximum allowed size"): void {
  if (sizeOfItem(item) > MAX_ITEM_BYTES) throw invalid(message);
}

/** What a request that asks for it is told about capacity. */
export function consumed(request: JsonObject, { schema }: Table, CapacityUnits: number): JsonObject {
  const asked = textIn(request, "ReturnConsumedCapacity") ?? "NONE";
  if (asked === "NONE") return {};
  const ofTable = asked === "INDEXES" ? { Table: { CapacityUnits } } : {};
  return { ConsumedCapacity: { CapacityUnits, TableName: schema.tableName, ...ofTable } };
}

/** When the item expires, epoch seconds. What is no number in the table's attribute says nothing. */
export function expiryOf({ ttlAttribute }: TableSchema, item: Item): number | undefined {
  const value = ttlAttribute === undefined ? undefined : attributeOf(item, ttlAttribute);
  const seconds = Math.floor(Number(value === undefined ? undefined : partOf(value, "N")));
  return Number.isSafeInteger(seconds) && seconds > 0 ? seconds : undefined;
}
