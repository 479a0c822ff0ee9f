/**
 * Reads a request's body as a JSON object, whatever the caller sent.
 *
 * B1. The limit is in bytes and holds while reading: a body without a length is not read further than that.
 * B2. The nesting is bounded before anything walks the value.
 * B3. No text in it holds half a surrogate pair or U+0000: a database would keep another text than was sent.
 */
import type { Quotas } from "../runtime/quota-settings.ts";
import { exceedsDepth, isObject, type Json, type JsonObject } from "../asl/json.ts";

/** @see https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html (requests up to 1 MB; the rest is for JSON escapes) */
const MAX_BODY_BYTES: number = 1_048_576 + 262_144;

/** With room for what the quotas let a request hold: JSON within JSON grows by its escapes. */
export function maxBodyBytes({ PayloadBytes, DefinitionCharacters }: Quotas): number {
  return Math.max(MAX_BODY_BYTES, Math.ceil(DefinitionCharacters * 1.25), PayloadBytes * 2);
}

/** No request of the service nests deeper than a handful of levels. */
const MAX_DEPTH = 64;

export type BodyFault =
  | "too large"
  | "not UTF-8"
  | "not JSON"
  | "nested too deeply"
  | "not an object"
  | "holding half a surrogate pair or U+0000";

export type RequestBody =
  | { readonly ok: true; readonly value: JsonObject }
  | { readonly ok: false; readonly fault: BodyFault };

export async function readJsonObject(
  source: Request | Uint8Array,
  maxBytes: number,
  maxDepth: number = MAX_DEPTH,
): Promise<RequestBody> {
  const bytes = source instanceof Uint8Array ? source : await readBytes(source, maxBytes);
  if (bytes === undefined) return faulty("too large");
  const text = decodeUtf8(bytes);
  if (text === undefined) return faulty("not UTF-8");
  if (exceedsDepth(text, maxDepth)) return faulty("nested too deeply");
  const value = parseJson(text);
  if (value === undefined) return faulty("not JSON");
  if (!isObject(value)) return faulty("not an object");
  // Written out they cannot be there, and few texts have such escapes at all.
  if (SUSPECT.test(text) && !isStorable(withoutNames(value))) return faulty("holding half a surrogate pair or U+0000");
  return { ok: true, value };
}

const SUSPECT = /\\u(?:0000|d[89a-f])/iu;

/** Names and ARNs are refused in the words of their own rules. */
function withoutNames(value: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(value).filter(([member]) => !/^name$|Arn$/u.test(member)));
}

function isStorable(value: Json): boolean {
  if (typeof value === "string") return value.isWellFormed() && !value.includes("\0");
  if (typeof value !== "object" || value === null) return true;
  return Object.entries(value).every(([key, member]) => isStorable(key) && isStorable(member));
}

/** The body; undefined where it is larger. */
export async function readBytes(request: Request, maxBytes: number): Promise<Uint8Array<ArrayBuffer> | undefined> {
  if (Number(request.headers.get("content-length") ?? 0) > maxBytes) return undefined;
  if (request.body === null) return new Uint8Array();
  const chunks: Uint8Array[] = [];
  let size = 0;
  const reader: ReadableStreamDefaultReader<Uint8Array> = request.body.getReader();
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    size += read.value.byteLength;
    if (size > maxBytes) {
      await reader.cancel();
      return undefined;
    }
    chunks.push(read.value);
  }
  const bytes = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return bytes;
}

function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(bytes);
  } catch {
    return undefined;
  }
}

function parseJson(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

function faulty(fault: BodyFault): RequestBody {
  return { ok: false, fault };
}
