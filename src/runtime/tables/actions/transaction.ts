/** TransactWriteItems on one table: all of it or nothing. */
import { isArray, isObject, memberOf, type JsonObject } from "../../../asl/json.ts";
import { readItem, type Item } from "../attribute-value.ts";
import { readPlaceholders } from "../expressions/placeholders.ts";
import { sizeOfItem, writeUnits } from "../item-size.ts";
import { checkCondition, consumed, objectIn, readCondition, type Table, type TableAction } from "../table.ts";
import { invalid, TableFault } from "../table-fault.ts";
import { rowKeyOf, rowKeyOfItem, type RowKey, type TableSchema } from "../table-schema.ts";
import { deleteItem, putItem, updateItem } from "./items.ts";

/** One of the transaction's items: where it is, and what is done. */
interface Part {
  readonly rowKey: (schema: TableSchema) => RowKey;
  /** What it has consumed. */
  readonly perform: (table: Table) => number;
}

/** Whoever calls it undoes what was done before the refusal. */
export const transactWriteItems: TableAction = (request) => {
  const list = memberOf(request, "TransactItems");
  const parts = (list !== undefined && isArray(list) ? list : []).map((item) => partOf(isObject(item) ? item : {}));
  return (table) => {
    const places = new Set(
      parts.map(({ rowKey }) => {
        const { pk, sk } = rowKey(table.schema);
        return JSON.stringify([pk, sk]);
      }),
    );
    if (places.size < parts.length) throw invalid("Transaction request cannot include multiple operations on one item");
    const outcomes = parts.map(({ perform }) => outcomeOf(table, perform));
    const reasons = outcomes.map(({ reason }) => reason);
    if (reasons.some(({ Code }) => Code !== "None")) {
      const codes = reasons.map((reason) => reason.Code).join(", ");
      const message = `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes}]`;
      throw new TableFault("TransactionCanceledException", message, { CancellationReasons: reasons });
    }
    // What a transaction does counts twice.
    const units = outcomes.reduce((sum, outcome) => sum + 2 * outcome.units, 0);
    const capacity = consumed(request, table, units)["ConsumedCapacity"];
    return capacity === undefined ? {} : { ConsumedCapacity: [capacity] };
  };
};

interface Outcome {
  readonly reason: JsonObject & { readonly Code: string };
  readonly units: number;
}

function outcomeOf(table: Table, perform: Part["perform"]): Outcome {
  try {
    return { reason: { Code: "None" }, units: perform(table) };
  } catch (error) {
    if (!(error instanceof TableFault)) throw error;
    const Code = error.code === "ConditionalCheckFailedException" ? "ConditionalCheckFailed" : "ValidationError";
    return { reason: { Message: error.message, ...error.details, Code }, units: 0 };
  }
}

function partOf(item: JsonObject): Part {
  const given = Object.entries(item).flatMap(([kind, value]) => (isObject(value) ? [[kind, value] as const] : []));
  const [first] = given;
  if (first === undefined || given.length > 1) {
    throw invalid("TransactItems can only contain one of Check, Put, Update or Delete");
  }
  const [kind, request] = first;
  switch (kind) {
    case "Put": {
      const written = readItem(request["Item"] as JsonObject);
      return { rowKey: (schema) => rowKeyOfItem(schema, written), perform: metered(putItem, request) };
    }
    case "Update":
      return { rowKey: keyed(request), perform: metered(updateItem, request) };
    case "Delete":
      return { rowKey: keyed(request), perform: metered(deleteItem, request) };
    default:
      return checked(request);
  }
}

/** ConditionCheck: nothing is written. */
function checked(request: JsonObject): Part {
  const placeholders = readPlaceholders(request);
  const condition = readCondition(request, "ConditionExpression", placeholders);
  placeholders.refuseUnused();
  const rowKey = keyed(request);
  return {
    rowKey,
    perform: ({ schema, rows }) => {
      const item = rows.get(rowKey(schema));
      checkCondition(condition, item, request);
      return writeUnits(item === undefined ? 0 : sizeOfItem(item));
    },
  };
}

function metered(action: TableAction, request: JsonObject): Part["perform"] {
  const perform = action({ ...request, ReturnConsumedCapacity: "TOTAL" });
  return (table) => {
    const capacity = perform(table)["ConsumedCapacity"];
    return isObject(capacity) ? Number(capacity["CapacityUnits"]) : 0;
  };
}

function keyed(request: JsonObject): Part["rowKey"] {
  const key: Item = readItem(objectIn(request, "Key") ?? {});
  return (schema) => rowKeyOf(schema, key);
}
