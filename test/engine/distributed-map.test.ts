/** The distributed Map state: what it orders of a Map Run, and what follows from the Map Run's end. */
import { describe, expect, test } from "vitest";
import type { RedriveMapRun, StartMapRun, StopMapRun } from "../../src/engine/command.ts";
import type { MapRunResult } from "../../src/engine/event.ts";
import { awaitsMapRun, openMapRuns, pendingDemands, stopDemands } from "../../src/engine/places.ts";
import { INVOKE, payloadOf, start, states, type Definition, type Run, type States } from "./words.ts";

const ARN = /^arn:aws:states:us-east-1:123456789012:mapRun:m\/([^:]+):(uuid-\d+)$/u;
const PASS: States = { A: { Type: "Pass", End: true } };

const processor = (type: string): Definition => ({
  ...states(PASS),
  ProcessorConfig: { Mode: "DISTRIBUTED", ExecutionType: type },
});
const map = (fields: Definition = {}, others: States = {}): Definition =>
  states({ M: { Type: "Map", ItemProcessor: processor("STANDARD"), End: true, ...fields }, ...others });
const mapping = (input: unknown, fields: Definition = {}, others: States = {}): Promise<Run> =>
  start(map(fields, others), input);

const demands = (run: Run): readonly (StartMapRun | RedriveMapRun | StopMapRun)[] =>
  run.commands.filter((x) => x.type === "StartMapRun" || x.type === "RedriveMapRun" || x.type === "StopMapRun");
function ordered(run: Run): StartMapRun {
  const demand = demands(run).findLast((x) => x.type === "StartMapRun");
  if (demand === undefined) throw new Error(`nothing was ordered:\n${run.history.join("\n")}`);
  return demand;
}
async function end(run: Run, result: MapRunResult, redriveCount = 0): Promise<void> {
  await run.receive({ type: "MapRunEnded", mapRunArn: ordered(run).mapRunArn, redriveCount, result });
}
const succeed = (run: Run, output: unknown): Promise<void> => end(run, { output: payloadOf(output) });
const fail = (run: Run, error = "Boom", redriveCount = 0): Promise<void> =>
  end(run, { failure: { error, cause: "It broke." } }, redriveCount);
const runtimeFailure = (text: string): unknown => ({
  error: "States.Runtime",
  cause: `An error occurred while executing the state 'M' (entered at the event id #2). ${text}`,
});

test("the events of a Map Run that succeeds", async () => {
  const run = await mapping([1, 2], { ResultPath: null });
  await succeed(run, "[3,4]");
  expect(run.history).toEqual([
    "1 0 ExecutionStarted",
    "2 0 MapStateEntered M",
    "3 2 MapStateStarted",
    "4 3 MapRunStarted",
    "5 4 MapRunSucceeded",
    "6 5 MapStateSucceeded",
    "7 4 MapStateExited M",
    "8 7 ExecutionSucceeded",
  ]);
  expect(run.detailsOf("MapStateStarted")).toEqual({ length: 2 });
  expect(run.detailsOf("MapRunStarted")).toEqual({ mapRunArn: ordered(run).mapRunArn });
  expect(run.result).toBe("[1,2]");
});

test("the events of a Map Run that fails", async () => {
  const run = await mapping([1]);
  await fail(run);
  expect(run.historyFrom(5)).toEqual(["5 4 MapRunFailed", "6 5 MapStateFailed", "7 6 ExecutionFailed"]);
  expect(run.detailsOf("MapRunFailed")).toEqual({ error: "Boom", cause: "It broke." });
  expect(run.result).toEqual({ error: "Boom", cause: "It broke." });
});

describe("what is ordered", () => {
  test("the items, the input and the variables as the state sees them", async () => {
    const before = { P: { Type: "Pass", Assign: { v: 7 }, Next: "M" } };
    const machine = states({
      ...before,
      M: {
        Type: "Map",
        InputPath: "$.in",
        ItemsPath: "$.items",
        ItemProcessor: processor("EXPRESS"),
        MaxConcurrency: 3,
        ToleratedFailureCountPath: "$.count",
        ToleratedFailurePercentage: 20,
        End: true,
      },
    });
    const run = await start(machine, { in: { items: ["a", 1.5], count: "2" } });
    const { order, stateName, retryCount, enteredAt, enteredEventId } = ordered(run);
    expect({ stateName, retryCount, enteredAt, enteredEventId }).toEqual({
      stateName: "M",
      retryCount: 0,
      enteredAt: run.now,
      enteredEventId: 4,
    });
    expect({ ...order, input: order.input.text, items: order.items?.text }).toEqual({
      input: '{"items":["a",1.5],"count":"2"}',
      items: '["a",1.5]',
      maxConcurrency: 3,
      toleratedFailureCount: 2,
      toleratedFailurePercentage: 20,
      variables: { v: 7 },
    });
  });

  test("of a reader, a batcher and a writer: their fields evaluated, and no items", async () => {
    const run = await mapping(
      { bucket: "b", max: 5, size: 2, more: "x" },
      {
        ItemReader: {
          Resource: "arn:aws:states:::s3:getObject",
          ReaderConfig: { InputType: "JSON", MaxItemsPath: "$.max" },
          Parameters: { "Bucket.$": "$.bucket", Key: "k" },
        },
        ItemBatcher: {
          MaxItemsPerBatchPath: "$.size",
          MaxInputBytesPerBatch: 1000,
          BatchInput: { "more.$": "$.more" },
        },
        ResultWriter: {
          Resource: "arn:aws:states:::s3:putObject",
          Parameters: { "Bucket.$": "$.bucket", Prefix: "p" },
        },
      },
    );
    expect(run.detailsOf("MapStateStarted")).toEqual({ length: 0 });
    expect(ordered(run).order).toMatchObject({
      reader: { Bucket: "b", Key: "k" },
      maxItems: 5,
      batch: { maxItems: 2, maxInputBytes: 1000, input: { more: "x" } },
      writer: { Bucket: "b", Prefix: "p" },
    });
    expect(ordered(run).order.items).toBeUndefined();
  });

  test("a reader and a batcher may be without most of their fields", async () => {
    const run = await mapping(
      {},
      {
        ItemReader: { Resource: "arn:aws:states:::s3:listObjectsV2" },
        ItemBatcher: { MaxItemsPerBatch: 2 },
      },
    );
    expect(ordered(run).order).toMatchObject({ reader: {}, batch: { maxItems: 2 } });
    expect(ordered(run).order).not.toHaveProperty("maxItems");
  });

  test("in JSONata as well", async () => {
    const run = await start(
      {
        QueryLanguage: "JSONata",
        ...map({
          Items: "{% $states.input.items %}",
          ItemBatcher: {
            MaxInputBytesPerBatch: "{% 10 + 5 %}",
            BatchInput: { at: "{% $states.context.State.Name %}" },
          },
          ToleratedFailureCount: "{% 1 %}",
          ToleratedFailurePercentage: "{% 12.5 %}",
        }),
      },
      { items: [1, 2, 3] },
    );
    expect(ordered(run).order.items?.text).toBe("[1,2,3]");
    expect(ordered(run).order).toMatchObject({
      batch: { maxInputBytes: 15, input: { at: "M" } },
      toleratedFailureCount: 1,
      toleratedFailurePercentage: 12.5,
    });
  });

  test("the items may be the members of an object, in either language", async () => {
    const members = { b: 1, a: { n: 2 } };
    const byPath = await mapping({ members }, { ItemsPath: "$.members" });
    expect(ordered(byPath).order.items?.value).toEqual(members);
    expect(byPath.detailsOf("MapStateStarted")).toEqual({ length: 2 });
    const Items = "{% $states.input.members %}";
    const byExpression = await start({ QueryLanguage: "JSONata", ...map({ Items }) }, { members });
    expect(ordered(byExpression).order.items?.value).toEqual(members);
    const neither = await mapping({ members: 5 }, { ItemsPath: "$.members" });
    expect(neither.result).toMatchObject({ error: "States.Runtime" });
    const number = await start({ QueryLanguage: "JSONata", ...map({ Items }) }, { members: 5 });
    expect(number.result).toMatchObject({
      error: "States.QueryEvaluationError",
      cause: expect.stringContaining("Expected 'array or object', but was 'number'"),
    });
  });

  test.each([
    [{ n: {} }, 'The ToleratedFailureCountPath field refers to value "{}" which is not a valid integer: $.n'],
    [{ n: -1 }, "ToleratedFailureCount must not be negative."],
  ])("a threshold of %j fails the state before its Map Run begins", async ({ n }, cause) => {
    const run = await mapping({ items: [0], n }, { ItemsPath: "$.items", ToleratedFailureCountPath: "$.n" });
    expect(run.historyFrom(3)).toEqual(["3 2 MapStateStarted", "4 3 ExecutionFailed"]);
    expect(run.result).toEqual(runtimeFailure(cause));
    expect(demands(run)).toEqual([]);
  });

  test.each([
    [1.5, runtimeFailure('The MaxItemsPath field refers to value "1.5" which is not a valid integer: $.n')],
    [-1, undefined],
  ])("MaxItems %j: an integer below 0 is the Map Run's to refuse", async (n, failure) => {
    const reader = {
      Resource: "arn:aws:states:::s3:getObject",
      ReaderConfig: { InputType: "JSON", MaxItemsPath: "$.n" },
      Parameters: { Bucket: "b", Key: "k" },
    };
    const run = await mapping({ n }, { ItemReader: reader });
    expect(run.result).toEqual(failure);
    if (failure === undefined) expect(ordered(run).order.maxItems).toBe(n);
  });

  test("items that exceed a payload fail the state", async () => {
    const run = await start({
      QueryLanguage: "JSONata",
      ...map({ Items: "{% [1..3000].('" + "x".repeat(100) + "') %}" }),
    });
    expect(run.result).toMatchObject({ error: "States.DataLimitExceeded" });
  });
});

describe("the Map Run's name", () => {
  test("has the state's label, or one that is the same in every execution", async () => {
    const labelled = await mapping([1], { Label: "mine" });
    expect(ARN.exec(ordered(labelled).mapRunArn)?.[1]).toBe("mine");
    const [first, second] = [await mapping([1]), await mapping([1])];
    const label = ARN.exec(ordered(first).mapRunArn)?.[1];
    expect(label).toMatch(/^[\da-f]{8}-[\da-f]{4}-3[\da-f]{3}-8[\da-f]{3}-[\da-f]{12}$/u);
    expect(ARN.exec(ordered(second).mapRunArn)?.[1]).toBe(label);
  });

  test("a retry begins another Map Run; news of the first changes nothing", async () => {
    const Retry = [{ ErrorEquals: ["Boom"], IntervalSeconds: 5, MaxAttempts: 1 }];
    const run = await mapping([1], { Retry });
    const first = ordered(run).mapRunArn;
    await fail(run);
    await run.wait(5);
    const second = ordered(run);
    expect(second.mapRunArn).not.toBe(first);
    expect(second.retryCount).toBe(1);
    const before = run.history.length;
    await run.receive({ type: "MapRunEnded", mapRunArn: first, redriveCount: 0, result: { output: payloadOf([]) } });
    await run.receive({ type: "MapRunAccepted", mapRunArn: first, redriveCount: 0 });
    expect(run.history).toHaveLength(before);
    await succeed(run, [1]);
    expect(run.result).toBe("[1]");
  });
});

describe("a Map Run that is under way", () => {
  test("is asked for until it has taken its order", async () => {
    const run = await mapping([1]);
    const { mapRunArn } = ordered(run);
    expect(pendingDemands(run.execution).map((x) => x.type)).toEqual(["StartMapRun"]);
    await run.receive({ type: "MapRunAccepted", mapRunArn, redriveCount: 0 });
    expect(pendingDemands(run.execution)).toEqual([]);
    expect(openMapRuns(run.execution)[0]?.cursor).not.toHaveProperty("asked");
    expect(awaitsMapRun(run.execution, mapRunArn)).toBe(true);
    expect(awaitsMapRun(run.execution, "another")).toBe(false);
  });

  test("what it takes before a redrive is not what it is asked for after it", async () => {
    const run = await mapping([1]);
    const { mapRunArn } = ordered(run);
    await run.stop();
    await run.redrive();
    await run.receive({ type: "MapRunAccepted", mapRunArn, redriveCount: 0 });
    expect(pendingDemands(run.execution).map((x) => x.redriveCount)).toEqual([1]);
    await run.receive({ type: "MapRunAccepted", mapRunArn, redriveCount: 1 });
    expect(pendingDemands(run.execution)).toEqual([]);
  });

  test("is to be stopped with its execution", async () => {
    const run = await mapping([1]);
    await run.stop();
    const { mapRunArn } = ordered(run);
    expect(run.historyFrom(5)).toEqual(["5 0 ExecutionAborted"]);
    expect(stopDemands(run.execution)).toEqual([{ type: "StopMapRun", mapRunArn, redriveCount: 0 }]);
    expect(pendingDemands(run.execution)).toEqual([]);
    expect(awaitsMapRun(run.execution, mapRunArn)).toBe(false);
  });

  test("a Map Run beside a branch that fails is stopped", async () => {
    const task = { T: { Type: "Task", Resource: INVOKE, End: true } };
    const run = await start(states({ P: { Type: "Parallel", Branches: [map(), states(task)], End: true } }), [1]);
    await run.fail("T");
    expect(demands(run).map((x) => x.type)).toEqual(["StartMapRun", "StopMapRun"]);
    expect(run.history.map((x) => x.split(" ")[2])).toEqual(
      expect.arrayContaining(["MapRunAborted", "MapStateAborted", "ParallelStateFailed"]),
    );
    expect(openMapRuns(run.execution)).toEqual([]);
  });
});

describe("what follows", () => {
  test("a Catcher gets the Map Run's failure", async () => {
    const run = await mapping(
      [1],
      { Catch: [{ ErrorEquals: ["Boom"], Next: "Z" }] },
      { Z: { Type: "Pass", End: true } },
    );
    await fail(run);
    expect(run.result).toBe('{"Error":"Boom","Cause":"It broke."}');
  });

  test("an output that cannot be shaped fails the state", async () => {
    const run = await mapping([1], { ResultSelector: { "x.$": "$.missing" } });
    await succeed(run, []);
    expect(run.result).toMatchObject({ error: "States.Runtime" });
  });
});

describe("a redrive", () => {
  test("a redriven Map Run goes on under its name", async () => {
    const run = await mapping([1]);
    await run.receive({ type: "MapRunAccepted", mapRunArn: ordered(run).mapRunArn, redriveCount: 0 });
    await fail(run);
    await run.redrive();
    const { mapRunArn } = ordered(run);
    expect(run.historyFrom(8)).toEqual(["8 7 ExecutionRedriven", "9 8 MapRunRedriven"]);
    expect(run.detailsOf("MapRunRedriven")).toEqual({ mapRunArn, redriveCount: 1 });
    expect(demands(run).at(-1)).toEqual({ type: "RedriveMapRun", mapRunArn, redriveCount: 1 });
    expect(pendingDemands(run.execution)).toEqual([{ type: "RedriveMapRun", mapRunArn, redriveCount: 1 }]);
    await fail(run, "TooLate");
    expect(run.status).toBe("RUNNING");
    await end(run, { output: payloadOf([1]) }, 1);
    expect(run.historyFrom(10)).toEqual([
      "10 9 MapRunSucceeded",
      "11 10 MapStateSucceeded",
      "12 9 MapStateExited M",
      "13 12 ExecutionSucceeded",
    ]);
  });

  test("an aborted one that had not begun is ordered again", async () => {
    const run = await mapping([1]);
    await run.stop();
    await run.redrive();
    expect(demands(run).map((x) => x.type)).toEqual(["StartMapRun", "StartMapRun"]);
    // It may have begun, and be over: then it is taken up again.
    expect(demands(run).map((x) => x.redriveCount)).toEqual([0, 1]);
    await end(run, { output: payloadOf([1]) }, 1);
    expect(run.status).toBe("SUCCEEDED");
  });

  test("below a Parallel: only the branch whose Map Run failed goes on", async () => {
    const branches = [map(), states(PASS)];
    const run = await start(states({ P: { Type: "Parallel", Branches: branches, End: true } }), [1]);
    await fail(run);
    expect(run.status).toBe("FAILED");
    await run.redrive();
    await end(run, { output: payloadOf([2]) }, 1);
    expect(run.result).toBe("[[2],[1]]");
  });
});
