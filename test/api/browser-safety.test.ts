/** What browsers are told with every answer, and who of other origins gets one. */
import { describe, expect, test } from "vitest";
import { answerSafely, consoleAnswer, readOrigins } from "../../src/api/browser-safety.ts";
import { Fixture } from "./fixture.ts";

const OURS = "https://flows.example.com";
const FRIEND = "https://console.example.com";
const STRANGER = "https://evil.example";

/** The API behind it; what it was asked. */
class Front {
  readonly api = new Fixture();
  readonly asked: Request[] = [];

  send(path: string, init: RequestInit = {}, origins: readonly string[] = [FRIEND]): Promise<Response> {
    return answerSafely(new Request(`${OURS}${path}`, init), origins, (request) => {
      this.asked.push(request);
      return this.api.fetch(new URL(request.url).pathname, {
        method: request.method,
        headers: request.headers,
        ...(request.body !== null && { body: request.body, duplex: "half" }),
      });
    });
  }
}

const preflight = (origin: string): RequestInit => ({
  method: "OPTIONS",
  headers: {
    origin,
    "access-control-request-method": "POST",
    "access-control-request-headers": "authorization,x-amz-target",
  },
});
const corsHeadersOf = ({ headers }: Response): readonly string[] =>
  [...headers.keys()].filter((name) => name.startsWith("access-control"));

describe("every answer", () => {
  test.each<[string, string, RequestInit]>([
    ["of REST", "/api/state-machines", {}],
    [
      "of the wire",
      "/",
      { method: "POST", headers: { "x-amz-target": "AWSStepFunctions.ListStateMachines" }, body: "{}" },
    ],
    ["that something is wrong", "/api/state-machines/none", {}],
    ["that there is nothing", "/nowhere", { method: "DELETE" }],
    ["that a method is not possible", "/api/health", { method: "DELETE" }],
    ["of the document", "/api/openapi.json", {}],
  ])("%s is not guessed at, framed, run or kept", async (_, path, init) => {
    const { headers } = await new Front().send(path, init);
    expect(Object.fromEntries(headers)).toMatchObject({
      "x-content-type-options": "nosniff",
      "x-frame-options": "DENY",
      "referrer-policy": "no-referrer",
      "cache-control": "no-store",
      "cross-origin-opener-policy": "same-origin",
      "cross-origin-resource-policy": "same-origin",
      "strict-transport-security": "max-age=31536000",
      "content-security-policy": expect.stringMatching(/^default-src 'none'; .*; sandbox$/u),
    });
  });

  test("over http has nothing that makes https of this machine", async () => {
    const answer = await answerSafely(new Request("http://localhost:8787/"), [], () => new Response("x"));
    expect(answer.headers.has("strict-transport-security")).toBe(false);
  });

  test("keeps what it says itself, and its body", async () => {
    const own = { "content-security-policy": "default-src 'self'", "cache-control": "max-age=9" };
    const answer = await answerSafely(new Request(OURS), [], () => new Response("x", { headers: own }));
    expect(Object.fromEntries(answer.headers)).toMatchObject(own);
    expect(await answer.text()).toBe("x");
  });

  test("with a file of the console runs that console's scripts, and no others", async () => {
    const file = new Response("<p>", { status: 200, headers: { "content-type": "text/html", etag: '"1"' } });
    const { headers, status } = await answerSafely(new Request(OURS), [], () => consoleAnswer(file));
    const policy = headers.get("content-security-policy") ?? "";
    for (const rule of [
      "default-src 'none'",
      "script-src 'self'",
      "frame-ancestors 'none'",
      "require-trusted-types-for 'script'",
    ])
      expect(policy).toContain(rule);
    expect(policy).not.toMatch(/unsafe|sandbox|https?:/u);
    expect([status, headers.get("etag"), headers.get("cache-control")]).toEqual([200, '"1"', "no-cache"]);
  });
});

describe("a page of another origin", () => {
  test("that nobody named gets no leave to read, to send, or to ask", async () => {
    const front = new Front();
    const read = await front.send("/api/state-machines", { headers: { origin: STRANGER } });
    expect(corsHeadersOf(read)).toEqual([]);
    const asked = await front.send("/", preflight(STRANGER));
    expect([asked.status, await asked.text(), corsHeadersOf(asked)]).toEqual([403, "", []]);
    const headers = { origin: STRANGER, "sec-fetch-site": "cross-site", "content-type": "application/json" };
    const sent = await front.send("/api/activities", { method: "POST", headers, body: '{"name":"a"}' });
    expect([sent.status, corsHeadersOf(sent)]).toEqual([403, []]);
    for (const origin of ["null", "https://console.example.com.evil.example", "http://console.example.com", "*"])
      expect(corsHeadersOf(await front.send("/", preflight(origin)))).toEqual([]);
    expect(front.asked).toHaveLength(2);
  });

  test("that is named may do what a program may, without cookies", async () => {
    const front = new Front();
    const asked = await front.send("/", preflight(FRIEND));
    expect([asked.status, await asked.text()]).toEqual([204, ""]);
    expect(front.asked).toEqual([]);
    expect(Object.fromEntries(asked.headers)).toMatchObject({
      "access-control-allow-origin": FRIEND,
      "access-control-allow-methods": "GET, HEAD, POST, PUT, PATCH, DELETE",
      "access-control-allow-headers": expect.stringContaining("x-amz-target"),
      "access-control-max-age": "600",
      vary: "origin",
    });
    expect(asked.headers.has("access-control-allow-credentials")).toBe(false);
    const headers = { origin: FRIEND, "sec-fetch-site": "cross-site", "content-type": "application/json" };
    const sent = await front.send("/api/activities", { method: "POST", headers, body: '{"name":"a"}' });
    expect([sent.status, sent.headers.get("access-control-allow-origin")]).toEqual([201, FRIEND]);
    expect(sent.headers.get("access-control-expose-headers")).toContain("x-amzn-requestid");
  });

  test("is told nothing of others, and caches are told that it matters who asks", async () => {
    const front = new Front();
    const plain = await front.send("/api/health");
    expect([corsHeadersOf(plain), plain.headers.get("vary")]).toEqual([[], "origin"]);
    const closed = await front.send("/api/health", {}, []);
    expect(closed.headers.get("vary")).toBeNull();
  });
});

describe("CORS_ORIGINS", () => {
  test("is origins as browsers send them", () => {
    expect([readOrigins(undefined), readOrigins(""), readOrigins(" , ")]).toEqual([[], [], []]);
    expect(readOrigins(`${FRIEND}, http://localhost:5173`)).toEqual([FRIEND, "http://localhost:5173"]);
  });

  test.each([
    "*",
    "console.example.com",
    `${FRIEND}/`,
    `${FRIEND}/path`,
    "https://*.example.com/",
    "null",
    "HTTPS://A.EXAMPLE",
  ])("cannot be %s", (setting) => {
    expect(() => readOrigins(setting)).toThrow(/^CORS_ORIGINS must be origins separated by commas/u);
  });
});
