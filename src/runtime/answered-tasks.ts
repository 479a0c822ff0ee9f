/**
 * The answers that tasks got, as far as they are remembered: who did not hear that an answer was taken, and sends the same
 * one again, is told the same.
 *
 * N1. The same answer is the same token, the same kind and the same bytes, within five minutes. AWS does not say what it
 *     answers then; for anything else it is TaskTimedOut.
 * N2. A person's decision is known as long as it is among the newest.
 * N3. It is part of the driver's state, stored in the turn that took the answer: no row of its own.
 */
import { sha256 } from "@noble/hashes/sha2.js";
import { base64urlnopad } from "@scure/base";
import type { Decision, Identity } from "./approval-link.ts";

export interface AnsweredTask {
  /** Of the answer; of a person's decision, of the token alone. */
  readonly digest: string;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly decision?: Decision;
  /** Who decided, and how that is known; absent in what an earlier version stored. */
  readonly by?: string;
  readonly identity?: Identity;
}

const KNOWN_MS = 5 * 60 * 1000;
/** The newest of them, where a Map has hundreds of callbacks at the same time. */
const MAX_KNOWN = 100;
const DIGEST_BYTES = 16;

/** Tells texts from others without keeping them. */
export function digestOf(...texts: readonly (string | undefined)[]): string {
  const bytes = new TextEncoder().encode(JSON.stringify(texts.map((text) => text ?? null)));
  return base64urlnopad.encode(sha256(bytes).slice(0, DIGEST_BYTES));
}

export class AnsweredTasks {
  /** The newest first. */
  #known: readonly AnsweredTask[] = [];

  /** @param stored what `stored` gave, if anything */
  load(stored: readonly AnsweredTask[] = []): void {
    this.#known = stored;
  }

  get stored(): { readonly answeredTasks?: readonly AnsweredTask[] } {
    return this.#known.length === 0 ? {} : { answeredTasks: this.#known };
  }

  isRepeated(digest: string, now: number): boolean {
    return this.#known.some((known) => known.digest === digest && now - known.at <= KNOWN_MS);
  }

  /** What a person decided about the task with that token. */
  findDecision(tokenDigest: string): AnsweredTask | undefined {
    return this.#known.find((known) => known.decision !== undefined && known.digest === tokenDigest);
  }

  /** Remembers an answer with the turn that takes it: both, or neither. */
  async remember(answer: AnsweredTask, turn: () => Promise<void>): Promise<void> {
    const before = this.#known;
    const isKnown = (known: AnsweredTask): boolean => known.decision !== undefined || answer.at - known.at <= KNOWN_MS;
    this.#known = [answer, ...before.filter(isKnown)].slice(0, MAX_KNOWN);
    try {
      await turn();
    } catch (error) {
      this.#known = before;
      throw error;
    }
  }
}
