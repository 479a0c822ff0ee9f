/** An Express execution in memory: it waits, is answered, and ends whatever happens. */
import { describe, expect, test } from "vitest";
import { Payload } from "../../src/data/payload.ts";
import { runExpress } from "../../src/runtime/express-run.ts";
import { failed } from "../../src/runtime/tasks/task-call.ts";
import { INVOKE, LAMBDA, START, states, type Definition } from "../engine/words.ts";
import { EXECUTION, neverEvaluated, requestOf, succeeded, World } from "./words.ts";

const pass = (Next?: string): Definition => ({ Type: "Pass", ...(Next === undefined ? { End: true } : { Next }) });
const task = (fields: object = {}): Definition => ({ Type: "Task", Resource: LAMBDA, End: true, ...fields });
const FIVE_PASS = states({ A: pass("B"), B: pass("C"), C: pass("D"), D: pass("E"), E: pass() });
const ENDLESS = states({ A: pass("B"), B: pass("A") });

/** A call that is never answered; it remembers whether it was given up. */
function unanswered(world: World): () => boolean {
  let isGivenUp = false;
  world.answer = (_call, signal) => {
    signal.addEventListener("abort", () => {
      isGivenUp = true;
    });
    return new Promise(() => undefined);
  };
  return () => isGivenUp;
}

describe("its end", () => {
  test("what needs nobody else ends in one turn, and no timer was set", async () => {
    const world = new World();
    const outcome = await runExpress(
      { ...world.host, setTimer: () => expect.unreachable() },
      requestOf(FIVE_PASS, [1]),
    );
    expect(outcome).toMatchObject({ status: "SUCCEEDED", stoppedAt: START });
    expect(outcome.status === "SUCCEEDED" && outcome.output.text).toBe("[1]");
  });

  test("a Fail state ends it with its error and cause", async () => {
    const outcome = await new World().run(states({ F: { Type: "Fail", Error: "E", Cause: "C" } }));
    expect(outcome).toEqual({ status: "FAILED", stoppedAt: START, failure: { error: "E", cause: "C" } });
  });

  test.each([
    ["its own TimeoutSeconds", { TimeoutSeconds: 7 }, 7],
    ["five minutes where it has none", {}, 300],
    ["five minutes where it would take longer", { TimeoutSeconds: 9999 }, 300],
  ])("it times out after %s, and gives up what is under way", async (_, fields, seconds) => {
    const world = new World();
    const isGivenUp = unanswered(world);
    const outcome = await world.run({ ...states({ T: task() }), ...fields });
    const failure = { error: "States.Timeout" };
    expect(outcome).toEqual({ status: "TIMED_OUT", stoppedAt: START + seconds * 1000, failure });
    expect(isGivenUp()).toBe(true);
    expect(world.waitingTimers).toBe(0);
  });

  test("the five minutes begin when it runs, however long it had to wait for that", async () => {
    const world = new World();
    unanswered(world);
    world.at = START + 1_000_000;
    expect(await world.run(states({ T: task() }))).toMatchObject({ stoppedAt: START + 1_300_000 });
  });

  test("a turn that cannot be computed ends it with a cause", async () => {
    const world = new World();
    world.answer = async () => ({ kind: "succeeded", output: Payload.fromText("not JSON") });
    const outcome = await world.run(states({ T: task({ ResultPath: "$.x" }) }));
    expect(outcome).toMatchObject({ status: "FAILED", failure: { error: "States.Runtime" } });
    expect(world.defects).toEqual([`${EXECUTION} cannot take TaskSucceeded`]);
  });

  test("[F41] a turn that waits for what will never come ends it with a cause", async () => {
    const definition = states({ A: { Type: "Pass", QueryLanguage: "JSONata", Output: "{% 'never' %}", End: true } });
    neverEvaluated(definition, "A");
    const world = new World();
    expect(await world.run(definition)).toMatchObject({ status: "FAILED", failure: { error: "States.Runtime" } });
    expect(world.defects).toEqual([`${EXECUTION} cannot take ExecutionStarted`]);
  });

  test("a definition that does not parse is a defect of whoever asked for the run", async () => {
    await expect(new World().run({})).rejects.toThrow("does not parse");
  });
});

describe("what takes time", () => {
  test("a Wait takes as long as it says", async () => {
    const outcome = await new World().run(states({ W: { Type: "Wait", Seconds: 12, End: true } }));
    expect(outcome).toMatchObject({ status: "SUCCEEDED", stoppedAt: START + 12_000 });
  });

  test("branches wait at the same time", async () => {
    const wait = (Seconds: number): Definition => states({ W: { Type: "Wait", Seconds, End: true } });
    const both = states({ P: { Type: "Parallel", Branches: [wait(5), wait(9)], End: true } });
    expect(await new World().run(both)).toMatchObject({ status: "SUCCEEDED", stoppedAt: START + 9_000 });
  });

  test("a failing task is tried again after its delays, each time under another idempotency key", async () => {
    const world = new World();
    world.answer = async ({ retryCount }) => (retryCount < 2 ? failed("Busy", "") : succeeded("done"));
    const retry = [{ ErrorEquals: ["Busy"], IntervalSeconds: 3, MaxAttempts: 5 }];
    const outcome = await world.run(states({ T: task({ Retry: retry }) }), {}, { traceHeader: "Root=1" });
    expect(outcome).toMatchObject({ status: "SUCCEEDED", stoppedAt: START + 9_000 });
    expect(world.calls.map((x) => x.idempotencyKey)).toEqual([
      `${EXECUTION}#0-1`,
      `${EXECUTION}#0-2`,
      `${EXECUTION}#0-3`,
    ]);
    expect(world.calls[0]).toMatchObject({ executionArn: EXECUTION, traceHeader: "Root=1" });
  });

  test("a task that is too slow is given up, and caught", async () => {
    const world = new World();
    const isGivenUp = unanswered(world);
    const Catch = [{ ErrorEquals: ["States.Timeout"], Next: "Late" }];
    const outcome = await world.run(states({ T: task({ TimeoutSeconds: 2, Catch }), Late: pass() }));
    expect(outcome).toMatchObject({ status: "SUCCEEDED", stoppedAt: START + 2_000 });
    expect(isGivenUp()).toBe(true);
  });

  test("a branch that fails gives up its siblings' calls, whose answers change nothing any more", async () => {
    const world = new World();
    world.answer = async ({ stateName }, signal) => {
      if (stateName === "Bad") return failed("E", "C");
      await new Promise((given) => signal.addEventListener("abort", given));
      return succeeded("too late");
    };
    const Branches = [states({ Good: task() }), states({ Bad: task() })];
    const outcome = await world.run(states({ P: { Type: "Parallel", Branches, End: true } }));
    expect(outcome).toMatchObject({ status: "FAILED", failure: { error: "E", cause: "C" } });
  });

  test("calls are made at the same time, as many as a Map lets run", async () => {
    const world = new World();
    let [running, most] = [0, 0];
    world.answer = async ({ parameters }) => {
      most = Math.max(most, ++running);
      await new Promise<void>((later) => void world.host.setTimer(100, later));
      running -= 1;
      return succeeded(Number(parameters.value) * 2);
    };
    const map = { Type: "Map", MaxConcurrency: 4, ItemProcessor: states({ T: task() }), End: true };
    const outcome = await world.run(states({ M: map }), [1, 2, 3, 4, 5, 6, 7, 8]);
    expect(outcome.status === "SUCCEEDED" && outcome.output.value).toEqual([2, 4, 6, 8, 10, 12, 14, 16]);
    expect([most, outcome.stoppedAt]).toEqual([4, START + 200]);
  });

  test("a performer that breaks is a failure that can be caught", async () => {
    const world = new World();
    world.answer = () => Promise.reject(new Error("broken"));
    const Catch = [{ ErrorEquals: ["States.TaskFailed"], Next: "Caught" }];
    const outcome = await world.run(states({ T: task({ Resource: INVOKE, Parameters: {}, Catch }), Caught: pass() }));
    expect(outcome.status).toBe("SUCCEEDED");
    expect(world.defects).toEqual([`task 0-1 of ${EXECUTION} failed`]);
  });
});

describe("what computes for long", () => {
  const countdown = (from: number): [Definition, unknown] => [
    states({
      Count: { Type: "Pass", Parameters: { "n.$": "States.MathAdd($.n, -1)" }, Next: "More" },
      More: { Type: "Choice", Choices: [{ Variable: "$.n", NumericGreaterThan: 0, Next: "Count" }], Default: "Done" },
      Done: { Type: "Succeed" },
    }),
    { n: from },
  ];

  test("its history may be longer than a Standard execution's", async () => {
    const world = new World();
    expect(await world.run(...countdown(10_000))).toMatchObject({ status: "SUCCEEDED" });
    expect(world.history).toHaveLength(1 + 4 * 10_000 + 2 + 1);
    expect(world.history.every(({ id }, n) => id === n + 1)).toBe(true);
  });

  test("others run between its turns", async () => {
    const world = new World();
    const ended: string[] = [];
    const run = async (name: string, definition: Definition): Promise<void> => {
      await runExpress({ ...world.host, record: () => undefined }, requestOf(definition));
      ended.push(name);
    };
    world.computingMs = 4_000;
    const wait = states({ W: { Type: "Wait", Seconds: 5, End: true } });
    await world.untilSettled(Promise.all([run("endless", ENDLESS), run("waiting", wait), run("short", FIVE_PASS)]));
    expect(ended).toEqual(["short", "waiting", "endless"]);
  });

  test("a loop without an end is timed out before the platform ends the whole invocation", async () => {
    const world = new World();
    world.computingMs = 1_000;
    const outcome = await runExpressQuietly(world, ENDLESS);
    expect(outcome).toMatchObject({ status: "TIMED_OUT", failure: { error: "States.Timeout" } });
    expect(outcome.stoppedAt - START).toBeLessThan(17_000);
  });

  const runExpressQuietly = (world: World, definition: Definition): ReturnType<typeof runExpress> =>
    world.untilSettled(runExpress({ ...world.host, record: undefined }, requestOf(definition)));
});

test("the context object names the Express execution", async () => {
  const definition = states({ A: { Type: "Pass", Parameters: { "id.$": "$$.Execution.Id" }, End: true } });
  const outcome = await new World().run(definition);
  expect(outcome.status === "SUCCEEDED" && outcome.output.value).toEqual({ id: EXECUTION });
});
