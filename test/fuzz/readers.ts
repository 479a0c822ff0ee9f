/** Data sets with something wrong in their bytes: an item is JSON, and whatever is not read is an ItemReaderFailure. */
import { parquetWriteBuffer } from "hyparquet-writer";
import type { Json } from "../../src/asl/json.ts";
import { cutCsv } from "../../src/runtime/map/cut-csv.ts";
import { cutJson } from "../../src/runtime/map/cut-json.ts";
import { cutJsonLines } from "../../src/runtime/map/cut-lines.ts";
import type { BeginCutting } from "../../src/runtime/map/cutter.ts";
import { ItemReaderFailure } from "../../src/runtime/map/failures.ts";
import { parquetRows } from "../../src/runtime/map/parquet-rows.ts";
import type { Bucket } from "../../src/runtime/objects/buckets.ts";
import type { Dice } from "../engine/simulated-machine.ts";
import { itemsOf } from "../map/words.ts";
import type { Trial } from "./trials.ts";
import { mutateBytes, wildText, wildValue } from "./values.ts";

const encoder = new TextEncoder();
const MAX_ROWS = 5000;

const rowsOf = (dice: Dice): readonly Json[] => Array.from({ length: dice.between(0, 6) }, () => wildValue(dice));

function damaged(dice: Dice, text: string): Uint8Array {
  const bytes = encoder.encode(text);
  return dice.chance(0.3) ? bytes : mutateBytes(dice, bytes, dice.between(1, 4));
}

/** Cuts it in chunks of chance; what comes is JSON. */
async function cutting(dice: Dice, begin: () => BeginCutting, bytes: Uint8Array): Promise<string> {
  try {
    const items = itemsOf(begin(), bytes, dice.of([1, 2, 7, 65_536]));
    for (const item of items) JSON.parse(item);
    return items.length === 0 ? "nothing" : "read";
  } catch (error) {
    if (error instanceof ItemReaderFailure && error.cause.length > 0) return "failed";
    throw new Error(`${String(error)} of ${Buffer.from(bytes).toString("base64")}`, { cause: error });
  }
}

const csvTrial: Trial = (dice) => {
  const cells = (): string =>
    Array.from({ length: 3 }, () => (dice.chance(0.3) ? `"${wildText(dice)}"` : wildText(dice))).join();
  const text = ["a,b,c", ...Array.from({ length: dice.between(0, 5) }, cells)].join(dice.of(["\n", "\r\n"]));
  const headers = dice.of([["a", "b"], ["__proto__", "constructor"], []]);
  const config = dice.of([
    { CSVHeaderLocation: "FIRST_ROW" },
    { CSVHeaderLocation: "GIVEN", CSVHeaders: headers },
  ] as const);
  const CSVDelimiter = dice.of(["COMMA", "PIPE", "SEMICOLON", "SPACE", "TAB"] as const);
  return cutting(dice, () => cutCsv({ ...config, CSVDelimiter }), damaged(dice, text));
};

const jsonLinesTrial: Trial = (dice) => {
  const text = rowsOf(dice).map((row) => JSON.stringify(row));
  return cutting(dice, () => cutJsonLines, damaged(dice, text.join("\n")));
};

const jsonArrayTrial: Trial = (dice) => {
  const pointer = dice.of(["", "", "/data", "/data/0", "/__proto__", "/~1~0", "data", "/"]);
  const rows = rowsOf(dice);
  const value = dice.of<Json>([rows, { data: rows }, { a: 1, data: { b: rows } }]);
  return cutting(dice, () => cutJson(pointer), damaged(dice, JSON.stringify(value)));
};

const parquetTrial: Trial = async (dice) => {
  const bytes = parquetOf(dice);
  const damagedBytes = dice.chance(0.2) ? bytes : damagedFooter(dice, bytes);
  const source = parquetRows(bucketOf(damagedBytes), "rows.parquet");
  let count = 0;
  try {
    for (let position: Json | undefined; ;) {
      const { records, next } = await source.read(position, { items: 1000, bytes: 1_000_000 });
      for (const { text } of records) JSON.parse(text);
      count += records.length;
      if (count > MAX_ROWS) throw new Error("there is no end of rows");
      if (next === undefined) return count === 0 ? "nothing" : "read";
      position = next;
    }
  } catch (error) {
    if (error instanceof ItemReaderFailure && error.cause.length > 0) return "failed";
    throw new Error(`${String(error)} of ${Buffer.from(damagedBytes).toString("base64")}`, { cause: error });
  }
};

/**
 * What describes the file is damaged, its pages are not: the library takes a page's word for how often a value is repeated,
 * and would fill the memory.
 */
function damagedFooter(dice: Dice, bytes: Uint8Array): Uint8Array {
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(bytes.length - 8, true);
  const at = bytes.length - 8 - length;
  return Uint8Array.from([...bytes.subarray(0, at), ...mutateBytes(dice, bytes.subarray(at), dice.between(1, 3))]);
}

function parquetOf(dice: Dice): Uint8Array {
  const rows = Array.from({ length: dice.between(1, 8) }, (_, i) => i);
  const bytes = parquetWriteBuffer({
    codec: dice.of(["UNCOMPRESSED", "SNAPPY"] as const),
    rowGroupSize: dice.of([2, 1000]),
    columnData: [
      { name: "id", data: rows, type: "INT32" },
      { name: "text", data: rows.map(() => wildText(dice).toWellFormed()), type: "STRING" },
      { name: "at", data: rows.map((i) => new Date(i * 1e9)), type: "TIMESTAMP" },
      { name: "flag", data: rows.map((i) => i % 2 === 0), type: "BOOLEAN" },
    ],
  });
  return new Uint8Array(bytes);
}

/** A bucket of one object. */
export function bucketOf(bytes: Uint8Array): Bucket {
  const object = { etag: "e", size: bytes.length };
  const r2 = {
    head: async () => object,
    get: async (_: string, { range: { offset, length } }: { readonly range: { offset: number; length: number } }) => ({
      ...object,
      body: true,
      arrayBuffer: async () => Uint8Array.from(bytes.subarray(offset, offset + length)).buffer,
    }),
  };
  return { name: "bucket", prefix: "", r2: r2 as object as Bucket["r2"] };
}

export const READER_TRIALS: Readonly<Record<string, Trial>> = {
  CSV: csvTrial,
  "JSON Lines": jsonLinesTrial,
  "arrays of JSON": jsonArrayTrial,
  Parquet: parquetTrial,
};
