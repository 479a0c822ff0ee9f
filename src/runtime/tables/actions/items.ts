/** GetItem, PutItem, DeleteItem and UpdateItem. @see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Operations_Amazon_DynamoDB.html */
import type { JsonObject } from "../../../asl/json.ts";
import { equalItems, readItem, type Item } from "../attribute-value.ts";
import { parseProjection, projected } from "../expressions/projection.ts";
import { readPlaceholders, refuseIdlePlaceholders } from "../expressions/placeholders.ts";
import { parseUpdate } from "../expressions/parse-update.ts";
import { updated } from "../expressions/update.ts";
import { itemReadUnits, sizeOfItem, writeUnits } from "../item-size.ts";
import {
  checkCondition,
  checkItemSize,
  consumed,
  flagIn,
  putItemRow,
  readCondition,
  textIn,
  type TableAction,
} from "../table.ts";
import { invalid, invalidValue } from "../table-fault.ts";
import { keyAttributesOf, rowKeyOf, rowKeyOfItem } from "../table-schema.ts";

const CONDITION = { name: "ConditionExpression", takesValues: true };

export const getItem: TableAction = (request) => {
  refuseIdlePlaceholders(request, [{ name: "ProjectionExpression", takesValues: false }]);
  const key = readItem(request["Key"] as JsonObject);
  const placeholders = readPlaceholders(request);
  const text = textIn(request, "ProjectionExpression");
  const projection = text === undefined ? undefined : parseProjection(text, placeholders);
  placeholders.refuseUnused();
  return (table) => {
    const item = table.rows.get(rowKeyOf(table.schema, key));
    const units = itemReadUnits(item === undefined ? 0 : sizeOfItem(item), flagIn(request, "ConsistentRead") === true);
    const shown = item === undefined || projection === undefined ? item : projected(item, projection);
    return { ...(shown !== undefined && { Item: shown }), ...consumed(request, table, units) };
  };
};

export const putItem: TableAction = (request) => {
  refuseIdlePlaceholders(request, [CONDITION]);
  const item = readItem(request["Item"] as JsonObject);
  checkReturnValues(request);
  checkItemSize(item);
  const placeholders = readPlaceholders(request);
  const condition = readCondition(request, "ConditionExpression", placeholders);
  placeholders.refuseUnused();
  return (table) => {
    const key = rowKeyOfItem(table.schema, item);
    const before = table.rows.get(key);
    checkCondition(condition, before, request);
    putItemRow(table, key, item);
    const units = writeUnits(Math.max(sizeOfItem(item), before === undefined ? 0 : sizeOfItem(before)));
    return { ...oldAttributes(request, before), ...consumed(request, table, units) };
  };
};

export const deleteItem: TableAction = (request) => {
  refuseIdlePlaceholders(request, [CONDITION]);
  const key = readItem(request["Key"] as JsonObject);
  checkReturnValues(request);
  const placeholders = readPlaceholders(request);
  const condition = readCondition(request, "ConditionExpression", placeholders);
  placeholders.refuseUnused();
  return (table) => {
    const rowKey = rowKeyOf(table.schema, key);
    const before = table.rows.get(rowKey);
    checkCondition(condition, before, request);
    if (before !== undefined) table.rows.delete(rowKey);
    const units = writeUnits(before === undefined ? 0 : sizeOfItem(before));
    return { ...oldAttributes(request, before), ...consumed(request, table, units) };
  };
};

export const updateItem: TableAction = (request) => {
  refuseIdlePlaceholders(request, [{ name: "UpdateExpression", takesValues: true }, CONDITION]);
  const key = readItem(request["Key"] as JsonObject);
  const placeholders = readPlaceholders(request);
  const text = textIn(request, "UpdateExpression");
  const updates = text === undefined ? [] : parseUpdate(text, placeholders);
  const condition = readCondition(request, "ConditionExpression", placeholders);
  placeholders.refuseUnused();
  return (table) => {
    const rowKey = rowKeyOf(table.schema, key);
    const changed = new Set(updates.map(({ path: [name] }) => name));
    const ofKey = keyAttributesOf(table.schema).find(({ name }) => changed.has(name));
    if (ofKey !== undefined)
      throw invalidValue(`Cannot update attribute ${ofKey.name}. This attribute is part of the key`);
    const before = table.rows.get(rowKey);
    checkCondition(condition, before, request);
    const after = updated(before ?? key, updates);
    checkItemSize(after, "Item size to update has exceeded the maximum allowed size");
    // What nothing was changed of is not written.
    if (before === undefined || !equalItems(before, after)) putItemRow(table, rowKey, after);
    const units = writeUnits(Math.max(sizeOfItem(after), before === undefined ? 0 : sizeOfItem(before)));
    const paths = updates.map(({ path }) => path);
    return { ...attributesOf(request, before, after, paths), ...consumed(request, table, units) };
  };
};

/** Of PutItem and DeleteItem. */
function checkReturnValues(request: JsonObject): void {
  if (!["NONE", "ALL_OLD"].includes(textIn(request, "ReturnValues") ?? "NONE"))
    throw invalid("ReturnValues can only be ALL_OLD or NONE");
}

function oldAttributes(request: JsonObject, before: Item | undefined): JsonObject {
  const isAsked = textIn(request, "ReturnValues") === "ALL_OLD";
  return isAsked && before !== undefined ? { Attributes: before } : {};
}

function attributesOf(
  request: JsonObject,
  before: Item | undefined,
  after: Item,
  paths: Parameters<typeof projected>[1],
): JsonObject {
  const shown = {
    NONE: undefined,
    ALL_OLD: before,
    ALL_NEW: after,
    UPDATED_OLD: before === undefined ? undefined : projected(before, paths),
    UPDATED_NEW: projected(after, paths),
  }[textIn(request, "ReturnValues") ?? "NONE"];
  const isEmpty = shown === undefined || Object.keys(shown).length === 0;
  return isEmpty ? {} : { Attributes: shown };
}
