/** A turn whose history grows large is cut into parts, so that no commit outgrows an object's memory. */
import { expect, test } from "vitest";
import { isCut } from "../../src/engine/places.ts";
import { machineOf, Run, states } from "./words.ts";

/** A loop that carries a large value around until the history is full. */
const LOOP = states({
  Carry: { Type: "Pass", Next: "Again" },
  Again: { Type: "Choice", Choices: [{ Variable: "$.never", IsPresent: true, Next: "Done" }], Default: "Carry" },
  Done: { Type: "Succeed" },
});
const LARGE = JSON.stringify({ text: "x".repeat(200_000) });

async function looping(): Promise<Run> {
  const run = new Run(machineOf(LOOP), LARGE);
  await run.receive({ type: "ExecutionStarted" });
  return run;
}

test("a loop over a large value stops after a few megabytes and asks to be continued", async () => {
  const run = await looping();
  expect(run.commands.at(-1)).toEqual({ type: "ContinueTurn" });
  expect(isCut(run.execution)).toBe(true);
  expect(run.events.length).toBeLessThan(50);
});

test("continued, it goes on where it was, with ids that follow each other", async () => {
  const run = await looping();
  const before = run.events.length;
  const part = await run.receive({ type: "TurnContinued" });
  expect(part.history[0]).toMatchObject({ id: before + 1, previousEventId: before });
  expect(part.commands.at(-1)).toEqual({ type: "ContinueTurn" });
});

test("between two parts it can be stopped", async () => {
  const run = await looping();
  await run.receive({ type: "ExecutionStopped", failure: {} });
  expect(run.execution.outcome.status).toBe("ABORTED");
  expect(isCut(run.execution)).toBe(false);
  expect((await run.receive({ type: "TurnContinued" })).history).toEqual([]);
});

test("continuing an execution that is not cut changes nothing", async () => {
  const run = new Run(machineOf(states({ A: { Type: "Wait", Seconds: 9, End: true } })), "{}");
  await run.receive({ type: "ExecutionStarted" });
  expect((await run.receive({ type: "TurnContinued" })).history).toEqual([]);
});
