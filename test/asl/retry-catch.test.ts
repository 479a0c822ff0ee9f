import { describe, expect, test } from "vitest";
import { faultsIn, stateOf, type Definition } from "./definitions.ts";

const pass = { Type: "Pass", End: true };
const task = (fields: Definition): Definition => ({
  Type: "Task",
  Resource: "arn:aws:states:::lambda:invoke",
  End: true,
  ...fields,
});
const retry = (...retriers: readonly unknown[]): readonly string[] => faultsIn(task({ Retry: retriers }));
const caught = (...catchers: readonly unknown[]): readonly string[] => faultsIn(task({ Catch: catchers }), { B: pass });

describe("a Retrier", () => {
  test("has the language's defaults", () => {
    expect(stateOf(task({ Retry: [{ ErrorEquals: ["E"] }] }))).toMatchObject({
      Retry: [{ ErrorEquals: ["E"], IntervalSeconds: 1, MaxAttempts: 3, BackoffRate: 2, JitterStrategy: "NONE" }],
      Catch: [],
    });
  });

  test("may say everything itself", () => {
    const all = {
      ErrorEquals: ["A", "B"],
      IntervalSeconds: 9,
      MaxAttempts: 0,
      BackoffRate: 1.5,
      MaxDelaySeconds: 60,
      JitterStrategy: "FULL",
    };
    expect(stateOf(task({ Retry: [{ ...all, Comment: "c" }] }))).toMatchObject({ Retry: [all] });
  });

  test.each<[Definition, string]>([
    [{ ErrorEquals: undefined }, "These fields are required: [ErrorEquals] at /Retry[0]"],
    [{ ErrorEquals: [] }, "Value cannot be empty at /Retry[0]/ErrorEquals"],
    [{ ErrorEquals: "E" }, "Expected value of type [ARRAY] at /Retry[0]/ErrorEquals"],
    [{ ErrorEquals: [1] }, "Expected value of type [STRING] at /Retry[0]/ErrorEquals"],
    [{ IntervalSeconds: -1 }, "Minimum value is 0 at /Retry[0]/IntervalSeconds"],
    [{ IntervalSeconds: 1.5 }, "Expected value of type Integer at /Retry[0]/IntervalSeconds"],
    [{ MaxAttempts: -1 }, "Minimum value is 0 at /Retry[0]/MaxAttempts"],
    [{ MaxAttempts: 100_000_000 }, "Maximum value is 99999999 at /Retry[0]/MaxAttempts"],
    [{ BackoffRate: 0.5 }, "Minimum value is 1 at /Retry[0]/BackoffRate"],
    [{ BackoffRate: "2" }, "Expected value of type Number at /Retry[0]/BackoffRate"],
    [{ MaxDelaySeconds: 31_622_401 }, "Maximum value is 31622400 at /Retry[0]/MaxDelaySeconds"],
    [{ JitterStrategy: "HALF" }, "Value should be one of the following: [NONE, FULL] at /Retry[0]/JitterStrategy"],
    [{ Next: "B" }, "Field 'Next' is not supported at /Retry[0]"],
    [{ Comment: 5 }, "Expected value of type [STRING] at /Retry[0]/Comment"],
  ])("with %j is refused", (fields, fault) => expect(retry({ ErrorEquals: ["E"], ...fields })).toEqual([fault]));

  test("is an object", () => expect(retry("E")).toEqual(["Expected value of type [OBJECT] at /Retry[0]"]));
});

describe("a Catcher", () => {
  test("has what the language gives it", () => {
    const all = { ErrorEquals: ["E"], Next: "B", ResultPath: "$.e", Assign: { v: 1 }, Comment: "c" };
    expect(stateOf(task({ Catch: [all] }), { B: pass })).toMatchObject({
      Retry: [],
      Catch: [{ ErrorEquals: ["E"], Next: "B", ResultPath: { source: "$.e" }, Assign: [{ key: "v" }] }],
    });
    expect(stateOf(task({ Catch: [{ ...all, ResultPath: null }] }), { B: pass })).toMatchObject({
      Catch: [{ ResultPath: null }],
    });
  });

  test.each<[Definition, string]>([
    [{ Next: undefined }, "These fields are required: [Next] at /Catch[0]"],
    [{ Next: 5 }, "Expected value of type [STRING] at /Catch[0]/Next"],
    [{ ErrorEquals: [] }, "Value cannot be empty at /Catch[0]/ErrorEquals"],
    [{ ResultPath: "$.a[*]" }, "Value is not a Reference Path at /Catch[0]/ResultPath"],
    [
      { Assign: { "a-b": 1 } },
      "Invalid variable name 'a-b': the variable name contains invalid characters. at /Catch[0]/Assign/a-b",
    ],
    [{ End: true }, "Field 'End' is not supported at /Catch[0]"],
  ])("with %j is refused", (fields, fault) =>
    expect(caught({ ErrorEquals: ["E"], Next: "B", ...fields })).toEqual([fault]),
  );
});

describe("States.ALL stands alone and last", () => {
  const rule = "States.ALL must appear alone and at end of list";
  test.each<[readonly (readonly string[])[], number | undefined]>([
    [[["States.ALL"]], undefined],
    [[["E"], ["States.ALL"]], undefined],
    [[["States.ALL"], ["E"]], 0],
    [[["E"], ["F", "States.ALL"]], 1],
    [[["States.ALL", "States.ALL"]], 0],
  ])("%j", (lists, refused) => {
    const expected = (field: string): readonly string[] =>
      refused === undefined ? [] : [`${rule} at /${field}[${refused}]/ErrorEquals`];
    expect(retry(...lists.map((ErrorEquals) => ({ ErrorEquals })))).toEqual(expected("Retry"));
    expect(caught(...lists.map((ErrorEquals) => ({ ErrorEquals, Next: "B" })))).toEqual(expected("Catch"));
  });
});

test("Parallel and Map take both, the other states neither", () => {
  const fields = { Retry: [{ ErrorEquals: ["E"] }], Catch: [{ ErrorEquals: ["E"], Next: "B" }] };
  const inner = { StartAt: "I", States: { I: pass } };
  for (const container of [
    { Type: "Parallel", Branches: [inner], End: true },
    { Type: "Map", ItemProcessor: inner, End: true },
  ]) {
    expect(faultsIn({ ...container, ...fields }, { B: pass })).toEqual([]);
  }
  expect(faultsIn({ ...pass, ...fields })).toEqual([
    "Field 'Retry' is not supported at ",
    "Field 'Catch' is not supported at ",
  ]);
});
