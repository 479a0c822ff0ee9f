/** Without access keys, nobody gets in from outside. */
import { expect, test } from "vitest";
import { refuseOutsiders } from "../../src/api/access.ts";

const LOCAL = ["http://localhost:8787/", "http://127.0.0.1:8787/", "http://[::1]:8787/", "http://sync-localhost:8787/"];
const OUTSIDE = [
  "https://stepflare.example.workers.dev/",
  "https://states.example.com/",
  "http://localhost.example.com/",
];

test.each(LOCAL)("a request to this machine is let in: %s", (url) => {
  expect(refuseOutsiders(new Request(url, { method: "POST" }), false)).toBeUndefined();
});

test.each(OUTSIDE)("a request from elsewhere is refused, and told what to set: %s", async (url) => {
  const wire = refuseOutsiders(new Request(url, { method: "POST" }), false);
  expect(wire?.status).toBe(400);
  expect(await wire?.json()).toMatchObject({
    __type: "AccessDeniedException",
    message: expect.stringContaining("ALLOW_UNAUTHENTICATED"),
  });
  expect(refuseOutsiders(new Request(`${url}api/functions`), false)?.status).toBe(403);
});

test("whoever says that something else decides is let in from everywhere", () => {
  expect(refuseOutsiders(new Request("https://states.example.com/"), true)).toBeUndefined();
});
