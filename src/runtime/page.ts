/** Pages of lists that go by one key. */

/** A page and the key after which the next one begins. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly lastKey?: string;
}

/** Of rows read with a limit of one more than the page holds: that row says whether there is a next page. */
export function pageOf<T>(rows: readonly T[], limit: number, keyOf: (row: T) => string): Page<T> {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return rows.length > limit && last !== undefined ? { items, lastKey: keyOf(last) } : { items };
}
