/** What we make ourselves, in time linear in the parts: arrays, and what $spread gives. It is what the library would have made. */
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Json } from "../../src/asl/json.ts";
import { endOfJsonata } from "../hostile/words.ts";
import { expectSame } from "./expect-same.ts";

const input: Json = { a: [1, 2, 3], b: [[1], [2, 3]], e: [], n: null, o: [{ x: 1, y: [4, 5] }, { x: 2 }, { x: [3] }] };

const IN = "$states.input";

describe("$spread gives what the library gives", () => {
  test.each([
    ["$spread({'a': 1})"],
    ["$spread({'a': 1, 'b': [2]})"],
    ["$spread({})"],
    ["$spread([])"],
    ["$spread([{}])"],
    ["$spread([{}, {}])"],
    ["$spread([{'a': 1}])"],
    ["$spread([{'a': 1}, {'b': 2, 'c': 3}, 4, 'x', null, [5, {'d': 6}]])"],
    ["$spread([[[]]])"],
    ["$spread([[{'a': 1}]])"],
    ["$spread(3)"],
    ["$spread('x')"],
    ["$spread(null)"],
    ["$spread($missing)"],
    ["$spread({'__proto__': 1})"],
    [`$spread(${IN})`],
    [`$spread(${IN}.o)`],
    [`${IN}.o.$spread($)`],
    [`${IN}.o ~> $spread`],
  ])("%s", (source) => expectSame(source, input));
});

describe("an array is what the library makes", () => {
  test.each([
    ["[]"],
    ["[[]]"],
    ["[[], [[]]]"],
    ["['[']"],
    ["[1..3]"],
    ["[0, 1..3, [4..5]]"],
    ["[$missing, 1]"],
    [`[${IN}.a, ${IN}.b, ${IN}.e, ${IN}.n]`],
    [`[${IN}.a][1]`],
    [`[${IN}.a][]`],
    [`[5][]`],
    [`[[1, 2], [3]][0]`],
    [`[1, 2, 3] ~> $sum`],
    [`$sum ~> [1]`],
    [`[1] ~> [$sum]`],
    [`3 ~> [$string][0]`],
    [`[${IN}.o.x].$string()`],
    [`${IN}.o.[x, y]`],
    [`${IN}.o.[x, [y]]`],
    [`${IN}.o.[x].$count($)`],
    [`[{'a': 1}, {'a': 2}].a`],
    [`[[{'a': 1}], {'a': [2]}].a`],
    [`[{'a': 1}, {'a': 2}].[a]`],
    [`[1, 2].[$, $ * 2]`],
    [`[3, 1, 2]^($)`],
    [`[function($x) { $x + 1 }, 1][0](4)`],
    [`$map([1, 2], function($x) { [$x] })`],
    [`$map([1, 2], function($x) { [[$x]] })`],
    [`$append([1], [[2]])`],
    [`[[1, 2]] = [[1, 2]]`],
    [`{'k': [1, [2]]}`],
    [`($f := function($n) { $n = 0 ? [] : [$n, $f($n - 1)] }; $f(3))`],
    [`($f := function($n) { $n = 0 ? [] : [$f($n - 1)] }; $f(3))`],
    [`[1, 2, 3][[0, 2]]`],
    [`${IN}.o[[0..1]].x`],
    [`[1, 'a' + 1]`],
    [`${IN}.([x, 1]; [2])`],
    [`[(1; [2])]`],
    [`[true ? [1] : 2, [3]]`],
    [`[-1, -[2][0]]`],
    [`[function($x, $y) { $x + $y }][0](?, 1)(2)`],
    [`[function($x) { $x + 1 }, 1, 2, 3, 4, 5][0](4)`],
    [`[[], [[]], [1..3], '[', $missing, null, [[], 1, 2, 3, 4, [5]]]`],
    [`[1, 2, 3, 4, 5, 6] ~> $sum`],
    [`3 ~> [$string, 1, 2, 3, 4][0]`],
    [`[${IN}.a, ${IN}.b, ${IN}.e, ${IN}.n, [${IN}.a], [1..2]]`],
    [`${IN}.o.[x, y, [x], [y], 'z']`],
    [`[${IN}.o.x, 1, 2, 3, 4].$string()`],
    [`[{'a': 1}, {'a': 2}, {'a': [3]}, {}, 4].a`],
    [`[[{'a': 1}], {'a': [2]}, [], [[{'a': 3}]], 5].a`],
    [`[1, 2, 3, 4, 5].[$, $ * 2, 3, 4, 5]`],
    [`[5, 4, 3, 2, 1]^($)`],
    [`[1, 2, 3, 4, 5][[0, 2]]`],
    [`[1, 2, 3, 4, 5][$ > 4][]`],
    [`{'k': [1, [2], [[3]], 4, 5]}`],
    [`[(1; [2]), 3, 4, 5, [6]]`],
    [`[1, 2, 3, 4, 'a' + 1]`],
    [`$map([1, 2], function($x) { [$x, $x, $x, $x, $x] })`],
  ])("%s", (source) => expectSame(source, input));

  const { expression } = fc.letrec<{ expression: string; array: string }>((tie) => ({
    expression: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom("1", "'['", "$missing", "null", `${IN}.a`, `${IN}.b`, `${IN}.e`, `${IN}.o.x`, "[1..3]", "$"),
      tie("array"),
      tie("array").map((x) => `(0; ${x})`),
      tie("array").map((x) => `${x}[0]`),
      tie("array").map((x) => `${x}[]`),
      tie("array").map((x) => `${x}.$`),
      tie("array").map((x) => `${x}.[$]`),
      tie("array").map((x) => `$count(${x})`),
      tie("array").map((x) => `${x} ~> $reverse`),
      tie("array").map((x) => `${IN}.o.${x}`),
      tie("array").map((x) => `$map([1, 2], function($v) { ${x} })`),
    ),
    array: fc.array(tie("expression"), { maxLength: 8 }).map((parts) => `[${parts.join(", ")}]`),
  }));

  test("for generated expressions", () =>
    fc.assert(
      fc.asyncProperty(expression, (source) => expectSame(source, input)),
      { numRuns: 1500 },
    ));
});

test("an array is as long as a sequence may be, and no longer", async () => {
  expect((await endOfJsonata("$count([[1..60000], 1..40000])")).value).toBe(40_001);
  expect((await endOfJsonata("$count([(1; [1..60000]), 1, 1, 1, 1..39997])")).value).toBe(100_000);
  expect((await endOfJsonata("$count([(1; [1..60000]), 1, 1, 1, 1..39998])")).cause).toContain(
    "D2015: The maximum sequence length of 100000 was exceeded.",
  );
});
