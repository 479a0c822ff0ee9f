/** Regular expressions: they match as JavaScript's do, in a number of steps that grows with the text and no faster. */
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readRegularExpression } from "../../src/asl/regular-expression.ts";
import { Matcher } from "../../src/data/regular-expression.ts";

function matcherOf(source: string, flags = ""): { readonly matcher: Matcher; readonly steps: () => number } {
  const expression = readRegularExpression(source, flags);
  if (typeof expression === "string") throw new Error(expression);
  let spent = 0;
  const matcher = new Matcher(expression, (steps) => (spent += steps));
  return { matcher, steps: () => spent };
}

function allMatches(source: string, flags: string, text: string): unknown[] {
  const { matcher } = matcherOf(source, flags);
  const search = matcher.search(text);
  const found: unknown[] = [];
  for (let at = 0; ;) {
    const match = search.find(at);
    if (match === undefined) return found;
    found.push([match.start, match.match, ...match.groups]);
    at = Math.max(match.start + 1, match.end);
  }
}

describe("a match is what JavaScript finds", () => {
  test.each<[source: string, flags: string, text: string]>([
    ["a+b", "", "xaabab"],
    ["(a)|(b)", "", "ba"],
    ["^\\w+$", "m", "one\ntwo three\nfour"],
    ["^a", "", "aaa"],
    ["a$", "", "aaa"],
    ["\\bfoo\\b", "i", "Foo food FOO"],
    ["(\\d{4})-(\\d{2})", "", "2026-01 and 1999-12"],
    ["x*", "", "xxaxx"],
    ["(?:ab){2,3}?", "", "ababab"],
    ["[^\\]/]+", "", "a/b]c"],
    ["\\/", "", "a/b/c"],
    ["(?<year>\\d+)", "", "in 2026"],
    ["\\u0041\\x42", "", "AB"],
    ["é|ß", "", "eéßs"],
    ["a{0}b|c{,2}", "", "ab c{,2}"],
    ["[.*]", "", "a.b*"],
    ["(a+)+b", "", "aaaac"],
  ])("/%s/%s in %j", (source, flags, text) => {
    const expected = [...text.matchAll(new RegExp(source, `${flags}g`))].map((x) => [x.index, ...x]);
    expect(allMatches(source, flags, text)).toEqual(expected);
  });

  test("but for characters beyond the first plane, which it does not cut in two", () => {
    expect(allMatches(".", "", "😀a")).toEqual([
      [0, "😀"],
      [2, "a"],
    ]);
  });

  const atom = fc.constantFrom("a", "b", ".", "[ab]", "[^a]", "\\w", "(a|b)", "(?:ab|a)", "(b)", "^", "$", "\\b");
  const part = fc
    .tuple(atom, fc.constantFrom("", "*", "+", "?", "*?", "{2}", "{1,3}", "{0,2}?"))
    .map((x) => x.join(""));
  const pattern = fc.array(part, { minLength: 1, maxLength: 4 }).map((x) => x.join(""));
  const text = fc.string({ unit: fc.constantFrom("a", "b", "c", " "), maxLength: 12 });

  test("for generated patterns: where it begins and ends", () => {
    fc.assert(
      fc.property(pattern, text, (source, given) => {
        fc.pre(!/[$^b][*+?{]/u.test(source));
        const found = matcherOf(source).matcher.search(given).find(0);
        const expected = new RegExp(source, "u").exec(given);
        expect([found?.start, found?.match]).toEqual([expected?.index, expected?.[0]]);
        expect(matcherOf(source).matcher.matches(given)).toBe(new RegExp(`^(?:${source})$`, "u").test(given));
      }),
      { numRuns: 2000 },
    );
  });
});

describe("what is refused is said", () => {
  test.each<[source: string, reason: string]>([
    ["(a)\\1", "back-references, as in \\1, are not supported"],
    ["(?<x>a)\\k<x>", "back-references, as in \\k, are not supported"],
    ["(?=a)", "look-around, as in (?=…), is not supported"],
    ["(?!a)", "look-around, as in (?!…), is not supported"],
    ["(?<=a)b", "look-around, as in (?<=…), is not supported"],
    ["(?<!a)b", "look-around, as in (?<!…), is not supported"],
    ["\\Q(", "quotation by \\Q is not supported"],
    ["a{1001}", "larger than 1000 characters when its repetitions are written out"],
    ["(?:a{100}){100}", "larger than 1000 characters when its repetitions are written out"],
    ["a{2,1}", "the repetition {2,1} is none"],
    ["x".repeat(1001), "longer than 1000 characters"],
    ["a**", "error parsing regexp: invalid nested repetition operator: `**`"],
    ["a{2}{3}", "error parsing regexp: invalid nested repetition operator: `{1}{1}`"],
    ["(a", "error parsing regexp: missing closing ): `(a`"],
    ["\\p{Klingon}", "error parsing regexp: invalid character class range: `\\p{Klingon}`"],
  ])("/%s/", (source, reason) => expect(readRegularExpression(source, "")).toBe(reason));
});

describe("what was admitted has a program, and a small one", () => {
  const piece = fc.constantFrom(
    ..."ab()[]{}*+?|\\^$.,-19pPQEdwskux<>=!:i/é".split(""),
    "{9}",
    "{0,30}",
    "(?:",
    "\\p{L}",
  );
  test("for generated patterns, sound and unsound", () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 14 }), fc.constantFrom("", "i", "ims"), (pieces, flags) => {
        const expression = readRegularExpression(pieces.join(""), flags);
        if (typeof expression === "string") return;
        let spent = 0;
        const matcher = new Matcher(expression, (steps) => (spent += steps));
        matcher.matches("ab");
        expect(spent).toBeLessThan(expression.size * 1000 + 100_000);
      }),
      { numRuns: 5000 },
    );
  });
});

describe("the steps grow with the text and no faster", () => {
  test.each<[source: string]>([
    ["(x+x+)+y"],
    ["(a|a)*c"],
    ["(x*)*y"],
    ["x*x*x*x*[yz]"],
    ["(?:x?){30}x{30}[yz]"],
    ["([a-zA-Z]+)*[yz]"],
    ["(.*)(.*)(.*)(.*)[yz]"],
    ["(x|xx)+[yz]"],
  ])("/%s/", (source) => {
    const cost = (length: number): number => {
      const { matcher, steps } = matcherOf(source);
      expect(matcher.search("x".repeat(length)).find(0)).toBeUndefined();
      expect(matcher.matches("x".repeat(length))).toBe(false);
      return steps();
    };
    expect(cost(100_000)).toBeLessThan(2.2 * cost(50_000));
  });

  test("of many matches that each look to the end all are counted", () => {
    const { matcher, steps } = matcherOf("x.*y|x");
    const search = matcher.search("x".repeat(1000));
    for (let at = 0; at < 1000; at++) search.find(at);
    expect(steps()).toBeGreaterThan(1000 * 1000);
  });

  test.each<[what: string, source: string]>([
    ["a fixed text", "zz"],
    ["fixed texts", "zz|yy"],
    ["a needed text", "x+zz"],
    ["one pass", "^x*(z)"],
  ])("a search for %s is counted as well", (_, source) => {
    const { matcher, steps } = matcherOf(source);
    const before = steps();
    matcher.search("x".repeat(160_000)).find(0);
    expect(steps() - before).toBeGreaterThan(10_000);
  });
});
