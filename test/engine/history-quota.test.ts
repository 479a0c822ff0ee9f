import { describe, expect, test } from "vitest";
import { CALLBACK, INVOKE, start, states, type Definition, type Run } from "./words.ts";

const quota = {
  error: "States.Runtime",
  cause: "The execution reached the maximum number of history events (25000).",
};

function expectFull(run: Run): void {
  expect(run.history.at(-1)).toBe("25000 24999 ExecutionFailed");
  expect(run.events).toHaveLength(25_000);
  expect(run.events.map((x) => x.id)).toEqual(Array.from({ length: 25_000 }, (_, i) => i + 1));
  expect(run.detailsOf("ExecutionFailed")).toEqual(quota);
  expect(run.execution.outcome).toMatchObject({ status: "FAILED", failure: quota });
  expect(run.events.filter((x) => x.type.startsWith("Execution"))).toHaveLength(2);
}

/** A machine that records 1 + 2 × visits events before it comes to the last states: the start, and two for each visit. */
function after(visits: number, last: Readonly<Record<string, Definition>>): [Definition, unknown] {
  const [next] = Object.keys(last);
  const count = { Type: "Pass", Parameters: { "n.$": "States.MathAdd($.n, -1)" }, Next: "More" };
  const more = { Type: "Choice", Choices: [{ Variable: "$.n", NumericGreaterThan: 0, Next: "Count" }], Default: next };
  if (visits % 2 !== 0) throw new Error("a loop has two states");
  return [states({ Count: count, More: more, ...last }), { n: visits / 2 }];
}
const choose = (Next: string): Definition => ({ Type: "Choice", Choices: [{ Variable: "$", IsPresent: true, Next }] });

describe("[F46] the event with the id 25,000 is ExecutionFailed", () => {
  test.each<[string, Definition, unknown]>([
    ["of a loop of Pass states", states({ A: { Type: "Pass", Next: "B" }, B: { Type: "Pass", Next: "A" } }), {}],
    ["of a loop of Choice states", states({ A: choose("B"), B: choose("A") }), {}],
    ["of a loop of waits that do not wait", states({ A: { Type: "Wait", Seconds: 0, Next: "A" } }), {}],
    [
      "of a loop within a branch",
      states({
        P: {
          Type: "Parallel",
          Branches: [states({ A: choose("A") }), states({ B: { Type: "Wait", Seconds: 1, End: true } })],
          End: true,
        },
      }),
      {},
    ],
    [
      "of a loop around a failing Map that is caught",
      states({
        M: {
          Type: "Map",
          ItemsPath: "$$.Execution.Input",
          ItemProcessor: states({ F: { Type: "Fail" } }),
          Catch: [{ ErrorEquals: ["States.ALL"], Next: "M" }],
          End: true,
        },
      }),
      [1, 2],
    ],
    [
      "of a Map over more items than there are events",
      states({ M: { Type: "Map", ItemProcessor: states({ A: { Type: "Pass", End: true } }), End: true } }),
      Array.from({ length: 9000 }, () => 0),
    ],
  ])("%s", async (_, definition, input) => expectFull(await start(definition, input)));
});

describe("at the quota's edge", () => {
  const pass = (fields: Definition): Definition => ({ Type: "Pass", ...fields });

  test("an execution that succeeds with event 24,999 has succeeded", async () => {
    const run = await start(...after(12_496, { T: { Type: "Task", Resource: INVOKE, End: true } }));
    await run.succeed("T");
    expect(run.history.at(-1)).toBe("24999 24998 ExecutionSucceeded");
    expect(run.status).toBe("SUCCEEDED");
  });

  test("one that would succeed with event 25,000 fails", async () => {
    expectFull(await start(...after(12_498, { A: pass({ End: true }) })));
  });

  test("a callback's submission as event 24,999 ends the execution at once, not at the next event", async () => {
    const task = { Type: "Task", Resource: CALLBACK, End: true };
    const run = await start(...after(12_496, { A: pass({ Next: "T" }), T: task }));
    expect(run.history.at(-1)).toBe("24998 24997 TaskStarted");
    await run.submit("T");
    expect(run.history.at(-2)).toBe("24999 24998 TaskSubmitted");
    expectFull(run);
  });

  test("a result as event 24,999 has no exit to follow it", async () => {
    const task = { Type: "Task", Resource: CALLBACK, End: true };
    const run = await start(...after(12_496, { A: pass({ Next: "T" }), T: task }));
    await run.succeed("T");
    expect(run.history.at(-2)).toBe("24999 24998 TaskSucceeded");
    expectFull(run);
  });

  test("an exit as event 24,999 has no success to follow it", async () => {
    const run = await start(...after(12_496, { T: { Type: "Task", Resource: CALLBACK, End: true } }));
    await run.submit("T");
    await run.succeed("T");
    expect(run.history.at(-2)).toBe("24999 24998 TaskStateExited T");
    expectFull(run);
  });

  test("a stop may be the last event", async () => {
    const run = await start(...after(12_498, { W: { Type: "Wait", Seconds: 9, End: true } }));
    await run.stop();
    expect(run.history.at(-1)).toBe("24999 0 ExecutionAborted");
  });
});
