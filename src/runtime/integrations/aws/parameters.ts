/**
 * A task's parameters as the service's model names them: `TableName` of a task is `tableName` where the model spells it so.
 *
 * P1. What the model does not have is refused, not dropped.
 * P2. A string takes any scalar; a blob is its text in UTF-8, or JSON. The optimized integrations make texts of JSON.
 * P3. Timestamps come out in ISO 8601.
 */
import { isArray, isObject, setMember, type Json, type JsonObject } from "../../../asl/json.ts";
import { formatTimestamp, parseTimestamp } from "../../../asl/instant.ts";
import type { Member, ServiceModel, StructureShape } from "../../../services/model.ts";
import { sdkMemberName, upperFirst } from "../../../services/naming.ts";
import { textOf } from "./scalars.ts";

/** Something in the parameters that the service has no use for. */
export class ParameterFault extends Error {
  override readonly name = "ParameterFault";
}

export interface ReadingParameters {
  readonly model: ServiceModel;
  /** Whether it is an `aws-sdk:` integration. */
  readonly isSdk: boolean;
  /** Stands where the model has an idempotency token that is not given: the same for each delivery of an attempt. */
  readonly token: string;
}

/** Throws a ParameterFault. @param of the shape; undefined: the action takes nothing */
export function readParameters(reading: ReadingParameters, of: string | undefined, parameters: Json): JsonObject {
  const shape = of === undefined ? undefined : reading.model.shapeOf(of);
  if (!isObject(parameters)) return {};
  return structure(reading, shape?.type === "structure" ? shape : NO_MEMBERS, parameters);
}

const NO_MEMBERS: StructureShape = { type: "structure", members: [] };

function structure(reading: ReadingParameters, shape: StructureShape, given: JsonObject): JsonObject {
  const members = spellingsOf(shape);
  const read: Record<string, Json> = {};
  for (const [field, value] of Object.entries(given)) {
    if (value === null) continue;
    const member = members.get(field);
    if (member === undefined) throw new ParameterFault(`The field '${field}' is not supported by Step Functions`);
    setMember(read, member.name, valueOf(reading, member.of, value, field));
  }
  for (const { name, required, isIdempotencyToken } of shape.members) {
    if (Object.hasOwn(read, name)) continue;
    if (isIdempotencyToken) setMember(read, name, reading.token);
    else if (required) throw new ParameterFault(`The field '${sdkMemberName(name)}' is required but was missing`);
  }
  return read;
}

/** Either kind of integration takes either spelling; and Java calls DynamoDB's `NULL` so. */
function spellingsOf(shape: StructureShape): ReadonlyMap<string, Member> {
  const known = spellings.get(shape);
  if (known !== undefined) return known;
  const names = (name: string): readonly string[] => [
    name,
    upperFirst(name),
    sdkMemberName(name),
    ...(name === "NULL" ? ["Nul"] : []),
  ];
  const table = new Map(shape.members.flatMap((member) => names(member.name).map((name) => [name, member])));
  spellings.set(shape, table);
  return table;
}

const spellings: WeakMap<StructureShape, ReadonlyMap<string, Member>> = new WeakMap();

function valueOf(reading: ReadingParameters, of: string, value: Json, field: string): Json {
  const shape = reading.model.shapeOf(of);
  switch (shape.type) {
    case "anything":
      return value;
    case "structure":
      if (!isObject(value)) throw mustBe(field, "an OBJECT");
      return structure(reading, shape, value);
    case "list":
      if (!isArray(value)) throw mustBe(field, "an ARRAY");
      return value.map((item) => valueOf(reading, shape.of, item, field));
    case "map":
      if (!isObject(value)) throw mustBe(field, "an OBJECT");
      return mapOf(reading, shape.of, value);
    case "blob":
      return textOf(value);
    case "boolean":
      return booleanOf(value, field);
    case "number":
      return numberOf(value, field);
    case "timestamp":
      return timestampOf(value, field);
    case "string":
    case "enum":
      if (typeof value === "object" && reading.isSdk) throw mustBe(field, "a STRING");
      return textOf(value);
  }
}

function mapOf(reading: ReadingParameters, of: string, given: JsonObject): JsonObject {
  const read: Record<string, Json> = {};
  for (const [key, value] of Object.entries(given)) {
    if (value !== null) setMember(read, key, valueOf(reading, of, value, key));
  }
  return read;
}

function booleanOf(value: Json, field: string): boolean {
  if (value === true || value === "true") return true;
  if (value === false || value === "false") return false;
  throw mustBe(field, "a BOOLEAN");
}

function numberOf(value: Json, field: string): number {
  const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  if (typeof number === "number" && Number.isFinite(number)) return number;
  throw mustBe(field, "a NUMBER");
}

/** A number is in epoch seconds. */
function timestampOf(value: Json, field: string): string {
  const milliseconds = typeof value === "number" ? value * 1000 : parseTimestamp(textOf(value));
  if (milliseconds === undefined || Math.abs(milliseconds) > LATEST_MS) throw mustBe(field, "a TIMESTAMP");
  return formatTimestamp(milliseconds);
}

/** The end of the year 9999. */
const LATEST_MS = 253_402_300_799_999;

function mustBe(field: string, what: string): ParameterFault {
  return new ParameterFault(`The value for the field '${field}' must be ${what}`);
}
