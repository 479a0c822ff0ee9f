/** What D1 and Durable Objects throw when they are out of reach for a moment. */

/** Whether D1 or a Durable Object was out of reach or out of breath: the caller may try again, nothing here is broken. */
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

const OUTAGE_MESSAGE =
  /network connection lost|overloaded|reset because|storage operation exceeded timeout|storage caused object to be reset|transient issue|D1_ERROR: internal error|does not implement the method/iu;

/** Whether an object has no room for what was to be written: it holds 10 GB. */
export function isStorageFull(error: unknown): boolean {
  return error instanceof Error && /SQLITE_FULL|database or disk is full/u.test(error.message);
}
