/**
 * Page tokens: the last key seen, opaque to the caller.
 *
 * T1. A token names the list and the filter it was made for; used with another one it is not a token at all.
 * T2. It holds a position, not a page: rows that come and go between two pages neither shift nor repeat the rest.
 * T3. One that was changed on its way is no token: it ends with a checksum.
 */

import { crc32Base64 } from "./objects/crc32.ts";

/** A position in a list: the values of its sort key. */
export type PageKey = readonly (string | number)[];

const SUM_CHARACTERS = 6;

/** `scope`: which list, with which filters. */
export function encodePageToken(scope: PageKey, key: PageKey): string {
  const bytes = new TextEncoder().encode(JSON.stringify([scope, key]));
  const text = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
  return inUrl(text) + inUrl(crc32Base64(bytes));
}

function inUrl(base64: string): string {
  return base64.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** The key, or undefined where the token is not one of this list's. */
export function decodePageToken(scope: PageKey, token: string): PageKey | undefined {
  const value = decodeJson(token);
  if (!Array.isArray(value) || value.length !== 2 || !isPageKey(value[0]) || !isPageKey(value[1])) return undefined;
  return encodePageToken(scope, value[1]) === token ? value[1] : undefined;
}

function decodeJson(token: string): unknown {
  if (!/^[A-Za-z0-9_-]+$/u.test(token)) return undefined;
  try {
    const text = atob(token.slice(0, -SUM_CHARACTERS).replaceAll("-", "+").replaceAll("_", "/"));
    const bytes = Uint8Array.from(text, (character) => character.charCodeAt(0));
    return JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch {
    return undefined;
  }
}

function isPageKey(value: unknown): value is PageKey {
  return (
    Array.isArray(value) && value.every((x) => typeof x === "string" || (typeof x === "number" && Number.isFinite(x)))
  );
}
