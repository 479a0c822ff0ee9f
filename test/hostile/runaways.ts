/** JSONata that would hang or fill the isolate: recursion, what doubles, what is huge at once, what multiplies, texts. */
import type { Json } from "../../src/asl/json.ts";
import { numbers, zeros } from "./words.ts";

export type Case = [what: string, source: string, input?: Json];

const text = "x".repeat(250_000);
const many = numbers(50_000);
const nested = [zeros(60_000), zeros(60_000)];
const wide = Object.fromEntries(numbers(20_000).map((i) => [`key${i}`, i]));
const rows = numbers(1500).map((i) => ({ id: `row ${i}`, total: i }));
const times = (what: string): string => `$map([1..90000], function($i) { ${what} })`;

/** Each fails, in counted steps. */
export const RUNAWAYS: readonly Case[] = [
  // Recursion.
  ["endless recursion", "($f := function($n) { 1 + $f($n + 1) }; $f(0))"],
  ["an endless tail call", "($f := function($n) { $f($n + 1) }; $f(0))"],
  ["two functions that call each other", "($f := function() { $g() }; $g := function() { $f() }; $f())"],
  ["endless recursion through arrays", "($f := function($n) { [[[[[[[[$f($n)]]]]]]]] }; $f(0))"],
  ["endless recursion through blocks", "($f := function($n) { ((((((((($f($n)))))))))) }; $f(0))"],
  ["endless recursion with much data", "($f := function($n) { 1 + $f($n + 1) }; $f(0))", text],
  ["recursion that branches", "($f := function($n) { $n = 0 ? 1 : $f($n - 1) + $f($n - 1) }; $f(40))"],
  ["a function that calls itself by a combinator", "(function($f) { $f($f) })(function($f) { $f($f) })"],
  ["a chain of composed functions", "($f := function($n, $g) { $f($n + 1, $g ~> $g) }; $f(0, $uppercase))"],
  ["a comparator without an end", "$sort([1..9], function($a, $b) { ($f := function() { $f() }; $f()) })"],
  ["a replacer without an end", "$replace('a', /a/, function($m) { ($f := function() { $f() }; $f()) })"],
  // What doubles.
  ["a string that doubles", "($f := function($s) { $f($s & $s) }; $f('ab'))"],
  [
    "a large array with many parts beside it",
    `($v := $states.input; ${times(`$count([$v, ${zeros(450).join(",")}])`)})`,
    many,
  ],
  ["many parts again and again", times(`$count([${zeros(4000).join(",")}])`)],
  ["an array that doubles", "($f := function($a) { $f($append($a, $a)) }; $f([1, 2]))"],
  ["an object that doubles", "($f := function($o) { $f({ 'a': $o, 'b': $o }) }; $f(1))"],
  ["an array of itself that doubles", "$reduce([1..400], function($a, $i) { [$a, $a] }, 1)"],
  ["a value that grows deep", "$reduce([1..5000], function($o, $i) { { 'a': $o } }, 1)"],
  ["the text of what doubled", "$string(($f := function($o, $n) { $n = 0 ? $o : $f([$o, $o], $n - 1) }; $f(1, 40)))"],
  // What is huge at once.
  ["a huge sequence", "[1..10000000]"],
  ["a huge $range", "$range(1, 100000000, 1)"],
  ["a $range without an end", "$range(1, 9007199254740991, 1)"],
  ["sequences of sequences", "[1..90000].[1..90000]"],
  ["padding by millions", "$pad('', 500000000)"],
  ["padding by millions on the left", "$pad('x', -500000000, 'ab')"],
  ["a date with a year of millions of digits", "$fromMillis(1, '[Y0001,100000000-100000000]')"],
  ["joining one text many times", `$join(${times("$states.input")})`, text],
  ["replacing each character by the whole text", "$replace($states.input, 'x', $states.input)", text],
  ["replacing each match by its group many times", `$replace($states.input, /(x+)/, '${"$1".repeat(40)}')`, text],
  ["indentation of what is deep", "$string($reduce([1..480], function($a, $i) { [$a] }, $states.input), true)", many],
  // What multiplies.
  ["each item with each", "$map($states.input, function($x) { $count($states.input[$ = $x]) })", many],
  ["a join of an array with itself", "$states.input@$a.$states.input@$b.{ 'x': 1 }", many],
  ["everything below, for each item", "$map($states.input, function($x) { $count($states.**) })", many],
  ["asking a nested array whether it is true", times("$states.input ? 1 : 2"), nested],
  ["negating a nested array", `($v := $states.input; ${times("$not($v)")})`, nested],
  ["a conjunction of nested arrays", `($v := $states.input; ${times("$v and $v")})`, nested],
  ["looking for a member in nested arrays", `($v := $states.input; ${times("$v.a")})`, [[many.map(() => ({}))]]],
  ["a group that many join", "$states.input{ 'a': $count($) }", many],
  ["ordering many", "$states.input^(>$)", many],
  ["ordering many again and again", times("$count($states.input^(>$))"), numbers(1000)],
  ["sorting again and again", times("$sort($states.input)"), many],
  ["sorting by a comparator that walks", "$sort($states.input, function($a, $b) { $max($states.input) > $b })", many],
  ["merging again and again", times("$merge([$states.input, { 'a': $i }])"), wide],
  ["uppercase again and again", times("$uppercase($states.input)"), text],
  ["splitting again and again", times("$count($split($states.input, ''))"), text],
  ["zipping again and again", times("$zip($states.input, $states.input)"), many],
  ["a transform again and again", times("$states.input ~> |$|{ 'a': 1 }|"), { many }],
  ["hashing again and again", times("$hash($states.input, 'SHA-512')"), text],
  ["parsing again and again", times("$parse($states.input)"), JSON.stringify(many)],
  ["one value written out for each item", "[1..90000].$states.input", { many }],
  // Texts.
  ["matches that each look to the end", "$match($states.input, /x.*y|x/)", text],
  ["one match after another", times("$contains($states.input, /x*[yz]/)"), text],
  ["a regular expression made again and again", times("$contains('abc', /a{1,900}/)")],
  ["many groups in many places", "$match($states.input, /(((((((((((x*?)*?)*?)*?)*?)*?)*?)*?)*?)*?)y|x)/)", text],
  [
    "a search whose needle almost fits everywhere",
    "$contains($states.input.a, $states.input.b)",
    { a: "a".repeat(120_000), b: `${"a".repeat(60_000)}b${"a".repeat(60_000)}` },
  ],
  ["a picture of a number without an end", "$formatNumber(1, $states.input)", `${"#,".repeat(100_000)}0`],
  ["a picture of an integer without an end", "$formatInteger(1, $states.input)", `${"#,".repeat(100_000)}0`],
  ["a picture of a date without an end", "$fromMillis(1, $states.input)", "[Y]".repeat(80_000)],
  ["a picture of the present without an end", "$now($states.input)", "[Y]".repeat(80_000)],
  ["a number in words without an end", "$parseInteger($states.input, 'w')", "six".repeat(80_000)],
  ["a Roman numeral of millions", "$formatInteger(100000000, 'I')"],
  ["a date by a picture, without an end", "$toMillis($states.input, '[Y][M][D]')", "1".repeat(250_000)],
  ["names that may end anywhere", "$toMillis($states.input, '[MNn][FNn][MNn][FNn][P]')", `${"a".repeat(900)}!`],
  ["names between letters", "$toMillis($states.input, '[MNn]a[FNn]a[MNn]a[FNn]a[P]')", `${"a".repeat(900)}!`],
  ["words that may end anywhere", "$toMillis($states.input, '[Yw] [Mw] [Dw] [Hw] [mw]')", `${"one ".repeat(240)}!`],
];

/** What is merely large is no attack: as much as a payload holds, gone through once. Each gives its value. */
export const LARGE: readonly (readonly [what: string, source: string, input: Json, value: Json])[] = [
  ["distinct values", "$count($distinct($states.input))", many, 50_000],
  ["a function called for every item", "$sum($map($states.input, function($x) { $x % 2 }))", numbers(8000), 4000],
  ["sorting", "$sort($states.input)[0]", many.toReversed(), 0],
  ["sorting by a comparator", "$sort($states.input, function($a, $b) { $a > $b })[0]", numbers(1200).toReversed(), 0],
  ["ordering", "$states.input^(>$)[0]", numbers(3200), 3199],
  ["ordering objects", "$states.input^(>total)[0].id", rows, "row 1499"],
  ["grouping", "$count($keys($states.input{ $string($): $ }))", numbers(200), 200],
  ["grouping by a key of its own", "$count($keys($states.input{ id: $sum(total) }))", rows, 1500],
  ["an array of many parts", `$sum([${numbers(1500).join(",")}])`, {}, 1_124_250],
  ["recursion a thousand levels deep", "($f := function($n) { $n = 0 ? 0 : 1 + $f($n - 1) }; $f(1000))", {}, 1000],
  ["matching words", "$count($match($states.input, /[a-z]+/))", "some words ".repeat(4300), 8600],
  ["matching every word", "$count($match($states.input, /\\w+/))", "lorem ipsum ".repeat(4500), 9000],
  ["splitting by a pattern", "$count($split($states.input, /\\s+/))", "lorem ipsum ".repeat(4500), 9001],
  ["a pattern searched in a long text", "$contains($states.input, /x*[yz]/)", text, false],
  ["a hard pattern searched in a long text", "$contains($states.input, /(x+x+)+[yz]/)", text.slice(0, 190_000), false],
  ["splitting into characters", "$count($split($states.input, ''))", text, 250_000],
  ["a long text twice", "$length($states.input & $states.input)", text, 500_000],
  ["a matrix", "$sum($map([0..99], function($i) { $states.input[$i][$i] }))", numbers(100).map(() => zeros(100)), 0],
];
