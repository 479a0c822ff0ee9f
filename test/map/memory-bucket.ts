/** An R2 bucket in memory that is as strict as the real one about uploads in parts. */
import type { Buckets } from "../../src/runtime/objects/buckets.ts";

interface Upload {
  readonly key: string;
  readonly parts: Map<number, Uint8Array>;
}

export class MemoryBucket {
  readonly objects: Map<string, Uint8Array> = new Map();
  readonly uploads: Map<string, Upload> = new Map();
  /** Calls so far that change something. */
  changes = 0;
  /** Told before and after each such call; what it answers is awaited. */
  onChange: (change: number, isDone: boolean) => Promise<void> = async () => undefined;
  readonly #partBytes: number;

  /** @param partBytes the least that a part has which is not the last */
  constructor(partBytes: number) {
    this.#partBytes = partBytes;
  }

  get buckets(): Buckets {
    const r2 = this as unknown as ReturnType<Buckets>["r2"];
    return (name) => ({ name, r2, prefix: `${name}/` });
  }

  async put(key: string, body: string | Uint8Array): Promise<void> {
    await this.#change(() =>
      this.objects.set(key, typeof body === "string" ? new TextEncoder().encode(body) : body.slice()),
    );
  }

  async createMultipartUpload(key: string): Promise<unknown> {
    const id = `upload-${this.changes + 1}`;
    await this.#change(() => this.uploads.set(id, { key, parts: new Map() }));
    return this.resumeMultipartUpload(key, id);
  }

  resumeMultipartUpload(key: string, uploadId: string): unknown {
    const uploadOf = (): Upload => {
      const upload = this.uploads.get(uploadId);
      if (upload?.key === key) return upload;
      throw new Error("uploadPart: The specified multipart upload does not exist. (10024)");
    };
    return {
      key,
      uploadId,
      uploadPart: async (partNumber: number, part: Uint8Array) => {
        const bytes = part.slice();
        await this.#change(() => uploadOf().parts.set(partNumber, bytes));
        return { partNumber, etag: etagOf(bytes) };
      },
      complete: async (parts: readonly { readonly partNumber: number; readonly etag: string }[]) => {
        await this.#change(() => {
          this.objects.set(key, this.#together(uploadOf(), parts));
          this.uploads.delete(uploadId);
        });
      },
      abort: async () => {
        await this.#change(() => this.uploads.delete(uploadId));
      },
    };
  }

  #together({ parts }: Upload, named: readonly { readonly partNumber: number; readonly etag: string }[]): Uint8Array {
    const all = named.map(({ partNumber, etag }, i) => {
      const part = parts.get(partNumber);
      if (part === undefined || etagOf(part) !== etag || partNumber !== i + 1) throw new Error("(10025) no such part");
      const isLast = i === named.length - 1;
      if (!isLast && part.length !== this.#partBytes) throw new Error("(10011) a part is too small");
      return part;
    });
    const whole = new Uint8Array(all.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const part of all) {
      whole.set(part, at);
      at += part.length;
    }
    return whole;
  }

  async #change(work: () => void): Promise<void> {
    this.changes += 1;
    const { changes } = this;
    await this.onChange(changes, false);
    work();
    await this.onChange(changes, true);
  }
}

function etagOf(bytes: Uint8Array): string {
  return `${bytes.length}-${bytes.reduce((sum, byte) => (Math.imul(sum, 31) + byte) | 0, 0)}`;
}
