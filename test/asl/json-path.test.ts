import { describe, expect, test } from "vitest";
import { parseJsonPath, parseReferencePath, type PathSegment } from "../../src/asl/json-path.ts";

const member = (name: string): PathSegment => ({ kind: "member", name });
const index = (at: number): PathSegment => ({ kind: "index", index: at });
const segmentsOf = (text: string): readonly PathSegment[] | undefined => parseJsonPath(text)?.segments;

describe("a path starts at the input, the Context Object or a variable", () => {
  test.each([
    ["$", { kind: "input" }],
    ["$.a", { kind: "input" }],
    ["$$", { kind: "context" }],
    ["$$.Execution.Input['a']", { kind: "context" }],
    ["$theAnswer", { kind: "variable", name: "theAnswer" }],
    ["$_x1.a[0]", { kind: "variable", name: "_x1" }],
    ["$größe", { kind: "variable", name: "größe" }],
  ])("%s", (text, root) => expect(parseJsonPath(text)?.root).toEqual(root));
});

describe("a segment can be spelled with a dot or with brackets", () => {
  test.each<[string, readonly PathSegment[]]>([
    ["$.a.b", [member("a"), member("b")]],
    ["$.delivery-partner", [member("delivery-partner")]],
    ["$.名前.ключ", [member("名前"), member("ключ")]],
    ["$['a b']['c.d']", [member("a b"), member("c.d")]],
    ['$["it\'s"]', [member("it's")]],
    [String.raw`$['it\'s']['back\\slash']`, [member("it's"), member("back\\slash")]],
    ["$['']", [member("")]],
    ["$.['a'].[0]", [member("a"), index(0)]],
    ["$[ 'a' ][ 2 ]", [member("a"), index(2)]],
    ["$[-1]", [index(-1)]],
    ["$.length", [member("length")]],
    ["$.items.length()", [member("items"), { kind: "function", name: "length" }]],
    ["$.*", [{ kind: "wildcard" }]],
    ["$[*]", [{ kind: "wildcard" }]],
    ["$['*']", [member("*")]],
    ["$['a', 'b']", [{ kind: "members", names: ["a", "b"] }]],
    ["$[0, 1]", [{ kind: "indexes", indexes: [0, 1] }]],
    ["$[1:]", [{ kind: "slice", start: 1, end: undefined, step: 1 }]],
    ["$[:2]", [{ kind: "slice", start: undefined, end: 2, step: 1 }]],
    ["$[1:5]", [{ kind: "slice", start: 1, end: 5, step: 1 }]],
    ["$[0:9:3]", [{ kind: "slice", start: 0, end: 9, step: 3 }]],
    ["$..a", [{ kind: "descendant" }, member("a")]],
    ["$..*", [{ kind: "descendant" }, { kind: "wildcard" }]],
    ["$..['a']", [{ kind: "descendant" }, member("a")]],
  ])("%s", (text, segments) => expect(segmentsOf(text)).toEqual(segments));
});

test("only a path that names one value is definite", () => {
  const definite = ["$", "$.a", "$.a[0]['b']", "$[-1]", "$['a','b']", "$.a[*].length()"];
  const indefinite = ["$[*]", "$.*", "$[0,1]", "$[0:1]", "$..a", "$[?(@.a)]", "$['a','b'].c"];
  expect(definite.filter((x) => parseJsonPath(x)?.definite !== true)).toEqual([]);
  expect(indefinite.filter((x) => parseJsonPath(x)?.definite !== false)).toEqual([]);
});

describe("a filter compares, combines and tests for existence", () => {
  test.each([
    "$[?(@.a)]",
    "$.users[?(@.status == 0)]",
    "$.[?(@.OU > 0)]",
    "$[?(@.price < 10 && @.x == 'y' || !(@['z'] >= 1.5e2))]",
    "$[?((@.a) && (@.b))]",
    "$[?(@.a in ['x', \"y\", 1, null, [true]])]",
    "$[?(@.a NIN $.excluded)]",
    "$[?(@.name =~ /a.*b/i)]",
    "$[?(@.items.length() > 2)]",
    "$[?(@.tags contains 'new')]",
    "$[?(@.rows[?(@.a == 1)])]",
    "$[?(@['a)]'] == ')]')]",
  ])("%s", (text) => expect(parseJsonPath(text)?.definite).toBe(false));

  test("and binds tighter than or", () => {
    const [filter] = segmentsOf("$[?(@.a || @.b && @.c)]") ?? [];
    expect(filter).toMatchObject({
      condition: { kind: "or", conditions: [{ kind: "exists" }, { kind: "and" }] },
    });
  });
});

describe("a malformed path is refused", () => {
  test.each(
    [
      "",
      "a",
      ".a",
      " $.a",
      "$.a ",
      "$a b",
      "$$$",
      "$.",
      "$.a.",
      "$..",
      "$...a",
      "$.a b",
      "$.a,b",
      "$.a[",
      "$.a[0",
      "$.a]",
      "$.a[]",
      "$.a['b]",
      "$.a['b",
      "$['a',]",
      "$[0,]",
      "$['a',0]",
      "$[0,'a']",
      "$[1.5]",
      "$[::0]",
      "$[0:1:-1]",
      "$[?]",
      "$[?()]",
      "$[?@.a]",
      "$[?(@.a]",
      "$[?(@.a ==)]",
      "$[?(1)]",
      "$[?(@.a == b)]",
      "$[?(@.a === 1)]",
      "$[?(@.a == /x/)]",
      "$[?(@.a =~ 'x')]",
      "$[?(@.a in [1)]",
      "$[(@.length-1)]",
      "$.a.length().b",
      "$..length()",
      "$.a.toString()",
      "$[0]a",
    ].map((x) => [x]),
  )("%j", (text) => expect(parseJsonPath(text)).toBeUndefined());
});

describe("a regular expression that cannot be matched in linear time is refused", () => {
  test.each([
    ["back-reference", String.raw`(a)\1`],
    ["look-ahead", "(?=a)b"],
    ["look-behind", "(?<=a)b"],
    ["too many repetitions", "(?:a{100}){100}"],
    ["not a pattern", "(a"],
    ["nor is this", "a)"],
  ])("%s", (_, pattern) => expect(parseJsonPath(`$[?(@.a =~ /${pattern}/)]`)).toBeUndefined());

  test.each([
    ["^a.*b$"],
    ["(foo|bar)"],
    ["[a-z0-9._-]+@[a-z0-9.-]+"],
    [String.raw`\d{4}-\d{2}`],
    ["(?:ab)+"],
    ["(ab)?"],
    ["(a+)+"],
    ["(a|aa)*"],
    [".*.*.*.*x"],
  ])("while %s is not", (pattern) => expect(parseJsonPath(`$[?(@.a =~ /${pattern}/i)]`)).toBeDefined());
});

describe("a reference path names one place in the input", () => {
  test.each([["$"], ["$.a"], ["$.a['b c'][0]"], ["$.a-b"], ["$['a,b:c?@']"]])("%s", (text) =>
    expect(parseReferencePath(text)).toEqual(parseJsonPath(text)),
  );

  test.each([
    ["$.*"],
    ["$[*]"],
    ["$..a"],
    ["$[0,1]"],
    ["$['a','b']"],
    ["$[0:1]"],
    ["$[?(@.a)]"],
    ["$.a.length()"],
    ["$$.a"],
    ["$name"],
    ["a"],
  ])("unlike %s", (text) => expect(parseReferencePath(text)).toBeUndefined());
});

describe("a hostile text is refused, not thrown at", () => {
  const many = (text: string): string => text.repeat(20_000);
  test.each([
    ["open brackets", `$${many("[")}`],
    ["open filters", `$${many("[?(@")}`],
    ["open parentheses", `$[?(${many("(")}`],
    ["negations", `$[?(${many("!")}@.a)]`],
    ["lists", `$[?(@.a in ${many("[")}${many("]")})]`],
    ["dots", `$${many(".")}`],
    ["an endless name", `$['${many("\\'")}`],
    ["an endless pattern", `$[?(@.a =~ /${many("[")}`],
    ["groups in a pattern", `$[?(@.a =~ /${many("(")}${many(")")}+/)]`],
  ])("%s", (_, text) => expect(parseJsonPath(text) === undefined).toBe(true));

  test("while a long one is fine", () => {
    expect(segmentsOf(`$${many(".a[0]")}`)).toHaveLength(40_000);
  });
});
