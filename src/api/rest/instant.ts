/** Moments in queries and bodies. */
import { badRequest } from "./read-request.ts";

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d)$/u;

/** Epoch milliseconds. ISO 8601 with its offset: a moment, not a time of day somewhere; undefined: it is none. */
export function instantOf(text: string): number | undefined {
  const at = INSTANT.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? undefined : at;
}

export function readInstant(query: ReadonlyMap<string, string>, name: string): number | undefined {
  const text = query.get(name);
  if (text === undefined) return undefined;
  const at = instantOf(text);
  if (at === undefined) throw badRequest(`'${name}' must be a moment such as 2026-01-31T12:00:00Z`);
  return at;
}
