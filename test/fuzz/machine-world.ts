/** The life of an execution in a world that answers at random: whatever a turn throws is a defect of the engine. */
import type { StateMachine } from "../../src/asl/types.ts";
import type { ExecutionEvent } from "../../src/engine/event.ts";
import { findMapRun } from "../../src/engine/places.ts";
import type { Dice } from "../engine/simulated-machine.ts";
import { payloadOf, Run } from "../engine/words.ts";
import { wildText, wildValue } from "./values.ts";

const MAX_EVENTS = 60;
const ERRORS = ["Boom", "States.TaskFailed", "States.Timeout", "Lambda.Unknown", "__proto__", ""];

/** Answers how it ended. An execution that goes on for long is stopped. */
export async function liveThrough(dice: Dice, machine: StateMachine, input: string): Promise<string> {
  const run = new Run(machine, input, { random: () => dice.roll() });
  await run.receive({ type: "ExecutionStarted" });
  let redrives = 0;
  for (let events = 0; events < MAX_EVENTS; events++) {
    if (run.status !== "RUNNING") {
      if (run.status === "SUCCEEDED" || redrives > 0 || dice.chance(0.7)) break;
      redrives += 1;
      await run.receive({ type: "ExecutionRedriven" });
    } else await run.receive(nextEvent(dice, run));
  }
  if (run.status === "RUNNING") await run.receive({ type: "ExecutionStopped", failure: {} });
  claimHistory(run);
  return run.status;
}

function nextEvent(dice: Dice, run: Run): ExecutionEvent {
  const mapRuns = [...run.execution.branches.values()].flatMap(({ cursor }) =>
    cursor.kind === "mapRun" ? [cursor.mapRunArn] : [],
  );
  if ([...run.execution.branches.values()].some(({ cursor }) => cursor.kind === "ready"))
    return { type: "TurnContinued" };
  const { openTasks, nextTimer } = run;
  const [mapRunArn] = mapRuns;
  if (mapRunArn !== undefined && dice.chance(0.6)) {
    const { redriveCount } = findMapRun(run.execution, mapRunArn)?.cursor ?? { redriveCount: 0 };
    const failure = { error: "States.ExceedToleratedFailureThreshold", cause: wildText(dice) };
    const result = dice.chance(0.7) ? { output: payloadOf([wildValue(dice)]) } : { failure };
    return dice.chance(0.2)
      ? { type: "MapRunAccepted", mapRunArn, redriveCount }
      : { type: "MapRunEnded", mapRunArn, redriveCount, result };
  }
  if (openTasks.length > 0 && (nextTimer === undefined || dice.chance(0.7))) {
    const taskId = dice.of(openTasks);
    const output = payloadOf(JSON.stringify(wildValue(dice)));
    switch (dice.between(0, 7)) {
      case 0:
        return { type: "TaskStarted", taskId, workerName: wildText(dice) };
      case 1:
        return { type: "TaskSubmitted", taskId, output };
      case 2:
        return { type: "TaskHeartbeatReceived", taskId };
      case 3:
      case 4:
        return { type: "TaskFailed", taskId, failure: { error: dice.of(ERRORS), cause: wildText(dice) } };
      default:
        return { type: "TaskSucceeded", taskId, output };
    }
  }
  if (nextTimer === undefined) return { type: "ExecutionStopped", failure: { error: "it waits for a Map Run" } };
  run.now = Math.max(run.now, nextTimer);
  return { type: "TimersFired", timers: run.dueTimers };
}

function claimHistory({ events, status }: Run): void {
  for (const [i, event] of events.entries()) {
    if (event.id !== i + 1) throw new Error(`event ${i + 1} has the id ${event.id}`);
    if (event.previousEventId >= event.id) throw new Error(`event ${event.id} follows a later one`);
    const before = events[i - 1];
    if (before !== undefined && before.timestamp > event.timestamp) throw new Error("time runs backwards");
  }
  if (status === "RUNNING") throw new Error("it cannot be stopped");
}
