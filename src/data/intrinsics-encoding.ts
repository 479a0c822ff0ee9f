/**
 * Intrinsic functions that encode and hash texts, as UTF-8.
 * @see https://states-language.net/spec.html#intrinsic-functions
 */
import { md5, sha1 } from "@noble/hashes/legacy.js";
import { sha256, sha384, sha512 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import { base64, utf8 } from "@scure/base";
import type { Json } from "../asl/json.ts";
import type { Arguments } from "./intrinsic-arguments.ts";

const MAX_LENGTH = 10_000;

/** States.Base64Encode */
export function base64Encode(given: Arguments): Json {
  return base64.encode(bytesOf(limited(given.string(0), given)));
}

/**
 * States.Base64Decode, as leniently as AWS was seen to: foreign characters are skipped, padding may be missing and
 * ends the data, and bytes that are not UTF-8 become U+FFFD.
 */
export function base64Decode(given: Arguments): Json {
  return decodeUtf8(base64Bytes(limited(given.string(0), given)));
}

/** States.Hash, in hexadecimal. What is not a string is hashed as JSON. */
export function hash(given: Arguments): Json {
  const data = given.at(0);
  const text = limited(typeof data === "string" ? data : JSON.stringify(data), given);
  const digest = digestText(text, given.string(1));
  if (digest === undefined) {
    throw given.failure("the second argument must be MD5, SHA-1, SHA-256, SHA-384 or SHA-512");
  }
  return digest;
}

/** In hexadecimal; undefined where the algorithm is not known. */
export function digestText(text: string, algorithm: string): string | undefined {
  const digest = digestOf(algorithm);
  return digest && bytesToHex(digest(bytesOf(text)));
}

/** In hexadecimal. */
export function md5Of(text: string): string {
  return bytesToHex(md5(bytesOf(text)));
}

function digestOf(algorithm: string): ((bytes: Uint8Array) => Uint8Array) | undefined {
  switch (algorithm) {
    case "MD5":
      return md5;
    case "SHA-1":
      return sha1;
    case "SHA-256":
      return sha256;
    case "SHA-384":
      return sha384;
    case "SHA-512":
      return sha512;
    default:
      return undefined;
  }
}

function limited(text: string, given: Arguments): string {
  if (text.length > MAX_LENGTH) throw given.failure(`the data may have at most ${MAX_LENGTH} characters`);
  return text;
}

function bytesOf(text: string): Uint8Array {
  return utf8.decode(text.toWellFormed());
}

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

function base64Bytes(text: string): readonly number[] {
  const bytes: number[] = [];
  let bits = 0;
  let size = 0;
  for (const character of text.replaceAll("-", "+").replaceAll("_", "/")) {
    if (character === "=") break;
    const value = ALPHABET.indexOf(character);
    if (value < 0) continue;
    bits = ((bits << 6) | value) & 0xfff;
    size += 6;
    if (size < 8) continue;
    size -= 8;
    bytes.push((bits >> size) & 0xff);
  }
  return bytes;
}

const REPLACEMENT = 0xfffd;

/** @see https://encoding.spec.whatwg.org/#utf-8-decoder */
function decodeUtf8(bytes: readonly number[]): string {
  const codePoints: number[] = [];
  let codePoint = 0;
  let needed = 0;
  let lower = 0x80;
  let upper = 0xbf;
  for (const byte of bytes) {
    if (needed > 0 && byte >= lower && byte <= upper) {
      codePoint = (codePoint << 6) | (byte & 0x3f);
      needed -= 1;
      if (needed === 0) codePoints.push(codePoint);
      lower = 0x80;
      upper = 0xbf;
      continue;
    }
    if (needed > 0) codePoints.push(REPLACEMENT);
    needed = followers(byte);
    if (needed === 0) codePoints.push(byte < 0x80 ? byte : REPLACEMENT);
    codePoint = byte & (0x3f >> needed);
    // Overlong forms, surrogates and numbers beyond Unicode are cut off at the second byte.
    lower = byte === 0xe0 ? 0xa0 : byte === 0xf0 ? 0x90 : 0x80;
    upper = byte === 0xed ? 0x9f : byte === 0xf4 ? 0x8f : 0xbf;
  }
  if (needed > 0) codePoints.push(REPLACEMENT);
  return codePoints.map((x) => String.fromCodePoint(x)).join("");
}

/** How many bytes follow a first byte. */
function followers(byte: number): number {
  if (byte >= 0xc2 && byte <= 0xdf) return 1;
  if (byte >= 0xe0 && byte <= 0xef) return 2;
  return byte >= 0xf0 && byte <= 0xf4 ? 3 : 0;
}
