/**
 * How large values are when written out, and how deep.
 *
 * A value shares its parts with others, so little memory can stand for a huge one. Known parts are not measured again.
 */
export interface Extent {
  /** Characters of JSON, roughly. */
  readonly size: number;
  readonly depth: number;
  /** Items of an array and of the arrays directly in it, as far down as these go. */
  readonly items: number;
}

export class Extents {
  readonly #known: WeakMap<object, Extent> = new WeakMap();
  readonly #maxDepth: number;
  readonly #tooDeep: () => never;
  readonly #isFunction: (value: object) => boolean;

  /** @param isFunction what is not looked into; no value of JSON is a function, whatever its members are called */
  constructor(maxDepth: number, tooDeep: () => never, isFunction: (value: object) => boolean = () => false) {
    this.#maxDepth = maxDepth;
    this.#tooDeep = tooDeep;
    this.#isFunction = isFunction;
  }

  of(value: unknown): Extent {
    return this.#of(value, 0);
  }

  #of(value: unknown, above: number): Extent {
    if (typeof value === "string") return { size: value.length + 2, depth: 0, items: 0 };
    if (typeof value !== "object" || value === null || this.#isFunction(value)) return SCALAR;
    const known = this.#known.get(value);
    if (known !== undefined && above + known.depth <= this.#maxDepth) return known;
    if (above > this.#maxDepth) this.#tooDeep();
    const isArray = Array.isArray(value);
    let size = 2;
    let depth = 0;
    let items = 0;
    // Without a function for each member: most of what is measured is small, and measured once.
    for (const key of isArray ? (value as unknown[]).keys() : Object.keys(value)) {
      const extent = this.#of((value as Record<string | number, unknown>)[key], above + 1);
      size += extent.size + 1 + (typeof key === "string" ? key.length + 3 : 0);
      if (extent.depth > depth) depth = extent.depth;
      items += 1 + extent.items;
    }
    const extent = { size, depth: depth + 1, items: isArray ? items : 0 };
    if (size > SMALL) this.#known.set(value, extent);
    return extent;
  }
}

/** Up to this size it is quicker to measure again than to remember. */
const SMALL = 256;
const SCALAR: Extent = { size: 5, depth: 0, items: 0 };
