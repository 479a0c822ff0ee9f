/** Java's `java.util.Random`: the same seed gives the same numbers as there. */

const MULTIPLIER = 0x5deece66dn;
const MASK = (1n << 48n) - 1n;
const TWO_31 = 2 ** 31;

export class JavaRandom {
  #state: bigint;

  /** @param seed an integer, of which the low 48 bits count */
  constructor(seed: number) {
    this.#state = (BigInt(seed) ^ MULTIPLIER) & MASK;
  }

  /** An integer in [start, end), both of 32 bits. */
  between(start: number, end: number): number {
    const bound = end - start;
    if (bound < TWO_31) return start + this.#below(bound);
    // Too wide for a 32-bit bound: Java draws whole integers until one fits.
    for (;;) {
      const value = Number(BigInt.asIntN(32, this.#next(32)));
      if (value >= start && value < end) return value;
    }
  }

  /** In [0, 1). */
  nextDouble(): number {
    const high = this.#next(26);
    return Number((high << 27n) + this.#next(27)) / 2 ** 53;
  }

  #below(bound: number): number {
    const isPowerOfTwo = Number.isInteger(Math.log2(bound));
    if (isPowerOfTwo) return Number((BigInt(bound) * this.#next(31)) >> 31n);
    for (;;) {
      const bits = Number(this.#next(31));
      const value = bits % bound;
      // The last, incomplete stretch of 31-bit numbers would favor small values.
      if (bits - value + (bound - 1) < TWO_31) return value;
    }
  }

  #next(bits: number): bigint {
    this.#state = (this.#state * MULTIPLIER + 11n) & MASK;
    return this.#state >> BigInt(48 - bits);
  }
}
