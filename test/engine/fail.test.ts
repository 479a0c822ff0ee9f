import { describe, expect, test } from "vitest";
import { start, states, type Definition, type Run } from "./words.ts";

const failing = (fields: Definition, input: unknown = {}): Promise<Run> =>
  start(states({ F: { Type: "Fail", ...fields } }), input);

describe("a Fail state", () => {
  test.each<[string, Definition, unknown, unknown]>([
    ["with nothing said", {}, {}, {}],
    ["with an Error", { Error: "E" }, {}, { error: "E" }],
    ["with a Cause", { Cause: "C" }, {}, { cause: "C" }],
    ["with both", { Error: "E", Cause: "C" }, {}, { error: "E", cause: "C" }],
    ["with paths", { ErrorPath: "$.e", CausePath: "$.c" }, { e: "E", c: "C" }, { error: "E", cause: "C" }],
    [
      "with the context",
      { ErrorPath: "$$.State.Name", CausePath: "$$.StateMachine.Name" },
      {},
      { error: "F", cause: "m" },
    ],
    ["with intrinsics", { ErrorPath: "States.Format('{}!', $.e)" }, { e: "E" }, { error: "E!" }],
  ])("%s", async (_, fields, input, failure) => {
    const run = await failing(fields, input);
    expect(run.history).toEqual(["1 0 ExecutionStarted", "2 0 FailStateEntered F", "3 2 ExecutionFailed"]);
    expect(run.detailsOf("ExecutionFailed")).toEqual(failure);
    expect(run.result).toEqual(failure);
  });

  test("what is empty is left out of the event", async () => {
    const run = await failing({ Error: "", Cause: "" });
    expect(run.detailsOf("ExecutionFailed")).toEqual({});
  });

  test("a path that finds nothing is States.Runtime", async () => {
    const run = await failing({ ErrorPath: "$.no" }, '{"a": 1}');
    expect(run.result).toEqual({
      error: "States.Runtime",
      cause:
        "An error occurred while executing the state 'F' (entered at the event id #2). " +
        `The JSONPath '$.no' specified for the field 'ErrorPath' could not be found in the input '{"a":1}'`,
    });
  });

  test.each([[5], [null], [["text"]]])("a path that finds %j, no text, is States.Runtime", async (c) => {
    const run = await failing({ CausePath: "$.c" }, { c });
    expect(run.result).toMatchObject({
      error: "States.Runtime",
      cause: expect.stringContaining("The CausePath parameter does not reference a string"),
    });
  });
});
