/** Randomness for the turns of an execution, from the platform's own source. */
import { EvaluationError } from "../data/evaluation-error.ts";
import type { Entropy } from "../data/intrinsics.ts";
import type { TurnEntropy } from "../engine/turn.ts";
import { makeApprovalLink } from "./approval-link.ts";
import type { Sealer } from "./sealing.ts";
import { makeTaskToken } from "./task-token.ts";

export const platformRandomness: Entropy = { random, uuid: () => crypto.randomUUID() };

/** What tokens and links are made with. */
export interface TokenSettings {
  readonly sealer: Sealer;
  /** Where people reach this Stepflare; undefined: nobody said. */
  readonly publicUrl: string | undefined;
}

export function platformEntropy({ sealer, publicUrl }: TokenSettings): (executionArn: string) => TurnEntropy {
  return (executionArn) => ({
    ...platformRandomness,
    taskToken: (taskId) => makeTaskToken(sealer, executionArn, taskId),
    taskLink: (name, task) => {
      if (publicUrl !== undefined) return makeApprovalLink(sealer, publicUrl, name, { ...task, executionArn });
      const cause = `There is no ${name}, as this Stepflare does not know its own address: set PUBLIC_URL in wrangler.toml, such as https://stepflare.example.com`;
      throw new EvaluationError("States.Runtime", cause);
    },
  });
}

/** In [0, 1). */
function random(): number {
  const [word = 0] = crypto.getRandomValues(new Uint32Array(1));
  return word / 2 ** 32;
}
