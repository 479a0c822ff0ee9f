/**
 * The branches of an execution, by id: a persistent table.
 *
 * T1. Setting or deleting answers a new table and leaves the old one as it was; both share what did not change.
 * T2. The cost of a change grows with the depth of the tree (ids are counted from 0), not with the number of branches.
 */

const BITS = 5;
const WIDTH = 1 << BITS;
const MASK = WIDTH - 1;

type Node<T> = readonly (Node<T> | T | undefined)[];

export class BranchTable<T extends object> {
  readonly #root: Node<T>;
  /** How many levels of nodes lie above the leaves. */
  readonly #levels: number;

  private constructor(root: Node<T>, levels: number) {
    this.#root = root;
    this.#levels = levels;
  }

  static empty<T extends object>(): BranchTable<T> {
    return new BranchTable<T>([], 0);
  }

  get(id: number): T | undefined {
    if (id >= WIDTH ** (this.#levels + 1)) return undefined;
    let node: Node<T> | undefined = this.#root;
    for (let level = this.#levels; level > 0 && node !== undefined; level--) {
      node = node[(id >> (BITS * level)) & MASK] as Node<T> | undefined;
    }
    return node?.[id & MASK] as T | undefined;
  }

  set(id: number, value: T): BranchTable<T> {
    let [root, levels] = [this.#root, this.#levels];
    while (id >= WIDTH ** (levels + 1)) {
      root = [root];
      levels += 1;
    }
    return new BranchTable(assoc(root, levels, id, value), levels);
  }

  delete(id: number): BranchTable<T> {
    if (this.get(id) === undefined) return this;
    return new BranchTable(assoc(this.#root, this.#levels, id, undefined), this.#levels);
  }

  /** Every branch, in the order of their ids. */
  *values(): Generator<T> {
    yield* valuesOf(this.#root, this.#levels);
  }
}

function assoc<T extends object>(node: Node<T>, level: number, id: number, value: T | undefined): Node<T> {
  const copy = [...node];
  const slot = (id >> (BITS * level)) & MASK;
  copy[slot] = level === 0 ? value : assoc((copy[slot] as Node<T> | undefined) ?? [], level - 1, id, value);
  return copy;
}

function* valuesOf<T extends object>(node: Node<T>, level: number): Generator<T> {
  for (const child of node) {
    if (child === undefined) continue;
    if (level === 0) yield child as T;
    else yield* valuesOf(child as Node<T>, level - 1);
  }
}
