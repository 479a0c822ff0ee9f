/** What Workers and platforms answer, as the JSON of a task's result: dates in ISO 8601, bytes in base64. */
import { base64 } from "@scure/base";
import type { Json } from "../../../asl/json.ts";
import { CloudflareFault } from "./bindings.ts";

const MAX_DEPTH = 100;

/** Throws a CloudflareFault where there is something in it that JSON cannot hold. */
export function jsonOf(value: unknown, depth = 0): Json {
  if (depth > MAX_DEPTH) throw new CloudflareFault("InvalidResult", `The result is nested deeper than ${MAX_DEPTH}.`);
  switch (typeof value) {
    case "string":
    case "boolean":
      return value;
    case "number":
      return Number.isFinite(value) ? value : null;
    case "bigint":
      return value.toString();
    case "undefined":
      return null;
    case "object":
      return value === null ? null : jsonOfObject(value, depth + 1);
    default:
      throw unfit(typeof value);
  }
}

function jsonOfObject(value: object, depth: number): Json {
  if (Array.isArray(value)) return value.map((item) => jsonOf(item, depth));
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (value instanceof ArrayBuffer) return base64.encode(new Uint8Array(value));
  if (ArrayBuffer.isView(value)) return base64.encode(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
  if (value instanceof Map)
    return members(
      [...value].map(([name, member]) => [String(name), member]),
      depth,
    );
  if (value instanceof Set) return [...value].map((item) => jsonOf(item, depth));
  if (value instanceof Error) return { name: value.name, message: value.message };
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== null && prototype !== Object.prototype) throw unfit(value.constructor.name);
  return members(Object.entries(value), depth);
}

/** Members without a value are left out, as JSON.stringify does. */
function members(entries: readonly (readonly [string, unknown])[], depth: number): Json {
  const defined = entries.filter(([, member]) => member !== undefined);
  return Object.fromEntries(defined.map(([name, member]) => [name, jsonOf(member, depth)]));
}

function unfit(what: string): CloudflareFault {
  return new CloudflareFault("InvalidResult", `The result holds a ${what}, which JSON has no place for.`);
}
