/** Moments in queries. */
import { badRequest } from "./read-request.ts";

/** ISO 8601 with its offset: a moment, not a time of day somewhere. */
export function readInstant(query: ReadonlyMap<string, string>, name: string): number | undefined {
  const text = query.get(name);
  if (text === undefined) return undefined;
  const isInstant = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d)$/u.test(text);
  const at = isInstant ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(at)) throw badRequest(`'${name}' must be a moment such as 2026-01-31T12:00:00Z`);
  return at;
}
