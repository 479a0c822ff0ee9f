/** What brings an execution back that nothing would wake any more, and what ends one that cannot be brought on. */
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { ExecutionStore } from "../../src/runtime/execution-store.ts";
import { states, type Definition } from "../engine/words.ts";
import { neverEvaluated } from "../express/words.ts";
import { EXECUTION, World, WORKFLOWS } from "./workflows.ts";

beforeEach(() => {
  vi.spyOn(console, "error").mockImplementation(() => undefined);
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

const started = (definition: Definition): Promise<World> => World.started({ definition });

const WAIT = states({ Wait: { Type: "Wait", Seconds: 60, Next: "Done" }, Done: { Type: "Succeed" } });
const LAMBDA = "arn:aws:lambda:us-east-1:123456789012:function:work";
const keysOf = (world: World): readonly string[] => [...world.platform.placeOf(EXECUTION).disk.disk.rows.keys()];

test("[F41] a turn that waits for what will never come ends the execution with States.Runtime", async () => {
  const P = { Type: "Pass", QueryLanguage: "JSONata", Output: "{% 'never' %}", End: true };
  const definition = states({ Wait: { Type: "Wait", Seconds: 60, Next: "P" }, P });
  const world = await started(definition);
  neverEvaluated(definition, "P");
  await world.platform.pass(61_000);
  const { status, error, cause } = await world.platform.until(world.describe());
  expect({ status, error }).toEqual({ status: "FAILED", error: "States.Runtime" });
  expect(cause).toContain("an expression waits for what will never come");
});

describe("[F45] a turn that takes its object down each time", () => {
  const random = { "n.$": "States.MathRandom(1, 9)" };

  /** Evaluating kills the object, so many times. Answers how often it was tried. */
  function poison(world: World, times = Infinity): { tries: number } {
    const seen = { tries: 0 };
    vi.spyOn(crypto, "getRandomValues").mockImplementation((numbers) => {
      if (!(numbers instanceof Uint32Array)) return numbers;
      seen.tries += 1;
      if (seen.tries > times) return numbers;
      world.platform.kill(EXECUTION);
      throw new Error("out of memory");
    });
    return seen;
  }

  test.each<[string, Definition, number]>([
    ["behind a task's answer", states({ T: { Type: "Task", Resource: LAMBDA, ResultSelector: random, End: true } }), 3],
    [
      "behind a timer",
      states({ Wait: { Type: "Wait", Seconds: 60, Next: "P" }, P: { Type: "Pass", Parameters: random, End: true } }),
      3,
    ],
  ])("%s ends the execution with States.Runtime, and the object lives on", async (_, definition, tries) => {
    const world = await started(definition);
    const seen = poison(world);
    await world.platform.pass(600_000);
    const { status, error, cause } = await world.platform.until(world.describe());
    expect({ status, error }).toEqual({ status: "FAILED", error: "States.Runtime" });
    expect(cause).toMatch(/^The execution was ended by a defect in Stepflare: its object was lost each time/u);
    expect(seen.tries).toBe(tries);
    expect(world.indexed?.status).toBe("FAILED");
  });

  const ask: Definition = {
    Type: "Task",
    Resource: "arn:aws:states:::lambda:invoke.waitForTaskToken",
    Parameters: { FunctionName: "ask", Payload: { "token.$": "$$.Task.Token" } },
    ResultSelector: random,
    End: true,
  };
  const asks = states({ Ask: ask });

  test.each(["SendTaskSuccess", "SendTaskFailure"])(
    "behind %s, which its sender repeats, ends the execution, whether the object is evicted in between or not",
    async (operation) => {
      for (const pause of [100, 120_000]) {
        const recovered = { ...ask, Catch: [{ ErrorEquals: ["States.ALL"], Next: "P" }] };
        const P = { Type: "Pass", Parameters: random, End: true };
        const world = await started(operation === "SendTaskSuccess" ? asks : states({ Ask: recovered, P }));
        const taskToken = await world.platform.until(world.token(1));
        await world.platform.pass(1_000);
        const seen = poison(world);
        const answer = operation === "SendTaskSuccess" ? { output: "{}" } : { error: "No" };
        const statuses: number[] = [];
        while (statuses.at(-1) !== 200 && statuses.length < 10) {
          const { status } = await world.platform.until(world.platform.call(operation, { taskToken, ...answer }));
          statuses.push(status);
          world.platform.kill(EXECUTION);
          await world.platform.pass(pause);
        }
        expect(statuses).toEqual([503, 503, 503, 200]);
        expect(seen.tries).toBe(3);
        const { status, error } = await world.platform.until(world.describe());
        expect({ status, error }).toEqual({ status: "FAILED", error: "States.Runtime" });
        vi.unstubAllGlobals();
        vi.restoreAllMocks();
        vi.spyOn(console, "error").mockImplementation(() => undefined);
      }
    },
  );

  test("behind the end of a child, which tells of it until it is heard, ends the execution", async () => {
    const world = await World.started({
      definition: states({
        Child: {
          Type: "Task",
          Resource: "arn:aws:states:::states:startExecution.sync",
          Parameters: { StateMachineArn: "arn:aws:states:us-east-1:123456789012:stateMachine:child" },
          ResultSelector: random,
          End: true,
        },
      }),
      child: ["STANDARD", states({ Wait: { Type: "Wait", Seconds: 10, End: true } })],
    });
    await world.platform.pass(1_000);
    const seen = poison(world);
    await world.platform.pass(600_000);
    expect(seen.tries).toBe(3);
    const { status, error } = await world.platform.until(world.describe());
    expect({ status, error }).toEqual({ status: "FAILED", error: "States.Runtime" });
    await world.platform.pass(600_000);
    expect(world.platform.isQuiet).toBe(true);
  });

  test("is not to be confused with an answer that is lost on its way ten times", async () => {
    const world = await started(asks);
    const taskToken = await world.platform.until(world.token(1));
    await world.platform.pass(1_000);
    world.platform.unreachable.add(EXECUTION);
    for (let i = 0; i < 10; i++) {
      const { status } = await world.platform.until(
        world.platform.call("SendTaskSuccess", { taskToken, output: "{}" }),
      );
      expect(status).toBe(503);
    }
    world.platform.unreachable.clear();
    expect(await world.send("SendTaskSuccess", { taskToken, output: "{}" })).toMatchObject({ status: 200 });
    expect(await world.platform.until(world.describe())).toMatchObject({ status: "SUCCEEDED" });
    expect(keysOf(world)).toEqual(["start", "state"]);
  });

  test("twice, and then not any more, is no reason to end it", async () => {
    const world = await started(states({ T: { Type: "Task", Resource: LAMBDA, ResultSelector: random, End: true } }));
    poison(world, 2);
    await world.platform.pass(600_000);
    expect(await world.platform.until(world.describe())).toMatchObject({ status: "SUCCEEDED" });
  });

  test("a call that is lost with its object ten times is made again each time, and nothing is held against it", async () => {
    const world = await started(states({ T: { Type: "Task", Resource: LAMBDA, End: true } }));
    for (let i = 1; i <= 10; i++) {
      while ([...world.calls.values()][0] !== i) await world.platform.pass(10);
      world.platform.kill(EXECUTION);
    }
    await world.platform.pass(60_000);
    expect(await world.platform.until(world.describe())).toMatchObject({ status: "SUCCEEDED" });
    expect([...world.calls.values()]).toEqual([11]);
  });

  test("costs no row where no object is lost", async () => {
    const world = await started(states({ T: { Type: "Task", Resource: LAMBDA, ResultSelector: random, End: true } }));
    await world.platform.pass(60_000);
    expect(await world.platform.until(world.describe())).toMatchObject({ status: "SUCCEEDED" });
    expect(keysOf(world)).toEqual(["start", "state"]);
  });
});

const FIFTEEN_MINUTES = 900_000;

describe("[F12] an alarm that is lost", () => {
  const longWait = states({
    Wait: { Type: "Wait", Seconds: 60, Next: "T" },
    T: { Type: "Task", Resource: LAMBDA, End: true },
  });

  test("of a Wait: the sweep wakes the execution, and it ends", async () => {
    const world = await started(longWait);
    await world.platform.pass(10_000);
    world.platform.loseAlarm(EXECUTION);
    await world.platform.pass(FIFTEEN_MINUTES);
    expect(world.indexed?.status).toBe("RUNNING");
    await world.platform.until(world.platform.sweep());
    await world.platform.pass(10_000);
    expect(world.indexed).toEqual({ status: "SUCCEEDED", version: 2 });
  });

  test("of a Wait that is not over: whatever wakes the execution sets it again", async () => {
    const world = await started(longWait);
    await world.platform.pass(10_000);
    world.platform.loseAlarm(EXECUTION);
    await world.platform.until(world.describe());
    await world.platform.pass(60_000);
    expect(world.indexed).toEqual({ status: "SUCCEEDED", version: 2 });
  });

  test("of a Map Run: the sweep wakes it with its execution", async () => {
    const ItemProcessor = {
      ProcessorConfig: { Mode: "DISTRIBUTED", ExecutionType: "EXPRESS" },
      ...states({ T: { Type: "Task", Resource: LAMBDA, End: true } }),
    };
    const world = await started(
      states({ M: { Type: "Map", Label: "M", Items: [1, 2], ItemProcessor, QueryLanguage: "JSONata", End: true } }),
    );
    const mapRun = (): string | undefined =>
      [...world.platform.places.values()].find((x) => x.kind === "MAP_RUN")?.name;
    while (mapRun() === undefined) await world.platform.step();
    world.platform.dropMessages("map");
    world.platform.loseAlarm(mapRun() ?? "");
    await world.platform.pass(FIFTEEN_MINUTES);
    expect(world.indexed?.status).toBe("RUNNING");
    await world.platform.until(world.platform.sweep());
    await world.platform.pass(120_000);
    expect(world.indexed).toEqual({ status: "SUCCEEDED", version: 2 });
  });

  test("is looked for among few executions at a time, and each comes to its turn", async () => {
    const world = await started(states({ Wait: { Type: "Wait", Seconds: 86_400, End: true } }));
    const { platform } = world;
    const stateMachineArn = "arn:aws:states:us-east-1:123456789012:stateMachine:main";
    for (let i = 0; i < 449; i++)
      await platform.until(platform.send("StartExecution", { stateMachineArn, name: `n${i}` }));
    await platform.pass(FIFTEEN_MINUTES);
    const woken = vi.spyOn(ExecutionStore.prototype, "readStart");
    for (const place of platform.places.values()) platform.kill(place.name);
    const counts: number[] = [];
    for (let i = 0; i < 3; i++) {
      await platform.until(platform.sweep());
      counts.push(woken.mock.calls.length);
    }
    expect(counts).toEqual([200, 400, 450]);
  });
});

describe("[F54] the sweep", () => {
  test.each(WORKFLOWS)("that wakes it all the time changes nothing: $name", async (workflow) => {
    const undisturbed = new World(workflow);
    await undisturbed.live();
    const rows = undisturbed.platform.rowsWritten;
    const told = (await undisturbed.history()).map(({ type }) => type);
    vi.restoreAllMocks();
    vi.unstubAllGlobals();
    const world = new World(workflow);
    const state = { isOver: false };
    const sweeping = (async (): Promise<void> => {
      while (!state.isOver) {
        await world.platform.wake(EXECUTION);
        await world.platform.clock.sleep(20);
      }
    })();
    await world.live();
    state.isOver = true;
    await world.platform.until(sweeping);
    const again = (await world.history()).map(({ type }) => type);
    expect(workflow.isConcurrent === true ? again.sort() : again).toEqual(
      workflow.isConcurrent === true ? told.sort() : told,
    );
    expect(world.platform.rowsWritten).toBeLessThanOrEqual(rows);
  });
});

test("[F31] a parent that is out of reach for a day hears of its child's end, and is not asked all the time", async () => {
  const workflow = WORKFLOWS.find(({ name }) => name === "a Standard child");
  if (workflow === undefined) throw new Error("there is no such workflow");
  const world = new World(workflow);
  await world.platform.until(world.prepare());
  await world.platform.until(world.start());
  await world.platform.pass(1_000);
  world.platform.unreachable.add(EXECUTION);
  await world.platform.pass(86_400_000);
  // Each one that is lost is followed by another, which would tell of the loss.
  expect(world.platform.callsInVain).toBeLessThan(400);
  world.platform.unreachable.clear();
  await world.platform.pass(660_000);
  expect(world.indexed).toEqual({ status: "SUCCEEDED", version: 2 });
});

describe("[F12] an alarm", () => {
  test("whose handler fails ten times fires again until it does not", async () => {
    const world = await started(WAIT);
    world.platform.kill(EXECUTION);
    let failures = 0;
    const read = vi.spyOn(ExecutionStore.prototype, "readSnapshot").mockImplementation(() => {
      failures += 1;
      if (failures === 10) read.mockRestore();
      throw new Error("broken");
    });
    await world.platform.pass(600_000);
    expect(failures).toBe(10);
    expect(world.platform.alarmsLost).toBe(0);
    expect(world.indexed).toEqual({ status: "SUCCEEDED", version: 2 });
  });

  test("whose object dies each time is not given up by the platform", async () => {
    const world = await started(WAIT);
    let deaths = 0;
    world.platform.breaksAlarm = () => false;
    const read = vi.spyOn(ExecutionStore.prototype, "readStart").mockImplementation(() => {
      deaths += 1;
      if (deaths === 20) read.mockRestore();
      world.platform.kill(EXECUTION);
      throw new Error("dead");
    });
    world.platform.kill(EXECUTION);
    await world.platform.pass(3_600_000);
    expect(deaths).toBe(20);
    expect(world.platform.alarmsLost).toBe(0);
    expect(world.indexed).toEqual({ status: "SUCCEEDED", version: 2 });
  });
});
