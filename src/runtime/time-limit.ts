/** Work that is given up when it takes too long. */

/**
 * Does the work with a signal that aborts after that time.
 *
 * Not AbortSignal.timeout: its timer would keep an object in memory, and billed, long after the work is done.
 */
export async function withinTime<T>(milliseconds: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), milliseconds);
  try {
    return await work(limit.signal);
  } finally {
    clearTimeout(timer);
  }
}
