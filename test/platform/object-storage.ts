/**
 * An object's storage as Cloudflare has it: what is written in one synchronous run is on disk together or not at all, the
 * alarm with it, and an instance that is dead can neither read nor write.
 */
import { serialize } from "node:v8";

/** What a row holds: 2 MB. */
const MAX_ROW_BYTES = 2_000_000;

interface Disk {
  readonly rows: ReadonlyMap<string, unknown>;
  readonly alarmAt: number | undefined;
}

/** A life of an object: from when it is loaded until it is evicted or killed. */
export interface Life {
  readonly name: string;
  isAlive: boolean;
  /** Rejects when it is killed. */
  readonly death: Promise<never>;
  readonly kill: () => void;
}

export function newLife(name: string): Life {
  let reject: (error: Error) => void = () => undefined;
  const death = new Promise<never>((_, no) => (reject = no));
  death.catch(() => undefined);
  const life: Life = {
    name,
    isAlive: true,
    death,
    kill: () => {
      life.isAlive = false;
      reject(Object.assign(new Error("Network connection lost."), { retryable: true }));
    },
  };
  return life;
}

/** What survives of an object. */
export class ObjectDisk {
  disk: Disk = { rows: new Map(), alarmAt: undefined };
  rowsWritten = 0;

  open(life: Life, seam: (what: string) => void): ObjectStorage {
    return new ObjectStorage(this, life, seam);
  }
}

export class ObjectStorage {
  readonly #disk: ObjectDisk;
  readonly #life: Life;
  readonly #seam: (what: string) => void;
  #rows: Map<string, unknown>;
  #alarmAt: number | undefined;
  #isDirty = false;

  constructor(disk: ObjectDisk, life: Life, seam: (what: string) => void) {
    this.#disk = disk;
    this.#life = life;
    this.#seam = seam;
    this.#rows = new Map(disk.disk.rows);
    this.#alarmAt = disk.disk.alarmAt;
  }

  readonly kv = {
    get: (key: string): unknown => {
      this.#check();
      return structuredClone(this.#rows.get(key));
    },
    put: (key: string, value: unknown): void => {
      if (serialize(value).byteLength > MAX_ROW_BYTES) throw new Error("string or blob too big: SQLITE_TOOBIG");
      this.#write();
      this.#rows.set(key, structuredClone(value));
    },
    delete: (key: string): boolean => {
      this.#write();
      return this.#rows.delete(key);
    },
    list: (options: {
      readonly prefix?: string;
      readonly start?: string;
      readonly end?: string;
      readonly reverse?: boolean;
      readonly limit?: number;
    }): Iterable<readonly [string, unknown]> => {
      this.#check();
      const { prefix = "", start = "", end, reverse = false, limit = Infinity } = options;
      const isIn = (key: string): boolean => key.startsWith(prefix) && key >= start && (end === undefined || key < end);
      const found = [...this.#rows].filter(([key]) => isIn(key)).sort(([a], [b]) => (a < b ? -1 : 1));
      return (reverse ? found.toReversed() : found).slice(0, limit);
    },
  };

  transactionSync<T>(work: () => T): T {
    this.#seam("before a commit");
    this.#check();
    const before = new Map(this.#rows);
    let result: T;
    try {
      result = work();
    } catch (error) {
      this.#rows = before;
      throw error;
    }
    this.flush();
    this.#seam("after a commit");
    this.#check();
    return result;
  }

  async getAlarm(): Promise<number | null> {
    this.#check();
    return this.#alarmAt ?? null;
  }

  async setAlarm(at: number): Promise<void> {
    // Nobody waits for it.
    if (!this.#life.isAlive) return;
    this.#write();
    this.#alarmAt = at;
  }

  async deleteAlarm(): Promise<void> {
    this.#write();
    this.#alarmAt = undefined;
  }

  async deleteAll(): Promise<void> {
    this.#write();
    this.#rows.clear();
    this.#alarmAt = undefined;
  }

  async sync(): Promise<void> {
    this.flush();
    this.#seam("after a sync");
    this.#check();
  }

  /** What was written is on disk; nothing leaves an object before. */
  flush(): void {
    if (!this.#isDirty || !this.#life.isAlive) return;
    this.#isDirty = false;
    this.#disk.disk = { rows: new Map(this.#rows), alarmAt: this.#alarmAt };
  }

  #write(): void {
    this.#check();
    this.#disk.rowsWritten += 1;
    if (!this.#isDirty) queueMicrotask(() => this.flush());
    this.#isDirty = true;
  }

  #check(): void {
    if (!this.#life.isAlive) throw new Error(`${this.#life.name} is dead`);
  }
}
