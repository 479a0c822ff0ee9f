/** Keys over REST: made, listed, changed for others, disabled and revoked. */
import { describe, expect, test } from "vitest";
import { createSealer } from "../../src/runtime/sealing.ts";
import type { AccessKey } from "../../src/api/auth/key-texts.ts";
import { Guarded, type Call } from "./guarded.ts";

type Body = Readonly<Record<string, string>>;

const DAY = 86_400_000;

function guardedWith(policy = "admin"): {
  guarded: Guarded;
  ask: (method: string, path: string, body?: object) => Promise<Call>;
} {
  const guarded = new Guarded();
  const authorization = `Bearer ${guarded.bearerKey({ name: "root", policy })}`;
  const ask = (method: string, path: string, body?: object): Promise<Call> =>
    guarded.send(`/api/keys${path}`, {
      method,
      headers: { authorization, ...(body && { "content-type": "application/json" }) },
      ...(body && { body: JSON.stringify(body) }),
    });
  return { guarded, ask };
}

const asAccessKey = ({ body }: Call): AccessKey => {
  const { id = "", secretAccessKey = "" } = body as unknown as Body;
  return { accessKeyId: id, secretAccessKey };
};
const tokenOf = ({ body }: Call): string => (body as unknown as Body)["token"] ?? "";
const idOf = ({ body }: Call): string => (body as unknown as Body)["id"] ?? "";
const useOf = async (guarded: Guarded, key: AccessKey): Promise<unknown> =>
  (await guarded.call("ListActivities", {}, key)).body.__type ?? "let in";

test("an access key is made, shown once, and signs", async () => {
  const { guarded, ask } = guardedWith();
  const made = await ask("POST", "", { name: "ci", policy: "read-only" });
  expect(made).toMatchObject({ status: 200, body: { name: "ci", kind: "access", policy: "read-only" } });
  expect(await useOf(guarded, asAccessKey(made))).toBe("let in");
  const { body } = await ask("GET", "");
  expect(body["keys"]).toContainEqual({
    id: idOf(made),
    name: "ci",
    kind: "access",
    policy: "read-only",
    createdAt: "2026-01-02T03:04:05.678Z",
    lastUsedAt: "2026-01-02T03:04:05.678Z",
  });
  expect(JSON.stringify(body)).not.toContain(asAccessKey(made).secretAccessKey);
});

test("a bearer key is made, shown once, and ends when it is to", async () => {
  const { guarded, ask } = guardedWith();
  const expiresAt = new Date(guarded.api.at + DAY).toISOString();
  const policy = { Statement: { Effect: "Allow", Action: "stepflare:ListFunctions", Resource: "*" } };
  const made = await ask("POST", "", { name: "script", kind: "bearer", policy, expiresAt });
  expect(made.body).toMatchObject({ policy, expiresAt, token: expect.stringMatching(/^sfn_live_/u) });
  const headers = { authorization: `Bearer ${tokenOf(made)}` };
  expect((await guarded.send("/api/functions", { headers })).status).toBe(200);
  expect((await guarded.send("/api/subscriptions", { headers })).status).toBe(403);
  guarded.api.at += DAY;
  expect((await guarded.send("/api/functions", { headers })).status).toBe(401);
});

test("no secret is in the database as it is", async () => {
  const { guarded, ask } = guardedWith();
  const access = asAccessKey(await ask("POST", "", { name: "a", policy: "admin" }));
  const bearer = tokenOf(await ask("POST", "", { name: "b", kind: "bearer", policy: "admin" }));
  const rows = JSON.stringify(guarded.api.db.database.prepare("SELECT * FROM access_key").all());
  expect(rows).toContain(access.accessKeyId);
  expect(rows).not.toContain(access.secretAccessKey);
  expect(rows).not.toContain(bearer.slice("sfn_live_".length + 13, -7));
});

describe("rotation", () => {
  test("makes a second key of the name, and lets the first go on for a day", async () => {
    const { guarded, ask } = guardedWith();
    const first = await ask("POST", "", { name: "ci", policy: "read-only" });
    const second = await ask("POST", `/${idOf(first)}/rotate`, {});
    expect(second.body).toMatchObject({ name: "ci", kind: "access", policy: "read-only" });
    const use = (key: Call): Promise<unknown> => useOf(guarded, asAccessKey(key));
    expect([await use(first), await use(second)]).toEqual(["let in", "let in"]);
    guarded.api.at += DAY;
    expect([await use(first), await use(second)]).toEqual(["ExpiredTokenException", "let in"]);
    expect((await ask("POST", `/${idOf(second)}/rotate`, { graceSeconds: 0 })).status).toBe(200);
    expect(await use(second)).toBe("ExpiredTokenException");
  });

  test("is not done twice at a time: two keys of a name live at most, and a refused one ends nothing", async () => {
    const { guarded, ask } = guardedWith();
    const first = await ask("POST", "", { name: "ci", policy: "admin" });
    const second = await ask("POST", "", { name: "ci", policy: "admin" });
    expect((await ask("POST", "", { name: "ci", policy: "admin" })).status).toBe(409);
    expect((await ask("POST", `/${idOf(first)}/rotate`, { graceSeconds: 0 })).status).toBe(409);
    expect(await useOf(guarded, asAccessKey(first))).toBe("let in");
    await ask("DELETE", `/${idOf(second)}`);
    expect((await ask("POST", `/${idOf(first)}/rotate`, {})).status).toBe(200);
  });
});

describe("a key that is taken away", () => {
  test("is refused at once where that was done, disabled or for good", async () => {
    const { guarded, ask } = guardedWith();
    const key = await ask("POST", "", { name: "ci", policy: "admin" });
    const use = (): Promise<unknown> => useOf(guarded, asAccessKey(key));
    expect(await use()).toBe("let in");
    expect((await ask("PATCH", `/${idOf(key)}`, { disabled: true })).body).toHaveProperty("disabledAt");
    expect(await use()).toBe("UnrecognizedClientException");
    expect((await ask("PATCH", `/${idOf(key)}`, { disabled: false })).body).not.toHaveProperty("disabledAt");
    expect(await use()).toBe("let in");
    expect((await ask("DELETE", `/${idOf(key)}`)).status).toBe(204);
    expect(await use()).toBe("UnrecognizedClientException");
    expect((await ask("DELETE", `/${idOf(key)}`)).status).toBe(404);
  });

  test("may be given another policy or another end instead", async () => {
    const { guarded, ask } = guardedWith();
    const key = await ask("POST", "", { name: "ci", policy: "admin" });
    await ask("PATCH", `/${idOf(key)}`, { policy: "start-only" });
    expect(await useOf(guarded, asAccessKey(key))).toBe("AccessDeniedException");
    const expiresAt = new Date(guarded.api.at + 1000).toISOString();
    expect((await ask("PATCH", `/${idOf(key)}`, { expiresAt })).body).toMatchObject({
      expiresAt,
      policy: "start-only",
    });
    expect((await ask("PATCH", `/${idOf(key)}`, { expiresAt: null })).body).not.toHaveProperty("expiresAt");
  });
});

test.each<[object, string]>([
  [{ policy: "admin" }, "'name' must be"],
  [{ name: "a b", policy: "admin" }, "'name' must be"],
  [{ name: "a" }, "'policy' must be admin, read-only"],
  [{ name: "a", policy: "root" }, "'policy' must be admin, read-only"],
  [{ name: "a", policy: { Statement: { Effect: "Allow" } } }, "an Action is a pattern"],
  [{ name: "a", policy: "admin", kind: "root" }, "'kind' must be access or bearer"],
  [{ name: "a", policy: "admin", expiresAt: "tomorrow" }, "'expiresAt' must be a moment to come"],
  [{ name: "a", policy: "admin", expiresAt: "2020-01-01T00:00:00Z" }, "'expiresAt' must be a moment to come"],
  [{ name: "a", policy: "admin", secret: "x" }, "There is no member 'secret' here"],
])("%j is refused with what is wrong", async (body, detail) => {
  const { ask } = guardedWith();
  expect(await ask("POST", "", body)).toMatchObject({ status: 400, body: { detail: expect.stringContaining(detail) } });
});

test("other requests are refused with what is wrong", async () => {
  const { ask } = guardedWith();
  const id = idOf(await ask("POST", "", { name: "a", policy: "admin" }));
  expect(await ask("POST", `/${id}/rotate`, { graceSeconds: -1 })).toMatchObject({ status: 400 });
  expect(await ask("POST", `/${id}/rotate`, { grace: 1 })).toMatchObject({ status: 400 });
  expect(await ask("PATCH", `/${id}`, { disabled: "yes" })).toMatchObject({ status: 400 });
  for (const method of ["PATCH", "DELETE"]) expect((await ask(method, "/nobody", {})).status).toBe(404);
  expect((await ask("POST", "/nobody/rotate", {})).status).toBe(404);
});

test("without SECRET_KEYS there are no access keys, as their secrets could not be kept", async () => {
  const { guarded, ask } = guardedWith();
  Object.assign(guarded.api.context, { sealer: createSealer(undefined) });
  expect(await ask("POST", "", { name: "a", policy: "admin" })).toMatchObject({
    status: 501,
    body: { detail: expect.stringContaining("SECRET_KEYS") },
  });
});

test("whoever may only read sees keys without their secrets, and makes none", async () => {
  const reader = guardedWith("read-only");
  expect((await reader.ask("GET", "")).status).toBe(200);
  expect((await reader.ask("POST", "", { name: "a", policy: "admin" })).status).toBe(403);
  expect((await guardedWith("start-only").ask("GET", "")).status).toBe(403);
});
