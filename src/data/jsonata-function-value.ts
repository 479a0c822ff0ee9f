/**
 * What JSONata takes for a function: an object with a certain member. Data may have such a member too.
 *
 * F1. Data that passes for a function is refused as soon as an expression touches it. The library would run what it holds as
 *     code, of which nothing has been read, replaced or counted.
 * F2. A function that the library made holds a function of the platform, which no data does; and the library refuses to
 *     make an object with such a member.
 */
import { jsonataError } from "./jsonata-error.ts";

interface Marked {
  readonly _jsonata_function?: unknown;
  readonly _jsonata_lambda?: unknown;
  readonly implementation?: unknown;
  readonly environment?: { readonly lookup?: unknown } | null;
}

/** Whether the value is a function. @throws JSONata's D1013 for data that passes for one */
export function isFunctionValue(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return typeof value === "function";
  const { _jsonata_function, _jsonata_lambda, implementation, environment } = value as Marked;
  if (_jsonata_function !== true && _jsonata_lambda !== true) return false;
  if (typeof implementation === "function" || typeof environment?.lookup === "function") return true;
  const member = _jsonata_lambda === true ? "_jsonata_lambda" : "_jsonata_function";
  throw jsonataError(
    "D1013",
    `Object property names starting with _jsonata_ are reserved for internal use: "${member}"`,
  );
}
