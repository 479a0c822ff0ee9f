/** In how many ways a text can be read by a picture, and how regular expressions are seen by JSONata. */
import { describe, expect, test } from "vitest";
import { waysToRead } from "../../src/data/jsonata-pictures.ts";
import { endOfJsonata } from "../hostile/words.ts";

describe("a picture reads a text in one way", () => {
  test.each([
    ["nothing follows the only part", "[MNn]"],
    ["what follows could not belong to the part before", "[D] [MNn] [Y0001], [FNn]"],
    ["numbers that follow each other have fixed widths", "[Y0001][M01][D01][H01][m01][s01]"],
    ["a time zone begins with a sign", "[H01]:[m01][Z]"],
    ["or with GMT", "[H01][z]"],
    ["brackets stand for themselves", "[[[Y]]][M]"],
    ["there is no part at all", "abc"],
  ])("where %s", (_, picture) => expect(waysToRead(picture, 1000)).toBe(0));
});

describe("and in many", () => {
  test.each<[string, string, number, number]>([
    ["names that follow each other", "[MNn][FNn]", 10, 45],
    ["names by default", "[F][P]", 10, 45],
    ["Roman numbers", "[YI][MI]", 10, 45],
    ["names before a letter", "[MNn]a", 10, 45],
    ["words before a blank", "[Yw] [Mw]", 10, 45],
    ["a number behind a time zone", "[Z][Y]", 10, 45],
    ["three in a row", "[MNn][FNn][P]", 10, 120],
    ["a width does not matter", "[M,3-3][MNn,*-3][FNn]", 10, 45],
    ["a text that is too short for them", "[MNn][FNn][P]", 2, 0],
  ])("%s", (_, picture, length, ways) => expect(waysToRead(picture, length)).toBe(ways));
});

describe("a regular expression", () => {
  test.each<[string, string, unknown]>([
    ["answers the first match", "/b(c)?/('abcb')", { match: "bc", start: 1, end: 3, groups: ["c"] }],
    ["and leads to the next one", "/b/('abcb').next().start", 3],
    ["until there is none", "$exists(/b/('ab').next())", false],
    ["takes what is before ~>", "('abc' ~> /b/).start", 1],
    ["answers nothing for what is no text", "$exists(/b/(5))", false],
    ["matches within itself", "$replace('aXa', /a/, function($m) { $contains('b', /a/) ? 'n' : 'y' })", "yXy"],
  ])("%s", async (_, source, value) => expect((await endOfJsonata(source)).value).toEqual(value));

  test("that matches nothing at all, again and again, fails", async () => {
    expect((await endOfJsonata("$match('aaa', /a*?/)")).cause).toContain("D1004");
  });
});
