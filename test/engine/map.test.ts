import { describe, expect, test } from "vitest";
import type { JoiningCursor } from "../../src/engine/execution.ts";
import { INVOKE, start, states, type Definition, type Run, type States } from "./words.ts";

const task = (fields: Definition = {}): Definition => ({ Type: "Task", Resource: INVOKE, ...fields, End: true });
const pass = (fields: Definition = {}): Definition => ({ Type: "Pass", ...fields, End: true });
const failOn = (value: number): States => ({
  C: { Type: "Choice", Choices: [{ Variable: "$", NumericEquals: value, Next: "F" }], Default: "Ok" },
  F: { Type: "Fail", Error: "Boom", Cause: "It broke." },
  Ok: pass(),
});

/** A machine of one Map state, M, that runs the states for each item. */
const map = (item: States, fields: Definition = {}, others: States = {}): Definition =>
  states({ M: { Type: "Map", ItemProcessor: states(item), End: true, ...fields }, ...others });
const mapping = (item: States, input: unknown, fields: Definition = {}, others: States = {}): Promise<Run> =>
  start(map(item, fields, others), input);
const runtimeFailure = (text: string): unknown => ({
  error: "States.Runtime",
  cause: `An error occurred while executing the state 'M' (entered at the event id #2). ${text}`,
});

describe("the events of a Map", () => {
  test("one at a time: each iteration follows the last event of the one before, not its MapIterationSucceeded", async () => {
    const run = await mapping({ A: pass() }, '["x", {"y": 1.0}]', { MaxConcurrency: 1 });
    expect(run.history).toEqual([
      "1 0 ExecutionStarted",
      "2 0 MapStateEntered M",
      "3 2 MapStateStarted",
      "4 3 MapIterationStarted M#0",
      "5 4 PassStateEntered A",
      "6 5 PassStateExited A",
      "7 6 MapIterationSucceeded M#0",
      "8 6 MapIterationStarted M#1",
      "9 8 PassStateEntered A",
      "10 9 PassStateExited A",
      "11 10 MapIterationSucceeded M#1",
      "12 11 MapStateSucceeded",
      "13 11 MapStateExited M",
      "14 13 ExecutionSucceeded",
    ]);
    expect(run.detailsOf("MapStateStarted")).toEqual({ length: 2 });
    expect(run.detailsOf("MapIterationStarted", 1)).toEqual({ name: "M", index: 1 });
    expect(run.result).toBe('["x",{"y":1}]');
  });

  test("without a limit: all begin before the first enters a state", async () => {
    const run = await mapping({ A: task() }, [1, 2]);
    expect(run.historyFrom(4)).toEqual([
      "4 3 MapIterationStarted M#0",
      "5 3 MapIterationStarted M#1",
      "6 4 TaskStateEntered A",
      "7 6 TaskScheduled",
      "8 7 TaskStarted",
      "9 5 TaskStateEntered A",
      "10 9 TaskScheduled",
      "11 10 TaskStarted",
    ]);
    await run.succeed("A", "1.0");
    await run.succeed("A", '"second"');
    expect(run.historyFrom(12)).toEqual([
      "12 8 TaskSucceeded",
      "13 12 TaskStateExited A",
      "14 13 MapIterationSucceeded M#0",
      "15 11 TaskSucceeded",
      "16 15 TaskStateExited A",
      "17 16 MapIterationSucceeded M#1",
      "18 17 MapStateSucceeded",
      "19 17 MapStateExited M",
      "20 19 ExecutionSucceeded",
    ]);
    expect(run.result).toBe('[1.0,"second"]');
  });

  test("of no items: it succeeds at once", async () => {
    const run = await mapping({ A: pass() }, []);
    expect(run.historyFrom(3)).toEqual([
      "3 2 MapStateStarted",
      "4 3 MapStateSucceeded",
      "5 3 MapStateExited M",
      "6 5 ExecutionSucceeded",
    ]);
    expect(run.result).toBe("[]");
  });

  test("the results stand in the order of the items, whichever ends first", async () => {
    const run = await mapping({ A: { Type: "Wait", SecondsPath: "$", End: true } }, [3, 1, 2]);
    await run.wait(3);
    expect(run.result).toBe("[3,1,2]");
    expect(run.history.filter((x) => x.includes("Succeeded M")).map((x) => x.slice(-2))).toEqual(["#1", "#2", "#0"]);
  });
});

describe("how many iterations run at the same time", () => {
  const hundred = Array.from({ length: 100 }, (_, i) => i);
  test.each<[string, Definition, unknown, number]>([
    ["as many as there are, up to 40", {}, hundred, 40],
    ["MaxConcurrency 0 says the same", { MaxConcurrency: 0 }, hundred, 40],
    ["fewer items than that", {}, [1, 2, 3], 3],
    ["MaxConcurrency", { MaxConcurrency: 7 }, hundred, 7],
    ["more than 40 when asked for", { MaxConcurrency: 60 }, hundred, 60],
    ["MaxConcurrencyPath", { ItemsPath: "$.l", MaxConcurrencyPath: "$.c" }, { l: hundred, c: 3 }, 3],
    ["MaxConcurrencyPath to 0", { ItemsPath: "$.l", MaxConcurrencyPath: "$.c" }, { l: hundred, c: 0 }, 40],
    ["a number in a text", { ItemsPath: "$.l", MaxConcurrencyPath: "$.c" }, { l: hundred, c: "5" }, 5],
  ])("%s", async (_, fields, input, open) => {
    const run = await mapping({ A: task() }, input, fields);
    expect(run.openTasks).toHaveLength(open);
    await run.succeed("A");
    const length = Array.isArray(input) ? input.length : (input as { l: unknown[] }).l.length;
    expect(run.openTasks).toHaveLength(Math.min(open, length - 1));
  });

  test("a million wanted at once, of a hundred thousand items, is the history's end and not the engine's", async () => {
    const run = await mapping({ A: task() }, `[${"0,".repeat(100_000)}0]`, { MaxConcurrency: 1_000_000 });
    expect(run.history.at(-1)).toBe("25000 24999 ExecutionFailed");
  }, 20_000);

  test.each<[unknown, string]>([
    ["NoNumber", 'The MaxConcurrencyPath field refers to value "NoNumber" which is not a valid integer: $.c'],
    [1.5, 'The MaxConcurrencyPath field refers to value "1.5" which is not a valid integer: $.c'],
    [null, 'The MaxConcurrencyPath field refers to value "null" which is not a valid integer: $.c'],
    [-1, "MaxConcurrency must not be negative."],
  ])("a MaxConcurrencyPath to %j fails before the Map has started", async (c, cause) => {
    const run = await mapping({ A: pass() }, { l: [1], c }, { ItemsPath: "$.l", MaxConcurrencyPath: "$.c" });
    expect(run.historyFrom(2)).toEqual(["2 0 MapStateEntered M", "3 2 ExecutionFailed"]);
    expect(run.result).toEqual(runtimeFailure(cause));
  });
});

describe("where the items come from and what an iteration gets", () => {
  const given = "States.Format('{}:{}', $$.Map.Item.Index, $$.Map.Item.Value)";
  test.each<[string, Definition, unknown, unknown]>([
    ["the input", {}, [1, 2], [1, 2]],
    ["InputPath", { InputPath: "$.a" }, { a: [1] }, [1]],
    ["ItemsPath", { ItemsPath: "$.a.b" }, { a: { b: [1] } }, [1]],
    ["ItemsPath after InputPath", { InputPath: "$.a", ItemsPath: "$.b" }, { a: { b: [1] } }, [1]],
    ["ItemsPath into the context", { ItemsPath: "$$.Execution.Input.a" }, { a: [1, 2] }, [1, 2]],
    [
      "ItemSelector",
      { ItemsPath: "$.a", ItemSelector: { "i.$": given, "k.$": "$.k" } },
      { a: ["x", "y"], k: 9 },
      [
        { i: "0:x", k: 9 },
        { i: "1:y", k: 9 },
      ],
    ],
    ["Parameters, its older name", { Parameters: { "v.$": "$$.Map.Item.Value" } }, [1, null], [{ v: 1 }, { v: null }]],
    ["Iterator, the processor's older name", { ItemProcessor: undefined, Iterator: states({ A: pass() }) }, [1], [1]],
    ["ResultSelector", { ResultSelector: { "n.$": "States.ArrayLength($)" } }, [1, 2], { n: 2 }],
    ["ResultPath", { ItemsPath: "$.a", ResultPath: "$.r" }, { a: [1] }, { a: [1], r: [1] }],
    ["OutputPath", { OutputPath: "$[1]" }, [1, 2], 2],
  ])("%s", async (_, fields, input, output) => {
    const run = await mapping({ A: pass() }, input, fields);
    expect(JSON.parse(run.result as string)).toEqual(output);
  });

  test("the item is in the context of every state below, a Parallel's branches included", async () => {
    const inner = states({ B: pass({ Parameters: { "v.$": "$$.Map.Item.Value", "i.$": "$$.Map.Item.Index" } }) });
    const run = await mapping({ A: { Type: "Parallel", Branches: [inner], End: true } }, ["x"]);
    expect(run.result).toBe('[[{"v":"x","i":0}]]');
  });

  const noArray = (path: string): object => ({
    error: "States.Runtime",
    cause: `Reference path "${path}" must point to array.`,
  });
  test.each<[string, Definition, unknown, unknown]>([
    ["an input that is no list", {}, { a: 1 }, noArray("$")],
    ["an ItemsPath to no list", { ItemsPath: "$.a" }, { a: 1 }, noArray("$.a")],
    ["an ItemsPath to an object of the context", { ItemsPath: "$$.Execution" }, {}, noArray("$.Execution")],
    [
      "an ItemsPath to nothing",
      { ItemsPath: "$.no" },
      {},
      runtimeFailure("Invalid path '$.no' : No results for path: $['no']"),
    ],
  ])("%s fails before the Map has started", async (_, fields, input, failure) => {
    const run = await mapping({ A: pass() }, input, fields);
    expect(run.historyFrom(2)).toEqual(["2 0 MapStateEntered M", "3 2 ExecutionFailed"]);
    expect(run.result).toEqual(failure);
  });
});

test("a Map inside a Map", async () => {
  const inner = { N: { Type: "Map", MaxConcurrency: 1, ItemProcessor: states({ A: pass() }), End: true } };
  const run = await mapping(inner, "[[1, 2], [3]]", { MaxConcurrency: 1 });
  expect(run.historyFrom(3)).toEqual([
    "3 2 MapStateStarted",
    "4 3 MapIterationStarted M#0",
    "5 4 MapStateEntered N",
    "6 5 MapStateStarted",
    "7 6 MapIterationStarted N#0",
    "8 7 PassStateEntered A",
    "9 8 PassStateExited A",
    "10 9 MapIterationSucceeded N#0",
    "11 9 MapIterationStarted N#1",
    "12 11 PassStateEntered A",
    "13 12 PassStateExited A",
    "14 13 MapIterationSucceeded N#1",
    "15 14 MapStateSucceeded",
    "16 14 MapStateExited N",
    "17 16 MapIterationSucceeded M#0",
    "18 16 MapIterationStarted M#1",
    "19 18 MapStateEntered N",
    "20 19 MapStateStarted",
    "21 20 MapIterationStarted N#0",
    "22 21 PassStateEntered A",
    "23 22 PassStateExited A",
    "24 23 MapIterationSucceeded N#0",
    "25 24 MapStateSucceeded",
    "26 24 MapStateExited N",
    "27 26 MapIterationSucceeded M#1",
    "28 27 MapStateSucceeded",
    "29 27 MapStateExited M",
    "30 29 ExecutionSucceeded",
  ]);
  expect(run.result).toBe("[[1,2],[3]]");
});

describe("an iteration that fails", () => {
  test("in a Fail state: MapIterationFailed and MapStateFailed both follow FailStateEntered", async () => {
    const run = await mapping(failOn(2), [1, 2, 3], { MaxConcurrency: 1 });
    expect(run.historyFrom(10)).toEqual([
      "10 8 MapIterationStarted M#1",
      "11 10 ChoiceStateEntered C",
      "12 11 ChoiceStateExited C",
      "13 12 FailStateEntered F",
      "14 13 MapIterationFailed M#1",
      "15 13 MapStateFailed",
      "16 15 ExecutionFailed",
    ]);
    expect(run.result).toEqual({ error: "Boom", cause: "It broke." });
  });

  test("aborts the others: each with MapIterationAborted and its open state, all after the failing event", async () => {
    const run = await mapping({ A: task() }, [1, 2, 3]);
    await run.succeed("A");
    await run.fail("A");
    expect(run.historyFrom(19)).toEqual([
      "19 12 TaskFailed",
      "20 19 MapIterationFailed M#1",
      "21 19 TaskStateAborted",
      "22 19 MapIterationAborted M#2",
      "23 19 TaskStateAborted",
      "24 19 MapStateFailed",
      "25 24 ExecutionFailed",
    ]);
    expect(run.detailsOf("MapIterationFailed")).toEqual({ name: "M", index: 1 });
    expect(run.detailsOf("MapIterationAborted")).toEqual({ name: "M", index: 2 });
    expect(run.commands.filter((x) => x.type === "AbandonTask").map((x) => x.taskId)).toEqual(["3-3"]);
  });

  test("all of them timing out at the same moment: each has its event, and the first one fails the Map", async () => {
    const run = await mapping({ A: task({ TimeoutSeconds: 5 }) }, [1, 2, 3, 4]);
    await run.wait(5);
    expect(run.historyFrom(20)).toEqual([
      "20 10 TaskTimedOut",
      "21 13 TaskTimedOut",
      "22 16 TaskTimedOut",
      "23 19 TaskTimedOut",
      "24 20 MapIterationFailed M#0",
      "25 20 TaskStateAborted",
      "26 20 MapIterationAborted M#1",
      "27 20 TaskStateAborted",
      "28 20 MapIterationAborted M#2",
      "29 20 TaskStateAborted",
      "30 20 MapIterationAborted M#3",
      "31 20 TaskStateAborted",
      "32 20 MapStateFailed",
      "33 32 ExecutionFailed",
    ]);
    expect(run.detailsOf("ExecutionFailed")).toEqual({ error: "States.Timeout" });
  });

  test("is caught by the Map, after MapStateFailed", async () => {
    const Catch = [{ ErrorEquals: ["Boom"], Next: "Caught" }];
    const run = await mapping(failOn(1), [1], { Catch }, { Caught: { Type: "Succeed" } });
    expect(run.historyFrom(7).slice(0, 4)).toEqual([
      "7 6 FailStateEntered F",
      "8 7 MapIterationFailed M#0",
      "9 7 MapStateFailed",
      "10 9 MapStateExited M",
    ]);
    expect(run.result).toBe('{"Error":"Boom","Cause":"It broke."}');
  });

  test("is caught inside, and is no failure of the iteration", async () => {
    const Catch = [{ ErrorEquals: ["States.ALL"], Next: "Caught" }];
    const run = await mapping({ A: task({ Catch }), Caught: pass({ Result: "caught" }) }, [1]);
    await run.fail("A");
    expect(run.result).toBe('["caught"]');
  });

  test("is retried: a new MapStateStarted, and MapStateFailed only at the end", async () => {
    const Retry = [{ ErrorEquals: ["Boom"], MaxAttempts: 1 }];
    const run = await mapping({ F: { Type: "Fail", Error: "Boom" } }, [1], { Retry });
    await run.wait(1);
    expect(run.historyFrom(3)).toEqual([
      "3 2 MapStateStarted",
      "4 3 MapIterationStarted M#0",
      "5 4 FailStateEntered F",
      "6 5 MapIterationFailed M#0",
      "7 5 MapStateStarted",
      "8 7 MapIterationStarted M#0",
      "9 8 FailStateEntered F",
      "10 9 MapIterationFailed M#0",
      "11 9 MapStateFailed",
      "12 11 ExecutionFailed",
    ]);
  });

  test("with nothing said fails the Map with nothing said", async () => {
    const run = await mapping({ F: { Type: "Fail" } }, [1]);
    expect(run.detailsOf("ExecutionFailed")).toEqual({});
  });

  test("because of an ItemSelector: it and the others end, the Map's Catcher does not see States.Runtime", async () => {
    const fields = { MaxConcurrency: 1, ItemSelector: { "x.$": "$$.Map.Item.Value.x" } };
    const run = await mapping({ A: task() }, [{ x: 1 }, {}], fields);
    await run.succeed("A");
    expect(run.historyFrom(10)).toEqual([
      "10 9 MapIterationSucceeded M#0",
      "11 9 MapIterationStarted M#1",
      "12 10 ExecutionFailed",
    ]);
    expect(run.result).toMatchObject({ error: "States.Runtime" });
  });
});

describe("tolerated failures", () => {
  const items = [1, 2, 3, 4];
  test.each<[string, Definition, States, unknown]>([
    ["a count that is not exceeded", { ToleratedFailureCount: 1 }, failOn(2), "[1,3,4]"],
    ["a percentage that is not exceeded", { ToleratedFailurePercentage: 25 }, failOn(2), "[1,3,4]"],
    ["all of them", { ToleratedFailurePercentage: 100 }, { F: { Type: "Fail" } }, "[]"],
  ])("%s: the failed iteration is missing from the result", async (_, fields, item, output) => {
    const run = await mapping(item, items, { MaxConcurrency: 1, ...fields });
    expect(run.result).toBe(output);
    expect(run.history.some((x) => x.includes("MapIterationFailed"))).toBe(true);
  });

  const exceeded = {
    error: "States.ExceedToleratedFailureThreshold",
    cause: "The specified tolerated failure threshold was exceeded",
  };
  test.each<[string, Definition, unknown]>([
    ["a count that is exceeded", { ToleratedFailureCount: 1 }, exceeded],
    ["a percentage that is exceeded", { ToleratedFailurePercentage: 25 }, exceeded],
    ["both given, the smaller counts", { ToleratedFailureCount: 4, ToleratedFailurePercentage: 25 }, exceeded],
    ["none tolerated: the iteration's own failure", { ToleratedFailureCount: 0 }, { error: "Boom" }],
    ["a percentage of less than one item", { ToleratedFailurePercentage: 20 }, { error: "Boom" }],
    ["none, whatever the percentage", { ToleratedFailureCount: 0, ToleratedFailurePercentage: 50 }, { error: "Boom" }],
  ])("%s", async (_, fields, failure) => {
    const run = await mapping({ F: { Type: "Fail", Error: "Boom" } }, items, { MaxConcurrency: 1, ...fields });
    expect(run.result).toEqual(failure);
    expect(run.history.at(-2)).toMatch(/MapStateFailed$/u);
  });

  test.each<[string, unknown, string]>([
    [
      "ToleratedFailureCountPath",
      "x",
      'The ToleratedFailureCountPath field refers to value "x" which is not a valid integer: $.t',
    ],
    ["ToleratedFailureCountPath", -1, "ToleratedFailureCount must not be negative."],
    [
      "ToleratedFailurePercentagePath",
      [],
      'The ToleratedFailurePercentagePath field refers to value "[]" which is not a valid float: $.t',
    ],
    ["ToleratedFailurePercentagePath", 100.5, "ToleratedFailurePercentage must be between 0 and 100."],
  ])("a bad %s fails when the Map has started", async (field, t, cause) => {
    const run = await mapping({ A: task() }, { l: [1], t }, { ItemsPath: "$.l", [field]: "$.t" });
    expect(run.historyFrom(3)).toEqual(["3 2 MapStateStarted", "4 3 ExecutionFailed"]);
    expect(run.result).toEqual(runtimeFailure(cause));
  });

  test("a fraction of a percent may come from the input", async () => {
    const fields = { ItemsPath: "$.l", ToleratedFailurePercentagePath: "$.t" };
    const run = await mapping(failOn(2), { l: items, t: 25.5 }, fields);
    expect(run.result).toBe("[1,3,4]");
  });
});

describe("what a Map has to search for", () => {
  const numbers = Array.from({ length: 3000 }, (_, n) => ({ n }));
  const selector = { "n.$": "$$.Map.Item.Value.n", "of.$": "States.ArrayLength($)" };
  const begun = async (input: unknown, fields: Definition): Promise<Run> =>
    mapping({ T: task() }, input, { MaxConcurrency: 40, ...fields });
  const cursorOf = (run: Run): JoiningCursor => run.execution.branches.get(0)!.cursor as JoiningCursor;
  /** Searching it takes some of the steps that a piece of work has, and more than there are if each iteration did it. */
  const huge = { all: Array.from({ length: 30 }, () => numbers) };

  test.each(["InputPath", "ItemsPath"])(
    "by %s is searched for once, however many iterations begin together",
    async (field) => {
      const run = await begun(huge, { [field]: "$.all[*][?(@.n < 20)].n", MaxConcurrency: 600 });
      expect(run.result).toBeUndefined();
      expect(run.openTasks).toHaveLength(600);
    },
  );

  test("is the same for the iterations that begin later", async () => {
    const run = await begun({ all: numbers }, { InputPath: "$.all[?(@.n < 60)]", ItemSelector: selector });
    for (let i = 0; i < 60; i++) await run.succeed("T", "1");
    const inputs = run.inputsOf("T").map((x) => JSON.parse(x as string) as { n: number; of: number });
    expect(inputs).toEqual(Array.from({ length: 60 }, (_, n) => ({ n, of: 60 })));
  });

  test("is kept where it is no look-up, and not too large to keep", async () => {
    const keptBy = async (fields: Definition): Promise<readonly string[]> => {
      const cursor = cursorOf(await begun({ all: [{ n: 1 }], box: { wide: "x".repeat(200_000) } }, fields));
      return (["input", "items"] as const).filter((name) => cursor[name] !== undefined);
    };
    expect(await keptBy({ InputPath: "$.all" })).toEqual([]);
    expect(await keptBy({ ItemsPath: "$.all" })).toEqual([]);
    expect(await keptBy({ InputPath: "$.all[*]" })).toEqual(["input"]);
    expect(await keptBy({ ItemsPath: "$.all[*]" })).toEqual(["items"]);
    expect(await keptBy({ InputPath: "$['all','box']", ItemsPath: "$.all" })).toEqual(["input"]);
    expect(await keptBy({ InputPath: "$..*", ItemsPath: "$[0]" })).toEqual([]);
    expect(await keptBy({ InputPath: null, ItemsPath: "$$.Execution.Input.all" })).toEqual([]);
  });
});
