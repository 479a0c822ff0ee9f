/** The parameters that an action takes, and what Step Functions says of others. */
import { isArray, isObject, memberOf, type Json, type JsonObject } from "../../asl/json.ts";

/** `ANY` is made a text by an optimized integration; `STRING` must be one. */
type FieldType = "STRING" | "INTEGER" | "OBJECT" | "LIST" | "ANY";

export type ActionFields = Readonly<Record<string, FieldType>>;

/**
 * What is wrong, for `unusableParameters`; undefined: nothing. Whether what is needed is there, is for the service to say.
 * @param by who does not take others: Stepflare, where AWS has more of them
 */
export function fieldFault(
  parameters: JsonObject,
  fields: ActionFields,
  by: "Step Functions" | "Stepflare" = "Step Functions",
): string | undefined {
  for (const [name, value] of Object.entries(parameters)) {
    const type = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (type === undefined) return `The field '${name}' is not supported by ${by}`;
    if (value !== null && !IS[type](value)) return `The value for the field '${name}' must be a ${type}`;
  }
  return undefined;
}

const IS: Readonly<Record<FieldType, (value: Json) => boolean>> = {
  STRING: (value) => typeof value === "string",
  INTEGER: (value) => Number.isInteger(value),
  OBJECT: isObject,
  LIST: isArray,
  ANY: () => true,
};

/** A text; undefined where it is absent, null or something else. */
export function textIn(parameters: JsonObject, name: string): string | undefined {
  const value = memberOf(parameters, name);
  return typeof value === "string" ? value : undefined;
}

/** A text as it is, anything else as its JSON text; undefined where it is absent or null. */
export function jsonTextIn(parameters: JsonObject, name: string): string | undefined {
  const value = memberOf(parameters, name) ?? null;
  return typeof value === "string" || value === null ? (value ?? undefined) : JSON.stringify(value);
}
