/**
 * Made-up machines, each run by both drivers' means: in memory to its end, and turn by turn from what a store holds.
 * Tasks are answered in the order in which they were asked for. Both tell the same history.
 */
import { expect, test } from "vitest";
import { answerEvent } from "../../src/runtime/tasks/answer-event.ts";
import { failed, type TaskAnswer } from "../../src/runtime/tasks/task-call.ts";
import { Dice, makeMachine } from "../engine/simulated-machine.ts";
import { machineOf, Run } from "../engine/words.ts";
import { succeeded, World } from "./words.ts";

const SEEDS = 300;
const TIMEOUT_SECONDS = 200;

/** What the world answers: always the same for the same attempt. */
function answerOf({ stateName, retryCount }: { readonly stateName: string; readonly retryCount: number }): TaskAnswer {
  const n = stateName.length + stateName.charCodeAt(stateName.length - 1) + retryCount * 7;
  return n % 3 === 0 ? failed("Boom", "It broke.") : succeeded({ items: [n, n + 1], n, text: stateName });
}

async function inTurns(definition: Record<string, unknown>, input: string): Promise<Run> {
  const run = new Run(machineOf(definition), input);
  const asked = new Set<string>();
  await run.receive({ type: "ExecutionStarted" });
  while (run.status === "RUNNING") {
    const due = run.dueTimers;
    const call = run.commands.find((x) => x.type === "ScheduleTask" && !asked.has(x.taskId));
    if (due.length > 0) await run.receive({ type: "TimersFired", timers: due });
    else if (call?.type === "ScheduleTask") {
      asked.add(call.taskId);
      await run.receive(answerEvent(call.taskId, answerOf(call)));
    } else await run.wait(((run.nextTimer ?? Number.NaN) - run.now) / 1000);
  }
  return run;
}

test(`${SEEDS} machines tell the same history in memory as turn by turn`, async () => {
  const statuses = new Set<string>();
  for (let seed = 1; seed <= SEEDS; seed++) {
    const made = makeMachine(new Dice(seed));
    const definition = { ...made.definition, TimeoutSeconds: TIMEOUT_SECONDS };
    const durable = await inTurns(definition, made.input);
    const world = new World();
    world.answer = async (call) => answerOf(call);
    const outcome = await world.run(definition, JSON.parse(made.input));
    statuses.add(outcome.status);
    const shape = (events: typeof world.history): readonly string[] =>
      events.map(({ id, previousEventId, type, timestamp }) => `${id} ${previousEventId} ${type} ${timestamp}`);
    expect(shape(world.history), `seed ${seed}`).toEqual(shape(durable.events));
    expect(outcome.status).toBe(durable.status);
  }
  expect(statuses.has("SUCCEEDED") && statuses.has("FAILED")).toBe(true);
});
