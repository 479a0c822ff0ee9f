/** What waits for nothing outside: it settles before the platform turns to anything else, or never. */

/**
 * What the core computes, which evaluates expressions asynchronously but waits for nothing. Should a value ever pass for a
 * promise that nobody keeps, the turn would be waited for until the object is thrown away, and then once more: it fails here.
 *
 * @throws Error where it is still not settled when the platform turns to its next task
 */
export async function atOnce<T>(computed: Promise<T>): Promise<T> {
  const { promise: never, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error("an expression waits for what will never come")), 0);
  try {
    return await Promise.race([computed, never]);
  } finally {
    clearTimeout(timer);
  }
}
