import { describe, expect, test } from "vitest";
import { findText } from "../../src/data/text-search.ts";

describe("a text is found where the platform's search finds it, but not beyond the end", () => {
  test.each<[string, string, number, number]>([
    ["abcabc", "c", 3, 5],
    ["ab", "", 2, 2],
    ["ab", "", 3, -1],
    ["aaaaaaaaaaaaaaab", "aaaaaaaaab", 0, 6],
    ["aaaaaaaaaaaaaaaa", "aaaaaaaaab", 0, -1],
  ])("%j holds %j from %i on at %i", (text, part, from, at) => expect(findText(text, part, from)).toBe(at));
});
