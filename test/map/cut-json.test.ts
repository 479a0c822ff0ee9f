import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cutJson } from "../../src/runtime/map/cut-json.ts";
import { cutJsonLines } from "../../src/runtime/map/cut-lines.ts";
import { itemsOf, itemsOneByOne } from "./words.ts";

const whole = cutJson(undefined);

describe("JSON", () => {
  test("the elements of an array are the items", () => {
    expect(itemsOf(whole, '[1, "two", null, [3], {"four": 4}]')).toEqual(["1", '"two"', "null", "[3]", '{"four":4}']);
  });

  test("the members of an object are pairs", () => {
    expect(itemsOf(whole, '{"a": 1, "b": {"c": [2]}}')).toEqual([
      '{"Key":"a","Value":1}',
      '{"Key":"b","Value":{"c":[2]}}',
    ]);
  });

  test("white space between tokens goes, within strings it stays; numbers keep their digits", () => {
    expect(itemsOf(whole, '[ {\n"a b" : "x \\" y",\t"n": 12345678901234567890.10 } ]')).toEqual([
      '{"a b":"x \\" y","n":12345678901234567890.10}',
    ]);
  });

  test("an empty array has no items, nor has an empty object", () => {
    expect(itemsOf(whole, "[]")).toEqual([]);
    expect(itemsOf(whole, " { } ")).toEqual([]);
  });

  test.each(["5", '"text"', "null", ""])("%j cannot be iterated over", (text) => {
    expect(() => itemsOf(whole, text)).toThrow("Attempting to map over non-iterable node.");
  });

  test.each([
    "[1",
    "[1,",
    "[1 2]",
    '["a',
    "[1,,2]",
    "[,1]",
    '{"a" 1}',
    '{"a":}',
    "{1:2}",
    "[{1 2}]",
    "[[1 2]]",
    "[tru]",
    "[1}",
  ])("%j is not JSON", (text) => {
    expect(() => itemsOf(whole, text)).toThrow("The dataset is not valid JSON.");
  });

  test("a pointer leads through objects and arrays", () => {
    const text = '{"skip": {"items": [0]}, "a/b": [[9], {"~": {"items": [1, 2]}}], "later": [3]}';
    expect(itemsOf(cutJson("/a~1b/1/~0/items"), text)).toEqual(["1", "2"]);
    expect(itemsOf(cutJson("/later"), text)).toEqual(["3"]);
    expect(itemsOf(cutJson("/skip"), text)).toEqual(['{"Key":"items","Value":[0]}']);
  });

  test.each(["/none", "/a/7", "/a/0/x"])("a pointer that leads to nothing fails: %s", (pointer) => {
    expect(() => itemsOf(cutJson(pointer), '{"a": [1]}')).toThrow("The ItemsPointer leads to nothing in the dataset.");
  });

  test("a pointer to a value that is none of both fails as a whole object does", () => {
    expect(() => itemsOf(cutJson("/a"), '{"a": 1}')).toThrow("Attempting to map over non-iterable node.");
  });

  test("a text that is no pointer fails", () => {
    expect(() => cutJson("items")).toThrow("ItemsPointer 'items' is not a JSON pointer.");
  });

  test("an item has a largest size; what is skipped has none", () => {
    const large = JSON.stringify("x".repeat(1_048_577));
    expect(() => itemsOf(whole, `[${large}]`)).toThrow("larger than 1048576 bytes");
    expect(itemsOf(cutJson("/items"), `{"large": ${large}, "items": [1]}`)).toEqual(["1"]);
  });

  test("an item nests no deeper than an input may", () => {
    const nested = (depth: number): string => "[".repeat(depth) + "]".repeat(depth);
    for (const [begin, wrap] of [
      [whole, (x: string) => `[${x}]`],
      [cutJsonLines, (x: string) => x],
    ] as const) {
      expect(itemsOf(begin, wrap(nested(1000)))).toEqual([nested(1000)]);
      expect(() => itemsOf(begin, wrap(nested(1001)))).toThrow("nested more than 1000 levels deep");
      expect(() => itemsOf(begin, wrap(nested(400_000)))).toThrow("nested more than 1000 levels deep");
    }
  });

  test("any array is read, however the chunks fall and wherever one goes on", () => {
    fc.assert(
      fc.property(
        fc.array(fc.jsonValue({ maxDepth: 3 }), { maxLength: 6 }),
        fc.nat(3),
        fc.integer({ min: 1, max: 9 }),
        (value, space, chunk) => {
          const expected = value.map((item) => JSON.stringify(item));
          const object = JSON.stringify({ before: value, items: value }, undefined, space);
          expect(itemsOf(cutJson("/items"), object, chunk)).toEqual(expected);
          expect(itemsOneByOne(cutJson("/items"), object, chunk)).toEqual(expected);
        },
      ),
    );
  });

  test("any object is read, however the chunks fall and wherever one goes on", () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 2 })),
        fc.integer({ min: 1, max: 9 }),
        (value, chunk) => {
          const expected = Object.entries(value).map(([Key, Value]) => JSON.stringify({ Key, Value }));
          expect(itemsOf(whole, JSON.stringify(value), chunk)).toEqual(expected);
          expect(itemsOneByOne(whole, JSON.stringify(value, undefined, 1), chunk)).toEqual(expected);
        },
      ),
    );
  });
});

describe("JSON Lines", () => {
  test("each line is an item without white space between its tokens; empty lines are none", () => {
    expect(itemsOf(cutJsonLines, '{"a": 1.0}\r\n\n  [2]  \n"x y"')).toEqual(['{"a":1.0}', "[2]", '"x y"']);
  });

  test("a line that is not JSON fails", () => {
    expect(() => itemsOf(cutJsonLines, '{"a":1}\n{"a":\n')).toThrow("not valid JSON");
  });

  test("lines are read, however the chunks fall and wherever one goes on", () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue(), { maxLength: 6 }), fc.integer({ min: 1, max: 9 }), (values, chunk) => {
        const expected = values.map((item) => JSON.stringify(item));
        expect(itemsOf(cutJsonLines, expected.join("\n"), chunk)).toEqual(expected);
        expect(itemsOneByOne(cutJsonLines, `${expected.join("\r\n")}\n`, chunk)).toEqual(expected);
      }),
    );
  });
});
