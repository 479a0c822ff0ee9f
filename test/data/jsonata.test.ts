import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { Json } from "../../src/asl/json.ts";
import { parseExpression } from "../../src/asl/jsonata-expression.ts";
import { EvaluationError } from "../../src/data/evaluation-error.ts";
import { evaluateExpression } from "../../src/data/jsonata.ts";
import { Scope, type Answer } from "../../src/data/scope.ts";

const AT = Date.UTC(2026, 0, 2, 3, 4, 5);

interface Surroundings extends Answer {
  readonly input?: Json;
  readonly variables?: Readonly<Record<string, Json>>;
}

async function evaluate(source: string, { input = {}, variables = {}, ...answer }: Surroundings = {}): Promise<Json> {
  const expression = parseExpression(`{% ${source} %}`);
  if (typeof expression === "string") throw new Error(expression);
  const entropy = { random: () => 0.25, uuid: () => "uuid-1" };
  const context = (): Json => ({ Execution: { Name: "run-1" } });
  const variable = (name: string): Json | undefined => variables[name];
  const source_ = { context, variable, variables: () => variables, entropy, at: AT, effort: { steps: 0 } };
  return evaluateExpression(expression, "Output", new Scope(input, source_, answer));
}

async function causeOf(source: string, surroundings?: Surroundings): Promise<string> {
  const thrown: unknown = await evaluate(source, surroundings).catch((error: unknown) => error);
  if (!(thrown instanceof EvaluationError)) throw new Error(`no evaluation error but ${JSON.stringify(thrown)}`);
  expect(thrown).toMatchObject({ error: "States.QueryEvaluationError", location: "Output" });
  return thrown.cause;
}

describe("an expression sees", () => {
  const surroundings = { input: { a: [1, { b: 2 }] }, variables: { v: "x" }, result: [7], errorOutput: { Error: "E" } };
  test.each<[string, Json]>([
    ["$states.input", { a: [1, { b: 2 }] }],
    ["$states.input.a.b", 2],
    ["$states.input.a[-1]", { b: 2 }],
    ["$states.result", [7]],
    ["$states.errorOutput.Error", "E"],
    ["$states.context.Execution.Name", "run-1"],
    ["$v & '!'", "x!"],
    ["$sum($states.input.a[$type($) = 'number'])", 1],
    ["$map([1..3], function($i) { $i * $i })", [1, 4, 9]],
    ["{ 'k': [$v, null] }", { k: ["x", null] }],
  ])("%s", async (source, expected) => expect(await evaluate(source, surroundings)).toEqual(expected));

  test("no input of its own: what is not under $states is not there", async () => {
    expect(await causeOf("a", surroundings)).toContain("returned nothing (undefined).");
    expect(await causeOf("$", surroundings)).toContain("returned nothing (undefined).");
  });
});

describe("operators", () => {
  test.each<[string, Json]>([
    ["1 & 'a' & true & null & nothing & {'b':[1]}", '1atruenull{"b":[1]}'],
    ["[1..4]", [1, 2, 3, 4]],
    ["[4..1]", []],
    ["[1..1]", [1]],
    ["{'a':1,'b':[2]} = {'b':[2],'a':1}", true],
    ["{'a':1} != {'a':2}", true],
    ["nothing = nothing", false],
    ["nothing != 1", false],
    ["2 in [1,2]", true],
    ["'x' in 'x'", true],
    ["[1] in [[1]]", false],
    ["function($x) { $x & '!' }('a')", "a!"],
  ])("%s", async (source, expected) => expect(await evaluate(source)).toEqual(expected));
});

describe("the functions of the States Language", () => {
  test.each<[string, Json]>([
    ["$partition([1..5], 2)", [[1, 2], [3, 4], [5]]],
    ["$partition([1,2], 5)", [1, 2]],
    ["$range(1, 9, 4)", [1, 5, 9]],
    ["$range(9, 1, -4)", [9, 5, 1]],
    ["$range(1, 9, 9)", 1],
    ["$hash('x', 'SHA-256')", createHash("sha256").update("x").digest("hex")],
    ["$hash('x')", createHash("md5").update("x").digest("hex")],
    ["$hash(?, 'SHA-256')('x')", createHash("sha256").update("x").digest("hex")],
    ["$partition(?, 2)([1, 2, 3])", [[1, 2], [3]]],
    ["$hash({'a':1}, 'MD5')", createHash("md5").update('{"a":1}').digest("hex")],
    ["$random()", 0.25],
    // java.util.Random(42).nextDouble()
    ["$random(42)", 0.7275636800328681],
    ["$uuid()", "uuid-1"],
    [`$parse('{"a":[1]}').a`, [1]],
    ["$millis()", AT],
    ["$now()", "2026-01-02T03:04:05.000Z"],
    ["$now('[Y]')", "2026"],
    ["$distinct([1, '1', 1, {'a':1,'b':2}, {'b':2,'a':1}, [1], [1]])", [1, "1", { a: 1, b: 2 }, [1]]],
    ["$sort($shuffle([3,1,2]))", [1, 2, 3]],
    ["$replace('aXbX', 'X', '--')", "a--b--"],
    ["$replace('a1b22', /[0-9]+/, function($m) { '<' & $m.match & '>' })", "a<1>b<22>"],
    ["$pad('a', -3, '.')", "..a"],
    ["$join(['a','b'], '-')", "a-b"],
    ["$toMillis('2026-01-02T03:04:05.000Z')", AT],
    ["$string($map([1,2], $string))", '["1","2"]'],
    ["$reduce([1..4], function($a, $b) { $a + $b })", 10],
    ["[1,2,3] ~> $sum()", 6],
    ["$each({'a':1}, function($v, $k) { $k & $v })", "a1"],
  ])("%s", async (source, expected) => expect(await evaluate(source)).toEqual(expected));
});

describe("a failure names the expression, the field and what happened", () => {
  test.each<[string, string]>([
    ["$nothing", "returned nothing (undefined)."],
    ["$eval('1')", "threw an error during evaluation. T1006: Attempted to invoke a non-function"],
    ["$sum('a' + 1)", "threw an error during evaluation. T2001: "],
    ["$error('mine')", "threw an error during evaluation. D3137: mine"],
    ["$hash('x', 'CRC')", "threw an error during evaluation. T0410: "],
    ["$partition([1], 0)", "threw an error during evaluation. T0410: "],
    ["$range(1, 2, 0)", "threw an error during evaluation. T0410: "],
    ["$parse('{')", "threw an error during evaluation. D3141: "],
    ["[1..1.5]", "threw an error during evaluation. T2004: "],
    ["$sum", "returned a function."],
    ["function($x) { $x }", "returned a function."],
  ])("%s", async (source, what) => {
    const cause = await causeOf(source);
    expect(cause).toContain(`The JSONata expression '${source}' specified for the field 'Output' ${what}`);
  });
});

const big = { input: "x".repeat(250_000) };
const words = { input: "lorem ipsum ".repeat(4500) };
const wide = { input: Object.fromEntries(Array.from({ length: 20_000 }, (_, i) => [`key${i}`, i])) };
const many = { input: Array.from({ length: 50_000 }, (_, i) => i) };

describe("an expression that runs away ends in its error", () => {
  test.each<[name: string, source: string, surroundings?: Surroundings]>([
    ["endless recursion", "($f := function($n) { 1 + $f($n + 1) }; $f(0))"],
    ["an endless tail call", "($f := function($n) { $f($n + 1) }; $f(0))"],
    ["a doubling string", "($f := function($s) { $f($s & $s) }; $f('ab'))"],
    ["a doubling string without a variable", Array.from({ length: 2000 }, () => "$states.input").join(" & "), big],
    ["a doubling object", "($f := function($o) { $f({'a': $o, 'b': $o}) }; $f(1))"],
    [
      "comparing what doubled",
      "($f := function($o, $n) { $n = 0 ? $o : $f({'a': $o, 'b': $o}, $n - 1) }; $f(1, 40) = $f(1, 40))",
    ],
    ["a doubling array", "($f := function($o) { $f($append($o, $o)) }; $f([1, 2]))"],
    ["a deep object", "$reduce([1..5000], function($o, $i) { {'a': $o} }, 1)"],
    ["a huge range", "[1..10000000]"],
    ["a huge $range", "$range(1, 1e15, 1)"],
    ["ranges of ranges", "[1..90000].[1..90000]"],
    ["ranges kept", "$map([1..90000], function($i) { [1..90000] })"],
    ["wide padding", "$pad('', 1e9)"],
    ["paddings kept", "$map([1..90000], function($i) { $pad('', 200000) })"],
    ["joining one text many times", "$join($map([1..50000], function($i) { $states.input }))", big],
    ["replacing by something large", "$replace($states.input, 'x', $states.input)", big],
    ["uppercase again and again", "$map([1..90000], function($i) { $uppercase($states.input) })", big],
    ["each with each", "$map($states.input, function($x) { $count($states.input[$ = $x]) })", many],
    ["everything below, again and again", "$map($states.input, function($x) { $count($states.**) })", many],
    ["a field of many, again and again", "$map($states.input, function($x) { $states.input.a })", many],
    ["matches that each look to the end of the text", "$match($states.input, /x.*y|x/)", big],
    ["one match after another", "$map([1..90000], function($i) { $contains($states.input, /x*[yz]/) })", big],
    ["a date picture", "$toMillis($states.input, '[Y][M][D]')", big],
    ["merging again and again", "$map([1..90000], function($i) { $merge([$states.input, {'a': $i}]) })", wide],
    ["a comparator", "$sort($states.input, function($a, $b) { $count($states.input[$ > $a]) > 0 })", many],
  ])("%s", async (_, source, surroundings) => {
    expect(await causeOf(source, surroundings)).toMatch(/threw an error during evaluation\. (D|T)\d+: /u);
  });

  test("and what is merely large does not", async () => {
    expect(await evaluate("$count($distinct($states.input))", many)).toBe(50_000);
    expect(await evaluate("$length($states.input & $states.input)", big)).toBe(500_000);
    expect(await evaluate("$count($split($states.input, ''))", big)).toBe(250_000);
    expect(await evaluate("$contains($states.input, /x*[yz]/)", big)).toBe(false);
    expect(await evaluate("$contains($states.input, /(x+x+)+[yz]/)", { input: "x".repeat(190_000) })).toBe(false);
    expect(await evaluate("$count($match($states.input, /\\w+/))", words)).toBe(9000);
  });
});

describe("names that every object has", () => {
  test.each<[string]>([["constructor"], ["__proto__"], ["toString"], ["hasOwnProperty"]])("%s", async (name) => {
    expect(await causeOf(`$states.input.${name}`)).toContain("returned nothing (undefined).");
    expect(await causeOf(`$lookup($states.input, '${name}')`)).toContain("returned nothing (undefined).");
    expect(await causeOf(`$${name}`)).toContain("returned nothing (undefined).");
    const own = JSON.parse(`{"${name}": 1}`) as Json;
    expect(await evaluate(`$states.input`, { input: own })).toEqual(own);
    expect(await evaluate(`$states.input.${name}`, { input: own })).toBe(1);
  });

  test("a built key of that name pollutes nothing", async () => {
    await evaluate("$merge([{'__proto__': {'polluted': 1}}, $states.input])", { input: { a: 1 } }).catch(
      () => undefined,
    );
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  });
});

test("a variable goes before the function of its name", async () => {
  const variables = { string: "s", count: 2, eval: 3, now: "n", uuid: "u", fromMillis: 1 };
  expect(await evaluate("$string & $count & $eval & $now & $uuid & {'a': $fromMillis}", { variables })).toBe(
    's23nu{"a":1}',
  );
});

test("what an expression binds stays its own", async () => {
  expect(await evaluate("($sum := 5; $states := 6; $sum + $states)")).toBe(11);
  expect(await evaluate("$sum([1, 2])")).toBe(3);
});

test("an expression leaves its input as it was", async () => {
  const input: Json = { a: [3, 1, 2], b: { c: 1 } };
  const before = JSON.stringify(input);
  await evaluate("($sort($states.input.a); $states ~> |input.b|{'c': 2}|; $append($states.input.a, 9))", { input });
  expect(JSON.stringify(input)).toBe(before);
});
