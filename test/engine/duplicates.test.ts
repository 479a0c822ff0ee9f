/** What would happen if the world said everything twice, or late? Nothing more. */
import { describe, expect, test } from "vitest";
import type { ExecutionEvent } from "../../src/engine/event.ts";
import { CALLBACK, INVOKE, Run, machineOf, payloadOf, states, type Definition } from "./words.ts";

const recovery = {
  Retry: [{ ErrorEquals: ["Boom"], MaxAttempts: 1 }],
  Catch: [{ ErrorEquals: ["States.ALL"], Next: "Caught" }],
};
const everything: Definition = {
  ...states({
    P: {
      Type: "Parallel",
      Branches: [
        states({
          T: { Type: "Task", Resource: CALLBACK, TimeoutSeconds: 90, HeartbeatSeconds: 60, ...recovery, Next: "W" },
          Caught: { Type: "Pass", Next: "W" },
          W: { Type: "Wait", Seconds: 5, End: true },
        }),
        states({
          M: {
            Type: "Map",
            ItemsPath: "$.items",
            MaxConcurrency: 2,
            ItemProcessor: states({ I: { Type: "Task", Resource: INVOKE, Retry: recovery.Retry, End: true } }),
            End: true,
          },
        }),
      ],
      End: true,
    },
  }),
  TimeoutSeconds: 1000,
};

/** What the world says in the course of an execution; each speaks of the execution as it is then. */
type Step = (run: Run) => ExecutionEvent;
const taskOf =
  (state: string, event: Definition): Step =>
  (run) =>
    ({ taskId: run.open(state).taskId, ...event }) as unknown as ExecutionEvent;
const succeeded = (state: string): Step => taskOf(state, { type: "TaskSucceeded", output: payloadOf(1) });
const failed = (state: string): Step => taskOf(state, { type: "TaskFailed", failure: { error: "Boom" } });
const submitted = (state: string): Step => taskOf(state, { type: "TaskSubmitted", output: payloadOf(2) });
const fired =
  (kind: string): Step =>
  (run) => {
    for (const { id, cursor } of run.execution.branches.values()) {
      if (cursor.kind !== kind || !("timer" in cursor)) continue;
      run.now = cursor.timer.at;
      return { type: "TimersFired", timers: [{ timerId: cursor.timer.id, branchId: id }] };
    }
    throw new Error(`nothing is ${kind}`);
  };

const story: readonly (readonly [string, Step])[] = [
  ["ExecutionStarted", () => ({ type: "ExecutionStarted" })],
  ["TaskSubmitted", submitted("T")],
  ["TaskFailed, which is retried", failed("T")],
  ["the retry's timer", fired("retrying")],
  ["TaskSucceeded of an item", succeeded("I")],
  ["TaskFailed of an item", failed("I")],
  ["the item's retry's timer", fired("retrying")],
  ["TaskSucceeded of the second item", succeeded("I")],
  ["TaskFailed, which is caught", failed("T")],
  ["the wait's timer", fired("waiting")],
  ["TaskSucceeded of the last item", succeeded("I")],
];

async function tell(after?: (run: Run, told: readonly ExecutionEvent[]) => Promise<void>): Promise<Run> {
  const run = new Run(machineOf(everything), '{"items":[1,2,3]}');
  const told: ExecutionEvent[] = [];
  for (const [, step] of story) {
    const event = step(run);
    told.push(event);
    await run.receive(event);
    await after?.(run, told);
  }
  return run;
}

/** Tells it that once more, and expects that nothing comes of it. */
async function expectNothing(run: Run, event: ExecutionEvent): Promise<void> {
  const turn = await run.receive(event);
  expect([event, turn.history, turn.commands, turn.changed.size]).toEqual([event, [], [], 0]);
}

test("the story ends well", async () => {
  const run = await tell();
  expect(run.result).toBe('[{"Error":"Boom","Cause":null},[1,1,1]]');
});

describe("[F09] said a second time, it changes nothing", () => {
  test.each(story.map(([name], i) => [name, i] as const))("%s", async (_, at) => {
    let step = 0;
    const run = await tell(async (current, told) => {
      const last = told.at(-1);
      if (step === at && last !== undefined) await expectNothing(current, last);
      step += 1;
    });
    expect(run.history).toEqual((await tell()).history);
  });
});

test("everything said so far, said again after every event, changes nothing", async () => {
  const run = await tell(async (current, told) => {
    for (const event of told) await expectNothing(current, event);
    for (const event of told.toReversed()) await expectNothing(current, event);
  });
  expect(run.history).toEqual((await tell()).history);
});

test("[F10] all timers ever set, fired again after every event, fire only where they are still due", async () => {
  const run = await tell(async (current) => {
    const open = new Set(
      [...current.execution.branches.values()].flatMap(({ cursor }) => {
        if ("timer" in cursor) return [cursor.timer.id];
        return cursor.kind === "task" ? [cursor.timeout?.id, cursor.heartbeat?.id] : [];
      }),
    );
    const past = current.commands.filter((x) => x.type === "SetTimer").filter((x) => !open.has(x.timerId));
    const timers = past
      .filter((x) => x.branchId !== undefined)
      .map(({ timerId, branchId }) => ({ timerId, branchId: branchId! }));
    await expectNothing(current, { type: "TimersFired", timers });
  });
  expect(run.status).toBe("SUCCEEDED");
});
