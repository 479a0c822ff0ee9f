/** Contents of KV's values and R2's objects in parameters and results: a text, JSON, or bytes in base64. */
import { base64 } from "@scure/base";
import type { Json } from "../../../asl/json.ts";
import { jsonFault } from "../../../asl/json-syntax.ts";
import { readText } from "../../outbound/body.ts";
import { ParameterFault } from "../parameters.ts";
import { CloudflareFault } from "./bindings.ts";

const TYPES = ["text", "json", "base64"] as const;
type ContentType = (typeof TYPES)[number];

export function contentTypeOf(given = "text"): ContentType {
  const type = TYPES.find((known) => known === given);
  if (type === undefined) throw ParameterFault.ofFormat("Type");
  return type;
}

/** What is written: a text as it is, unless it is JSON's or base64's; everything else as its JSON. */
export function writtenContent(value: Json, type: ContentType, field: string): string | Uint8Array {
  if (typeof value !== "string" || type === "json") return JSON.stringify(value);
  if (type === "text") return value;
  try {
    return base64.decode(value);
  } catch {
    throw ParameterFault.ofFormat(field);
  }
}

/** What is read, as far as a result has room for it; what is larger is as large a text, which fails for its size. */
export async function readContent(body: ReadableStream, type: ContentType, maxBytes: number): Promise<Json> {
  if (type === "base64") return readBase64(body, maxBytes);
  const read = await readText(new Response(body), maxBytes);
  if (read.kind === "too large") return tooLarge(maxBytes);
  if (read.kind === "not text") throw new CloudflareFault("NotText", "The content is not UTF-8: read it as base64.");
  if (type === "text") return read.text;
  const fault = jsonFault(read.text)?.message;
  if (fault === undefined) return JSON.parse(read.text) as Json;
  throw new CloudflareFault("NotJson", `The content is not JSON: ${fault}`);
}

export async function readBase64(body: ReadableStream, maxBytes: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body as ReadableStream<Uint8Array>) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes) return tooLarge(maxBytes);
    chunks.push(chunk);
  }
  return base64.encode(joined(chunks, bytes));
}

function joined(chunks: readonly Uint8Array[], bytes: number): Uint8Array {
  const whole = new Uint8Array(bytes);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.byteLength;
  }
  return whole;
}

/** The engine tells as AWS does that a result is too large, and looks at its size alone. */
function tooLarge(maxBytes: number): string {
  return " ".repeat(maxBytes);
}
