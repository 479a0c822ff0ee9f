/** Headers that somebody gave, of a request that leaves. */

/** Those of the connection, of who calls, and those that Cloudflare and proxies believe. */
const RESERVED: ReadonlySet<string> = new Set([
  "cdn-loop",
  "connection",
  "content-length",
  "expect",
  "forwarded",
  "host",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "true-client-ip",
  "upgrade",
  "via",
  "x-real-ip",
]);
const RESERVED_PREFIXES: readonly string[] = ["cf-", "x-forwarded-", "stepflare-"];
const TOKEN = /^[\w!#$%&'*+.^`|~-]+$/u;

/** Why such a header cannot be given; undefined: it can. A name is told only as far as it is one. */
export function headerFault(name: string, value: string): string | undefined {
  if (!TOKEN.test(name)) return "cannot be the name of a header";
  const lower = name.toLowerCase();
  if (RESERVED.has(lower) || RESERVED_PREFIXES.some((prefix) => lower.startsWith(prefix))) {
    return `'${name}' is a header that may not be set`;
  }
  return isHeaderValue(value) ? undefined : `the header '${name}' cannot hold that value`;
}

/** Printable characters of ASCII and the tab: no line ends, no NUL. */
function isHeaderValue(value: string): boolean {
  return /^[\t\x20-\x7e]*$/u.test(value);
}
