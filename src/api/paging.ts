/** Pages of the lists that go by one key. */
import { decodePageToken, encodePageToken } from "../runtime/page-token.ts";
import { ApiError } from "./api-error.ts";

const DEFAULT_PAGE_SIZE = 100;

/** `maxResults` 0 means the default. */
export function pageSize(maxResults: number | undefined): number {
  return maxResults === undefined || maxResults === 0 ? DEFAULT_PAGE_SIZE : maxResults;
}

/** The key after which the page begins; the first page begins after the empty text. */
export function readNextToken(list: string, nextToken: string | undefined): string {
  if (nextToken === undefined) return "";
  const key = decodePageToken([list], nextToken)?.[0];
  if (typeof key !== "string") throw invalidToken();
  return key;
}

export function nextTokenOf(list: string, lastKey: string | undefined): { readonly nextToken?: string } {
  return lastKey === undefined ? {} : { nextToken: encodePageToken([list], [lastKey]) };
}

/** Of page tokens and task tokens alike. */
export function invalidToken(): ApiError {
  return new ApiError("InvalidToken", "Invalid Token: 'Invalid token'");
}
