/**
 * Writes an object whose size is not known beforehand, with one part of it in memory.
 *
 * P1. R2 wants all parts but the last of one size, of 5 MiB at least. What fits into one part is written at once, as a plain
 *     object with an MD5 for its ETag.
 * P2. The object is there when it is complete, never before. Parts of one that is given up are deleted.
 * P3. Its position is all that another writer needs to go on: what was written after it is written again, to the same place.
 */

/** R2 takes up to 10,000 parts: objects of up to 50 GB. */
export const PART_BYTES = 5_242_880;
const FIRST_BUFFER_BYTES = 65_536;

/** How far an object is written. */
export interface PartsPosition {
  /** How many bytes have been given to the writer. */
  readonly size: number;
  /** Absent: no part has been written. */
  readonly upload?: { readonly id: string; readonly parts: readonly R2UploadedPart[] };
  /** The bytes that are in no part yet. */
  readonly rest: Uint8Array;
}

export class PartWriter {
  readonly #r2: R2Bucket;
  readonly #key: string;
  readonly #httpMetadata: R2HTTPMetadata | Headers;
  readonly #partBytes: number;
  #buffer = new Uint8Array(FIRST_BUFFER_BYTES);
  #used = 0;
  #upload: R2MultipartUpload | undefined;
  readonly #parts: R2UploadedPart[] = [];
  /** How many bytes have been given to it. */
  size = 0;

  /** @param from where an earlier writer of the same object was */
  constructor(
    r2: R2Bucket,
    key: string,
    httpMetadata: R2HTTPMetadata | Headers,
    partBytes: number = PART_BYTES,
    from?: PartsPosition,
  ) {
    this.#r2 = r2;
    this.#key = key;
    this.#httpMetadata = httpMetadata;
    this.#partBytes = partBytes;
    if (from === undefined) return;
    const { size, upload, rest } = from;
    this.size = size;
    this.#reserve(rest.length);
    this.#buffer.set(rest);
    this.#used = rest.length;
    if (upload === undefined) return;
    this.#upload = r2.resumeMultipartUpload(key, upload.id);
    this.#parts.push(...upload.parts);
  }

  get position(): PartsPosition {
    const parts = this.#parts.map(({ partNumber, etag }) => ({ partNumber, etag }));
    const upload = this.#upload && { id: this.#upload.uploadId, parts };
    return { size: this.size, ...(upload && { upload }), rest: this.#buffer.slice(0, this.#used) };
  }

  async write(bytes: Uint8Array): Promise<void> {
    this.size += bytes.length;
    let rest = bytes;
    while (rest.length > 0) {
      // Only what is followed by more is a part: the last one may be smaller, and must not be empty.
      if (this.#used === this.#partBytes) await this.#writePart();
      const taken = rest.subarray(0, this.#partBytes - this.#used);
      this.#reserve(taken.length);
      this.#buffer.set(taken, this.#used);
      this.#used += taken.length;
      rest = rest.subarray(taken.length);
    }
  }

  /** Completes the object. */
  async finish(): Promise<R2Object> {
    if (this.#upload === undefined) {
      return this.#r2.put(this.#key, this.#buffer.subarray(0, this.#used), { httpMetadata: this.#httpMetadata });
    }
    await this.#writePart();
    return this.#upload.complete(this.#parts);
  }

  /** Leaves nothing behind. */
  async giveUp(): Promise<void> {
    try {
      await this.#upload?.abort();
    } catch (error) {
      if (!isLostUpload(error)) throw error;
    }
  }

  async #writePart(): Promise<void> {
    this.#upload ??= await this.#r2.createMultipartUpload(this.#key, { httpMetadata: this.#httpMetadata });
    const part = this.#buffer.subarray(0, this.#used);
    this.#parts.push(await this.#upload.uploadPart(this.#parts.length + 1, part));
    this.#used = 0;
  }

  #reserve(count: number): void {
    const needed = this.#used + count;
    if (needed <= this.#buffer.length) return;
    const larger = new Uint8Array(Math.min(this.#partBytes, Math.max(needed, this.#buffer.length * 2)));
    larger.set(this.#buffer.subarray(0, this.#used));
    this.#buffer = larger;
  }
}

/** Whether R2 does not have the upload any more: it was completed, given up, or open for too long. */
export function isLostUpload(error: unknown): boolean {
  return error instanceof Error && error.message.includes("(10024)");
}
