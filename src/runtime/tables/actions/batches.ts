/**
 * The part of BatchGetItem and BatchWriteItem that is for one table; whoever asks takes the request apart and puts the answers
 * together.
 */
import { isArray, isObject, memberOf, type JsonObject } from "../../../asl/json.ts";
import { readItem, type Item } from "../attribute-value.ts";
import { readPlaceholders, refuseIdlePlaceholders } from "../expressions/placeholders.ts";
import { parseProjection, projected } from "../expressions/projection.ts";
import { itemReadUnits, sizeOfItem, writeUnits } from "../item-size.ts";
import { checkItemSize, consumed, flagIn, putItemRow, textIn, type TableAction } from "../table.ts";
import { invalid } from "../table-fault.ts";
import { rowKeyOf, rowKeyOfItem, type RowKey } from "../table-schema.ts";

/** An answer holds so much; other keys are asked for again. */
const MAX_ANSWER_BYTES = 16_777_216;

/** `{Keys, ProjectionExpression, …}` → `{Items, UnprocessedKeys?}` */
export const getBatch: TableAction = (request) => {
  refuseIdlePlaceholders(request, [{ name: "ProjectionExpression", takesValues: false }]);
  const keys = objectsOf(request, "Keys").map((key) => readItem(key));
  const placeholders = readPlaceholders(request);
  const text = textIn(request, "ProjectionExpression");
  const projection = text === undefined ? undefined : parseProjection(text, placeholders);
  placeholders.refuseUnused();
  return (table) => {
    const rowKeys = keys.map((key) => rowKeyOf(table.schema, key));
    refuseDoubles(rowKeys);
    const isConsistent = flagIn(request, "ConsistentRead") === true;
    const items: JsonObject[] = [];
    const left: Item[] = [];
    let [bytes, units] = [0, 0];
    rowKeys.forEach((rowKey, index) => {
      const item = bytes < MAX_ANSWER_BYTES ? table.rows.get(rowKey) : undefined;
      if (bytes >= MAX_ANSWER_BYTES) left.push(keys[index] ?? {});
      const size = item === undefined ? 0 : sizeOfItem(item);
      bytes += size;
      units += itemReadUnits(size, isConsistent);
      if (item !== undefined) items.push(projection === undefined ? item : projected(item, projection));
    });
    const unprocessed =
      left.length === 0 ? {} : { UnprocessedKeys: { ...request, Keys: left as readonly JsonObject[] } };
    return { Items: items, ...unprocessed, ...consumed(request, table, units) };
  };
};

/** `{Requests: [{PutRequest | DeleteRequest}]}` → `{}` */
export const writeBatch: TableAction = (request) => {
  const writes = objectsOf(request, "Requests").map((write) => {
    const put = memberOf(write, "PutRequest");
    const deletion = memberOf(write, "DeleteRequest");
    if (isObject(put) === isObject(deletion)) {
      throw invalid(
        "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes",
      );
    }
    if (!isObject(put)) return { key: readItem(memberOf(deletion as JsonObject, "Key") as JsonObject) };
    const item = readItem(memberOf(put, "Item") as JsonObject);
    checkItemSize(item);
    return { item };
  });
  return (table) => {
    const { schema, rows } = table;
    const keyed = writes.map(({ item, key }) => ({
      item,
      rowKey: item === undefined ? rowKeyOf(schema, key ?? {}) : rowKeyOfItem(schema, item),
    }));
    refuseDoubles(keyed.map(({ rowKey }) => rowKey));
    let units = 0;
    for (const { item, rowKey } of keyed) {
      const before = rows.get(rowKey);
      const size = before === undefined ? 0 : sizeOfItem(before);
      units += writeUnits(Math.max(size, item === undefined ? 0 : sizeOfItem(item)));
      if (item !== undefined) putItemRow(table, rowKey, item);
      else if (before !== undefined) rows.delete(rowKey);
    }
    return consumed(request, table, units);
  };
};

function objectsOf(request: JsonObject, name: string): readonly JsonObject[] {
  const list = memberOf(request, name);
  return list !== undefined && isArray(list) ? list.filter(isObject) : [];
}

function refuseDoubles(keys: readonly RowKey[]): void {
  const texts = new Set(keys.map(({ pk, sk }) => JSON.stringify([pk, sk])));
  if (texts.size < keys.length) throw invalid("Provided list of item keys contains duplicates");
}
