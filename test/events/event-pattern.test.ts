/** Event patterns: each operator on values that fit and values that do not, and what is refused, with the place. */
import { describe, expect, test } from "vitest";
import type { Json, JsonObject } from "../../src/asl/json.ts";
import { matchesEvent } from "../../src/runtime/events/event-pattern-match.ts";
import { readEventPattern } from "../../src/runtime/events/event-pattern.ts";

function fits(pattern: Json, event: JsonObject, unknown?: ReadonlySet<string>): boolean {
  const reading = readEventPattern(pattern);
  if (!reading.ok) throw new Error(`${reading.pointer}: ${reading.fault}`);
  return matchesEvent(reading.pattern, event, unknown);
}

/** Of the field `x`, present where a value is given. */
const fitsOne = (tests: readonly Json[], ...value: readonly Json[]): boolean =>
  fits({ detail: { x: tests } }, { detail: value.length === 0 ? { y: 1 } : { x: value[0] as Json } });

interface Row {
  readonly tests: readonly Json[];
  readonly fit: readonly Json[];
  readonly not: readonly Json[];
  /** Whether an event without the field fits. */
  readonly absent?: true;
}

const ROWS: readonly Row[] = [
  { tests: ["a"], fit: ["a", ["b", "a"], [["a"]]], not: ["A", "ab", "", 1, null, {}, [], [{ a: 1 }]] },
  { tests: ["a", "b"], fit: ["a", "b"], not: ["c"] },
  { tests: [300], fit: [300, 3e2, [1, 300]], not: ["300", 301] },
  { tests: [true], fit: [true], not: [false, "true"] },
  { tests: [null], fit: [null, [null]], not: ["", 0, "null"] },
  { tests: [""], fit: [""], not: [" ", null] },
  { tests: [{ prefix: "ab" }], fit: ["ab", "abc"], not: ["Abc", "xab", 1, null] },
  { tests: [{ prefix: { "equals-ignore-case": "aB" } }], fit: ["ABc", "abc"], not: ["bab"] },
  { tests: [{ suffix: ".png" }], fit: [".png", "a.png"], not: ["a.PNG", "a.png "] },
  { tests: [{ suffix: { "equals-ignore-case": ".PNG" } }], fit: ["a.png"], not: ["a.jpg"] },
  { tests: [{ "equals-ignore-case": "Alice" }], fit: ["ALICE", "alice"], not: ["alic", "alicee"] },
  { tests: [{ wildcard: "a*c" }], fit: ["ac", "abc", "abcc"], not: ["a", "c", "ab", "xac"] },
  { tests: [{ wildcard: "dir/*/f*.txt" }], fit: ["dir/a/f.txt", "dir/a/b/fff.txt"], not: ["dir/f.txt", "dir/a/x.txt"] },
  { tests: [{ wildcard: String.raw`a\*\\*` }], fit: [String.raw`a*\b`], not: [String.raw`ab\b`] },
  { tests: [{ wildcard: "aba*aba" }], fit: ["abaaba", "abaxaba"], not: ["aba", "ababa"] },
  { tests: [{ wildcard: "plain" }], fit: ["plain"], not: ["plain "] },
  { tests: [{ numeric: ["=", 3] }], fit: [3, 3.0], not: [3.1, "3"] },
  { tests: [{ numeric: [">", 0, "<=", 5] }], fit: [0.1, 5, [9, 4]], not: [0, 5.1, "3", null] },
  { tests: [{ numeric: [">=", 0, "<", 5] }], fit: [0, 4.9], not: [-1, 5] },
  { tests: [{ numeric: ["<", 0] }], fit: [-1], not: [0] },
  { tests: [{ cidr: "10.0.0.0/24" }], fit: ["10.0.0.0", "10.0.0.255"], not: ["10.0.1.0", "10.0.0", "x", 10, "::1"] },
  { tests: [{ cidr: "10.1.2.3/0" }], fit: ["255.1.1.1"], not: ["::1"] },
  { tests: [{ cidr: "10.1.2.129/25" }], fit: ["10.1.2.200"], not: ["10.1.2.100"] },
  {
    tests: [{ cidr: "2001:db8::/33" }],
    fit: ["2001:db8:7fff::1", "2001:DB8:0:0:0:0:0:1"],
    not: ["2001:db8:8000::", "1.2.3.4"],
  },
  {
    tests: [{ cidr: "::ffff:1.2.3.0/120" }],
    fit: ["::ffff:102:3ff"],
    not: ["1.2.3.4", "1::2::3", "1:2:3:4:5:6:7:8:9"],
  },
  { tests: [{ "anything-but": "a" }], fit: ["b", 1, null, ["a", "b"]], not: ["a", ["a"]] },
  { tests: [{ "anything-but": ["a", "b"] }], fit: ["c"], not: ["a", "b"] },
  { tests: [{ "anything-but": [1, 2] }], fit: [3, "1"], not: [1, 2] },
  { tests: [{ "anything-but": { prefix: "a" } }], fit: ["ba", 1], not: ["ab"] },
  { tests: [{ "anything-but": { prefix: ["a", "b"] } }], fit: ["c"], not: ["ab", "bc"] },
  { tests: [{ "anything-but": { suffix: [".a", ".b"] } }], fit: ["x.c"], not: ["x.a", "x.b"] },
  { tests: [{ "anything-but": { "equals-ignore-case": ["init", "done"] } }], fit: ["x"], not: ["INIT", "Done"] },
  { tests: [{ "anything-but": { wildcard: "*/lib/*" } }], fit: ["a/b"], not: ["a/lib/b"] },
  { tests: [{ "anything-but": { wildcard: ["a*", "*b"] } }], fit: ["ba"], not: ["ab", "xb"] },
  { tests: [{ exists: true }], fit: ["", null, 0, [1]], not: [{ z: 1 }, []] },
  { tests: [{ exists: false }], fit: [{ z: 1 }, []], not: ["", null, [1]], absent: true },
  { tests: [{ exists: false }, "a"], fit: ["a"], not: ["b"], absent: true },
  { tests: ["a", { prefix: "b" }, { numeric: [">", 9] }], fit: ["a", "bc", 10], not: ["c", 9] },
];

describe.each(ROWS)("$tests", ({ tests, fit, not, absent = false }) => {
  test.each(fit.map((value) => [value]))("fits %j", (value) => {
    expect(fitsOne(tests, value)).toBe(true);
  });

  test.each(not.map((value) => [value]))("does not fit %j", (value) => {
    expect(fitsOne(tests, value)).toBe(false);
  });

  test(absent ? "fits where there is no such field" : "does not fit where there is no such field", () => {
    expect(fitsOne(tests)).toBe(absent);
    expect(fits({ detail: { x: tests } }, {})).toBe(absent);
  });
});

describe("a whole pattern", () => {
  const event = {
    source: "shop.orders",
    "detail-type": "Order placed",
    detail: {
      total: 120,
      customer: { tier: "gold" },
      items: [
        { sku: "a", n: 1 },
        { sku: "b", n: 5 },
      ],
    },
  };

  test("asks for all of its fields, and for none that it does not name", () => {
    expect(fits({ source: ["shop.orders"], detail: { customer: { tier: ["gold", "silver"] } } }, event)).toBe(true);
    expect(fits({ source: ["shop.orders"], detail: { customer: { tier: ["silver"] } } }, event)).toBe(false);
    expect(fits({ source: ["x"], detail: { total: [120] } }, event)).toBe(false);
  });

  test("finds what belongs together in one item of an array", () => {
    expect(fits({ detail: { items: { sku: ["b"], n: [5] } } }, event)).toBe(true);
    expect(fits({ detail: { items: { sku: ["a"], n: [5] } } }, event)).toBe(false);
  });

  test("asks for what is missing in the event as a whole", () => {
    const some = { items: [{ a: 1 }, { b: 1 }] };
    expect(fits({ items: { a: [{ exists: false }] } }, some)).toBe(false);
    expect(fits({ items: { c: [{ exists: false }] } }, some)).toBe(true);
    expect(fits({ detail: { a: { b: [{ exists: false }] } } }, { detail: { a: "text" } })).toBe(true);
  });

  test("$or takes one of its alternatives, besides the fields next to it", () => {
    const pattern = {
      detail: { total: [{ numeric: [">", 100] }], $or: [{ customer: { tier: ["none"] } }, { total: [120] }] },
    };
    expect(fits(pattern, event)).toBe(true);
    expect(fits({ ...pattern, $or: [{ source: ["x"] }, { source: ["y"] }] }, event)).toBe(false);
    expect(fits({ $or: [{ source: ["x"] }, { $or: [{ source: ["y"] }, { source: ["shop.orders"] }] }] }, event)).toBe(
      true,
    );
  });

  test("a field may be called $or", () => {
    expect(fits({ detail: { $or: ["x"] } }, { detail: { $or: "x" } })).toBe(true);
    expect(fits({ detail: { $or: [{ prefix: "x" }, { prefix: "y" }] } }, { detail: { $or: "yes" } })).toBe(true);
  });

  test("keys of objects are data", () => {
    expect(fits({ detail: { constructor: [{ exists: true }] } }, { detail: {} })).toBe(false);
    expect(
      fits(
        JSON.parse('{"detail":{"__proto__":["a"]}}') as Json,
        JSON.parse('{"detail":{"__proto__":"a"}}') as JsonObject,
      ),
    ).toBe(true);
  });

  test("what is not known yet fits", () => {
    const unknown = new Set(["detail.output"]);
    expect(fits({ detail: { output: ["x"], total: [120] } }, event, unknown)).toBe(true);
    expect(fits({ detail: { output: [{ exists: false }] } }, event, unknown)).toBe(true);
    expect(fits({ detail: { output: ["x"], total: [121] } }, event, unknown)).toBe(false);
  });
});

describe("refused", () => {
  test.each<readonly [Json, string, string]>([
    ["x", "", "Filter is not an object"],
    [{}, "", "Empty objects are not allowed"],
    [{ a: "x" }, "/a", '"a" must be an object or an array'],
    [{ a: [] }, "/a", "Empty arrays are not allowed"],
    [{ a: {} }, "/a", "Empty objects are not allowed"],
    [{ "a/b": { "c~": 1 } }, "/a~1b/c~0", '"c~" must be an object or an array'],
    [{ a: [["x"]] }, "/a/0", "Match value must be String, number, true, false, or null"],
    [{ a: [{}] }, "/a/0", "Only one key allowed in match expression"],
    [{ a: ["x", { prefix: "a", suffix: "b" }] }, "/a/1", "Only one key allowed in match expression"],
    [{ a: [{ like: "x" }] }, "/a/0/like", "Unrecognized match type like"],
    [{ a: [{ toString: "x" }] }, "/a/0/toString", "Unrecognized match type toString"],
    [{ a: [{ prefix: 1 }] }, "/a/0/prefix", "prefix match pattern must be a string"],
    [{ a: [{ suffix: { prefix: "x" } }] }, "/a/0/suffix", "suffix match pattern must be a string"],
    [
      { a: [{ "equals-ignore-case": 1 }] },
      "/a/0/equals-ignore-case",
      "equals-ignore-case match pattern must be a string",
    ],
    [{ a: [{ wildcard: 1 }] }, "/a/0/wildcard", "wildcard match pattern must be a string"],
    [{ a: [{ wildcard: "a**" }] }, "/a/0/wildcard", "Consecutive wildcard characters at pos 1"],
    [{ a: [{ wildcard: String.raw`a\b` }] }, "/a/0/wildcard", "Invalid escape character at pos 1"],
    [{ a: [{ exists: "true" }] }, "/a/0/exists", "exists match pattern must be either true or false."],
    [{ a: [{ numeric: [">"] }] }, "/a/0/numeric", "numeric match takes one operator and number, or two of them"],
    [{ a: [{ numeric: ["!=", 1] }] }, "/a/0/numeric/0", 'Unrecognized numeric range operator: "!="'],
    [{ a: [{ numeric: [">", "1"] }] }, "/a/0/numeric/0", "Value of > must be numeric"],
    [{ a: [{ numeric: [">", 5, "<", 1] }] }, "/a/0/numeric", "Bottom must be less than top"],
    [
      { a: [{ numeric: ["<", 1, ">", 5] }] },
      "/a/0/numeric",
      "A numeric range is a lower bound and an upper bound, in that order",
    ],
    [{ a: [{ cidr: "10.0.0.0" }] }, "/a/0/cidr", "Malformed CIDR, one '/' required: 10.0.0.0/24"],
    [{ a: [{ cidr: "10.0.0.0/33" }] }, "/a/0/cidr", "Malformed CIDR, one '/' required: 10.0.0.0/24"],
    [{ a: [{ cidr: "010.0.0.0/8" }] }, "/a/0/cidr", "Malformed CIDR, one '/' required: 10.0.0.0/24"],
    [{ a: [{ "anything-but": [] }] }, "/a/0/anything-but", "Empty arrays are not allowed"],
    [
      { a: [{ "anything-but": ["x", 1] }] },
      "/a/0/anything-but",
      "Inside anything but list, either all values are number or string, mixed type is not supported",
    ],
    [
      { a: [{ "anything-but": null }] },
      "/a/0/anything-but",
      "Inside anything but list, either all values are number or string, mixed type is not supported",
    ],
    [
      { a: [{ "anything-but": { exists: true } }] },
      "/a/0/anything-but/exists",
      "Unsupported anything-but pattern: exists",
    ],
    [{ a: [{ "anything-but": { prefix: [] } }] }, "/a/0/anything-but/prefix", "Empty arrays are not allowed"],
    [
      { a: [{ "anything-but": { prefix: ["x", 1] } }] },
      "/a/0/anything-but/prefix/1",
      "prefix match pattern must be a string",
    ],
    [{ $or: [{ a: ["x"] }] }, "/$or/0/a", "Unrecognized match type a"],
    [{ $or: [{ a: ["x"] }, { b: "y" }] }, "/$or/1/b", '"b" must be an object or an array'],
  ])("%j at %s", (pattern, pointer, reason) => {
    expect(readEventPattern(pattern)).toEqual({
      ok: false,
      pointer,
      fault: `Event pattern is not valid. Reason: ${reason}`,
    });
  });

  test("a pattern that is too long", () => {
    expect(readEventPattern({ a: ["x".repeat(4_096)] })).toMatchObject({ ok: false, pointer: "" });
  });
});

test("a wildcard takes as long as the text, however many stars there are", () => {
  const text = "a".repeat(20_000);
  const steps = { detail: { x: [{ wildcard: `${"*a".repeat(1_000)}*b` }] } };
  expect(fits(steps, { detail: { x: text } })).toBe(false);
});
