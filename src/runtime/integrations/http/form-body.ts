/**
 * A JSON object as `application/x-www-form-urlencoded`: members of objects as `a[b]=`, lists by the array format.
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/call-https-apis.html#url-encode-request-body
 */
import { isArray, isObject, type Json, type JsonObject } from "../../../asl/json.ts";

export const ARRAY_FORMATS = ["INDICES", "REPEAT", "COMMAS", "BRACKETS", "NONE"] as const;

/** `a[0]=1&a[1]=2`, `a=1&a=2`, `a=1,2`, `a[]=1&a[]=2`; NONE: as INDICES. */
export type ArrayFormat = (typeof ARRAY_FORMATS)[number];

export function formBody(body: JsonObject, format: ArrayFormat): string {
  return Object.entries(body)
    .flatMap(([name, value]) => fields(name, value, format))
    .map(([name, value]) => `${encoded(name)}=${value}`)
    .join("&");
}

/** The values are encoded already. */
function fields(name: string, value: Json, format: ArrayFormat): readonly (readonly [string, string])[] {
  if (isArray(value)) {
    if (format === "COMMAS") return [[name, value.map((item) => encoded(scalarText(item))).join(",")]];
    const nameAt = { INDICES: (i: number) => `${name}[${i}]`, REPEAT: () => name, BRACKETS: () => `${name}[]` };
    const at = nameAt[format === "NONE" ? "INDICES" : format];
    return value.flatMap((item, i) => fields(at(i), item, format));
  }
  if (isObject(value)) {
    return Object.entries(value).flatMap(([member, inner]) => fields(`${name}[${member}]`, inner, format));
  }
  return [[name, encoded(scalarText(value))]];
}

/** null: nothing. */
export function scalarText(value: Json): string {
  if (value === null) return "";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

function encoded(text: string): string {
  return new URLSearchParams([["", text]]).toString().slice(1);
}
