/** Randomness for the turns of an execution, from the platform's own source. */
import type { Entropy } from "../data/intrinsics.ts";
import type { TurnEntropy } from "../engine/turn.ts";
import type { Sealer } from "./sealing.ts";
import { makeTaskToken } from "./task-token.ts";

export const platformRandomness: Entropy = { random, uuid: () => crypto.randomUUID() };

/** @param sealer makes the tasks' tokens */
export function platformEntropy(sealer: Sealer): (executionArn: string) => TurnEntropy {
  return (executionArn) => ({
    ...platformRandomness,
    taskToken: (taskId) => makeTaskToken(sealer, executionArn, taskId),
  });
}

/** In [0, 1). */
function random(): number {
  const [word = 0] = crypto.getRandomValues(new Uint32Array(1));
  return word / 2 ** 32;
}
