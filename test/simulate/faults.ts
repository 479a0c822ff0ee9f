/** How unkind a world is: probabilities, drawn for each seed, so that some worlds know one fault only and some all of them. */
import type { Dice } from "../engine/simulated-machine.ts";

export interface Faults {
  /** An object dies, and what it just wrote is lost. */
  readonly crashBeforeCommit: number;
  /** An object dies, and what it just wrote stays: done, and whoever asked hears of a failure. */
  readonly crashAfterCommit: number;
  /** The storage refuses a write. */
  readonly refusal: number;
  readonly lostRequest: number;
  readonly lostReply: number;
  readonly lostMessage: number;
  readonly doubledMessage: number;
  readonly heldBackMessage: number;
  readonly failedQuery: number;
  readonly lateAlarm: number;
  /** Of each pause between two troubles: how likely which. */
  readonly kill: number;
  readonly stale: number;
  readonly earlyAlarm: number;
  readonly doubledAlarm: number;
  readonly clockJump: number;
  readonly killWorker: number;
}

export const KIND: Faults = {
  crashBeforeCommit: 0,
  crashAfterCommit: 0,
  refusal: 0,
  lostRequest: 0,
  lostReply: 0,
  lostMessage: 0,
  doubledMessage: 0,
  heldBackMessage: 0,
  failedQuery: 0,
  lateAlarm: 0,
  kill: 0,
  stale: 0,
  earlyAlarm: 0,
  doubledAlarm: 0,
  clockJump: 0,
  killWorker: 0,
};

const WORST: Faults = {
  crashBeforeCommit: 0.15,
  crashAfterCommit: 0.15,
  refusal: 0.1,
  lostRequest: 0.15,
  lostReply: 0.15,
  lostMessage: 0.3,
  doubledMessage: 0.4,
  heldBackMessage: 0.3,
  failedQuery: 0.2,
  lateAlarm: 0.4,
  kill: 0.6,
  stale: 0.4,
  earlyAlarm: 0.6,
  doubledAlarm: 0.5,
  clockJump: 0.4,
  killWorker: 0.5,
};

const NAMES = Object.keys(KIND) as readonly (keyof Faults)[];

export function drawFaults(dice: Dice): Faults {
  const share = dice.of([0, 0.15, 0.4, 1]);
  const drawn = NAMES.map((name) => [name, dice.chance(share) ? WORST[name] * dice.roll() : 0] as const);
  return { ...KIND, ...Object.fromEntries(drawn) };
}
