/** Where requests may go whose URLs somebody gave. */
import { describe, expect, test } from "vitest";
import { readDestination } from "../../src/runtime/outbound/destination.ts";
import { readOutbound, STRICT, type OutboundRules } from "../../src/runtime/outbound/settings.ts";
import { ALLOWED_URLS, REFUSED_HOSTS, REFUSED_URLS } from "./urls.ts";

const isAllowed = (url: string, rules: OutboundRules = STRICT): boolean => readDestination(url, rules).ok;

test("the corpus has at least 120 URLs that lead to where no request may go, each once", () => {
  expect(new Set(REFUSED_URLS).size).toBe(REFUSED_URLS.length);
  expect(REFUSED_URLS.length).toBeGreaterThanOrEqual(120);
});

test.each(REFUSED_URLS)("%j is refused", (url) => {
  expect(isAllowed(url.replaceAll("{port}", "9220"))).toBe(false);
});

test.each(REFUSED_HOSTS)("%s is refused, whatever the scheme and the port", (host) => {
  for (const origin of [`http://${host}`, `https://${host}`, `https://${host}:443`, `https://${host}:8443`]) {
    expect(isAllowed(`${origin}/`)).toBe(false);
  }
});

test.each(ALLOWED_URLS)("%j is allowed, and called as URL writes it", (url) => {
  expect(readDestination(url, STRICT)).toMatchObject({ ok: true, url: { href: new URL(url).href } });
});

describe("what the settings allow besides", () => {
  test("loopback is this machine, on any port, with or without TLS, and nothing else", () => {
    const rules = readOutbound({ OUTBOUND_ALLOW: "loopback" });
    const local = [
      "http://localhost:1/",
      "https://127.0.0.1/",
      "http://[::1]:9/",
      "http://2130706433/",
      "http://f.localhost/",
    ];
    expect(local.filter((url) => !isAllowed(url, rules))).toEqual([]);
    const others = [
      "http://10.0.0.1/",
      "ftp://localhost/",
      "http://localhost.example.com/",
      "http://me@localhost/",
      "http://[::2]/",
    ];
    expect(others.filter((url) => isAllowed(url, rules))).toEqual([]);
  });

  test("an origin is its scheme, its host and its port", () => {
    const rules = readOutbound({ OUTBOUND_ALLOW: "http://10.0.0.7:8080, https://api.example.com:8443" });
    expect(isAllowed("http://10.0.0.7:8080/any/path", rules)).toBe(true);
    expect(isAllowed("https://API.example.com:8443/", rules)).toBe(true);
    const others = [
      "http://10.0.0.7/",
      "https://10.0.0.7:8080/",
      "http://10.0.0.8:8080/",
      "http://api.example.com:8443/",
    ];
    expect(others.filter((url) => isAllowed(url, rules))).toEqual([]);
  });

  test("where Stepflare itself answers is refused, with a dot at its end, too", () => {
    const rules = readOutbound({ PUBLIC_URL: "https://flow.example.com" });
    expect(isAllowed("https://flow.example.com/api", rules)).toBe(false);
    expect(isAllowed("https://FLOW.example.com./api", rules)).toBe(false);
    expect(isAllowed("https://other.example.com/api", rules)).toBe(true);
  });

  test.each(["10.0.0.7", "http://a/path", "ftp://a", "*", "http://me@a"])(
    "OUTBOUND_ALLOW cannot be %j",
    (OUTBOUND_ALLOW) => {
      expect(() => readOutbound({ OUTBOUND_ALLOW })).toThrow("OUTBOUND_ALLOW must be a list of origins");
    },
  );
});
