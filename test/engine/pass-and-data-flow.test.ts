import { describe, expect, test } from "vitest";
import type { Json } from "../../src/asl/json.ts";
import { START, start, states, type Definition } from "./words.ts";

/** The text with which a single Pass state of those fields ends the execution. */
async function output(fields: Definition, input: unknown = {}): Promise<unknown> {
  const run = await start(states({ A: { Type: "Pass", ...fields, End: true } }), input);
  return run.result;
}

test("a Pass state is entered and left, and the first entry follows no event", async () => {
  const run = await start(states({ A: { Type: "Pass", Next: "B" }, B: { Type: "Pass", End: true } }), '{"x": 1}');
  expect(run.history).toEqual([
    "1 0 ExecutionStarted",
    "2 0 PassStateEntered A",
    "3 2 PassStateExited A",
    "4 3 PassStateEntered B",
    "5 4 PassStateExited B",
    "6 5 ExecutionSucceeded",
  ]);
  expect(run.detailsOf("ExecutionStarted")).toEqual({
    input: '{"x": 1}',
    inputDetails: { truncated: false },
    roleArn: "arn:aws:iam::123456789012:role/any",
  });
  expect(run.events[1]).toEqual({
    id: 2,
    previousEventId: 0,
    type: "PassStateEntered",
    timestamp: START,
    detailsName: "stateEnteredEventDetails",
    details: { name: "A", input: '{"x": 1}', inputDetails: { truncated: false } },
  });
  expect(run.events[2]).toMatchObject({
    detailsName: "stateExitedEventDetails",
    details: { name: "A", output: '{"x": 1}', outputDetails: { truncated: false } },
  });
  expect(run.events[5]).toMatchObject({
    detailsName: "executionSucceededEventDetails",
    details: { output: '{"x": 1}', outputDetails: { truncated: false } },
  });
  expect(run.commands).toEqual([{ type: "PublishStatus" }]);
  expect(run.transitions).toBe(2);
});

describe("a text that no field rewrites passes verbatim", () => {
  const text = '{ "a" : 0.0,\n "b":[1.50, 1e2], "a": "\\u00e9" }';
  test.each<[string, Definition]>([
    ["no fields at all", {}],
    ["paths that are just $", { InputPath: "$", OutputPath: "$", ResultPath: "$" }],
    ["a result that is thrown away", { Result: 5, ResultPath: null }],
  ])("%s", async (_, fields) => expect(await output(fields, text)).toBe(text));

  test.each<[string, Definition, string]>([
    ["InputPath", { InputPath: "$.b" }, "[1.5,100]"],
    ["OutputPath", { OutputPath: "$.a" }, '"é"'],
    ["Parameters", { Parameters: { "x.$": "$.b" } }, '{"x":[1.5,100]}'],
    ["ResultPath", { Result: 1, ResultPath: "$.c" }, '{"a":"é","b":[1.5,100],"c":1}'],
  ])("but %s makes it compact", async (_, fields, compact) => expect(await output(fields, text)).toBe(compact));
});

describe("the data flows through the fields in order", () => {
  const input = { order: { id: 7, lines: [1, 2] }, other: true };
  test.each<[string, Definition, Json]>([
    ["InputPath chooses a part", { InputPath: "$.order" }, { id: 7, lines: [1, 2] }],
    ["InputPath null gives an empty object", { InputPath: null }, {}],
    ["OutputPath null gives an empty object", { OutputPath: null }, {}],
    ["Parameters see what InputPath chose", { InputPath: "$.order", Parameters: { "n.$": "$.id" } }, { n: 7 }],
    ["a Result stands for the work", { Result: [1], Parameters: { a: 1 } }, [1]],
    ["a Result may be null", { Result: null }, null],
    ["a Result is not evaluated", { Result: { "a.$": "$.b" } }, { "a.$": "$.b" }],
    ["ResultPath writes into the raw input", { InputPath: "$.order.id", ResultPath: "$.n" }, { ...input, n: 7 }],
    [
      "OutputPath chooses last",
      { Result: 1, ResultPath: "$.order.id", OutputPath: "$.order" },
      { id: 1, lines: [1, 2] },
    ],
    ["the context is seen", { Parameters: { "a.$": "$$.Execution.Input.other" } }, { a: true }],
    ["InputPath reads the context", { InputPath: "$$.State.Name" }, "A"],
    ["wildcards that find nothing give an empty list", { InputPath: "$.order.lines[5:]" }, []],
  ])("%s", async (_, fields, result) => expect(JSON.parse((await output(fields, input)) as string)).toEqual(result));
});

describe("a path that finds nothing ends the execution with States.Runtime", () => {
  const place = "An error occurred while executing the state 'A' (entered at the event id #2). ";
  test.each<[string, Definition, string]>([
    ["InputPath", { InputPath: "$.no" }, "Invalid path '$.no' : No results for path: $['no']"],
    ["OutputPath", { OutputPath: "$.no.way" }, "Invalid path '$.no.way' : Missing property in path $['no']"],
    [
      "Parameters",
      { Parameters: { "x.$": "$.no" } },
      `The JSONPath '$.no' specified for the field 'x.$' could not be found in the input '{"a":1}'`,
    ],
  ])("%s", async (_, fields, cause) =>
    expect(await output(fields, { a: 1 })).toEqual({ error: "States.Runtime", cause: place + cause }),
  );

  test("and neither an exit nor a later state is recorded", async () => {
    const run = await start(states({ A: { Type: "Pass", InputPath: "$.no", Next: "B" }, B: { Type: "Succeed" } }));
    expect(run.historyFrom(2)).toEqual(["2 0 PassStateEntered A", "3 2 ExecutionFailed"]);
  });
});

test("a value of many times a payload's size ends the execution before it is written out", async () => {
  const many = Array.from({ length: 20 }, () => "$.x").join(", ");
  const input = { x: "x".repeat(250_000) };
  expect(await output({ Parameters: { "all.$": `States.Array(${many})` } }, input)).toMatchObject({
    error: "States.Runtime",
    cause: expect.stringContaining("A value grew larger than 4194304 characters") as string,
  });
});

test("a ResultPath that does not fit the input is States.ResultPathMatchFailure", async () => {
  expect(await output({ Result: 1, ResultPath: "$.a.b" }, { a: "text" })).toMatchObject({
    error: "States.ResultPathMatchFailure",
  });
});

test("an intrinsic that fails is States.Runtime and names the whole call", async () => {
  const result = await output({ Parameters: { "x.$": "States.Array(States.MathAdd($.a, 1))" } }, { a: "no number" });
  expect(result).toMatchObject({
    error: "States.Runtime",
    cause: expect.stringContaining("The function 'States.Array(States.MathAdd($.a, 1))' had the following error:"),
  });
});

test("the context object tells of the execution, the machine and the state", async () => {
  const context = JSON.parse((await output({ Parameters: { "c.$": "$$" } }, "[1]")) as string) as { c: unknown };
  expect(context.c).toEqual({
    Execution: {
      Id: "arn:aws:states:us-east-1:123456789012:execution:m:run-1",
      Input: [1],
      StartTime: "2026-01-02T03:04:05.000Z",
      Name: "run-1",
      RoleArn: "arn:aws:iam::123456789012:role/any",
      RedriveCount: 0,
    },
    StateMachine: { Id: "arn:aws:states:us-east-1:123456789012:stateMachine:m", Name: "m" },
    State: { Name: "A", EnteredTime: "2026-01-02T03:04:05.000Z" },
  });
});

describe("an output of more than 262,144 bytes is States.DataLimitExceeded", () => {
  const doubling = (Type: string) =>
    states({ A: { Type, Parameters: { "a.$": "$.x", "b.$": "$.x" }, Next: "B" }, B: { Type: "Succeed" } });
  const ofBytes = (bytes: number, filler = "x") =>
    JSON.stringify({ x: filler.repeat((bytes - '{"a":"","b":""}'.length) / 2 / Buffer.byteLength(filler)) });

  test("at the boundary it is not", async () => {
    const run = await start(doubling("Pass"), ofBytes(262_143));
    expect(run.status).toBe("SUCCEEDED");
  });

  test.each([["x"], ["\u00e9"], ["\u{1f600}"]])("one past it is, however many bytes %s takes", async (filler) => {
    const run = await start(doubling("Pass"), ofBytes(262_159, filler));
    expect(run.historyFrom(2)).toEqual(["2 0 PassStateEntered A", "3 2 ExecutionFailed"]);
    const cause =
      "The state/task 'A' returned a result with a size exceeding the maximum number of bytes service limit.";
    expect(run.result).toEqual({ error: "States.DataLimitExceeded", cause });
  });
});

describe("a Succeed state ends its machine", () => {
  test.each<[string, Definition, unknown, string]>([
    ["with its input", {}, '{"a": 1}', '{"a": 1}'],
    ["with the part it chooses", { InputPath: "$.a", OutputPath: "$.b" }, { a: { b: 2 } }, "2"],
  ])("%s", async (_, fields, input, result) => {
    const run = await start(states({ S: { Type: "Succeed", ...fields } }), input);
    expect(run.historyFrom(2)).toEqual([
      "2 0 SucceedStateEntered S",
      "3 2 SucceedStateExited S",
      "4 3 ExecutionSucceeded",
    ]);
    expect(run.result).toBe(result);
  });
});
