/** What the README promises, sentence by sentence. */
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { states, type Definition } from "../engine/words.ts";
import { expectSound, expectTheSame, lived } from "../platform/lives.ts";
import { ACCOUNT, EXECUTION, WORKFLOWS, World, type HistoryEvent, type Workflow } from "../platform/workflows.ts";

const MACHINE = `${ACCOUNT}:stateMachine:main`;
const DAY = 86_400_000;
const LAMBDA = "arn:aws:lambda:us-east-1:123456789012:function:";
const task = (name: string, fields: Definition = {}): Definition => ({
  Type: "Task",
  Resource: LAMBDA + name,
  End: true,
  ...fields,
});
const WAIT = { definition: states({ Wait: { Type: "Wait", Seconds: 60, End: true } }) };
const FAILING = { definition: states({ Work: task("mended") }) };
const ask = (fields: Definition = {}): Pick<Workflow, "definition"> => ({
  definition: states({
    Ask: {
      Type: "Task",
      Resource: "arn:aws:states:::lambda:invoke.waitForTaskToken",
      Parameters: { FunctionName: "ask", Payload: { "token.$": "$$.Task.Token" } },
      End: true,
      ...fields,
    },
  }),
});

function named(name: string): Workflow {
  const found = WORKFLOWS.find((x) => x.name === name);
  if (found === undefined) throw new Error(`there is no workflow '${name}'`);
  return found;
}

const typesOf = (events: readonly HistoryEvent[]): readonly string[] => events.map((x) => x.type);

/** When an event of that type came, and when the one that it is counted from did. */
function between(events: readonly HistoryEvent[], from: string, to: string): readonly number[] {
  return events.flatMap((event, i) => {
    if (event.type !== to) return [];
    const before = events.slice(0, i).findLast(({ type }) => type === from);
    return before === undefined ? [] : [Math.round((event.timestamp - before.timestamp) * 1000)];
  });
}

async function asked(world: World): Promise<string> {
  const taskToken = await world.platform.until(world.token(1));
  await world.platform.pass(1_000);
  return taskToken;
}

beforeEach(() => {
  vi.spyOn(console, "error").mockImplementation(() => undefined);
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

describe("Every state transition of a Standard execution happens exactly once.", () => {
  test.each(["a chain of Tasks", "Retry, Catch and Fail", "an inline Map"])("%s, wherever it is lost", async (name) => {
    const workflow = named(name);
    const undisturbed = await lived(workflow, [], "object");
    for (let k = 1; k <= undisturbed.seams.length; k += 3) {
      expectTheSame(workflow, undisturbed, await lived(workflow, [k, k + 7], "object"), [k, k + 7], "object");
    }
  });

  test("also where everything is said twice", async () => {
    const world = await World.started(ask());
    const taskToken = await asked(world);
    const twice = { taskToken, output: "1" };
    await Promise.all([world.send("SendTaskSuccess", twice), world.send("SendTaskSuccess", twice)]);
    world.platform.kill(EXECUTION);
    await world.send("SendTaskSuccess", twice);
    expect(typesOf(await world.history()).filter((x) => x === "TaskSucceeded" || x === "TaskStateExited")).toEqual([
      "TaskSucceeded",
      "TaskStateExited",
    ]);
  });
});

describe("The events of a history are numbered without a gap, and their times never go back.", () => {
  test.each([-3_600_000, -1_000, 3_600_000, DAY])(
    "[F34] a clock that jumps by %i ms changes nothing of it",
    async (by) => {
      for (let jumpAt = 1; jumpAt < 40; jumpAt += 4) {
        const world = await World.started(named("Retry, Catch and Fail"));
        for (let i = 0; i < jumpAt && world.indexed?.version !== 2; i++) await world.platform.step();
        world.platform.kill(EXECUTION);
        world.platform.clock.now += by;
        await world.platform.until(world.ended(2), 50_000);
        expectSound(await world.history());
        vi.unstubAllGlobals();
        vi.restoreAllMocks();
      }
    },
  );
});

describe("A task is called at least once per attempt, always with the same idempotency key, and never again when its result is recorded.", () => {
  test("wherever it is lost", async () => {
    const workflow = named("Retry, Catch and Fail");
    const { seams } = await lived(workflow, [], "runtime");
    for (let k = 1; k <= seams.length; k++) {
      const { called, story } = await lived(workflow, [k], "runtime");
      const attempts = story.filter((x) => x.includes('"LambdaFunctionScheduled"')).length;
      const order = called.filter((key, i) => key !== called[i - 1]);
      // One after the other: a key that came back later would be a call for a result that is there.
      expect(new Set(order).size).toBe(order.length);
      expect(order.length).toBe(attempts);
      expect(called.length).toBeLessThanOrEqual(attempts + 1);
    }
  });
});

describe("An asynchronous Express execution runs at least once, a synchronous one at most once.", () => {
  const child = ["EXPRESS", states({ Work: task("work") })] as const;
  const stateMachineArn = `${ACCOUNT}:stateMachine:child`;

  test("an asynchronous one that is lost in the middle runs again", async () => {
    const world = await World.started({ ...WAIT, child });
    await world.send("StartExecution", { stateMachineArn, input: "{}" });
    while (world.called.length === 0) await world.platform.step();
    world.platform.killAll("runtime");
    await world.platform.pass(60_000);
    expect(world.called).toHaveLength(2);
    expect(new Set(world.called).size).toBe(1);
  });

  test("a synchronous one that is lost in the middle does not", async () => {
    const world = await World.started({ ...WAIT, child });
    const answer = world.platform.call("StartSyncExecution", { stateMachineArn, input: "{}" });
    while (world.called.length === 0) await world.platform.step();
    world.platform.killAll("runtime");
    expect((await world.platform.until(answer)).status).toBe(503);
    await world.platform.pass(600_000);
    expect(world.called).toHaveLength(1);
  });
});

describe("Starting an execution again with the same name and input answers the one that runs.", () => {
  test("[F02] and whoever did not hear the answer may ask again, at once or after a crash", async () => {
    const world = await World.started(WAIT);
    const start = { stateMachineArn: MACHINE, name: "run", input: "{}" };
    const many = await Promise.all(Array.from({ length: 5 }, () => world.send("StartExecution", start)));
    world.platform.killAll();
    for (const again of [...many, await world.send("StartExecution", start)]) expect(again).toEqual(world.answer);
    expect(await world.send("StartExecution", { ...start, input: '{"other":1}' })).toMatchObject({
      status: 400,
      body: { __type: "ExecutionAlreadyExists" },
    });
    await world.platform.pass(DAY);
    expect(await world.send("StartExecution", start)).toMatchObject({ body: { __type: "ExecutionAlreadyExists" } });
    expect(typesOf(await world.history()).filter((x) => x === "ExecutionStarted")).toHaveLength(1);
  });
});

describe("A task token is honored once.", () => {
  test("the same answer is acknowledged again, another one is refused", async () => {
    const world = await World.started(ask());
    const taskToken = await asked(world);
    expect(await world.send("SendTaskSuccess", { taskToken, output: "1" })).toMatchObject({ status: 200 });
    const history = await world.history();
    world.platform.killAll();
    expect(await world.send("SendTaskSuccess", { taskToken, output: "1" })).toMatchObject({ status: 200 });
    for (const output of ["2", "1.0"]) {
      const refused = await world.send("SendTaskSuccess", { taskToken, output });
      expect(refused).toMatchObject({ status: 400, body: { __type: "TaskTimedOut" } });
    }
    expect(await world.history()).toEqual(history);
  });
});

describe("A redrive that is asked for twice with the same client token is one redrive.", () => {
  test("[F27] also when the answer to the first was lost", async () => {
    const world = await World.started(FAILING);
    await world.platform.until(world.ended(2));
    world.isMended = true;
    const redrive = { executionArn: EXECUTION, clientToken: "once" };
    const first = await world.send("RedriveExecution", redrive);
    world.platform.killAll();
    await world.platform.pass(1_000);
    expect(await world.send("RedriveExecution", redrive)).toEqual(first);
    await world.platform.until(world.ended(4));
    expect(await world.send("RedriveExecution", redrive)).toEqual(first);
    expect(typesOf(await world.history()).filter((x) => x === "ExecutionRedriven")).toHaveLength(1);
  });
});

describe("Waits, retry delays, timeouts and heartbeats are never early, and survive every restart.", () => {
  test.each<[string, Omit<Workflow, "name">, string, string, number]>([
    ["a Wait", WAIT, "WaitStateEntered", "WaitStateExited", 60_000],
    [
      "a retry delay",
      { definition: states({ Flaky: task("flaky", { Retry: [{ ErrorEquals: ["Flaky"], IntervalSeconds: 90 }] }) }) },
      "LambdaFunctionFailed",
      "LambdaFunctionScheduled",
      90_000,
    ],
    ["a timeout", ask({ TimeoutSeconds: 120 }), "TaskScheduled", "TaskTimedOut", 120_000],
    ["a heartbeat", ask({ HeartbeatSeconds: 45 }), "TaskScheduled", "TaskTimedOut", 45_000],
    [
      "a machine's timeout",
      { definition: { ...ask().definition, TimeoutSeconds: 70 } },
      "TaskScheduled",
      "ExecutionTimedOut",
      70_000,
    ],
  ])("%s, with everything lost every ten seconds", async (_, workflow, from, to, milliseconds) => {
    const world = await World.started(workflow);
    while (world.indexed?.status === "RUNNING" || world.indexed === undefined) {
      await world.platform.pass(10_000);
      world.platform.killAll("runtime");
    }
    const took = between(await world.history(), from, to);
    expect(took).toHaveLength(1);
    expect(took[0]).toBeGreaterThanOrEqual(milliseconds);
    expect(took[0]).toBeLessThan(milliseconds + 35_000);
  });
});

describe("A callback after its deadline is refused, however late the alarm is.", () => {
  test.each<[string, Definition]>([
    ["TimeoutSeconds", { TimeoutSeconds: 30 }],
    ["HeartbeatSeconds", { HeartbeatSeconds: 30 }],
  ])("[F11] that of %s, with alarms an hour late", async (_, fields) => {
    const world = await World.started(ask(fields));
    const taskToken = await asked(world);
    world.platform.alarmDelay = 3_600_000;
    await world.platform.pass(29_500);
    expect(await world.send("SendTaskSuccess", { taskToken, output: "1" })).toMatchObject({
      body: { __type: "TaskTimedOut" },
    });
    expect(typesOf(await world.history()).slice(-2)).toEqual(["TaskTimedOut", "ExecutionFailed"]);
  });

  test("[F11] one before it counts", async () => {
    const world = await World.started(ask({ TimeoutSeconds: 30 }));
    const taskToken = await asked(world);
    world.platform.alarmDelay = 3_600_000;
    await world.platform.pass(28_500);
    expect(await world.send("SendTaskSuccess", { taskToken, output: "1" })).toMatchObject({ status: 200 });
    expect(typesOf(await world.history()).at(-1)).toBe("ExecutionSucceeded");
  });
});

describe("What was acknowledged is on disk: starts, callbacks, stops and redrives.", () => {
  test("a start", async () => {
    const world = await World.started(WAIT);
    world.platform.killAll();
    expect(await world.platform.until(world.describe())).toMatchObject({ status: "RUNNING" });
    await world.platform.until(world.ended());
  });

  test("a callback", async () => {
    const world = await World.started(ask());
    await world.send("SendTaskSuccess", { taskToken: await asked(world), output: "1" });
    world.platform.killAll();
    expect(await world.platform.until(world.describe())).toMatchObject({ status: "SUCCEEDED", output: "1" });
  });

  test("[F26] a stop, of a task that is under way: what it answers changes nothing", async () => {
    const world = await World.started({ definition: states({ Work: task("work") }) });
    await world.send("StopExecution", { executionArn: EXECUTION, error: "Enough" });
    const history = await world.history();
    world.platform.killAll();
    await world.platform.pass(60_000);
    expect(await world.platform.until(world.describe())).toMatchObject({ status: "ABORTED", error: "Enough" });
    expect(await world.history()).toEqual(history);
    expect(world.called.length).toBeLessThanOrEqual(1);
  });

  test("a redrive", async () => {
    const world = await World.started(FAILING);
    await world.platform.until(world.ended(2));
    world.isMended = true;
    await world.send("RedriveExecution", { executionArn: EXECUTION });
    world.platform.killAll();
    await world.platform.until(world.ended(4));
    expect(await world.platform.until(world.describe())).toMatchObject({ status: "SUCCEEDED", redriveCount: 1 });
  });
});

describe("Whatever is lost from memory, an execution goes on by itself.", () => {
  test.each(WORKFLOWS.filter((x) => x.act === undefined && x.needsQueues !== true))(
    "$name, with everything lost every 300 ms for a while, and nobody who asks",
    async (workflow) => {
      const world = await World.started(workflow);
      for (let i = 0; i < 10; i++) {
        await world.platform.pass(300);
        world.platform.killAll();
      }
      await world.platform.until(world.ended(), 20_000);
      expectSound(await world.history());
    },
  );
});

describe("DescribeExecution and GetExecutionHistory are never behind; ListExecutions may be, and catches up.", () => {
  test("while the queue loses everything for a minute", async () => {
    const world = await World.started({ definition: states({ A: { Type: "Pass", End: true } }) });
    world.platform.dropMessages("status");
    const list = async (): Promise<unknown> =>
      (await world.send("ListExecutions", { stateMachineArn: MACHINE })).body["executions"];
    expect(await list()).toEqual([]);
    expect(await world.platform.until(world.describe())).toMatchObject({ status: "SUCCEEDED" });
    expect(typesOf(await world.history()).at(-1)).toBe("ExecutionSucceeded");
    world.platform.killAll();
    await world.platform.pass(60_000);
    expect(await list()).toMatchObject([{ executionArn: EXECUTION, status: "SUCCEEDED" }]);
  });
});

describe("A fault of Stepflare ends an execution with States.Runtime and a cause, never with silence.", () => {
  test("a turn that cannot be computed", async () => {
    const world = await World.started({
      definition: states({ Work: task("work", { ResultSelector: { "n.$": "States.MathRandom(1, 9)" } }) }),
    });
    vi.spyOn(crypto, "getRandomValues").mockImplementation(() => {
      throw new Error("no randomness here");
    });
    await world.platform.until(world.ended());
    expect(await world.platform.until(world.describe())).toMatchObject({
      status: "FAILED",
      error: "States.Runtime",
      cause: "The execution was ended by a defect in Stepflare: no randomness here",
    });
  });
});
