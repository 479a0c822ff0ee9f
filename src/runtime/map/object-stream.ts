/**
 * The bytes of an object from an offset on.
 *
 * O1. Whoever goes on reading an object reads the same one: another version of it fails.
 * O2. An object is read in windows, each a request of its own: nothing stays open when nobody reads on.
 * O3. A compressed object can only be read from its beginning. Its stream is kept while nobody reads, so that slices that follow
 *     each other decompress it once; after a loss of memory what was read before is decompressed again, and skipped.
 */
import { keyIn, type Bucket } from "../objects/buckets.ts";
import { ItemReaderFailure } from "./failures.ts";

export interface StreamPlace {
  /** Of the uncompressed object. */
  readonly offset: number;
  readonly etag: string;
  /** Absent: the object is compressed. */
  readonly size?: number;
}

export interface ObjectStream {
  /** Where it begins: behind the byte order mark, if the object has one. */
  readonly place: StreamPlace;
  /** The next bytes; undefined: that was the end. */
  next(): Promise<Uint8Array | undefined>;
  /** Nobody reads on, or only later. */
  close(): void;
}

/** @param place absent: at the object's beginning */
export type OpenObject = (place?: StreamPlace) => Promise<ObjectStream>;

type Reader = ReadableStreamDefaultReader<Uint8Array>;

/** A compressed object that nobody reads at the moment: the last bytes that were read of it, and where they begin. */
interface Kept {
  readonly place: StreamPlace;
  readonly chunk: Uint8Array;
  readonly reader: Reader;
}

const WINDOW_BYTES = 1_048_576;
const BOM = [0xef, 0xbb, 0xbf];

export function objectOpener(bucket: Bucket, key: string): OpenObject {
  let kept: Kept | undefined;
  const keep = (later: Kept): void => {
    kept = later;
  };

  return async (known) => {
    const reuse = kept;
    kept = undefined;
    if (reuse !== undefined && known !== undefined && isWithin(reuse, known)) {
      return unzippedFrom(reuse.reader, reuse.place, known, keep, reuse.chunk);
    }
    const place = known ?? (await beginningOf(bucket, key));
    if (place.size !== undefined) return windowsOf(bucket, key, place, place.size);
    const { body } = await getObject(bucket, key, place.etag);
    const reader = body.pipeThrough<Uint8Array>(new DecompressionStream("gzip")).getReader();
    return unzippedFrom(reader, { ...place, offset: 0 }, place, keep);
  };
}

function isWithin({ place, chunk }: Kept, wanted: StreamPlace): boolean {
  return place.etag === wanted.etag && wanted.offset >= place.offset && wanted.offset <= place.offset + chunk.length;
}

/** The beginning of the object as it is now. Throws ItemReaderFailure where there is none. */
export async function beginningOf(bucket: Bucket, key: string): Promise<StreamPlace> {
  const object = await bucket.r2.head(keyIn(bucket, key));
  if (object === null) throw new ItemReaderFailure(`The specified key does not exist: ${uriOf(bucket, key)}`);
  const { etag, size, httpMetadata } = object;
  const isCompressed = key.endsWith(".gz") || httpMetadata?.contentEncoding === "gzip";
  return isCompressed ? { offset: 0, etag } : { offset: 0, etag, size };
}

/** The object, or a range of it. Throws ItemReaderFailure where it is not the same any more. */
export async function getObject(bucket: Bucket, key: string, etag: string, range?: R2Range): Promise<R2ObjectBody> {
  const onlyIf = { etagMatches: etag };
  const object = await bucket.r2.get(keyIn(bucket, key), { ...(range && { range }), onlyIf });
  if (object !== null && "body" in object) return object;
  throw new ItemReaderFailure(`The object has changed while it was read: ${uriOf(bucket, key)}`);
}

function uriOf(bucket: Bucket, key: string): string {
  return `s3://${bucket.name}/${key}`;
}

async function windowsOf(bucket: Bucket, key: string, place: StreamPlace, size: number): Promise<ObjectStream> {
  let at = place.offset;
  const read = async (): Promise<Uint8Array | undefined> => {
    if (at >= size) return undefined;
    const range = { offset: at, length: Math.min(WINDOW_BYTES, size - at) };
    const object = await getObject(bucket, key, place.etag, range);
    at += range.length;
    return object.bytes();
  };

  let first = at === 0 ? await read() : undefined;
  const offset = first === undefined ? at : bomLength(first);
  return {
    place: { ...place, offset },
    next: async () => {
      const window = first?.subarray(offset) ?? (await read());
      first = undefined;
      return window;
    },
    close: () => {},
  };
}

function bomLength(bytes: Uint8Array): number {
  return BOM.every((byte, i) => bytes[i] === byte) ? BOM.length : 0;
}

/**
 * @param from where the reader's bytes begin, or the chunk's before them
 * @param wanted where whoever reads wants to begin; what comes before is skipped
 */
async function unzippedFrom(
  reader: Reader,
  from: StreamPlace,
  wanted: StreamPlace,
  keep: (kept: Kept) => void,
  chunk: Uint8Array = new Uint8Array(),
): Promise<ObjectStream> {
  let held = chunk;
  let heldAt = from.offset;
  const read = async (): Promise<boolean> => {
    const value = await readFrom(reader);
    if (value === undefined) return false;
    heldAt += held.length;
    held = value;
    return true;
  };

  let begin = wanted.offset;
  if (begin === 0) {
    held = await readHead(reader);
    begin = bomLength(held);
  }
  while (begin > heldAt + held.length && (await read()));
  let isNew = held.length > 0;

  return {
    place: { ...wanted, offset: begin },
    next: async () => {
      if (!isNew && !(await read())) return undefined;
      isNew = false;
      return held.subarray(Math.max(0, begin - heldAt));
    },
    close: () => keep({ place: { ...from, offset: heldAt }, chunk: held, reader }),
  };
}

/** The first bytes, enough of them for a byte order mark where there are as many. */
async function readHead(reader: Reader): Promise<Uint8Array> {
  let head = new Uint8Array();
  while (head.length < BOM.length) {
    const value = await readFrom(reader);
    if (value === undefined) break;
    const joined = new Uint8Array(head.length + value.length);
    joined.set(head);
    joined.set(value, head.length);
    head = joined;
  }
  return head;
}

/** The next bytes; undefined: that was the end. */
async function readFrom(reader: Reader): Promise<Uint8Array | undefined> {
  try {
    const { done, value } = await reader.read();
    return done ? undefined : value;
  } catch (error) {
    // What DecompressionStream throws for bytes that are not gzip; the platform's own failures are plain errors.
    if (error instanceof TypeError) throw new ItemReaderFailure("The dataset is not valid gzip.");
    throw error;
  }
}
