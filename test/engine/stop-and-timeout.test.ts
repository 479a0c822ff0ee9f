import { describe, expect, test } from "vitest";
import { INVOKE, START, machineOf, payloadOf, Run, start, states } from "./words.ts";

const waiting = states({ W: { Type: "Wait", Seconds: 60, End: true } });

describe("a stop", () => {
  test.each<[{ error?: string; cause?: string }]>([
    [{}],
    [{ error: "E" }],
    [{ cause: "C" }],
    [{ error: "E", cause: "C" }],
  ])("aborts the execution with %j, after no event", async (failure) => {
    const run = await start(waiting);
    run.now += 1000;
    await run.stop(failure);
    expect(run.historyFrom(3)).toEqual(["3 0 ExecutionAborted"]);
    expect(run.detailsOf("ExecutionAborted")).toEqual(failure);
    expect(run.execution.outcome).toEqual({ status: "ABORTED", stoppedAt: START + 1000, failure });
    expect(run.commands.at(-1)).toEqual({ type: "PublishStatus" });
  });

  test("[F26] is final: no timer, no answer and no second stop changes anything", async () => {
    const run = await start(states({ T: { Type: "Task", Resource: INVOKE, TimeoutSeconds: 9, End: true } }));
    const { taskId } = run.open("T");
    await run.stop();
    for (const event of [
      { type: "TaskSucceeded", taskId, output: payloadOf(1) },
      { type: "ExecutionStopped", failure: { error: "again" } },
      { type: "ExecutionStarted" },
    ] as const) {
      const turn = await run.receive(event);
      expect([turn.history, turn.commands, turn.changed.size]).toEqual([[], [], 0]);
    }
    await run.wait(100);
    expect(run.status).toBe("ABORTED");
    expect(run.history.at(-1)).toBe("5 0 ExecutionAborted");
  });
});

describe("the machine's TimeoutSeconds", () => {
  const limited = (seconds: number) => ({ ...waiting, TimeoutSeconds: seconds });

  test("ends the execution as TIMED_OUT, with States.Timeout", async () => {
    const run = await start(limited(30));
    await run.wait(29.999);
    expect(run.status).toBe("RUNNING");
    await run.wait(0.001);
    expect(run.historyFrom(3)).toEqual(["3 0 ExecutionTimedOut"]);
    expect(run.detailsOf("ExecutionTimedOut")).toEqual({ error: "States.Timeout" });
    expect(run.execution.outcome).toEqual({
      status: "TIMED_OUT",
      stoppedAt: START + 30_000,
      failure: { error: "States.Timeout" },
    });
    expect(run.execution.timeout).toBeUndefined();
  });

  test("is cancelled by an earlier end", async () => {
    const run = await start(limited(90));
    await run.wait(60);
    expect(run.status).toBe("SUCCEEDED");
    expect(run.commands.slice(-2)).toEqual([{ type: "CancelTimer", timerId: 1 }, { type: "PublishStatus" }]);
  });

  test("due together with the wait it interrupts: the one set first fires first", async () => {
    const run = await start(limited(60));
    await run.wait(60);
    expect(run.status).toBe("TIMED_OUT");
  });

  test("no other timer ends it", async () => {
    const run = await start(limited(30));
    await run.receive({ type: "TimersFired", timers: [{ timerId: 7 as never }] });
    expect(run.status).toBe("RUNNING");
  });
});

describe("an execution that has been open for as long as one may be", () => {
  test("is timed out, whatever it waits for", async () => {
    const run = await start(waiting);
    run.now += 1000;
    const { commands } = await run.receive({ type: "ExecutionExpired" });
    expect(run.historyFrom(3)).toEqual(["3 0 ExecutionTimedOut"]);
    expect(run.detailsOf("ExecutionTimedOut")).toEqual({ error: "States.Timeout" });
    expect(run.execution.outcome).toMatchObject({ status: "TIMED_OUT", stoppedAt: START + 1000 });
    expect(commands).toEqual([{ type: "PublishStatus" }]);
  });

  test("stays as it is where it has ended", async () => {
    const run = await start(states({ A: { Type: "Succeed" } }));
    const turn = await run.receive({ type: "ExecutionExpired" });
    expect([turn.history, turn.commands, run.status]).toEqual([[], [], "SUCCEEDED"]);
  });
});

test("a machine that ends within its first turn publishes its status once", async () => {
  const run = await start(states({ A: { Type: "Succeed" } }));
  expect(run.commands).toEqual([{ type: "PublishStatus" }]);
});

test("an execution starts once", async () => {
  const run = await start(waiting);
  const turn = await run.receive({ type: "ExecutionStarted" });
  expect([turn.history, turn.commands, turn.changed.size]).toEqual([[], [], 0]);
});

test("events before the start change nothing", async () => {
  const run = new Run(machineOf(waiting), "{}");
  const turn = await run.receive({ type: "TaskSucceeded", taskId: "0-1" as never, output: payloadOf(1) });
  expect([turn.history, turn.commands]).toEqual([[], []]);
});

test("[F34] time never runs backwards, even if the clock does", async () => {
  const run = await start(
    states({ W: { Type: "Wait", Seconds: 10, Next: "V" }, V: { Type: "Wait", Seconds: 10, End: true } }),
  );
  await run.wait(10);
  run.now -= 8000;
  await run.stop();
  expect(run.events.map((x) => x.timestamp - START)).toEqual([0, 0, 10_000, 10_000, 10_000]);
});
