import { describe, expect, test } from "vitest";
import { childIds } from "../../src/engine/child-ids.ts";
import { endByDefect } from "../../src/engine/defect.ts";
import type { BranchId } from "../../src/engine/execution.ts";
import { MAX_HISTORY_EVENTS } from "../../src/engine/quotas.ts";
import { ACTIVITY, LAMBDA, Run, entropyOf, machineOf, start, states, type Definition, type States } from "./words.ts";

const task = (more: Definition = {}): Definition => ({ Type: "Task", Resource: LAMBDA, End: true, ...more });
const pass = (more: Definition = {}): Definition => ({ Type: "Pass", End: true, ...more });
const parallel = (branches: States[], more: Definition = {}): Definition =>
  states({ P: { Type: "Parallel", Branches: branches.map(states), End: true, ...more } });
const mapping = (processor: States, more: Definition = {}): Definition =>
  states({ M: { Type: "Map", ItemProcessor: states(processor), End: true, ...more } });
const FAIL = (error: string): Definition => ({ Type: "Fail", Error: error });

describe("a redriven execution", () => {
  test("goes on in the state that failed, and what succeeded before is not run again", async () => {
    const run = await start(states({ A: task({ Next: "B" }), B: task() }));
    await run.succeed("A", { a: 1 });
    await run.fail("B");
    run.now += 60_000;
    await run.redrive();
    expect(run.status).toBe("RUNNING");
    await run.succeed("B", '"done"');
    expect(run.result).toBe('"done"');
    expect(run.historyFrom(10)).toEqual([
      "10 9 LambdaFunctionFailed",
      "11 10 ExecutionFailed",
      "12 11 ExecutionRedriven",
      "13 12 LambdaFunctionScheduled",
      "14 13 LambdaFunctionStarted",
      "15 14 LambdaFunctionSucceeded",
      "16 15 TaskStateExited B",
      "17 16 ExecutionSucceeded",
    ]);
    expect(run.detailsOf("ExecutionRedriven")).toEqual({ redriveCount: 1 });
    expect(run.calls.map((x) => x.parameters)).toEqual(["{}", '{"a":1}', '{"a":1}']);
    expect(new Set(run.calls.map((x) => x.taskId)).size).toBe(3);
  });

  test("counts its redrives, and the context object tells of them", async () => {
    const look = { "count.$": "$$.Execution.RedriveCount", "at.$": "$$.Execution.RedriveTime" };
    const run = await start(states({ A: task({ Next: "B" }), B: pass({ Parameters: look }) }));
    await run.fail("A");
    await run.redrive();
    await run.fail("A");
    run.now += 1000;
    await run.redrive();
    await run.succeed("A");
    expect(run.detailsOf("ExecutionRedriven", 1)).toEqual({ redriveCount: 2 });
    expect(run.result).toBe('{"count":2,"at":"2026-01-02T03:04:06.000Z"}');
  });

  test("was aborted, or timed out: its tasks begin again, with new tokens and whole deadlines", async () => {
    const machine = states({
      A: task({ Resource: ACTIVITY, TimeoutSeconds: 50, Next: "W" }),
      W: { Type: "Wait", Seconds: 9, End: true },
    });
    const run = await start({ ...machine, TimeoutSeconds: 30 });
    const [first] = run.calls;
    await run.wait(20);
    await run.stop({ error: "Why" });
    await run.redrive();
    const [, second] = run.calls;
    expect(second?.taskToken).not.toBe(first?.taskToken);
    await run.wait(29);
    expect(run.status).toBe("RUNNING");
    await run.wait(1);
    expect(run.status).toBe("TIMED_OUT");
    await run.redrive();
    await run.succeed("A");
    await run.wait(8);
    expect(run.status).toBe("RUNNING");
    await run.wait(1);
    expect(run.status).toBe("SUCCEEDED");
  });

  test("waits no longer for a moment that has passed, and the whole time for a number of seconds", async () => {
    const until = states({ W: { Type: "Wait", Timestamp: "2026-01-02T03:05:00Z", End: true } });
    const run = await start(until);
    await run.stop();
    run.now += 3_600_000;
    await run.redrive();
    await run.wait(0);
    expect(run.status).toBe("SUCCEEDED");
    const seconds = await start(states({ W: { Type: "Wait", Seconds: 10, End: true } }));
    await seconds.wait(9);
    await seconds.stop();
    await seconds.redrive();
    await seconds.wait(9);
    expect(seconds.status).toBe("RUNNING");
    await seconds.wait(1);
    expect(seconds.historyFrom(4)).toEqual([
      "4 3 ExecutionRedriven",
      "5 4 WaitStateExited W",
      "6 5 ExecutionSucceeded",
    ]);
  });

  test("has all its retries again", async () => {
    const Retry = [{ ErrorEquals: ["States.ALL"], MaxAttempts: 1, IntervalSeconds: 1 }];
    const run = await start(states({ A: task({ Retry }) }));
    for (const _attempt of [1, 2]) {
      await run.fail("A");
      await run.wait(1);
    }
    expect(run.status).toBe("FAILED");
    await run.redrive();
    await run.fail("A");
    expect(run.status).toBe("RUNNING");
    expect(run.calls.at(-1)?.retryCount).toBe(0);
    await run.stop();
    await run.redrive();
    await run.succeed("A");
    expect(run.status).toBe("SUCCEEDED");
  });

  test("enters a Fail state again, and other states run on in the visit they failed in", async () => {
    const run = await start(states({ F: FAIL("Boom") }));
    await run.redrive();
    expect(run.historyFrom(3)).toEqual([
      "3 2 ExecutionFailed",
      "4 3 ExecutionRedriven",
      "5 4 FailStateEntered F",
      "6 5 ExecutionFailed",
    ]);
    const choice = await start(
      states({ C: { Type: "Choice", Choices: [{ Variable: "$.x", IsNull: true, Next: "D" }] }, D: pass() }),
    );
    expect(choice.status).toBe("FAILED");
    await choice.redrive();
    expect(choice.historyFrom(4)).toEqual(["4 3 ExecutionRedriven", "5 4 ExecutionFailed"]);
    const expression = { Type: "Pass", QueryLanguage: "JSONata", Output: "{% $error('no') %}", End: true };
    const jsonata = await start(states({ J: expression }));
    await jsonata.redrive();
    expect(jsonata.historyFrom(5)).toEqual(["5 4 ExecutionRedriven", "6 5 EvaluationFailed", "7 6 ExecutionFailed"]);
  });

  test("keeps its variables", async () => {
    const run = await start(
      states({ A: pass({ Assign: { v: 7 }, Next: "B" }), B: task({ Parameters: { "v.$": "$v" } }) }),
    );
    await run.fail("B");
    await run.redrive();
    expect(run.calls.map((x) => x.parameters)).toEqual(['{"v":7}', '{"v":7}']);
  });

  test("is none while it runs or when it has succeeded", async () => {
    const run = await start(states({ A: task() }));
    await run.redrive();
    expect(run.history).toHaveLength(4);
    await run.succeed("A");
    await run.redrive();
    expect(run.status).toBe("SUCCEEDED");
    expect(run.history.at(-1)).toContain("ExecutionSucceeded");
  });

  test("is none where the history is full", async () => {
    const run = await start(states({ A: pass({ Next: "B" }), B: pass({ Next: "A" }), C: pass() }));
    while (run.status === "RUNNING") await run.receive({ type: "TurnContinued" });
    expect(run.events).toHaveLength(MAX_HISTORY_EVENTS);
    await run.redrive();
    expect(run.status).toBe("FAILED");
    expect(run.events).toHaveLength(MAX_HISTORY_EVENTS);
  });

  test("that a defect kept from its first state begins there", async () => {
    const run = new Run(machineOf(states({ A: pass() })), "{}", { inMemory: true });
    run.execution = endByDefect(run.execution, run.now, entropyOf(), "x").execution;
    await run.redrive();
    expect(run.history).toEqual([
      "2 1 ExecutionRedriven",
      "3 2 PassStateEntered A",
      "4 3 PassStateExited A",
      "5 4 ExecutionSucceeded",
    ]);
  });
});

describe("of a Parallel", () => {
  test("only the branches that did not succeed run again", async () => {
    const run = await start(parallel([{ A: task() }, { B: task() }, { C: pass({ Next: "D" }), D: task() }]));
    await run.succeed("A", '"a"');
    await run.fail("B");
    expect(run.status).toBe("FAILED");
    await run.redrive();
    expect(run.openTasks).toHaveLength(2);
    await run.succeed("D", '"d"');
    await run.succeed("B", '"b"');
    expect(run.result).toBe('["a","b","d"]');
    expect(run.calls.map((x) => x.stateName)).toEqual(["A", "B", "D", "B", "D"]);
    expect([...run.execution.branches.values()]).toHaveLength(1);
  });

  test("also deep inside, and of one that was stopped", async () => {
    const inner = { I: { Type: "Parallel", Branches: [states({ A: task() }), states({ B: task() })], End: true } };
    const run = await start(parallel([inner, { C: task() }]));
    await run.succeed("A", '"a"');
    await run.fail("C");
    await run.redrive();
    await run.succeed("C", '"c"');
    await run.stop();
    await run.redrive();
    await run.succeed("B", '"b"');
    expect(run.result).toBe('[["a","b"],"c"]');
    expect(run.calls.map((x) => x.stateName)).toEqual(["C", "A", "B", "B", "C", "B"]);
  });

  test("its Retry and Catch are asked again, and of a retried or caught one nothing is left", async () => {
    const Retry = [{ ErrorEquals: ["Again"], MaxAttempts: 1, IntervalSeconds: 1 }];
    const Catch = [{ ErrorEquals: ["Caught"], Next: "End" }];
    const definition = parallel([{ A: task() }, { B: task() }], { Retry, Catch });
    const run = await start({ ...definition, States: { ...(definition["States"] as States), End: pass() } });
    await run.fail("A", "Again");
    await run.wait(1);
    expect([...run.execution.branches.values()]).toHaveLength(3);
    await run.fail("A", "Again");
    expect(run.status).toBe("FAILED");
    await run.redrive();
    await run.fail("A", "Again");
    await run.wait(1);
    await run.fail("B", "Caught");
    expect(run.status).toBe("SUCCEEDED");
    expect([...run.execution.branches.values()]).toHaveLength(1);
  });

  test("that failed by itself, every branch runs again", async () => {
    const run = await start(parallel([{ A: pass() }, { B: task() }], { ResultSelector: { "x.$": "$[1].missing" } }));
    await run.succeed("B", "{}");
    expect(run.status).toBe("FAILED");
    await run.redrive();
    expect(run.history.filter((x) => x.includes("ParallelStateStarted"))).toHaveLength(2);
    await run.succeed("B", '{"missing":1}');
    expect(run.result).toBe('{"x":1}');
  });
});

describe("of a Parallel whose branches end at the same moment", () => {
  const leaving = (more: Definition = {}): Definition => ({ Type: "Wait", Seconds: 5, End: true, ...more });
  const lost = leaving({ QueryLanguage: "JSONata", Output: "{% $error('lost') %}" });

  test("one that ended before another failed it is not run again", async () => {
    const run = await start(parallel([{ A: leaving() }, { B: lost }, { C: task() }]));
    await run.wait(5);
    expect(run.status).toBe("FAILED");
    await run.redrive();
    expect(run.history.filter((x) => x.includes("WaitStateExited"))).toHaveLength(1);
    await run.wait(5);
    expect(run.status).toBe("FAILED");
    expect(run.history.filter((x) => x.includes("WaitStateExited"))).toHaveLength(1);
  });

  test("one whose own branches had all ended goes on from there", async () => {
    const inner = {
      I: { Type: "Parallel", Branches: [states({ A: leaving() }), states({ B: leaving() })], End: true },
    };
    const run = await start(parallel([inner, { D: pass({ Next: "C" }), C: lost }]));
    await run.wait(5);
    expect(run.status).toBe("FAILED");
    await run.redrive();
    expect(run.history.at(-1)).toContain("ParallelStateExited I");
    expect(run.openTasks).toEqual([]);
    expect(run.secondsToTimer).toBe(5);
  });

  test("in an iteration whose failure is tolerated, the other one changes nothing", async () => {
    const both = { P: { Type: "Parallel", Branches: [states({ A: leaving() }), states({ B: lost })], End: true } };
    const run = await start(mapping(both, { ToleratedFailurePercentage: 100 }), [1, 2]);
    await run.wait(5);
    expect(run.result).toBe("[]");
    expect([...run.execution.branches.values()]).toHaveLength(1);
  });

  test("of two that failed one is reported, and both run again", async () => {
    const run = await start(parallel([{ A: lost }, { B: lost }]));
    await run.wait(5);
    expect(run.history.filter((x) => x.includes("ParallelStateFailed"))).toHaveLength(1);
    await run.redrive();
    expect(run.secondsToTimer).toBe(5);
    await run.wait(5);
    expect(run.history.filter((x) => x.includes("ParallelStateFailed"))).toHaveLength(2);
  });
});

describe("of a Map", () => {
  test("only the iterations that did not succeed run again, and those that had not begun begin", async () => {
    const run = await start(mapping({ A: task() }, { MaxConcurrency: 2 }), [1, 2, 3, 4, 5]);
    await run.succeed("A", '"one"');
    await run.fail("A");
    expect(run.status).toBe("FAILED");
    await run.redrive();
    expect(run.calls.map((x) => x.parameters)).toEqual(["1", "2", "3", "2", "3"]);
    for (const output of ["two", "three", "four", "five"]) await run.succeed("A", JSON.stringify(output));
    expect(run.result).toBe('["one","two","three","four","five"]');
  });

  test("it is told of the iteration that ended last, when its own time was over in the same turn", async () => {
    const wait = { Type: "Wait", SecondsPath: "$", End: true };
    const run = await start({ ...mapping({ W: wait }), TimeoutSeconds: 10 }, [9, 5]);
    await run.wait(5);
    // Both are overdue when the alarm fires.
    run.now += 20_000;
    await run.receive({ type: "TimersFired", timers: run.dueTimers });
    expect(run.status).toBe("TIMED_OUT");
    expect(run.historyFrom(8).filter((x) => /Succeeded|Exited|TimedOut/u.test(x))).toEqual([
      "8 7 WaitStateExited W",
      "9 8 MapIterationSucceeded M#1",
      "10 6 WaitStateExited W",
      "11 0 ExecutionTimedOut",
    ]);
    await run.redrive();
    expect(run.historyFrom(12).slice(0, 3)).toEqual([
      "12 11 ExecutionRedriven",
      "13 10 MapIterationSucceeded M#0",
      "14 13 MapStateSucceeded",
    ]);
    expect(run.detailsOf("MapIterationSucceeded", 1)).toEqual({ name: "M", index: 0 });
    expect(run.result).toBe("[9,5]");
  });

  test("with room beside what runs again, the next iterations begin at once", async () => {
    const run = await start(mapping({ A: task() }, { MaxConcurrency: 3 }), [1, 2, 3, 4, 5]);
    await run.succeed("A");
    await run.succeed("A");
    await run.fail("A");
    await run.redrive();
    expect(run.openTasks).toHaveLength(3);
    for (let i = 0; i < 3; i++) await run.succeed("A");
    expect(run.status).toBe("SUCCEEDED");
  });

  test("tolerated failures are forgotten and their iterations run again", async () => {
    const nested = { P: { Type: "Parallel", Branches: [states({ A: task() }), states({ B: task() })], End: true } };
    const run = await start(mapping(nested, { ToleratedFailureCount: 1 }), [1, 2]);
    await run.fail("A");
    expect(run.status).toBe("RUNNING");
    await run.fail("B");
    expect(run.status).toBe("FAILED");
    await run.redrive();
    for (const state of ["A", "B", "A", "B"]) await run.succeed(state, JSON.stringify(state));
    expect(run.result).toBe('[["A","B"],["A","B"]]');
  });

  test("an item that cannot be selected makes it begin anew", async () => {
    const run = await start(mapping({ A: task() }, { ItemSelector: { "x.$": "$$.Map.Item.Value.x" } }), [{ x: 1 }, {}]);
    expect(run.status).toBe("FAILED");
    await run.redrive();
    expect(run.history.filter((x) => x.includes("MapStateStarted"))).toHaveLength(2);
    expect(run.status).toBe("FAILED");
  });
});

describe("a snapshot of version 2, whose containers name children that are gone,", () => {
  const broken = { QueryLanguage: "JSONata", Output: "{% $error('lost') %}" };
  const waiting = { W: { Type: "Wait", Seconds: 1, End: true } };
  /** As that version left a container that failed by itself. */
  const aged = (run: Run, id: number): void => {
    const { branches } = run.execution;
    const branch = branches.get(id)!;
    const { cursor } = branch;
    if (cursor.kind !== "stopped" || cursor.resume.kind !== "joining") throw new Error(`branch ${id} did not fail`);
    const resume = { ...cursor.resume, children: childIds([98, 99] as readonly number[] as readonly BranchId[]) };
    run.execution = { ...run.execution, branches: branches.set(id, { ...branch, cursor: { ...cursor, resume } }) };
  };

  test("is redriven as one of today: the container begins anew", async () => {
    const run = await start(mapping(waiting, broken), [1, 2]);
    await run.wait(1);
    expect(run.status).toBe("FAILED");
    aged(run, 0);
    await run.redrive();
    expect(run.events.filter((x) => x.type === "MapIterationStarted")).toHaveLength(4);
    expect(run.status).toBe("RUNNING");
  });

  test("goes on as one of today: what is there is taken away", async () => {
    const inner = { M2: { Type: "Map", ItemProcessor: states(waiting), End: true, ...broken } };
    const twice = {
      P: { Type: "Choice", Choices: [{ Variable: "$[0]", NumericEquals: 1, Next: "M2" }], Default: "T" },
    };
    const processor = { ...twice, ...inner, T: task() };
    const run = await start(mapping(processor, { ToleratedFailureCount: 1 }), [[1], [2]]);
    await run.wait(1);
    expect(run.status).toBe("RUNNING");
    aged(run, 1);
    await run.succeed("T", '"done"');
    expect(run.result).toBe('["done"]');
    expect([...run.execution.branches.values()]).toHaveLength(1);
  });
});
