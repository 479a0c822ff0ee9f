/** Quotas that an execution is pinned to at its start, instead of the usual ones. */
import { describe, expect, test } from "vitest";
import type { ExecutionQuotas } from "../../src/engine/quotas.ts";
import { factsText, parseFacts } from "../../src/engine/snapshot.ts";
import { redriveRefusal } from "../../src/runtime/redrive.ts";
import { factsOf, INVOKE, machineOf, Run, START, states, type Definition } from "./words.ts";

async function started(definition: Definition, quotas: ExecutionQuotas, input: unknown = {}): Promise<Run> {
  const run = new Run(machineOf(definition), JSON.stringify(input), { quotas });
  await run.receive({ type: "ExecutionStarted" });
  return run;
}

const limit = "with a size exceeding the maximum number of bytes service limit.";
const text = (bytes: number): string => "x".repeat(bytes - 2);

test("they are part of what is stored, and absent where nothing was set", () => {
  const quotas = { payloadBytes: 1000, historyEvents: 50 };
  expect(parseFacts(factsText({ ...factsOf("{}"), quotas })).quotas).toEqual(quotas);
  expect(parseFacts(factsText(factsOf("{}"))).quotas).toBeUndefined();
});

describe("[F38] a payload", () => {
  const pass = states({ P: { Type: "Pass", End: true } });

  test.each([
    [1_000, undefined],
    [1_001, `The state/task 'P' returned a result ${limit}`],
  ])("of %i bytes against a lower quota", async (bytes, cause) => {
    const run = await started(pass, { payloadBytes: 1_000 }, text(bytes));
    expect(run.result).toEqual(
      cause === undefined ? JSON.stringify(text(bytes)) : { error: "States.DataLimitExceeded", cause },
    );
  });

  test("may be larger where the quota is", async () => {
    const run = await started(pass, { payloadBytes: 1_000_000 }, text(1_000_000));
    expect(run.status).toBe("SUCCEEDED");
  });

  test("of a task's result is held against it, too", async () => {
    const call = states({ T: { Type: "Task", Resource: INVOKE, End: true } });
    const run = await started(call, { payloadBytes: 1_000 });
    await run.succeed("T", JSON.stringify(text(1_001)));
    expect(run.result).toEqual({
      error: "States.DataLimitExceeded",
      cause: `The state/task 'lambda' returned a result ${limit}`,
    });
    const other = await started(call, { payloadBytes: 300_000 });
    await other.succeed("T", JSON.stringify(text(300_000)));
    expect(other.status).toBe("SUCCEEDED");
  });

  test("of a Map's items is held against it, too", async () => {
    const ItemProcessor = states({ P: { Type: "Pass", End: true } });
    const map = states({
      M: { Type: "Map", QueryLanguage: "JSONata", Items: "{% [1..300] %}", ItemProcessor, End: true },
    });
    const run = await started(map, { payloadBytes: 1_000 });
    expect(run.result).toEqual({
      error: "States.DataLimitExceeded",
      cause: `The state/task 'M' returned a result ${limit}`,
    });
  });
});

describe("[F41] the steps of a state's expressions", () => {
  const sum = "{% $sum($map([1..10000], function($x) { $x % 2 })) %}";
  const adding = states({ P: { Type: "Pass", QueryLanguage: "JSONata", Output: sum, End: true } });
  const wordy = states({ P: { Type: "Pass", Parameters: { "n.$": "$.rows[?(@ == 1)]" }, End: true } });
  const rows = { rows: Array.from({ length: 60_000 }, () => 0) };

  test("may be more than usual", async () => {
    expect((await started(adding, {})).result).toMatchObject({ error: "States.QueryEvaluationError" });
    expect((await started(adding, { evaluationSteps: 32_000_000 })).status).toBe("SUCCEEDED");
  });

  test("may be fewer, with data and without", async () => {
    expect((await started(wordy, {}, rows)).status).toBe("SUCCEEDED");
    const run = await started(wordy, { evaluationSteps: 320_000 }, rows);
    expect(run.result).toMatchObject({ error: "States.Runtime" });
    expect(JSON.stringify(run.result)).toMatch(/took more than \d{6} steps/u);
  });

  test("are as many in each state, and in each of its attempts", async () => {
    const Retry = [{ ErrorEquals: ["States.ALL"], MaxAttempts: 2, IntervalSeconds: 1 }];
    const task = { Type: "Task", QueryLanguage: "JSONata", Resource: INVOKE, Arguments: { Payload: sum }, Retry };
    const two = states({ A: { ...task, Next: "B" }, B: { ...task, End: true } });
    const run = await started(two, { evaluationSteps: 4_000_000 });
    await run.fail("A", "E");
    await run.wait(1);
    await run.succeed("A", 1);
    await run.succeed("B", 2);
    expect(run.result).toBe("2");
  });
});

describe("a history", () => {
  const loop = states({ A: { Type: "Wait", Seconds: 0, Next: "A" } });

  test.each([10, 60])("ends with the event %i, and says so", async (historyEvents) => {
    const run = await started(loop, { historyEvents });
    expect(run.history.at(-1)).toBe(`${historyEvents} ${historyEvents - 1} ExecutionFailed`);
    expect(run.events).toHaveLength(historyEvents);
    expect(run.result).toEqual({
      error: "States.Runtime",
      cause: `The execution reached the maximum number of history events (${historyEvents}).`,
    });
    expect(redriveRefusal(run.execution, START)).toBe("Execution history event limit exceeded");
  });

  test("may be longer than the usual one", async () => {
    const run = await started(loop, { historyEvents: 30_000 });
    for (let i = 0; run.status === "RUNNING" && i < 10; i++) await run.receive({ type: "TurnContinued" });
    expect(run.history.at(-1)).toBe("30000 29999 ExecutionFailed");
  });
});
