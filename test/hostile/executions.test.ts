/** Whole state machines that would fill the object: the execution fails, in few turns, and says why. */
import { describe, expect, test } from "vitest";
import { machineOf, Run, states, type Definition } from "../engine/words.ts";
import { numbers } from "./words.ts";

/** Runs to its end, cut turns included. */
async function runToItsEnd(definition: Definition, input: unknown): Promise<Run> {
  const run = new Run(machineOf(definition), JSON.stringify(input));
  await run.receive({ type: "ExecutionStarted" });
  for (let turns = 0; run.status === "RUNNING" && turns < 500; turns++) await run.receive({ type: "TurnContinued" });
  return run;
}

const members = (count: number, value: string): Definition =>
  Object.fromEntries(numbers(count).map((i) => [`m${i}.$`, value]));
const expressions = (count: number, value: string): Definition =>
  Object.fromEntries(numbers(count).map((i) => [`m${i}`, value]));
const loop = (fields: Definition): Definition => states({ A: { Type: "Pass", Next: "A", ...fields } });
const large = { text: "x".repeat(200_000) };

describe("the execution fails whose", () => {
  test.each<[what: string, definition: Definition, input: unknown, error: string]>([
    [
      "variables double in a loop",
      states({
        A: { Type: "Pass", Assign: { v: "0123456789" }, Next: "B" },
        B: { Type: "Pass", Assign: { "v.$": "States.Array($v, $v)" }, Next: "B" },
      }),
      {},
      "States.DataLimitExceeded",
    ],
    [
      "variables pile up in a loop",
      {
        ...states({
          A: { Type: "Pass", Assign: { v: [] }, Next: "B" },
          B: { Type: "Pass", Assign: { v: "{% $append($v, $states.input.text) %}" }, Next: "B" },
        }),
        QueryLanguage: "JSONata",
      },
      large,
      "States.DataLimitExceeded",
    ],
    ["input nests in itself in a loop", loop({ Parameters: { "a.$": "$" } }), {}, "States.Runtime"],
    [
      "template gives one large value thousands of times",
      states({ A: { Type: "Pass", Parameters: members(2000, "$"), End: true } }),
      large,
      "States.Runtime",
    ],
    [
      "template formats one large text thousands of times",
      states({ A: { Type: "Pass", Parameters: members(2000, "States.Format('{}{}', $.text, $.text)"), End: true } }),
      large,
      "States.Runtime",
    ],
    [
      "expressions give one large value thousands of times",
      {
        ...states({ A: { Type: "Pass", Output: expressions(2000, "{% $states.input %}"), End: true } }),
        QueryLanguage: "JSONata",
      },
      large,
      "States.QueryEvaluationError",
    ],
    [
      "expressions together take too many steps",
      {
        ...states({ A: { Type: "Pass", Output: expressions(50, "{% $sum([1..90000]) %}"), End: true } }),
        QueryLanguage: "JSONata",
      },
      {},
      "States.QueryEvaluationError",
    ],
    [
      "items of a Map are made without an end",
      {
        ...states({
          M: {
            Type: "Map",
            Items: "{% [1..10000000] %}",
            ItemProcessor: states({ P: { Type: "Pass", End: true } }),
            End: true,
          },
        }),
        QueryLanguage: "JSONata",
      },
      {},
      "States.QueryEvaluationError",
    ],
    [
      "condition does not end",
      {
        ...states({
          C: {
            Type: "Choice",
            Choices: [{ Condition: "{% ($f := function() { $f() }; $f()) %}", Next: "S" }],
            Default: "S",
          },
          S: { Type: "Succeed" },
        }),
        QueryLanguage: "JSONata",
      },
      {},
      "States.QueryEvaluationError",
    ],
    [
      "rules are thousands of searches in a large text",
      states({
        C: {
          Type: "Choice",
          Choices: numbers(9000).map((i) => ({ Variable: "$.text", StringMatches: `*x*x*x*y${i}*`, Next: "S" })),
          Default: "S",
        },
        S: { Type: "Succeed" },
      }),
      large,
      "States.Runtime",
    ],
  ])("%s", async (_, definition, input, error) => {
    const run = await runToItsEnd(definition, input);
    expect(run.status).toBe("FAILED");
    expect(run.result).toMatchObject({ error });
  });
});

test("the failure of a hostile expression can be caught", async () => {
  const definition = {
    ...states({
      T: {
        Type: "Parallel",
        Branches: [states({ P: { Type: "Pass", Output: "{% [1..10000000] %}", End: true } })],
        Catch: [{ ErrorEquals: ["States.QueryEvaluationError"], Next: "Caught" }],
        End: true,
      },
      Caught: { Type: "Pass", Output: "survived", End: true },
    }),
    QueryLanguage: "JSONata",
  };
  expect((await runToItsEnd(definition, {})).result).toBe('"survived"');
});
