/**
 * AWS Signature Version 4, as a header: what a request says of its signature, and whether that is right.
 *
 * S1. What is signed is what is acted upon: the host, every `x-amz-*` header that came, and the bytes of the body.
 * S2. The last step is WebCrypto's `verify`, which takes the same time however much of a signature is right.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
import { bytesToHex } from "@noble/hashes/utils.js";

/** A request as its signer saw it. */
export interface SignedRequest {
  readonly method: string;
  /** As it stands in the request line, without the query. */
  readonly path: string;
  /** Without the question mark. */
  readonly query: string;
  /** In the order in which they came, names in lower case. */
  readonly headers: readonly (readonly [name: string, value: string])[];
}

/** What the headers say. */
export interface Signature {
  readonly accessKeyId: string;
  /** `20261231`. */
  readonly date: string;
  readonly region: string;
  readonly service: string;
  /** Names in lower case, sorted, each once. */
  readonly signedHeaders: readonly string[];
  /** 64 hexadecimal digits. */
  readonly signature: string;
  /** X-Amz-Date: `20261231T235959Z`. */
  readonly moment: string;
}

const ALGORITHM = "AWS4-HMAC-SHA256";

/** The key that signs a day's requests to a service. */
export async function signingKey(secret: string, { date, region, service }: Signature): Promise<CryptoKey> {
  let key = await hmacKey(encode(`AWS4${secret}`));
  for (const part of [date, region, service, "aws4_request"]) key = await hmacKey(await sign(key, part));
  return key;
}

/** @param bodyHash SHA-256 of the body's bytes, hexadecimal */
export async function isSignedWith(
  key: CryptoKey,
  signature: Signature,
  request: SignedRequest,
  bodyHash: string,
): Promise<boolean> {
  const canonical = canonicalRequest(request, signature.signedHeaders, bodyHash);
  if (canonical === undefined) return false;
  const { moment, date, region, service } = signature;
  const scope = `${date}/${region}/${service}/aws4_request`;
  const text = [ALGORITHM, moment, scope, await sha256Hex(encode(canonical))].join("\n");
  return crypto.subtle.verify("HMAC", key, decodeHex(signature.signature), encode(text));
}

/** Whether the signature covers what it must: the host, and each header that AWS gives a meaning. */
export function coversEnough(signedHeaders: readonly string[], request: SignedRequest): boolean {
  const needed = request.headers.map(([name]) => name).filter((name) => name.startsWith("x-amz-"));
  return ["host", ...needed].every((name) => signedHeaders.includes(name));
}

/** undefined: a signed header is not there, or the query is malformed. */
export function canonicalRequest(
  { method, path, query, headers }: SignedRequest,
  signedHeaders: readonly string[],
  bodyHash: string,
): string | undefined {
  const lines: string[] = [];
  for (const name of signedHeaders) {
    const values = headers
      .filter(([other]) => other === name)
      .map(([, value]) => value.replaceAll(/ +/gu, " ").replaceAll(/^ | $/gu, ""));
    if (values.length === 0) return undefined;
    lines.push(`${name}:${values.join(",")}`);
  }
  const canonicalQuery = sortedQuery(query);
  if (canonicalQuery === undefined) return undefined;
  const names = signedHeaders.join(";");
  return [method, canonicalPath(path), canonicalQuery, ...lines, "", names, bodyHash].join("\n");
}

export async function sha256Hex(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return bytesToHex(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)));
}

/** Without empty and dot segments, and encoded once more than it came. */
function canonicalPath(path: string): string {
  const segments: string[] = [];
  for (const segment of path.split("/")) {
    if (segment === "..") segments.pop();
    else if (segment !== "" && segment !== ".") segments.push(uriEncode(segment));
  }
  const end = segments.length > 0 && path.endsWith("/") ? "/" : "";
  return `/${segments.join("/")}${end}`;
}

function sortedQuery(query: string): string | undefined {
  if (query === "") return "";
  const pairs: [string, string][] = [];
  for (const item of query.split("&")) {
    const [name = "", ...value] = item.split("=");
    const decoded = [name, value.join("=")].map(decodePercents);
    if (decoded[0] === undefined || decoded[1] === undefined) return undefined;
    pairs.push([uriEncode(decoded[0]), uriEncode(decoded[1])]);
  }
  const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
  pairs.sort(([a, x], [b, y]) => compare(a, b) || compare(x, y));
  return pairs.map(([name, value]) => `${name}=${value}`).join("&");
}

function decodePercents(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/** RFC 3986: everything but letters, digits and `-._~`. */
function uriEncode(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/gu,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function hmacKey(bytes: Uint8Array<ArrayBuffer>): Promise<CryptoKey> {
  return crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, ["sign", "verify"]);
}

async function sign(key: CryptoKey, text: string): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await crypto.subtle.sign("HMAC", key, encode(text)));
}

function encode(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text) as Uint8Array<ArrayBuffer>;
}

function decodeHex(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text.match(/../gu) ?? [], (byte) => Number.parseInt(byte, 16));
}
