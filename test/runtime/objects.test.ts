import { createExecutionContext } from "cloudflare:test";
import { describe, expect, test } from "vitest";
import worker from "../../src/index.ts";
import type { Env } from "../../src/env.ts";
import { bindings } from "./words.ts";

const PLACE = "http://localhost/api/objects";

/** What the Worker answers, with these settings beside its own. */
async function ask(path: string, init: RequestInit = {}, settings: Partial<Env> = {}): Promise<Response> {
  const request = new Request(PLACE + path, init) as Parameters<NonNullable<typeof worker.fetch>>[0];
  const answer = await worker.fetch?.(request, { ...bindings, ...settings }, createExecutionContext());
  if (answer === undefined) throw new Error("the Worker answers nothing");
  return answer;
}

async function put(path: string, body: string, headers: Record<string, string> = {}): Promise<Response> {
  const length = String(new TextEncoder().encode(body).length);
  return ask(path, { method: "PUT", body, headers: { "content-length": length, ...headers } });
}

/** A body that comes without its length. */
function chunked(...chunks: readonly Uint8Array[]): ReadableStream {
  return new ReadableStream({
    start: (controller) => {
      for (const chunk of chunks) controller.enqueue(chunk);
      controller.close();
    },
  });
}

describe("an object", () => {
  test("is fetched as it was put", async () => {
    const stored = await put("/bucket-1/folder/hello.txt", "hello", { "content-type": "text/plain" });
    expect(stored.status).toBe(200);
    expect(await stored.json()).toEqual({
      key: "folder/hello.txt",
      size: 5,
      etag: '"5d41402abc4b2a76b9719d911017c592"',
      lastModified: expect.stringMatching(/^\d{4}-.*Z$/u),
    });
    const fetched = await ask("/bucket-1/folder/hello.txt");
    expect(fetched.status).toBe(200);
    expect(await fetched.text()).toBe("hello");
    expect(Object.fromEntries(fetched.headers)).toMatchObject({
      "content-type": "text/plain",
      "content-length": "5",
      etag: '"5d41402abc4b2a76b9719d911017c592"',
      "content-security-policy": "sandbox",
      "x-content-type-options": "nosniff",
    });
    const head = await ask("/bucket-1/folder/hello.txt", { method: "HEAD" });
    expect([head.status, head.headers.get("content-length"), await head.text()]).toEqual([200, "5", ""]);
  });

  test.each(["a b", "ä/ö", "50%25", "x%2Fy", "q%3Fr%23s", "a//b/", "(*)'!~&=+$,;:@", "%F0%9D%84%9E"])(
    "may have the key %s",
    async (key) => {
      await put(`/keys/${key}`, key);
      expect(await (await ask(`/keys/${key}`)).text()).toBe(key);
      const stored = await bindings.OBJECTS.get(`keys/${decodeURIComponent(key)}`);
      expect(await stored?.text()).toBe(key);
      expect((await ask(`/keys/${key}`, { method: "DELETE" })).status).toBe(204);
      expect((await ask(`/keys/${key}`)).status).toBe(404);
    },
  );

  test("may be empty", async () => {
    expect((await put("/bucket-1/empty", "")).status).toBe(200);
    const fetched = await ask("/bucket-1/empty");
    expect([fetched.status, await fetched.text()]).toEqual([200, ""]);
  });

  test("may come without its length, in parts if it is large", async () => {
    const large = Uint8Array.from({ length: 1_000_000 }, (_, i) => i % 251);
    const stored = await ask("/bucket-1/large", { method: "PUT", body: chunked(...Array<Uint8Array>(12).fill(large)) });
    expect(await stored.json()).toMatchObject({ size: 12_000_000 });
    const bytes = new Uint8Array(await (await ask("/bucket-1/large")).arrayBuffer());
    expect(bytes.every((byte, i) => byte === (i % 1_000_000) % 251)).toBe(true);
    const small = await ask("/bucket-1/small", { method: "PUT", body: chunked(new Uint8Array([104, 105])) });
    expect(await small.json()).toMatchObject({ size: 2, etag: '"49f68a5c8493ec2c0bf489821c21fc3b"' });
  });

  test("is fetched in ranges", async () => {
    await put("/bucket-1/range", "0123456789");
    const range = async (header: string): Promise<unknown> => {
      const answer = await ask("/bucket-1/range", { headers: { range: header } });
      return [answer.status, answer.headers.get("content-range"), answer.status < 300 && (await answer.text())];
    };
    expect(await range("bytes=2-4")).toEqual([206, "bytes 2-4/10", "234"]);
    expect(await range("bytes=7-")).toEqual([206, "bytes 7-9/10", "789"]);
    expect(await range("bytes=-2")).toEqual([206, "bytes 8-9/10", "89"]);
    expect(await range("bytes=5-99")).toEqual([206, "bytes 5-9/10", "56789"]);
    expect(await range("bytes=0-")).toEqual([200, null, "0123456789"]);
  });

  test("is fetched and put on conditions", async () => {
    await put("/bucket-1/condition", "one");
    const etag = '"f97c5d29941bfb1b2fdab0874906ab82"';
    const get = async (headers: Record<string, string>): Promise<number> =>
      (await ask("/bucket-1/condition", { headers })).status;
    expect(await get({ "if-none-match": etag })).toBe(304);
    expect(await get({ "if-match": etag })).toBe(200);
    expect(await get({ "if-match": '"other"' })).toBe(412);
    expect((await put("/bucket-1/condition", "two", { "if-none-match": "*" })).status).toBe(412);
    expect((await put("/bucket-1/condition", "two", { "if-match": etag })).status).toBe(200);
    const late = { method: "PUT", body: chunked(new Uint8Array(1)), headers: { "if-none-match": "*" } };
    expect((await ask("/bucket-1/condition", late)).status).toBe(411);
  });

  test("is listed in pages, by the beginning of its key", async () => {
    for (const key of ["b", "a/2", "a/1", "a/3"]) await put(`/listed/${key}`, key);
    await put("/listed-too/a/0", "x");
    const list = async (query: string): Promise<{ objects: { key: string }[]; nextCursor?: string }> =>
      (await ask(`/listed?${query}`)).json();
    const first = await list("prefix=a/&limit=2");
    expect(first.objects.map(({ key }) => key)).toEqual(["a/1", "a/2"]);
    const second = await list(`prefix=a/&limit=2&cursor=${first.nextCursor}`);
    expect(second.objects.map(({ key }) => key)).toEqual(["a/3"]);
    expect(second.nextCursor).toBeUndefined();
    expect((await list("")).objects.map(({ key }) => key)).toEqual(["a/1", "a/2", "a/3", "b"]);
    expect((await ask(`/listed?cursor=${first.nextCursor}`)).status).toBe(400);
  });

  test.each([
    ["/_stepflare/express/x", 400],
    ["/No/x", 400],
    ["/ab/x", 400],
    ["/a..b/x", 400],
    ["/127.0.0.1/x", 400],
    ["/bucket-1/%zz", 400],
    ["/bucket-1/%FF", 400],
    [`/bucket-1/${"k".repeat(1016)}`, 400],
    ["/bucket-1/none", 404],
  ])("%.40s is refused with %i", async (path, status) => {
    const answer = await ask(path);
    expect(answer.status).toBe(status);
    expect(answer.headers.get("content-type")).toBe("application/problem+json");
  });

  test("is not put by a page of another origin", async () => {
    expect((await put("/bucket-1/x", "x", { "sec-fetch-site": "cross-site" })).status).toBe(403);
    expect((await ask("/bucket-1/x", { method: "POST" })).status).toBe(405);
  });
});

describe("the setting BUCKETS", () => {
  test.each([{ BUCKETS: '{"own-bucket": "OBJECTS"}' }, { BUCKETS: { "own-bucket": "OBJECTS" } }])(
    "leads a bucket to an R2 binding of its own",
    async (settings) => {
      await ask("/own-bucket/key", { method: "PUT", body: "own" }, settings);
      expect(await (await bindings.OBJECTS.get("key"))?.text()).toBe("own");
      const { objects } = await (
        await ask("/own-bucket?prefix=key", {}, settings)
      ).json<{ objects: { key: string }[] }>();
      expect(objects.map(({ key }) => key)).toEqual(["key"]);
    },
  );

  test("says so where the binding is missing", async () => {
    for (const binding of ["NONE", "CATALOGUE"]) {
      const answer = await ask("/own-bucket/key", {}, { BUCKETS: { "own-bucket": binding } });
      expect(answer.status).toBe(500);
      expect(await answer.json()).toMatchObject({
        detail: `BUCKETS says that 'own-bucket' is the R2 binding ${binding}, but wrangler.toml has no such R2 binding`,
      });
    }
  });
});
