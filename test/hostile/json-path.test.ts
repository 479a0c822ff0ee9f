/** Paths, filters, Choice rules, intrinsic functions and templates that would hang or fill the isolate fail within a bound. */
import { describe, expect, test } from "vitest";
import type { Json } from "../../src/asl/json.ts";
import { parseJsonPath } from "../../src/asl/json-path.ts";
import { parseDefinition } from "../../src/asl/parse.ts";
import { MAX_STEPS } from "../../src/data/effort.ts";
import { holds } from "../../src/data/choice-rule.ts";
import { findText } from "../../src/data/text-search.ts";
import { endOfIntrinsic, endOfPath, ended, numbers, zeros } from "./words.ts";

const nest = (levels: number): Json => numbers(levels).reduce<Json>((inner) => ({ a: inner }), 1);
const rows = zeros(40_000);
const big = { rows, one: zeros(30_000), other: zeros(30_000), text: "x".repeat(60_000) };
const again = (what: string): string => Array.from({ length: 20_000 }, () => what).join(",");

describe("a path that would look at too much fails within the bound:", () => {
  test.each<[what: string, path: string, input: Json]>([
    ["it descends again and again", "$..a..a..a", nest(1000)],
    ["it descends from everything it met", "$..*..*..*", nest(500)],
    ["it asks for one item many times", `$[*][${again("0")}]`, numbers(20_000).map((x) => [x])],
    ["it asks for one member many times", `$[*][${again("'a'")}]`, numbers(20_000).map((a) => ({ a }))],
    ["it cuts slices of one array many times", `$[${again("0")}][::1]`, [zeros(1000)]],
    ["it compares every item with every other", "$[?(@ nin $)]", numbers(20_000)],
    ["it compares two arrays for every item", "$.rows[?($.one == $.other)]", big],
    ["it looks for an array in arrays for every item", "$.rows[?($.one in $.lists)]", { ...big, lists: [big.other] }],
    ["it adds up all items for every item", "$.rows[?($.rows.sum() == 1)]", big],
    [
      "it counts the members of an object for every item",
      "$.rows[?($.o.keys() size 1)]",
      { rows, o: Object.assign({}, zeros(9000)) },
    ],
    ["it searches a text for every item", "$.rows[?($.text contains 'xxxxxxxxxxxxxy')]", big],
    ["it matches a text for every item", "$.rows[?($.text =~ /(x+x+)+y/)]", big],
    ["it matches a large pattern", "$[?(@ =~ /(?:y?){200}y{200}[zx]/)]", zeros(500).map(() => "y".repeat(500))],
    ["it filters within filters", "$.rows[?($.rows[?($.rows[?(@ == 1)] == 2)] == 3)]", big],
    [
      "it walks a long way for every item",
      `$.rows[?($${".a".repeat(900)} == 1)]`,
      { rows: zeros(120_000), ...(nest(950) as object) },
    ],
  ])("%s", async (_, path, input) => {
    const { error, steps } = await endOfPath(path, input);
    expect(error).toBe("States.Runtime");
    expect(steps).toBeLessThanOrEqual(MAX_STEPS);
  });

  test("all paths of a state together", async () => {
    const path = parseJsonPath("$..*")!;
    const { evaluatePath } = await import("../../src/data/json-path.ts");
    let count = 0;
    const { error } = await ended((scope) => {
      for (; count < 10_000; count++) evaluatePath(path, scope);
      return undefined;
    }, rows);
    expect(error).toBe("States.Runtime");
    expect(count).toBeLessThan(500);
  });
});

test.each([["__proto__"], ["constructor"], ["toString"], ["length"]])(
  "no path finds what is inherited as %s",
  async (name) => {
    for (const path of [`$.${name}`, `$['${name}']`, `$.list.${name}`, `$.text.${name}`]) {
      expect((await endOfPath(path, { list: [1], text: "x" })).value).toBeUndefined();
    }
    expect((await endOfPath(`$..${name}`, { list: [1], text: "x" })).value).toEqual([]);
    expect((await endOfPath(`$[?(@.${name})]`, [{}])).value).toEqual([]);
  },
);

describe("an intrinsic function that would make too much fails:", () => {
  const data = { text: "x".repeat(250_000), list: numbers(30_000) };
  const arrays = (levels: number): string => (levels === 0 ? "$" : `States.Array(${again10(arrays(levels - 1))})`);
  const again10 = (what: string): string => Array.from({ length: 6 }, () => what).join(",");
  const holes = (count: number): string => `States.Format('${"{}".repeat(count)}'${", $.text".repeat(count)})`;
  test.each<[what: string, call: string, input?: Json]>([
    ["a range of millions", "States.ArrayRange(1, 100000000, 1)"],
    ["a range without an end", "States.ArrayRange(-9007199254740991, 9007199254740991, 1)"],
    ["a range that does not move", "States.ArrayRange(1, 9, 0)"],
    ["parts of nothing", "States.ArrayPartition($.list, 0)", data],
    ["parts of less than nothing", "States.ArrayPartition($.list, -1)", data],
    ["a text of texts", holes(9), data],
    ["a text of thousands of texts", holes(2000), data],
    ["the text of arrays that share a value", `States.JsonToString(${arrays(4)})`, data],
    ["the hash of arrays that share a value", `States.Hash(${arrays(4)}, 'MD5')`, data],
    ["unique items of arrays that share a value", `States.ArrayUnique(${arrays(4)})`, data],
    ["a search in arrays that share a value", `States.ArrayContains(${arrays(4)}, 1)`, data],
    ["the text of what nests too deeply", "States.StringToJson($)", "[".repeat(2000) + "]".repeat(2000)],
    ["Base64 of millions", "States.Base64Encode($.text)", data],
  ])("%s", async (_, call, input) => {
    const { error, steps } = await endOfIntrinsic(call, input);
    expect(error).toBe("States.Runtime");
    expect(steps).toBeLessThanOrEqual(MAX_STEPS);
  });

  test.each([["_jsonata_function"], ["_jsonata_lambda"]])(
    "[F42] a value with a member %s is as large as any other",
    async (name) => {
      const { error, steps } = await endOfIntrinsic(`States.JsonToString(${arrays(4)})`, { [name]: true, ...data });
      expect(error).toBe("States.Runtime");
      expect(steps).toBeLessThanOrEqual(MAX_STEPS);
    },
  );

  test("while a large text is split without harm", async () => {
    const { value } = await endOfIntrinsic("States.StringSplit($, 'x,')", "x,".repeat(100_000));
    expect(value).toEqual([]);
  });

  test("and merging keys that every object has pollutes nothing", async () => {
    const input = JSON.parse('{"a": {"__proto__": {"polluted": 1}, "constructor": 2}, "b": {"toString": 3}}') as Json;
    const { value } = await endOfIntrinsic("States.JsonMerge($.a, $.b, false)", input);
    expect(JSON.stringify(value)).toBe('{"__proto__":{"polluted":1},"constructor":2,"toString":3}');
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  });
});

describe("StringMatches takes steps in proportion to text and pattern:", () => {
  const matching = async (text: string, pattern: string, rules = 1): Promise<Awaited<ReturnType<typeof ended>>> => {
    const Choices = [{ Variable: "$", StringMatches: pattern, Next: "B" }];
    const States = { A: { Type: "Choice", Choices, Default: "B" }, B: { Type: "Succeed" } };
    const { machine } = parseDefinition(JSON.stringify({ StartAt: "A", States }));
    const choice = machine?.States.get("A");
    if (choice?.Type !== "Choice") throw new Error("no Choice");
    const { condition } = choice.Choices[0]!;
    return ended((scope) => Array.from({ length: rules }, () => holds(condition, scope)).every(Boolean), text);
  };
  const text = "a".repeat(200_000);

  test.each<[what: string, pattern: string, matches: boolean]>([
    ["many stars", `${"*a".repeat(5000)}*`, true],
    ["many stars that match nothing", `${"*a".repeat(5000)}*b`, false],
    ["only stars", "*".repeat(50_000), true],
    ["a long part that almost fits everywhere", `*${"a".repeat(50_000)}b*`, false],
    ["many long parts", `${`*${"a".repeat(100)}`.repeat(900)}*b*`, false],
    ["a long part that fits at the end", `*${"a".repeat(100_000)}`, true],
  ])("%s", async (_, pattern, matches) => {
    const { value, steps } = await matching(text, pattern);
    expect(value).toBe(matches);
    expect(steps).toBeLessThan(text.length + pattern.length);
  });

  test("thousands of rules together fail", async () => {
    expect((await matching(text, "*b*", 20_000)).error).toBe("States.Runtime");
  });

  test("a search finds what the platform's finds", () => {
    const texts = ["", "a", "aab", "aaaaaaaaab", "abababababababc", "abcabcabcabcabcd", "xabababababx"];
    for (const whole of texts.map((x) => `${x}${x}ab${x}`)) {
      for (const part of texts) {
        for (const from of [0, 1, 5, whole.length].filter((x) => x <= whole.length)) {
          expect([whole, part, from, findText(whole, part, from)]).toEqual([
            whole,
            part,
            from,
            whole.indexOf(part, from),
          ]);
        }
      }
    }
  });
});
