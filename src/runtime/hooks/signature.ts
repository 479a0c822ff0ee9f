/**
 * Signatures of webhooks that come in, all HMAC-SHA256, in the forms that senders have.
 *
 * G1. The signature is checked by the platform's own comparison, which takes as long for a wrong one as for the right one.
 * G2. Where the form signs a moment, it may be so far from now as the hook says, and no further: a request that somebody
 *     recorded is of no use later.
 */

export type SignatureScheme =
  /** `X-Hub-Signature-256: sha256=<hex of the body>`. @see https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries */
  | { readonly scheme: "github" }
  /** `Stripe-Signature: t=<seconds>,v1=<hex of t.body>`. @see https://docs.stripe.com/webhooks#verify-manually */
  | { readonly scheme: "stripe"; readonly toleranceSeconds: number }
  /** @see https://www.standardwebhooks.com */
  | { readonly scheme: "standard-webhooks"; readonly toleranceSeconds: number }
  /** Of the body, in a header of its own. */
  | {
      readonly scheme: "hmac-sha256";
      readonly header: string;
      readonly encoding: "hex" | "base64";
      readonly prefix: string;
    };

export const SCHEMES: readonly SignatureScheme["scheme"][] = ["github", "stripe", "standard-webhooks", "hmac-sha256"];

export interface SignedRequest {
  readonly headers: Headers;
  readonly body: Uint8Array<ArrayBuffer>;
}

export type SignatureVerdict =
  /** What it is known by, of what was signed; undefined: nothing is. */
  { readonly ok: true; readonly id: string | undefined } | { readonly ok: false; readonly fault: string };

const STANDARD_PREFIX = "whsec_";

/** @param now epoch milliseconds */
export async function checkSignature(
  scheme: SignatureScheme,
  secret: string,
  request: SignedRequest,
  now: number,
): Promise<SignatureVerdict> {
  switch (scheme.scheme) {
    case "github":
      return ofHeader(secret, request, { header: "x-hub-signature-256", encoding: "hex", prefix: "sha256=" });
    case "hmac-sha256":
      return ofHeader(secret, request, scheme);
    case "stripe":
      return ofStripe(secret, request, scheme.toleranceSeconds, now);
    case "standard-webhooks":
      return ofStandard(secret, request, scheme.toleranceSeconds, now);
  }
}

/** Why the secret cannot be one for that form; undefined: it can. */
export function secretFault({ scheme }: SignatureScheme, secret: string): string | undefined {
  if (scheme === "standard-webhooks" && standardKey(secret) === undefined)
    return `must be '${STANDARD_PREFIX}' and base64`;
  return secret.length >= 16 && secret.length <= 512 ? undefined : "must have 16 to 512 characters";
}

async function ofHeader(
  secret: string,
  { headers, body }: SignedRequest,
  {
    header,
    encoding,
    prefix,
  }: { readonly header: string; readonly encoding: "hex" | "base64"; readonly prefix: string },
): Promise<SignatureVerdict> {
  const given = headers.get(header);
  if (given === null) return missing(header);
  const signature = given.startsWith(prefix) ? decode(given.slice(prefix.length), encoding) : undefined;
  return (await isSigned(utf8(secret), signature, body)) ? { ok: true, id: undefined } : WRONG;
}

async function ofStripe(
  secret: string,
  { headers, body }: SignedRequest,
  toleranceSeconds: number,
  now: number,
): Promise<SignatureVerdict> {
  const given = headers.get("stripe-signature");
  if (given === null) return missing("stripe-signature");
  const parts = given.split(",").map((part) => part.trim().split("=") as [string, string?]);
  const timestamp = parts.find(([name]) => name === "t")?.[1] ?? "";
  const signatures = parts.filter(([name]) => name === "v1").map(([, value = ""]) => decode(value, "hex"));
  const late = timeFault(timestamp, toleranceSeconds, now);
  if (late !== undefined) return late;
  const signed = joined(utf8(`${timestamp}.`), body);
  return (await isSignedByOne(utf8(secret), signatures, signed)) ? { ok: true, id: undefined } : WRONG;
}

async function ofStandard(
  secret: string,
  { headers, body }: SignedRequest,
  toleranceSeconds: number,
  now: number,
): Promise<SignatureVerdict> {
  const id = headers.get("webhook-id");
  if (id === null || id === "") return missing("webhook-id");
  const timestamp = headers.get("webhook-timestamp") ?? "";
  const late = timeFault(timestamp, toleranceSeconds, now);
  if (late !== undefined) return late;
  const given = headers.get("webhook-signature");
  if (given === null) return missing("webhook-signature");
  const key = standardKey(secret);
  const signatures = given
    .split(" ")
    .filter((part) => part.startsWith("v1,"))
    .map((part) => decode(part.slice(3), "base64"));
  const signed = joined(utf8(`${id}.${timestamp}.`), body);
  return key !== undefined && (await isSignedByOne(key, signatures, signed)) ? { ok: true, id } : WRONG;
}

const WRONG: SignatureVerdict = { ok: false, fault: "The signature is not that of this body" };

function missing(header: string): SignatureVerdict {
  return { ok: false, fault: `The header '${header}' is missing` };
}

function timeFault(text: string, toleranceSeconds: number, now: number): SignatureVerdict | undefined {
  if (!/^\d{1,12}$/u.test(text)) return { ok: false, fault: "The signature has no timestamp" };
  const apart = Math.abs(now / 1000 - Number(text));
  return apart <= toleranceSeconds ? undefined : { ok: false, fault: "The signature's timestamp is too far from now" };
}

/** A sender that changes its secret signs with both for a while. */
const MAX_SIGNATURES = 5;

async function isSignedByOne(
  key: Uint8Array<ArrayBuffer>,
  signatures: readonly (Uint8Array<ArrayBuffer> | undefined)[],
  signed: Uint8Array<ArrayBuffer>,
): Promise<boolean> {
  for (const signature of signatures.slice(0, MAX_SIGNATURES)) {
    if (await isSigned(key, signature, signed)) return true;
  }
  return false;
}

async function isSigned(
  raw: Uint8Array<ArrayBuffer>,
  signature: Uint8Array<ArrayBuffer> | undefined,
  signed: Uint8Array<ArrayBuffer>,
): Promise<boolean> {
  if (signature === undefined) return false;
  const key = await crypto.subtle.importKey("raw", raw, { name: "HMAC", hash: "SHA-256" }, false, ["verify"]);
  return crypto.subtle.verify("HMAC", key, signature, signed);
}

function standardKey(secret: string): Uint8Array<ArrayBuffer> | undefined {
  return secret.startsWith(STANDARD_PREFIX) ? decode(secret.slice(STANDARD_PREFIX.length), "base64") : undefined;
}

function utf8(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text) as Uint8Array<ArrayBuffer>;
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}

/** undefined: it is not that, or nothing. */
function decode(text: string, encoding: "hex" | "base64"): Uint8Array<ArrayBuffer> | undefined {
  if (text === "") return undefined;
  if (encoding === "hex") {
    if (!/^(?:[\da-f]{2})+$/iu.test(text)) return undefined;
    return Uint8Array.from(text.match(/../gu) ?? [], (pair) => Number.parseInt(pair, 16));
  }
  try {
    return Uint8Array.from(atob(text), (x) => x.charCodeAt(0));
  } catch {
    // Characters or a length that base64 does not have.
    return undefined;
  }
}
