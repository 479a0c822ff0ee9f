/** The globals that the sources use, led by the world that lives just now: its clock, its timers, its randomness. */
import { createHash } from "node:crypto";
import type { Dice } from "../engine/simulated-machine.ts";
import type { Platform } from "./platform.ts";

export interface Led {
  readonly platform: Platform;
  /** For everything random in the sources. */
  readonly entropy: Dice;
  /** What is logged as an error. */
  hearError(line: readonly unknown[]): void;
}

const RealDate = globalThis.Date;
let led: Led | undefined;
/** Promises of the real WebCrypto that are open: their results come from other threads. */
let underWay = 0;

export const cryptoIsAtWork = (): boolean => underWay > 0;

export function lead(world: Led | undefined): void {
  led = world;
}

function current(): Led {
  if (led === undefined) throw new Error("no world lives");
  return led;
}

/** Replaces them for good; to be called once, in a process that does nothing else. */
export function takeGlobals(): void {
  class LedDate extends RealDate {
    constructor(...given: readonly unknown[]) {
      super(...((given.length === 0 ? [current().platform.clock] : given) as [number]));
    }
    static override now(): number {
      return led === undefined ? RealDate.now() : led.platform.clock;
    }
  }
  const setTimer = (happen: () => void, milliseconds = 0): object => {
    const timer = { isOver: false };
    current().platform.plan(milliseconds, "timer", () => {
      if (!timer.isOver) happen();
    });
    return timer;
  };
  const clearTimer = (timer: { isOver: boolean } | undefined): void => {
    if (timer !== undefined) timer.isOver = true;
  };
  const replaced = {
    Date: LedDate,
    setTimeout: setTimer,
    clearTimeout: clearTimer,
    scheduler: { wait: (milliseconds: number) => current().platform.sleep(milliseconds) },
    crypto: ledCrypto(globalThis.crypto),
  };
  for (const [name, value] of Object.entries(replaced)) {
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  }
  Math.random = () => current().entropy.roll();
  console.error = (...line) => led?.hearError(line);
}

function ledCrypto({ subtle }: typeof globalThis.crypto): object {
  const hex = (digits: number): string =>
    Array.from({ length: digits }, () => current().entropy.between(0, 15).toString(16)).join("");
  const slow = new Proxy(subtle, {
    get: (target, name) => {
      const method = Reflect.get(target, name) as (...args: readonly unknown[]) => Promise<unknown>;
      return async (...args: readonly unknown[]): Promise<unknown> => {
        underWay += 1;
        try {
          return await method.apply(target, [...args]);
        } finally {
          underWay -= 1;
        }
      };
    },
  });
  return {
    getRandomValues: <T extends Uint8Array | Uint32Array>(array: T): T => {
      const words = array.BYTES_PER_ELEMENT === 4 ? 2 ** 32 : 256;
      for (let i = 0; i < array.length; i++) array[i] = Math.floor(current().entropy.roll() * words);
      return array;
    },
    randomUUID: () => `${hex(8)}-${hex(4)}-4${hex(3)}-a${hex(3)}-${hex(12)}`,
    subtle: new Proxy(slow, {
      get: (target, name) =>
        name === "digest"
          ? async (algorithm: string, data: Uint8Array): Promise<ArrayBuffer> =>
              new Uint8Array(createHash(algorithm.replace("-", "").toLowerCase()).update(data).digest()).buffer
          : Reflect.get(target, name),
    }),
  };
}
