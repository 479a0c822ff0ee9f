/** Randomness for the turns of an execution, from the platform's own source. */
import type { TurnEntropy } from "../engine/turn.ts";
import { makeTaskToken } from "./task-token.ts";

export function platformEntropy(executionArn: string): TurnEntropy {
  return {
    random,
    uuid: () => crypto.randomUUID(),
    taskToken: (taskId) => makeTaskToken(executionArn, taskId),
  };
}

/** In [0, 1). */
function random(): number {
  const [word = 0] = crypto.getRandomValues(new Uint32Array(1));
  return word / 2 ** 32;
}
