/**
 * What a connection adds to a request: headers, made when the request leaves, after the execution has recorded it.
 *
 * A1. What cannot be authorized is not sent: the task fails, with a name of its own for what is missing.
 * A2. What the other side answers is shown without the secrets that went there: whoever echoes them gives them to no history.
 */
import type { SendOutbound } from "../outbound/send.ts";
import { base64 } from "./base64.ts";
import type { OpenConnection } from "./connection.ts";
import { accessToken, type TokenMemory } from "./oauth.ts";

export interface Authorization {
  readonly headers: Readonly<Record<string, string>>;
  /** The text without the secrets. */
  readonly conceal: (text: string) => string;
}

/** For that connection. */
export type Authorize = (connection: string, signal: AbortSignal) => Promise<Authorization | UnusableConnection>;

/** The task's failure. */
export interface UnusableConnection {
  readonly error: string;
  readonly cause: string;
}

export const NOTHING_ADDED: Authorization = { headers: {}, conceal: (text) => text };

export interface AuthorizeHost {
  findConnection(name: string): Promise<OpenConnection | undefined>;
  readonly send: SendOutbound;
  readonly tokens: TokenMemory;
  now(): number;
}

export function authorizeBy(host: AuthorizeHost): Authorize {
  return async (name, signal) => {
    const connection = await host.findConnection(name);
    if (connection === undefined) {
      return { error: "Events.ConnectionResource.NotFound", cause: `There is no connection '${name}'.` };
    }
    const { secret, shown } = connection;
    if (secret === undefined) return invalid(name, "its secret was sealed by a key that SECRET_KEYS does not hold");
    switch (shown.authorizationType) {
      case "BASIC": {
        const credentials = base64(`${shown.username}:${secret}`);
        return { headers: { Authorization: `Basic ${credentials}` }, conceal: concealing([secret, credentials]) };
      }
      case "API_KEY":
        return { headers: { [shown.apiKeyName]: secret }, conceal: concealing([secret]) };
      case "OAUTH_CLIENT_CREDENTIALS": {
        const token = await accessToken({ ...connection, shown, secret }, host, signal);
        if ("fault" in token) return invalid(name, token.fault);
        const secrets = [secret, token.accessToken];
        return { headers: { Authorization: `Bearer ${token.accessToken}` }, conceal: concealing(secrets) };
      }
    }
  };
}

function invalid(name: string, reason: string): UnusableConnection {
  return {
    error: "Events.ConnectionResource.InvalidConnectionState",
    cause: `The connection '${name}' cannot be used: ${reason}.`,
  };
}

/** Shorter ones are not searched for: they would be found in what has nothing to do with them. */
const LEAST_CONCEALED = 8;

/** As they are, and as JSON writes them. */
function concealing(secrets: readonly string[]): Authorization["conceal"] {
  const long = secrets.filter((secret) => secret.length >= LEAST_CONCEALED);
  const written = new Set(long.flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1)]));
  return (text) => [...written].reduce((shown, secret) => shown.replaceAll(secret, "***"), text);
}
