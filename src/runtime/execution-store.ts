/**
 * The rows of one execution, in its object's key-value store.
 *
 * S1. `commit` is one transaction: snapshot and history of a turn are both there, or neither.
 * S2. A turn writes one row: the state row holds the head, the small branches, those that ended last (branch-rows) and the
 *     newest history. A branch too large for it has its own row, and what has grown is moved to a row that stays as it is.
 * S3. Reading writes nothing: an execution that was never started has no rows.
 * S4. Row size is free, up to 2 MB: a longer text is cut into parts (text-rows).
 */
import type { HistoryEvent, HistoryEventType } from "../engine/history-event.ts";
import { SNAPSHOT_VERSION, type Branch, type BranchId, type Execution } from "../engine/execution.ts";
import { headText, parseHead, type ExecutionHead } from "../engine/snapshot.ts";
import { BranchRows, type PackedBranches, type PackingLimits } from "./branch-rows.ts";
import { charactersOf } from "./history-data.ts";
import type { Watcher } from "./execution-rpc.ts";
import type { BreakerRow } from "./poison-breaker.ts";
import { isTextKey, MAX_ROW_CHARACTERS, TextRows, type KeyValueStorage } from "./text-rows.ts";

const PACKING: PackingLimits = { branch: 16_384, total: 49_152, ended: 16_384 };
/** The newest history stays in the state row up to this size. */
const MAX_TAIL_CHARACTERS = 16_384;

const START = "start";
const STATE = "state";
/** The head, where its output is too large for the state row. */
const HEAD = "head";
const WATCHERS = "watchers";
const BREAKER = "breaker";
const HISTORY = "history/";

interface StateRow extends PackedBranches {
  readonly version: number;
  /** Absent: it has a row of its own. */
  readonly head?: string;
  /** The newest events, as the inside of a JSON array; `tailFrom` is the id of the first. */
  readonly tail: string;
  readonly tailFrom: number;
  /** What the driver keeps beside the snapshot. */
  readonly driver: unknown;
}

export interface StoredSnapshot {
  readonly head: ExecutionHead;
  readonly branches: readonly Branch[];
  readonly driver: unknown;
}

/** The part of a turn's result that is stored. */
export interface TurnRecord {
  readonly execution: Execution;
  readonly history: readonly HistoryEvent[];
  readonly changed: ReadonlySet<BranchId>;
}

export class ExecutionStore {
  readonly #storage: KeyValueStorage;
  readonly #rows: TextRows;
  readonly #branches: BranchRows;
  #tail: string[] = [];
  #tailFrom = 1;
  #isHeadApart = false;

  constructor(storage: KeyValueStorage, packing: PackingLimits = PACKING) {
    this.#storage = storage;
    this.#rows = new TextRows(storage);
    this.#branches = new BranchRows(storage, this.#rows, packing);
  }

  /** Rows written by this instance so far: puts and deletes. */
  get rowsWritten(): number {
    return this.#rows.written;
  }

  /** What `start` was called with; undefined: there is no such execution. */
  readStart(): string | undefined {
    return this.#rows.get(START);
  }

  readSnapshot(): StoredSnapshot | undefined {
    const row = this.#storage.kv.get(STATE) as StateRow | undefined;
    if (row === undefined) return undefined;
    // After a rollback: nothing is broken, it waits for the newer Worker to come back.
    if (row.version > SNAPSHOT_VERSION) {
      throw new Error(
        `stored by a newer version: snapshot ${row.version}, this Worker reads up to ${SNAPSHOT_VERSION}`,
      );
    }
    this.#tailFrom = row.tailFrom;
    this.#tail = (JSON.parse(`[${row.tail}]`) as HistoryEvent[]).map((event) => JSON.stringify(event));
    const branches = this.#branches.read(row);
    this.#isHeadApart = row.head === undefined;
    return { head: parseHead(row.head ?? this.#rows.get(HEAD) ?? ""), branches, driver: row.driver };
  }

  /** @param driver called last, with all other rows of this commit counted */
  commit(turn: TurnRecord, driver: () => unknown, start?: string): void {
    try {
      this.#storage.transactionSync(() => {
        if (start !== undefined) this.#rows.put(START, start);
        for (const id of turn.changed) this.#branches.put(id, turn.execution.branches.get(id));
        this.#branches.complete();
        this.#appendHistory(turn.history);
        this.#putState(turn.execution, driver);
      });
    } catch (error) {
      // Memory is ahead of the rows.
      this.forget();
      this.readSnapshot();
      throw error;
    }
  }

  /** Tasks of other executions that joined a running execution to wait for its end. */
  readWatchers(): readonly Watcher[] {
    return JSON.parse(this.#rows.get(WATCHERS) ?? "[]") as Watcher[];
  }

  addWatcher(watcher: Watcher): void {
    const watchers = this.readWatchers();
    if (watchers.some((x) => x.taskId === watcher.taskId && x.executionArn === watcher.executionArn)) return;
    this.#storage.transactionSync(() => this.#rows.put(WATCHERS, JSON.stringify([...watchers, watcher])));
  }

  readBreaker(): BreakerRow | undefined {
    return this.#storage.kv.get(BREAKER) as BreakerRow | undefined;
  }

  putBreaker(row: BreakerRow): void {
    this.#rows.putRow(BREAKER, () => row);
  }

  /** All events, in bounded portions. */
  historySegments(): Iterable<readonly HistoryEvent[]> {
    return this.#segmentsForwards(1);
  }

  /** All rows have been deleted. */
  forget(): void {
    this.#branches.forget();
    this.#tail = [];
    this.#tailFrom = 1;
    this.#isHeadApart = false;
  }

  /**
   * Events in the order of their ids, beginning with `from`; or backwards, beginning with the newest up to `from`.
   * @param maxCharacters of their data; the event that exceeds them is the last, unless it is the first
   */
  readHistory(
    from: number | undefined,
    limit: number,
    reverse: boolean,
    maxCharacters: number = Infinity,
  ): readonly HistoryEvent[] {
    const events: HistoryEvent[] = [];
    let characters = 0;
    for (const segment of reverse ? this.#segmentsBackwards(from) : this.#segmentsForwards(from ?? 1)) {
      for (const event of reverse ? segment.toReversed() : segment) {
        if (from !== undefined && (reverse ? event.id > from : event.id < from)) continue;
        events.push(event);
        characters += charactersOf(event);
        if (events.length === limit || (events.length > 1 && characters > maxCharacters)) return events;
      }
    }
    return events;
  }

  /** All events of those types, oldest first; no more than a segment is held in memory. */
  *eventsOf(types: ReadonlySet<HistoryEventType>): Generator<HistoryEvent> {
    for (const segment of this.#segmentsForwards(1)) {
      for (const event of segment) if (types.has(event.type)) yield event;
    }
  }

  *#segmentsForwards(from: number): Generator<readonly HistoryEvent[]> {
    if (from < this.#tailFrom) {
      const start = this.#segmentHolding(from) ?? HISTORY;
      for (const [key] of this.#storage.kv.list({ prefix: HISTORY, start })) yield this.#segment(key);
    }
    yield this.#tailEvents();
  }

  *#segmentsBackwards(from: number | undefined): Generator<readonly HistoryEvent[]> {
    yield this.#tailEvents();
    const end = from === undefined ? {} : { end: historyKey(from + 1) };
    for (const [key] of this.#storage.kv.list({ prefix: HISTORY, reverse: true, ...end })) yield this.#segment(key);
  }

  #segmentHolding(id: number): string | undefined {
    for (const [key] of this.#storage.kv.list({ prefix: HISTORY, end: historyKey(id + 1), reverse: true })) {
      if (isTextKey(key)) return key;
    }
    return undefined;
  }

  #segment(key: string): readonly HistoryEvent[] {
    return !isTextKey(key) ? [] : (JSON.parse(this.#rows.get(key) ?? "[]") as HistoryEvent[]);
  }

  #tailEvents(): readonly HistoryEvent[] {
    return JSON.parse(`[${this.#tail.join(",")}]`) as HistoryEvent[];
  }

  #putState(execution: Execution, driver: () => unknown): void {
    const head = headText(execution);
    const isApart = head.length > MAX_ROW_CHARACTERS;
    if (isApart) this.#rows.put(HEAD, head);
    else if (this.#isHeadApart) this.#rows.delete(HEAD);
    this.#isHeadApart = isApart;
    const row = (): StateRow => ({
      version: SNAPSHOT_VERSION,
      ...(!isApart && { head }),
      ...this.#branches.packed,
      tail: this.#tail.join(","),
      tailFrom: this.#tailFrom,
      driver: driver(),
    });
    this.#rows.putRow(STATE, row);
  }

  #appendHistory(events: readonly HistoryEvent[]): void {
    for (const event of events) this.#tail.push(JSON.stringify(event));
    let size = 0;
    for (const text of this.#tail) size += text.length;
    if (size <= MAX_TAIL_CHARACTERS) return;
    let segment: string[] = [];
    let length = 0;
    for (const text of this.#tail) {
      if (segment.length > 0 && length + text.length > MAX_ROW_CHARACTERS) {
        this.#putSegment(segment);
        segment = [];
        length = 0;
      }
      segment.push(text);
      length += text.length + 1;
    }
    this.#putSegment(segment);
    this.#tail = [];
  }

  #putSegment(segment: readonly string[]): void {
    this.#rows.put(historyKey(this.#tailFrom), `[${segment.join(",")}]`);
    this.#tailFrom += segment.length;
  }
}

function historyKey(firstEventId: number): string {
  return HISTORY + String(firstEventId).padStart(8, "0");
}
