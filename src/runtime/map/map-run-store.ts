/**
 * The rows of one Map Run, in its object's key-value store.
 *
 * Q1. What is heard of at the same time is written at the same time: `write` is one transaction.
 * Q2. A chunk is one row, its outcomes are one row for each report: nothing is written per item.
 */
import type { Json } from "../../asl/json.ts";
import type { MapRunLedger, MapRunStatus } from "../../engine/map-run-ledger.ts";
import { isTextKey, TextRows, type KeyValueStorage } from "../text-rows.ts";
import type {
  ChildOutcome,
  ChunkItem,
  ChunkText,
  MapRunOutcome,
  MapRunPlan,
  MapRunRetireRequest,
  MapRunUsage,
} from "./map-run-rpc.ts";
import type { FilesPosition, ResultsPosition } from "./result-writer.ts";

/** What changes while the Map Run lives. */
export interface MapRunState {
  readonly ledger: MapRunLedger;
  readonly startedAt: number;
  /** Where the reader goes on. */
  readonly position?: Json;
  /** How many items there are so far. */
  readonly itemsRead: number;
  /** Items that do not fill a batch yet. */
  readonly rest: readonly ChunkItem[];
  /** How many rows of outcomes there are. */
  readonly reports: number;
  /** How many results the ResultWriter has written. */
  readonly resultsWritten: number;
  /** What was spent when this was written, its own row included. */
  readonly usage: MapRunUsage;
  /** An instance was lost: until then, epoch milliseconds, invocations that live should have said so. The next change drops it. */
  readonly expecting?: number;
  /** Since when, epoch milliseconds, it could not go on. The next change drops it. */
  readonly failingSince?: number;
  /** Absent: it runs. */
  readonly ended?: MapRunEnd;
  /** Its time is over: its children go, chunk by chunk, and then it does. */
  readonly retiring?: MapRunRetiring;
}

export interface MapRunRetiring extends MapRunRetireRequest {
  /** The first chunk whose children are still there. */
  readonly next: number;
}

export interface MapRunEnd {
  readonly status: Exclude<MapRunStatus, "RUNNING">;
  readonly stoppedAt: number;
  /** Whether the execution knows. */
  readonly isTold: boolean;
}

/** How far the results are written. */
export interface WritingPosition {
  readonly epoch: number;
  /** The first chunk that is not written. */
  readonly next: number;
  readonly files: ResultsPosition;
}

const PLAN = "plan";
const STATE = "state";
const OUTCOME = "outcome";
const WRITING = "writing";
/** The bytes of a file of results that are in no part yet, in rows: `rest/<status>/<number>`. */
const REST = "rest/";
const MAX_REST_BYTES = 1_900_000;
/** Characters of outcomes in one row. */
const MAX_REPORT_CHARACTERS = 900_000;

export class MapRunStore {
  readonly #storage: KeyValueStorage;
  readonly #rows: TextRows;

  constructor(storage: KeyValueStorage) {
    this.#storage = storage;
    this.#rows = new TextRows(storage);
  }

  get rowsWritten(): number {
    return this.#rows.written;
  }

  /** Undefined: there is no such Map Run. */
  readPlan(): MapRunPlan | undefined {
    return parsed(this.#rows.get(PLAN)) as MapRunPlan | undefined;
  }

  readState(): MapRunState | undefined {
    return parsed(this.#rows.get(STATE)) as MapRunState | undefined;
  }

  /** All of it, or nothing. */
  write(work: () => void): void {
    this.#storage.transactionSync(work);
  }

  putPlan(plan: MapRunPlan): void {
    this.#rows.put(PLAN, JSON.stringify(plan));
  }

  putState(state: MapRunState): void {
    this.#rows.put(STATE, JSON.stringify(state));
  }

  putChunk(number: number, chunk: ChunkText): void {
    this.#rows.put(chunkKey(number), JSON.stringify(chunk));
  }

  /** A ChunkText. */
  chunkText(number: number): string {
    const text = this.#rows.get(chunkKey(number));
    if (text === undefined) throw new Error(`Defect: no chunk ${number}`);
    return text;
  }

  chunk(number: number): ChunkText {
    return JSON.parse(this.chunkText(number)) as ChunkText;
  }

  /** Adds outcomes of one chunk. @param reports how many rows of outcomes there are; answers how many there are then */
  putOutcomes(chunk: number, outcomes: readonly ChildOutcome[], reports: number): number {
    let count = reports;
    let texts: string[] = [];
    let size = 0;
    const put = (): void => {
      if (texts.length > 0) this.#rows.put(outcomeKey(chunk, count++), `[${texts.join(",")}]`);
      texts = [];
      size = 0;
    };
    for (const outcome of outcomes) {
      const text = JSON.stringify(outcome);
      if (size + text.length > MAX_REPORT_CHARACTERS) put();
      texts.push(text);
      size += text.length;
    }
    put();
    return count;
  }

  /** The newest outcome of each child of the chunk that has one, by its place. */
  outcomes(chunk: number): ReadonlyMap<number, ChildOutcome> {
    const newest = new Map<number, ChildOutcome>();
    for (const [key] of this.#storage.kv.list({ prefix: `result/${padded(chunk)}/` })) {
      if (!isTextKey(key)) continue;
      for (const outcome of JSON.parse(this.#rows.get(key) ?? "[]") as ChildOutcome[])
        newest.set(outcome.position, outcome);
    }
    return newest;
  }

  /** Where nothing more can be written, rows can still be deleted: the outcomes of the last chunk that has any. */
  makeRoom(): void {
    const [last] = this.#storage.kv.list({ prefix: "result/", reverse: true, limit: 1 });
    const chunk = last?.[0].split("/")[1];
    if (chunk === undefined) return;
    const keys = Array.from(this.#storage.kv.list({ prefix: `result/${chunk}/` }), ([key]) => key);
    for (const key of keys) this.#storage.kv.delete(key);
  }

  putOutcome(outcome: MapRunOutcome): void {
    this.#rows.put(OUTCOME, JSON.stringify(outcome));
  }

  readWriting(): WritingPosition | undefined {
    const row = this.#storage.kv.get(WRITING) as WritingPosition | undefined;
    if (row === undefined) return undefined;
    const whole = ([status, { open, ...files }]: [string, FilesPosition]): [string, FilesPosition] => [
      status,
      open === undefined ? files : { ...files, open: { ...open, rest: this.#readRest(status) } },
    ];
    return { ...row, files: Object.fromEntries(Object.entries(row.files).map(whole)) as unknown as ResultsPosition };
  }

  /** All of it, or nothing. */
  putWriting({ files, ...position }: WritingPosition): void {
    this.write(() => {
      this.#deleteRest();
      for (const [status, { open }] of Object.entries(files)) this.#putRest(status, open?.rest);
      const without = ([status, { open, ...more }]: [string, FilesPosition]): [string, FilesPosition] => [
        status,
        open === undefined ? more : { ...more, open: { ...open, rest: NO_BYTES } },
      ];
      const row = { ...position, files: Object.fromEntries(Object.entries(files).map(without)) };
      this.#rows.putRow(WRITING, () => row);
    });
  }

  deleteWriting(): void {
    if (this.#storage.kv.get(WRITING) === undefined) return;
    this.#deleteRest();
    this.#rows.delete(WRITING);
  }

  #deleteRest(): void {
    const keys = Array.from(this.#storage.kv.list({ prefix: REST }), ([key]) => key);
    for (const key of keys) this.#rows.delete(key);
  }

  #putRest(status: string, rest: Uint8Array = NO_BYTES): void {
    for (let from = 0; from < rest.length; from += MAX_REST_BYTES) {
      this.#rows.putRow(`${REST}${status}/${padded(from)}`, () => rest.slice(from, from + MAX_REST_BYTES));
    }
  }

  #readRest(status: string): Uint8Array {
    const found = this.#storage.kv.list({ prefix: `${REST}${status}/` });
    const parts = Array.from(found, ([, bytes]) => bytes as Uint8Array);
    const rest = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const part of parts) {
      rest.set(part, at);
      at += part.length;
    }
    return rest;
  }

  readOutcome(): MapRunOutcome | undefined {
    return parsed(this.#rows.get(OUTCOME)) as MapRunOutcome | undefined;
  }
}

const NO_BYTES = new Uint8Array();

function parsed(text: string | undefined): unknown {
  return text === undefined ? undefined : JSON.parse(text);
}

function chunkKey(number: number): string {
  return `chunk/${padded(number)}`;
}

function outcomeKey(chunk: number, report: number): string {
  return `result/${padded(chunk)}/${padded(report)}`;
}

function padded(number: number): string {
  return String(number).padStart(8, "0");
}
