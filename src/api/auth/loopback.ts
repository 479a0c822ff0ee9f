/** This machine's own address, as a URL names it. */
const LOCAL_HOST = /^(?:sync-)?(?:localhost|127\.0\.0\.1|\[::1\]|[\w-]+\.localhost)$/u;

/** The host is the caller's word: by itself it must open nothing. */
export function isLoopback(url: string): boolean {
  return LOCAL_HOST.test(new URL(url).hostname);
}
