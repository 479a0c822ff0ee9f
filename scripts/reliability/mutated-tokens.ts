/** Task tokens that nobody was given: real ones altered in every way that somebody may think of, by chance from a seed. */
import { base64urlnopad } from "@scure/base";
import type { TaskId } from "../../src/engine/execution.ts";
import { createSealer, type Sealer } from "../../src/runtime/sealing.ts";
import { makeTaskToken, TASK_TOKEN_PREFIX } from "../../src/runtime/task-token.ts";

/** From 0 up to 1, the same for the same seed (mulberry32). */
export function chanceOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

type Mutation = (token: string, chance: () => number) => string;

const CHARACTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=+/ \n.\u00e9";
const OTHER_KEYS: Sealer = createSealer(btoa("\u0007".repeat(32)));

const pick = (chance: () => number, below: number): number => Math.floor(chance() * below);
const characterOf = (chance: () => number): string => CHARACTERS.charAt(pick(chance, CHARACTERS.length));
const sealedOf = (token: string): Uint8Array => base64urlnopad.decode(token.slice(TASK_TOKEN_PREFIX.length));
const tokenOf = (bytes: Uint8Array): string => TASK_TOKEN_PREFIX + base64urlnopad.encode(bytes);
const arnOf = (account: string, chance: () => number): string =>
  `arn:aws:states:us-east-1:${account}:execution:orders:run-${pick(chance, 1000)}`;

/** Every way, by its name. */
export function mutations(sealer: Sealer): Readonly<Record<string, Mutation>> {
  return {
    "a bit flipped": (token, chance) => {
      const bytes = sealedOf(token);
      const at = pick(chance, bytes.length);
      bytes[at] = (bytes[at] ?? 0) ^ (1 << pick(chance, 8));
      return tokenOf(bytes);
    },
    "some bytes drawn anew": (token, chance) => {
      const bytes = sealedOf(token);
      for (let n = 0; n <= pick(chance, 8); n += 1) {
        const at = pick(chance, bytes.length);
        bytes[at] = ((bytes[at] ?? 0) + 1 + pick(chance, 255)) & 255;
      }
      return tokenOf(bytes);
    },
    "a character changed": (token, chance) => {
      const at = pick(chance, token.length);
      const other = characterOf(chance);
      return token.slice(0, at) + (other === token.charAt(at) ? "~" : other) + token.slice(at + 1);
    },
    "characters added": (token, chance) => {
      const at = pick(chance, token.length + 1);
      return token.slice(0, at) + characterOf(chance).repeat(1 + pick(chance, 3)) + token.slice(at);
    },
    "the end cut off": (token, chance) => token.slice(0, pick(chance, token.length)),
    "the head of one and the tail of another": (token, chance) => {
      const other = makeTaskToken(sealer, arnOf("123456789012", chance), "0-1" as TaskId);
      // Behind what both begin with: before it, the tail would be the whole of the other.
      const from = TASK_TOKEN_PREFIX.length + 10;
      const at = from + pick(chance, Math.min(token.length, other.length) - from - 1);
      return token.slice(0, at) + other.slice(at);
    },
    "sealed by other keys": (_, chance) => makeTaskToken(OTHER_KEYS, arnOf("123456789012", chance), "0-1" as TaskId),
    "of another account": (_, chance) => makeTaskToken(sealer, arnOf("999999999999", chance), "0-1" as TaskId),
    "sealed for another purpose": (_, chance) =>
      TASK_TOKEN_PREFIX + sealer.seal(`${arnOf("123456789012", chance)}\n0-1\n${"0".repeat(32)}`, "approval-link"),
    "not sealed at all": (_, chance) =>
      base64urlnopad.encode(new TextEncoder().encode(`${arnOf("123456789012", chance)}\n0-1\n${"0".repeat(32)}`)),
    "nothing but characters": (_, chance) =>
      Array.from({ length: 1 + pick(chance, 400) }, () => characterOf(chance)).join(""),
  };
}

/** `count` of them, each way as often as the others. */
export function* mutatedTokens(sealer: Sealer, count: number, seed: number): Generator<readonly [string, string]> {
  const chance = chanceOf(seed);
  const ways = Object.entries(mutations(sealer));
  for (let n = 0; n < count; n += 1) {
    const token = makeTaskToken(sealer, arnOf("123456789012", chance), `${pick(chance, 100)}-${n}` as TaskId);
    const [way, mutate] = ways[n % ways.length] ?? ["", (given: string): string => given];
    const mutated = mutate(token, chance);
    if (mutated !== token) yield [way, mutated];
  }
}
