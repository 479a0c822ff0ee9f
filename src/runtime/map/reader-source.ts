/** Which records a reader reads: by what it names and by what kind its objects are. */
import type { ReaderConfig } from "../../asl/types.ts";
import type { Buckets } from "../objects/buckets.ts";
import { cutCsv } from "./cut-csv.ts";
import { cutJson } from "./cut-json.ts";
import { cutJsonLines, cutLines } from "./cut-lines.ts";
import { cutObject } from "./cut-object.ts";
import type { BeginCutting } from "./cutter.ts";
import { ItemReaderFailure } from "./failures.ts";
import { flatten, type FlattenedObject } from "./flatten.ts";
import { objectsIn } from "./listed-items.ts";
import { inventoryFiles, parseObjectUri, readInventory, type ObjectUri } from "./manifest.ts";
import { objectOpener } from "./object-stream.ts";
import { parquetRows } from "./parquet-rows.ts";
import type { RecordSource } from "./record-source.ts";

type Config = Omit<ReaderConfig, "MaxItems">;

export type RecordFormat =
  | { readonly kind: "object"; readonly bucket: string; readonly key: string; readonly config: Config }
  | {
      readonly kind: "list";
      readonly bucket: string;
      readonly prefix: string;
      readonly startAfter: string;
      readonly config: Config;
    };

/** Throws ItemReaderFailure or ObjectFault for a reader that cannot be. */
export function readerSource(format: RecordFormat, buckets: Buckets): RecordSource {
  const { config } = format;
  if (format.kind === "list") {
    const list = objectsIn(buckets(format.bucket), format.prefix, format.startAfter);
    if (config.Transformation !== "LOAD_AND_FLATTEN") return list;
    const itemsOf = objectReader(config, buckets);
    return flatten(list, (record) => {
      const { Key, Size } = JSON.parse(record) as { readonly Key: string; readonly Size: number };
      // What consoles show as folders are empty objects.
      return Size === 0 ? undefined : itemsOf({ bucket: format.bucket, key: Key });
    });
  }
  const uri = { bucket: format.bucket, key: format.key };
  if (config.ManifestType === "ATHENA_DATA") {
    const lines = cutObject(objectOpener(buckets(uri.bucket), uri.key), (offset) => cutLines(athenaLine, offset));
    const itemsOf = objectReader(config, buckets);
    return flatten(lines, (record) => itemsOf(JSON.parse(record) as ObjectUri));
  }
  if (config.ManifestType === "S3_INVENTORY" || config.InputType === "MANIFEST") return inventory(uri, buckets);
  return objectReader(config, buckets)(uri).items;
}

function athenaLine(line: string): string {
  return JSON.stringify(parseObjectUri(line));
}

/** How the items of an object of that InputType are read. */
function objectReader(config: Config, buckets: Buckets): (uri: ObjectUri) => FlattenedObject {
  const begin = config.InputType === "PARQUET" ? undefined : cutterOf(config);
  return ({ bucket: name, key }) => {
    const bucket = buckets(name);
    const items = begin === undefined ? parquetRows(bucket, key) : cutObject(objectOpener(bucket, key), begin);
    return { source: `S3://${name}/${key}`, items };
  };
}

function cutterOf(config: Config): BeginCutting {
  switch (config.InputType) {
    case "JSON":
      return cutJson(config.ItemsPointer);
    case "JSONL":
      return cutJsonLines;
    case "CSV":
      return cutCsv(config);
    default:
      throw new ItemReaderFailure(`The ItemReader cannot read objects of InputType ${config.InputType ?? "(none)"}.`);
  }
}

/** The rows of an inventory's files; its document is read when the first of them is. */
function inventory(uri: ObjectUri, buckets: Buckets): RecordSource {
  let rows: RecordSource | undefined;
  return {
    read: async (position, limit) => {
      if (rows === undefined) {
        const found = await readInventory(buckets(uri.bucket), uri.key);
        const columns = { CSVHeaderLocation: "GIVEN", CSVHeaders: found.columns, InputType: "CSV" } as const;
        const itemsOf = objectReader(columns, buckets);
        rows = flatten(inventoryFiles(found), (file) => itemsOf(JSON.parse(file) as ObjectUri));
      }
      return rows.read(position, limit);
    },
  };
}
