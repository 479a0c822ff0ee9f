/** JSONata in the fields of each state that may have them. */
import { expect, test } from "vitest";
import { CALLBACK, INVOKE, start, states, type Definition } from "./words.ts";

const jsonata = (all: Readonly<Record<string, Definition>>): Definition => ({
  ...states(all),
  QueryLanguage: "JSONata",
});
const inner = states({ I: { Type: "Pass", End: true } });

test.each<[string, Definition, unknown]>([
  ["Pass", { Assign: { v: "{% $states.input %}" } }, [5]],
  ["Wait", { Seconds: 0, Assign: { v: "{% $states.input %}" } }, [5]],
  ["Parallel", { Branches: [inner], Assign: { v: "{% $states.result %}" } }, [[5]]],
  ["Map", { ItemProcessor: inner, Assign: { v: "{% $states.result %}" } }, [5]],
])("Assign is evaluated in each state that may have it: %s", async (Type, fields, value) => {
  const machine = jsonata({
    A: { Type, ...fields, Next: "B" },
    B: { Type: "Succeed", Output: { v: "{% $v %}" } },
  });
  expect((await start(machine, [5])).result).toBe(JSON.stringify({ v: value }));
});

test("a Choice's own Assign and Output count where the Default is taken", async () => {
  const choice = {
    Type: "Choice",
    Choices: [{ Condition: "{% $states.input = 1 %}", Next: "B" }],
    Default: "B",
    Assign: { v: "{% $states.input + 1 %}" },
    Output: "{% 'default' %}",
  };
  const machine = jsonata({
    A: { Type: "Pass", Assign: { v: 0 }, Next: "C" },
    C: choice,
    B: { Type: "Succeed", Output: ["{% $states.input %}", "{% $v %}"] },
  });
  expect((await start(machine, 2)).result).toBe('["default",3]');
  expect((await start(machine, 1)).result).toBe("[1,0]");
});

test("HeartbeatSeconds may be an expression", async () => {
  const task = { Type: "Task", Resource: CALLBACK, HeartbeatSeconds: "{% $states.input * 2 %}", End: true };
  const run = await start(jsonata({ T: task }), 5);
  expect(run.detailsOf("TaskScheduled")).toMatchObject({ heartbeatInSeconds: 10 });
  await run.wait(10);
  expect(run.result).toMatchObject({ error: "States.Timeout" });
});

test("a HeartbeatSecondsPath counts", async () => {
  const task = { Type: "Task", Resource: CALLBACK, HeartbeatSecondsPath: "$.h", End: true };
  const run = await start(states({ T: task }), { h: 10 });
  expect(run.secondsToTimer).toBe(10);
});

test.each<[string, Definition]>([
  ["Parallel", { Branches: [states({ F: { Type: "Fail", Error: "Boom" } })] }],
  ["Map", { ItemProcessor: states({ F: { Type: "Fail", Error: "Boom" } }) }],
])("a Parallel and a Map retry and catch in JSONata: %s", async (Type, fields) => {
  const Retry = [{ ErrorEquals: ["Boom"], IntervalSeconds: 2, MaxAttempts: 1 }];
  const Catch = [
    {
      ErrorEquals: ["Boom"],
      Next: "B",
      Output: "{% $states.errorOutput.Error %}",
      Assign: { v: "{% $states.input %}" },
    },
  ];
  const machine = jsonata({
    A: { Type, ...fields, Retry, Catch, End: true },
    B: { Type: "Succeed", Output: ["{% $states.input %}", "{% $v %}"] },
  });
  const run = await start(machine, [1]);
  expect(run.secondsToTimer).toBe(2);
  await run.wait(2);
  expect(run.result).toBe('["Boom",[1]]');
});

test("the Items of a Map may be an object: its members are pairs, with a Key in the context", async () => {
  const Output = "{% $states.context.Map.Item %}";
  const ItemProcessor = {
    QueryLanguage: "JSONata",
    ...states({ T: { Type: "Task", Resource: INVOKE, Arguments: "{% $states.input %}", Output, End: true } }),
  };
  const map = (more: Definition): Definition =>
    jsonata({ M: { Type: "Map", ItemProcessor, MaxConcurrency: 1, End: true, ...more } });
  for (const Items of [{ b: 1, a: { n: 2 } }, "{% {'b': 1, 'a': {'n': 2}} %}"]) {
    const run = await start(map({ Items }));
    expect(run.detailsOf("MapStateStarted")).toEqual({ length: 2 });
    await run.succeed("T");
    await run.succeed("T");
    expect(run.calls.map((x) => x.parameters)).toEqual(['{"Key":"b","Value":1}', '{"Key":"a","Value":{"n":2}}']);
    expect(JSON.parse(run.result as string)).toEqual([
      { Index: 0, Key: "b", Value: 1 },
      { Index: 1, Key: "a", Value: { n: 2 } },
    ]);
    const selected = await start(map({ Items, ItemSelector: "{% $states.context.Map.Item.Key %}" }));
    expect(selected.calls.map((x) => x.parameters)).toEqual(['"b"']);
  }
  expect((await start(map({ Items: "{% 5 %}" }))).result).toMatchObject({ error: "States.QueryEvaluationError" });
});

test("a Task's Retry counts in JSONata as it does in JSONPath", async () => {
  const task = { Type: "Task", Resource: INVOKE, Retry: [{ ErrorEquals: ["Boom"], BackoffRate: 3 }], End: true };
  const run = await start(jsonata({ T: task }));
  for (const seconds of [1, 3, 9]) {
    await run.fail("T");
    expect(run.secondsToTimer).toBe(seconds);
    await run.wait(seconds);
  }
});
