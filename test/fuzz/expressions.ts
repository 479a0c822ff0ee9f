/** Made-up paths, intrinsic calls and JSONata, most of them sound, some not. */
import { CHOICE_OPERATORS } from "../../src/asl/parse-choice-rule.ts";
import type { Json } from "../../src/asl/json.ts";
import type { Dice } from "../engine/simulated-machine.ts";
import { EVIL_KEYS, mutateText, wildText, wildValue } from "./values.ts";

/** What the expressions are evaluated on; names and values meet now and then. */
export function inputOf(dice: Dice): Json {
  if (dice.chance(0.1)) return wildValue(dice);
  return {
    a: { b: [1, 2, { c: "x" }], "d e": null, n: dice.between(-3, 300) },
    list: Array.from({ length: dice.between(0, 5) }, () => wildValue(dice)),
    items: [3, 1, 2],
    text: wildText(dice),
    json: '{"k": [1, 2.5, null]}',
    number: dice.of([0, -1, 1.5, 1e21, 86_400]),
    flag: dice.chance(0.5),
    at: "2024-02-29T12:00:00.5Z",
    wild: wildValue(dice),
  };
}

const NAMES = ["a", "b", "c", "list", "items", "text", "json", "number", "flag", "at", "wild", "missing", "Execution"];

const name = (dice: Dice): string => (dice.chance(0.9) ? dice.of(NAMES) : dice.of(EVIL_KEYS));
const spoilt = (dice: Dice, text: string): string => (dice.chance(0.08) ? mutateText(dice, text, 1) : text);

/** `$.a` and the like: members and indexes only. */
export function referencePath(dice: Dice): string {
  return spoilt(dice, `$${Array.from({ length: dice.between(0, 3) }, () => memberOrIndex(dice)).join("")}`);
}

export function jsonPath(dice: Dice, depth = 0): string {
  const root = dice.of(["$", "$", "$", "$", "$$", "$v", "$$.Execution", "$$.Map.Item"]);
  const segments = Array.from({ length: dice.between(0, 4) }, () => pathSegment(dice, depth));
  const end = dice.chance(0.08) ? `.${dice.of(["length", "min", "max", "avg", "sum", "keys"])}()` : "";
  return spoilt(dice, root + segments.join("") + end);
}

function memberOrIndex(dice: Dice): string {
  if (dice.chance(0.2)) return `[${dice.between(-1, 3)}]`;
  const key = name(dice);
  return /^\w+$/u.test(key) && dice.chance(0.7) ? `.${key}` : `['${key}']`;
}

function pathSegment(dice: Dice, depth: number): string {
  switch (dice.between(0, 12)) {
    case 0:
      return dice.of([".*", "[*]"]);
    case 1:
      return `..${dice.of(["*", "a", "b", "c"])}`;
    case 2:
      return `[${dice.between(-2, 3)}:${dice.chance(0.5) ? dice.between(-1, 4) : ""}${dice.chance(0.3) ? ":2" : ""}]`;
    case 3:
      return `[${dice.between(0, 3)},${dice.between(0, 3)}]`;
    case 4:
      return `['${name(dice)}','${name(dice)}']`;
    case 5:
      return depth < 2 ? `[?(${filter(dice, depth + 1)})]` : memberOrIndex(dice);
    default:
      return memberOrIndex(dice);
  }
}

const COMPARISONS = ["==", "!=", "<", "<=", ">", ">=", "in", "nin", "contains", "size", "subsetof", "anyof", "empty"];

function filter(dice: Dice, depth: number): string {
  const operand = (): string =>
    dice.of([
      `@.${dice.of(NAMES)}`,
      "@",
      jsonPath(dice, depth),
      String(dice.between(-2, 9)),
      "'x'",
      "null",
      "true",
      "[1,2]",
      '{"k":1}',
    ]);
  switch (dice.between(0, 5)) {
    case 0:
      return `@.${dice.of(NAMES)}`;
    case 1:
      return `!(@.${dice.of(NAMES)})`;
    case 2:
      return `${operand()} =~ /${dice.of(["x.*", "[a-z]+", "(a|b)*c", "^$", "\\d{1,3}"])}/${dice.of(["", "i"])}`;
    case 3:
      return depth < 3 ? `${filter(dice, depth + 1)} ${dice.of(["&&", "||"])} ${filter(dice, depth + 1)}` : "@";
    default:
      return `${operand()} ${dice.of(COMPARISONS)} ${operand()}`;
  }
}

const CALLS: readonly (readonly [name: string, arity: number])[] = [
  ["Format", 2],
  ["StringToJson", 1],
  ["JsonToString", 1],
  ["Array", 3],
  ["ArrayPartition", 2],
  ["ArrayContains", 2],
  ["ArrayRange", 3],
  ["ArrayGetItem", 2],
  ["ArrayLength", 1],
  ["ArrayUnique", 1],
  ["Base64Encode", 1],
  ["Base64Decode", 1],
  ["Hash", 2],
  ["JsonMerge", 3],
  ["MathRandom", 2],
  ["MathAdd", 2],
  ["StringSplit", 2],
  ["UUID", 0],
];

export function intrinsic(dice: Dice, depth = 0): string {
  const [call, arity] = dice.of(CALLS);
  const given = Array.from({ length: arity }, (_, i) => argument(dice, call, i, depth));
  return spoilt(dice, `States.${call}(${given.join(dice.of([",", ", "]))})`);
}

function argument(dice: Dice, call: string, at: number, depth: number): string {
  if (call === "Format" && at === 0) return dice.of(["'{} and \\{\\}'", "'{}'", "'a\\\\b {}'", "'{'", "$.text"]);
  if (call === "Hash" && at === 1)
    return dice.of(["'MD5'", "'SHA-1'", "'SHA-256'", "'SHA-384'", "'SHA-512'", "$.text"]);
  if (call === "JsonMerge" && at === 2) return dice.of(["false", "false", "true", "null"]);
  if (depth < 3 && dice.chance(0.25)) return intrinsic(dice, depth + 1);
  if (dice.chance(0.5)) return jsonPath(dice, 1);
  return dice.of([
    String(dice.between(-3, 40)),
    "1.5",
    "-0",
    "1e3",
    "'x'",
    "'a,b;c'",
    "''",
    "null",
    "true",
    "9007199254740993",
    "'it\\'s'",
  ]);
}

/** Parts with a hole for another one, so that they nest. */
const JSONATA = [
  "$states.input",
  "$states.input.a.b",
  "$states.input.list[0]",
  "$states.input.items^(>$)",
  "$states.input.*",
  "$states.input.**",
  "$states.input.wild.%",
  "$states.context.Execution.Name",
  "$states.result",
  "$states.errorOutput",
  "$v",
  "$missing",
  "1",
  "1e308",
  "'text'",
  "null",
  "true",
  "[]",
  "{}",
  "[1..5]",
  "/[a-z]+/",
  "function($x) { $x }",
  "$sum",
  "(_)",
  "[_, _]",
  "{ 'k': _, 'constructor': _ }",
  "{ 'then': _ }",
  "{ 'then': _, 'toJSON': _ }",
  "function($f) { { 'then': $f } }(_)",
  "function($f, $g) { $f ~> $g }(_, _)",
  "$map(_, function($f) { { 'then': $f } })",
  "function($x) { _ }",
  "_(_)",
  "_(?)",
  "_ + _",
  "_ & _",
  "_ = _",
  "_ < _",
  "_ and _",
  "_ in _",
  "_ ? _ : _",
  "_ ?: _",
  "_ ?? _",
  "_[_]",
  "_{ $string($): _ }",
  "_ ~> $string",
  "_ ~> |$|{ 'z': _ }|",
  "_.a",
  "-_",
  "($x := _; $x & _)",
  "($f := function($x, $n) { $n > 5 ? $x : $f(_, $n + 1) }; $f(1, 0))",
  "_@$i.$i",
  "_#$i.$i",
  "$string(_)",
  "$number(_)",
  "$boolean(_)",
  "$not(_)",
  "$exists(_)",
  "$count(_)",
  "$sum(_)",
  "$max(_)",
  "$average(_)",
  "$append(_, _)",
  "$sort(_)",
  "$sort(_, function($l, $r) { $l > $r })",
  "$reverse(_)",
  "$shuffle(_)",
  "$distinct(_)",
  "$zip(_, _)",
  "$map(_, function($v, $i, $a) { _ })",
  "$filter(_, function($v) { _ })",
  "$single(_, function($v) { true })",
  "$reduce(_, function($l, $r) { _ })",
  "$sift(_, function($v, $k) { _ })",
  "$each(_, function($v, $k) { $k & _ })",
  "$keys(_)",
  "$lookup(_, _)",
  "$spread(_)",
  "$merge(_)",
  "$type(_)",
  "$error(_)",
  "$assert(_, 'no')",
  "$length(_)",
  "$substring(_, 1, 3)",
  "$substringBefore(_, _)",
  "$uppercase(_)",
  "$trim(_)",
  "$pad(_, 12, 'ab')",
  "$contains(_, _)",
  "$split(_, _)",
  "$join(_, ',')",
  "$match(_, /(a)|./)",
  "$replace(_, /[aeiou]/, 'x')",
  "$replace(_, _, function($m) { _ })",
  "$base64encode(_)",
  "$base64decode(_)",
  "$encodeUrlComponent(_)",
  "$decodeUrlComponent(_)",
  "$abs(_)",
  "$floor(_)",
  "$round(_, _)",
  "$power(_, _)",
  "$sqrt(_)",
  "$formatNumber(_, '#,##0.00')",
  "$formatNumber(_, _)",
  "$formatBase(_, _)",
  "$formatInteger(_, 'w')",
  "$parseInteger(_, '#0')",
  "$now()",
  "$millis()",
  "$fromMillis(_)",
  "$fromMillis(_, _)",
  "$toMillis(_)",
  "$toMillis(_, '[Y]-[M]-[D]')",
  "$partition(_, _)",
  "$range(_, _, _)",
  "$hash(_, 'SHA-256')",
  "$random(_)",
  "$uuid()",
  "$parse(_)",
  "$clone(_)",
  "$eval(_)",
  "$type.constructor",
  "$states.input.__proto__",
] as const;

const LEAVES = JSONATA.filter((part) => !part.includes("_ ") && !/[( [{]_|_[\][)@#.?]/u.test(part) && part !== "(_)");

export function jsonata(dice: Dice, depth = 0): string {
  const part = depth >= 3 ? dice.of(LEAVES) : dice.of(JSONATA);
  // A hole is an underscore that stands alone.
  const filled = part.replaceAll(/(?<![\w$])_(?!\w)/gu, () => jsonata(dice, depth + 1));
  return depth === 0 ? spoilt(dice, filled) : filled;
}

/** A rule of a Choice state of JSONPath, without Next. */
export function choiceRule(dice: Dice, depth = 0): Json {
  if (depth < 3 && dice.chance(0.25)) {
    if (dice.chance(0.4)) return { Not: choiceRule(dice, depth + 1) };
    const rules = Array.from({ length: dice.between(1, 3) }, () => choiceRule(dice, depth + 1));
    return dice.chance(0.5) ? { And: rules } : { Or: rules };
  }
  const operator = dice.of(CHOICE_OPERATORS);
  const Variable = dice.chance(0.8) ? `$.${dice.of(NAMES)}` : jsonPath(dice);
  return { Variable, [operator]: operandOf(dice, operator) };
}

function operandOf(dice: Dice, operator: string): Json {
  if (dice.chance(0.05)) return wildValue(dice);
  if (operator.endsWith("Path")) return dice.chance(0.8) ? `$.${dice.of(NAMES)}` : jsonPath(dice);
  if (operator.startsWith("Is") || operator.startsWith("Boolean")) return dice.chance(0.5);
  if (operator.startsWith("Numeric")) return dice.of([0, 1, -1.5, 1e21]);
  if (operator.startsWith("Timestamp")) return timestamp(dice);
  return dice.of(["x", "", "*", "x*", "*\\**", wildText(dice)]);
}

/** Mostly a moment that is one. */
export function timestamp(dice: Dice): string {
  const two = (from: number, to: number): string => String(dice.between(from, to)).padStart(2, "0");
  const year = String(dice.of([2024, 1970, 0, 9999, dice.between(0, 9999)])).padStart(4, "0");
  const fraction = dice.chance(0.4) ? `.${"1".repeat(dice.between(1, 10))}` : "";
  const zone = dice.of(["Z", "Z", "Z", "+01:00", "-23:59", "+24:00", ""]);
  const day = `${year}-${two(1, 12)}-${two(1, dice.chance(0.9) ? 28 : 32)}`;
  const time = `${two(0, dice.chance(0.95) ? 23 : 25)}:${two(0, 59)}:${two(0, dice.chance(0.95) ? 59 : 60)}`;
  return spoilt(dice, `${day}T${time}${fraction}${zone}`);
}
