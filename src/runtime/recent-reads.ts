/**
 * What was read of the catalogue a moment ago, per isolate: a state machine that is called often costs no query.
 *
 * R1. Nobody gets what was read longer than MAX_AGE_MS ago. AWS promises no more: calls within a few seconds after an update
 *     may still run the former definition. An isolate that changes something forgets all it has read.
 * R2. Values are kept, never promises: a query belongs to the request that began it.
 */
export const MAX_AGE_MS = 3_000;
const MAX_ENTRIES = 100;
/** Larger definitions are read each time, so that the isolate's memory stays with the executions. */
const MAX_DEFINITION_CHARACTERS = 131_072;

interface Entry {
  readonly value: object;
  readonly readAt: number;
}

const known: WeakMap<D1Database, Map<string, Entry>> = new WeakMap();

/** What the read of that key gives, or gave up to MAX_AGE_MS ago. @param now epoch milliseconds */
export async function readRecently<T extends object>(
  db: D1Database,
  now: number,
  key: string,
  read: () => Promise<T | undefined>,
): Promise<T | undefined> {
  const entries = known.get(db) ?? new Map<string, Entry>();
  known.set(db, entries);
  const entry = entries.get(key);
  if (entry !== undefined && now - entry.readAt <= MAX_AGE_MS) return entry.value as T;
  entries.delete(key);
  const value = await read();
  if (value === undefined || isLarge(value)) return value;
  const oldest = entries.size < MAX_ENTRIES ? undefined : entries.keys().next().value;
  if (oldest !== undefined) entries.delete(oldest);
  entries.set(key, { value, readAt: now });
  return value;
}

/** Something was changed or deleted. */
export function forgetReads(db: D1Database): void {
  known.delete(db);
}

function isLarge(value: object): boolean {
  return "definition" in value && String(value.definition).length > MAX_DEFINITION_CHARACTERS;
}
