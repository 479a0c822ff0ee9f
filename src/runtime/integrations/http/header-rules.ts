/**
 * The headers that a definition may give: what Step Functions refuses, and what no request of Stepflare's may claim.
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/call-https-apis.html
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/connect-api-gateway.html
 */
import { headerFault } from "../../outbound/headers.ts";

const PREFIXES: readonly string[] = ["x-forwarded", "x-amz"];

/** Of `http:invoke`. Credentials come from connections. */
export const HTTP_REFUSED: ReadonlySet<string> = new Set([
  "a-im",
  "accept-charset",
  "accept-datetime",
  "accept-encoding",
  "authorization",
  "cache-control",
  "connection",
  "content-encoding",
  "content-md5",
  "date",
  "expect",
  "forwarded",
  "from",
  "host",
  "http2-settings",
  "if-match",
  "if-modified-since",
  "if-none-match",
  "if-range",
  "if-unmodified-since",
  "max-forwards",
  "origin",
  "pragma",
  "proxy-authorization",
  "referer",
  "server",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "via",
  "warning",
]);

/** Of `apigateway:invoke`. */
export const GATEWAY_REFUSED: ReadonlySet<string> = new Set([
  "authorization",
  "connection",
  "content-md5",
  "expect",
  "host",
  "max-forwards",
  "proxy-authenticate",
  "server",
  "te",
  "transfer-encoding",
  "trailer",
  "upgrade",
  "via",
  "www-authenticate",
]);

/** What is wrong with the headers; undefined: nothing. */
export function headersFault(
  headers: readonly (readonly [name: string, value: string])[],
  refused: ReadonlySet<string>,
): string | undefined {
  const names = headers.map(([name]) => name.toLowerCase());
  const unsupported = names.filter((name) => refused.has(name) || PREFIXES.some((prefix) => name.startsWith(prefix)));
  if (unsupported.length > 0) {
    return `The 'Headers' field contains unsupported values: [${[...new Set(unsupported)].join(", ")}]`;
  }
  const faults = headers.map(([name, value]) => headerFault(name, value));
  return faults.find((fault) => fault !== undefined);
}
