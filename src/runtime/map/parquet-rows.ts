/**
 * Rows of a Parquet object: each is an item with the columns as names.
 *
 * P1. Only the row group that is read is fetched, and no more of its rows are decoded at once than have room in memory.
 * P2. A group that has no room is refused.
 */
import { gunzipSync } from "fflate";
import { decompress as unzstd } from "fzstd";
import { parquetMetadataAsync, parquetReadObjects, type AsyncBuffer, type FileMetaData } from "hyparquet";
import type { Bucket } from "../objects/buckets.ts";
import { itemTooLarge, MAX_ITEM_BYTES } from "./cutter.ts";
import { ItemReaderFailure } from "./failures.ts";
import { beginningOf, getObject, type StreamPlace } from "./object-stream.ts";
import { parquetJson, PARSERS } from "./parquet-json.ts";
import type { FoundRecord, RecordSource } from "./record-source.ts";

/** Of the compressed columns of a group, all of which are in memory while it is read. */
const MAX_GROUP_BYTES = 33_554_432;
/** Of rows that are decoded at once, uncompressed. */
const MAX_BAND_BYTES = 8_388_608;

/** What hyparquet does not bring along. Snappy it does. */
const COMPRESSORS = {
  GZIP: (input: Uint8Array): Uint8Array => gunzipSync(input),
  ZSTD: (input: Uint8Array): Uint8Array => unzstd(input),
};

type Position = StreamPlace & { readonly row: number };

/** Rows that have been decoded. */
interface Band {
  readonly from: number;
  readonly texts: readonly string[];
}

interface OpenFile {
  readonly place: StreamPlace;
  readonly file: RangeBuffer;
  readonly metadata: FileMetaData;
}

export function parquetRows(bucket: Bucket, key: string): RecordSource {
  let open: OpenFile | undefined;
  let band: Band = { from: 0, texts: [] };

  return {
    read: async (position, limit) => {
      const at = position as Position | undefined;
      const opened = (open ??= await openFile(bucket, key, at));
      const { place, metadata } = opened;
      const rowCount = Number(metadata.num_rows);
      const records: FoundRecord[] = [];
      let size = 0;
      for (let row = at?.row ?? 0; row < rowCount; row++) {
        if (records.length >= limit.items || size >= limit.bytes) return { records, next: { ...place, row } };
        if (row < band.from || row >= band.from + band.texts.length) band = await readBand(opened, row);
        const text = band.texts[row - band.from];
        if (text === undefined) throw new ItemReaderFailure("The Parquet dataset has fewer rows than it says.");
        if (text.length > MAX_ITEM_BYTES) throw itemTooLarge();
        records.push({ text, next: { ...place, row: row + 1 } });
        size += text.length;
      }
      return { records };
    },
  };
}

async function openFile(bucket: Bucket, key: string, known: StreamPlace | undefined): Promise<OpenFile> {
  const { etag, size = 0 } = known ?? (await beginningOf(bucket, key));
  const place = { offset: 0, etag, size };
  const file = new RangeBuffer(size, async (offset, length) => {
    const object = await getObject(bucket, key, etag, { offset, length });
    return object.arrayBuffer();
  });
  return { place, file, metadata: await file.decoding(() => parquetMetadataAsync(file)) };
}

/** Decodes rows from there on, of one group. */
async function readBand({ file, metadata }: OpenFile, row: number): Promise<Band> {
  let end = 0;
  for (const { columns, num_rows, total_byte_size } of metadata.row_groups) {
    end += Number(num_rows);
    if (row >= end) continue;
    const stored = columns.reduce((sum, { meta_data }) => sum + Number(meta_data?.total_compressed_size ?? 0), 0);
    if (stored > MAX_GROUP_BYTES) {
      throw new ItemReaderFailure(`A row group of the Parquet dataset is larger than ${MAX_GROUP_BYTES} bytes.`);
    }
    file.enter(end);
    const rows = Math.max(1, Math.floor((MAX_BAND_BYTES * Number(num_rows)) / Math.max(1, Number(total_byte_size))));
    const range = { rowStart: row, rowEnd: Math.min(end, row + rows) };
    const options = { file, metadata, compressors: COMPRESSORS, parsers: PARSERS, ...range };
    const found = await file.decoding(() => parquetReadObjects(options));
    return { from: row, texts: found.map(parquetJson) };
  }
  return { from: row, texts: [] };
}

/** What hyparquet reads a file through. What it has read of a group is kept while that group is read. */
class RangeBuffer implements AsyncBuffer {
  readonly byteLength: number;
  readonly #read: (offset: number, length: number) => Promise<ArrayBuffer>;
  readonly #ranges: Map<string, Promise<ArrayBuffer>> = new Map();
  #group = 0;
  #fault: unknown;

  constructor(byteLength: number, read: (offset: number, length: number) => Promise<ArrayBuffer>) {
    this.byteLength = byteLength;
    this.#read = read;
  }

  /** @param group anything that tells it from the others */
  enter(group: number): void {
    if (group !== this.#group) this.#ranges.clear();
    this.#group = group;
  }

  slice(start: number, end: number = this.byteLength): Promise<ArrayBuffer> {
    const name = `${start}-${end}`;
    const range = this.#ranges.get(name) ?? this.#fetch(name, start, end);
    this.#ranges.set(name, range);
    return range;
  }

  /** Tells a file that cannot be decoded from one that cannot be read. */
  async decoding<T>(decode: () => Promise<T>): Promise<T> {
    this.#fault = undefined;
    try {
      return await decode();
    } catch (error) {
      if (this.#fault !== undefined) throw this.#fault;
      const reason = error instanceof Error ? error.message : String(error);
      throw new ItemReaderFailure(`The dataset cannot be read as Parquet: ${reason}`);
    }
  }

  async #fetch(name: string, start: number, end: number): Promise<ArrayBuffer> {
    try {
      return await this.#read(start, end - start);
    } catch (error) {
      this.#fault = error;
      this.#ranges.delete(name);
      throw error;
    }
  }
}
