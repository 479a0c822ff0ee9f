/** Chance that a seed repeats: Mulberry32. */
export interface Random {
  /** In [0, 1). */
  draw(): number;
  /** Whether something of that probability happens. */
  hits(probability: number): boolean;
  /** A whole number from 0 to below `count`. */
  below(count: number): number;
}

export function randomOf(seed: number): Random {
  let state = seed >>> 0;
  const draw = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let x = state;
    x = Math.imul(x ^ (x >>> 15), x | 1);
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61);
    return ((x ^ (x >>> 14)) >>> 0) / 4_294_967_296;
  };
  return { draw, hits: (probability) => draw() < probability, below: (count) => Math.floor(draw() * count) };
}
