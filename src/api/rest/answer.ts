/**
 * Answers, written by their schemas.
 *
 * W1. A member without a value is left out.
 * W2. JSON that an execution holds as text goes out as that text: no number of it is rounded, no member moved.
 */
import { memberOf, type Json, type JsonObject } from "../../asl/json.ts";
import { jsonFault } from "../../asl/json-syntax.ts";
import { DEFINITION, INSTANT, JSON_VALUE, type JsonSchema } from "./schema.ts";

/** An operation's output as the schema has it: moments as ISO 8601, JSON as values, a cursor for the page token. */
export function writeAnswer(output: unknown, schema: JsonSchema): string {
  return write(output, schema);
}

export const JSON_HEADERS: Readonly<Record<string, string>> = { "content-type": "application/json" };

export function jsonResponse(text: string, status = 200, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(text, { status, headers: { ...JSON_HEADERS, ...headers } });
}

function write(value: unknown, schema: JsonSchema): string {
  if (schema === INSTANT && typeof value === "number") return JSON.stringify(isoOf(value));
  if ((schema === JSON_VALUE || schema === DEFINITION) && typeof value === "string") return embedded(value);
  if (Array.isArray(value)) return `[${value.map((item) => write(item, schema.items ?? {})).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const members = Object.entries(value).filter(([, member]) => member !== undefined && member !== null);
  return `{${members.map(([name, member]) => writeMember(name, member, schema)).join(",")}}`;
}

function writeMember(name: string, value: unknown, { properties = {}, additionalProperties }: JsonSchema): string {
  const shown = name === "nextToken" && Object.hasOwn(properties, "nextCursor") ? "nextCursor" : name;
  const others = typeof additionalProperties === "object" ? additionalProperties : {};
  const schema = Object.hasOwn(properties, shown) ? (properties[shown] ?? {}) : others;
  return `${JSON.stringify(shown)}:${write(value, schema)}`;
}

/** Text that is not JSON, such as one that a quota cut off, is shown as a string. */
function embedded(text: string): string {
  return text.trim() !== "" && jsonFault(text) === undefined ? text : JSON.stringify(text);
}

/** Epoch seconds, as outputs have them, to the millisecond. */
function isoOf(seconds: number): string {
  return new Date(Math.round(seconds * 1000)).toISOString();
}

/** A member that must be text. */
export function textOf(output: Readonly<Record<string, unknown>>, member: string): string {
  const value: Json | undefined = memberOf(output as JsonObject, member);
  return typeof value === "string" ? value : "";
}
