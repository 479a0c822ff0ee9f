/** Who is let in: keys, signatures, Cloudflare Access, and nobody where nothing is configured. */
import { generateKeyPair } from "jose";
import { describe, expect, test, vi } from "vitest";
import { closedTo } from "../../src/api/auth/door.ts";
import { bearerKeyId, newAccessKey, newBearerKey } from "../../src/api/auth/key-texts.ts";
import { readAccessSettings, type AccessEnv } from "../../src/api/auth/settings.ts";
import { ObjectFault } from "../../src/runtime/objects/buckets.ts";
import { MAX_AGE_MS } from "../../src/runtime/recent-reads.ts";
import { ACCOUNT, SECRET_KEYS, tokenFor } from "./fixture.ts";
import { AUDIENCE, Guarded, HOST, TEAM } from "./guarded.ts";

const MINUTE = 60_000;
const LOCAL = ["http://localhost:8787/", "http://127.0.0.1:8787/", "http://[::1]:8787/", "http://sync-localhost:8787/"];
const OUTSIDE = [
  "https://stepflare.example.workers.dev/",
  "https://states.example.com/",
  "http://localhost.example.com/",
];

describe("without configuration", () => {
  const closed = (url: string, env: AccessEnv): string | undefined =>
    closedTo(new Request(url), readAccessSettings(env));

  test.each([...LOCAL, ...OUTSIDE])("nobody gets in, and is told what to set: %s", (url) => {
    expect(closed(url, {})).toMatch(/SECRET_KEYS.*ACCESS_TEAM_DOMAIN.*ALLOW_UNAUTHENTICATED/u);
  });

  test.each(LOCAL)("where npm start says so, this machine itself gets in: %s", (url) => {
    expect(closed(url, { OPEN_ON_LOOPBACK: "true" })).toBeUndefined();
  });

  test.each(OUTSIDE)("and only this machine: %s", (url) => {
    expect(closed(url, { OPEN_ON_LOOPBACK: "true" })).toContain("SECRET_KEYS");
  });

  test("whoever says that something else decides lets in everybody", async () => {
    const guarded = new Guarded({ ALLOW_UNAUTHENTICATED: "true" });
    expect((await guarded.send("/api/state-machines")).status).toBe(200);
  });

  test("a refusal reads nothing, on either protocol; only the health check answers", async () => {
    const guarded = new Guarded({});
    const prepare = vi.spyOn(guarded.api.db, "prepare");
    const wire = await guarded.call("ListStateMachines", {}, newAccessKey());
    expect(wire).toMatchObject({ status: 400, body: { __type: "AccessDeniedException" } });
    expect(wire.body.message).toContain("SECRET_KEYS");
    const headers = { authorization: `Bearer ${newBearerKey("live").token}` };
    expect((await guarded.send("/api/state-machines", { headers })).status).toBe(403);
    expect((await guarded.send("/api/health")).status).toBe(200);
    expect(prepare).not.toHaveBeenCalled();
  });
});

describe("a key", () => {
  test("lets its owner in, on the wire with a signature, on REST as a bearer", async () => {
    const guarded = new Guarded();
    expect((await guarded.call("ListStateMachines", {}, guarded.accessKey())).status).toBe(200);
    const headers = { authorization: `Bearer ${guarded.bearerKey()}` };
    expect((await guarded.send("/api/state-machines", { headers })).status).toBe(200);
    const body = "{}";
    const target = { "x-amz-target": "AWSStepFunctions.ListStateMachines" };
    expect((await guarded.send("/", { method: "POST", headers: { ...headers, ...target }, body })).status).toBe(200);
  });

  test("nobody has is unrecognized, and a missing one is missing", async () => {
    const guarded = new Guarded();
    expect((await guarded.call("ListStateMachines", {}, newAccessKey())).body).toEqual({
      __type: "UnrecognizedClientException",
      message: "The security token included in the request is invalid.",
    });
    expect((await guarded.send("/", { method: "POST", body: "{}" })).body).toEqual({
      __type: "MissingAuthenticationTokenException",
      message: "Missing Authentication Token",
    });
    const missing = await guarded.send("/api/state-machines");
    expect(missing).toMatchObject({ status: 401, body: { exception: "MissingAuthenticationTokenException" } });
    expect(missing.headers.get("www-authenticate")).toBe("Bearer");
  });

  test("that is disabled is unrecognized, one whose time is over has expired", async () => {
    const guarded = new Guarded();
    const { at } = guarded.api;
    const name = (options: object): Promise<unknown> =>
      guarded.call("ListStateMachines", {}, guarded.accessKey(options)).then(({ body }) => body.__type);
    expect(await name({ disabledAt: at })).toBe("UnrecognizedClientException");
    expect(await name({ expiresAt: at })).toBe("ExpiredTokenException");
    expect(await name({ expiresAt: at + 1 })).toBeUndefined();
    const headers = { authorization: `Bearer ${guarded.bearerKey({ expiresAt: at })}` };
    expect((await guarded.send("/api/functions", { headers })).body.exception).toBe("ExpiredTokenException");
  });

  test("of another account is no key here", async () => {
    const guarded = new Guarded();
    const key = guarded.accessKey({ accountId: "999999999999" });
    expect((await guarded.call("ListStateMachines", {}, key)).body.__type).toBe("UnrecognizedClientException");
  });

  test("of one kind is none of the other", async () => {
    const guarded = new Guarded();
    const token = guarded.bearerKey();
    const asAccessKey = { accessKeyId: (bearerKeyId(token) ?? "").padEnd(16, "0"), secretAccessKey: token };
    expect((await guarded.call("ListStateMachines", {}, asAccessKey)).body.__type).toBe("UnrecognizedClientException");
  });

  test("that was sealed by SECRET_KEYS which are gone is unrecognized", async () => {
    const guarded = new Guarded({ SECRET_KEYS: btoa("another key, also of 32 bytes ok") });
    expect((await guarded.call("ListStateMachines", {}, guarded.accessKey())).body.__type).toBe(
      "UnrecognizedClientException",
    );
  });

  test("is read once in a few seconds; disabled elsewhere it is good for no longer than that", async () => {
    const guarded = new Guarded();
    const key = guarded.accessKey();
    const prepare = vi.spyOn(guarded.api.db, "prepare");
    const reads = (): number => prepare.mock.calls.filter(([sql]) => sql.includes("FROM access_key")).length;
    for (let n = 0; n < 5; n++) await guarded.call("ListStateMachines", {}, key);
    expect(reads()).toBe(1);
    guarded.api.db.database.exec("UPDATE access_key SET disabled_at = 1");
    guarded.api.at += MAX_AGE_MS + 1;
    expect((await guarded.call("ListStateMachines", {}, key)).body.__type).toBe("UnrecognizedClientException");
  });

  test("notes its use once an hour", async () => {
    const guarded = new Guarded();
    const key = guarded.accessKey();
    const lastUse = (): unknown =>
      guarded.api.db.database.prepare("SELECT last_used_at AS at FROM access_key").get()?.["at"];
    const first = guarded.api.at;
    for (const later of [0, 5_000, 30 * MINUTE]) {
      guarded.api.at = first + later;
      await guarded.call("ListStateMachines", {}, key);
    }
    await Promise.all(guarded.background);
    expect([lastUse(), guarded.background.length]).toEqual([first, 1]);
    guarded.api.at = first + 61 * MINUTE;
    await guarded.call("ListStateMachines", {}, key);
    await Promise.all(guarded.background);
    expect(lastUse()).toBe(guarded.api.at);
  });

  test("that is mistyped or malformed is refused without a read", async () => {
    const guarded = new Guarded();
    const token = guarded.bearerKey();
    const prepare = vi.spyOn(guarded.api.db, "prepare");
    for (const authorization of [
      `Bearer ${token.slice(0, -1)}${token.endsWith("x") ? "y" : "x"}`,
      `Bearer ${token}x`,
      "Bearer x",
      "Basic eDp5",
      token,
    ]) {
      expect((await guarded.send("/api/functions", { headers: { authorization } })).status).toBe(401);
    }
    expect(prepare).not.toHaveBeenCalled();
  });

  test("in a bearer's form says what it is, and notices a slip of the pen", () => {
    const { id, token } = newBearerKey("live");
    expect(token).toMatch(/^sfn_live_[0-9A-Za-z]{12}_[0-9A-Za-z]{43}_[0-9A-Za-z]{6}$/u);
    expect(bearerKeyId(token)).toBe(id);
    for (let at = 0; at < token.length; at++) {
      const slip = token.slice(0, at) + (token[at] === "a" ? "b" : "a") + token.slice(at + 1);
      expect(bearerKeyId(slip)).toBeUndefined();
    }
    expect(newAccessKey().accessKeyId).toMatch(/^AKIA[A-Z2-7]{16}$/u);
    expect(newAccessKey().secretAccessKey).toMatch(/^[0-9A-Za-z+/]{40}$/u);
  });
});

describe("a signature", () => {
  const INVALID = "InvalidSignatureException";
  const signedCall = async (change: (headers: Record<string, string>) => void, path = "/"): Promise<unknown> => {
    const guarded = new Guarded();
    const headers = guarded.signed(guarded.accessKey(), "ListStateMachines", "{}");
    change(headers);
    const prepare = vi.spyOn(guarded.api.db, "prepare");
    const { body } = await guarded.send(path, { method: "POST", headers, body: "{}" });
    return {
      name: body.__type ?? body.exception,
      message: body.message ?? body.detail,
      reads: prepare.mock.calls.length,
    };
  };
  const authorization = (change: (text: string) => string) => (headers: Record<string, string>) => {
    headers["Authorization"] = change(headers["Authorization"] ?? "");
  };

  test("of other bytes, or by another secret, does not match", async () => {
    const guarded = new Guarded();
    const key = guarded.accessKey();
    const headers = guarded.signed(key, "ListStateMachines", "{}");
    expect(await guarded.send("/", { method: "POST", headers, body: "{ }" })).toMatchObject({
      status: 400,
      body: { __type: INVALID, message: expect.stringContaining("does not match the signature you provided") },
    });
    const forged = { ...key, secretAccessKey: newAccessKey().secretAccessKey };
    expect((await guarded.call("ListStateMachines", {}, forged)).body.__type).toBe(INVALID);
  });

  test.each([
    ["Credential", /Credential=[^,]*, /u, "requires 'Credential' parameter"],
    ["SignedHeaders", /SignedHeaders=[^,]*, /u, "requires 'SignedHeaders' parameter"],
    ["Signature", /, Signature=.*/u, "requires 'Signature' parameter"],
  ])("without %s is incomplete, and no key is read", async (_part, pattern, message) => {
    expect(await signedCall(authorization((text) => text.replace(pattern, "")))).toEqual({
      name: "IncompleteSignatureException",
      message: expect.stringContaining(message),
      reads: 0,
    });
  });

  test.each<[string, (text: string) => string]>([
    ["twice in a header", (text) => `${text}, ${text}`],
    ["with a part twice", (text) => `${text}, Signature=${"0".repeat(64)}`],
    ["with a part nobody knows", (text) => `${text}, Extra=1`],
    ["of capital digits", (text) => text.replace(/Signature=.*/u, `Signature=${"A".repeat(64)}`)],
    ["too short", (text) => text.slice(0, -1)],
    ["with headers out of order", (text) => text.replace(/SignedHeaders=[^,]*/u, "SignedHeaders=x-amz-date;host")],
    ["with a header twice", (text) => text.replace(/SignedHeaders=[^,]*/u, "SignedHeaders=host;host")],
    ["with a header in capitals", (text) => text.replace(/SignedHeaders=[^,]*/u, "SignedHeaders=Host")],
    ["with a scope that ends otherwise", (text) => text.replace("aws4_request", "aws5_request")],
    ["with a key id that is none", (text) => text.replace(/Credential=\w+/u, "Credential=a")],
    ["of another scheme", (text) => text.replace("AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256")],
  ])("%s is incomplete, and no key is read", async (_what, change) => {
    expect(await signedCall(authorization(change))).toMatchObject({ name: "IncompleteSignatureException", reads: 0 });
  });

  test("without its moment, or with one that is none, is incomplete", async () => {
    for (const moment of [undefined, "20260102", "20261399T000000Z", "yesterday"]) {
      const change = (headers: Record<string, string>): void => {
        if (moment === undefined) delete headers["X-Amz-Date"];
        else headers["X-Amz-Date"] = moment;
      };
      expect(await signedCall(change)).toMatchObject({ name: "IncompleteSignatureException", reads: 0 });
    }
  });

  test("for another service, or of another day than its moment, is refused before a key is read", async () => {
    const guarded = new Guarded();
    const other = await guarded.call("ListStateMachines", {}, guarded.accessKey(), undefined, "s3");
    expect(other.body).toEqual({
      __type: INVALID,
      message: "Credential should be scoped to correct service: 'states'.",
    });
    const day = await signedCall(authorization((text) => text.replace("/20260102/", "/20260103/")));
    expect(day).toMatchObject({
      name: INVALID,
      reads: 0,
      message: expect.stringContaining("'20260103' != '20260102'"),
    });
  });

  test("for 'sync-states' is as good as one for 'states'", async () => {
    const guarded = new Guarded();
    expect((await guarded.call("ListStateMachines", {}, guarded.accessKey(), undefined, "sync-states")).status).toBe(
      200,
    );
  });

  test.each([
    [-16, "Signature expired: 20260102T024805Z is now earlier than 20260102T024905Z (20260102T030405Z - 15 min.)"],
    [
      16,
      "Signature not yet current: 20260102T032005Z is still later than 20260102T031905Z (20260102T030405Z + 15 min.)",
    ],
    [-14, undefined],
    [14, undefined],
  ])("made %i minutes off is judged by AWS's 15", async (minutes, message) => {
    const guarded = new Guarded();
    const reply = await guarded.call("ListStateMachines", {}, guarded.accessKey(), guarded.api.at + minutes * MINUTE);
    expect(reply.body.message).toBe(message);
    // The SDKs set their clocks by it, and try again.
    expect(reply.headers.has("date")).toBe(message !== undefined);
  });

  test("covers each x-amz-* header that came", async () => {
    expect(await signedCall((headers) => (headers["X-Amz-Meta"] = "added"))).toMatchObject({ name: INVALID });
  });

  test("with a stated hash holds for the body that came, and for no stream", async () => {
    for (const hash of ["UNSIGNED-PAYLOAD", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "0".repeat(64)]) {
      expect(await signedCall((headers) => (headers["X-Amz-Content-Sha256"] = hash))).toMatchObject({ name: INVALID });
    }
  });

  test("with a session token is no long-lived key's", async () => {
    expect(await signedCall((headers) => (headers["X-Amz-Security-Token"] = "t"))).toMatchObject({
      name: "UnrecognizedClientException",
      reads: 0,
    });
  });

  test("is not what REST takes, nor one in the query", async () => {
    expect(await signedCall(() => undefined, "/api/validate-definition")).toMatchObject({
      name: "IncompleteSignatureException",
      message: expect.stringContaining("no bearer key"),
      reads: 0,
    });
    const guarded = new Guarded();
    const query = "/?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=0";
    expect((await guarded.send(query, { method: "POST", body: "{}" })).body.__type).toBe(
      "MissingAuthenticationTokenException",
    );
  });

  test("may be for a host that SIGNED_HOSTS names, and for no other", async () => {
    const Host = "behind-a-proxy.example.net";
    const call = async (hosts: string): Promise<number> => {
      const guarded = new Guarded({ SECRET_KEYS, SIGNED_HOSTS: hosts });
      const headers = { ...guarded.signed(guarded.accessKey(), "ListStateMachines", "{}"), Host };
      return (await guarded.api.fetch(`https://${Host}/`, { method: "POST", headers, body: "{}" })).status;
    };
    expect(await call(`other.example.com, ${new URL(HOST).host}`)).toBe(200);
    expect(await call("other.example.com")).toBe(400);
    expect(await call("")).toBe(400);
  });

  test("covers the encodings that the client asked for, which Cloudflare changes", async () => {
    const guarded = new Guarded();
    const key = guarded.accessKey();
    const { default: aws4 } = await import("aws4");
    const moment = new Date(guarded.api.at).toISOString().replaceAll(/[-:]|\.\d+/gu, "");
    const target = "AWSStepFunctions.ListStateMachines";
    const headers = { "Accept-Encoding": "identity", "X-Amz-Date": moment, "X-Amz-Target": target };
    const extraHeadersToInclude = { "accept-encoding": true };
    const wish = {
      host: new URL(HOST).host,
      path: "/",
      method: "POST",
      service: "states",
      region: "x",
      headers,
      body: "{}",
      extraHeadersToInclude,
    };
    const signed = aws4.sign(wish, key).headers as Record<string, string>;
    const request = new Request(HOST, {
      method: "POST",
      headers: { ...signed, "Accept-Encoding": "br, gzip" },
      body: "{}",
    });
    const entrance = (cf: object | undefined): Promise<unknown> =>
      guarded.api.admit(Object.assign(request.clone(), { cf }), {}, "wire", () => undefined);
    await expect(entrance(undefined)).rejects.toMatchObject({ name: INVALID });
    expect(await entrance({ clientAcceptEncoding: "identity" })).toMatchObject({ principal: { name: "ann" } });
  });
});

describe("failures", () => {
  const from = (address: string): RequestInit => ({
    headers: { authorization: `Bearer ${newBearerKey("live").token}`, "cf-connecting-ip": address },
  });

  test("are ten at once and ten a minute for an address; more of them read nothing", async () => {
    const guarded = new Guarded();
    const prepare = vi.spyOn(guarded.api.db, "prepare");
    for (let n = 0; n < 10; n++) expect((await guarded.send("/api/functions", from("192.0.2.1"))).status).toBe(401);
    const refused = await guarded.send("/api/functions", from("192.0.2.1"));
    expect(refused).toMatchObject({ status: 429, body: { exception: "ThrottlingException" } });
    expect(refused.headers.get("retry-after")).toBe("6");
    expect(prepare).toHaveBeenCalledTimes(10);
    expect((await guarded.send("/api/functions", from("192.0.2.2"))).status).toBe(401);
    guarded.api.at += 6_000;
    expect((await guarded.send("/api/functions", from("192.0.2.1"))).status).toBe(401);
  });

  test("count for a whole IPv6 network, which is what one caller has", async () => {
    const guarded = new Guarded();
    for (let n = 0; n < 10; n++) await guarded.send("/api/functions", from(`2001:db8:1:2:${n}::1`));
    expect((await guarded.send("/api/functions", from("2001:db8:1:2::99"))).status).toBe(429);
    expect((await guarded.send("/api/functions", from("2001:db8:1:3::99"))).status).toBe(401);
  });

  test("are not what has no key at all, nor what a policy denies", async () => {
    const guarded = new Guarded();
    const token = guarded.bearerKey({ policy: "start-only" });
    const headers = { authorization: `Bearer ${token}`, "cf-connecting-ip": "192.0.2.1" };
    for (let n = 0; n < 12; n++) {
      expect((await guarded.send("/api/functions", { headers })).status).toBe(403);
      expect((await guarded.send("/api/functions", { headers: { "cf-connecting-ip": "192.0.2.1" } })).status).toBe(401);
    }
  });

  test("each key has a rate of its own where KEY_THROTTLING sets one", async () => {
    const guarded = new Guarded({ SECRET_KEYS, KEY_THROTTLING: "2/0.5" });
    const [ann, bob] = [guarded.accessKey({ name: "ann" }), guarded.accessKey({ name: "bob" })];
    const call = async (key: typeof ann): Promise<unknown> =>
      (await guarded.call("ListActivities", {}, key)).body.__type;
    expect([await call(ann), await call(ann), await call(ann)]).toEqual([undefined, undefined, "ThrottlingException"]);
    expect(await call(bob)).toBeUndefined();
    guarded.api.at += 2_000;
    expect(await call(ann)).toBeUndefined();
  });
});

describe("Cloudflare Access", () => {
  const ENV: AccessEnv = {
    ACCESS_TEAM_DOMAIN: TEAM,
    ACCESS_AUD: AUDIENCE,
    ACCESS_POLICIES: JSON.stringify({
      "ann@example.com": "admin",
      "*@example.com": "read-only",
      "0123456789abcdef.access": "start-only",
    }),
  };
  const get = async (guarded: Guarded, assertion: string, method = "GET"): Promise<number> =>
    (await guarded.send("/api/functions/f", { method, headers: { "cf-access-jwt-assertion": assertion } })).status;

  test("tells who somebody is, and ACCESS_POLICIES what they may", async () => {
    const guarded = new Guarded(ENV);
    const as = async (claims: object, method: string): Promise<number> =>
      get(guarded, await guarded.assertion({ ...claims }), method);
    expect(await as({ email: "Ann@Example.com" }, "DELETE")).toBe(404);
    expect(await as({ email: "bob@example.com" }, "GET")).toBe(404);
    expect(await as({ email: "bob@example.com" }, "DELETE")).toBe(403);
    expect(await as({ common_name: "0123456789abcdef.access", sub: "" }, "GET")).toBe(403);
    expect(await as({ email: "eve@example.net" }, "GET")).toBe(403);
    expect(await as({ email: "eve@example.com@example.net" }, "GET")).toBe(403);
    expect(await as({}, "GET")).toBe(403);
    expect(guarded.fetched).toBe(1);
  });

  test("is believed only for this application, this team, and its time", async () => {
    const guarded = new Guarded(ENV);
    const claims = { email: "ann@example.com" };
    const { privateKey } = await generateKeyPair("RS256");
    expect(await get(guarded, await guarded.assertion(claims, { audience: "ffffffffffffffff" }))).toBe(401);
    expect(await get(guarded, await guarded.assertion(claims, { issuer: "https://other.cloudflareaccess.com" }))).toBe(
      401,
    );
    expect(await get(guarded, await guarded.assertion(claims, { expiresIn: -60 }))).toBe(401);
    expect(await get(guarded, await guarded.assertion(claims, { key: privateKey }))).toBe(401);
    const [head = "", body = ""] = (await guarded.assertion(claims)).split(".");
    expect(await get(guarded, `${head}.${body}.`)).toBe(401);
    expect(await get(guarded, `${btoa('{"alg":"none"}').replaceAll("=", "")}.${body}.`)).toBe(401);
    expect(await get(guarded, "nonsense")).toBe(401);
  });

  test("is not asked for its keys again because somebody names a key that it does not have", async () => {
    const guarded = new Guarded(ENV);
    for (let n = 0; n < 5; n++) {
      expect(await get(guarded, await guarded.assertion({ email: "ann@example.com" }, { kid: `made-up-${n}` }))).toBe(
        401,
      );
    }
    expect(guarded.fetched).toBe(1);
  });

  test("out of reach is an outage, and nobody gets in", async () => {
    const logged = vi.spyOn(console, "error").mockImplementation(() => undefined);
    const guarded = new Guarded(ENV);
    guarded.accessAnswer = new Response("no", { status: 500 });
    expect(await get(guarded, await guarded.assertion({ email: "ann@example.com" }))).toBe(503);
    expect(logged).toHaveBeenCalledOnce();
    logged.mockRestore();
  });

  test("does not count where it is not configured", async () => {
    const guarded = new Guarded();
    expect(await get(guarded, await guarded.assertion({ email: "ann@example.com" }))).toBe(401);
  });

  test("makes no keys good where there is nothing to seal them with", async () => {
    const guarded = new Guarded(ENV);
    const headers = { authorization: `Bearer ${guarded.bearerKey()}` };
    expect(await guarded.send("/api/functions", { headers })).toMatchObject({
      status: 401,
      body: { detail: expect.stringContaining("SECRET_KEYS is not set") },
    });
  });

  test("yields to a key that the request brings as well", async () => {
    const guarded = new Guarded({ ...ENV, SECRET_KEYS });
    const assertion = await guarded.assertion({ email: "ann@example.com" });
    const authorization = `Bearer ${guarded.bearerKey({ policy: "read-only" })}`;
    const headers = { authorization, "cf-access-jwt-assertion": assertion };
    expect((await guarded.send("/api/functions/f", { method: "DELETE", headers })).status).toBe(403);
  });
});

describe("a policy", () => {
  test("denies in AWS's words, before anything is looked up", async () => {
    const guarded = new Guarded();
    const key = guarded.accessKey({ policy: "start-only" });
    const stateMachineArn = `${ACCOUNT}:stateMachine:orders`;
    expect((await guarded.call("DescribeStateMachine", { stateMachineArn }, key)).body).toEqual({
      __type: "AccessDeniedException",
      message:
        `User: arn:aws:iam::123456789012:user/ann is not authorized to perform: states:DescribeStateMachine on resource: ` +
        `${stateMachineArn} because no identity-based policy allows the states:DescribeStateMachine action`,
    });
    expect((await guarded.call("StartExecution", { stateMachineArn }, key)).body.__type).toBe(
      "StateMachineDoesNotExist",
    );
  });

  test("knows a statement's resource, and that a Deny wins", async () => {
    const guarded = new Guarded();
    const policy = {
      Statement: [
        { Effect: "Allow", Action: "states:*", Resource: `${ACCOUNT}:stateMachine:orders*` },
        { Effect: "Deny", Action: ["states:Delete*"], Resource: ["*"] },
      ],
    };
    const key = guarded.accessKey({ policy });
    const ask = async (operation: string, name: string): Promise<unknown> =>
      (await guarded.call(operation, { stateMachineArn: `${ACCOUNT}:stateMachine:${name}` }, key)).body;
    expect(await ask("DescribeStateMachine", "orders-eu")).toMatchObject({ __type: "StateMachineDoesNotExist" });
    expect(await ask("DescribeStateMachine", "other")).toMatchObject({ __type: "AccessDeniedException" });
    expect(await ask("DeleteStateMachine", "orders")).toMatchObject({
      message: expect.stringMatching(/with an explicit deny in an identity-based policy$/u),
    });
  });

  test("never reaches into another account", async () => {
    const guarded = new Guarded();
    const stateMachineArn = "arn:aws:states:us-east-1:999999999999:stateMachine:orders";
    expect((await guarded.call("DescribeStateMachine", { stateMachineArn }, guarded.accessKey())).body).toMatchObject({
      __type: "AccessDeniedException",
      message: expect.stringMatching(
        /because no resource-based policy allows the states:DescribeStateMachine action$/u,
      ),
    });
  });

  test("may allow callbacks of one state machine's executions only", async () => {
    const guarded = new Guarded();
    const policy = {
      Statement: { Effect: "Allow", Action: "states:SendTask*", Resource: `${ACCOUNT}:execution:orders:*` },
    };
    const key = guarded.accessKey({ policy });
    const answer = async (taskToken: string): Promise<unknown> =>
      (await guarded.call("SendTaskSuccess", { taskToken, output: "{}" }, key)).body.__type;
    expect(await answer(tokenFor(`${ACCOUNT}:execution:orders:1`))).toBeUndefined();
    expect(await answer(tokenFor(`${ACCOUNT}:execution:other:1`))).toBe("AccessDeniedException");
    expect(await answer("nonsense")).toBe("AccessDeniedException");
  });

  test("speaks of objects as S3 names them", async () => {
    const guarded = new Guarded();
    const policy = { Statement: { Effect: "Allow", Action: "stepflare:*Object", Resource: "arn:aws:s3:::in/a/*" } };
    const headers = { authorization: `Bearer ${guarded.bearerKey({ policy })}` };
    const buckets = (): never => {
      throw new ObjectFault("InvalidBucketName", "reached");
    };
    Object.assign(guarded.api.context, { buckets });
    const get = async (path: string): Promise<number> =>
      (await guarded.send(`/api/objects/${path}`, { headers })).status;
    for (const path of ["in/a/x", "in/a%2Fx", "%69n/a/x/y"]) expect([path, await get(path)]).toEqual([path, 400]);
    for (const path of ["in/b/x", "in/a", "other/a/x", "in", "in/b%2F../a/x"])
      expect([path, await get(path)]).toEqual([path, 403]);
  });
});
