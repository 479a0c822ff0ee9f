/** What D1 and Durable Objects throw when they are out of reach for a moment. */

/** Whether D1 or a Durable Object was out of reach, out of breath or out of room: the caller may try again, nothing here is broken. */
export function isOutage(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (OUTAGE_FLAGS.some((flag) => Reflect.get(error, flag) === true)) return true;
  return OUTAGE_MESSAGE.test(error.message);
}

/** Whether one object was asked more often than it can answer. Asking again at once would make it worse. */
export function isOverload(error: unknown): boolean {
  return error instanceof Error && Reflect.get(error, "overloaded") === true;
}

/** What the platform sets on errors of Durable Object calls. */
const OUTAGE_FLAGS = ["retryable", "overloaded", "durableObjectReset"] as const;

/** "internal error; reference = …" is how the platform words whatever went wrong in itself, such as a commit that found no room. */
const OUTAGE_MESSAGE =
  /network connection lost|overloaded|reset because|and was reset|storage operation exceeded timeout|storage caused object to be reset|transient issue|internal error; reference =|D1_ERROR: internal error|SQLITE_FULL|exceeded maximum DB size|does not implement the method|^stored by a newer version/iu;

/** Whether an object has no room for what was to be written: it holds 10 GB. */
export function isStorageFull(error: unknown): boolean {
  return error instanceof Error && /SQLITE_FULL|database or disk is full|exceeded maximum DB size/u.test(error.message);
}
