/** What a connection adds to a request, and what becomes of one that cannot be used. */
import { describe, expect, test } from "vitest";
import { authorizeBy, type AuthorizeHost } from "../../src/runtime/connections/authorize.ts";
import type { ConnectionShown, OpenConnection } from "../../src/runtime/connections/connection.ts";
import { outboundSender } from "../../src/runtime/outbound/send.ts";
import { STRICT } from "../../src/runtime/outbound/settings.ts";

const OAUTH: ConnectionShown = {
  authorizationType: "OAUTH_CLIENT_CREDENTIALS",
  authorizationEndpoint: "https://auth.example.com/token",
  clientId: "the client",
  scope: "a b",
};

const { signal } = new AbortController();

interface Given {
  readonly shown?: ConnectionShown;
  readonly secret?: string | undefined;
  readonly answer?: () => Response;
}

/** A host with one connection, `c`; its clock is moved by hand, and it notes the requests for tokens. */
interface TestHost extends AuthorizeHost {
  at: number;
  updatedAt: number;
  readonly requests: Request[];
}

function hostOf({ shown = OAUTH, secret = "s3cret/with:all&", answer = () => Response.json({}) }: Given): TestHost {
  const requests: Request[] = [];
  const host: TestHost = {
    at: 0,
    updatedAt: 0,
    requests,
    findConnection: async (name: string): Promise<OpenConnection | undefined> =>
      name === "c" ? { name, shown, secret, createdAt: 0, updatedAt: host.updatedAt } : undefined,
    send: async (url: string, init: RequestInit) => {
      requests.push(new Request(url, init));
      return answer();
    },
    tokens: new Map(),
    now: () => host.at,
  };
  return host;
}

test("BASIC is the user and the password, in UTF-8", async () => {
  const added = await authorizeBy(
    hostOf({ shown: { authorizationType: "BASIC", username: "jö" }, secret: "pässword" }),
  )("c", signal);
  expect(added).toMatchObject({ headers: { Authorization: `Basic ${Buffer.from("jö:pässword").toString("base64")}` } });
});

test("API_KEY is a header", async () => {
  const added = await authorizeBy(hostOf({ shown: { authorizationType: "API_KEY", apiKeyName: "X-Key" } }))(
    "c",
    signal,
  );
  expect(added).toMatchObject({ headers: { "X-Key": "s3cret/with:all&" } });
});

describe("OAUTH_CLIENT_CREDENTIALS", () => {
  test("is a token, asked for once until a minute before it expires, and anew when the connection was changed", async () => {
    const host = hostOf({
      answer: () => Response.json({ access_token: `token-${host.requests.length}`, expires_in: 600 }),
    });
    const token = async (): Promise<unknown> => {
      const added = await authorizeBy(host)("c", signal);
      return "headers" in added ? added.headers["Authorization"] : added;
    };
    expect(await token()).toBe("Bearer token-1");
    host.at = 539_999;
    expect(await token()).toBe("Bearer token-1");
    host.at = 540_000;
    expect(await token()).toBe("Bearer token-2");
    host.updatedAt = 1;
    expect(await token()).toBe("Bearer token-3");
    const [first] = host.requests;
    expect(first?.headers.get("authorization")).toBe(`Basic ${btoa("the%20client:s3cret%2Fwith%3Aall%26")}`);
    expect(await first?.text()).toBe("grant_type=client_credentials&scope=a+b");
  });

  test.each<[string, () => Response, string]>([
    ["refuses", () => new Response("s3cret/with:all& is wrong", { status: 401 }), "answered with status 401"],
    ["answers no JSON", () => new Response("<html>"), "without an access token"],
    ["answers no object", () => new Response("null"), "without an access token"],
    ["answers no token", () => Response.json({ token: "x" }), "without an access token"],
    ["answers a token with a line's end", () => Response.json({ access_token: "a\r\nb" }), "without an access token"],
    ["answers without end", () => new Response("x".repeat(100_000)), "without an access token"],
  ])("an endpoint that %s makes the connection unusable", async (_, answer, reason) => {
    const added = await authorizeBy(hostOf({ answer }))("c", signal);
    expect(added).toMatchObject({ error: "Events.ConnectionResource.InvalidConnectionState" });
    expect(added).toMatchObject({ cause: expect.stringContaining(reason) as string });
    expect(JSON.stringify(added)).not.toContain("s3cret");
  });

  test("an endpoint that may not be called makes it unusable", async () => {
    const shown = { ...OAUTH, authorizationEndpoint: "https://10.0.0.1/" };
    const added = await authorizeBy({ ...hostOf({ shown }), send: outboundSender(STRICT) })("c", signal);
    expect(added).toMatchObject({ cause: expect.stringContaining("must name a host, not an address") as string });
  });
});

test("[F55] a connection that is not there is a typed error of the task", async () => {
  expect(await authorizeBy(hostOf({}))("none", signal)).toEqual({
    error: "Events.ConnectionResource.NotFound",
    cause: "There is no connection 'none'.",
  });
});

test("[F55] a secret whose key is gone is a typed error of the task", async () => {
  const host = hostOf({});
  const gone = { ...host, findConnection: async () => ({ ...(await host.findConnection("c"))!, secret: undefined }) };
  expect(await authorizeBy(gone)("c", signal)).toMatchObject({
    error: "Events.ConnectionResource.InvalidConnectionState",
    cause: expect.stringContaining("SECRET_KEYS") as string,
  });
});

test("an answer that repeats the secret is shown without it, in any way it is written", async () => {
  const shown = { authorizationType: "BASIC", username: "me" } as const;
  const added = await authorizeBy(hostOf({ shown, secret: 'quote"d secret' }))("c", signal);
  if (!("conceal" in added)) throw new Error(added.cause);
  expect(added.conceal(JSON.stringify({ got: 'quote"d secret' }))).toBe('{"got":"***"}');
  expect(added.conceal(`Basic ${btoa('me:quote"d secret')}`)).toBe("Basic ***");
});
