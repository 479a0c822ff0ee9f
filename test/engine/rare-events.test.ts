/** Events that few machines ever see. */
import { expect, test } from "vitest";
import type { HistoryEvent } from "../../src/engine/history-event.ts";
import { ACTIVITY, start, states, type Definition, type Run } from "./words.ts";

const activity = states({ T: { Type: "Task", Resource: ACTIVITY, TimeoutSeconds: 5, End: true } });
const map = { Type: "Map", ItemProcessor: states({ W: { Type: "Wait", Seconds: 9, End: true } }), End: true };
const mapBesideActivity = states({ P: { Type: "Parallel", Branches: [states({ M: map }), activity], End: true } });

/** Once a worker has taken the task. */
const taken =
  (happens: (run: Run) => Promise<void>) =>
  async (run: Run): Promise<void> => {
    await run.take("T");
    await happens(run);
  };

test.each<[HistoryEvent["type"], Definition, (run: Run) => Promise<void>, Definition | undefined]>([
  ["ActivityScheduleFailed", activity, (run) => run.fail("T", "E", "why"), { error: "E", cause: "why" }],
  ["ActivityFailed", activity, taken((run) => run.fail("T", "E", "why")), { error: "E", cause: "why" }],
  ["ActivityTimedOut", activity, taken((run) => run.wait(5)), { error: "States.Timeout" }],
  ["MapStateAborted", mapBesideActivity, (run) => run.fail("T"), undefined],
])("%s is told", async (type, machine, happens, details) => {
  const run = await start(machine, [1]);
  await happens(run);
  expect(run.events.filter((event) => event.type === type)).toHaveLength(1);
  expect(run.detailsOf(type)).toEqual(details);
  expect(run.status).toBe("FAILED");
});
