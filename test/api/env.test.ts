/** Settings are checked, and the message says what to set. */
import { expect, test } from "vitest";
import { readConfig } from "../../src/env.ts";

test("BUCKETS is a table, or its text", () => {
  expect(readConfig({}).buckets).toEqual({});
  expect(readConfig({ BUCKETS: "" }).buckets).toEqual({});
  expect(readConfig({ BUCKETS: { "my-bucket": "MINE" } }).buckets).toEqual({ "my-bucket": "MINE" });
  expect(readConfig({ BUCKETS: '{"my-bucket": "MINE"}' }).buckets).toEqual({ "my-bucket": "MINE" });
});

test.each(["my-bucket", "[]", "{", { "My Bucket": "MINE" }, { "my-bucket": 1 }, 5])(
  "BUCKETS cannot be %j",
  (BUCKETS) => {
    expect(() => readConfig({ BUCKETS })).toThrow("BUCKETS must be a JSON object from names of buckets");
  },
);

test("PUBLIC_URL is the address of this Worker", () => {
  expect([readConfig({}).publicUrl, readConfig({ PUBLIC_URL: "" }).publicUrl]).toEqual([undefined, undefined]);
  for (const PUBLIC_URL of ["https://flows.example.com", "https://flows.example.com/"])
    expect(readConfig({ PUBLIC_URL }).publicUrl).toBe("https://flows.example.com");
  expect(readConfig({ PUBLIC_URL: "http://localhost:8787" }).publicUrl).toBe("http://localhost:8787");
});

test.each([
  "flows.example.com",
  "https://flows.example.com/path",
  "https://a@flows.example.com",
  "ftp://a.example",
  "/",
])("PUBLIC_URL cannot be %s", (PUBLIC_URL) => {
  expect(() => readConfig({ PUBLIC_URL })).toThrow(/^PUBLIC_URL must be the address of this Worker without a path/u);
});

test("what the queues' messages become is refused with the other settings, before a message comes", () => {
  const EVENT_QUEUES = { orders: { source: "shop", detailType: "Order" } };
  expect(readConfig({ EVENT_QUEUES }).eventSources.queues).toEqual(EVENT_QUEUES);
  expect(() => readConfig({ EVENT_QUEUES: { orders: {} } })).toThrow("EVENT_QUEUES must be a JSON object");
});
