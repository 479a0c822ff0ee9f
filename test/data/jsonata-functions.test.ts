/** Functions and operators of expressions at the edges of what they take, as a Pass state's Output shows them. */
import { describe, expect, test } from "vitest";
import type { Json } from "../../src/asl/json.ts";
import { libraryOf } from "../../src/asl/jsonata-expression.ts";
import { start, states } from "../engine/words.ts";

/** What ends an execution of one Pass state with that Output: its text, or the failure. */
async function resultOf(source: string, input: Json = {}): Promise<unknown> {
  const machine = states({ A: { Type: "Pass", QueryLanguage: "JSONata", Output: `{% ${source} %}`, End: true } });
  return (await start(machine, input)).result;
}

describe("a function of what is not there gives nothing", () => {
  test.each<[string]>([
    ["$partition(nothing, 2)"],
    ["$range(nothing, 2, 1)"],
    ["$range(1, nothing, 1)"],
    ["$hash(nothing, 'MD5')"],
    ["$parse(nothing)"],
    ["$shuffle(nothing)"],
    ["$distinct(nothing)"],
    ["$sum(nothing)"],
  ])("%s", async (call) => expect(await resultOf(`[1, ${call}, 2]`)).toBe("[1,2]"));
});

describe("a single value stands for an array of one", () => {
  test.each<[string, Json]>([
    ["$partition('a', 2)", ["a"]],
    ["$shuffle('a')", ["a"]],
    ["$distinct('a')", "a"],
    ["$distinct(['a'])", ["a"]],
    ["$distinct([1, 1, 1].($ + 1))", 2],
    ["$distinct([1, 2, 1].($ + 1))", [2, 3]],
    ["$join('a')", "a"],
    ["$join(['a', 'b'])", "ab"],
    ["$range(1, 3)", [1, 2, 3]],
    ["($nested := [[{'a': 1}], [{'a': 2}]]; $nested.a)", [1, 2]],
  ])("%s", async (source, value) => expect(JSON.parse((await resultOf(source)) as string)).toEqual(value));
});

describe("operators on what is there only in part", () => {
  test.each<[string, string]>([
    ["nothing in [1]", "false"],
    ["1 in nothing", "false"],
    ["[nothing..2]", "[]"],
    ["[1..nothing]", "[]"],
    ["$sum = $count", "false"],
    ["$sum != 1", "true"],
    ["nothing & 'a'", '"a"'],
  ])("%s is %s", async (source, text) => expect(await resultOf(source)).toBe(text));
});

describe("an argument of the wrong kind is the expression's failure", () => {
  test.each<[string, string]>([
    ["$partition([1], 'a')", 'T0410: Argument 2 of function "partition"'],
    ["$range(1e300, 2, 1)", 'T0410: Argument 1 of function "range"'],
    ["$range('1', 2, 1)", 'T0410: Argument 1 of function "range"'],
    ["$parse(1)", 'T0410: Argument 1 of function "parse"'],
    ["$random('a')", 'T0410: Argument 1 of function "random"'],
    ["$join([1, 'a'], '-')", "T0412: "],
    ["[1.5..2]", "T2003: The left side of the range operator"],
    // The library recurses without an end here, and throws what has no code.
    ["$now('[Yw]', 'no time zone')", "Maximum call stack size exceeded"],
  ])("%s", async (source, what) => {
    const result = await resultOf(source);
    expect(result).toMatchObject({ error: "States.QueryEvaluationError" });
    expect((result as { cause: string }).cause).toContain(`threw an error during evaluation. ${what}`);
  });
});

describe("what JSON cannot hold is left out of a result", () => {
  test.each<[string, string]>([
    ["{'a': 1, 'f': $sum, 'g': function($x) { $x }}", '{"a":1}'],
    ["$match('ab', /a(x)?/)", '{"match":"a","index":0,"groups":[null]}'],
  ])("%s", async (source, text) => expect(await resultOf(source)).toBe(text));

  test("and a function of the States Language is no result", async () => {
    expect(await resultOf("$uuid")).toMatchObject({
      cause: expect.stringContaining("returned a function.") as string,
    });
  });
});

test("a pattern may be replaced by a text, as often as it is found", async () => {
  expect(await resultOf("$replace('a1b22', /[0-9]/, '#')")).toBe('"a#b##"');
  expect(await resultOf("$replace('aab', 'a', '#', 1)")).toBe('"#ab"');
  expect(await resultOf("$replace('aab', '', '#')")).toMatchObject({
    cause: expect.stringContaining("D3010") as string,
  });
});

test("a scope that no evaluation made has no library", () => {
  const scope = { base: { depth: 0 }, lookup: () => undefined, bind: () => undefined };
  expect(() => libraryOf(scope)).toThrow("Defect: not the outermost scope of an evaluation");
});

describe("$sort", () => {
  test.each<[string, Json]>([
    ["$sort(5)", [5]],
    ["$sort([])", []],
    ["$sort([3, 1, 2, 1])", [1, 1, 2, 3]],
    ["$sort(['b', 'a', 'C', 'a'])", ["C", "a", "a", "b"]],
    ["$sort([5, 3, 4, 1, 2], function($a, $b) { $a > $b })", [1, 2, 3, 4, 5]],
    ["$sort([1, 2, 3, 4, 5], function($a, $b) { $a < $b })", [5, 4, 3, 2, 1]],
    ["$sort([{'k': 1, 'n': 'a'}, {'k': 0}, {'k': 1, 'n': 'b'}], function($a, $b) { $a.k > $b.k }).n", ["a", "b"]],
  ])("%s", async (source, value) => expect(JSON.parse((await resultOf(source)) as string)).toEqual(value));

  test("of different types needs a comparator", async () => {
    expect(await resultOf("$sort([1, 'a'])")).toMatchObject({ cause: expect.stringContaining("D3070") as string });
  });
});

test("$string may be asked for lines", async () => {
  expect(await resultOf("$string({'a': [1]}, true)")).toBe(JSON.stringify(JSON.stringify({ a: [1] }, null, 2)));
});
