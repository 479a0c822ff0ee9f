import { parquetWriteBuffer } from "hyparquet-writer";
import { expect, test } from "vitest";
import { parquetJson, PARSERS } from "../../src/runtime/map/parquet-json.ts";
import { parquetRows } from "../../src/runtime/map/parquet-rows.ts";
import { bucketOf } from "../fuzz/readers.ts";

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

test("a file that says of more rows than it has fails, instead of giving rows of nothing", async () => {
  const bytes = new Uint8Array(parquetWriteBuffer({ columnData: [{ name: "id", data: [1, 2, 3], type: "INT32" }] }));
  // The field num_rows of the file's metadata: its header, and 3 as the format writes numbers.
  const at = bytes.findIndex((byte, i) => byte === 0x16 && bytes[i + 1] === 6 && i > bytes.length / 3);
  const limit = { items: 1000, bytes: 1_000_000 };
  expect((await parquetRows(bucketOf(bytes), "rows.parquet").read(undefined, limit)).records).toHaveLength(3);
  bytes[at + 1] = 0x7e;
  const source = parquetRows(bucketOf(bytes), "rows.parquet");
  await expect(source.read(undefined, limit)).rejects.toThrow("fewer rows than it says");
});
