/** What is said of one part of the surface, and the tests that show it. */

export type State = "done" | "differs" | "not yet";

/** One test, or all tests of a `describe`, in a file below `test`. */
export interface Evidence {
  /** Such as `engine/map`. */
  readonly file: string;
  /** The title as written, with those of the suites around it. */
  readonly title: string;
}

export interface Claim {
  readonly state: State;
  /** What differs and why, what happens instead, or what else there is to know. */
  readonly note?: string;
  readonly tests: readonly Evidence[];
  /** What each of the tests must name, where that is not the entry's own name. */
  readonly word?: string;
}

/** The claims of a table by name; the id of an entry is the table's prefix and its name. */
export interface Table {
  readonly title: string;
  readonly prefix: string;
  /** The head of the first column. */
  readonly what: string;
  readonly claims: Readonly<Record<string, Claim>>;
  /** Which query languages have it, by name; empty where both or neither. */
  readonly languages?: Readonly<Record<string, string>>;
}

export interface Chapter {
  readonly title: string;
  readonly about?: string;
  readonly tables: readonly Table[];
}

export const done = (...tests: readonly Evidence[]): Claim => ({ state: "done", tests });
export const differs = (note: string, ...tests: readonly Evidence[]): Claim => ({ state: "differs", note, tests });
export const notYet = (note: string, ...tests: readonly Evidence[]): Claim => ({ state: "not yet", note, tests });

/** The claim, with a word on it. */
export const noting = (note: string, claim: Claim): Claim => ({ ...claim, note });

/** The claim, whose tests must name that word. */
export const naming = (word: string, claim: Claim): Claim => ({ ...claim, word });

/** The tests of one file, by title. */
export const testsIn =
  (file: string) =>
  (title: string): Evidence => ({ file, title });

/** The same claim for each of the names. */
export function each<Name extends string>(names: readonly Name[], claim: Claim): Record<Name, Claim> {
  return Object.fromEntries(names.map((name) => [name, claim])) as Record<Name, Claim>;
}
