/**
 * What is there already is not waited for: only an evaluated expression makes a promise, and a chain of states that
 * evaluates none is one synchronous run. A promise for each of its steps would cost more than the steps.
 */
export type PromiseOrValue<T> = T | Promise<T>;

/** Goes on with the value: at once, or when it is there. */
export function andThen<T, R>(value: PromiseOrValue<T>, next: (value: T) => PromiseOrValue<R>): PromiseOrValue<R> {
  return value instanceof Promise ? value.then(next) : next(value);
}

/** Does the work, and goes on with what it throws, now or later. */
export function orElse<T>(
  work: () => PromiseOrValue<T>,
  caught: (thrown: unknown) => PromiseOrValue<T>,
): PromiseOrValue<T> {
  try {
    const done = work();
    return done instanceof Promise ? done.catch(caught) : done;
  } catch (thrown) {
    return caught(thrown);
  }
}
