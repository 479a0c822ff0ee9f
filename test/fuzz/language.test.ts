/** A short run of the language's trials; `npm run fuzz` runs them for longer, and from other seeds. */
import { describe, expect, test } from "vitest";
import { Dice } from "../engine/simulated-machine.ts";
import { LANGUAGE_TRIALS, type Trial } from "./trials.ts";

/** How often each kind occurred, from a few hundred seeds. */
async function kindsOf(trial: Trial, trials: number): Promise<Readonly<Record<string, number>>> {
  const kinds: Record<string, number> = {};
  for (let seed = 1; seed <= trials; seed++) {
    const kind = await trial(new Dice(seed));
    kinds[kind] = (kinds[kind] ?? 0) + 1;
  }
  return kinds;
}

describe("whatever is made up, no promise is broken:", () => {
  test.each(Object.entries(LANGUAGE_TRIALS))("%s", async (_, trial) => {
    const kinds = await kindsOf(trial, 300);
    // A trial that only ever ends in one way shows little.
    expect(Object.keys(kinds).length).toBeGreaterThan(1);
    expect(kinds["refused"] ?? 0).toBeLessThan(240);
  });
});
