/** What is going to happen, in the order of time; at the same moment in the order in which it was planned. */

export interface Planned {
  readonly at: number;
  readonly order: number;
  /** What it is, for a trace. */
  readonly what: string;
  readonly happen: () => void;
}

/** A binary heap. */
export class Agenda {
  readonly #heap: Planned[] = [];
  #planned = 0;

  get next(): Planned | undefined {
    return this.#heap[0];
  }

  get size(): number {
    return this.#heap.length;
  }

  plan(at: number, what: string, happen: () => void): void {
    const heap = this.#heap;
    const entry = { at, order: (this.#planned += 1), what, happen };
    let place = heap.push(entry) - 1;
    while (place > 0) {
      const above = (place - 1) >> 1;
      if (!isBefore(entry, heap[above] as Planned)) break;
      heap[place] = heap[above] as Planned;
      place = above;
    }
    heap[place] = entry;
  }

  take(): Planned | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    let place = 0;
    for (;;) {
      let below = 2 * place + 1;
      if (below >= heap.length) break;
      if (below + 1 < heap.length && isBefore(heap[below + 1] as Planned, heap[below] as Planned)) below += 1;
      if (!isBefore(heap[below] as Planned, last)) break;
      heap[place] = heap[below] as Planned;
      place = below;
    }
    heap[place] = last;
    return first;
  }
}

function isBefore(a: Planned, b: Planned): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}
