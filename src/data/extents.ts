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

  constructor(maxDepth: number, tooDeep: () => never) {
    this.#maxDepth = maxDepth;
    this.#tooDeep = tooDeep;
  }

  of(value: unknown): Extent {
    return this.#of(value, 0);
  }

  #of(value: unknown, above: number): Extent {
    if (typeof value === "string") return { size: value.length + 2, depth: 0, items: 0 };
    if (typeof value !== "object" || value === null || isFunctionValue(value)) return SCALAR;
    const known = this.#known.get(value);
    if (known !== undefined && above + known.depth <= this.#maxDepth) return known;
    if (above > this.#maxDepth) this.#tooDeep();
    let size = 2;
    let depth = 0;
    let items = 0;
    const add = (member: unknown): void => {
      const extent = this.#of(member, above + 1);
      size += extent.size + 1;
      depth = Math.max(depth, extent.depth);
      items += 1 + extent.items;
    };
    if (Array.isArray(value)) value.forEach(add);
    else {
      for (const [key, member] of Object.entries(value)) {
        size += key.length + 3;
        add(member);
      }
    }
    const extent = { size, depth: depth + 1, items: Array.isArray(value) ? items : 0 };
    this.#known.set(value, extent);
    return extent;
  }
}

const SCALAR: Extent = { size: 5, depth: 0, items: 0 };

/** What JSONata takes for a function. */
export function isFunctionValue(value: unknown): boolean {
  if (typeof value === "function") return true;
  if (typeof value !== "object" || value === null) return false;
  return "_jsonata_function" in value || "_jsonata_lambda" in value;
}
