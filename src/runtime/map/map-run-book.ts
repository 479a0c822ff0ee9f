/** What a Map Run's object knows of it: its rows, and the same in memory. Memory changes when the rows have. */
import {
  addChunk,
  end,
  isAwaited,
  noteStarted,
  settle,
  type MapRunEnding,
  type MapRunLedger,
} from "../../engine/map-run-ledger.ts";
import type { LoadedMapRun } from "./loaded-map-run.ts";
import type { ReadChunks } from "./map-run-reading.ts";
import type { ChildOutcome } from "./map-run-rpc.ts";
import type { MapRunState, MapRunStore } from "./map-run-store.ts";
import { MapRunMeter } from "./map-run-usage.ts";

export class MapRunBook {
  readonly meter: MapRunMeter;
  readonly #store: MapRunStore;
  #run: LoadedMapRun | undefined;
  #state: MapRunState | undefined;

  constructor(store: MapRunStore) {
    this.#store = store;
    this.meter = new MapRunMeter(() => store.rowsWritten);
  }

  get isOpen(): boolean {
    return this.#state !== undefined;
  }

  open(run: LoadedMapRun, state: MapRunState): void {
    this.meter.restore(state.usage);
    this.#run = run;
    this.#state = state;
  }

  /** All rows have been deleted. */
  close(): void {
    this.#state = undefined;
  }

  get current(): MapRunState {
    if (this.#state === undefined) throw new Error("Defect: the Map Run is not loaded");
    return this.#state;
  }

  get run(): LoadedMapRun {
    if (this.#run === undefined) throw new Error("Defect: the Map Run is not loaded");
    return this.#run;
  }

  put(state: MapRunState): void {
    const { expecting: _expecting, failingSince: _failing, ...changed } = state;
    this.#put(changed);
  }

  /** Says until when invocations of a lost instance's are expected. Were it in memory only, an eviction would begin it anew. */
  expect(until: number): void {
    this.#put({ ...this.current, expecting: until });
  }

  /** Notes, once, that it cannot go on: how long to wait before it is tried again depends on it. */
  failing(since: number): void {
    if (this.current.failingSince === undefined) this.#put({ ...this.current, failingSince: since });
  }

  /** As the rows have it, where a change of them has failed. */
  reopen(): void {
    this.#state = this.#store.readState();
  }

  #put(state: MapRunState): void {
    const counted = { ...state, usage: this.meter.toStore() };
    this.#store.putState(counted);
    this.#state = counted;
  }

  /** All of it, or nothing: then the rows are read again. */
  commit(work: () => void): void {
    try {
      this.#store.write(work);
    } catch (error) {
      this.#state = undefined;
      throw error;
    }
  }

  putLedger(ledger: MapRunLedger): void {
    this.put({ ...this.current, ledger });
  }

  /** Begins no child any more. */
  end(ending: MapRunEnding): void {
    const { ledger, ended } = this.current;
    if (ended === undefined && ledger.ending === undefined) this.putLedger(end(ledger, ending));
  }

  addChunks({ chunks, itemsRead, rest, position, isRead }: ReadChunks): void {
    const { position: _before, ...state } = this.current;
    let { ledger } = state;
    const first = ledger.chunks;
    for (const { children } of chunks) {
      const items = children.reduce((sum, child) => sum + child.length, 0);
      ledger = addChunk(ledger, children.length, items);
    }
    this.commit(() => {
      for (const [i, chunk] of chunks.entries()) this.#store.putChunk(first + i, chunk);
      const place = { itemsRead, rest, ...(position !== undefined && { position }) };
      this.put({ ...state, ...place, ledger: { ...ledger, isRead } });
    });
  }

  /** Notes the outcomes that are awaited, and the Standard children that run. */
  note(chunk: number, outcomes: readonly ChildOutcome[], started: readonly number[]): void {
    const state = this.current;
    const items = this.#itemCounts(chunk, outcomes);
    let ledger = noteStarted(state.ledger, chunk, started);
    const noted: ChildOutcome[] = [];
    for (const outcome of outcomes) {
      if (!isAwaited(ledger, chunk, outcome.position)) continue;
      const { position, status } = outcome;
      ledger = settle(ledger, { chunk, position, status, items: items.get(position) ?? 1 });
      noted.push(outcome);
    }
    if (ledger === state.ledger) return;
    this.commit(() => {
      const reports = noted.length === 0 ? state.reports : this.#store.putOutcomes(chunk, noted, state.reports);
      this.put({ ...state, ledger, reports });
    });
  }

  /** How many items each child has; without batches it is one. */
  #itemCounts(chunk: number, outcomes: readonly ChildOutcome[]): ReadonlyMap<number, number> {
    if (this.run.context.order.batch === undefined || outcomes.length === 0) return new Map();
    const { children } = this.#store.chunk(chunk);
    return new Map(outcomes.map(({ position }) => [position, children[position]?.length ?? 0]));
  }

  /** How many children the chunk has. */
  sizeOf(chunk: number): number {
    return this.#store.chunk(chunk).children.length;
  }

  /** The places of the children that succeeded before a redrive. */
  succeededIn(chunk: number): readonly number[] {
    if (this.current.ledger.epoch === 0) return [];
    const outcomes = [...this.#store.outcomes(chunk).values()];
    return outcomes.filter(({ status }) => status === "SUCCEEDED").map(({ position }) => position);
  }
}
