/**
 * DynamoDB's attribute values, in its own JSON: `{"S": "text"}`, `{"N": "1.5"}`, `{"M": {…}}`.
 *
 * A value that was read is checked, and its numbers are written as DynamoDB writes them: equal values are equal texts. Binary
 * values stay base64.
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_AttributeValue.html
 */
import { setMember, type JsonObject } from "../../asl/json.ts";
import { compareDecimals, parseDecimal, textOfDecimal } from "./decimal.ts";
import { invalid, invalidValue } from "./table-fault.ts";

export type AttributeType = (typeof ATTRIBUTE_TYPES)[number];

export const ATTRIBUTE_TYPES = ["S", "N", "B", "SS", "NS", "BS", "BOOL", "NULL", "L", "M"] as const;

/** An object with exactly one member, named by the type. */
export type AttributeValue =
  | { readonly S: string }
  | { readonly N: string }
  | { readonly B: string }
  | { readonly SS: readonly string[] }
  | { readonly NS: readonly string[] }
  | { readonly BS: readonly string[] }
  | { readonly BOOL: boolean }
  | { readonly NULL: true }
  | { readonly L: readonly AttributeValue[] }
  | { readonly M: Item };

export interface Item {
  readonly [name: string]: AttributeValue;
}

/** The types whose values are sets, and of what. */
export const SET_TYPES = { SS: "S", NS: "N", BS: "B" } as const;
export type SetType = keyof typeof SET_TYPES;

const MAX_DEPTH = 32;

/** Throws DynamoDB's refusal. @param given of the right JSON types: that is checked before */
export function readItem(given: JsonObject, depth = 0): Item {
  const item: Record<string, AttributeValue> = {};
  for (const [name, value] of Object.entries(given)) {
    setMember(item, name, readValue(value as JsonObject, depth));
  }
  return item;
}

export function readValue(given: JsonObject, depth = 0): AttributeValue {
  const present = ATTRIBUTE_TYPES.filter((type) => Object.hasOwn(given, type) && given[type] !== null);
  const [type] = present;
  if (type === undefined)
    throw invalid("Supplied AttributeValue is empty, must contain exactly one of the supported datatypes");
  if (present.length > 1) {
    throw invalid(
      "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes",
    );
  }
  if (depth > MAX_DEPTH) throw invalid("Nesting Levels have exceeded supported limits");
  const value = given[type];
  switch (type) {
    case "S":
      return { S: wellFormed(value as string) };
    case "BOOL":
      return { BOOL: value === true };
    case "N":
      return { N: canonicalNumber(value as string) };
    case "B":
      return { B: canonicalBinary(value as string) };
    case "NULL":
      if (value !== true) throw invalidValue("Null attribute value types must have the value of true");
      return { NULL: true };
    case "SS":
    case "NS":
    case "BS":
      return { [type]: readSet(type, value as readonly string[]) } as unknown as AttributeValue;
    case "L":
      return { L: (value as readonly JsonObject[]).map((element) => readValue(element, depth + 1)) };
    case "M":
      return { M: readItem(value as JsonObject, depth + 1) };
  }
}

export function typeOf(value: AttributeValue): AttributeType {
  return Object.keys(value)[0] as AttributeType;
}

/** What the type's member holds; undefined: it is of another type. */
export function partOf<Type extends AttributeType>(value: AttributeValue, type: Type): PartOf<Type> | undefined {
  return (value as Partial<Record<AttributeType, unknown>>)[type] as PartOf<Type> | undefined;
}

type PartOf<Type extends AttributeType> =
  Extract<AttributeValue, Readonly<Record<Type, unknown>>> extends infer Value ? Value[Type & keyof Value] : never;

/** The attribute of that name; names are data, `__proto__` included. */
export function attributeOf(item: Item, name: string): AttributeValue | undefined {
  return Object.hasOwn(item, name) ? item[name] : undefined;
}

/** An item, or a map, with one member more; members keep their order. */
export function withAttribute(item: Item, name: string, value: AttributeValue): Item {
  const copy: Record<string, AttributeValue> = { ...item };
  setMember(copy, name, value);
  return copy;
}

export function withoutAttribute(item: Item, name: string): Item {
  const { [name]: _, ...others } = item;
  return others;
}

/** Whether both are the same value; sets and maps have no order. */
export function equalValues(a: AttributeValue, b: AttributeValue): boolean {
  const type = typeOf(a);
  if (type !== typeOf(b)) return false;
  if (type === "L") return equalLists(partOf(a, "L") ?? [], partOf(b, "L") ?? []);
  if (type === "M") return equalItems(partOf(a, "M") ?? {}, partOf(b, "M") ?? {});
  if (isSetType(type)) return equalSets(partOf(a, type) ?? [], partOf(b, type) ?? []);
  return partOf(a, type) === partOf(b, type);
}

export function equalItems(a: Item, b: Item): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => equalMembers(name, a, b));
}

/** Below, at or above zero; undefined: the two cannot be put in order. */
export function compareValues(a: AttributeValue, b: AttributeValue): number | undefined {
  const type = typeOf(a);
  if (type !== typeOf(b)) return undefined;
  if (type === "N") return compareDecimals(parseDecimal(partOf(a, "N") ?? ""), parseDecimal(partOf(b, "N") ?? ""));
  if (type === "S") return compareTexts(partOf(a, "S") ?? "", partOf(b, "S") ?? "");
  if (type === "B") return compareBytes(bytesOf(partOf(a, "B") ?? ""), bytesOf(partOf(b, "B") ?? ""));
  return undefined;
}

export function isSetType(type: AttributeType): type is SetType {
  return type in SET_TYPES;
}

/** The bytes of a binary value that was read. */
export function bytesOf(base64: string): Uint8Array {
  return Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
}

/** By their UTF-8; JavaScript compares by UTF-16, which puts some characters elsewhere. */
export function compareTexts(a: string, b: string): number {
  return a === b ? 0 : compareBytes(ENCODER.encode(a), ENCODER.encode(b));
}

const ENCODER = new TextEncoder();

/** Keys are compared as UTF-8, in which half a character cannot be written. */
function wellFormed(text: string): string {
  if (text.isWellFormed()) return text;
  throw invalidValue("A string holds half of a surrogate pair");
}

function canonicalNumber(text: string): string {
  return textOfDecimal(parseDecimal(text));
}

/** As the service's wire has it; what is no base64 is refused as an SDK's own fault would be. */
function canonicalBinary(text: string): string {
  try {
    return btoa(atob(text));
  } catch {
    throw invalid("Invalid Base64 in a binary value: it is written as base64");
  }
}

const EMPTY_SETS = {
  SS: "An string set  may not be empty",
  NS: "An number set  may not be empty",
  BS: "Binary sets should not be empty",
} as const;

function readSet(type: SetType, given: readonly string[]): readonly string[] {
  if (given.length === 0) throw invalidValue(EMPTY_SETS[type]);
  const read = { SS: wellFormed, NS: canonicalNumber, BS: canonicalBinary }[type];
  const elements = given.map(read);
  if (new Set(elements).size === elements.length) return elements;
  if (type === "NS") throw invalid("Input collection contains duplicates");
  const kind = type === "BS" ? "of type BS " : " ";
  throw invalidValue(`Input collection [${given.join(", ")}]${kind}contains duplicates.`);
}

function equalLists(a: readonly AttributeValue[], b: readonly AttributeValue[]): boolean {
  return a.length === b.length && a.every((element, index) => equalValues(element, b[index] as AttributeValue));
}

function equalSets(a: readonly string[], b: readonly string[]): boolean {
  const others = new Set(b);
  return a.length === b.length && a.every((element) => others.has(element));
}

function equalMembers(name: string, a: Item, b: Item): boolean {
  const [one, other] = [attributeOf(a, name), attributeOf(b, name)];
  return one !== undefined && other !== undefined && equalValues(one, other);
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i += 1) {
    const difference = Number(a[i]) - Number(b[i]);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}
