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

test("[F56] a token of which anything was changed is no token", () => {
  const scope = ["list", "RUNNING"];
  const token = encodePageToken(scope, [1_767_323_045_678, "name-1"]);
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  for (let i = 0; i < token.length; i++) {
    for (const letter of letters) {
      const changed = token.slice(0, i) + letter + token.slice(i + 1);
      expect(decodePageToken(scope, changed) !== undefined, changed).toBe(changed === token);
    }
    expect(decodePageToken(scope, token.slice(0, i)), token.slice(0, i)).toBeUndefined();
    expect(decodePageToken(scope, token + letters[i % 64])).toBeUndefined();
  }
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
