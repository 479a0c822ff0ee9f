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

test("the Items of an inline Map are an array: an object is refused, in AWS's words", async () => {
  const ItemProcessor = { QueryLanguage: "JSONata", ...states({ T: { Type: "Pass", End: true } }) };
  const causeOf = async (Items: unknown): Promise<unknown> => {
    const { result } = await start(jsonata({ M: { Type: "Map", Items, ItemProcessor, End: true } }));
    expect(result).toMatchObject({ error: "States.QueryEvaluationError" });
    return (result as { readonly cause?: string }).cause;
  };
  expect(await causeOf("{% {'foo': 'bar'} %}")).toContain(
    `Expected 'array', but was 'object' for value: {"foo":"bar"}`,
  );
  expect(await causeOf("{% 5 %}")).toContain("Expected 'array', but was 'number' for value: 5");
  expect(await causeOf({ foo: "bar" })).toContain(`Map state input must be an array but was: {"foo":"bar"}`);
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
