/**
 * Every workflow, killed at every seam: between any two things that it does to the outside or hears from there, before and
 * after each commit, and at the beginning and the end of each call and each alarm.
 */
import { writeRecord } from "../../scripts/reliability/record.ts";
import { describe, expect, test } from "vitest";
import { Dice } from "../engine/simulated-machine.ts";
import type { Loss } from "./platform.ts";
import { expectTheSame, lived } from "./lives.ts";
import { WORKFLOWS } from "./workflows.ts";

const beganAt = Date.now();
const LOSSES: readonly Loss[] = ["object", "runtime", "runtime and queues"];
/** Pairs of losses of each workflow. */
const PAIRS = 20;
const cases = { single: 0, double: 0, same: 0 };

describe.each(WORKFLOWS)("$name", (workflow) => {
  const losses = LOSSES.filter((loss) => loss !== "runtime and queues" || workflow.needsQueues !== true);

  test.each(losses)(
    "[F01][F03][F04][F05][F06][F07][F08][F13] the %s is lost at each seam: it ends the same",
    async (loss) => {
      const undisturbed = await lived(workflow, [], loss);
      for (let k = 1; k <= undisturbed.seams.length; k++) {
        cases.single += 1;
        const life = await lived(workflow, [k], loss);
        expect(life.deaths).toBe(1);
        expectTheSame(workflow, undisturbed, life, [k], loss);
        cases.same += 1;
      }
    },
  );

  test("[F13] two losses at seams of chance: it ends the same", async () => {
    const dice = new Dice(WORKFLOWS.indexOf(workflow) + 1);
    const undisturbed = await lived(workflow, [], "object");
    for (let i = 0; i < PAIRS; i++) {
      const deaths = [dice.between(1, undisturbed.seams.length), dice.between(1, undisturbed.seams.length)];
      const loss = dice.of(losses);
      cases.double += 1;
      expectTheSame(workflow, undisturbed, await lived(workflow, deaths, loss), deaths, loss);
      cases.same += 1;
    }
  });
});

test("that were more than a thousand cases", () => {
  expect(cases.single).toBeGreaterThan(1_000);
  expect(cases.double).toBe(PAIRS * WORKFLOWS.length);
  expect(cases.same).toBe(cases.single + cases.double);
  if (process.env["RELIABILITY_RECORD"] !== "true") return;
  writeRecord("crash-points", "npm run reliability:crash-points", beganAt, {
    workflows: WORKFLOWS.length,
    "lives with one loss": cases.single,
    "lives with two losses": cases.double,
    "of them ended, with the undisturbed history": cases.same,
  });
});
