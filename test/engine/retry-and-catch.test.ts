import { describe, expect, test } from "vitest";
import { matchesError } from "../../src/asl/error-names.ts";
import { INVOKE, start, states, type Definition, type Run, type RunOptions } from "./words.ts";

/** An execution of one Task with those Retriers and Catchers; each Catcher leads to a Succeed state of its Next. */
function recovering(recovery: Definition, input: unknown = { n: 1 }, options: RunOptions = {}): Promise<Run> {
  const catchers = (recovery["Catch"] ?? []) as readonly Definition[];
  const ends = Object.fromEntries(catchers.map((x) => [x["Next"] as string, { Type: "Succeed" }]));
  return start(states({ T: { Type: "Task", Resource: INVOKE, ...recovery, End: true }, ...ends }), input, options);
}
const retrier = (error: string, fields: Definition = {}): Definition => ({ ErrorEquals: [error], ...fields });
const catcher = (error: string, Next = "Caught", fields: Definition = {}): Definition => ({
  ErrorEquals: [error],
  Next,
  ...fields,
});

/** Fails the task with those errors, one attempt after the other, and answers the delays that followed. */
async function delays(run: Run, errors: readonly string[]): Promise<readonly (number | undefined)[]> {
  const seconds: (number | undefined)[] = [];
  for (const error of errors) {
    await run.fail("T", error);
    const delay = run.secondsToTimer;
    seconds.push(delay);
    if (delay === undefined) return seconds;
    await run.wait(delay);
  }
  return seconds;
}
const times = (count: number, error: string): readonly string[] => Array.from({ length: count }, () => error);

test("a retried task is scheduled again under the same visit", async () => {
  const run = await recovering({ Retry: [retrier("Boom", { IntervalSeconds: 2 })] });
  await run.fail("T");
  expect(run.status).toBe("RUNNING");
  expect(run.openTasks).toEqual([]);
  await run.wait(2);
  await run.succeed("T");
  expect(run.historyFrom(2)).toEqual([
    "2 0 TaskStateEntered T",
    "3 2 TaskScheduled",
    "4 3 TaskStarted",
    "5 4 TaskFailed",
    "6 5 TaskScheduled",
    "7 6 TaskStarted",
    "8 7 TaskSucceeded",
    "9 8 TaskStateExited T",
    "10 9 ExecutionSucceeded",
  ]);
  expect(run.calls.map((x) => [x.taskId, x.retryCount])).toEqual([
    ["0-1", 0],
    ["0-2", 1],
  ]);
  expect(run.transitions).toBe(2);
});

describe("the delays before the attempts", () => {
  test.each<[string, Definition, readonly (number | undefined)[]]>([
    ["three attempts, a second and doubling, unless told otherwise", {}, [1, 2, 4, undefined]],
    ["an interval", { IntervalSeconds: 3, MaxAttempts: 2 }, [3, 6, undefined]],
    ["a constant rate", { BackoffRate: 1 }, [1, 1, 1, undefined]],
    ["a fractional rate", { BackoffRate: 1.5, IntervalSeconds: 2 }, [2, 3, 4.5, undefined]],
    ["a longest delay", { MaxDelaySeconds: 3, MaxAttempts: 4 }, [1, 2, 3, 3, undefined]],
    ["no attempts at all", { MaxAttempts: 0 }, [undefined]],
    ["a rate that knows no bounds", { BackoffRate: 1e300, MaxAttempts: 2 }, [1, 31_622_400, undefined]],
  ])("%s", async (_, fields, expected) => {
    const run = await recovering({ Retry: [retrier("Boom", fields)] });
    expect(await delays(run, times(expected.length, "Boom"))).toEqual(expected);
    expect(run.status).toBe("FAILED");
  });

  test("FULL jitter takes a random part of the delay, after the cap", async () => {
    const draws = [0.25, 0.5, 0.999, 0];
    const Retry = [
      retrier("Boom", { JitterStrategy: "FULL", IntervalSeconds: 10, MaxDelaySeconds: 15, MaxAttempts: 4 }),
    ];
    const run = await recovering({ Retry }, {}, { random: () => draws.shift() ?? Number.NaN });
    expect(await delays(run, times(4, "Boom"))).toEqual([2.5, 7.5, 14.985, 0]);
  });

  test("NONE draws nothing", async () => {
    const draw = (): number => {
      throw new Error("drawn");
    };
    const run = await recovering({ Retry: [retrier("Boom", { JitterStrategy: "NONE" })] }, {}, { random: draw });
    expect(await delays(run, ["Boom"])).toEqual([1]);
  });
});

describe("several Retriers", () => {
  const Retry = [
    retrier("A", { IntervalSeconds: 10, BackoffRate: 1, MaxAttempts: 2 }),
    retrier("B", { IntervalSeconds: 20, BackoffRate: 1, MaxAttempts: 1 }),
    retrier("States.ALL", { IntervalSeconds: 30, BackoffRate: 1, MaxAttempts: 1 }),
  ];

  test("each counts for itself", async () => {
    const run = await recovering({ Retry });
    expect(await delays(run, ["A", "B", "C", "A", "A"])).toEqual([10, 20, 30, 10, undefined]);
    expect(run.calls.map((x) => x.retryCount)).toEqual([0, 1, 2, 3, 4]);
  });

  test("one that matches but is spent ends the search, even if a later one would match", async () => {
    const run = await recovering({ Retry });
    expect(await delays(run, ["B", "B"])).toEqual([20, undefined]);
    expect(run.result).toEqual({ error: "B", cause: "It broke." });
  });
});

describe("[F52] a storm of retries", () => {
  const most = { IntervalSeconds: 0, MaxAttempts: 99_999_999 };

  test.each<[string, Definition]>([
    ["at a constant rate", { BackoffRate: 1 }],
    ["at a rate that knows no bounds", { BackoffRate: 1e300 }],
    ["at a random rate", { BackoffRate: 1e300, JitterStrategy: "FULL" }],
  ])("without a delay, %s, waits for a timer each time and ends with the history", async (_, fields) => {
    const options = { quotas: { historyEvents: 100 } };
    const run = await recovering({ Retry: [retrier("Boom", { ...most, ...fields })] }, {}, options);
    while (run.status === "RUNNING") {
      await run.fail("T", "Boom");
      if (run.status === "RUNNING") {
        expect(run.secondsToTimer).toBe(0);
        await run.wait(0);
      }
    }
    expect(run.result).toMatchObject({ error: "States.Runtime" });
    expect(run.events).toHaveLength(100);
  });
});

test("the number of retries is in the context", async () => {
  const run = await recovering({ Parameters: { "n.$": "$$.State.RetryCount" }, Retry: [retrier("Boom")] });
  await delays(run, ["Boom", "Boom"]);
  expect(run.calls.map((x) => x.parameters)).toEqual(['{"n":0}', '{"n":1}', '{"n":2}']);
});

test("the counts are forgotten when the state is visited again", async () => {
  const run = await start(
    states({
      T: { Type: "Task", Resource: INVOKE, Retry: [retrier("Boom", { MaxAttempts: 1 })], Next: "Again" },
      Again: { Type: "Pass", Next: "T" },
    }),
  );
  await run.fail("T");
  await run.wait(1);
  await run.succeed("T");
  expect(run.open("T").retryCount).toBe(0);
  await run.fail("T");
  expect(run.secondsToTimer).toBe(1);
});

describe("which names match which failures", () => {
  test.each<[string | undefined, string, boolean]>([
    ["Boom", "Boom", true],
    ["Boom", "Bang", false],
    ["Boom", "States.ALL", true],
    ["Boom", "States.TaskFailed", true],
    ["Boom", "States.Timeout", false],
    [undefined, "States.ALL", true],
    [undefined, "States.TaskFailed", true],
    [undefined, "Boom", false],
    ["States.Timeout", "States.Timeout", true],
    ["States.Timeout", "States.ALL", true],
    ["States.Timeout", "States.TaskFailed", false],
    ["States.HeartbeatTimeout", "States.HeartbeatTimeout", true],
    ["States.HeartbeatTimeout", "States.Timeout", true],
    ["States.HeartbeatTimeout", "States.TaskFailed", false],
    ["States.DataLimitExceeded", "States.DataLimitExceeded", true],
    ["States.DataLimitExceeded", "States.ALL", true],
    ["States.Runtime", "States.Runtime", false],
    ["States.Runtime", "States.ALL", false],
    ["States.Runtime", "States.TaskFailed", false],
  ])("%s under %s: %s", (error, name, matches) => {
    expect(matchesError(error === undefined ? {} : { error }, ["Other", name])).toBe(matches);
  });
});

describe("a Catcher", () => {
  test("leaves the state with the error output", async () => {
    const run = await recovering({ Catch: [catcher("Boom")] });
    await run.fail("T", "Boom", "It broke.");
    expect(run.historyFrom(5)).toEqual([
      "5 4 TaskFailed",
      "6 5 TaskStateExited T",
      "7 6 SucceedStateEntered Caught",
      "8 7 SucceedStateExited Caught",
      "9 8 ExecutionSucceeded",
    ]);
    expect(run.result).toBe('{"Error":"Boom","Cause":"It broke."}');
  });

  test("with a ResultPath keeps the state's raw input", async () => {
    const fields = {
      InputPath: "$.in",
      OutputPath: "$.never",
      Catch: [catcher("Boom", "Caught", { ResultPath: "$.e" })],
    };
    const run = await recovering(fields, { in: { n: 1 } });
    await run.fail("T", "Boom", "why");
    expect(run.result).toBe('{"in":{"n":1},"e":{"Error":"Boom","Cause":"why"}}');
  });

  test("with a ResultPath of null keeps the input's very text", async () => {
    const run = await recovering({ Catch: [catcher("Boom", "Caught", { ResultPath: null })] }, '{"n": 1.0}');
    await run.fail("T");
    expect(run.result).toBe('{"n": 1.0}');
  });

  test("is asked only when the Retriers are spent", async () => {
    const run = await recovering({ Retry: [retrier("Boom", { MaxAttempts: 1 })], Catch: [catcher("States.ALL")] });
    await run.fail("T");
    expect(run.status).toBe("RUNNING");
    await run.wait(1);
    await run.fail("T");
    expect(run.historyFrom(8)[0]).toBe("8 7 TaskFailed");
    expect(run.historyFrom(9)[0]).toBe("9 8 TaskStateExited T");
  });

  test("the first that matches is taken", async () => {
    const Catch = [catcher("Bang", "First"), catcher("Boom", "Second"), catcher("States.ALL", "Third")];
    const run = await recovering({ Catch });
    await run.fail("T");
    expect(run.inputsOf("Second")).toHaveLength(1);
  });

  test("that names no such error lets the execution fail", async () => {
    const run = await recovering({ Catch: [catcher("Bang")] });
    await run.fail("T");
    expect(run.result).toEqual({ error: "Boom", cause: "It broke." });
  });

  test.each<[string, Definition, string, unknown]>([
    ["a ResultPath that does not fit", { ResultPath: "$.n.x" }, "States.ResultPathMatchFailure", { n: 1 }],
    ["an Assign that finds nothing", { Assign: { "v.$": "$.Nope" } }, "States.Runtime", {}],
  ])("that itself fails with %s ends the execution, and catches itself no more", async (_, fields, error, input) => {
    const Retry = [retrier("States.ResultPathMatchFailure")];
    const run = await recovering({ Retry, Catch: [catcher("States.ALL", "Caught", fields)] }, input);
    await run.fail("T");
    expect(run.historyFrom(5)).toEqual(["5 4 TaskFailed", "6 5 ExecutionFailed"]);
    expect(run.result).toMatchObject({ error });
  });
});

test("a result whose ResultPath does not fit is caught like any failure of the state", async () => {
  const run = await recovering({ ResultPath: "$.n.x", Catch: [catcher("States.ResultPathMatchFailure")] });
  await run.succeed("T");
  expect(run.historyFrom(5).slice(0, 2)).toEqual(["5 4 TaskSucceeded", "6 5 TaskStateExited T"]);
});
