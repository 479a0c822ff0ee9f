/**
 * Which invocation works on which chunk, as far as this instance of a Map Run's object knows. In memory only: what is lost
 * with it is found out by waiting.
 */

/** How long after a sending an invocation should have asked for the chunk. */
const SENT_MS = 60_000;
/** How long after its last word an invocation is taken to live. */
const CLAIMED_MS = 30_000;
interface Claim {
  readonly until: number;
  /** Absent: nobody has asked for the chunk yet, or whoever works on it has not been heard of. */
  readonly by?: string;
  /** Standard children that may have been begun. */
  readonly granted: number;
  /** It was sent, and nobody has asked for it. */
  readonly isUnasked?: true;
}

export class ChunkClaims {
  readonly #claims: Map<number, Claim> = new Map();

  /** Until then somebody may be at work on these. */
  expect(chunks: readonly number[], until: number): void {
    for (const chunk of chunks) this.#claims.set(chunk, { until, granted: 0 });
  }

  sent(chunk: number, now: number): void {
    this.#claims.set(chunk, { until: now + SENT_MS, granted: 0, isUnasked: true });
  }

  /** Whether that invocation may have the chunk. */
  isFree(chunk: number, by: string, now: number): boolean {
    const claim = this.#claims.get(chunk);
    return claim?.by === undefined || claim.by === by || claim.until <= now;
  }

  claim(chunk: number, by: string, granted: number, now: number): void {
    this.#claims.set(chunk, { until: now + CLAIMED_MS, by, granted });
  }

  /** Answers whether the chunk is that invocation's. */
  renew(chunk: number, by: string, now: number): boolean {
    const claim = this.#claims.get(chunk);
    if (claim === undefined || (claim.by !== undefined && claim.by !== by)) return false;
    this.#claims.set(chunk, { granted: claim.granted, by, until: now + CLAIMED_MS });
    return true;
  }

  release(chunk: number): void {
    this.#claims.delete(chunk);
  }

  clear(): void {
    this.#claims.clear();
  }

  /** Expects nothing any more of those whose time is over; answers those that nobody has asked for. */
  forget(now: number): ReadonlySet<number> {
    const unasked = new Set<number>();
    for (const [chunk, { until, isUnasked }] of this.#claims) {
      if (until > now) continue;
      this.#claims.delete(chunk);
      if (isUnasked) unasked.add(chunk);
    }
    return unasked;
  }

  /** Whether nobody is expected to answer for the chunk. */
  isIdle(chunk: number): boolean {
    return !this.#claims.has(chunk);
  }

  /** Of the places that wait in a chunk, those that an invocation runs. */
  begun(chunk: number, waiting: readonly number[], parallel: number): readonly number[] {
    return this.#claims.get(chunk)?.by === undefined ? [] : waiting.slice(0, parallel);
  }

  /** Standard children that may have been begun and are not known to run. */
  get granted(): number {
    return [...this.#claims.values()].reduce((sum, { granted }) => sum + granted, 0);
  }

  /** When the first claim runs out. */
  next(): number | undefined {
    return this.#claims.size === 0 ? undefined : Math.min(...[...this.#claims.values()].map(({ until }) => until));
  }
}
