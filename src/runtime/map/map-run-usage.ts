/** What a Map Run has spent so far. It is stored with the state, in the row that is written anyway. */
import type { MapRunUsage } from "./map-run-rpc.ts";

export const NO_MAP_RUN_USAGE: MapRunUsage = { rowsWritten: 0, objectRequests: 0, queueMessages: 0, alarmsSet: 0 };

export class MapRunMeter {
  /** Rows written by this instance so far. */
  readonly #rowsWritten: () => number;
  #rowsStored: number;
  /** As the state's row has it. */
  #stored: MapRunUsage = NO_MAP_RUN_USAGE;
  /** Since that row was written, rows aside. */
  #since: MapRunUsage = NO_MAP_RUN_USAGE;

  constructor(rowsWritten: () => number) {
    this.#rowsWritten = rowsWritten;
    this.#rowsStored = rowsWritten();
  }

  get usage(): MapRunUsage {
    const rows = { ...NO_MAP_RUN_USAGE, rowsWritten: this.#rowsWritten() - this.#rowsStored };
    return sum(sum(this.#stored, this.#since), rows);
  }

  /** An RPC call, or the alarm. */
  countRequest(): void {
    this.#since = sum(this.#since, { ...NO_MAP_RUN_USAGE, objectRequests: 1 });
  }

  countMessages(queueMessages: number): void {
    this.#since = sum(this.#since, { ...NO_MAP_RUN_USAGE, queueMessages });
  }

  /** An alarm that is set is a row. */
  countAlarm(): void {
    this.#since = sum(this.#since, { ...NO_MAP_RUN_USAGE, alarmsSet: 1, rowsWritten: 1 });
  }

  /** What an earlier instance has stored. */
  restore(stored: MapRunUsage): void {
    this.#stored = stored;
  }

  /** For the state's row, which is about to be written: it counts itself. */
  toStore(): MapRunUsage {
    this.#stored = sum(this.usage, { ...NO_MAP_RUN_USAGE, rowsWritten: 1 });
    this.#since = NO_MAP_RUN_USAGE;
    this.#rowsStored = this.#rowsWritten() + 1;
    return this.#stored;
  }
}

function sum(one: MapRunUsage, other: MapRunUsage): MapRunUsage {
  return {
    rowsWritten: one.rowsWritten + other.rowsWritten,
    objectRequests: one.objectRequests + other.objectRequests,
    queueMessages: one.queueMessages + other.queueMessages,
    alarmsSet: one.alarmsSet + other.alarmsSet,
  };
}
