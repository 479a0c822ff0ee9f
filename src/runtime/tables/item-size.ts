/**
 * How large an item is, and what reading and writing it consumes, as DynamoDB counts it.
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
 */
import { utf8Size } from "../../asl/json.ts";
import { partOf, typeOf, type AttributeValue, type Item } from "./attribute-value.ts";
import { parseDecimal, precisionOf } from "./decimal.ts";

export const MAX_ITEM_BYTES = 409_600;
const READ_UNIT_BYTES = 4096;
const WRITE_UNIT_BYTES = 1024;

export function sizeOfItem(item: Item): number {
  return Object.entries(item).reduce((size, [name, value]) => size + utf8Size(name) + sizeOfValue(value), 0);
}

/** Of one item; one that is not there costs the least there is. */
export function itemReadUnits(bytes: number, isConsistent: boolean): number {
  return readUnits(Math.max(bytes, 1), isConsistent);
}

export function readUnits(bytes: number, isConsistent: boolean): number {
  return Math.ceil(bytes / READ_UNIT_BYTES) / (isConsistent ? 1 : 2);
}

export function writeUnits(bytes: number): number {
  return Math.ceil(Math.max(bytes, 1) / WRITE_UNIT_BYTES);
}

/** Of what is in a list or a map, whatever it is. */
const ELEMENT_BYTES = 1;
const COLLECTION_BYTES = 3;

function sizeOfValue(value: AttributeValue): number {
  const type = typeOf(value);
  switch (type) {
    case "S":
    case "N":
    case "B":
      return sizeOfScalar(type, partOf(value, type) ?? "");
    case "SS":
    case "NS":
    case "BS": {
      const of = type === "SS" ? "S" : type === "NS" ? "N" : "B";
      return (partOf(value, type) ?? []).reduce((size, element) => size + sizeOfScalar(of, element), 0);
    }
    case "BOOL":
    case "NULL":
      return 1;
    case "L": {
      const elements = partOf(value, "L") ?? [];
      return elements.reduce((size, element) => size + ELEMENT_BYTES + sizeOfValue(element), COLLECTION_BYTES);
    }
    case "M": {
      const members = partOf(value, "M") ?? {};
      return COLLECTION_BYTES + Object.keys(members).length * ELEMENT_BYTES + sizeOfItem(members);
    }
  }
}

function sizeOfScalar(type: "S" | "N" | "B", text: string): number {
  if (type === "S") return utf8Size(text);
  if (type === "B") return Math.floor((text.replace(/=+$/u, "").length * 3) / 4);
  const number = parseDecimal(text);
  // Two digits to a byte, one for the exponent, one for a sign.
  const odd = number.exponent % 2 === 0 ? 0 : 1;
  return number.coefficient === 0n
    ? 1
    : 1 + Math.ceil((precisionOf(number) + odd) / 2) + (number.coefficient < 0n ? 1 : 0);
}
