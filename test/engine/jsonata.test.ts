import { describe, expect, test } from "vitest";
import { LAMBDA, start, states, type Definition } from "./words.ts";

const jsonata = (all: Readonly<Record<string, Definition>>): Definition => ({
  ...states(all),
  QueryLanguage: "JSONata",
});

describe("each state", () => {
  test.each<[string, Definition, unknown, string]>([
    ["Pass without Output passes its input", { Type: "Pass", End: true }, '{"x": 1}', '{"x": 1}'],
    [
      "Pass",
      { Type: "Pass", Output: { y: "{% $states.input.x + 1 %}", z: [1] }, End: true },
      { x: 1 },
      '{"y":2,"z":[1]}',
    ],
    ["Pass with text that is no expression", { Type: "Pass", Output: "{%", End: true }, {}, '"{%"'],
    ["Succeed", { Type: "Succeed", Output: "{% $states.input.x %}" }, { x: [1] }, "[1]"],
    ["Wait", { Type: "Wait", Seconds: "{% 0 %}", Output: "{% $states.input.x %}", End: true }, { x: 1 }, "1"],
    [
      "Wait for a moment",
      { Type: "Wait", Timestamp: "{% $states.input %}", End: true },
      '"2020-01-01T00:00:00Z"',
      '"2020-01-01T00:00:00Z"',
    ],
    [
      "Parallel",
      {
        Type: "Parallel",
        Arguments: { a: "{% $states.input.x %}" },
        Branches: [states({ P: { Type: "Pass", End: true } })],
        Output: "{% $states.result.a & $states.input.x %}",
        End: true,
      },
      { x: 1 },
      '"11"',
    ],
    [
      "Map",
      {
        Type: "Map",
        Items: "{% $states.input.xs %}",
        ItemSelector: "{% $states.context.Map.Item.Value * $states.input.by %}",
        MaxConcurrency: "{% 1 %}",
        ItemProcessor: states({ P: { Type: "Pass", Output: "{% $states.input + 1 %}", End: true } }),
        Output: { sum: "{% $sum($states.result) %}" },
        End: true,
      },
      { xs: [1, 2, 3], by: 10 },
      '{"sum":63}',
    ],
    [
      "Map over items written out",
      {
        Type: "Map",
        Items: [1, "{% $states.input %}"],
        ItemProcessor: states({ P: { Type: "Pass", End: true } }),
        End: true,
      },
      5,
      "[1,5]",
    ],
  ])("%s", async (_, state, input, output) => {
    expect((await start(jsonata({ A: state }), input)).result).toBe(output);
  });

  test("Choice: the first condition that holds, with its own Output and Assign", async () => {
    const machine = jsonata({
      A: {
        Type: "Choice",
        Choices: [
          { Condition: "{% $states.input > 5 %}", Next: "B", Output: "big", Assign: { n: "{% $states.input %}" } },
          { Condition: true, Next: "C" },
        ],
      },
      B: { Type: "Pass", Output: ["{% $n %}", "{% $states.input %}"], End: true },
      C: { Type: "Succeed" },
    });
    expect((await start(machine, 9)).result).toBe('[9,"big"]');
    expect((await start(machine, 3)).result).toBe("3");
  });

  test("Choice: its Default where no condition holds", async () => {
    const choice = { Type: "Choice", Choices: [{ Condition: "{% $states.input > 5 %}", Next: "B" }] };
    const others = { B: { Type: "Succeed", Output: "B" }, C: { Type: "Succeed", Output: "C" } };
    expect((await start(jsonata({ A: { ...choice, Default: "C" }, ...others }), 3)).result).toBe('"C"');
    expect((await start(jsonata({ A: choice, ...others }), 3)).result).toMatchObject({
      error: "States.NoChoiceMatched",
    });
  });

  test("Fail tells what its expressions give", async () => {
    const run = await start(
      jsonata({ A: { Type: "Fail", Error: "{% 'E' & $states.input %}", Cause: "{% 'why' %}" } }),
      7,
    );
    expect(run.result).toEqual({ error: "E7", cause: "why" });
  });

  test("Assign sees the variables as they were before", async () => {
    const machine = jsonata({
      A: { Type: "Pass", Assign: { x: 1 }, Next: "B" },
      B: { Type: "Pass", Assign: { x: 2, y: "{% $x + 10 %}" }, Output: "{% $x %}", Next: "C" },
      C: { Type: "Pass", Output: ["{% $states.input %}", "{% $x %}", "{% $y %}"], End: true },
    });
    expect((await start(machine)).result).toBe("[1,2,11]");
  });

  test("the languages of two states pass data and variables to each other", async () => {
    const machine = states({
      A: { Type: "Pass", Assign: { "x.$": "$.a" }, Next: "B" },
      B: {
        Type: "Pass",
        QueryLanguage: "JSONata",
        Output: { b: "{% $x + 1 %}" },
        Assign: { y: "{% $x %}" },
        Next: "C",
      },
      C: { Type: "Pass", Parameters: { "b.$": "$.b", "y.$": "$y" }, End: true },
    });
    expect((await start(machine, { a: 1 })).result).toBe('{"b":2,"y":1}');
  });
});

test("the Items of a Map are evaluated once, and kept while its iterations wait", async () => {
  const map = {
    Type: "Map",
    Items: "{% [$random(), $random(), 7] %}",
    MaxConcurrency: 1,
    ItemProcessor: states({ T: { Type: "Task", Resource: LAMBDA, End: true } }),
    End: true,
  };
  let chance = 0;
  const run = await start(jsonata({ A: map }), {}, { random: () => (chance += 0.125) });
  for (const expected of ["0.125", "0.25", "7"]) {
    expect(run.calls.at(-1)?.parameters).toBe(expected);
    await run.succeed("T", Number(expected));
  }
  expect(run.result).toBe("[0.125,0.25,7]");
});

describe("the numbers of a Map may be expressions", () => {
  const mapOf = (fields: Definition): Definition => ({
    Type: "Map",
    ItemProcessor: states({
      C: { Type: "Choice", Choices: [{ Condition: "{% $states.input > 2 %}", Next: "F" }], Default: "S" },
      F: { Type: "Fail", Error: "Boom" },
      S: { Type: "Succeed" },
    }),
    End: true,
    ...fields,
  });

  test.each<[string, Definition, unknown]>([
    ["a count of failures that is not exceeded", { ToleratedFailureCount: "{% 1 + 1 %}" }, "[1,2]"],
    ["half of them", { ToleratedFailurePercentage: "{% 100 / 2 %}" }, "[1,2]"],
    [
      "a third of them",
      { ToleratedFailurePercentage: "{% 33.4 %}" },
      { error: "States.ExceedToleratedFailureThreshold" },
    ],
    ["all of them", { ToleratedFailurePercentage: "{% 100 %}" }, "[1,2]"],
  ])("%s", async (_, fields, result) => {
    const run = await start(jsonata({ M: mapOf(fields) }), [1, 2, 3, 4]);
    if (typeof result === "string") expect(run.result).toBe(result);
    else expect(run.result).toMatchObject(result as object);
  });

  test.each<[string, Definition, string]>([
    [
      "a negative limit",
      { MaxConcurrency: "{% -1 %}" },
      "The MaxConcurrency field must be a non-negative integer but was: -1",
    ],
    [
      "a part of a failure",
      { ToleratedFailureCount: "{% 0.5 %}" },
      "The ToleratedFailureCount field must be a non-negative integer but was: 0.5",
    ],
    [
      "less than nothing",
      { ToleratedFailurePercentage: "{% -0.5 %}" },
      "The ToleratedFailurePercentage field must be between 0 and 100 but was: -0.5",
    ],
    [
      "more than all",
      { ToleratedFailurePercentage: "{% 100.5 %}" },
      "The ToleratedFailurePercentage field must be between 0 and 100 but was: 100.5",
    ],
  ])("%s is the Map's failure, and names the field", async (_, fields, cause) => {
    const run = await start(jsonata({ M: mapOf(fields) }), [1]);
    const [field] = Object.keys(fields);
    expect(run.result).toMatchObject({ error: "States.QueryEvaluationError" });
    expect(run.detailsOf("EvaluationFailed")).toMatchObject({ location: field, state: "M" });
    expect(run.detailsOf("EvaluationFailed")?.["cause"]).toContain(cause);
  });
});

describe("a Map whose items cannot be had", () => {
  const ItemProcessor = states({ S: { Type: "Succeed" } });

  test("because its input is no array fails", async () => {
    const run = await start(jsonata({ M: { Type: "Map", ItemProcessor, End: true } }), { a: 1 });
    expect(run.result).toEqual({
      error: "States.QueryEvaluationError",
      cause:
        "An error occurred while executing the state 'M' (entered at the event id #2). " +
        'Map state input must be an array but was: {"a":1}',
    });
  });

  test("because they are larger than a payload fails before it has started, and is not caught", async () => {
    const Catch = [{ ErrorEquals: ["States.ALL"], Next: "S" }];
    const Items = "{% $map([1..700], function($i) { $pad('', 400, 'x') }) %}";
    const run = await start(
      jsonata({ M: { Type: "Map", Items, ItemProcessor, Catch, End: true }, S: { Type: "Succeed" } }),
    );
    expect(run.result).toMatchObject({ error: "States.DataLimitExceeded" });
    expect(run.historyFrom(2)).toEqual(["2 0 MapStateEntered M", "3 2 ExecutionFailed"]);
  });
});

describe("a Task", () => {
  const task = (fields: Definition = {}): Definition => ({ Type: "Task", Resource: LAMBDA, End: true, ...fields });

  test("gets its Arguments; Output and Assign see the result and the input", async () => {
    const run = await start(
      jsonata({
        A: {
          ...task({ Arguments: { q: "{% $states.input.x %}" }, TimeoutSeconds: "{% $states.input.x * 10 %}" }),
          Assign: { r: "{% $states.result.v %}" },
          Output: "{% $states.result.v + $states.input.x %}",
          End: undefined,
          Next: "B",
        },
        B: { Type: "Pass", Output: ["{% $states.input %}", "{% $r %}"], End: true },
      }),
      { x: 3 },
    );
    expect(run.detailsOf("LambdaFunctionScheduled")).toMatchObject({ input: '{"q":3}', timeoutInSeconds: 30 });
    await run.succeed("A", { v: 4 });
    expect(run.result).toBe("[7,4]");
  });

  test.each<[string, unknown, unknown]>([
    ["an expression in them", { RoleArn: "{% $states.input.role %}" }, { roleArn: "arn:role" }],
    ["they are an expression", "{% {'RoleArn': $states.input.role} %}", { roleArn: "arn:role" }],
    ["they name no role", "{% {} %}", {}],
    ["they are no object", "{% $states.input.role %}", {}],
  ])("tells the role of its Credentials: %s", async (_, Credentials, told) => {
    const run = await start(jsonata({ A: task({ Credentials }) }), { role: "arn:role" });
    expect(run.detailsOf("LambdaFunctionScheduled")?.["taskCredentials"]).toEqual(told);
  });

  test("a Catcher's Output sees the error output", async () => {
    const Catch = [
      {
        ErrorEquals: ["Boom"],
        Next: "B",
        Output: "{% $states.errorOutput.Error & $states.input %}",
        Assign: { e: "{% $states.errorOutput.Cause %}" },
      },
    ];
    const machine = jsonata({
      A: task({ Catch }),
      B: { Type: "Pass", Output: ["{% $states.input %}", "{% $e %}"], End: true },
    });
    const run = await start(machine, 1);
    await run.fail("A", "Boom", "why");
    expect(run.result).toBe('["Boom1","why"]');
  });

  test("an expression that fails can be caught", async () => {
    const Catch = [{ ErrorEquals: ["States.QueryEvaluationError"], Next: "B" }];
    const run = await start(jsonata({ A: task({ Arguments: "{% $no %}", Catch }), B: { Type: "Pass", End: true } }));
    expect(run.history).toEqual([
      "1 0 ExecutionStarted",
      "2 0 TaskStateEntered A",
      "3 0 EvaluationFailed",
      "4 3 TaskStateExited A",
      "5 4 PassStateEntered B",
      "6 5 PassStateExited B",
      "7 6 ExecutionSucceeded",
    ]);
  });
});

describe("an expression that fails", () => {
  test("is told by an event of its own, and ends the execution", async () => {
    const run = await start(jsonata({ A: { Type: "Pass", Output: { a: ["{% $no %}"] }, End: true } }));
    const cause =
      "An error occurred while executing the state 'A' (entered at the event id #2). " +
      "The JSONata expression '$no' specified for the field 'Output/a[0]' returned nothing (undefined).";
    const error = "States.QueryEvaluationError";
    expect(run.history).toEqual([
      "1 0 ExecutionStarted",
      "2 0 PassStateEntered A",
      "3 0 EvaluationFailed",
      "4 3 ExecutionFailed",
    ]);
    expect(run.detailsOf("EvaluationFailed")).toEqual({ error, cause, location: "Output/a[0]", state: "A" });
    expect(run.result).toEqual({ error, cause });
  });

  test.each<[string, Definition, string]>([
    ["a Wait", { Type: "Wait", Seconds: "{% 'x' %}", End: true }, `Expected 'number', but was 'string' for value: "x"`],
    ["a Wait for null", { Type: "Wait", Seconds: "{% null %}", End: true }, "but was 'null' for value: null"],
    ["a part of a second", { Type: "Wait", Seconds: "{% 0.5 %}", End: true }, "The Seconds field must be"],
    ["a moment that is none", { Type: "Wait", Timestamp: "{% 'x' %}", End: true }, "cannot be parsed as an ISO-8601"],
    [
      "a Condition",
      { Type: "Choice", Choices: [{ Condition: "{% 1 %}", Next: "B" }] },
      "Expected 'boolean', but was 'number' for value: 1",
    ],
    ["an Error", { Type: "Fail", Error: "{% 1 %}" }, "Expected 'string', but was 'number' for value: 1"],
    [
      "a timeout",
      { Type: "Task", Resource: LAMBDA, TimeoutSeconds: "{% 0 %}", End: true },
      "TimeoutSeconds field must be",
    ],
  ])("%s of the wrong kind", async (_, state, cause) => {
    const others = state["Type"] === "Choice" ? { B: { Type: "Succeed" } } : {};
    const run = await start(jsonata({ A: state, ...others }));
    expect(run.result).toMatchObject({
      error: "States.QueryEvaluationError",
      cause: expect.stringContaining(cause) as string,
    });
  });
});
