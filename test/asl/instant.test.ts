import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatTimestamp, parseTimestamp } from "../../src/asl/instant.ts";

describe("a timestamp is RFC 3339 with upper-case T and Z", () => {
  test.each([
    ["1970-01-01T00:00:00Z", 0],
    ["2016-03-14T01:59:00Z", 1_457_920_740_000],
    ["2016-03-14T01:59:00.000Z", 1_457_920_740_000],
    ["2016-03-14T01:59:00.5Z", 1_457_920_740_500],
    ["2016-03-14T01:59:00.123999999Z", 1_457_920_740_123],
    ["2016-03-14T03:59:00+02:00", 1_457_920_740_000],
    ["2016-03-13T20:29:00-05:30", 1_457_920_740_000],
    ["2016-03-05T21:29:29.243167252Z", Date.UTC(2016, 2, 5, 21, 29, 29, 243)],
    ["2016-02-29T00:00:00Z", Date.UTC(2016, 1, 29)],
    ["2000-02-29T23:59:59Z", Date.UTC(2000, 1, 29, 23, 59, 59)],
    ["1969-12-31T23:59:59.999Z", -1],
  ])("%s", (text, milliseconds) => expect(parseTimestamp(text)).toBe(milliseconds));
});

describe("anything else is none", () => {
  test.each(
    [
      "",
      "2016",
      "2016-12-05",
      "05-12-2016T21:29:29Z",
      "2016-12-05T25:29:29Z",
      "2016-12-05T24:00:00Z",
      "2016-12-05T21:60:29Z",
      "2016-12-05T21:29:60Z",
      "2016-13-05T21:29:29Z",
      "2016-00-05T21:29:29Z",
      "2016-12-00T21:29:29Z",
      "2016-04-31T21:29:29Z",
      "2015-02-29T21:29:29Z",
      "1900-02-29T21:29:29Z",
      "2016-12-05T21:29:29",
      "2016-12-05t21:29:29Z",
      "2016-12-05T21:29:29z",
      "2016-12-05 21:29:29Z",
      "2016-12-05T21:29Z",
      "2016-12-05T21:29:29.Z",
      "2016-12-05T21:29:29.0123456789Z",
      "2016-12-05T21:29:29+0200",
      "2016-12-05T21:29:29+24:00",
      "2016-12-05T21:29:29+02:60",
      " 2016-12-05T21:29:29Z",
      "2016-12-05T21:29:29Z\n",
      "12016-12-05T21:29:29Z",
    ].map((x) => [x]),
  )("%j", (text) => expect(parseTimestamp(text)).toBeUndefined());
});

test("every moment of the years 0000 to 9999 is written as JavaScript writes it, and read back", () => {
  const moment = fc.integer({ min: Date.parse("0000-01-01T00:00:00Z"), max: Date.UTC(9999, 11, 31) });
  fc.assert(
    fc.property(moment, (milliseconds) => {
      const text = formatTimestamp(milliseconds);
      expect(text).toBe(new Date(milliseconds).toISOString());
      expect(parseTimestamp(text)).toBe(milliseconds);
    }),
    {
      numRuns: 1000,
      examples: [
        [0],
        [-1],
        [951_782_400_000],
        [Date.UTC(1900, 1, 28)],
        [Date.UTC(2100, 2, 1)],
        [Date.UTC(2072, 11, 31)],
      ],
    },
  );
});
