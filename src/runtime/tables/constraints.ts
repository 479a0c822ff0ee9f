/** What members of requests may be, before anything else is looked at, in the words of AWS's services. */
import { isArray, isObject, memberOf, type Json, type JsonObject } from "../../asl/json.ts";
import { invalid } from "./table-fault.ts";

/** In the order in which DynamoDB lists them. */
const ENUMS: Readonly<Record<string, readonly string[]>> = {
  Select: ["SPECIFIC_ATTRIBUTES", "COUNT", "ALL_ATTRIBUTES", "ALL_PROJECTED_ATTRIBUTES"],
  ReturnConsumedCapacity: ["INDEXES", "TOTAL", "NONE"],
  ReturnItemCollectionMetrics: ["SIZE", "NONE"],
  ReturnValues: ["ALL_NEW", "UPDATED_OLD", "ALL_OLD", "NONE", "UPDATED_NEW"],
  ReturnValuesOnConditionCheckFailure: ["ALL_OLD", "NONE"],
};

const MAX_SEGMENTS = 1_000_000;
const RANGES: Readonly<Record<string, readonly [number, number]>> = {
  Limit: [1, Infinity],
  Segment: [0, MAX_SEGMENTS - 1],
  TotalSegments: [1, MAX_SEGMENTS],
};

const COUNTS: Readonly<Record<string, readonly [number, number]>> = {
  TransactItems: [1, 100],
};

/** In the order in which several faults are told. */
const CHECKED: readonly string[] = [...Object.keys(ENUMS), ...Object.keys(RANGES), ...Object.keys(COUNTS)];

/** Throws DynamoDB's refusal: all that is wrong, in one message. */
export function checkConstraints(request: JsonObject): void {
  const faults = CHECKED.flatMap((name) => faultOf(name, memberOf(request, name)) ?? []);
  if (faults.length === 0) return;
  const errors = faults.length === 1 ? "1 validation error" : `${faults.length} validation errors`;
  throw invalid(`${errors} detected: ${faults.join("; ")}`);
}

function faultOf(name: string, value: Json | undefined): string | undefined {
  const values = Object.hasOwn(ENUMS, name) ? ENUMS[name] : undefined;
  if (values !== undefined && typeof value === "string" && !values.includes(value))
    return fault(name, value, `Member must satisfy enum value set: [${values.join(", ")}]`);
  const range = Object.hasOwn(RANGES, name) ? RANGES[name] : undefined;
  if (range !== undefined && typeof value === "number") return faultOfSize(name, String(value), value, range, "value");
  const count = Object.hasOwn(COUNTS, name) ? COUNTS[name] : undefined;
  if (count === undefined || value === undefined || !isArray(value)) return undefined;
  return faultOfSize(name, shown(value), value.length, count, "length");
}

function faultOfSize(
  name: string,
  text: string,
  size: number,
  [min, max]: readonly [number, number],
  what: "value" | "length",
): string | undefined {
  if (size < min) return fault(name, text, `Member must have ${what} greater than or equal to ${min}`);
  return size > max ? fault(name, text, `Member must have ${what} less than or equal to ${max}`) : undefined;
}

function fault(name: string, value: string, rule: string): string {
  const member = name.charAt(0).toLowerCase() + name.slice(1);
  return `Value '${value}' at '${member}' failed to satisfy constraint: ${rule}`;
}

/** A list's contents are not repeated to whoever sent them. */
function shown(value: Json): string {
  if (isArray(value)) return `[${value.length} elements]`;
  return isObject(value) ? "{}" : String(value);
}
