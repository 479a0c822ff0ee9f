/**
 * Sends signed requests, as AWS's SDK does.
 *
 * W1. What was refused for its rate, or failed in the service or on the way, is sent again, twice at most.
 * W2. No more is read of an answer than a result may have, and what markup is around it.
 */
import { readText } from "../../outbound/body.ts";
import type { SendOutbound } from "../../outbound/send.ts";
import type { Endpoint } from "./endpoint.ts";
import type { WireAnswer } from "./answer.ts";
import type { WireRequest } from "./request.ts";
import type { AwsCredentials } from "./settings.ts";
import { signRequest } from "./sign.ts";

export interface AwsDoor {
  readonly credentials: AwsCredentials;
  readonly send: SendOutbound;
  sleep(milliseconds: number): Promise<void>;
}

export type SentRequest =
  | { readonly kind: "answered"; readonly answer: WireAnswer; readonly attempts: number }
  /** It exceeds what a result may have. */
  | { readonly kind: "too large" }
  /** Nothing came; why. */
  | { readonly kind: "unreachable"; readonly message: string };

/** Pauses before the second and the third attempt, milliseconds. */
const PAUSES: readonly number[] = [100, 400];

const TRANSIENT: ReadonlySet<number> = new Set([429, 500, 502, 503, 504]);
const THROTTLED =
  /Throttl|TooManyRequests|RequestLimitExceeded|SlowDown|ProvisionedThroughputExceeded|RequestThrottled/u;

export async function sendToAws(
  door: AwsDoor,
  endpoint: Endpoint,
  request: WireRequest,
  maxPayloadBytes: number,
  signal: AbortSignal,
): Promise<SentRequest> {
  let sent = await attempt(door, endpoint, request, maxPayloadBytes, signal, 1);
  for (const [index, pause] of PAUSES.entries()) {
    if (!isWorthRepeating(sent) || signal.aborted) break;
    await door.sleep(pause);
    sent = await attempt(door, endpoint, request, maxPayloadBytes, signal, index + 2);
  }
  return sent;
}

function isWorthRepeating(sent: SentRequest): boolean {
  if (sent.kind !== "answered") return sent.kind === "unreachable";
  const { status, headers, text } = sent.answer;
  if (status < 400) return false;
  return TRANSIENT.has(status) || THROTTLED.test(headers.get("x-amzn-errortype") ?? "") || THROTTLED.test(text);
}

async function attempt(
  { credentials, send }: AwsDoor,
  endpoint: Endpoint,
  request: WireRequest,
  maxPayloadBytes: number,
  signal: AbortSignal,
  attempts: number,
): Promise<SentRequest> {
  const { method, url, headers, body } = await signRequest(credentials, endpoint, request);
  try {
    const response = await send(url, { method, headers, signal, ...(body !== undefined && { body }) });
    const read = await readText(response, maxPayloadBytes * MARKUP + SMALL_BYTES);
    if (read.kind === "too large") return { kind: "too large" };
    const text = read.kind === "text" ? read.text : read.shown;
    return { kind: "answered", answer: { status: response.status, headers: response.headers, text }, attempts };
  } catch (error) {
    return { kind: "unreachable", message: error instanceof Error ? error.message : String(error) };
  }
}

/** How many times as long an XML is as the JSON of what it says, at the most; and what an error may have. */
const MARKUP = 4;
const SMALL_BYTES = 65_536;
