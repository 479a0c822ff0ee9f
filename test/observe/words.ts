/** The words of the tests of what is observed: an execution whose turns are kept, as an observer hears them. */
import { answerEvent } from "../../src/runtime/tasks/answer-event.ts";
import type { ObservedTurn } from "../../src/runtime/observe/observed-turn.ts";
import { failed, type TaskAnswer } from "../../src/runtime/tasks/task-call.ts";
import type { ExecutionEvent } from "../../src/engine/event.ts";
import type { Dice } from "../engine/simulated-machine.ts";
import { ERRORS } from "../engine/simulated-machine.ts";
import { factsOf, machineOf, payloadOf, Run, type Definition } from "../engine/words.ts";

/** Between two turns it exists only as texts, as in a store: what an observer kept of it in memory would be lost. */
export class ObservedRun extends Run {
  readonly turns: ObservedTurn[] = [];

  override async receive(event: ExecutionEvent): ReturnType<Run["receive"]> {
    const before = this.execution;
    const result = await super.receive(event);
    this.turns.push({ machine: this.machine, before, result });
    return result;
  }
}

export async function observedStart(definition: Definition, input: unknown = {}): Promise<ObservedRun> {
  const run = new ObservedRun(machineOf(definition), JSON.stringify(input));
  await run.receive({ type: "ExecutionStarted" });
  return run;
}

export const TRACED = {
  executionArn: factsOf("{}").executionArn,
  startedAt: factsOf("{}").startedAt,
  tracingConfiguration: '{"enabled":true}',
};

/** Lets a world of chance answer it, until it ends: tasks, workers, timers, now and then somebody who stops it. */
export async function liveThrough(run: ObservedRun, dice: Dice): Promise<void> {
  for (let step = 0; run.status === "RUNNING" && step < 500; step++) {
    const { openTasks, nextTimer } = run;
    if (dice.chance(0.004)) await run.stop({ error: "Enough" });
    else if (openTasks.length > 0 && (nextTimer === undefined || dice.chance(0.8))) {
      const taskId = dice.of(openTasks);
      const roll = dice.roll();
      if (roll < 0.2) await run.receive({ type: "TaskStarted", taskId });
      else if (roll < 0.36) await run.receive({ type: "TaskSubmitted", taskId, output: payloadOf("{}") });
      else await run.receive(answerEvent(taskId, answer(dice)));
    } else if (nextTimer !== undefined) await run.wait(dice.between(0, 3) + (nextTimer - run.now) / 1000);
    run.now += dice.between(0, 50);
  }
  if (run.status === "RUNNING") await run.stop();
}

function answer(dice: Dice): TaskAnswer {
  if (dice.chance(0.25)) return failed(dice.of(ERRORS), "It broke.");
  return { kind: "succeeded", output: payloadOf({ items: [1, 2], n: dice.between(0, 4), text: "t" }) };
}
