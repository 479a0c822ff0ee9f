/** What a table is: its key, and what a key of an item is in its rows. */
import { utf8Size } from "../../asl/json.ts";
import { attributeOf, bytesOf, partOf, typeOf, type AttributeValue, type Item } from "./attribute-value.ts";
import { parseDecimal, sortableDecimal } from "./decimal.ts";
import { invalid, invalidValue } from "./table-fault.ts";

export type KeyType = "S" | "N" | "B";

export interface KeyAttribute {
  readonly name: string;
  readonly type: KeyType;
}

/** Crosses versions of the Worker, and is stored: members are only added. */
export interface TableSchema {
  readonly tableName: string;
  readonly tableArn: string;
  readonly tableId: string;
  readonly partitionKey: KeyAttribute;
  readonly sortKey?: KeyAttribute;
  /** Items are deleted after the moment that this attribute holds, epoch seconds. */
  readonly ttlAttribute?: string;
  /** Epoch milliseconds. */
  readonly createdAt: number;
}

/** An item's place among the rows: texts that sort as DynamoDB sorts the values. */
export interface RowKey {
  readonly pk: string;
  /** `""` where the table has no sort key. */
  readonly sk: string;
}

const MAX_PARTITION_BYTES = 2048;
const MAX_SORT_BYTES = 1024;

export function keyAttributesOf({ partitionKey, sortKey }: TableSchema): readonly KeyAttribute[] {
  return sortKey === undefined ? [partitionKey] : [partitionKey, sortKey];
}

/** Of a whole item. Throws DynamoDB's refusal. */
export function rowKeyOfItem(schema: TableSchema, item: Item): RowKey {
  for (const attribute of keyAttributesOf(schema)) {
    const { name, type } = attribute;
    const value = attributeOf(item, name);
    if (value === undefined) throw invalidValue(`Missing the key ${name} in the item`);
    if (typeOf(value) !== type)
      throw invalidValue(`Type mismatch for key ${name} expected: ${type} actual: ${typeOf(value)}`);
    refuseEmpty(attribute, value, true);
  }
  return checkedKey(schema, item);
}

/** Of a request's `Key`. Throws DynamoDB's refusal. */
export function rowKeyOf(schema: TableSchema, key: Item): RowKey {
  if (!hasKeyForm(schema, key)) throw invalid("The provided key element does not match the schema");
  return checkedKey(schema, key);
}

/** Whether it has the key's attributes, of their types, and no other. */
export function hasKeyForm(schema: TableSchema, key: Item): boolean {
  const attributes = keyAttributesOf(schema);
  const matches = attributes.every(({ name, type }) => {
    const value = attributeOf(key, name);
    return value !== undefined && typeOf(value) === type;
  });
  return matches && Object.keys(key).length === attributes.length;
}

/** The key's attributes of an item. */
export function keyOf(schema: TableSchema, item: Item): Item {
  const entries = keyAttributesOf(schema).flatMap(({ name }) => {
    const value = attributeOf(item, name);
    return value === undefined ? [] : [[name, value] as const];
  });
  return Object.fromEntries(entries);
}

/** A value of a key's attribute as a text that sorts as the values do: by number, by UTF-8, by bytes. */
export function sortableText(value: AttributeValue): string {
  const [text, number, binary] = [partOf(value, "S"), partOf(value, "N"), partOf(value, "B")];
  if (text !== undefined) return text;
  if (number !== undefined) return sortableDecimal(parseDecimal(number));
  return Array.from(bytesOf(binary ?? ""), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function checkedKey(schema: TableSchema, item: Item): RowKey {
  const [pk = "", sk = ""] = keyAttributesOf(schema).map((attribute, index) => {
    const value = attributeOf(item, attribute.name) ?? { S: "" };
    const bytes = keyBytes(value);
    refuseEmpty(attribute, value, false);
    if (index === 0 && bytes > MAX_PARTITION_BYTES) {
      throw invalidValue(`Size of hashkey has exceeded the maximum size limit of${MAX_PARTITION_BYTES} bytes`);
    }
    if (index === 1 && bytes > MAX_SORT_BYTES)
      throw invalidValue(`Aggregated size of all range keys has exceeded the size limit of ${MAX_SORT_BYTES} bytes`);
    return sortableText(value);
  });
  return { pk, sk };
}

function refuseEmpty({ name, type }: KeyAttribute, value: AttributeValue, isOfItem: boolean): void {
  if (keyBytes(value) > 0) return;
  const what = type === "B" ? "binary" : "string";
  const rule = `The AttributeValue for a key attribute cannot contain an empty ${what} value. Key: ${name}`;
  throw isOfItem ? invalid(`One or more parameter values are not valid. ${rule}`) : invalidValue(rule);
}

/** A number is never empty. */
function keyBytes(value: AttributeValue): number {
  const [text, binary] = [partOf(value, "S"), partOf(value, "B")];
  if (text !== undefined) return utf8Size(text);
  return binary === undefined ? 1 : bytesOf(binary).length;
}
