import { describe, expect, test } from "vitest";
import { INVOKE, start, states, type Definition } from "./words.ts";

const read = (names: readonly string[]): Definition => ({
  Type: "Pass",
  Parameters: Object.fromEntries(names.map((name) => [`${name}.$`, `$${name}`])),
  End: true,
});
const resultOf = (run: { result: unknown }): unknown => JSON.parse(run.result as string);

test("a variable is seen by every later state, and the exit tells what was assigned", async () => {
  const Assign = {
    plain: 42,
    "chosen.$": "$.n",
    nested: { "list.$": "States.Array($.n)" },
    "z.$": "$$.Execution.Name",
  };
  const run = await start(
    states({
      A: { Type: "Pass", Assign, Next: "B" },
      B: { Type: "Pass", Next: "C" },
      C: read(["plain", "chosen", "nested", "z"]),
    }),
    { n: 7 },
  );
  expect(run.detailsOf("PassStateExited")).toEqual({
    name: "A",
    output: '{"n":7}',
    outputDetails: { truncated: false },
    assignedVariables: { plain: "42", chosen: "7", nested: '{"list":[7]}', z: '"run-1"' },
    assignedVariablesDetails: { truncated: false },
  });
  expect(run.detailsOf("PassStateExited", 1)).not.toHaveProperty("assignedVariables");
  expect(resultOf(run)).toEqual({ plain: 42, chosen: 7, nested: { list: [7] }, z: "run-1" });
});

test("an Assign of nothing tells of nothing", async () => {
  const run = await start(states({ A: { Type: "Pass", Assign: {}, End: true } }));
  expect(run.detailsOf("PassStateExited")).not.toHaveProperty("assignedVariables");
});

describe("everything in a state is evaluated on the values the variables had on entry", () => {
  const first = { Type: "Pass", Assign: { a: 1, b: 2 }, Next: "S" };

  test("the assignments among themselves", async () => {
    const swap = { Type: "Pass", Assign: { "a.$": "$b", "b.$": "$a" }, Next: "R" };
    expect(resultOf(await start(states({ A: first, S: swap, R: read(["a", "b"]) })))).toEqual({ a: 2, b: 1 });
  });

  test("the state's own paths, OutputPath included", async () => {
    const own = {
      Type: "Pass",
      InputPath: "$a",
      ResultPath: "$.r",
      OutputPath: "$b",
      Assign: { a: 9, b: 9 },
      End: true,
    };
    expect((await start(states({ A: first, S: own }))).result).toBe("2");
  });
});

describe("what an Assign sees as its input", () => {
  const last = (name = "v"): Definition => ({ Type: "Pass", OutputPath: `$${name}`, End: true });
  const Assign = { "v.$": "$" };

  test("of a Pass: its result, before ResultPath", async () => {
    const pass = { Type: "Pass", Result: "r", ResultPath: null, Assign, Next: "L" };
    expect((await start(states({ A: pass, L: last() }))).result).toBe('"r"');
  });

  test("of a Task: its result after ResultSelector", async () => {
    const task = {
      Type: "Task",
      Resource: INVOKE,
      ResultSelector: { "y.$": "$.x" },
      ResultPath: null,
      Assign,
      Next: "L",
    };
    const run = await start(states({ A: task, L: last() }));
    await run.succeed("A", { x: 1 });
    expect(run.result).toBe('{"y":1}');
  });

  test("of a Wait: its input, when the wait is over", async () => {
    const wait = { Type: "Wait", Seconds: 1, InputPath: "$.x", Assign, Next: "L" };
    const run = await start(states({ A: wait, L: last() }), { x: 1 });
    await run.wait(1);
    expect(run.result).toBe("1");
  });

  test.each<[string, unknown, string]>([
    ["the rule that holds", 1, '"rule"'],
    ["the state itself, where the Default is taken", 2, '"state"'],
  ])("of a Choice: %s", async (_, input, value) => {
    const rule = { Variable: "$", NumericEquals: 1, Next: "L", Assign: { v: "rule" } };
    const choice = { Type: "Choice", Choices: [rule], Default: "L", Assign: { v: "state" } };
    expect((await start(states({ A: choice, L: last() }), input)).result).toBe(value);
  });

  test("of a Catcher: the error output", async () => {
    const Catch = [{ ErrorEquals: ["States.ALL"], ResultPath: null, Assign: { "v.$": "$.Error" }, Next: "L" }];
    const task = { Type: "Task", Resource: INVOKE, Assign: { v: "never" }, Catch, Next: "L" };
    const run = await start(states({ A: task, L: last() }));
    await run.fail("A", "Boom");
    expect(run.result).toBe('"Boom"');
    expect(run.detailsOf("TaskStateExited")).toMatchObject({ assignedVariables: { v: '"Boom"' } });
  });

  test.each<[string, Definition]>([
    ["Parallel", { Type: "Parallel", Branches: [states({ B: { Type: "Pass", End: true } })] }],
    ["Map", { Type: "Map", ItemProcessor: states({ B: { Type: "Pass", End: true } }) }],
  ])("of a %s: the joined result after ResultSelector", async (_, container) => {
    const fields = { ResultSelector: { "n.$": "$.length()" }, ResultPath: null, Assign, Next: "L" };
    expect((await start(states({ A: { ...container, ...fields }, L: last() }), [1])).result).toBe('{"n":1}');
  });
});

describe("scopes", () => {
  const outer = { Type: "Pass", Assign: { v: "outer" }, Next: "P" };

  test("a branch reads the variables around it, and keeps its own for itself", async () => {
    const branch = (value: number): Definition =>
      states({
        [`S${value}`]: { Type: "Pass", Assign: { own: value }, Next: `R${value}` },
        [`R${value}`]: read(["v", "own"]),
      });
    const parallel = { Type: "Parallel", Branches: [branch(1), branch(2)], End: true };
    const run = await start(states({ A: outer, P: parallel }));
    expect(resultOf(run)).toEqual([
      { v: "outer", own: 1 },
      { v: "outer", own: 2 },
    ]);
  });

  test("a branch's variable is gone when the branch has joined", async () => {
    const branch = states({ S: { Type: "Pass", Assign: { own: 1 }, End: true } });
    const run = await start(
      states({ A: outer, P: { Type: "Parallel", Branches: [branch], Next: "R" }, R: read(["own"]) }),
    );
    expect(run.result).toMatchObject({ error: "States.Runtime", cause: expect.stringContaining("'$own'") });
  });

  test("each iteration of a Map begins without variables of its own", async () => {
    const choice = {
      Type: "Choice",
      Choices: [{ Variable: "$seen", IsPresent: true, Next: "Old" }],
      Default: "New",
    };
    const item = states({
      C: choice,
      New: { Type: "Pass", Assign: { seen: true }, Result: "new", End: true },
      Old: { Type: "Pass", Result: "old", End: true },
    });
    const run = await start(states({ M: { Type: "Map", MaxConcurrency: 1, ItemProcessor: item, End: true } }), [1, 2]);
    expect(resultOf(run)).toEqual(["new", "new"]);
  });

  test("two levels down the outermost is still seen", async () => {
    const inner = states({ I: { Type: "Map", ItemProcessor: states({ R: read(["v"]) }), End: true } });
    const run = await start(states({ A: outer, P: { Type: "Map", ItemProcessor: inner, End: true } }), [[1]]);
    expect(resultOf(run)).toEqual([[{ v: "outer" }]]);
  });
});

test("a variable named like a member that every object has is a variable like any other", async () => {
  const unset = await start(states({ R: read(["constructor"]) }));
  expect(unset.result).toMatchObject({ error: "States.Runtime" });
  const text = '{"__proto__": {"x": 1}, "toString": 2}';
  const assign = JSON.parse(`{"Type": "Pass", "Assign": ${text}, "Next": "R"}`) as Definition;
  const set = await start(
    states({ A: assign, R: { Type: "Pass", Parameters: { "p.$": "$__proto__.x", "t.$": "$toString" }, End: true } }),
  );
  expect(resultOf(set)).toEqual({ p: 1, t: 2 });
});
