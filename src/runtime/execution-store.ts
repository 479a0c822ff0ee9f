/**
 * The rows of one execution, in its object's key-value store.
 *
 * S1. `commit` is one transaction: snapshot and history of a turn are both there, or neither.
 * S2. A turn writes one row: the state row holds the head, the small branches and the newest history. A branch too large
 *     for it has its own row, and the newest history is moved to a segment row when it has grown.
 * S3. Reading writes nothing: an execution that was never started has no rows.
 * S4. Row size is free, up to 2 MB: a longer text is cut into parts.
 */
import type { HistoryEvent } from "../engine/history-event.ts";
import type { Branch, BranchId, Execution } from "../engine/execution.ts";
import { branchText, headText, parseBranch, parseHead, type ExecutionHead } from "../engine/snapshot.ts";
import { SNAPSHOT_VERSION } from "../engine/execution.ts";
import { charactersOf } from "./history-data.ts";
import type { Watcher } from "./execution-rpc.ts";

/** What the store asks of a platform; structural, so that the same rows can be tested without one. */
export interface KeyValueStorage {
  readonly kv: {
    get(key: string): unknown;
    put(key: string, value: unknown): void;
    delete(key: string): boolean;
    list(options: {
      readonly prefix: string;
      readonly start?: string;
      readonly end?: string;
      readonly reverse?: boolean;
      readonly limit?: number;
    }): Iterable<readonly [string, unknown]>;
  };
  transactionSync<T>(work: () => T): T;
}

/** Characters in one row: below 2 MB even where each takes two bytes. */
const MAX_ROW_CHARACTERS = 900_000;
/** A branch up to this size may live in the state row, as long as all of these together stay below the second figure. */
const MAX_PACKED_BRANCH = 16_384;
const MAX_PACKED_TOTAL = 49_152;
/** The newest history stays in the state row up to this size. */
const MAX_TAIL_CHARACTERS = 16_384;

const START = "start";
const STATE = "state";
/** The head, where its output is too large for the state row. */
const HEAD = "head";
const WATCHERS = "watchers";
const BRANCH = "branch/";
const HISTORY = "history/";

interface StateRow {
  readonly version: number;
  /** Absent: it has a row of its own. */
  readonly head?: string;
  readonly packed: readonly (readonly [BranchId, string])[];
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
  #packed: Map<BranchId, string> = new Map();
  #tail: string[] = [];
  #tailFrom = 1;
  #isHeadApart = false;
  #rowsWritten = 0;

  constructor(storage: KeyValueStorage) {
    this.#storage = storage;
  }

  /** Rows written by this instance so far: puts and deletes. */
  get rowsWritten(): number {
    return this.#rowsWritten;
  }

  /** What `start` was called with; undefined: there is no such execution. */
  readStart(): string | undefined {
    return this.#getText(START);
  }

  readSnapshot(): StoredSnapshot | undefined {
    const row = this.#storage.kv.get(STATE) as StateRow | undefined;
    if (row === undefined) return undefined;
    if (row.version !== SNAPSHOT_VERSION) throw new Error(`Defect: no migration from snapshot version ${row.version}`);
    this.#packed = new Map(row.packed);
    this.#tailFrom = row.tailFrom;
    this.#tail = (JSON.parse(`[${row.tail}]`) as HistoryEvent[]).map((event) => JSON.stringify(event));
    const branches = row.packed.map(([, text]) => parseBranch(text));
    for (const [key] of this.#storage.kv.list({ prefix: BRANCH })) {
      const text = key.includes("#") ? undefined : this.#getText(key);
      if (text !== undefined) branches.push(parseBranch(text));
    }
    this.#isHeadApart = row.head === undefined;
    return { head: parseHead(row.head ?? this.#getText(HEAD) ?? ""), branches, driver: row.driver };
  }

  /** @param driver called last, with all other rows of this commit counted */
  commit(turn: TurnRecord, driver: () => unknown, start?: string): void {
    const before = { packed: new Map(this.#packed), tail: [...this.#tail], tailFrom: this.#tailFrom };
    const wasHeadApart = this.#isHeadApart;
    try {
      this.#storage.transactionSync(() => {
        if (start !== undefined) this.#putText(START, start);
        for (const id of turn.changed) this.#putBranch(id, turn.execution.branches.get(id));
        this.#appendHistory(turn.history);
        this.#putState(turn.execution, driver);
      });
    } catch (error) {
      this.#packed = before.packed;
      this.#tail = before.tail;
      this.#tailFrom = before.tailFrom;
      this.#isHeadApart = wasHeadApart;
      throw error;
    }
  }

  /** Tasks of other executions that joined a running execution to wait for its end. */
  readWatchers(): readonly Watcher[] {
    return JSON.parse(this.#getText(WATCHERS) ?? "[]") as Watcher[];
  }

  addWatcher(watcher: Watcher): void {
    const watchers = this.readWatchers();
    if (watchers.some((x) => x.taskId === watcher.taskId && x.executionArn === watcher.executionArn)) return;
    this.#storage.transactionSync(() => this.#putText(WATCHERS, JSON.stringify([...watchers, watcher])));
  }

  /** All events, in bounded portions. */
  historySegments(): Iterable<readonly HistoryEvent[]> {
    return this.#segmentsForwards(1);
  }

  /** All rows have been deleted. */
  forget(): void {
    this.#packed = new Map();
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
      if (!key.includes("#")) return key;
    }
    return undefined;
  }

  #segment(key: string): readonly HistoryEvent[] {
    return key.includes("#") ? [] : (JSON.parse(this.#getText(key) ?? "[]") as HistoryEvent[]);
  }

  #tailEvents(): readonly HistoryEvent[] {
    return JSON.parse(`[${this.#tail.join(",")}]`) as HistoryEvent[];
  }

  #putState(execution: Execution, driver: () => unknown): void {
    const head = headText(execution);
    const isApart = head.length > MAX_ROW_CHARACTERS;
    if (isApart) this.#putText(HEAD, head);
    else if (this.#isHeadApart) this.#deleteText(HEAD);
    this.#isHeadApart = isApart;
    this.#rowsWritten += 1;
    const row: StateRow = {
      version: SNAPSHOT_VERSION,
      ...(!isApart && { head }),
      packed: [...this.#packed],
      tail: this.#tail.join(","),
      tailFrom: this.#tailFrom,
      driver: driver(),
    };
    this.#storage.kv.put(STATE, row);
  }

  #putBranch(id: BranchId, branch: Branch | undefined): void {
    const wasPacked = this.#packed.delete(id);
    const key = BRANCH + String(id).padStart(10, "0");
    if (branch === undefined) {
      if (!wasPacked) this.#deleteText(key);
      return;
    }
    const text = branchText(branch);
    let total = text.length;
    for (const other of this.#packed.values()) total += other.length;
    if (text.length <= MAX_PACKED_BRANCH && total <= MAX_PACKED_TOTAL) {
      if (!wasPacked) this.#deleteText(key);
      this.#packed.set(id, text);
    } else this.#putText(key, text);
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
    this.#putText(historyKey(this.#tailFrom), `[${segment.join(",")}]`);
    this.#tailFrom += segment.length;
  }

  #getText(key: string): string | undefined {
    const value = this.#storage.kv.get(key);
    if (typeof value !== "number") return value as string | undefined;
    let text = "";
    for (let part = 0; part < value; part++) text += this.#storage.kv.get(`${key}#${part}`) as string;
    return text;
  }

  #putText(key: string, text: string): void {
    if (this.#storage.kv.get(key) !== undefined && text.length > MAX_ROW_CHARACTERS) this.#deleteText(key);
    if (text.length <= MAX_ROW_CHARACTERS) {
      this.#deleteParts(key);
      this.#put(key, text);
      return;
    }
    const parts = Math.ceil(text.length / MAX_ROW_CHARACTERS);
    this.#put(key, parts);
    for (let part = 0; part < parts; part++) {
      this.#put(`${key}#${part}`, text.slice(part * MAX_ROW_CHARACTERS, (part + 1) * MAX_ROW_CHARACTERS));
    }
  }

  #deleteText(key: string): void {
    this.#deleteParts(key);
    if (this.#storage.kv.delete(key)) this.#rowsWritten += 1;
  }

  #deleteParts(key: string): void {
    const parts = this.#storage.kv.get(key);
    if (typeof parts !== "number") return;
    for (let part = 0; part < parts; part++) if (this.#storage.kv.delete(`${key}#${part}`)) this.#rowsWritten += 1;
  }

  #put(key: string, value: unknown): void {
    this.#storage.kv.put(key, value);
    this.#rowsWritten += 1;
  }
}

function historyKey(firstEventId: number): string {
  return HISTORY + String(firstEventId).padStart(8, "0");
}
