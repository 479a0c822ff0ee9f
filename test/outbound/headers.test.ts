/** Headers that somebody gave. */
import { expect, test } from "vitest";
import { headerFault } from "../../src/runtime/outbound/headers.ts";
import { readCallDepth } from "../../src/runtime/outbound/call-depth.ts";

test.each(["Authorization", "X-Api-Key", "accept", "x_1"])("%s may be given", (name) => {
  expect(headerFault(name, "any printable text")).toBeUndefined();
});

test.each([
  "Host",
  "Connection",
  "keep-alive",
  "TE",
  "Transfer-Encoding",
  "Content-Length",
  "Proxy-Authorization",
  "Upgrade",
  "Via",
  "CF-Connecting-IP",
  "cf-worker",
  "CDN-Loop",
  "X-Forwarded-For",
  "Forwarded",
  "X-Real-IP",
  "Stepflare-Depth",
])("%s is the connection's, a proxy's or ours", (name) => {
  expect(headerFault(name, "x")).toContain("may not be set");
});

test.each(["", "a b", "a:b", "a\r\nb", "ä", "a\u0000"])("%j is no header's name", (name) => {
  expect(headerFault(name, "x")).toBe("cannot be the name of a header");
});

test.each(["a\r\nHost: b", "a\nb", "a\rb", "a\u0000b", "ä", "\u007f"])("%j is no header's value", (value) => {
  expect(headerFault("X-A", value)).toBe("the header 'X-A' cannot hold that value");
});

test.each([
  ["3", 3],
  ["0", undefined],
  ["-1", undefined],
  ["03", undefined],
  ["nine", undefined],
  [null, undefined],
])("a request that says it is %s deep", (depth, expected) => {
  expect(readCallDepth(new Headers(depth === null ? {} : { "Stepflare-Depth": depth }))).toBe(expected);
});
