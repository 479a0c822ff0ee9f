/** Query and Scan. @see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Query.html */
import type { Json, JsonObject } from "../../../asl/json.ts";
import { compareTexts, readItem, type Item } from "../attribute-value.ts";
import { holds, operandsOf, type Condition } from "../expressions/condition.ts";
import { keyConditionsOf, keyRangeOf, type KeyRange } from "../expressions/key-condition.ts";
import { readPlaceholders, refuseIdlePlaceholders, type Placeholders } from "../expressions/placeholders.ts";
import { parseProjection, projected, type Projection } from "../expressions/projection.ts";
import type { RowRange } from "../item-rows.ts";
import { readUnits, sizeOfItem } from "../item-size.ts";
import { consumed, flagIn, numberIn, objectIn, readCondition, textIn, type Table, type TableAction } from "../table.ts";
import { invalid, TableFault } from "../table-fault.ts";
import { hasKeyForm, keyAttributesOf, keyOf, rowKeyOf, type RowKey } from "../table-schema.ts";

/** A page reads so much of the table. */
const MAX_PAGE_BYTES = 1_048_576;

const KEY_CONDITION = { name: "KeyConditionExpression", takesValues: true };
const FILTER = { name: "FilterExpression", takesValues: true };
const PROJECTION = { name: "ProjectionExpression", takesValues: false };

export const query: TableAction = (request) => {
  refuseIdlePlaceholders(request, [KEY_CONDITION, FILTER, PROJECTION]);
  const start = readStart(objectIn(request, "ExclusiveStartKey"));
  const placeholders = readPlaceholders(request);
  const condition = readCondition(request, "KeyConditionExpression", placeholders);
  const asked = { start, ...readAsked(request, placeholders) };
  if (condition === undefined)
    throw invalid("Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.");
  const conditions = keyConditionsOf(condition);
  return (table) => {
    refuseIndex(request);
    const after = startOf(table, asked.start);
    const range = keyRangeOf(table.schema, conditions);
    if (after !== undefined) checkStart(after, range);
    const filtered = asked.filter === undefined ? undefined : keyIn(table, asked.filter);
    if (filtered !== undefined) {
      throw invalid(
        `Filter Expression can only contain non-primary key attributes: Primary key attribute: ${filtered}`,
      );
    }
    const isReverse = flagIn(request, "ScanIndexForward") === false;
    return page(table, request, asked, { ...range, after, isReverse }, ({ sk }) => !range.isExcluded(sk));
  };
};

export const scan: TableAction = (request) => {
  refuseIdlePlaceholders(request, [FILTER, PROJECTION]);
  const start = readStart(objectIn(request, "ExclusiveStartKey"));
  const asked = { start, ...readAsked(request, readPlaceholders(request)) };
  const [segment, total] = [numberIn(request, "Segment"), numberIn(request, "TotalSegments")];
  checkSegments(segment, total);
  return (table) => {
    refuseIndex(request);
    const after = startOf(table, asked.start);
    const isOfSegment = ({ pk }: RowKey): boolean => total === undefined || segmentOf(pk, total) === segment;
    return page(table, request, asked, { after }, isOfSegment);
  };
};

interface Asked {
  readonly filter: Condition | undefined;
  readonly projection: Projection | undefined;
  readonly start: Item | undefined;
}

function readAsked(request: JsonObject, placeholders: Placeholders): Omit<Asked, "start"> {
  const filter = readCondition(request, "FilterExpression", placeholders);
  const text = textIn(request, "ProjectionExpression");
  const projection = text === undefined ? undefined : parseProjection(text, placeholders);
  placeholders.refuseUnused();
  checkSelect(textIn(request, "Select"), projection);
  return { filter, projection };
}

function readStart(key: JsonObject | undefined): Item | undefined {
  return key === undefined ? undefined : startFault(() => readItem(key));
}

function startOf({ schema }: Table, start: Item | undefined): RowKey | undefined {
  if (start === undefined) return undefined;
  if (!hasKeyForm(schema, start)) throw invalid("The provided starting key is invalid");
  return startFault(() => rowKeyOf(schema, start));
}

function startFault<Value>(read: () => Value): Value {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof TableFault)) throw error;
    throw invalid(`The provided starting key is invalid: ${error.message}`);
  }
}

function checkSelect(select: string | undefined, projection: Projection | undefined): void {
  if (select === undefined) return;
  if (projection !== undefined && select !== "SPECIFIC_ATTRIBUTES")
    throw invalid(`Cannot specify the ProjectionExpression when choosing to get ${select}`);
  if (select === "SPECIFIC_ATTRIBUTES" && projection === undefined)
    throw invalid("Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES");
  if (select === "ALL_PROJECTED_ATTRIBUTES")
    throw invalid("ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName");
}

function checkSegments(segment: number | undefined, total: number | undefined): void {
  const missing = (which: string, other: string): Error =>
    invalid(`The ${which} parameter is required but was not present in the request when ${other} is present`);
  if (segment !== undefined && total === undefined) throw missing("TotalSegments", "Segment parameter");
  if (segment === undefined && total !== undefined) throw missing("Segment", "parameter TotalSegments");
  if (segment === undefined || total === undefined || segment < total) return;
  throw invalid(
    `The Segment parameter is zero-based and must be less than parameter TotalSegments: Segment: ${segment} is not less than TotalSegments: ${total}`,
  );
}

function refuseIndex(request: JsonObject): void {
  const index = textIn(request, "IndexName");
  if (index !== undefined) throw invalid(`The table does not have the specified index: ${index}`);
}

function checkStart({ pk, sk }: RowKey, { pk: asked, from, to, isExcluded }: KeyRange): void {
  const isBounded = from !== undefined || to !== undefined;
  const isBefore = from !== undefined && compareTexts(sk, from) < 0;
  if (isBefore || (to !== undefined && compareTexts(sk, to) > 0) || isExcluded(sk))
    throw invalid("The provided starting key does not match the range key predicate");
  if (pk === asked) return;
  throw invalid(
    isBounded
      ? "The query can return at most one row and cannot be restarted"
      : "The provided starting key is outside query boundaries based on provided conditions",
  );
}

/** The name of a key's attribute that the condition is about. */
function keyIn({ schema }: Table, condition: Condition): string | undefined {
  const names = new Set(keyAttributesOf(schema).map(({ name }) => name));
  for (const operand of operandsOf(condition)) {
    const [name] = operand.kind === "path" ? operand.path : [];
    if (typeof name === "string" && names.has(name)) return name;
  }
  return undefined;
}

function page(
  table: Table,
  request: JsonObject,
  { filter, projection }: Asked,
  range: RowRange,
  isAsked: (key: RowKey) => boolean,
): JsonObject {
  const limit = numberIn(request, "Limit") ?? Infinity;
  const items: Json[] = [];
  let [scanned, count, bytes] = [0, 0, 0];
  let last: Item | undefined;
  for (const { key, item } of table.rows.walk(range)) {
    if (!isAsked(key)) continue;
    scanned += 1;
    bytes += sizeOfItem(item);
    if (filter === undefined || holds(filter, item)) {
      count += 1;
      items.push(projection === undefined ? item : projected(item, projection));
    }
    if (scanned < limit && bytes < MAX_PAGE_BYTES) continue;
    last = keyOf(table.schema, item);
    break;
  }
  const units = readUnits(bytes, flagIn(request, "ConsistentRead") === true);
  return {
    Count: count,
    ...(textIn(request, "Select") !== "COUNT" && { Items: items }),
    ...(last !== undefined && { LastEvaluatedKey: last }),
    ScannedCount: scanned,
    ...consumed(request, table, units),
  };
}

/** Spreads partitions evenly (FNV-1a). */
function segmentOf(pk: string, total: number): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < pk.length; i += 1) hash = Math.imul(hash ^ pk.charCodeAt(i), 0x01000193);
  return (hash >>> 0) % total;
}
