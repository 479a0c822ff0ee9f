/**
 * What the executions in an isolate send to the same places, gathered for a moment: one request for many of them.
 *
 * B1. The invocation that adds first keeps itself alive to send; what others add meanwhile goes with it. Items are data, which
 *     any invocation may send.
 * B2. Best effort: what an isolate holds when it ends is lost. An invocation that ended before it sent is found out by the
 *     next one that adds.
 */

/** Keeps the invocation, or the object, alive for that work. */
export type KeepAlive = (work: Promise<unknown>) => void;

export interface BatchOptions<T> {
  readonly delayMs: number;
  /** A batch as large is sent at once; in whatever the sizes of its items are. */
  readonly maxSize: number;
  /** Must not reject. */
  readonly send: (items: readonly T[]) => Promise<void>;
}

export interface BatchClock {
  now(): number;
  sleep(milliseconds: number): Promise<void>;
}

export class IsolateBatch<T> {
  readonly #clock: BatchClock;
  #items: T[] = [];
  #size = 0;
  /** When somebody has undertaken to send. */
  #sentAt: number | undefined;

  constructor(clock: BatchClock) {
    this.#clock = clock;
  }

  add(items: readonly T[], size: number, { delayMs, maxSize, send }: BatchOptions<T>, keepAlive: KeepAlive): void {
    this.#items.push(...items);
    this.#size += size;
    if (this.#size >= maxSize) {
      keepAlive(send(this.#take()));
      return;
    }
    const now = this.#clock.now();
    if (this.#sentAt !== undefined && now <= this.#sentAt + OVERDUE_MS) return;
    this.#sentAt = now + delayMs;
    keepAlive(
      this.#clock.sleep(delayMs).then(async () => {
        this.#sentAt = undefined;
        const taken = this.#take();
        if (taken.length > 0) await send(taken);
      }),
    );
  }

  #take(): readonly T[] {
    const items = this.#items;
    this.#items = [];
    this.#size = 0;
    return items;
  }
}

/** So late, whoever was to send is gone. */
const OVERDUE_MS = 5_000;
