/**
 * The one door by which a request leaves for a URL that somebody gave: of functions, webhooks and connections.
 *
 * S1. The URL is checked each time, also one that was checked when it was registered: rules and settings change.
 * S2. A redirect is not followed: it is the answer.
 */
import { readDestination } from "./destination.ts";
import type { OutboundRules } from "./settings.ts";

/** Sends the request. Rejects with a RefusedDestination where it may not go. */
export type SendOutbound = (url: string, init: RequestInit) => Promise<Response>;

export class RefusedDestination extends Error {
  override readonly name = "RefusedDestination";
}

export function outboundSender(rules: OutboundRules): SendOutbound {
  return async (text, init) => {
    const destination = readDestination(text, rules);
    if (!destination.ok) throw new RefusedDestination(`its URL ${destination.fault}`);
    return fetch(destination.url, { ...init, redirect: "manual" });
  };
}
