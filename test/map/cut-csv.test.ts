import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cutCsv } from "../../src/runtime/map/cut-csv.ts";
import { itemsOf, itemsOneByOne, valuesOf } from "./words.ts";

const firstRow = cutCsv({ CSVHeaderLocation: "FIRST_ROW" });
const given = cutCsv({ CSVHeaderLocation: "GIVEN", CSVHeaders: ["a", "b"] });

describe("CSV", () => {
  test("the first row names the columns", () => {
    expect(valuesOf(firstRow, "id,name\n1,Ada\n2,Alan\n")).toEqual([
      { id: "1", name: "Ada" },
      { id: "2", name: "Alan" },
    ]);
  });

  test("given headers make every row an item", () => {
    expect(valuesOf(given, "1,2\n3,4")).toEqual([
      { a: "1", b: "2" },
      { a: "3", b: "4" },
    ]);
  });

  test("what a row has too many is dropped, what it lacks is empty, nothing is trimmed", () => {
    expect(valuesOf(given, "1,2,3\n,,,\n4\n   \n 'x' , y \n")).toEqual([
      { a: "1", b: "2" },
      { a: "", b: "" },
      { a: "4", b: "" },
      { a: "   ", b: "" },
      { a: " 'x' ", b: " y " },
    ]);
  });

  test("an empty line is no row", () => {
    expect(valuesOf(given, "1,2\n\n\r\n3,4\n\n")).toHaveLength(2);
  });

  test("quotes hold delimiters, line ends and doubled quotes", () => {
    expect(valuesOf(given, '"x,y","say ""hi"""\n"two\r\nlines",""\n')).toEqual([
      { a: "x,y", b: 'say "hi"' },
      { a: "two\r\nlines", b: "" },
    ]);
  });

  test("a quote within a field stands for itself", () => {
    expect(valuesOf(given, '5" tube,a"b"c\n')).toEqual([{ a: '5" tube', b: 'a"b"c' }]);
  });

  test("a quoted field that goes on behind its closing quote fails", () => {
    expect(() => valuesOf(given, '"q"x,1\n')).toThrow("more behind its closing quote");
  });

  test("lines may end with CRLF, the last one with nothing", () => {
    expect(valuesOf(firstRow, 'a,b\r\n1,"2"\r\n3,4')).toEqual([
      { a: "1", b: "2" },
      { a: "3", b: "4" },
    ]);
  });

  test.each([
    ["COMMA", ","],
    ["PIPE", "|"],
    ["SEMICOLON", ";"],
    ["SPACE", " "],
    ["TAB", "\t"],
  ] as const)("the delimiter %s", (CSVDelimiter, character) => {
    const cutter = cutCsv({ CSVHeaderLocation: "FIRST_ROW", CSVDelimiter });
    expect(valuesOf(cutter, `a${character}b\n1${character}"2${character}3"\n`)).toEqual([
      { a: "1", b: `2${character}3` },
    ]);
  });

  test("items have their columns in the order of the headers, whatever these are called", () => {
    const cutter = cutCsv({ CSVHeaderLocation: "GIVEN", CSVHeaders: ["b", "2", "__proto__", "1"] });
    expect(itemsOf(cutter, "w,x,y,z")).toEqual(['{"b":"w","2":"x","__proto__":"y","1":"z"}']);
  });

  test("headers must differ", () => {
    const message = "CSV headers cannot contain duplicates.";
    expect(() => cutCsv({ CSVHeaderLocation: "GIVEN", CSVHeaders: ["a", "a"] })).toThrow(message);
    expect(() => itemsOf(firstRow, "x,x\n1,2\n")).toThrow(message);
  });

  test("headers have a largest size", () => {
    expect(() => itemsOf(firstRow, `${"h".repeat(10_241)}\n1\n`)).toThrow("CSV headers cannot be larger");
  });

  test("a quoted field that never ends fails", () => {
    expect(() => itemsOf(given, 'a,"b\nc,d\n')).toThrow("ends within a quoted field");
  });

  test("an unending row fails before it fills the memory", () => {
    expect(() => itemsOf(given, `"${"x".repeat(1_048_577)}`)).toThrow("larger than 1048576 bytes");
  });

  test("an object without rows has no items", () => {
    expect(itemsOf(firstRow, "")).toEqual([]);
    expect(itemsOf(firstRow, "a,b\n")).toEqual([]);
  });

  test("bytes that are not UTF-8 become replacement characters", () => {
    expect(itemsOf(given, new Uint8Array([0xe9, 0x2c, 0x62]))).toEqual(['{"a":"\u{fffd}","b":"b"}']);
  });

  test("written rows are read back, however the chunks fall and wherever one goes on", () => {
    const field = fc.string({ unit: fc.constantFrom("a", "é", "𝄞", ",", '"', "\n", "\r", " "), maxLength: 5 });
    const rows = fc.array(fc.tuple(field, field), { maxLength: 6 });
    fc.assert(
      fc.property(rows, fc.integer({ min: 1, max: 7 }), (table, chunkBytes) => {
        const object = table.map((row) => row.map((x) => `"${x.replaceAll('"', '""')}"`).join(",") + "\r\n").join("");
        const expected = table.map(([a, b]) => JSON.stringify({ a, b }));
        expect(itemsOf(given, object, chunkBytes)).toEqual(expected);
        expect(itemsOneByOne(given, object, chunkBytes)).toEqual(expected);
        expect(itemsOneByOne(firstRow, `a,b\n${object}`, chunkBytes)).toEqual(expected);
      }),
    );
  });
});
