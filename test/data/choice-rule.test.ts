import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Diagnostic } from "../../src/asl/diagnostic.ts";
import { FieldReader } from "../../src/asl/field-reader.ts";
import type { Json } from "../../src/asl/json.ts";
import { CHOICE_OPERATORS, parseChoiceRule } from "../../src/asl/parse-choice-rule.ts";
import { holds } from "../../src/data/choice-rule.ts";
import { EvaluationError } from "../../src/data/evaluation-error.ts";
import { Scope } from "../../src/data/scope.ts";

const scopeOf = (input: Json): Scope =>
  new Scope(input, {
    context: () => ({ State: { Name: "C" } }),
    variable: (name) => (name === "v" ? 7 : undefined),
    variables: () => ({ v: 7 }),
    entropy: { random: () => 0, uuid: () => "" },
    at: 0,
    effort: { steps: 0 },
  });

/** Whether a rule, written as in a definition, holds for the input. */
function decide(rule: Record<string, Json>, input: Json): boolean {
  const diagnostics: Diagnostic[] = [];
  const state = new FieldReader({}, "", { diagnostics, variables: new Set() });
  const parsed = parseChoiceRule({ ...rule, Next: "B" }, "", state);
  if (parsed === undefined) throw new Error(JSON.stringify(diagnostics));
  return holds(parsed.condition, scopeOf(input));
}

/** Of `x` compared with an operand, which for a Path operator stands in `y`. */
function compare(operator: string, x: Json, operand: Json): boolean {
  return operator.endsWith("Path")
    ? decide({ Variable: "$.x", [operator]: "$.y" }, { x, y: operand })
    : decide({ Variable: "$.x", [operator]: operand }, { x });
}

type Row = readonly [operator: string, operand: Json, holding: readonly Json[], failing: readonly Json[]];

const ORDERINGS: Readonly<Record<string, readonly ("less" | "same" | "more")[]>> = {
  Equals: ["same"],
  LessThan: ["less"],
  GreaterThan: ["more"],
  LessThanEquals: ["less", "same"],
  GreaterThanEquals: ["same", "more"],
};
const TYPES: Readonly<Record<string, { operand: Json; less: Json[]; same: Json[]; more: Json[]; foreign: Json[] }>> = {
  String: {
    operand: "m",
    less: ["", "M", "a", "10"],
    same: ["m"],
    more: ["n", "ma", "\u00e9"],
    foreign: [1, null, true, ["m"], {}],
  },
  Numeric: {
    operand: 3,
    less: [-1, 0, 2.999],
    same: [3, 3.0],
    more: [3.001, 1e9],
    foreign: ["3", null, true, [3], {}],
  },
  Timestamp: {
    operand: "2026-01-02T03:04:05Z",
    less: ["2026-01-02T03:04:04.999Z", "1999-01-01T00:00:00Z", "2026-01-02T03:04:05+01:00"],
    same: ["2026-01-02T03:04:05Z", "2026-01-02T04:04:05.000+01:00"],
    more: ["2026-01-02T03:04:05.001Z", "2026-01-02T03:04:05-00:01"],
    foreign: ["yesterday", 1_767_323_045, null, true, ["2026-01-02T03:04:05Z"], {}],
  },
};
const ordered = Object.entries(TYPES).flatMap(([type, { operand, foreign, ...sides }]) =>
  Object.entries(ORDERINGS).map(([ordering, holding]): Row => {
    const failing = (["less", "same", "more"] as const).filter((side) => !holding.includes(side));
    return [
      type + ordering,
      operand,
      holding.flatMap((side) => sides[side]),
      [...failing.flatMap((side) => sides[side]), ...foreign],
    ];
  }),
);
const boolean: Row = ["BooleanEquals", true, [true], [false, "true", 1, null]];
const table: readonly Row[] = [
  ...ordered,
  ...ordered.map(([operator, ...rest]): Row => [`${operator}Path`, ...rest]),
  boolean,
  ["BooleanEqualsPath", ...(boolean.slice(1) as [Json, readonly Json[], readonly Json[]])],
  ["StringMatches", "a*c", ["ac", "abc", "a*c"], ["abcd", "", 5, null, ["abc"]]],
  ["IsNull", true, [null], [0, "", false, [], {}]],
  ["IsString", true, ["", "x"], [0, null, true, ["x"]]],
  ["IsNumeric", true, [0, -1.5], ["0", null, true, [0]]],
  ["IsBoolean", true, [true, false], ["true", 0, null]],
  ["IsTimestamp", true, ["2026-01-02T03:04:05Z"], ["2026-01-02", "", 0, null, "2026-01-02T03:04:05"]],
  ["IsPresent", true, [null, 0, "", [], {}], []],
];

test("the table names every operator", () => {
  expect(table.map(([operator]) => operator).sort()).toEqual([...CHOICE_OPERATORS].sort());
});

describe.each(table)("%s %j", (operator, operand, holding, failing) => {
  test.each(holding.map((x) => [x]))("holds for %j", (x) => expect(compare(operator, x, operand)).toBe(true));
  if (failing.length > 0)
    test.each(failing.map((x) => [x]))("does not hold for %j", (x) =>
      expect(compare(operator, x, operand)).toBe(false),
    );
});

describe("an operand of the wrong type, found by a path, never holds", () => {
  test.each(table.filter(([operator]) => operator.endsWith("Path")))("%s", (operator, _, holding) => {
    for (const y of [null, {}, [], operator.startsWith("Numeric") ? "3" : 3]) {
      for (const x of [...holding, y]) expect(compare(operator, x, y)).toBe(false);
    }
  });
});

describe("the tests for a type ask for its absence, too", () => {
  test.each<[string, Json, boolean]>([
    ["IsNull", 5, true],
    ["IsNull", null, false],
    ["IsString", 5, true],
    ["IsNumeric", 5, false],
    ["IsBoolean", "x", true],
    ["IsTimestamp", "x", true],
    ["IsPresent", 5, false],
  ])("%s false, for %j: %s", (operator, x, holding) => expect(compare(operator, x, false)).toBe(holding));
});

describe("a Variable that finds nothing", () => {
  const cause = "Invalid path '$.no': The choice state's condition path references an invalid value.";
  test.each(CHOICE_OPERATORS.filter((x) => x !== "IsPresent"))("is an error under %s", (operator) => {
    const [, operand] = table.find(([name]) => name === operator)!;
    const rule = { Variable: "$.no", [operator]: operator.endsWith("Path") ? "$.y" : operand };
    expect(() => decide(rule, { y: operand })).toThrow(new EvaluationError("States.Runtime", cause));
  });

  test("is what IsPresent asks for", () => {
    expect(decide({ Variable: "$.no", IsPresent: true }, {})).toBe(false);
    expect(decide({ Variable: "$.no", IsPresent: false }, {})).toBe(true);
    expect(decide({ Variable: "$no", IsPresent: false }, {})).toBe(true);
  });

  test("and so is the path of an operand that finds nothing", () => {
    expect(() => decide({ Variable: "$.x", NumericEqualsPath: "$.no" }, { x: 1 })).toThrow(cause);
  });
});

test("variables and the context are compared like the input", () => {
  expect(decide({ Variable: "$v", NumericEquals: 7 }, {})).toBe(true);
  expect(decide({ Variable: "$$.State.Name", StringEqualsPath: "$.n" }, { n: "C" })).toBe(true);
  expect(decide({ Variable: "$.n", NumericEqualsPath: "$v" }, { n: 7 })).toBe(true);
});

describe("And, Or and Not", () => {
  const yes = { Variable: "$.x", IsPresent: true };
  const no = { Variable: "$.x", IsPresent: false };
  const broken = { Variable: "$.no", IsNull: true };
  test.each<[Record<string, Json>, boolean]>([
    [{ And: [yes, yes] }, true],
    [{ And: [yes, no] }, false],
    [{ Or: [no, yes] }, true],
    [{ Or: [no, no] }, false],
    [{ Not: no }, true],
    [{ Not: yes }, false],
    [{ And: [yes] }, true],
    [{ Not: { And: [yes, { Or: [no, { Not: yes }] }] } }, true],
    [{ And: [no, broken] }, false],
    [{ Or: [yes, broken] }, true],
  ])("%j: %s", (rule, holding) => expect(decide(rule, { x: 1 })).toBe(holding));

  test("an error within is an error of the whole", () => {
    expect(() => decide({ Not: broken }, {})).toThrow(EvaluationError);
    expect(() => decide({ And: [yes, broken] }, { x: 1 })).toThrow(EvaluationError);
  });
});

describe("StringMatches", () => {
  test.each<[pattern: string, text: string, matches: boolean]>([
    ["*", "", true],
    ["", "", true],
    ["", "a", false],
    ["log-*.txt", "log-1.txt", true],
    ["log-*.txt", "log-1.txt.gz", false],
    ["*a*b*", "xxaxxbxx", true],
    ["*a*b", "ab ab ba", false],
    ["a**b", "ab", true],
    ["a.c", "abc", false],
    ["(a|b)+$", "(a|b)+$", true],
    [String.raw`a\*b`, "a*b", true],
    [String.raw`a\*b`, "axb", false],
    [String.raw`a\\*`, String.raw`a\anything`, true],
    [String.raw`a\\*`, "a*", false],
    [String.raw`a\b`, String.raw`a\b`, true],
    ["a\\", "a\\", true],
    ["\u{1f600}*", "\u{1f600}!", true],
    ["*\n*", "two\nlines", true],
  ])("%j and %j: %s", (pattern, text, matches) => {
    expect(compare("StringMatches", text, pattern)).toBe(matches);
  });

  test("agrees with a regular expression", () => {
    const few = fc.array(fc.constantFrom("a", "b", "*", "\\"), { maxLength: 8 }).map((x) => x.join(""));
    const regexOf = (pattern: string): RegExp => {
      const source = pattern.replaceAll(/\\[*\\]|[\s\S]/gu, (token) =>
        token === "*" ? "[\\s\\S]*" : `\\u{${token.codePointAt(token.length - 1)?.toString(16)}}`,
      );
      return new RegExp(`^${source}$`, "u");
    };
    fc.assert(
      fc.property(few, few, (pattern, text) => compare("StringMatches", text, pattern) === regexOf(pattern).test(text)),
      { numRuns: 2000 },
    );
  });

  test("does not run away", () => {
    const started = performance.now();
    expect(compare("StringMatches", "a".repeat(20_000), `${"*a".repeat(40)}*b`)).toBe(false);
    expect(performance.now() - started).toBeLessThan(1000);
  });
});
