/** Children that are not waited for any more are stopped: whatever ended the waiting, and whoever dies meanwhile. */
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { ExecutionRpc } from "../../src/runtime/execution-rpc.ts";
import { DOOR_CLOSED_MS } from "../../src/runtime/closed-doors.ts";
import { states, type Definition } from "../engine/words.ts";
import type { Loss } from "./platform.ts";
import { ACCOUNT, EXECUTION, World, type HistoryEvent } from "./workflows.ts";

beforeEach(() => {
  vi.spyOn(console, "error").mockImplementation(() => undefined);
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

const CHILD = `${ACCOUNT}:execution:child:kid`;
const DAY = 86_400;
const SLOW = states({ Wait: { Type: "Wait", Seconds: DAY, End: true } });
const starts = (fields: Definition = {}, parameters: Definition = {}): Definition => ({
  Type: "Task",
  Resource: "arn:aws:states:::states:startExecution.sync:2",
  Parameters: { StateMachineArn: `${ACCOUNT}:stateMachine:child`, Name: "kid", ...parameters },
  End: true,
  ...fields,
});

interface Described {
  readonly status: string;
  readonly error?: string;
  readonly cause?: string;
}

async function described(world: World, executionArn: string): Promise<Described> {
  return (await world.send("DescribeExecution", { executionArn })).body as unknown as Described;
}

async function historyOf(world: World, executionArn: string): Promise<readonly HistoryEvent[]> {
  const { body } = await world.send("GetExecutionHistory", { executionArn, maxResults: 1000 });
  return body["events"] as readonly HistoryEvent[];
}

function started(definition: Definition, child: Definition = SLOW): Promise<World> {
  return World.started({ definition, child: ["STANDARD", child] });
}

const stop = (world: World): Promise<unknown> =>
  world.send("StopExecution", { executionArn: EXECUTION, error: "Enough", cause: "said so" });

const ABORTED = {
  status: "ABORTED",
  cause: `The Task state in AWS Step Functions execution [${EXECUTION}] which was managing this resource was aborted`,
};

describe("a child is stopped", () => {
  const FAILS = states({ Hold: { Type: "Wait", Seconds: 5, Next: "Fail" }, Fail: { Type: "Fail", Error: "Sibling" } });
  const caught = { Catch: [{ ErrorEquals: ["States.ALL"], Next: "Rest" }] };
  const rest = { Rest: { Type: "Wait", Seconds: DAY, End: true } };

  test.each<[string, Definition, string]>([
    ["its parent's TimeoutSeconds", { ...states({ Start: starts() }), TimeoutSeconds: 60 }, "TIMED_OUT"],
    ["its task's TimeoutSeconds", states({ Start: starts({ TimeoutSeconds: 60 }) }), "FAILED"],
    ["its task's HeartbeatSeconds", states({ Start: starts({ HeartbeatSeconds: 60, TimeoutSeconds: 90 }) }), "FAILED"],
    ["a timeout that is caught", states({ Start: starts({ TimeoutSeconds: 60, ...caught }), ...rest }), "RUNNING"],
    [
      "the failure of a sibling branch",
      states({ Both: { Type: "Parallel", Branches: [states({ Start: starts() }), FAILS], End: true } }),
      "FAILED",
    ],
    [
      "the failure of a sibling branch that is caught",
      states({
        Both: { Type: "Parallel", Branches: [states({ Start: starts() }), FAILS], End: true, ...caught },
        ...rest,
      }),
      "RUNNING",
    ],
    [
      "the failure of another iteration",
      states({
        Each: {
          Type: "Map",
          Items: [0, 1],
          QueryLanguage: "JSONata",
          End: true,
          ItemProcessor: states({
            Which: { Type: "Choice", Choices: [{ Variable: "$", NumericEquals: 0, Next: "Hold" }], Default: "Start" },
            Hold: { Type: "Wait", Seconds: 5, Next: "Fail" },
            Fail: { Type: "Fail", Error: "Sibling" },
            Start: starts(),
          }),
        },
      }),
      "FAILED",
    ],
  ])("by %s", async (_, definition, status) => {
    const world = await started(definition);
    await world.platform.pass(120_000);
    expect(await described(world, EXECUTION)).toMatchObject({ status });
    expect(await described(world, CHILD)).toMatchObject(ABORTED);
    await world.platform.pass(60_000);
    const types = (await historyOf(world, CHILD)).map(({ type }) => type);
    expect(types).toEqual(["ExecutionStarted", "WaitStateEntered", "ExecutionAborted"]);
  });

  test("with its own child, and that one's", async () => {
    const grandchild = (): Definition =>
      states({
        Which: { Type: "Choice", Choices: [{ Variable: "$.left", NumericEquals: 0, Next: "Wait" }], Default: "Start" },
        Wait: { Type: "Wait", Seconds: DAY, End: true },
        Start: starts(
          {},
          {
            "Name.$": "States.Format('kid-{}', $.left)",
            Name: undefined,
            Input: { "left.$": "States.MathAdd($.left, -1)" },
          },
        ),
      });
    const world = await started(states({ Start: starts({}, { Input: { left: 2 } }) }), grandchild());
    await world.platform.pass(10_000);
    const all = [CHILD, ...[2, 1].map((n) => `${ACCOUNT}:execution:child:kid-${n}`)];
    for (const arn of all) expect(await described(world, arn)).toMatchObject({ status: "RUNNING" });
    await stop(world);
    await world.platform.pass(1_000);
    for (const arn of all) expect(await described(world, arn)).toMatchObject({ status: "ABORTED" });
  });
});

test("a child is stopped whose start was heard, and never answered", async () => {
  const caught = { Catch: [{ ErrorEquals: ["States.TaskFailed"], Next: "Rest" }] };
  const definition = states({ Start: starts(caught), Rest: { Type: "Wait", Seconds: DAY, End: true } });
  const world = new World({ name: "", definition, child: ["STANDARD", SLOW] });
  await world.platform.until(world.prepare());
  const { prototype } = world.platform.stepflare.ExecutionObject as unknown as {
    prototype: Pick<ExecutionRpc, "start">;
  };
  const original = prototype.start;
  vi.spyOn(prototype, "start").mockImplementation(async function unanswered(this: ExecutionRpc, request) {
    const answer = await original.call(this, request);
    if (request.executionArn === CHILD) throw Object.assign(new Error("Network connection lost."), { retryable: true });
    return answer;
  });
  await world.platform.until(world.start());
  await world.platform.pass(10_000);
  expect(await described(world, CHILD)).toMatchObject({ status: "RUNNING" });
  await world.platform.pass(60_000);
  expect(await described(world, EXECUTION)).toMatchObject({ status: "RUNNING" });
  expect(await described(world, CHILD)).toMatchObject(ABORTED);
});

describe("a child is not stopped", () => {
  test("that nobody waits for: `startExecution` alone, and with a task token", async () => {
    for (const Resource of ["startExecution", "startExecution.waitForTaskToken"]) {
      const world = await started(
        states({
          Start: starts({ Resource: `arn:aws:states:::states:${Resource}`, Next: "Wait", End: undefined }),
          Wait: { Type: "Wait", Seconds: DAY, End: true },
        }),
      );
      await world.platform.pass(10_000);
      await stop(world);
      await world.platform.pass(60_000);
      expect(await described(world, CHILD)).toMatchObject({ status: "RUNNING" });
      vi.unstubAllGlobals();
    }
  });

  test("of another task, that has the name which this one wanted", async () => {
    const world = await started(
      states({ Hold: { Type: "Wait", Seconds: 5, Next: "Start" }, Start: starts({}, { Input: { mine: 1 } }) }),
    );
    await world.send("StartExecution", { stateMachineArn: `${ACCOUNT}:stateMachine:child`, name: "kid", input: "{}" });
    await world.platform.pass(10_000);
    expect(await described(world, EXECUTION)).toMatchObject({ status: "FAILED" });
    await world.platform.pass(60_000);
    expect(await described(world, CHILD)).toMatchObject({ status: "RUNNING" });
  });

  test("again, once it was redriven: by nobody who wakes its parent", async () => {
    const world = await started(states({ Start: starts() }));
    await world.platform.pass(1_000);
    await stop(world);
    await world.platform.pass(60_000);
    await world.send("RedriveExecution", { executionArn: CHILD });
    world.platform.killAll();
    await world.send("DescribeExecution", { executionArn: EXECUTION });
    await world.platform.pass(60_000);
    expect(await described(world, CHILD)).toMatchObject({ status: "RUNNING" });
  });
});

test("what is told of no child costs no row, and one of a child one more", async () => {
  const rows = async (definition: Definition): Promise<number> => {
    const world = await started(definition);
    await world.platform.pass(1_000);
    const before = world.platform.placeOf(EXECUTION).disk.rowsWritten;
    await stop(world);
    await world.platform.pass(60_000);
    vi.unstubAllGlobals();
    return world.platform.placeOf(EXECUTION).disk.rowsWritten - before;
  };
  const alone = await rows(states({ Wait: { Type: "Wait", Seconds: DAY, End: true } }));
  const task = { Type: "Task", Resource: "arn:aws:states:::lambda:invoke.waitForTaskToken", End: true };
  const asked = { ...task, Parameters: { FunctionName: "ask", Payload: { "token.$": "$$.Task.Token" } } };
  expect(await rows(states({ Ask: asked }))).toBe(alone);
  expect(await rows(states({ Start: starts() }))).toBe(alone + 1);
});

describe("[F32] whoever dies while a child is being stopped", () => {
  const LOSSES: readonly Loss[] = ["object", "runtime", "runtime and queues"];

  /** Stops the parent so long after its start; answers the seams that were passed. */
  async function life(deaths: readonly number[], loss: Loss, delay: number): Promise<number> {
    const definition = states({ Start: starts() });
    const world = new World({ name: "", definition, child: ["STANDARD", SLOW] }, { deaths: new Set(deaths), loss });
    try {
      const { platform } = world;
      await platform.until(world.prepare());
      await platform.until(world.start());
      await platform.pass(delay);
      await stop(world);
      await platform.pass(DOOR_CLOSED_MS * 2);
      const what = `${loss} lost at ${deaths.map((k) => platform.seams[k - 1]).join()}`;
      expect(await described(world, EXECUTION), what).toMatchObject({ status: "ABORTED", error: "Enough" });
      const answer = await world.send("DescribeExecution", { executionArn: CHILD });
      if (answer.status === 200) {
        expect(answer.body, what).toMatchObject(ABORTED);
        expect((await historyOf(world, CHILD)).map(({ type }) => type).at(-1), what).toBe("ExecutionAborted");
      }
      expect(platform.places.get(`EXECUTION/${CHILD}`)?.disk.disk.rows.has("door") ?? false, what).toBe(false);
      expect(platform.isQuiet, what).toBe(true);
      return platform.seams.length;
    } finally {
      vi.unstubAllGlobals();
    }
  }

  test.each(LOSSES)("at any seam, the %s: the child is stopped in the end, or was never started", async (loss) => {
    for (const delay of [0, 1, 1_000]) {
      const seams = await life([], loss, delay);
      expect(seams).toBeGreaterThan(20);
      for (let k = 1; k <= seams; k++) await life([k], loss, delay);
    }
  });

  test("a start that comes in late finds its door closed, and nothing is left of that", async () => {
    const world = new World({ name: "", definition: states({ Start: starts() }), child: ["STANDARD", SLOW] });
    const { platform } = world;
    await platform.until(world.prepare());
    const held = heldStart(world);
    await platform.until(world.start());
    await platform.until(held.hasLeft);
    await stop(world);
    await platform.pass(10_000);
    expect(held.arrivals).toBe(1);
    // An alarm that comes early opens nothing.
    const { disk } = platform.placeOf(CHILD);
    disk.disk = { ...disk.disk, alarmAt: platform.clock.now };
    await platform.pass(1_000);
    held.letIn();
    await platform.pass(10_000);
    expect((await world.send("DescribeExecution", { executionArn: CHILD })).status).toBe(400);
    expect([...disk.disk.rows.keys()]).toEqual(["door"]);
    // Others may start one of that name.
    await platform.pass(DOOR_CLOSED_MS);
    expect([...disk.disk.rows.keys()]).toEqual([]);
    expect(platform.isQuiet).toBe(true);
  });

  test("the door is closed to that task alone: whoever else starts one of its name is let in", async () => {
    const world = new World({ name: "", definition: states({ Start: starts() }), child: ["STANDARD", SLOW] });
    const { platform } = world;
    await platform.until(world.prepare());
    const held = heldStart(world);
    await platform.until(world.start());
    await platform.until(held.hasLeft);
    await stop(world);
    await platform.pass(10_000);
    const stateMachineArn = `${ACCOUNT}:stateMachine:child`;
    vi.restoreAllMocks();
    expect((await world.send("StartExecution", { stateMachineArn, name: "kid", input: "{}" })).status).toBe(200);
    held.letIn();
    await platform.pass(DOOR_CLOSED_MS * 2);
    expect(await described(world, CHILD)).toMatchObject({ status: "RUNNING" });
  });
});

/** Starts are held up on their way to the child's object. */
function heldStart(world: World): { readonly hasLeft: Promise<void>; readonly arrivals: number; letIn(): void } {
  const { prototype } = world.platform.stepflare.ExecutionObject as unknown as {
    prototype: Pick<ExecutionRpc, "start">;
  };
  const original = prototype.start;
  const gate = Promise.withResolvers<void>();
  const left = Promise.withResolvers<void>();
  const state = { arrivals: 0 };
  vi.spyOn(prototype, "start").mockImplementation(async function held(this: ExecutionRpc, request) {
    if (request.executionArn === CHILD) {
      state.arrivals += 1;
      left.resolve();
      await gate.promise;
    }
    return original.call(this, request);
  });
  return {
    hasLeft: left.promise,
    letIn: () => gate.resolve(),
    get arrivals() {
      return state.arrivals;
    },
  };
}

test("a child is known by its parent: the one that waits, and the one that its input names", async () => {
  const parameters = { Input: { "AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID.$": "$$.Execution.Id" }, Name: "named" };
  const world = await started(
    states({
      Named: starts({ Resource: "arn:aws:states:::states:startExecution", Next: "Start", End: undefined }, parameters),
      Start: starts(),
    }),
  );
  await world.platform.pass(10_000);
  const rows = world.platform.db.database.prepare("SELECT name, parent_arn FROM execution_index ORDER BY name").all();
  expect(rows.map((row) => ({ ...row }))).toEqual([
    { name: "kid", parent_arn: EXECUTION },
    { name: "named", parent_arn: EXECUTION },
    { name: "run", parent_arn: null },
  ]);
});

test("a child out of reach for an hour is stopped when it is back, and not told all the time", async () => {
  const world = await started(states({ Start: starts() }));
  const { platform } = world;
  await platform.pass(1_000);
  platform.unreachable.add(CHILD);
  await stop(world);
  await platform.pass(3_600_000);
  expect(platform.callsInVain).toBeGreaterThan(5);
  expect(platform.callsInVain).toBeLessThan(30);
  platform.unreachable.clear();
  await platform.pass(660_000);
  expect(await described(world, CHILD)).toMatchObject(ABORTED);
});
