/** What every route needs that is given URLs to call and secrets to keep. */
import { isLoopback, readDestination } from "../../runtime/outbound/destination.ts";
import { problem } from "./problem.ts";
import { Refusal } from "./read-request.ts";
import type { RestRequest } from "./route.ts";

/** Why that URL may not be called, to follow the member's name; undefined: it may. The host that the request came to may not. */
export function urlFault({ context: { outbound }, request }: RestRequest, url: string): string | undefined {
  const ownHosts = new Set([...outbound.ownHosts, new URL(request.url).hostname]);
  const destination = readDestination(url, { ...outbound, ownHosts });
  return destination.ok ? undefined : `${destination.fault}; OUTBOUND_ALLOW can allow more`;
}

/** Secrets are kept only where nobody else has the key, or nobody else is. */
export function refuseWithoutKeys({ context: { sealer }, request }: RestRequest): void {
  if (sealer.isSecret || isLoopback(new URL(request.url).hostname)) return;
  const detail =
    "Secrets cannot be kept without keys to seal them by. Set them: openssl rand -base64 32 | npx wrangler secret put SECRET_KEYS";
  throw new Refusal(problem(501, detail));
}
