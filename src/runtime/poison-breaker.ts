/**
 * Ends an execution whose turn takes its object down each time, out of memory or of computing time: otherwise the same event
 * would come again for ever, with a call to the outside each time.
 *
 * B1. It costs nothing as long as no object dies. Only what a lost instance has left under way is suspected: calls that are
 *     made again, a turn that was cut, an alarm that the platform repeats, and what others say they lost (lost-calls).
 * B2. A suspected event is noted, and on disk, before its turn is computed. That its turn was committed is part of that
 *     commit: no row is written for it.
 * B3. An event that was noted twice and never committed is not tried again.
 */
import type { ExecutionEvent } from "../engine/event.ts";
import type { TaskId } from "../engine/execution.ts";

/** What is stored: how often each event was begun and, as far as this row knows, not committed. */
export interface BreakerRow {
  /** Counts the notes; the driver's state holds the last one that was committed. */
  readonly serial: number;
  /** What this note is about. */
  readonly key: string;
  readonly entries: Readonly<Record<string, number>>;
}

export interface BreakerHost {
  readonly store: { readBreaker(): BreakerRow | undefined; putBreaker(row: BreakerRow): void };
  /** Settles when what was written is on disk. */
  sync(): Promise<void>;
}

const MAX_ENTRIES = 2;

export class PoisonBreaker {
  readonly #host: BreakerHost;
  #suspects: Set<string> = new Set();
  #entries: Readonly<Record<string, number>> = {};
  #serial = 0;
  #committed = 0;
  #noted: string | undefined;
  #isLoaded = false;

  constructor(host: BreakerHost) {
    this.#host = host;
  }

  /** The last note whose turn is committed with the turn that is being stored; 0: there is none. */
  get committed(): number {
    return this.#noted === undefined ? this.#committed : this.#serial;
  }

  /**
   * Learns what lost instances have left; this one, if it only read its rows again, knows better.
   * @param committed as it was stored last
   */
  load(committed: number): void {
    if (this.#isLoaded) return;
    this.#isLoaded = true;
    const row = this.#host.store.readBreaker();
    this.#noted = undefined;
    this.#committed = committed;
    this.#serial = Math.max(committed, row?.serial ?? 0);
    this.#entries = row?.entries ?? {};
    if (row !== undefined && row.serial <= committed) this.#forget(row.key);
    this.#suspects = new Set(Object.keys(this.#entries));
  }

  suspectTask(taskId: TaskId): void {
    this.#suspects.add(taskId);
  }

  /** @param type of an event that is about no task */
  suspect(type: "TimersFired" | "TurnContinued"): void {
    this.#suspects.add(type);
  }

  /** Somebody has lost the call that brought this event, and repeats it; this instance may be gone by then. */
  suspectLost(key: string): void {
    if (this.#suspects.has(key)) return;
    const row = { serial: this.#serial + 1, key, entries: { ...this.#entries, [key]: 0 } };
    this.#host.store.putBreaker(row);
    this.#serial = row.serial;
    this.#entries = row.entries;
    this.#suspects.add(key);
  }

  /** Whether the event may be tried; undefined: nothing is held against it, and nothing has to be waited for. */
  enter(event: ExecutionEvent): Promise<boolean> | undefined {
    const key = "taskId" in event ? event.taskId : event.type;
    return this.#suspects.has(key) ? this.#enter(key) : undefined;
  }

  #enter(key: string): Promise<boolean> {
    const entries = this.#entries[key] ?? 0;
    if (entries >= MAX_ENTRIES) {
      this.#settle(key);
      return Promise.resolve(false);
    }
    const row = { serial: this.#serial + 1, key, entries: { ...this.#entries, [key]: entries + 1 } };
    // What the storage refuses was not begun.
    this.#host.store.putBreaker(row);
    this.#serial = row.serial;
    this.#entries = row.entries;
    this.#noted = key;
    return this.#host.sync().then(() => true);
  }

  /**
   * The turn is over, and the instance alive.
   * @param settles whether its commit, or the next one where it was refused, settles the note
   */
  leave(settles: boolean): void {
    const key = this.#noted;
    if (key === undefined) return;
    this.#noted = undefined;
    this.#forget(key);
    this.#suspects.delete(key);
    // Memory first, which is right whatever the storage says.
    if (!settles) this.#serial += 1;
    this.#committed = this.#serial;
    if (!settles) this.#put(key);
  }

  /** The execution is ended by it: after a redrive it is tried again. */
  #settle(key: string): void {
    this.#forget(key);
    this.#suspects.delete(key);
    this.#serial += 1;
    this.#put(key);
  }

  #put(key: string): void {
    this.#host.store.putBreaker({ serial: this.#serial, key, entries: this.#entries });
  }

  #forget(key: string): void {
    const { [key]: _, ...others } = this.#entries;
    this.#entries = others;
  }
}
