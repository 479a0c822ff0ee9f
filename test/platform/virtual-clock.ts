/** A clock that moves only when told to, in place of the platform's: Date.now, setTimeout, scheduler.wait. */
import { createHash } from "node:crypto";
import { vi } from "vitest";

export class VirtualClock {
  now: number;
  #ids = 0;
  readonly #timers: Map<number, { readonly at: number; readonly fire: () => void }> = new Map();

  constructor(now: number) {
    this.now = now;
  }

  /** Takes the place of the real one until `vi.unstubAllGlobals` and `vi.restoreAllMocks`. */
  install(): void {
    vi.spyOn(Date, "now").mockImplementation(() => this.now);
    vi.stubGlobal("setTimeout", (fire: () => void, milliseconds = 0) => this.#add(fire, milliseconds));
    vi.stubGlobal("clearTimeout", (id: number) => this.#timers.delete(id));
    vi.stubGlobal("scheduler", { wait: (milliseconds: number) => this.sleep(milliseconds) });
    // Node's own works in another thread: the order of things would not be the same in any two runs.
    vi.spyOn(crypto.subtle, "digest").mockImplementation(async (_, data) => {
      const bytes = createHash("sha256")
        .update(data as Uint8Array)
        .digest();
      return new Uint8Array(bytes).buffer;
    });
  }

  sleep(milliseconds: number): Promise<void> {
    return new Promise((wake) => void this.#add(wake, milliseconds));
  }

  /** The moment of the first timer. */
  get next(): number | undefined {
    let next: number | undefined;
    for (const { at } of this.#timers.values()) if (next === undefined || at < next) next = at;
    return next;
  }

  /** Fires what is due, one after the other. */
  fireDue(): void {
    const due = [...this.#timers].filter(([, { at }]) => at <= this.now).sort(([, a], [, b]) => a.at - b.at);
    for (const [id, { fire }] of due) if (this.#timers.delete(id)) fire();
  }

  #add(fire: () => void, milliseconds: number): number {
    this.#ids += 1;
    this.#timers.set(this.#ids, { at: this.now + Math.max(milliseconds, 0), fire });
    return this.#ids;
  }
}
