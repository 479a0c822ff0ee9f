/**
 * Attribute values as `aws-sdk:dynamodb` spells them: by the names of the SDK for Java, `Bool` for `BOOL` and `Nul` for `NULL`. The
 * optimized integration has DynamoDB's own names.
 */
import { isArray, isObject, setMember, type Json, type JsonObject } from "../../../asl/json.ts";

const SPELLINGS: Readonly<Record<string, string>> = { BOOL: "Bool", NULL: "Nul", SS: "Ss", NS: "Ns", BS: "Bs" };
const NAMES: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(SPELLINGS).map(([name, spelling]) => [spelling, name]),
);

/** DynamoDB's name of a type that parameters may spell either way. */
export function typeNamed(spelling: string): string {
  return Object.hasOwn(NAMES, spelling) ? (NAMES[spelling] ?? spelling) : spelling;
}

/** An answer with its items in the SDK's spelling. Keys are of types that both spell alike. */
export function inSdkSpelling(output: JsonObject): JsonObject {
  return mapMembers(output, (member, name) => {
    if (name === "Item" || name === "Attributes") return itemOf(member);
    if (name === "Items") return itemsOf(member);
    return name === "Responses" && isObject(member) ? mapMembers(member, itemsOf) : member;
  });
}

function itemsOf(items: Json): Json {
  return isArray(items) ? items.map(itemOf) : items;
}

function itemOf(item: Json): Json {
  return isObject(item) ? mapMembers(item, valueOf) : item;
}

function valueOf(value: Json): Json {
  if (!isObject(value)) return value;
  const spelled: Record<string, Json> = {};
  for (const [type, part] of Object.entries(value)) {
    const inner = type === "M" ? itemOf(part) : type === "L" && isArray(part) ? part.map(valueOf) : part;
    setMember(spelled, SPELLINGS[type] ?? type, inner);
  }
  return spelled;
}

function mapMembers(object: JsonObject, change: (member: Json, name: string) => Json): JsonObject {
  const changed: Record<string, Json> = {};
  for (const [name, member] of Object.entries(object)) setMember(changed, name, change(member, name));
  return changed;
}
