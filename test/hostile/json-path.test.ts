/** Paths, filters, Choice rules, intrinsic functions and templates that would hang or fill the isolate fail within a bound. */
import { describe, expect, test } from "vitest";
import type { Json } from "../../src/asl/json.ts";
import { parseJsonPath } from "../../src/asl/json-path.ts";
import { parseDefinition } from "../../src/asl/parse.ts";
import { MAX_STEPS } from "../../src/data/effort.ts";
import { holds } from "../../src/data/choice-rule.ts";
import { findText } from "../../src/data/text-search.ts";
import { arrays, CALL_DATA, RUNAWAY_CALLS, RUNAWAY_PATHS } from "./runaway-paths.ts";
import { endOfIntrinsic, endOfPath, ended, zeros } from "./words.ts";

describe("[F41] a path that would look at too much fails within the bound:", () => {
  test.each(RUNAWAY_PATHS)("%s", async (_, path, input) => {
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
    }, zeros(40_000));
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

describe("[F41] an intrinsic function that would make too much fails:", () => {
  test.each(RUNAWAY_CALLS)("%s", async (_, call, input) => {
    const { error, steps } = await endOfIntrinsic(call, input);
    expect(error).toBe("States.Runtime");
    expect(steps).toBeLessThanOrEqual(MAX_STEPS);
  });

  test.each([["_jsonata_function"], ["_jsonata_lambda"]])(
    "[F42] a value with a member %s is as large as any other",
    async (name) => {
      const { error, steps } = await endOfIntrinsic(`States.JsonToString(${arrays(4)})`, {
        [name]: true,
        ...CALL_DATA,
      });
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
