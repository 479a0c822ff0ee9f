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
