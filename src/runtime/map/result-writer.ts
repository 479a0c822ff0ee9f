/**
 * Writes the results of a Map Run into a bucket: files by status, and a manifest that names them.
 *
 * W1. Results are written as they come, with a part of each file in memory.
 * W2. The keys follow from the Map Run: results that are written again, after a crash, are written to the same place. The
 *     manifest is written last, when all that it names is there.
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/input-output-resultwriter.html
 */
import { isObject, memberOf, type Json } from "../../asl/json.ts";
import { keyIn, ObjectFault, type Bucket, type Buckets } from "../objects/buckets.ts";
import { PartWriter } from "../objects/part-writer.ts";
import { transformed, type ChildResult, type WriterConfig } from "./child-result.ts";
import { ResultWriterFailure } from "./failures.ts";

/** A ResultWriter that exports, its fields evaluated. */
export interface EvaluatedWriter {
  /** Its Parameters or Arguments: `Bucket`, and `Prefix`. */
  readonly input: Json;
  readonly WriterConfig?: WriterConfig;
}

/** Where the manifest is: the state's `ResultWriterDetails`. */
export interface WrittenResults {
  readonly Bucket: string;
  readonly Key: string;
}

/** As AWS does it where nothing else is said. */
const EXPORT: WriterConfig = { Transformation: "NONE", OutputType: "JSON" };
/** Of a file of results. @see https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html */
const MAX_FILE_BYTES = 5_000_000_000;

type FileStatus = "FAILED" | "PENDING" | "SUCCEEDED";

const FILE_STATUS: Readonly<Record<ChildResult["Status"], FileStatus>> = {
  SUCCEEDED: "SUCCEEDED",
  FAILED: "FAILED",
  TIMED_OUT: "FAILED",
  ABORTED: "FAILED",
  PENDING: "PENDING",
};

interface ResultFile {
  readonly Key: string;
  readonly Size: number;
}

/** Throws ResultWriterFailure where the results cannot be written there; whatever else is thrown may be tried again. */
export async function writeResults(
  writer: EvaluatedWriter,
  buckets: Buckets,
  mapRunArn: string,
  results: AsyncIterable<ChildResult> | Iterable<ChildResult>,
  maxFileBytes: number = MAX_FILE_BYTES,
): Promise<WrittenResults> {
  try {
    const bucket = buckets(required(writer, "Bucket"));
    const folder = folderOf(writer, mapRunArn);
    const { Transformation, OutputType } = writer.WriterConfig ?? EXPORT;
    const filesOf = (status: FileStatus): ResultFiles =>
      new ResultFiles(bucket, `${folder}/${status}`, OutputType, maxFileBytes);
    const files = { FAILED: filesOf("FAILED"), PENDING: filesOf("PENDING"), SUCCEEDED: filesOf("SUCCEEDED") };
    await writeFiles(files, Transformation, results);
    return await writeManifest(bucket, folder, mapRunArn, files);
  } catch (error) {
    if (error instanceof ObjectFault) throw new ResultWriterFailure(error.message);
    throw error;
  }
}

type FilesByStatus = Readonly<Record<FileStatus, ResultFiles>>;

async function writeFiles(
  files: FilesByStatus,
  transformation: WriterConfig["Transformation"],
  results: AsyncIterable<ChildResult> | Iterable<ChildResult>,
): Promise<void> {
  try {
    for await (const result of results) {
      for (const text of transformed(result, transformation)) await files[FILE_STATUS[result.Status]].write(text);
    }
    for (const each of Object.values(files)) await each.finish();
  } catch (error) {
    for (const each of Object.values(files)) await each.giveUp();
    throw error;
  }
}

async function writeManifest(
  bucket: Bucket,
  folder: string,
  mapRunArn: string,
  { FAILED, PENDING, SUCCEEDED }: FilesByStatus,
): Promise<WrittenResults> {
  const Key = `${folder}/manifest.json`;
  const manifest = {
    DestinationBucket: bucket.name,
    MapRunArn: mapRunArn,
    ResultFiles: { FAILED: FAILED.written, PENDING: PENDING.written, SUCCEEDED: SUCCEEDED.written },
  };
  const httpMetadata = { contentType: CONTENT_TYPES.JSON };
  await bucket.r2.put(keyIn(bucket, Key), JSON.stringify(manifest), { httpMetadata });
  return { Bucket: bucket.name, Key };
}

function folderOf(writer: EvaluatedWriter, mapRunArn: string): string {
  const prefix = textOf(writer, "Prefix")?.replace(/\/$/u, "") ?? "";
  const run = mapRunArn.slice(mapRunArn.lastIndexOf(":") + 1);
  return prefix === "" ? run : `${prefix}/${run}`;
}

function required(writer: EvaluatedWriter, name: string): string {
  const value = textOf(writer, name);
  if (value === undefined) throw new ResultWriterFailure(`The ResultWriter has no ${name}.`);
  return value;
}

function textOf({ input }: EvaluatedWriter, name: string): string | undefined {
  const value = isObject(input) ? memberOf(input, name) : undefined;
  if (value === undefined || value === null || typeof value === "string") return value ?? undefined;
  throw new ResultWriterFailure(`The ResultWriter's ${name} must be a string.`);
}

const CONTENT_TYPES = { JSON: "application/json", JSONL: "application/jsonl" } as const;
const PUNCTUATION = {
  JSON: { begin: "[", between: ",", end: "]" },
  JSONL: { begin: "", between: "\n", end: "\n" },
} as const;

/** The files of one status: `…_0.json`, and the next one when it has become too large. */
class ResultFiles {
  readonly written: ResultFile[] = [];
  readonly #bucket: Bucket;
  readonly #path: string;
  readonly #type: WriterConfig["OutputType"];
  readonly #maxBytes: number;
  readonly #encoder = new TextEncoder();
  #file: PartWriter | undefined;

  constructor(bucket: Bucket, path: string, type: WriterConfig["OutputType"], maxBytes: number) {
    this.#bucket = bucket;
    this.#path = path;
    this.#type = type;
    this.#maxBytes = maxBytes;
  }

  async write(text: string): Promise<void> {
    const { begin, between, end } = PUNCTUATION[this.#type];
    const bytes = this.#encoder.encode(text);
    const isFull = this.#file !== undefined && this.#file.size + bytes.length + end.length + 1 > this.#maxBytes;
    if (isFull) await this.finish();
    const isFirst = this.#file === undefined;
    this.#file ??= new PartWriter(this.#bucket.r2, keyIn(this.#bucket, this.#key), {
      contentType: CONTENT_TYPES[this.#type],
    });
    await this.#file.write(this.#encoder.encode(isFirst ? begin : between));
    await this.#file.write(bytes);
  }

  async finish(): Promise<void> {
    const file = this.#file;
    if (file === undefined) return;
    await file.write(this.#encoder.encode(PUNCTUATION[this.#type].end));
    await file.finish();
    this.written.push({ Key: this.#key, Size: file.size });
    this.#file = undefined;
  }

  async giveUp(): Promise<void> {
    await this.#file?.giveUp();
  }

  get #key(): string {
    return `${this.#path}_${this.written.length}.${this.#type.toLowerCase()}`;
  }
}
