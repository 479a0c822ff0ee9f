import { describe, expect, test } from "vitest";
import { Fixture, type Reply } from "./fixture.ts";

const put = (api: Fixture, name: string, body: unknown): Promise<Reply> =>
  api.request(`/api/functions/${name}`, {
    method: "PUT",
    body: typeof body === "string" ? body : JSON.stringify(body),
  });

describe("a function", () => {
  test("is registered, changed, listed and deleted", async () => {
    const api = new Fixture();
    const record = { name: "charge", url: "http://127.0.0.1:9000/x?y=1", createdAt: "2026-01-02T03:04:05.678Z" };
    expect(await put(api, "charge", { url: record.url })).toMatchObject({ status: 200, body: record });
    expect(await api.request("/api/functions/charge")).toMatchObject({ status: 200, body: record });
    api.at += 1000;
    const changed = { name: "charge", service: "CHARGE", createdAt: record.createdAt };
    expect((await put(api, "charge", { service: "CHARGE" })).body).toEqual(changed);
    await put(api, "a:PROD", { url: "https://example.com" });
    const { body } = await api.request("/api/functions");
    expect(body.functions?.map((x) => x.name)).toEqual(["a:PROD", "charge"]);
    expect((await api.request("/api/functions/charge", { method: "DELETE" })).status).toBe(204);
    expect((await api.request("/api/functions/charge", { method: "DELETE" })).status).toBe(404);
  });

  test("that nobody registered is a problem", async () => {
    expect(await new Fixture().request("/api/functions/none")).toEqual({
      status: 404,
      requestId: null,
      contentType: "application/problem+json",
      body: { type: "about:blank", title: "Not Found", status: 404, detail: "There is no function 'none'" },
    });
  });

  test.each<[unknown, string]>([
    [{}, ""],
    [{ url: "http://a", service: "B" }, ""],
    [{ url: "ftp://a" }, "/url"],
    [{ url: "not a url" }, "/url"],
    [{ url: "http://user:secret@a" }, "/url"],
    [{ url: 5 }, "/url"],
    [{ url: `http://a/${"x".repeat(3000)}` }, "/url"],
    [{ service: "no binding" }, "/service"],
    [{ service: ["A"] }, "/service"],
    [{ url: "http://a", "m~/x": 1 }, "/m~0~1x"],
  ])("%.60j is refused, and where is said", async (body, pointer) => {
    const reply = await put(new Fixture(), "f", body);
    expect(reply).toMatchObject({ status: 400, contentType: "application/problem+json" });
    expect(reply.body["errors"]).toMatchObject([{ pointer }]);
  });

  test.each<[string, number]>([
    ["", 400],
    ["[]", 400],
    ["null", 400],
    ["[".repeat(10_000), 400],
    ['"\ud800"', 400],
    [" ".repeat(20_000), 413],
  ])("the body %.20j is refused", async (body, status) => {
    expect(await put(new Fixture(), "f", body)).toMatchObject({ status, contentType: "application/problem+json" });
  });

  test.each(["a%20b", "%00", "a.b", "x".repeat(141), "%zz", "__proto__%2F"])("the name %s is refused", async (name) => {
    expect((await put(new Fixture(), name, { url: "http://a" })).status).toBe(400);
  });

  test("the list goes on after a page, and only with its own token", async () => {
    expect((await new Fixture().request("/api/functions?nextToken=nonsense")).status).toBe(400);
  });
});

test("what is not there under /api is a problem too", async () => {
  expect(await new Fixture().request("/api/nothing")).toMatchObject({
    status: 404,
    contentType: "application/problem+json",
  });
  expect(await new Fixture().request("/api/health")).toMatchObject({ status: 200, body: { status: "ok" } });
});
