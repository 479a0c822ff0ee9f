/**
 * JSON Schema, as far as the REST API describes its bodies and parameters with it.
 *
 * J1. What a request may be is derived from the shapes that check it; nothing is described twice.
 * J2. Two values have a form of their own here: `INSTANT` (ISO 8601) and `JSON_VALUE` (JSON text on the wire of AWS).
 *     They are told by identity, and answers are written by the same schemas that describe them.
 */
import type { NumberShape, Shape, StringShape, StructureShape } from "../shape.ts";

export interface JsonSchema {
  readonly title?: string;
  readonly description?: string;
  readonly type?: "string" | "integer" | "number" | "boolean" | "array" | "object";
  readonly format?: string;
  readonly enum?: readonly string[];
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly items?: JsonSchema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly maxProperties?: number;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | JsonSchema;
  readonly deprecated?: boolean;
}

/** A moment. */
export const INSTANT: JsonSchema = { type: "string", format: "date-time" };

/** Any JSON value where AWS has JSON text. */
export const JSON_VALUE: JsonSchema = { description: "Any JSON value" };

/** A definition: the object itself, or its text, which then is kept as it is written. */
export const DEFINITION: JsonSchema = {
  description: "A definition in the Amazon States Language: the JSON object itself, or its text as a string",
};

export const TEXT: JsonSchema = { type: "string" };
export const COUNT: JsonSchema = { type: "integer" };
export const FLAG: JsonSchema = { type: "boolean" };

export function oneOf(...values: readonly string[]): JsonSchema {
  return { type: "string", enum: values };
}

export function listOf(items: JsonSchema): JsonSchema {
  return { type: "array", items };
}

/** Members whose name ends in `?` may be absent. */
export function object(title: string, members: Readonly<Record<string, JsonSchema>>): JsonSchema {
  const entries = Object.entries(members);
  return {
    title,
    type: "object",
    properties: Object.fromEntries(entries.map(([name, schema]) => [name.replace(/\?$/u, ""), schema])),
    required: entries.map(([name]) => name).filter((name) => !name.endsWith("?")),
  };
}

/** A page of a list. */
export function pageOf(title: string, member: string, items: JsonSchema): JsonSchema {
  return object(title, { [member]: listOf(items), "nextCursor?": TEXT });
}

/** Members of requests that are JSON text on the wire of AWS. */
const JSON_MEMBERS: ReadonlySet<string> = new Set(["input", "output", "variables", "context", "result"]);

/** Whether the member, of that shape, is a JSON value here. */
export function isJsonMember(name: string, shape: Shape): boolean {
  return shape.type === "string" && (name === "definition" || JSON_MEMBERS.has(name));
}

/** What a request's member may be. */
export function schemaOf(shape: Shape): JsonSchema {
  switch (shape.type) {
    case "structure":
      return schemaOfStructure(shape);
    case "list":
      return {
        type: "array",
        items: schemaOf(shape.member),
        ...(shape.min !== undefined && { minItems: shape.min }),
        ...(shape.max !== undefined && { maxItems: shape.max }),
      };
    case "string":
      return schemaOfString(shape);
    case "boolean":
      return FLAG;
    case "integer":
    case "long":
    case "float":
      return schemaOfNumber(shape);
  }
}

/** @param names the members it is of; all, where absent */
export function schemaOfStructure(
  { name: title, members, required }: StructureShape,
  names: readonly string[] = Object.keys(members),
): JsonSchema {
  const properties = names.flatMap((name) => {
    const shape = members[name];
    return shape === undefined ? [] : [[name, schemaOfMember(name, shape)] as const];
  });
  const needed = required.filter((name) => names.includes(name));
  return {
    title,
    type: "object",
    properties: Object.fromEntries(properties),
    ...(needed.length > 0 && { required: needed }),
    additionalProperties: false,
  };
}

export function schemaOfMember(name: string, shape: Shape): JsonSchema {
  if (!isJsonMember(name, shape)) return schemaOf(shape);
  return name === "definition" ? DEFINITION : JSON_VALUE;
}

function schemaOfString({ min, max, pattern, values }: StringShape): JsonSchema {
  return {
    type: "string",
    ...(min !== undefined && { minLength: min }),
    ...(max !== undefined && { maxLength: max }),
    ...(pattern !== undefined && { pattern: `^(?:${pattern})$` }),
    ...(values !== undefined && { enum: values }),
  };
}

function schemaOfNumber({ type, min, max }: NumberShape): JsonSchema {
  return {
    type: type === "float" ? "number" : "integer",
    ...(min !== undefined && { minimum: min }),
    ...(max !== undefined && { maximum: max }),
  };
}
