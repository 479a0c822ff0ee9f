/** JSONata that would hang or fill the isolate ends in States.QueryEvaluationError, within the bound on steps. */
import { describe, expect, test } from "vitest";
import type { Json } from "../../src/asl/json.ts";
import { parseExpression } from "../../src/asl/jsonata-expression.ts";
import { MAX_STEPS } from "../../src/data/effort.ts";
import { PROMISES } from "./promises.ts";
import { PATTERN_TEXT_CHARACTERS, PATTERNS } from "./patterns.ts";
import { LOOPS } from "./loops.ts";
import { LARGE, RUNAWAYS, type Case } from "./runaways.ts";
import { endOfJsonata } from "./words.ts";

const text = "x".repeat(190_000);

describe("[F39] [F41] an expression that runs away fails within the bound:", () => {
  test.each(RUNAWAYS)("%s", async (_, source, input) => {
    const { error, steps } = await endOfJsonata(source, input);
    expect(error).toBe("States.QueryEvaluationError");
    expect(steps).toBeLessThanOrEqual(MAX_STEPS);
  });
});

describe("[F41] every function and operator in a loop fails within the bound:", () => {
  test.each(LOOPS)("%s", async (_, source, input) => {
    const { error, steps } = await endOfJsonata(source, input);
    expect(error).toBe("States.QueryEvaluationError");
    expect(steps).toBeLessThanOrEqual(MAX_STEPS);
  });
});

describe("[F42] names that every object has lead nowhere:", () => {
  test.each<Case>([
    ["a member __proto__", "$states.input.__proto__"],
    ["a member constructor", "$states.input.constructor.constructor"],
    ["$lookup of __proto__", "$lookup($states.input, '__proto__')"],
    ["$lookup of constructor", "$lookup($states.input, 'constructor')"],
    ["a member of a function", "$sum.constructor"],
    ["a member of a lambda", "(function($x) { $x }).environment"],
    ["a member of a regular expression", "($r := /a/; $r.constructor)"],
    ["the scope's own prototype", "$__proto__"],
    ["the scope's own constructor", "$constructor('return 1')()"],
    ["code out of data", "$eval('1')"],
  ])("%s", async (_, source, input) => {
    expect((await endOfJsonata(source, input)).error).toBe("States.QueryEvaluationError");
  });

  test.each<Case>([
    ["a built key", "{ '__proto__': { 'polluted': 1 } }"],
    ["$merge", "$merge([{ '__proto__': { 'polluted': 1 } }, { 'constructor': { 'prototype': { 'polluted': 1 } } }])"],
    ["a transform", "$states.input ~> |$|{ '__proto__': { 'polluted': 1 } }|"],
    ["a group", "['__proto__', 'constructor']{ $: { 'polluted': 1 } }"],
    ["$parse", `$merge([$parse('{"__proto__": {"polluted": 1}}'), {}])`],
    ["$each and $spread", `$merge($spread($parse('{"__proto__": {"polluted": 1}}')))`],
    ["$sift", `$sift($parse('{"__proto__": {"polluted": 1}}'), function($v) { true })`],
    ["a binding", "($__proto__ := { 'polluted': 1 }; $constructor := 1; $polluted)"],
  ])("%s pollutes nothing", async (_, source) => {
    await endOfJsonata(source, { a: 1 });
    expect(Object.keys(Object.prototype)).toEqual([]);
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
    expect(({} as object).constructor).toBe(Object);
  });
});

describe("no value can be called behind the evaluator's back:", () => {
  test.each(PROMISES)("a promise of %s is no promise", async (_, source) => {
    expect((await endOfJsonata(source)).value).toEqual({});
    expect((await endOfJsonata(`$merge([{ 'a': 1 }, $spread(${source})])`)).value).toEqual({ a: 1 });
    expect((await endOfJsonata(`$string(${source})`)).error).toBeUndefined();
  });

  test("[F42] what would be written in the place of a value is not called", async () => {
    expect((await endOfJsonata("$string({ 'toJSON': $uuid })")).value).toBe('{"toJSON":""}');
  });

  test("a function among the items of an array is null, as JSON has it", async () => {
    const source = "[1, function($x) { $x }, $sum, /a/, [$uuid]]";
    expect((await endOfJsonata(source)).value).toEqual([1, null, null, null, [null]]);
  });
});

describe("[F42] data that passes for a function is refused:", () => {
  const forged = (body: Json): Json => ({
    _jsonata_lambda: true,
    arguments: [{ type: "variable", value: "x" }],
    body,
    environment: null,
  });
  const code = forged({ type: "number", value: 5 });
  const native = { _jsonata_function: true, implementation: "x" };
  test.each<Case>([
    ["called", "$states.input(1)", code],
    ["called in part", "$states.input(?)(1)", code],
    ["called as an item", "$states.input[0](?)(1)", [code]],
    ["called as the context", "$states.input.($(?)(1))", code],
    ["called as an item's context", "$states.input.a.($(?)(1))", { a: [code, code] }],
    ["called by a variable", "($f := $states.input.f; $f(?)(1))", { f: code }],
    ["called by a combinator", "$map([1], $states.input)", code],
    ["found by a wildcard", "$states.input.*(?)(1)", { f: code }],
    ["found below", "$states.input.**[_jsonata_lambda](?)(1)", { a: { f: code } }],
    ["found by $lookup", "$lookup($states.input, 'f')(?)(1)", { f: code }],
    ["parsed", "$parse($states.input)(?)(1)", JSON.stringify(code)],
    ["parsed, further inside", "$parse($states.input).f(?)(1)", JSON.stringify({ f: code })],
    ["merged", "$merge([$states.input, { 'environment': { 'lookup': $range } }])(1)", code],
    ["changed", "($states.input ~> |$|{ 'environment': { 'lookup': $range } }|)(1)", code],
    ["given for a function of the platform", "$states.input(1)", native],
    ["handed on", "$states.input", native],
    ["handed on in an object", "{ 'a': $states.input }", code],
    ["handed on in an array", "[[$states.input]]", code],
  ])("%s", async (_, source, input) => {
    const { error, cause } = await endOfJsonata(source, input);
    expect(error).toBe("States.QueryEvaluationError");
    expect(cause).toContain("D1013: Object property names starting with _jsonata_ are reserved for internal use");
  });

  test("while members of that name that hold something else are data", async () => {
    const input = { _jsonata_lambda: 1, _jsonata_function: { a: "true" } };
    expect((await endOfJsonata("$states.input", input)).value).toEqual(input);
    expect((await endOfJsonata("$states.input._jsonata_lambda + 1", input)).value).toBe(2);
  });
});

describe("what cannot be bounded is refused when the definition is read:", () => {
  test.each<[what: string, source: string, reason: string]>([
    ["a back-reference", "$match('aa', /(a)\\1/)", "back-references, as in \\1, are not supported"],
    ["look-ahead", "$match('aa', /a(?=b)/)", "look-around, as in (?=…), is not supported"],
    ["look-behind, deep inside", "[{ 'a': function() { /(?<!a)b/ } }]", "look-around, as in (?<!…), is not supported"],
    ["a pattern of millions", "/(a{900}){900}/", "larger than 1000 characters"],
    ["a signature that matches in exponential time", "function($a)<s+s+s+s+s+s+s+s+n:n>{ 1 }('a')", "a signature with"],
    ["parentheses without an end", "(".repeat(1000) + ")".repeat(1000), "nested too deeply"],
    ["a text without an end", `'${"x".repeat(40_000)}'`, "longer than 32768 characters"],
  ])("%s", (_, source, reason) => expect(parseExpression(`{% ${source} %}`)).toContain(reason));
});

describe("[F40] patterns on which a backtracking engine would hang are matched:", () => {
  test.each<Case>([
    ["nested repetition", "$contains($states.input, /(x+x+)+y/)", text],
    ["a repeated choice", "$contains($states.input, /(x|xx)+[yz]/)", text],
    ["a repeated option", "$contains($states.input, /(x?)+[yz]$/)", text],
    ["an address of mail", "$contains($states.input, /^([a-zA-Z0-9])(([-.]|[_]+)?([a-zA-Z0-9]+))*@$/)", text],
    ["many stars", "$contains($states.input, /.*.*.*.*.*.*=[yz]/)", text],
  ])("%s", async (_, source, input) => expect((await endOfJsonata(source, input)).value).toBe(false));
});

describe("[F40] a pattern on which a backtracking engine hangs takes steps in proportion to the text:", () => {
  test("there are fifty of them", () => expect(PATTERNS.length).toBeGreaterThanOrEqual(50));

  test.each(PATTERNS)("/%s/", async (pattern, repeated, end) => {
    const source = `$contains($states.input, /${pattern.replaceAll("/", String.raw`\/`)}/)`;
    const stepsOf = async (characters: number): Promise<number> => {
      const { value, error, steps } = await endOfJsonata(source, repeated.repeat(characters / repeated.length) + end);
      // It says whether it matches, or that it took too many steps.
      expect(error ?? typeof value).toMatch(/^(?:boolean|States\.QueryEvaluationError)$/u);
      return steps;
    };
    const [small, large] = [await stepsOf(500), await stepsOf(5000)];
    expect(large).toBeLessThan(20 * small + 100_000);
    expect(await stepsOf(PATTERN_TEXT_CHARACTERS)).toBeLessThanOrEqual(MAX_STEPS);
  });
});

describe("what is merely large is no attack:", () => {
  test.each<(typeof LARGE)[number]>([
    ...LARGE,
    ["ordering arrays", "$count($states.input^($[0]))", [[3, 1], [2], [1, 1]], 3],
    [
      "a date in words",
      "$toMillis($states.input, '[D] [MNn] [Y0001], [FNn]')",
      "21 March 2024, Thursday",
      1_710_979_200_000,
    ],
    [
      "a date of digits alone",
      "$toMillis($states.input, '[Y0001][M01][D01][H01][m01][s01]')",
      "20240321000000",
      1_710_979_200_000,
    ],
    [
      "a pattern within its own replacer",
      "($r := /a/; $replace('aXa', $r, function($m) { ($contains('b', $r); 'y') }))",
      {},
      "yXy",
    ],
  ])("%s", async (_, source, input, expected) => expect((await endOfJsonata(source, input)).value).toEqual(expected));

  test("a failure's cause is no longer than AWS's", async () => {
    expect((await endOfJsonata("$error($states.input)", text)).cause).toHaveLength(32_768);
  });
});
