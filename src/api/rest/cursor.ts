/** `limit` and `cursor` of the lists that the AWS API does not have. */
import { decodePageToken, encodePageToken, type PageKey } from "../../runtime/page-token.ts";
import { badRequest } from "./read-request.ts";
import type { QueryParameter } from "./route.ts";

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1000;

export const LIMIT: QueryParameter = {
  name: "limit",
  description: `At most so many items; 0 is the default, ${DEFAULT_LIMIT}`,
  schema: { type: "integer", minimum: 0, maximum: MAX_LIMIT },
};

export const CURSOR: QueryParameter = {
  name: "cursor",
  description: "The `nextCursor` of the page before, with the same other parameters",
  schema: { type: "string" },
};

export function readLimit(query: ReadonlyMap<string, string>): number {
  const text = query.get("limit") ?? "0";
  const limit = /^\d{1,4}$/u.test(text) ? Number(text) : -1;
  if (limit < 0 || limit > MAX_LIMIT) throw badRequest(`'limit' must be a whole number from 0 to ${MAX_LIMIT}`);
  return limit === 0 ? DEFAULT_LIMIT : limit;
}

/** The key after which the page begins, of a list that goes by one text; the first page begins after the empty text. */
export function readCursor(list: string, query: ReadonlyMap<string, string>): string {
  const [key] = readCursorKey([list], query) ?? [""];
  if (typeof key !== "string") throw notACursor();
  return key;
}

export function nextCursorOf(list: string, lastKey: string | undefined): { readonly nextCursor?: string } {
  return lastKey === undefined ? {} : { nextCursor: encodePageToken([list], [lastKey]) };
}

/** The position that the cursor holds; undefined: the list begins. */
export function readCursorKey(scope: PageKey, query: ReadonlyMap<string, string>): PageKey | undefined {
  const cursor = query.get("cursor");
  if (cursor === undefined) return undefined;
  const key = decodePageToken(scope, cursor);
  if (key === undefined) throw notACursor();
  return key;
}

export function notACursor(): Error {
  return badRequest("The query parameter 'cursor' is not a cursor of this list");
}
