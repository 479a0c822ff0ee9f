import { describe, expect, test } from "vitest";
import { start, states, type Definition, type Run } from "./words.ts";

const big = { Variable: "$.n", NumericGreaterThan: 100, Next: "Big" };
const small = { Variable: "$.n", NumericLessThan: 10, Next: "Small" };

/** An execution that chooses among rules, each of which leads to a Succeed state. */
function choosing(input: unknown, Choices: readonly Definition[], fields: Definition = {}): Promise<Run> {
  const targets = [...Choices.map((x) => x["Next"] as string), ...(fields["Default"] === undefined ? [] : ["Other"])];
  const ends = Object.fromEntries(targets.map((name) => [name, { Type: "Succeed" }]));
  return start(states({ C: { Type: "Choice", Choices, ...fields }, ...ends }), input);
}
const chosen = (run: Run): unknown => run.detailsOf("SucceedStateEntered")?.["name"];

test("the first rule that holds leads on", async () => {
  const run = await choosing('{"n": 5}', [big, small, { ...small, Next: "Later" }]);
  expect(run.history).toEqual([
    "1 0 ExecutionStarted",
    "2 0 ChoiceStateEntered C",
    "3 2 ChoiceStateExited C",
    "4 3 SucceedStateEntered Small",
    "5 4 SucceedStateExited Small",
    "6 5 ExecutionSucceeded",
  ]);
  expect(run.result).toBe('{"n": 5}');
});

test("where no rule holds the Default is taken", async () => {
  expect(chosen(await choosing({ n: 50 }, [big, small], { Default: "Other" }))).toBe("Other");
});

test("where no rule holds and there is no Default, the execution fails with States.NoChoiceMatched", async () => {
  const run = await choosing({ n: 50 }, [big]);
  expect(run.historyFrom(2)).toEqual(["2 0 ChoiceStateEntered C", "3 2 ExecutionFailed"]);
  expect(run.result).toEqual({
    error: "States.NoChoiceMatched",
    cause:
      "An error occurred while executing the state 'C' (entered at the event id #2). " +
      "Failed to transition out of the state. The state does not point to a next state.",
  });
});

test("a Variable that is not there is States.Runtime, even with a Default", async () => {
  const run = await choosing({ m: 1 }, [big], { Default: "Other" });
  expect(run.result).toEqual({
    error: "States.Runtime",
    cause:
      "An error occurred while executing the state 'C' (entered at the event id #2). " +
      "Invalid path '$.n': The choice state's condition path references an invalid value.",
  });
});

test("a rule after the one that holds is not looked at", async () => {
  const broken = { Variable: "$.missing", IsNull: true, Next: "Never" };
  expect(chosen(await choosing({ n: 5 }, [small, broken]))).toBe("Small");
});

describe("the input that the rules see and the output", () => {
  test("InputPath chooses what the rules see, and it is the output", async () => {
    const run = await choosing({ in: { n: 5 } }, [small], { InputPath: "$.in" });
    expect(run.result).toBe('{"n":5}');
  });

  test("OutputPath chooses from it", async () => {
    const run = await choosing({ in: { n: 5 } }, [small], { InputPath: "$.in", OutputPath: "$.n" });
    expect(run.result).toBe("5");
  });

  test("a rule may ask the context", async () => {
    const named = { Variable: "$$.Execution.Name", StringEquals: "run-1", Next: "Named" };
    expect(chosen(await choosing({}, [named]))).toBe("Named");
  });
});
