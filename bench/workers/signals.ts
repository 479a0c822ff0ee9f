/** Signals inside the Worker's one local isolate: what runs in an object tells the loop that it is about to end. */

const waiting = new Map<string, () => void>();

/** Resolves when that name is signaled. To be called before the signal can come. */
export async function signaled(name: string): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  waiting.set(name, () => resolve(undefined));
  await promise;
}

export function signal(name: string): void {
  waiting.get(name)?.();
  waiting.delete(name);
}
