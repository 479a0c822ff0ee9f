import { expect, test } from "vitest";
import { parquetJson, PARSERS } from "../../src/runtime/map/parquet-json.ts";

test("values are written as JSON has them, with all their digits", () => {
  const row = {
    id: 9007199254740993n,
    text: 'a"b',
    none: undefined,
    list: [1, null, true],
    bytes: new Uint8Array([1, 255]),
  };
  expect(parquetJson({ ...row, nan: Number.NaN, at: new Date(0) })).toBe(
    '{"id":9007199254740993,"text":"a\\"b","none":null,"list":[1,null,true],"bytes":"Af8=","nan":null,"at":"1970-01-01T00:00:00.000Z"}',
  );
});

test("moments keep the digits that the file has, before 1970 as well", () => {
  expect(PARSERS.dateFromDays(-1)).toBe("1969-12-31");
  expect(PARSERS.timestampFromMilliseconds(1n)).toBe("1970-01-01T00:00:00.001Z");
  expect(PARSERS.timestampFromMicroseconds(1_600_000_000_000_001n)).toBe("2020-09-13T12:26:40.000001Z");
  expect(PARSERS.timestampFromNanoseconds(-1n)).toBe("1969-12-31T23:59:59.999999999Z");
});
