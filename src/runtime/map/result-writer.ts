/**
 * Writes the results of a Map Run into a bucket: files by status, and a manifest that names them.
 *
 * W1. Results are written as they come, with a part of each file in memory.
 * W2. The keys follow from the Map Run: results that are written again, after a crash, are written to the same place. The
 *     manifest is written last, when all that it names is there.
 * W3. Between two results the position is all that another instance needs to go on.
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/input-output-resultwriter.html
 */
import { isObject, memberOf, type Json } from "../../asl/json.ts";
import { keyIn, ObjectFault, type Bucket, type Buckets } from "../objects/buckets.ts";
import { PART_BYTES, PartWriter, type PartsPosition } from "../objects/part-writer.ts";
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

/** How far the files of one status are written. */
export interface FilesPosition {
  readonly written: readonly ResultFile[];
  readonly open?: PartsPosition;
}

export type ResultsPosition = Readonly<Record<FileStatus, FilesPosition>>;

export interface FileLimits {
  readonly fileBytes: number;
  readonly partBytes: number;
}

const FILE_LIMITS: FileLimits = { fileBytes: MAX_FILE_BYTES, partBytes: PART_BYTES };

/** Throws ResultWriterFailure where the results cannot be written there; whatever else is thrown may be tried again. */
export class ResultWriting {
  readonly #bucket: Bucket;
  readonly #folder: string;
  readonly #mapRunArn: string;
  readonly #transformation: WriterConfig["Transformation"];
  readonly #files: FilesByStatus;

  /** @param from where an earlier instance was */
  constructor(
    writer: EvaluatedWriter,
    buckets: Buckets,
    mapRunArn: string,
    from?: ResultsPosition,
    limits: FileLimits = FILE_LIMITS,
  ) {
    const { Transformation, OutputType } = writer.WriterConfig ?? EXPORT;
    this.#mapRunArn = mapRunArn;
    this.#transformation = Transformation;
    this.#folder = folderOf(writer, mapRunArn);
    try {
      this.#bucket = buckets(required(writer, "Bucket"));
      const filesOf = (status: FileStatus): ResultFiles =>
        new ResultFiles(this.#bucket, `${this.#folder}/${status}`, OutputType, limits, from?.[status]);
      this.#files = { FAILED: filesOf("FAILED"), PENDING: filesOf("PENDING"), SUCCEEDED: filesOf("SUCCEEDED") };
    } catch (error) {
      throw writersFailure(error);
    }
  }

  /** How many bytes have been written. */
  get bytes(): number {
    return Object.values(this.#files).reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** How many files are complete. */
  get completed(): number {
    return Object.values(this.#files).reduce((sum, { written }) => sum + written.length, 0);
  }

  get position(): ResultsPosition {
    const { FAILED, PENDING, SUCCEEDED } = this.#files;
    return { FAILED: FAILED.position, PENDING: PENDING.position, SUCCEEDED: SUCCEEDED.position };
  }

  async write(result: ChildResult): Promise<void> {
    try {
      for (const text of transformed(result, this.#transformation)) {
        await this.#files[FILE_STATUS[result.Status]].write(text);
      }
    } catch (error) {
      throw writersFailure(error);
    }
  }

  /** Completes the next file that is open; answers whether there was one. */
  async completeNext(): Promise<boolean> {
    const open = Object.values(this.#files).find((files) => files.isOpen);
    await open?.finish();
    return open !== undefined;
  }

  /** Writes the manifest. To be called when all files are complete. */
  async nameFiles(): Promise<WrittenResults> {
    try {
      return await writeManifest(this.#bucket, this.#folder, this.#mapRunArn, this.#files);
    } catch (error) {
      throw writersFailure(error);
    }
  }

  /** Leaves nothing behind but the uploads of that position. */
  async giveUp(kept?: ResultsPosition): Promise<void> {
    for (const [status, files] of Object.entries(this.#files)) {
      const id = files.position.open?.upload?.id;
      if (id !== kept?.[status as FileStatus].open?.upload?.id) await files.giveUp();
    }
  }
}

function writersFailure(error: unknown): unknown {
  return error instanceof ObjectFault ? new ResultWriterFailure(error.message) : error;
}

type FilesByStatus = Readonly<Record<FileStatus, ResultFiles>>;

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
  readonly written: ResultFile[];
  readonly #bucket: Bucket;
  readonly #path: string;
  readonly #type: WriterConfig["OutputType"];
  readonly #limits: FileLimits;
  readonly #encoder = new TextEncoder();
  #file: PartWriter | undefined;

  constructor(
    bucket: Bucket,
    path: string,
    type: WriterConfig["OutputType"],
    limits: FileLimits,
    from: FilesPosition = { written: [] },
  ) {
    this.#bucket = bucket;
    this.#path = path;
    this.#type = type;
    this.#limits = limits;
    this.written = [...from.written];
    if (from.open !== undefined) this.#file = this.#open(from.open);
  }

  get isOpen(): boolean {
    return this.#file !== undefined;
  }

  get bytes(): number {
    return this.written.reduce((sum, { Size }) => sum + Size, this.#file?.size ?? 0);
  }

  get position(): FilesPosition {
    return { written: [...this.written], ...(this.#file && { open: this.#file.position }) };
  }

  async write(text: string): Promise<void> {
    const { begin, between, end } = PUNCTUATION[this.#type];
    const bytes = this.#encoder.encode(text);
    const isFull = this.#file !== undefined && this.#file.size + bytes.length + end.length + 1 > this.#limits.fileBytes;
    if (isFull) await this.finish();
    const isFirst = this.#file === undefined;
    this.#file ??= this.#open();
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

  #open(from?: PartsPosition): PartWriter {
    const httpMetadata = { contentType: CONTENT_TYPES[this.#type] };
    const key = keyIn(this.#bucket, this.#key);
    return new PartWriter(this.#bucket.r2, key, httpMetadata, this.#limits.partBytes, from);
  }

  get #key(): string {
    return `${this.#path}_${this.written.length}.${this.#type.toLowerCase()}`;
  }
}
