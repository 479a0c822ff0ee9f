/** What credentials say, word for word: what is read of them, what is refused, and how each refusal is put. */
import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import aws4 from "aws4";
import { exportJWK, generateKeyPair, SignJWT, type JWTPayload } from "jose";
import { afterEach, describe, expect, test, vi } from "vitest";
import { accessAssertions } from "../../src/api/auth/access-assertion.ts";
import { addressOf, countAttempts } from "../../src/api/auth/attempts.ts";
import { MAX_SKEW_MS, readSignature } from "../../src/api/auth/authorization-header.ts";
import { boundPrincipal } from "../../src/api/auth/binding.ts";
import { bearerKeyId, hashOf, newAccessKey, newBearerKey } from "../../src/api/auth/key-texts.ts";
import { isLoopback } from "../../src/api/auth/loopback.ts";
import { resourceOf } from "../../src/api/auth/operation-resources.ts";
import { readPolicy, verdictOf } from "../../src/api/auth/policy.ts";
import { NOBODY, openPrincipal, policyPrincipal } from "../../src/api/auth/principal.ts";
import { findReadyMade } from "../../src/api/auth/ready-made-policies.ts";
import { accessSettingsOnce, readAccessSettings, type AccessTeam } from "../../src/api/auth/settings.ts";
import { signatureCheck } from "../../src/api/auth/signature-check.ts";
import { canonicalRequest } from "../../src/api/auth/sigv4.ts";
import { matchesArn } from "../../src/api/auth/wildcard.ts";
import type { Json } from "../../src/asl/json.ts";
import { changeAccessKey, listAccessKeys } from "../../src/runtime/access-keys.ts";
import { createSealer } from "../../src/runtime/sealing.ts";
import { ACCOUNT, SECRET_KEYS } from "./fixture.ts";
import { Guarded, HOST } from "./guarded.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

const NOW = Date.UTC(2026, 10, 21, 12, 30, 15);
const MOMENT = "20261121T123015Z";
const KEY_ID = "AKIAABCDEFGHIJKLMNOP";
const HEX = "0123456789abcdef".repeat(4);

describe("an Authorization header", () => {
  const PARTS = {
    Credential: `${KEY_ID}/20261121/us-east-1/states/aws4_request`,
    SignedHeaders: "host;x-amz-date",
    Signature: HEX,
  };
  const header = (changed: Partial<typeof PARTS> = {}): string =>
    `AWS4-HMAC-SHA256 ${Object.entries({ ...PARTS, ...changed })
      .map(([name, value]) => `${name}=${value}`)
      .join(", ")}`;
  const read = (text: string, moment: string | undefined = MOMENT, now = NOW): unknown =>
    readSignature(text, new Headers(moment === undefined ? {} : { "x-amz-date": moment }), now);
  const refusal = (text: string, moment?: string, now?: number): string => {
    try {
      read(text, moment, now);
    } catch (error) {
      return `${(error as Error).name}: ${(error as Error).message}`;
    }
    return "taken";
  };
  const incomplete = (reason: string): string => `IncompleteSignatureException: Authorization header ${reason}.`;

  test("is read, however its parts are spaced", () => {
    const expected = {
      accessKeyId: KEY_ID,
      date: "20261121",
      region: "us-east-1",
      service: "states",
      signedHeaders: ["host", "x-amz-date"],
      signature: HEX,
      moment: MOMENT,
    };
    expect(read(header())).toEqual(expected);
    expect(read(header().replaceAll(", ", ","))).toEqual(expected);
    expect(read(`${header().replaceAll(", ", "   ,   ")}   `)).toEqual(expected);
    expect(read(header({ Credential: PARTS.Credential.replace("states", "sync-states") }))).toMatchObject({
      service: "sync-states",
    });
    expect(read(header({ SignedHeaders: "1-first;host" }))).toMatchObject({ signedHeaders: ["1-first", "host"] });
  });

  const NOT_PARSED = incomplete("cannot be parsed");
  const NO_CREDENTIAL = incomplete(
    "has a Credential that is not of the form ACCESS-KEY-ID/YYYYMMDD/REGION/SERVICE/aws4_request, or whose access key ID has not at least 16 characters",
  );
  const NO_HEADERS = incomplete("has SignedHeaders that are not names in lower case, in order, each once");
  const NO_SIGNATURE = incomplete("has a Signature that is not 64 hexadecimal digits");
  test.each<[string, string]>([
    ["Bearer x", incomplete("is not that of a signature (AWS4-HMAC-SHA256)")],
    [header().replace("Signature=", "Sig nature="), NOT_PARSED],
    [header().replace("Credential=", "x Credential="), NOT_PARSED],
    [`${header()} x`, NOT_PARSED],
    [`${header()}, Signature=${HEX}`, NOT_PARSED],
    [header().replace(`Signature=${HEX}`, "Signature="), NOT_PARSED],
    ["AWS4-HMAC-SHA256 Signature=1", incomplete("requires 'Credential' parameter. requires 'SignedHeaders' parameter")],
    [header({ Credential: `/${PARTS.Credential}` }), NO_CREDENTIAL],
    [header({ Credential: `${PARTS.Credential}x` }), NO_CREDENTIAL],
    [header({ Credential: PARTS.Credential.replace(KEY_ID, "AKIA") }), NO_CREDENTIAL],
    [header({ SignedHeaders: "host;host" }), NO_HEADERS],
    [header({ SignedHeaders: "x-amz-date;host" }), NO_HEADERS],
    [header({ SignedHeaders: "host;x-Ä" }), NO_HEADERS],
    [header({ SignedHeaders: "host;" }), NO_HEADERS],
    [header({ SignedHeaders: ";host" }), NO_HEADERS],
    [header({ Signature: `0${HEX}` }), NO_SIGNATURE],
    [header({ Signature: `${HEX}0` }), NO_SIGNATURE],
    [header({ Signature: HEX.toUpperCase() }), NO_SIGNATURE],
  ])("is refused: %s", (text, message) => {
    expect(refusal(text)).toBe(message);
  });

  test.each([[""], ["20261121T123015"], ["x20261121T123015Z"], ["20261121T123015Zx"], ["20261321T123015Z"]])(
    "needs a moment, which %j is not",
    (moment) => {
      expect(refusal(header(), moment)).toBe(
        incomplete("requires existence of a 'X-Amz-Date' header, in ISO-8601 basic format"),
      );
    },
  );

  test("is of the day and the service that it says", () => {
    expect(refusal(header({ Credential: PARTS.Credential.replace("states", "s3") }))).toBe(
      "InvalidSignatureException: Credential should be scoped to correct service: 'states'.",
    );
    expect(refusal(header({ Credential: PARTS.Credential.replace("20261121", "20261120") }))).toBe(
      `InvalidSignatureException: Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '20261120' != '20261121', from '${MOMENT}'.`,
    );
  });

  test("is good for a quarter of an hour, before and after", () => {
    expect(refusal(header(), MOMENT, NOW + MAX_SKEW_MS)).toBe("taken");
    expect(refusal(header(), MOMENT, NOW - MAX_SKEW_MS)).toBe("taken");
    expect(refusal(header(), MOMENT, NOW + MAX_SKEW_MS + 1000)).toBe(
      `InvalidSignatureException: Signature expired: ${MOMENT} is now earlier than 20261121T123016Z (20261121T124516Z - 15 min.)`,
    );
    expect(refusal(header(), MOMENT, NOW - MAX_SKEW_MS - 1000)).toBe(
      `InvalidSignatureException: Signature not yet current: ${MOMENT} is still later than 20261121T123014Z (20261121T121514Z + 15 min.)`,
    );
  });
});

describe("a canonical request", () => {
  const lines = (path: string, query: string, signedHeaders: readonly string[] = ["host"]): string | undefined =>
    canonicalRequest({ method: "POST", path, query, headers: [["host", " a   b "]] }, signedHeaders, "hash");

  test("encodes what RFC 3986 reserves, and orders the query", () => {
    expect(lines("/a!b'(c)*//./d/../", "b=2&a=x%2Fy&a=(1)&c&d=e=f&b=1")).toBe(
      "POST\n/a%21b%27%28c%29%2A/\na=%281%29&a=x%2Fy&b=1&b=2&c=&d=e%3Df\nhost:a b\n\nhost\nhash",
    );
    expect(lines("/one/two", "")).toBe("POST\n/one/two\n\nhost:a b\n\nhost\nhash");
  });

  test("is none where the query is malformed, or a signed header did not come", () => {
    expect(lines("/", "a=%zz")).toBeUndefined();
    expect(lines("/", "%zz=a")).toBeUndefined();
    expect(lines("/", "", ["host", "x-amz-date"])).toBeUndefined();
  });
});

describe("a signature", () => {
  const key = newAccessKey();
  const signedRequest = (path: string, body: string): Request => {
    const { host } = new URL(HOST);
    const headers = { "X-Amz-Date": MOMENT };
    const options = { host, path, method: "POST", service: "states", region: "us-east-1", headers, body };
    const { headers: signed } = aws4.sign(options, key);
    return new Request(HOST + path, { method: "POST", headers: signed as Record<string, string>, body });
  };
  const checked = async (check: ReturnType<typeof signatureCheck>, path: string, body = "{}"): Promise<void> => {
    const request = signedRequest(path, body);
    const signature = readSignature(request.headers.get("authorization") ?? "", request.headers, NOW);
    const { host } = new URL(HOST);
    await check(request, new TextEncoder().encode(body), signature, key.secretAccessKey, [host]);
  };

  test("covers the query", async () => {
    await expect(checked(signatureCheck(), "/?b=1&a=2")).resolves.toBeUndefined();
  });

  test("is checked by a key that is made once a day", async () => {
    const imported = vi.spyOn(crypto.subtle, "importKey");
    const check = signatureCheck();
    await checked(check, "/");
    const first = imported.mock.calls.length;
    expect(first).toBe(5);
    await checked(check, "/?x=1");
    expect(imported.mock.calls.length).toBe(first);
  });
});

describe("a key's text", () => {
  const BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

  test("ends with the CRC-32 of what stands before, in base 62", () => {
    const { token } = newBearerKey("local");
    const [, text = "", check] = /^(.*)_(.{6})$/u.exec(token) ?? [];
    let rest = crc32(text);
    let digits = "";
    for (let i = 0; i < 6; i++) {
      digits = `${BASE62[rest % 62]}${digits}`;
      rest = Math.floor(rest / 62);
    }
    expect(check).toBe(digits);
    expect(hashOf(token)).toBe(createHash("sha256").update(token).digest("hex"));
    expect([bearerKeyId(`x${token}`), bearerKeyId(`${token}x`), bearerKeyId(token.replace("local", "other"))]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  test("is of digits that are as likely as each other: what is left of a byte's range is drawn again", () => {
    let drawn = 0;
    vi.spyOn(crypto, "getRandomValues").mockImplementation((array) => {
      // 248 to 255 are no whole round of 62, and 247 is the last of one.
      const bytes = drawn++ === 0 ? [248, 255, 247, 0, 61, 62] : [1];
      return Object.assign(array as Uint8Array, new Uint8Array(array.byteLength).fill(1), bytes);
    });
    expect(newBearerKey("live").id).toBe("z0z011111111");
  });
});

describe("attempts", () => {
  const from = (address?: string): Request =>
    new Request(HOST, address === undefined ? {} : { headers: { "cf-connecting-ip": address } });

  test("are counted by address, of IPv6 by the network", () => {
    expect(addressOf(from())).toBe("");
    expect(addressOf(from("203.0.113.7"))).toBe("203.0.113.7");
    expect(addressOf(from("2001:db8:1:2:3:4:5:6"))).toBe("2001:db8:1:2");
    expect(addressOf(from("2001:db8::1"))).toBe("2001:db8");
  });

  test("that are too many are throttled in AWS's words", () => {
    const attempts = countAttempts(() => 0);
    const rate = { size: 1, perSecond: 1 };
    attempts.countCall("ann", rate);
    attempts.countCall("bob", rate);
    expect(() => attempts.countCall("ann", rate)).toThrow(
      expect.objectContaining({ name: "ThrottlingException", message: "Rate exceeded" }),
    );
    for (let n = 0; n < 10; n++) {
      attempts.refuseAfterFailures(from("203.0.113.7"));
      attempts.countFailure(from("203.0.113.7"));
    }
    expect(() => attempts.refuseAfterFailures(from("203.0.113.7"))).toThrow("Rate exceeded");
    attempts.refuseAfterFailures(from("203.0.113.8"));
  });
});

describe("the door", () => {
  const wrong = (guarded: Guarded): Promise<unknown> =>
    guarded.call("ListStateMachines", {}, newAccessKey()).then(({ body }) => body.__type);

  test.each<[string, (guarded: Guarded) => () => Promise<unknown>]>([
    ["UnrecognizedClientException", (guarded) => () => wrong(guarded)],
    [
      "InvalidSignatureException",
      (guarded) => {
        const forged = { ...guarded.accessKey(), secretAccessKey: "x" };
        return () => guarded.call("ListStateMachines", {}, forged).then(({ body }) => body.__type);
      },
    ],
    [
      "ExpiredTokenException",
      (guarded) => {
        const expired = guarded.accessKey({ expiresAt: 1 });
        return () => guarded.call("ListStateMachines", {}, expired).then(({ body }) => body.__type);
      },
    ],
  ])("throttles an address after ten of %s", async (name, prepared) => {
    const ask = prepared(new Guarded());
    for (let n = 0; n < 10; n++) expect(await ask()).toBe(name);
    expect(await ask()).toBe("ThrottlingException");
  });

  test("does not count what nobody would guess with", async () => {
    const guarded = new Guarded();
    const key = guarded.accessKey();
    const body = JSON.stringify({ x: "x".repeat(1_000_001) });
    const headers = guarded.signed(key, "ListStateMachines", body);
    for (let n = 0; n < 12; n++) {
      expect((await guarded.send("/", { method: "POST", headers, body })).body).toEqual({
        __type: "RequestEntityTooLargeException",
        message: "The request is too large",
      });
    }
  });

  test("knows a bearer key by its hash, and takes it in one form", async () => {
    const guarded = new Guarded();
    const token = guarded.bearerKey();
    const status = async (authorization: string): Promise<number> =>
      (await guarded.send("/api/functions", { headers: { authorization } })).status;
    expect(await status(`bearer    ${token}`)).toBe(200);
    expect(await status(`x-bearer ${token}`)).toBe(401);
    expect(await status(`Bearer ${token} x`)).toBe(401);
    guarded.api.db.database.exec("UPDATE access_key SET secret = 'another'");
    guarded.api.at += 60_000;
    expect(await status(`Bearer ${token}`)).toBe(401);
  });

  test("says when a key's time is over", async () => {
    const guarded = new Guarded();
    expect((await guarded.call("ListStateMachines", {}, guarded.accessKey({ expiresAt: 1 }))).body).toEqual({
      __type: "ExpiredTokenException",
      message: "The security token included in the request is expired",
    });
  });

  test("lets a key whose policy cannot be read do nothing", async () => {
    const guarded = new Guarded();
    const key = guarded.accessKey({ policy: { Statement: [{ Effect: "Perhaps" }] } });
    expect((await guarded.call("ListStateMachines", {}, key)).body.__type).toBe("AccessDeniedException");
  });

  test("notes a key's use once, however often it comes within the hour", async () => {
    const guarded = new Guarded();
    const key = guarded.accessKey();
    const first = guarded.api.at;
    for (const later of [0, 1000, 3_600_000]) {
      guarded.api.at = first + later;
      await guarded.call("ListStateMachines", {}, key);
    }
    expect(guarded.background).toHaveLength(1);
    guarded.api.at = first + 3_600_001;
    await guarded.call("ListStateMachines", {}, key);
    expect(guarded.background).toHaveLength(2);
  });

  test.each([
    [
      { ALLOW_UNAUTHENTICATED: "true" },
      'Whoever reaches this Worker may do everything, without a key: ALLOW_UNAUTHENTICATED is "true"',
    ],
    [
      { OPEN_ON_LOOPBACK: "true" },
      `Whoever reaches this machine's own address may do everything, without a key: OPEN_ON_LOOPBACK is "true"`,
    ],
  ])("says once that it stands open: %j", async (env, message) => {
    vi.resetModules();
    const warned = vi.spyOn(console, "warn").mockImplementation(() => undefined);
    const { createDoor } = await import("../../src/api/auth/door.ts");
    const door = createDoor(() => NOW, fetch);
    const entrance = {
      settings: readAccessSettings(env),
      db: new Guarded().api.context.db,
      protocol: "wire" as const,
      maxBodyBytes: 1,
      keepAlive: () => undefined,
    };
    for (let n = 0; n < 2; n++) {
      const { principal } = await door(new Request("http://localhost:8787/"), entrance);
      expect(principal.arn).toBe("arn:aws:iam::123456789012:role/anyone");
    }
    expect(warned.mock.calls).toEqual([[`stepflare: ${message}`]]);
  });
});

describe("the settings", () => {
  const policies = { "Ann@Example.com": "admin" };
  const TEAM = {
    ACCESS_TEAM_DOMAIN: "t.cloudflareaccess.com",
    ACCESS_AUD: HEX.slice(0, 16),
    ACCESS_POLICIES: policies,
  };
  const team = (changed: object): AccessTeam | undefined => readAccessSettings({ ...TEAM, ...changed }).team;

  test("are read once for an environment", () => {
    const settingsOf = accessSettingsOnce();
    const env = { SIGNED_HOSTS: " a , ,b" };
    expect(settingsOf(env).hosts).toEqual(["a", "b"]);
    expect(settingsOf(env)).toBe(settingsOf(env));
    const first = settingsOf(env);
    expect(settingsOf({ SIGNED_HOSTS: "c" }).hosts).toEqual(["c"]);
    expect(settingsOf(env)).not.toBe(first);
  });

  test("take the team's domain as people have it", () => {
    for (const ACCESS_TEAM_DOMAIN of ["t.cloudflareaccess.com", "https://t.cloudflareaccess.com/"])
      expect(team({ ACCESS_TEAM_DOMAIN })?.issuer).toBe("https://t.cloudflareaccess.com");
    for (const ACCESS_TEAM_DOMAIN of ["x t.example.com", "t.example.com/x", "a.https://t.example.com", " "])
      expect(() => team({ ACCESS_TEAM_DOMAIN })).toThrow(/^ACCESS_TEAM_DOMAIN must be/u);
    expect([...(team({})?.policies.keys() ?? [])]).toEqual(["ann@example.com"]);
  });

  test("take tags that all are tags", () => {
    const tag = HEX.slice(0, 16);
    expect(team({ ACCESS_AUD: ` ${tag} , ${HEX}` })?.audiences).toEqual([tag, HEX]);
    for (const ACCESS_AUD of [`${tag},mine`, `!${tag}`, `${tag}!`, " , "])
      expect(() => team({ ACCESS_AUD })).toThrow(/^ACCESS_AUD must be/u);
  });

  test("are incomplete whichever of the three is missing, and of blanks there are none", () => {
    const blank = { ACCESS_TEAM_DOMAIN: " ", ACCESS_AUD: " ", ACCESS_POLICIES: {} };
    expect(readAccessSettings(blank).team).toBeUndefined();
    expect(readAccessSettings({ KEY_THROTTLING: " " }).callRate).toBeUndefined();
    expect(() => readAccessSettings({ ...blank, ACCESS_TEAM_DOMAIN: TEAM.ACCESS_TEAM_DOMAIN })).toThrow(/^ACCESS_AUD/u);
    expect(() => readAccessSettings({ ...blank, ACCESS_AUD: HEX })).toThrow(/^ACCESS_TEAM_DOMAIN/u);
    expect(() => readAccessSettings({ ...blank, ACCESS_POLICIES: policies })).toThrow(/^ACCESS_TEAM_DOMAIN/u);
    expect(() => team({ ACCESS_POLICIES: { "*": 5 } })).toThrow(/^ACCESS_POLICIES, '\*': a policy is an object/u);
  });

  test("seal by SECRET_KEYS alone", () => {
    expect(readAccessSettings({ SECRET_KEYS }).sealer).toBeDefined();
    expect(createSealer(undefined).isSecret).toBe(false);
  });
});

describe("Cloudflare Access", () => {
  const ISSUER = "https://t.cloudflareaccess.com";
  const all = findReadyMade("admin")!;
  const policies = new Map([
    ["ann@example.com", all],
    ["*@example.org", all],
    ["robot.access", all],
  ]);
  const prepared = (async () => {
    const { publicKey, privateKey } = await generateKeyPair("RS256", { extractable: true });
    const keys = [{ ...(await exportJWK(publicKey)), kid: "one", alg: "RS256", use: "sig" }];
    return { privateKey, jwks: JSON.stringify({ keys }) };
  })();
  const who = async (
    claims: JWTPayload,
    {
      times = { iat: NOW / 1000, exp: NOW / 1000 + 60 },
      answer,
      more = [],
    }: { times?: JWTPayload; answer?: () => Promise<Response>; more?: readonly string[] } = {},
  ): Promise<string> => {
    const { privateKey, jwks } = await prepared;
    const fetchKeys = answer ?? (async () => new Response(jwks, { headers: { "content-type": "application/json" } }));
    const read = accessAssertions(() => NOW, fetchKeys);
    const text = await new SignJWT({ iss: ISSUER, aud: "a", ...times, ...claims })
      .setProtectedHeader({ alg: "RS256", kid: "one" })
      .sign(privateKey);
    const team = {
      issuer: ISSUER,
      audiences: ["a"],
      policies: new Map([...policies, ...more.map((x) => [x, all] as const)]),
    };
    return read(text, team, "123456789012").then(
      ({ arn }) => arn,
      (error: Error) => `${error.name}: ${error.message}`,
    );
  };
  const NO_POLICY = "AccessDeniedException: ACCESS_POLICIES has no policy for whoever Cloudflare Access let in";
  const INVALID = "UnrecognizedClientException: The assertion of Cloudflare Access is invalid";
  const USER = "arn:aws:iam::123456789012:user/access";

  test("names a person by the address, a service by its client id", async () => {
    expect(await who({ email: "Ann@Example.com" })).toBe(`${USER}/ann@example.com`);
    expect(await who({ email: "bob@example.org" })).toBe(`${USER}/bob@example.org`);
    expect(await who({ email: "", common_name: "ROBOT.access" })).toBe(`${USER}/robot.access`);
    expect(await who({ common_name: "robot.access" })).toBe(`${USER}/robot.access`);
  });

  test("lets in nobody for whom there is no policy", async () => {
    expect(await who({ email: "bob@example.com" })).toBe(NO_POLICY);
    expect(await who({ common_name: "" }, { more: [""] })).toBe(NO_POLICY);
    expect(await who({ email: 5 }, { more: ["*", "5"] })).toBe(NO_POLICY);
    expect(await who({ common_name: 5 }, { more: ["*"] })).toBe(NO_POLICY);
    // A client id is no address, whatever it ends with.
    expect(await who({ common_name: "example.org" })).toBe(NO_POLICY);
    expect(await who({ common_name: "other" }, { more: ["*@other"] })).toBe(NO_POLICY);
    expect(await who({ common_name: "other" }, { more: ["*"] })).toBe(`${USER}/other`);
  });

  test("has to say since when and until when", async () => {
    const email = "ann@example.com";
    expect(await who({ email }, { times: { iat: NOW / 1000 } })).toBe(INVALID);
    expect(await who({ email }, { times: { exp: NOW / 1000 + 60 } })).toBe(INVALID);
    expect(await who({ email }, { times: { iat: NOW / 1000 - 90, exp: NOW / 1000 - 60 } })).toBe(
      "ExpiredTokenException: The assertion of Cloudflare Access has expired",
    );
  });

  test.each<[string, () => Promise<Response>]>([
    ["answers 500", async () => new Response("no", { status: 500 })],
    ["answers no keys", async () => new Response("{}", { headers: { "content-type": "application/json" } })],
    ["is out of reach", async () => Promise.reject(new TypeError("reset"))],
    ["takes too long", async () => Promise.reject(new DOMException("late", "TimeoutError"))],
  ])("is an outage where it %s", async (_what, answer) => {
    const logged = vi.spyOn(console, "error").mockImplementation(() => undefined);
    expect(await who({ email: "ann@example.com" }, { answer })).toBe(
      "ServiceUnavailable: Cloudflare Access cannot be asked for its keys at the moment; try again",
    );
    expect(logged).toHaveBeenCalledWith(
      "stepflare: the keys of Cloudflare Access could not be fetched",
      expect.any(Error),
    );
  });
});

describe("an operation's resource", () => {
  const directory = {
    config: { accountId: "123456789012", region: "us-east-1" },
    executionOfToken: (token: string) => (token === "good" ? `${ACCOUNT}:execution:m:e` : undefined),
  };
  const of = (operation: Parameters<typeof resourceOf>[0], input: Record<string, Json>): string =>
    resourceOf(operation, input, directory);

  test("is known from the input", () => {
    expect(of("ListExecutions", { stateMachineArn: "a", mapRunArn: "b" })).toBe("b");
    expect(of("ListExecutions", { stateMachineArn: "a" })).toBe("a");
    expect(of("ListExecutions", {})).toBe("*");
    expect(of("DescribeExecution", { executionArn: "a" })).toBe("a");
    expect(of("DescribeExecution", { executionArn: 5 })).toBe("*");
    expect(of("DescribeExecution", {})).toBe("*");
    expect(of("SendTaskSuccess", { taskToken: "good" })).toBe(`${ACCOUNT}:execution:m:e`);
    expect(of("SendTaskSuccess", { taskToken: "bad" })).toBe("*");
  });

  test.each(["ListActivities", "ListStateMachines", "TestState", "ValidateStateMachineDefinition"] as const)(
    "is none in particular for %s, whatever members there are",
    (operation) => {
      expect(of(operation, { "*": "arn:x", "": "arn:y" })).toBe("*");
    },
  );

  test("of an alias is that of the machine it leads to", () => {
    const routed = (routingConfiguration: Json): string =>
      of("CreateStateMachineAlias", { name: "prod", routingConfiguration });
    const arn = `${ACCOUNT}:stateMachine:m`;
    expect(routed([{ stateMachineVersionArn: `${arn}:1`, weight: 100 }])).toBe(`${arn}:prod`);
    expect(routed([])).toBe(":prod");
    expect(routed([5])).toBe(":prod");
    expect(routed({ 0: { stateMachineVersionArn: `${arn}:1` } })).toBe(":prod");
    expect(of("CreateStateMachineAlias", { name: "prod" })).toBe(":prod");
  });
});

describe("a principal", () => {
  test("may do what it may in its own account", () => {
    const admin = policyPrincipal("123456789012", "user/", "ann", findReadyMade("admin")!);
    expect(admin.may("states:StartExecution", "arn:aws:s3:::bucket")).toBe(true);
    expect(admin.may("states:StartExecution", "no:arn:at:all:999999999999")).toBe(true);
    expect(admin.may("states:StartExecution", "arn")).toBe(true);
    expect(admin.may("states:StartExecution", "arn:aws:states:us-east-1:999999999999:x")).toBe(false);
    expect(() => admin.authorize("states:StartExecution", "*")).not.toThrow();
  });

  test("is anybody or nobody", () => {
    expect(openPrincipal("123456789012", "anyone")).toMatchObject({ arn: "arn:aws:iam::123456789012:role/anyone" });
    expect(openPrincipal("123456789012", "anyone").may("states:StartExecution", "*")).toBe(true);
    expect(NOBODY).toMatchObject({ arn: "arn:aws:iam::000000000000:user/nobody", name: "nobody" });
    expect(NOBODY.may("states:StartExecution", "*")).toBe(false);
  });

  test("of a service binding is a Worker by name", () => {
    expect(boundPrincipal("123456789012", {}).arn).toBe("arn:aws:iam::123456789012:role/binding/worker");
    expect(() => boundPrincipal("123456789012", { policy: 5 })).toThrow(
      "props.policy of a service binding to BoundApi must be one of admin, read-only, start-only, callback-only, or a policy: a policy is an object with a Statement",
    );
  });
});

describe("a policy", () => {
  const statement = { Effect: "Allow", Action: "states:*", Resource: "*" };

  test.each<[object, string]>([
    [
      { Action: ["states:*", "s3:*"] },
      "an Action is a pattern such as states:StartExecution, stepflare:* or *, or a list of them",
    ],
    [{ Action: "xstates:*" }, "an Action is a pattern"],
    [{ Action: "states:Start!" }, "an Action is a pattern"],
    [{ Action: ["states:*", 5] }, "an Action is a pattern"],
    [{ Resource: ["*", "orders"] }, "a Resource is *, or the pattern of an ARN, or a list of them"],
    [{ Other: 1 }, "a Statement has no member 'Other' here, but Sid, Effect, Action, Resource"],
  ])("is refused for one wrong item: %j", (changed, fault) => {
    expect(readPolicy({ Statement: { ...statement, ...changed } })).toEqual({
      fault: expect.stringContaining(fault),
    });
  });

  test("may have IAM's length, and no character more", () => {
    const sized = (length: number): object => {
      const empty = { Statement: { ...statement, Sid: "" } };
      return { Statement: { ...statement, Sid: "x".repeat(length - JSON.stringify(empty).length) } };
    };
    expect(readPolicy(sized(6144) as Json)).toHaveProperty("policy");
    expect(readPolicy(sized(6145) as Json)).toHaveProperty("fault");
  });

  test("speaks of a resource where one of its patterns does", () => {
    const policy = [
      { effect: "Allow", actions: ["states:*"], resources: ["arn:aws:states:*:*:a", "arn:aws:states:*:*:b"] },
    ] as const;
    expect(verdictOf(policy, "states:StopExecution", "arn:aws:states:us-east-1:1:b")).toBe("allowed");
    expect(verdictOf(policy, "states:StopExecution", "arn:aws:states:us-east-1:1:c")).toBe("not allowed");
  });

  test("is of all parts of an ARN", () => {
    expect(matchesArn("a:b:c", "a:b")).toBe(false);
    expect(matchesArn("a:b", "a:b:c")).toBe(true);
    expect(matchesArn("*", "no arn")).toBe(true);
    expect(matchesArn("arn:aws:states:*:1:x:y", "arn:aws:states:r:1:x:y")).toBe(true);
    expect(matchesArn("arn:*:x:y", "arn:aws:states:r:1:x:y")).toBe(false);
  });
});

describe("this machine's own address", () => {
  test.each([
    ["http://localhost:8787/", true],
    ["http://sync-localhost/", true],
    ["http://app.localhost/", true],
    ["http://127.0.0.1/", true],
    ["http://[::1]/", true],
    ["http://notlocalhost/", false],
    ["http://a.b.localhost/", false],
    ["http://localhost.example.com/", false],
    ["http://127.0.0.1.example.com/", false],
    ["http://x127.0.0.1.example/", false],
  ])("%s: %s", (url, own) => {
    expect(isLoopback(url)).toBe(own);
  });
});

describe("stored keys", () => {
  test("come by pages", async () => {
    const stored = new Guarded();
    const ids = Array.from({ length: 5 }, () => stored.accessKey().accessKeyId).toSorted();
    const { db } = stored.api.context;
    const first = await listAccessKeys(db, "123456789012", "", 2);
    expect(first).toMatchObject({ items: ids.slice(0, 2).map((id) => ({ id })), lastKey: ids[1] });
    const last = await listAccessKeys(db, "123456789012", ids[2]!, 2);
    expect(last).toMatchObject({ items: ids.slice(3).map((id) => ({ id })) });
    expect(last).not.toHaveProperty("lastKey");
  });

  test("keep what a change does not name", async () => {
    const guarded = new Guarded();
    const { accessKeyId: id } = guarded.accessKey({ expiresAt: 7, disabledAt: 8 });
    const { db } = guarded.api.context;
    const change = (changed: object): Promise<unknown> => changeAccessKey(db, "123456789012", id, changed);
    expect(await change({ policy: "read-only" })).toMatchObject({ policy: "read-only", expiresAt: 7, disabledAt: 8 });
    expect(await change({ expiresAt: null })).toMatchObject({ policy: "read-only", expiresAt: null, disabledAt: 8 });
    expect(await change({ disabledAt: null })).toMatchObject({ policy: "read-only", disabledAt: null });
    expect(await changeAccessKey(db, "123456789012", "none", {})).toBeUndefined();
  });
});
