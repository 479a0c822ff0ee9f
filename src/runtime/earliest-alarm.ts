/** An object's one alarm: moved only to an earlier moment. One that fires too early finds nothing due, and is set anew. */

export interface AlarmHost {
  now(): number;
  /** The moment the alarm is set for, epoch milliseconds. */
  getAlarm(): Promise<number | undefined>;
  setAlarm(at: number): void;
}

export class EarliestAlarm {
  readonly #host: AlarmHost;
  readonly #onSet: () => void;
  #at: number | undefined;
  #firing: number | undefined;

  constructor(host: AlarmHost, onSet: () => void) {
    this.#host = host;
    this.#onSet = onSet;
  }

  /** Learns what a lost instance has set; to be called before anything is armed. */
  async load(): Promise<void> {
    this.#at = await this.#host.getAlarm();
  }

  get isSet(): boolean {
    return this.#at !== undefined;
  }

  /** It was deleted. */
  clear(): void {
    this.#at = undefined;
  }

  /**
   * Its handler runs. Whatever arms it meanwhile, it is set for a later moment than the one it fires for: the platform
   * loses any other. The object's clock need not have reached that moment yet.
   * @param scheduledAt the moment it was set for
   */
  fired(scheduledAt: number): void {
    this.#at = undefined;
    this.#firing = scheduledAt;
  }

  /** Its handler is over. */
  handled(): void {
    this.#firing = undefined;
  }

  /** @param moments the undefined ones are left out */
  arm(...moments: readonly (number | undefined)[]): void {
    const given = moments.filter((x) => x !== undefined);
    const at = Math.min(...given);
    if (given.length === 0 || (this.#at !== undefined && this.#at <= at)) return;
    const next = Math.max(at, this.#host.now() + 1, (this.#firing ?? 0) + 1);
    // Remembered once it is set: a storage that is full refuses, and an alarm that only memory knows of never fires.
    this.#host.setAlarm(next);
    this.#at = next;
    this.#onSet();
  }
}
