/**
 * Where a request may go whose URL somebody gave: to a public name, by https.
 *
 * D1. What is checked is what is sent: the parsed URL, whose parser has undone every other spelling of a host (decimal, octal,
 *     hex, percent-encoded, full-width, upper case).
 * D2. An address is no name: no IP address is called, of whichever version and range. So there is no table of ranges to be
 *     incomplete.
 * D3. Names are not resolved here: on Cloudflare a request cannot reach a private network, whatever a name leads to.
 */
import type { OutboundRules } from "./settings.ts";

export type Destination =
  | { readonly ok: true; readonly url: URL }
  /** What is wrong with the URL, to follow "The URL". */
  | { readonly ok: false; readonly fault: string };

export const MAX_URL_CHARACTERS = 2048;

/** Where to, or why not. */
export function readDestination(text: string, rules: OutboundRules): Destination {
  if (text.length > MAX_URL_CHARACTERS) return refused(`has more than ${MAX_URL_CHARACTERS} characters`);
  if (!URL.canParse(text)) return refused("is not a URL");
  const url = new URL(text);
  if (url.username !== "" || url.password !== "") return refused("must not carry credentials");
  const host = nameOf(url);
  if (rules.origins.has(url.origin) || (rules.loopback && isWeb(url) && isLoopback(host))) return { ok: true, url };
  if (rules.ownHosts.has(host)) return refused("leads to this Stepflare itself");
  const fault = faultOf(url, host);
  return fault === undefined ? { ok: true, url } : refused(fault);
}

/** Whether a host's name or address is this machine itself. */
export function isLoopback(hostname: string): boolean {
  return /^(?:(?:[\w-]+\.)*localhost|127(?:\.\d{1,3}){3}|\[::1\])$/u.test(hostname);
}

function faultOf(url: URL, host: string): string | undefined {
  if (url.protocol !== "https:") return "must begin with https:";
  if (url.port !== "") return "must not name a port: https' own is used";
  if (isAddress(host)) return "must name a host, not an address";
  const labels = host.split(".");
  if (labels.length < 2 || labels.includes("")) return "must name a public host";
  return RESERVED.some((name) => host === name || host.endsWith(`.${name}`)) ? "must name a public host" : undefined;
}

/** Names that no public host has: RFC 6761, RFC 6762, RFC 8375, RFC 9476, and what private networks call themselves. */
const RESERVED: readonly string[] = [
  "alt",
  "arpa",
  "corp",
  "home",
  "internal",
  "intranet",
  "invalid",
  "lan",
  "local",
  "localdomain",
  "localhost",
  "onion",
  "private",
];

function isWeb({ protocol }: URL): boolean {
  return protocol === "https:" || protocol === "http:";
}

/** Without dots at its end, with which a name means the same. */
function nameOf({ hostname }: URL): string {
  return hostname.replace(/\.+$/u, "");
}

/** The parser writes every IPv4 address with dots; a name whose last label is a number leads nowhere else. */
function isAddress(host: string): boolean {
  return host.startsWith("[") || /(?:^|\.)(?:\d+|0x[\da-f]*)$/u.test(host);
}

function refused(fault: string): Destination {
  return { ok: false, fault };
}
