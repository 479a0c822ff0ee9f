/** What a run must not find, by kind. A run is good where every list is empty. */
export const KINDS = [
  /** Acknowledged, and not there, or not run. */
  "lost",
  /** Still runs when nothing is left to happen. */
  "stuck",
  /** A transition, an end or a child that is there twice. */
  "duplicated",
  /** Ids of a history that do not follow. */
  "gaps",
  /** Something else than the start was acknowledged and is not to be found. */
  "absent",
  /** Times of a history that go back. */
  "times",
  /** Calls of one attempt with different keys, or of different attempts with the same. */
  "keys",
  /** The index shows something else than the execution. */
  "index",
  /** An answer that no client can do anything with. */
  "untyped",
  /** An outcome that the workflow does not have. */
  "wrong",
] as const;
export type Kind = (typeof KINDS)[number];

export class Findings {
  readonly #found: Map<Kind, string[]> = new Map();

  add(kind: Kind, what: string): void {
    const list = this.#found.get(kind) ?? [];
    list.push(what);
    this.#found.set(kind, list);
  }

  count(kind: Kind): number {
    return this.#found.get(kind)?.length ?? 0;
  }

  get total(): number {
    return KINDS.reduce((sum, kind) => sum + this.count(kind), 0);
  }

  /** How many of each kind. */
  get counts(): Readonly<Record<Kind, number>> {
    return Object.fromEntries(KINDS.map((kind) => [kind, this.count(kind)])) as Record<Kind, number>;
  }

  /** The first few of each kind, in words. */
  get examples(): readonly string[] {
    return KINDS.flatMap((kind) => (this.#found.get(kind) ?? []).slice(0, 3).map((what) => `${kind}: ${what}`));
  }
}
