import { describe, expect, test } from "vitest";
import { isIntrinsicText, parseIntrinsic } from "../../src/asl/intrinsic.ts";
import { parseJsonPath } from "../../src/asl/json-path.ts";

const literal = (value: string | number | boolean | null) => ({ kind: "literal", value });
const path = (text: string) => ({ kind: "path", path: parseJsonPath(text) });
const argumentsOf = (text: string) => parseIntrinsic(text)?.arguments;

test("a text is meant as a call when it starts with States.", () => {
  expect(["States.UUID()", "States.", "$.a", "states.UUID()", " States.UUID()"].map(isIntrinsicText)).toEqual([
    true,
    true,
    false,
    false,
    false,
  ]);
});

describe("arguments are literals, paths and calls", () => {
  test.each<[string, readonly unknown[]]>([
    ["States.UUID()", []],
    ["States.UUID( )", []],
    ["States.Array('a', 1, -2.5, 1e3, true, false, null)", ["a", 1, -2.5, 1000, true, false, null].map(literal)],
    ["States.Array($, $$, $name, $.a-b)", ["$", "$$", "$name", "$.a-b"].map(path)],
    ["States.Array($$.Execution.Name,$.x)", [path("$$.Execution.Name"), path("$.x")]],
    ["States.Array( $.a , $.b )", [path("$.a"), path("$.b")]],
    ["States.Array($['a,b)'][0].c)", [path("$['a,b)'][0].c")]],
    ["States.Array($.a[?(@.x == ')' && (@.y))].z, 1)", [path("$.a[?(@.x == ')' && (@.y))].z"), literal(1)]],
    ["States.MathAdd($.a.length(), 1)", [path("$.a.length()"), literal(1)]],
    ["States.StringSplit('Hello\nWorld', '\n')", [literal("Hello\nWorld"), literal("\n")]],
    [`States.StringToJson('{"a": "b"}')`, [literal('{"a": "b"}')]],
    [String.raw`States.Array('it\'s', '\{\}', 'a\\b')`, [literal("it's"), literal("{}"), literal(String.raw`a\b`)]],
  ])("%j", (text, expected) => expect(argumentsOf(text)).toEqual(expected));

  test("a call among them keeps its own text", () => {
    const inner = "States.StringSplit($.a, '/')";
    expect(argumentsOf(`States.ArrayGetItem(${inner}, 1)`)?.[0]).toMatchObject({
      kind: "call",
      call: { source: inner, name: "States.StringSplit" },
    });
  });

  test("the template of States.Format keeps its escapes, as they tell braces from holes", () => {
    expect(argumentsOf(String.raw`States.Format('\{{}\'', '\{')`)).toEqual([literal(String.raw`\{{}\'`), literal("{")]);
  });
});

describe("a malformed call is refused", () => {
  test.each(
    [
      "States",
      "States.UUID",
      "States.UUID(",
      "States.UUID())",
      "States.UUID() ",
      " States.UUID()",
      "States.UUID ()",
      "States.Nope()",
      "States.toString()",
      "States.uuid()",
      "States.Array(,)",
      "States.Array(1,)",
      "States.Array(1 2)",
      "States.Array('a)",
      'States.Array("a")',
      "States.Array(a)",
      "States.Array(True)",
      "States.Array(nullable)",
      "States.Array(1e999)",
      "States.Array($.)",
      "States.Array($.a[0)",
      "States.Array($.a b)",
      "States.Array([1])",
      "States.Array({})",
    ].map((x) => [x]),
  )("%j", (text) => expect(parseIntrinsic(text)).toBeUndefined());

  test.each([
    [String.raw`States.StringToJson('{"text":"An \"escaped double quote\" here"}')`],
    [String.raw`States.Format('He said, \"Hello, {}!\"', 'Test \"Name\" Here')`],
    [String.raw`States.Array('\n')`],
    [String.raw`States.Array('\u0041')`],
  ])("and so is any other escape: %s", (text) => expect(parseIntrinsic(text)).toBeUndefined());
});

describe("a call with too few or too many arguments is refused", () => {
  test.each([
    ["Format", 1, 9],
    ["StringToJson", 1, 1],
    ["JsonToString", 1, 1],
    ["Array", 0, 9],
    ["ArrayPartition", 2, 2],
    ["ArrayContains", 2, 2],
    ["ArrayRange", 3, 3],
    ["ArrayGetItem", 2, 2],
    ["ArrayLength", 1, 1],
    ["ArrayUnique", 1, 1],
    ["Base64Encode", 1, 1],
    ["Base64Decode", 1, 1],
    ["Hash", 2, 2],
    ["JsonMerge", 3, 3],
    ["MathRandom", 2, 3],
    ["MathAdd", 2, 2],
    ["StringSplit", 2, 2],
    ["UUID", 0, 0],
  ])("States.%s takes %i to %i", (name, fewest, most) => {
    const accepted = Array.from({ length: 10 }, (_, n) => n).filter(
      (n) => parseIntrinsic(`States.${name}(${Array.from({ length: n }, () => "$.x").join(", ")})`) !== undefined,
    );
    expect([accepted.at(0), accepted.at(-1)]).toEqual([fewest, most]);
    expect(accepted).toHaveLength(most - fewest + 1);
  });
});

test("calls nest ten deep and no deeper", () => {
  const nested = (depth: number): string => `${"States.Array(".repeat(depth)}1${")".repeat(depth)}`;
  expect(parseIntrinsic(nested(10))).toBeDefined();
  expect(parseIntrinsic(nested(11))).toBeUndefined();
});

describe("a hostile text is refused, not thrown at", () => {
  const many = (text: string): string => text.repeat(20_000);
  test.each([
    ["open calls", many("States.Array(")],
    ["open parentheses", `States.Array(${many("(")}`],
    ["brackets in a path", `States.Array($${many("[")}${many("]")})`],
    ["quotes in a path", `States.Array($${many("['")})`],
    ["an endless string", `States.Array('${many("\\'")}`],
    ["calls in a path", `States.Array($.a${many("()")})`],
    ["a quote that never closes", "States.Array($['a)"],
    ["a quote that never closes, within a path", "States.Array($[0]['a)"],
  ])("%s", (_, text) => expect(parseIntrinsic(text) === undefined).toBe(true));

  test("while a long one is fine", () => {
    const text = many("\\'{} ");
    expect(argumentsOf(`States.Array('${text}'${many(", $.a['b'][0]")})`)).toHaveLength(20_001);
  });
});
