/** Whether a task's parameters are of the form that an action takes. Step Functions looks at that before it calls. */
import { isArray, isObject, memberOf, setMember, type Json, type JsonObject } from "../../../asl/json.ts";
import { VALUE_MEMBERS, type Shape } from "./shapes.ts";

/** The parameters without members that are null, or what is wrong with them. */
export type Checked =
  | { readonly ok: true; readonly request: JsonObject }
  | { readonly ok: false; readonly fault: string };

export function checkShape(shape: Shape, parameters: JsonObject): Checked {
  try {
    return { ok: true, request: checked(shape, parameters, "Parameters") as JsonObject };
  } catch (error) {
    if (!(error instanceof ShapeFault)) throw error;
    return { ok: false, fault: error.message };
  }
}

class ShapeFault extends Error {}

/** What DynamoDB had before it had expressions, and what to write instead. */
const LEGACY: Readonly<Record<string, string>> = {
  AttributesToGet: "ProjectionExpression",
  AttributeUpdates: "UpdateExpression",
  ConditionalOperator: "ConditionExpression",
  Expected: "ConditionExpression",
  KeyConditions: "KeyConditionExpression",
  QueryFilter: "FilterExpression",
  ScanFilter: "FilterExpression",
};

/** What AWS has and we have not. */
const UNSUPPORTED: ReadonlySet<string> = new Set([
  "DeletionProtectionEnabled",
  "GlobalSecondaryIndexes",
  "LocalSecondaryIndexes",
  "OnDemandThroughput",
  "ResourcePolicy",
  "SSESpecification",
  "StreamSpecification",
  "TableClass",
  "Tags",
  "WarmThroughput",
]);

function checked(shape: Shape, value: Json, name: string): Json {
  if (typeof shape === "string")
    return shape === "VALUE" ? checkedMembers(VALUE_MEMBERS, value, name) : scalar(shape, value, name);
  if ("members" in shape) return checkedMembers(shape.members, value, name);
  if ("list" in shape) {
    if (!isArray(value)) throw wrong(name, "a LIST");
    return value.map((element) => checked(shape.list, element, name));
  }
  if (!isObject(value)) throw wrong(name, "a MAP");
  const members: Record<string, Json> = {};
  for (const [key, member] of Object.entries(value)) {
    if (member !== null) setMember(members, key, checked(shape.map, member, key));
  }
  return members;
}

const JSON_TYPES = { STRING: "string", NUMBER: "number", BOOLEAN: "boolean" } as const;

function scalar(shape: keyof typeof JSON_TYPES, value: Json, name: string): Json {
  const isRight = typeof value === JSON_TYPES[shape] && (shape !== "NUMBER" || Number.isInteger(value));
  if (!isRight) throw wrong(name, `a ${shape}`);
  return value;
}

/** A member that is null is not there, as it is for AWS's SDKs. */
function checkedMembers(shapes: Readonly<Record<string, Shape>>, value: Json, name: string): JsonObject {
  if (!isObject(value)) throw wrong(name, "a STRUCTURE");
  const members: Record<string, Json> = {};
  for (const [key, member] of Object.entries(value)) {
    const shape = memberShape(shapes, key);
    if (shape === undefined) throw unknown(key);
    if (member !== null) setMember(members, key, checked(shape, member, key));
  }
  const needed = Object.keys(shapes).flatMap((key) => (key.endsWith("!") ? [key.slice(0, -1)] : []));
  const missing = needed.find((key) => memberOf(members, key) === undefined);
  if (missing !== undefined) throw new ShapeFault(`The field '${missing}' is required but was missing`);
  return members;
}

function memberShape(shapes: Readonly<Record<string, Shape>>, key: string): Shape | undefined {
  const name = [`${key}!`, key].find((one) => Object.hasOwn(shapes, one) && !key.endsWith("!"));
  return name === undefined ? undefined : shapes[name];
}

function unknown(key: string): ShapeFault {
  const instead = Object.hasOwn(LEGACY, key) ? LEGACY[key] : undefined;
  if (instead !== undefined) return new ShapeFault(`The field '${key}' is not supported by Stepflare: use ${instead}`);
  return new ShapeFault(
    `The field '${key}' is not supported by ${UNSUPPORTED.has(key) ? "Stepflare" : "Step Functions"}`,
  );
}

function wrong(name: string, type: string): ShapeFault {
  return new ShapeFault(`The value for the field '${name}' must be ${type}`);
}
