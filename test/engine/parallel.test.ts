import { describe, expect, test } from "vitest";
import { INVOKE, payloadOf, start, states, type Definition, type States } from "./words.ts";

const task = (fields: Definition = {}): Definition => ({ Type: "Task", Resource: INVOKE, ...fields, End: true });
const wait = (Seconds: number): Definition => ({ Type: "Wait", Seconds, End: true });
const pass = (fields: Definition = {}): Definition => ({ Type: "Pass", ...fields, End: true });
const fail = (Error: string): Definition => ({ Type: "Fail", Error });

/** A machine of one Parallel state, P, with those branches; what else it has is a state after it. */
function parallel(branches: readonly States[], fields: Definition = {}, others: States = {}): Definition {
  const end = Object.keys(others).length === 0 || "Catch" in fields ? { End: true } : { Next: Object.keys(others)[0] };
  return states({ P: { Type: "Parallel", Branches: branches.map(states), ...end, ...fields }, ...others });
}

test("all branches begin with the same input, and their outputs join in the order of the branches", async () => {
  const run = await start(parallel([{ A: task() }, { B: pass({ Result: "b" }) }, { C: task() }]), '{"x": 0.0}');
  expect(run.inputsOf("A")).toEqual(['{"x": 0.0}']);
  expect(run.history).toEqual([
    "1 0 ExecutionStarted",
    "2 0 ParallelStateEntered P",
    "3 2 ParallelStateStarted",
    "4 3 TaskStateEntered A",
    "5 4 TaskScheduled",
    "6 5 TaskStarted",
    "7 3 PassStateEntered B",
    "8 7 PassStateExited B",
    "9 3 TaskStateEntered C",
    "10 9 TaskScheduled",
    "11 10 TaskStarted",
  ]);
  await run.succeed("C", "[1.0]");
  expect(run.historyFrom(12)).toEqual(["12 11 TaskSucceeded", "13 12 TaskStateExited C"]);
  await run.succeed("A", '{ "a": 1 }');
  expect(run.historyFrom(14)).toEqual([
    "14 6 TaskSucceeded",
    "15 14 TaskStateExited A",
    "16 15 ParallelStateSucceeded",
    "17 15 ParallelStateExited P",
    "18 17 ExecutionSucceeded",
  ]);
  expect(run.result).toBe('[{ "a": 1 },"b",[1.0]]');
});

describe("what goes in and what comes out", () => {
  const input = { x: 1 };
  test.each<[string, Definition, unknown]>([
    ["InputPath", { InputPath: "$.x" }, [1, 1]],
    ["Parameters", { Parameters: { "y.$": "$.x" } }, [{ y: 1 }, { y: 1 }]],
    ["ResultSelector", { ResultSelector: { "first.$": "$[0]" } }, { first: { x: 1 } }],
    ["ResultPath", { ResultPath: "$.r" }, { x: 1, r: [{ x: 1 }, { x: 1 }] }],
    ["ResultPath null", { ResultPath: null }, { x: 1 }],
    ["OutputPath", { OutputPath: "$[1].x" }, 1],
  ])("%s", async (_, fields, output) => {
    const run = await start(parallel([{ A: pass() }, { B: pass() }], fields), input);
    expect(JSON.parse(run.result as string)).toEqual(output);
  });
});

describe("a branch that fails", () => {
  test("at once lets no later branch begin", async () => {
    const run = await start(parallel([{ A: fail("Boom") }, { B: task() }]));
    expect(run.historyFrom(4)).toEqual(["4 3 FailStateEntered A", "5 4 ParallelStateFailed", "6 5 ExecutionFailed"]);
    expect(run.calls).toEqual([]);
    expect(run.result).toEqual({ error: "Boom" });
  });

  test("aborts its own open state and those of its siblings, and gives their calls and timers up", async () => {
    const slow = { Slow: { Type: "Pass", Next: "Slower" }, Slower: task({ TimeoutSeconds: 50 }) };
    const run = await start(parallel([{ A: task() }, slow, { W: wait(60) }, { Done: pass() }]));
    await run.fail("A");
    expect(run.historyFrom(15)).toEqual([
      "15 6 TaskFailed",
      "16 15 TaskStateAborted",
      "17 15 TaskStateAborted",
      "18 15 WaitStateAborted",
      "19 15 ParallelStateFailed",
      "20 19 ExecutionFailed",
    ]);
    expect(run.events[15]).not.toHaveProperty("details");
    const after = run.commands.slice(-4);
    expect(after).toEqual([
      { type: "CancelTimer", timerId: 2 },
      { type: "AbandonTask", taskId: "2-2" },
      { type: "CancelTimer", timerId: 1 },
      { type: "PublishStatus" },
    ]);
    expect([...run.execution.branches.values()].map((x) => x.cursor.kind)).toEqual(
      "stopped stopped stopped stopped ended".split(" "),
    );
  });

  test("while a sibling waits for its retry: that one's open state is aborted and its timer cancelled", async () => {
    const run = await start(parallel([{ A: task({ Retry: [{ ErrorEquals: ["Boom"] }] }) }, { B: task() }]));
    await run.fail("A");
    await run.fail("B", "Bang");
    expect(run.historyFrom(11)).toEqual([
      "11 9 TaskFailed",
      "12 11 TaskStateAborted",
      "13 11 TaskStateAborted",
      "14 11 ParallelStateFailed",
      "15 14 ExecutionFailed",
    ]);
    expect(run.nextTimer).toBeUndefined();
  });

  test("with States.Runtime fails the Parallel, whose Catcher does not see it", async () => {
    const broken = pass({ InputPath: "$.no" });
    const run = await start(
      parallel([{ A: broken }], { Catch: [{ ErrorEquals: ["States.ALL"], Next: "C" }] }, { C: pass() }),
    );
    expect(run.historyFrom(4)).toEqual(["4 3 PassStateEntered A", "5 4 ParallelStateFailed", "6 5 ExecutionFailed"]);
    expect(run.result).toMatchObject({ error: "States.Runtime" });
  });

  test("is late: an answer for an aborted task changes nothing", async () => {
    const Catch = [{ ErrorEquals: ["States.ALL"], Next: "After" }];
    const run = await start(parallel([{ A: task() }, { B: task() }], { Catch }, { After: wait(5) }));
    const { taskId } = run.open("B");
    await run.fail("A");
    const turn = await run.receive({ type: "TaskSucceeded", taskId, output: payloadOf(1) });
    expect([turn.history, turn.changed.size]).toEqual([[], 0]);
  });
});

describe("Retry and Catch of the Parallel itself", () => {
  test("a retry begins all branches anew after the failed one's last event, with no …Failed in between", async () => {
    const Retry = [{ ErrorEquals: ["Boom"], MaxAttempts: 2 }];
    const run = await start(parallel([{ A: fail("Boom") }], { Retry }));
    await run.wait(10);
    expect(run.historyFrom(3)).toEqual([
      "3 2 ParallelStateStarted",
      "4 3 FailStateEntered A",
      "5 4 ParallelStateStarted",
      "6 5 FailStateEntered A",
      "7 6 ParallelStateStarted",
      "8 7 FailStateEntered A",
      "9 8 ParallelStateFailed",
      "10 9 ExecutionFailed",
    ]);
    expect(run.transitions).toBe(1 + 3 + 2);
  });

  test("a retry that succeeds leaves no trace in the result", async () => {
    const run = await start(parallel([{ A: task() }, { B: pass() }], { Retry: [{ ErrorEquals: ["Boom"] }] }), "7");
    await run.fail("A");
    await run.wait(1);
    await run.succeed("A", "8");
    expect(run.result).toBe("[8,7]");
  });

  test("a Catcher is reached after ParallelStateFailed", async () => {
    const Catch = [{ ErrorEquals: ["Boom"], ResultPath: "$.e", Next: "C" }];
    const run = await start(parallel([{ A: fail("Boom") }, { B: wait(5) }], { Catch }, { C: { Type: "Succeed" } }), {
      x: 1,
    });
    expect(run.historyFrom(4).slice(0, 4)).toEqual([
      "4 3 FailStateEntered A",
      "5 4 ParallelStateFailed",
      "6 5 ParallelStateExited P",
      "7 6 SucceedStateEntered C",
    ]);
    expect(run.result).toBe('{"x":1,"e":{"Error":"Boom","Cause":null}}');
  });

  test("a Catcher that itself fails ends the execution after a single ParallelStateFailed", async () => {
    const Catch = [{ ErrorEquals: ["States.ALL"], ResultPath: "$.x.y", Next: "C" }];
    const run = await start(parallel([{ A: task() }, { B: wait(5) }], { Catch }, { C: pass() }), { x: 1 });
    await run.fail("A");
    expect(run.history.filter((x) => x.includes("ParallelStateFailed"))).toHaveLength(1);
    expect(run.result).toMatchObject({ error: "States.ResultPathMatchFailure" });
    expect(run.history.at(-1)).toMatch(/ExecutionFailed$/u);
  });

  test("a result that does not fit the ResultPath is caught", async () => {
    const Catch = [{ ErrorEquals: ["States.ResultPathMatchFailure"], Next: "C" }];
    const run = await start(parallel([{ A: pass() }], { ResultPath: "$.x.y", Catch }, { C: pass() }), { x: 1 });
    expect(run.status).toBe("SUCCEEDED");
    expect(run.inputsOf("C")).toHaveLength(1);
  });
});

describe("Parallels inside Parallels", () => {
  const inner = (...branches: readonly States[]): States => ({
    Inner: { Type: "Parallel", Branches: branches.map(states), End: true },
  });

  test("join from the inside out", async () => {
    const run = await start(parallel([inner({ A: task() }, { B: pass({ Result: 2 }) }), { C: pass({ Result: 3 }) }]));
    await run.succeed("A", 1);
    expect(run.historyFrom(11)).toEqual([
      "11 5 PassStateEntered B",
      "12 11 PassStateExited B",
      "13 10 TaskSucceeded",
      "14 13 TaskStateExited A",
      "15 14 ParallelStateSucceeded",
      "16 14 ParallelStateExited Inner",
      "17 16 ParallelStateSucceeded",
      "18 16 ParallelStateExited P",
      "19 18 ExecutionSucceeded",
    ]);
    expect(run.result).toBe("[[1,2],3]");
  });

  test("an outer failure aborts the whole subtree", async () => {
    const run = await start(parallel([inner({ A: task() }, { W: wait(9) }), { C: task() }]));
    await run.fail("C");
    expect(run.historyFrom(13)).toEqual([
      "13 8 TaskFailed",
      "14 13 TaskStateAborted",
      "15 13 ParallelStateAborted",
      "16 5 TaskStateAborted",
      "17 5 WaitStateAborted",
      "18 13 ParallelStateFailed",
      "19 18 ExecutionFailed",
    ]);
    expect([...run.execution.branches.values()].map((x) => x.cursor.kind)).toEqual(
      Array.from({ length: 5 }, () => "stopped"),
    );
  });

  test("an inner failure that is caught inside leaves the siblings alone", async () => {
    const Catch = [{ ErrorEquals: ["States.ALL"], Next: "Caught" }];
    const caught = {
      Inner: { Type: "Parallel", Branches: [states({ A: fail("Boom") })], Catch, End: true },
      Caught: pass({ Result: "caught" }),
    };
    const run = await start(parallel([caught, { C: task() }]));
    await run.succeed("C", '"c"');
    expect(run.result).toBe('["caught","c"]');
  });
});

test("the context of a state in a branch is its own", async () => {
  const seen = pass({ Parameters: { "n.$": "$$.State.Name" } });
  const run = await start(parallel([{ A: seen }, { B: seen }]));
  expect(run.result).toBe('[{"n":"A"},{"n":"B"}]');
});
