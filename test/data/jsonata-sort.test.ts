/** `^(…)`, which we order by ourselves, evaluating each term once for each item. It gives what the library gives. */
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Json } from "../../src/asl/json.ts";
import { endOfJsonata } from "../hostile/words.ts";
import { expectSame } from "./expect-same.ts";

const input: Json = {
  a: [3, 1, 2],
  one: [7],
  e: [],
  n: null,
  s: ["b", "a", "ab", ""],
  mixed: [1, "a"],
  nested: [[3, 1], [1, 2], [2]],
  single: [[3, 1]],
  o: [
    { k: "p", x: 2, y: [5, 4] },
    { k: "q", x: 1, y: [9] },
    { x: 1, y: [] },
    { k: "p", x: 1 },
    { k: "a", x: { z: 1 } },
  ],
  rows: [
    { k: "b", x: 2 },
    { k: "a", x: 2, list: [{ v: 3 }, { v: 1 }] },
    { k: "b", x: 1, list: [{ v: 2 }] },
    { k: "a", x: 2, last: true },
  ],
};
const IN = "$states.input";

describe("an ordering is the library's", () => {
  test.each([
    [`${IN}.a^($)`],
    [`${IN}.a^(>$)`],
    [`${IN}.a^(<$)`],
    [`${IN}.a^($)[0]`],
    [`${IN}.a^($)[-1]`],
    [`${IN}.a^($)[]`],
    [`${IN}.a^($)[$ > 1]`],
    [`${IN}.a^($)[[0..1]]`],
    [`(${IN}.a)^($)[0][0]`],
    [`${IN}.a^(-$).($ + 1)`],
    [`${IN}.a^($).[$]`],
    [`${IN}.one^($)`],
    [`${IN}.one^($)[]`],
    [`${IN}.one^($)[0]`],
    [`${IN}.one^($).[$]`],
    [`${IN}.one^($error('not asked'))`],
    [`${IN}.e^($)`],
    [`${IN}.e^($)[]`],
    [`${IN}.n^($)`],
    [`${IN}.missing^($)`],
    [`${IN}.missing^($)[]`],
    [`${IN}.missing^($).x`],
    [`${IN}.s^($)`],
    [`${IN}.s^(>$)`],
    [`${IN}.s^($length($))`],
    [`${IN}.mixed^($)`],
    [`${IN}.nested^($[0])`],
    [`${IN}.nested^($count($))`],
    [`${IN}.nested^($[0])[0]`],
    [`${IN}.nested^($[0]).$`],
    [`${IN}.nested^($[0]).$sum($)`],
    [`${IN}.nested^($)`],
    [`${IN}.single^($[0])`],
    [`${IN}.single^($[0])[0]`],
    [`${IN}.single^($[0]).$`],
    [`${IN}.single^($[0]).$count($)`],
    [`[[3, 1], [1, 2]]^($[0])`],
    [`[[3, 1]]^($[0])`],
    [`[3, 1, 2]^($)`],
    [`[3..5]^(>$)`],
    [`${IN}.o.[k, x]^($[0])`],
    [`${IN}.rows.[x, k]^($[1]).$string($)`],
    [`${IN}.rows[0].[x, k]^($[1])`],
    [`${IN}.rows[0].[x, k]^($[1]).$string()`],
    [`${IN}.o^(k)`],
    [`${IN}.o^(>k)`],
    [`${IN}.o^(x)`],
    [`${IN}.o^(k, x)`],
    [`${IN}.o^(y)`],
    [`${IN}.o^(missing)`],
    [`${IN}.rows^(k, x)`],
    [`${IN}.rows^(>k, x)`],
    [`${IN}.rows^(k, >x).x`],
    [`${IN}.rows^(x, >k)[0].k`],
    [`${IN}.rows^(k, x, last)`],
    [`${IN}.rows^($boolean(last) ? 0 : 1, k)`],
    [`${IN}.rows^(k & $string(x))`],
    [`${IN}.rows^(x = 1)`],
    [`${IN}.rows^(null)`],
    [`${IN}.rows^(k, $error('asked where two are alike'))`],
    [`${IN}.rows^(x, k, $error('still alike'))`],
    [`${IN}.rows^(k).list^(v)`],
    [`${IN}.rows^(k).list^(>v).v`],
    [`${IN}.rows^(k)^(x)`],
    [`${IN}.rows.list^(v).v`],
    [`${IN}.rows^($sum(list^(v).v))`],
    [`${IN}.rows^(k){k: x}`],
    [`${IN}.rows^(x){k: $count($)}`],
    [`${IN}.rows^(k).{'k': k, 'n': $count(list)}`],
    [`${IN}.rows.(list^(v))`],
    [`${IN}.rows[x = 2]^(k)[1]`],
    [`${IN}.rows^(k).x[0]`],
    [`(${IN}.rows^(k).x)[0]`],
    [`($rows := ${IN}.rows; $rows^(k)[0])`],
    [`($by := function($r) { $r.x }; ${IN}.rows^($by($)))`],
    [`$map([1, -1], function($f) { ${IN}.rows^($f * x).k })`],
    [`${IN}.rows ~> $filter(function($r) { $r.x = 2 })^(k)`],
    [`(${IN}.rows^(k)) ~> $count`],
    [`${IN}.rows^(k) ~> $count()`],
    [`$count(${IN}.rows^(k))`],
    [`function($l) { $l^($) }(${IN}.a)`],
    [`($f := function($l, $n) { $n = 0 ? $l^($) : $f($l, $n - 1) }; $f(${IN}.a, 3))`],
    [`${IN}.rows#$i^(>$i).k`],
    [`${IN}.rows^(k)#$i.{'i': $i, 'k': k}`],
    [`${IN}.rows@$r^($r.x).$r.k`],
    [`${IN}.nested@$v^($v[0]).$v`],
    [`${IN}.nested@$v^($v[0]).[$v]`],
    [`${IN}.nested#$i^($[0])`],
    [`${IN}.nested#$i^($[0]).$i`],
    [`${IN}.nested^($[0])#$i.[$i]`],
    [`${IN}.single#$i^($[0])`],
    [`${IN}.rows.list^(%.x, v).v`],
    [`${IN}.rows.list.{'x': %.x, 'v': v}^(v)`],
    [`[${IN}.a^($), ${IN}.one^($)]`],
    [`{'a': ${IN}.a^($), 'one': ${IN}.one^($), 'none': ${IN}.e^($)}`],
    [`$append(${IN}.one^($), 1)`],
    [`[3, 1, [2, 5]]^($)`],
    [`$^($)`],
    [`${IN}.a.$^($)`],
    [`${IN}^($count(a))`],
    [`${IN}^($count(a)).a`],
    [`${IN}.*^($type($))`],
    [`${IN}.**^($string($))[0]`],
    [`"x"^($)`],
    [`a^($)`],
  ])("%s", (source) => expectSame(source, input));

  const { expression } = fc.letrec<Record<"expression" | "list" | "term", string>>((tie) => ({
    expression: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      tie("list"),
      tie("list").map((x) => `${x}[0]`),
      tie("list").map((x) => `${x}[]`),
      tie("list").map((x) => `$count(${x})`),
      tie("list").map((x) => `[${x}]`),
      tie("list").map((x) => `${x}{$string(k): $count($)}`),
    ),
    list: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      fc.constantFrom("a", "one", "e", "s", "nested", "single", "o", "rows", "rows[x=2]", "*").map((x) => `${IN}.${x}`),
      fc.constantFrom("[[1], [0]]", "[2, 1]", "$missing", `${IN}.rows.[k, x]`, `${IN}.rows[0].[k, x]`),
      fc
        .tuple(tie("list"), fc.array(tie("term"), { minLength: 1, maxLength: 3 }))
        .map(([x, by]) => `${x}^(${by.join(", ")})`),
      fc.tuple(tie("list"), fc.constantFrom("k", "x", "$", "[$]", "list", "($)", "$string($)")).map((x) => x.join(".")),
      tie("list").map((x) => `(${x})`),
      tie("list").map((x) => `${x}[]`),
    ),
    term: fc
      .tuple(
        fc.constantFrom("", ">", "<"),
        fc.oneof(
          { depthSize: "small", withCrossShrink: true },
          fc.constantFrom("$", "k", "x", "$string($)", "$count($)", "$[0]", "missing", "last", "1", "list.v"),
          fc.constantFrom("a^($)", "o^(k)", "rows[x=2]", "e").map((x) => `$count(${IN}.${x})`),
        ),
      )
      .map((x) => x.join("")),
  }));

  test("for generated expressions", () =>
    fc.assert(
      fc.asyncProperty(expression, (source) => expectSame(source, input)),
      { numRuns: 1500 },
    ));
});

test.each([
  ["objects", [{}, {}], "T2008: The expressions within an order-by clause must evaluate to numeric or string values"],
  ["what differs", [1, "a"], 'T2007: Type mismatch when comparing values 1 and "a" in order-by clause'],
])("%s cannot be ordered by, and the error says so", async (_, items, cause) => {
  expect((await endOfJsonata("$states.input^($)", items)).cause).toContain(cause);
});

test("each term is evaluated once for each item", async () => {
  const items = Array.from({ length: 1000 }, (_, i) => ({ id: i, total: (i * 7919) % 1000 }));
  const short = await endOfJsonata("$count($states.input^(total))", items.slice(0, 500));
  const long = await endOfJsonata("$count($states.input^(total))", items);
  expect(long.steps / short.steps).toBeLessThan(2.1);
});

test("what a path binds is ordered by the library, and not without end", async () => {
  const source = "$count($states.input@$v^(>$v))";
  const items = Array.from({ length: 4000 }, (_, i) => i);
  expect((await endOfJsonata(source, items.slice(0, 500))).value).toBe(500);
  expect((await endOfJsonata(source, items)).cause).toContain("D1012: ");
});
