import { gzipSync } from "fflate";
import { parquetWriteBuffer } from "hyparquet-writer";
import { beforeAll, describe, expect, test } from "vitest";
import type { Json } from "../../src/asl/json.ts";
import { itemSource, itemSourceName, type EvaluatedReader } from "../../src/runtime/map/item-source.ts";
import { bucketsIn } from "../../src/runtime/objects/buckets.ts";
import { bindings } from "./words.ts";

const BUCKET = "data-sets";
const buckets = bucketsIn(bindings.OBJECTS, {}, () => undefined);

async function put(key: string, body: string | ArrayBuffer): Promise<void> {
  await bindings.OBJECTS.put(`${BUCKET}/${key}`, body);
}

async function gzipped(text: string): Promise<ArrayBuffer> {
  return new Response(new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"))).arrayBuffer();
}

function getObject(key: string, ReaderConfig: EvaluatedReader["ReaderConfig"], input = {}): EvaluatedReader {
  return { Resource: "arn:aws:states:::s3:getObject", ReaderConfig, input: { Bucket: BUCKET, Key: key, ...input } };
}

function list(Prefix: string, ReaderConfig: EvaluatedReader["ReaderConfig"] = {}): EvaluatedReader {
  return { Resource: "arn:aws:states:::s3:listObjectsV2", ReaderConfig, input: { Bucket: BUCKET, Prefix } };
}

interface Read {
  readonly items: readonly unknown[];
  readonly sources: readonly string[];
  readonly slices: number;
}

/** All items, in slices. @param forgets whether each slice is read by a source that knows nothing but its position */
async function read(reader: EvaluatedReader, items = 1000, forgets = false): Promise<Read> {
  const found: unknown[] = [];
  const sources: string[] = [];
  let source = itemSource(reader, buckets);
  let position: Json | undefined;
  for (let slices = 1; ; slices++) {
    if (forgets) source = itemSource(reader, buckets);
    const slice = await source.read(position, { items, bytes: 1_000_000 });
    found.push(...slice.items.map((text) => JSON.parse(text) as unknown));
    sources.push(...(slice.sources ?? []));
    if (slice.items.length > items) throw new Error("a slice exceeds its limit");
    if (slice.position === undefined) return { items: found, sources, slices };
    position = JSON.parse(JSON.stringify(slice.position)) as Json;
  }
}

const ROWS = Array.from({ length: 2500 }, (_, i) => ({ id: String(i), text: `row ${i}, "quoted" é` }));
const CSV = `id,text\n${ROWS.map((x) => `${x.id},"${x.text.replaceAll('"', '""')}"\n`).join("")}`;
const FIRST_ROW = { InputType: "CSV", CSVHeaderLocation: "FIRST_ROW" } as const;

describe("the items of one object", () => {
  beforeAll(async () => {
    await put("rows.csv", `\u{feff}${CSV}`);
    await put("rows.csv.gz", await gzipped(CSV));
    await put("rows.json", JSON.stringify({ data: { rows: ROWS } }));
    await put("rows.jsonl", ROWS.map((row) => JSON.stringify(row)).join("\n"));
    await put("empty.csv", "");
  });

  test.each([
    ["CSV", "rows.csv", FIRST_ROW],
    ["compressed CSV", "rows.csv.gz", FIRST_ROW],
    ["JSON", "rows.json", { InputType: "JSON", ItemsPointer: "/data/rows" }],
    ["JSON Lines", "rows.jsonl", { InputType: "JSONL" }],
  ] as const)("%s is read in slices, whoever reads them", async (_, key, config) => {
    expect(await read(getObject(key, config))).toEqual({ items: ROWS, sources: [], slices: 3 });
    expect((await read(getObject(key, config), 700, true)).items).toEqual(ROWS);
  });

  test("a slice ends with the item that reaches its size", async () => {
    const slice = await itemSource(getObject("rows.jsonl", { InputType: "JSONL" }), buckets).read(undefined, {
      items: 1000,
      bytes: 100,
    });
    expect(slice.items).toHaveLength(3);
  });

  test("MaxItems ends the data set, 0 does not, less is refused", async () => {
    expect((await read(getObject("rows.csv", { ...FIRST_ROW, MaxItems: 1003 }), 500)).items).toEqual(
      ROWS.slice(0, 1003),
    );
    expect((await read(getObject("rows.csv", { ...FIRST_ROW, MaxItems: 1000 }), 500)).slices).toBe(2);
    expect((await read(getObject("rows.csv", { ...FIRST_ROW, MaxItems: 0 }))).items).toHaveLength(2500);
    await expect(read(getObject("rows.csv", { ...FIRST_ROW, MaxItems: -1 }))).rejects.toMatchObject({
      error: "States.ItemReaderFailed",
      cause: "field MaxItems must be positive",
    });
  });

  test("the members of an object are marked as such, in one object and among those of a list", async () => {
    await put("members/one.json", '{"a": 1, "b": [2]}');
    await put("members/two.json", "[3]");
    const json = { InputType: "JSON" } as const;
    const source = itemSource(getObject("members/one.json", json), buckets);
    expect(await source.read(undefined, { items: 10, bytes: 1000 })).toEqual({
      items: ['{"Key":"a","Value":1}', '{"Key":"b","Value":[2]}'],
      members: [true, true],
    });
    const flattened = { ...json, Transformation: "LOAD_AND_FLATTEN" } as const;
    const all = await itemSource(list("members/", flattened), buckets).read(undefined, { items: 10, bytes: 1000 });
    expect(all.members).toEqual([true, true, false]);
    const plain = await itemSource(getObject("members/two.json", json), buckets).read(undefined, {
      items: 10,
      bytes: 9,
    });
    expect(plain).not.toHaveProperty("members");
  });

  test("an empty object has no rows", async () => {
    expect((await read(getObject("empty.csv", FIRST_ROW))).items).toEqual([]);
  });

  test("an object that has changed is not read on", async () => {
    await put("changing.jsonl", "1\n2\n3\n");
    const source = itemSource(getObject("changing.jsonl", { InputType: "JSONL" }), buckets);
    const { position } = await source.read(undefined, { items: 1, bytes: 1000 });
    await put("changing.jsonl", "4\n5\n6\n");
    await expect(source.read(position, { items: 1, bytes: 1000 })).rejects.toThrow(
      "The object has changed while it was read: s3://data-sets/changing.jsonl",
    );
  });

  test.each([
    [getObject("no-such-key", FIRST_ROW), "The specified key does not exist: s3://data-sets/no-such-key"],
    [getObject("rows.csv", FIRST_ROW, { Bucket: "Not_A_Bucket" }), "'Not_A_Bucket' cannot be the name of a bucket"],
    [getObject("rows.csv", FIRST_ROW, { Bucket: 5 }), "The ItemReader's Bucket must be a string."],
    [getObject("", FIRST_ROW), "The ItemReader has no Key."],
    [getObject("rows.csv", FIRST_ROW, { VersionId: "1" }), "The ItemReader has a VersionId, but R2 keeps no versions."],
    [getObject("rows.csv", {}), "The ItemReader cannot read objects of InputType (none)."],
  ])("what cannot be read fails as the reader's failure", async (reader, cause) => {
    await expect(read(reader)).rejects.toMatchObject({ error: "States.ItemReaderFailed", cause });
  });

  test("what says it is compressed and is not fails as the reader's failure", async () => {
    await put("fake.gz", "no gzip");
    await expect(read(getObject("fake.gz", FIRST_ROW))).rejects.toMatchObject({
      cause: "The dataset is not valid gzip.",
    });
  });
});

describe("the items of many objects", () => {
  const KEYS = Array.from({ length: 12 }, (_, i) => `many/${String(i).padStart(2, "0")}.jsonl`);

  beforeAll(async () => {
    await put("many/", "");
    for (const key of KEYS) await put(key, `"${key} first"\n"${key} second"\n`);
    await put("more/x.csv", "id\n7\n");
  });

  test("listObjectsV2 shows the objects of a prefix", async () => {
    const object = await bindings.OBJECTS.head(`${BUCKET}/more/x.csv`);
    expect((await read(list("more/"))).items).toEqual([
      {
        Etag: `"${object?.etag}"`,
        Key: "more/x.csv",
        LastModified: Math.floor(Number(object?.uploaded) / 1000),
        Size: 5,
        StorageClass: "STANDARD",
      },
    ]);
  });

  test("a list goes on behind the last key that was read", async () => {
    const { items, slices } = await read(list("many/"), 5, true);
    expect(items.map((item) => (item as { Key: string }).Key)).toEqual(["many/", ...KEYS]);
    expect(slices).toBe(3);
  });

  test("LOAD_AND_FLATTEN reads the objects of the list, folders left out", async () => {
    const reader = list("many/", { Transformation: "LOAD_AND_FLATTEN", InputType: "JSONL" });
    const expected = KEYS.flatMap((key) => [`${key} first`, `${key} second`]);
    for (const forgets of [false, true]) {
      const { items, sources } = await read(reader, 3, forgets);
      expect(items).toEqual(expected);
      expect(sources.slice(0, 3)).toEqual([
        "S3://data-sets/many/00.jsonl",
        "S3://data-sets/many/00.jsonl",
        "S3://data-sets/many/01.jsonl",
      ]);
    }
  });

  test("an S3 inventory gives the rows of its files", async () => {
    await put("inventory/1.csv.gz", await gzipped('"source","a%20b.txt","5"\n"source","c.txt","6"\n'));
    await put("inventory/2.csv.gz", await gzipped('"source","d.txt","7"\n'));
    const manifest = {
      sourceBucket: "source",
      destinationBucket: `arn:aws:s3:::${BUCKET}`,
      fileFormat: "CSV",
      fileSchema: "Bucket, Key, Size",
      files: [
        { key: "inventory/1.csv.gz", size: 1 },
        { key: "inventory/2.csv.gz", size: 1 },
      ],
    };
    await put("inventory/manifest.json", JSON.stringify(manifest));
    for (const config of [{ ManifestType: "S3_INVENTORY" }, { InputType: "MANIFEST" }] as const) {
      const { items } = await read(getObject("inventory/manifest.json", config), 2, true);
      expect(items).toEqual([
        { Bucket: "source", Key: "a%20b.txt", Size: "5" },
        { Bucket: "source", Key: "c.txt", Size: "6" },
        { Bucket: "source", Key: "d.txt", Size: "7" },
      ]);
    }
    await put("inventory/orc.json", JSON.stringify({ ...manifest, fileFormat: "ORC" }));
    await expect(read(getObject("inventory/orc.json", { InputType: "MANIFEST" }))).rejects.toThrow(
      'An S3 inventory manifest must have fileFormat CSV, but it is "ORC".',
    );
    await expect(read(getObject("many/00.jsonl", { InputType: "MANIFEST" }))).rejects.toThrow(
      "The object is not the manifest of an S3 inventory.",
    );
  });

  test("an Athena manifest gives the items of the objects it lists", async () => {
    await put("athena/manifest.csv", `s3://${BUCKET}/many/00.jsonl\ns3://${BUCKET}/many/03.jsonl\n`);
    const reader = getObject("athena/manifest.csv", { ManifestType: "ATHENA_DATA", InputType: "JSONL" });
    const { items } = await read(reader, 3);
    expect(items).toEqual([0, 3].flatMap((i) => [`${KEYS[i]} first`, `${KEYS[i]} second`]));
    await expect(read(getObject("many/00.jsonl", reader.ReaderConfig))).rejects.toThrow("is not the URI of an object");
  });
});

/** A file with one column and 50 rows, compressed by Node: there is no compressor for it in a Worker. */
const ZSTD_FILE =
  "UEFSMRUEFTYVOEwVBhUAAAAotS/9IBudAABYBQAAAHJvdyAwMTICAIAIEuUIFQYVJBUwXBVkFQAVZBUQFQQVAAAAZAEotS/9IBBtAAA4Ag8kSZIEAAEA" +
  "Fk4LFQQZLEgEcm9vdBUCABUMJQIYAWElAAAWZBkcGRwmCBwVDBklABAZGAFhFQwWZBaeARasASZaJggcNgAoBXJvdyAyGAVyb3cgMAAZLBUEFQAVAgAV" +
  "BhUQFQIAAAAWngEWZDasAQAoCWh5cGFycXVldBkcHAAAAHYAAABQQVIx";

describe("Parquet", () => {
  const COLUMNS = [
    { name: "id", data: ROWS.map((_, i) => BigInt(i) + 9_007_199_254_740_000n), type: "INT64" as const },
    { name: "text", data: ROWS.map(({ text }) => text), type: "STRING" as const },
    { name: "at", data: ROWS.map((_, i) => new Date(i)), type: "TIMESTAMP" as const },
    { name: "half", data: ROWS.map((_, i) => (i % 2 === 0 ? i / 2 : null)), type: "DOUBLE" as const },
  ];
  const EXPECTED = ROWS.map(({ text }, i) => ({
    id: Number(BigInt(i) + 9_007_199_254_740_000n),
    text,
    at: new Date(i).toISOString(),
    half: i % 2 === 0 ? i / 2 : null,
  }));

  test.each([
    ["SNAPPY", {}],
    ["GZIP", { compressors: { GZIP: (bytes: Uint8Array) => gzipSync(bytes) } }],
  ] as const)("%s is read in slices across its row groups, whoever reads them", async (codec, more) => {
    await put("rows.parquet", parquetWriteBuffer({ columnData: COLUMNS, rowGroupSize: 900, codec, ...more }));
    const reader = getObject("rows.parquet", { InputType: "PARQUET" });
    expect(await read(reader, 700)).toEqual({ items: EXPECTED, sources: [], slices: 4 });
    expect((await read(reader, 700, true)).items).toEqual(EXPECTED);
  });

  test("ZSTD is read", async () => {
    await put("zstd.parquet", Uint8Array.from(atob(ZSTD_FILE), (x) => x.charCodeAt(0)).buffer);
    const expected = Array.from({ length: 50 }, (_, i) => ({ a: `row ${i % 3}` }));
    expect((await read(getObject("zstd.parquet", { InputType: "PARQUET" }), 20)).items).toEqual(expected);
  });

  test("digits beyond those of a JavaScript number are kept", async () => {
    await put(
      "digits.parquet",
      parquetWriteBuffer({ columnData: [{ name: "n", data: [9_007_199_254_740_993n], type: "INT64" }] }),
    );
    const source = itemSource(getObject("digits.parquet", { InputType: "PARQUET" }), buckets);
    const { items } = await source.read(undefined, { items: 10, bytes: 1000 });
    expect(items).toEqual(['{"n":9007199254740993}']);
  });

  test("what has no room in memory is refused", async () => {
    const rowsOf = (size: number): ArrayBuffer =>
      parquetWriteBuffer({
        columnData: [{ name: "bytes", data: [new Uint8Array(size)], type: "BYTE_ARRAY" }],
        codec: "UNCOMPRESSED",
      });
    await put("large-group.parquet", rowsOf(34_000_000));
    await put("large-row.parquet", rowsOf(1_100_000));
    await expect(read(getObject("large-group.parquet", { InputType: "PARQUET" }))).rejects.toThrow(
      "A row group of the Parquet dataset is larger than 33554432 bytes.",
    );
    await expect(read(getObject("large-row.parquet", { InputType: "PARQUET" }))).rejects.toThrow(
      "An item of the dataset is larger than 1048576 bytes.",
    );
  });

  test("what is not Parquet fails as the reader's failure, what has changed as well", async () => {
    await expect(read(getObject("rows.csv", { InputType: "PARQUET" }))).rejects.toMatchObject({
      error: "States.ItemReaderFailed",
      cause: expect.stringContaining("The dataset cannot be read as Parquet: "),
    });
    const reader = getObject("changing.parquet", { InputType: "PARQUET" });
    await put("changing.parquet", parquetWriteBuffer({ columnData: COLUMNS }));
    const { position } = await itemSource(reader, buckets).read(undefined, { items: 1, bytes: 1000 });
    await put("changing.parquet", parquetWriteBuffer({ columnData: COLUMNS.slice(0, 1) }));
    await expect(itemSource(reader, buckets).read(position, { items: 1, bytes: 1000 })).rejects.toThrow(
      "The object has changed while it was read: s3://data-sets/changing.parquet",
    );
  });
});

test("the source of items is named as the context object has it", () => {
  expect(itemSourceName(undefined)).toBe("STATE_DATA");
  expect(itemSourceName(list("many/"))).toBe("S3://data-sets");
  expect(itemSourceName(getObject("a/b.csv", FIRST_ROW))).toBe("S3://data-sets/a/b.csv");
});
