import { expect, test } from "vitest";
import { decodePageToken, encodePageToken } from "../../src/runtime/page-token.ts";

test("a token gives back the key it was made of", () => {
  const key = [1_767_323_045_678, "Grüße 名前 😀"];
  expect(decodePageToken(["list", "RUNNING"], encodePageToken(["list", "RUNNING"], key))).toEqual(key);
});

test("a token is safe in a URL", () => {
  expect(encodePageToken(["??>>~~"], ["ÿÿÿ"])).toMatch(/^[A-Za-z0-9_-]+$/u);
});

test("[F56] a token of another list, or of the same list with another filter, is no token", () => {
  const token = encodePageToken(["list", "RUNNING"], ["a"]);
  expect(decodePageToken(["list", "FAILED"], token)).toBeUndefined();
  expect(decodePageToken(["other"], token)).toBeUndefined();
});

test.each([
  "",
  "x",
  "****",
  "bnVsbA",
  "e30",
  "W10",
  "W1sibGlzdCJdLFt7fV1d",
  btoa('[["list"],"a"]'),
  btoa('[["list"],[null]]'),
  "w".repeat(1025),
])("'%s' is no token", (token) => {
  expect(decodePageToken(["list"], token)).toBeUndefined();
});
