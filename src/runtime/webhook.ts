/**
 * Webhooks, signed as Standard Webhooks has it.
 * @see https://www.standardwebhooks.com
 */
import type { Sealer } from "./sealing.ts";

const PREFIX = "whsec_";
/** What a secret may have, and what one that is made here has, in bytes. */
const LEAST_BYTES = 24;
const MOST_BYTES = 64;
const MADE_BYTES = 32;

export const SECRET_FORM: string = `'${PREFIX}' and the base64 of ${LEAST_BYTES} to ${MOST_BYTES} bytes`;

export interface WebhookMessage {
  readonly id: string;
  /** When it is sent, epoch milliseconds. */
  readonly at: number;
  readonly body: string;
}

/** A secret that nobody else has. */
export function newSecret(): string {
  return PREFIX + btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(MADE_BYTES))));
}

export function isSecret(text: string): boolean {
  const key = keyOf(text);
  return key !== undefined && key.length >= LEAST_BYTES && key.length <= MOST_BYTES;
}

/** Of what is stored: sealed, or plain by a Stepflare that did not seal yet. undefined: no key opens it. */
export function openSecret(sealer: Sealer, stored: string): string | undefined {
  return stored.startsWith(PREFIX) ? stored : sealer.open(stored, "webhook");
}

/** The headers by which the receiver knows whose message it is. */
export async function webhookHeaders(
  secret: string,
  { id, at, body }: WebhookMessage,
): Promise<Record<string, string>> {
  const raw = keyOf(secret);
  if (raw === undefined) throw new Error("Defect: a webhook's secret is none");
  const timestamp = String(Math.floor(at / 1000));
  const key = await crypto.subtle.importKey("raw", raw, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  const signed = new TextEncoder().encode(`${id}.${timestamp}.${body}`);
  const signature = new Uint8Array(await crypto.subtle.sign("HMAC", key, signed));
  return {
    "webhook-id": id,
    "webhook-timestamp": timestamp,
    "webhook-signature": `v1,${btoa(String.fromCharCode(...signature))}`,
  };
}

function keyOf(secret: string): Uint8Array<ArrayBuffer> | undefined {
  if (!secret.startsWith(PREFIX) || !/^[A-Za-z0-9+/]+={0,2}$/u.test(secret.slice(PREFIX.length))) return undefined;
  try {
    return Uint8Array.from(atob(secret.slice(PREFIX.length)), (x) => x.charCodeAt(0));
  } catch {
    // Of a length that base64 does not have.
    return undefined;
  }
}
