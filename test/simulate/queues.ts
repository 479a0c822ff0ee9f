/** A queue: at least once, in any order. One whose messages are hints may lose them as well, as a local one does. */
import { Actor, type Platform } from "./platform.ts";

export class Queue {
  readonly #name: string;
  readonly #platform: Platform;
  /** Whether what it has accepted may be lost. */
  readonly #mayLose: boolean;
  readonly #consume: (batch: unknown, env: unknown, ctx: unknown) => Promise<unknown>;

  constructor(
    name: string,
    platform: Platform,
    mayLose: boolean,
    consume: (batch: unknown, env: unknown, ctx: unknown) => Promise<unknown>,
  ) {
    this.#name = name;
    this.#platform = platform;
    this.#mayLose = mayLose;
    this.#consume = consume;
  }

  /** What an actor's `env` has of it. */
  binding(actor: Actor): object {
    const send = (bodies: readonly unknown[]): Promise<void> =>
      new Promise((resolve, reject) => {
        // It leaves when what was written before is committed.
        queueMicrotask(() => {
          if (actor.isAlive) this.#send(bodies, resolve, reject);
        });
      });
    return {
      send: (body: unknown) => send([body]),
      sendBatch: (batch: Iterable<{ readonly body: unknown }>) => send([...batch].map(({ body }) => body)),
    };
  }

  #send(bodies: readonly unknown[], resolve: () => void, reject: (error: Error) => void): void {
    const platform = this.#platform;
    platform.plan(platform.dice.between(0, 3), `sent to the ${this.#name} queue`, () => {
      const { dice, faults } = platform;
      if (dice.chance(faults.lostRequest)) {
        platform.fault("request lost");
        reject(new Error("Network: the queue was not reached"));
        return;
      }
      for (const body of bodies) this.#accept(body);
      resolve();
    });
  }

  #accept(body: unknown): void {
    const { dice, faults } = this.#platform;
    if (this.#mayLose && dice.chance(faults.lostMessage)) {
      this.#platform.fault("message lost");
      return;
    }
    this.#plan(body, 1);
    if (!dice.chance(faults.doubledMessage)) return;
    this.#platform.fault("message doubled");
    this.#plan(body, 1);
  }

  #plan(body: unknown, delivery: number): void {
    const { dice, faults } = this.#platform;
    const isHeldBack = dice.chance(faults.heldBackMessage);
    if (isHeldBack) this.#platform.fault("message held back");
    const inMs = isHeldBack ? dice.of([2_000, 15_000, 70_000]) : dice.between(1, 40);
    this.#platform.plan(inMs, `${this.#name} message ${delivery}`, () => this.#deliver(body, delivery));
  }

  #deliver(body: unknown, delivery: number): void {
    const worker = new Actor(`${this.#name} consumer`);
    worker.env = this.#platform.envOf(worker);
    this.#platform.workers.add(worker);
    const again = (): void => {
      if (!this.#mayLose || delivery < 3) this.#plan(body, delivery + 1);
    };
    const retry = ({ delaySeconds = 0 }: { readonly delaySeconds?: number } = {}): void =>
      this.#platform.plan(delaySeconds * 1000, "to be delivered once more", again);
    const message = { body, ack: () => undefined, retry, attempts: delivery };
    const over = (): void => void this.#platform.workers.delete(worker);
    worker.openCalls.add(() => {
      over();
      again();
    });
    const ctx = { waitUntil: (work: Promise<unknown>) => void work.catch(() => undefined) };
    this.#consume({ messages: [message], queue: this.#name }, worker.env, ctx).then(over, () => {
      over();
      if (worker.isAlive) again();
    });
  }
}
