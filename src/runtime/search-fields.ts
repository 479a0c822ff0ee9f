/**
 * Search fields: names for places in an execution's input or output, by whose values it can be found.
 *
 * F1. An execution keeps the fields that its state machine had when it was started.
 * F2. A value is found as text: a string itself, a number or a boolean as JSON writes it. Anything else, and a text that is
 *     too long, is not written.
 * F3. Each value is one row in D1, written once.
 */
import type { Json } from "../asl/json.ts";
import { parseReferencePath, type JsonPath } from "../asl/json-path.ts";
import { MAX_STEPS } from "../data/effort.ts";
import { evaluatePath } from "../data/json-path.ts";
import type { Payload } from "../data/payload.ts";

/** By name: a path such as `$.input.customer.id` or `$.output.total`. */
export type SearchFields = Readonly<Record<string, string>>;

export interface FieldValue {
  readonly name: string;
  readonly value: string;
}

export const MAX_FIELDS = 10;
export const MAX_VALUE_CHARACTERS = 256;
const MAX_PATH_CHARACTERS = 256;

/** The path of a field; undefined: it is none. */
export function fieldPath(text: string): JsonPath | undefined {
  const path = text.length > MAX_PATH_CHARACTERS ? undefined : parseReferencePath(text);
  const [first] = path?.segments ?? [];
  return first?.kind === "member" && (first.name === "input" || first.name === "output") ? path : undefined;
}

/** Where in the input or the output a field's value lies. */
export function fieldSegments(text: string): readonly (string | number)[] {
  const [, ...segments] = fieldPath(text)?.segments ?? [];
  return segments.flatMap((x): readonly (string | number)[] =>
    x.kind === "member" ? [x.name] : x.kind === "index" ? [x.index] : [],
  );
}

/** The chosen fields, of their stored text. */
export function searchFieldsOf(stored: string | null | undefined): SearchFields {
  return stored === null || stored === undefined ? {} : (JSON.parse(stored) as SearchFields);
}

/** @param output absent while there is none */
export function fieldValues(fields: SearchFields, input: Payload, output: Payload | undefined): readonly FieldValue[] {
  const data: Json = { input: input.value, ...(output !== undefined && { output: output.value }) };
  const scope = { input: data, context: null, variable: () => undefined, effort: { steps: MAX_STEPS } };
  return Object.entries(fields).flatMap(([name, text]) => {
    const path = fieldPath(text);
    const value = path && textOf(evaluatePath(path, scope));
    return value === undefined || value.length > MAX_VALUE_CHARACTERS ? [] : [{ name, value }];
  });
}

function textOf(value: Json | undefined): string | undefined {
  if (typeof value === "string") return value;
  return typeof value === "number" || typeof value === "boolean" ? JSON.stringify(value) : undefined;
}
