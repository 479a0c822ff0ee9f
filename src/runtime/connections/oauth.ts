/**
 * Access tokens by OAuth's client credentials.
 *
 * T1. A token is kept in the isolate's memory, never stored, and asked for anew a minute before it expires.
 * @see https://datatracker.ietf.org/doc/html/rfc6749#section-4.4
 */
import { readText } from "../outbound/body.ts";
import type { SendOutbound } from "../outbound/send.ts";
import { withinTime } from "../time-limit.ts";
import { base64 } from "./base64.ts";
import type { ConnectionShown, OpenConnection } from "./connection.ts";

type OAuthShown = Extract<ConnectionShown, { authorizationType: "OAUTH_CLIENT_CREDENTIALS" }>;

interface OAuthConnection extends OpenConnection {
  readonly shown: OAuthShown;
  readonly secret: string;
}

interface KeptToken {
  readonly accessToken: string;
  /** Epoch milliseconds. */
  readonly usableUntil: number;
}

/** By connection, as it was last changed. */
export type TokenMemory = Map<string, KeptToken>;

interface TokenHost {
  readonly send: SendOutbound;
  readonly tokens: TokenMemory;
  now(): number;
}

const MAX_ANSWER_BYTES = 65_536;
const TIMEOUT_MS = 15_000;
const MARGIN_SECONDS = 60;
/** Where the answer does not say how long a token lasts. */
const USUAL_SECONDS = 300;
const MAX_KEPT = 100;

/** The token to use now, or why there is none. */
export async function accessToken(
  connection: OAuthConnection,
  host: TokenHost,
  signal: AbortSignal,
): Promise<{ readonly accessToken: string } | { readonly fault: string }> {
  const { send, tokens } = host;
  const key = `${connection.name} ${connection.updatedAt}`;
  const kept = tokens.get(key);
  if (kept !== undefined && kept.usableUntil > host.now()) return kept;
  tokens.delete(key);
  const answer = await ask(connection, send, signal);
  if ("fault" in answer) return answer;
  const seconds = Math.max(answer.seconds - MARGIN_SECONDS, 0);
  const oldest = tokens.size < MAX_KEPT ? undefined : tokens.keys().next().value;
  if (oldest !== undefined) tokens.delete(oldest);
  tokens.set(key, { accessToken: answer.accessToken, usableUntil: host.now() + seconds * 1000 });
  return answer;
}

async function ask(
  { shown, secret }: OAuthConnection,
  send: SendOutbound,
  signal: AbortSignal,
): Promise<{ readonly accessToken: string; readonly seconds: number } | { readonly fault: string }> {
  const { authorizationEndpoint, clientId, scope } = shown;
  const credentials = base64(`${encodeURIComponent(clientId)}:${encodeURIComponent(secret)}`);
  const headers = { Authorization: `Basic ${credentials}`, Accept: "application/json" };
  const body = new URLSearchParams({ grant_type: "client_credentials", ...(scope !== undefined && { scope }) });
  try {
    return await withinTime(TIMEOUT_MS, async (limit) => {
      const init = { method: "POST", headers, body, signal: AbortSignal.any([signal, limit]) };
      const response = await send(authorizationEndpoint, init);
      const answer = await readText(response, MAX_ANSWER_BYTES);
      if (!response.ok) return { fault: `its authorization endpoint answered with status ${response.status}` };
      const token = answer.kind === "text" ? readToken(answer.text) : undefined;
      return token ?? { fault: "its authorization endpoint answered without an access token" };
    });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { fault: `its authorization endpoint could not be called: ${message}` };
  }
}

function readToken(text: string): { readonly accessToken: string; readonly seconds: number } | undefined {
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof answer !== "object" || answer === null || !("access_token" in answer)) return undefined;
  const token = answer.access_token;
  if (typeof token !== "string" || !/^[\x21-\x7e]+$/u.test(token)) return undefined;
  const seconds = "expires_in" in answer ? Number(answer.expires_in) : USUAL_SECONDS;
  return { accessToken: token, seconds: Number.isFinite(seconds) ? seconds : USUAL_SECONDS };
}
