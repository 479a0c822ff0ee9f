/** The list of approvals over the whole life of a question, also where its object or the whole runtime dies on the way. */
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { listApprovals } from "../../src/runtime/approval-index.ts";
import { states, type Definition } from "../engine/words.ts";
import type { Loss, PlatformOptions } from "./platform.ts";
import { accepted, EXECUTION, World, type Workflow } from "./workflows.ts";

beforeEach(() => {
  vi.spyOn(console, "error").mockImplementation(() => undefined);
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

const settings = { PUBLIC_URL: "https://flows.example.com" };

const ask = (payload: Definition = { "link.$": "$$.Task.CallbackUrl" }, fields: Definition = {}): Definition => ({
  Type: "Task",
  Comment: "May it be paid?",
  Resource: "arn:aws:states:::lambda:invoke.waitForTaskToken",
  Parameters: { FunctionName: "ask", Payload: { "token.$": "$$.Task.Token", ...payload } },
  TimeoutSeconds: 600,
  End: true,
  ...fields,
});
const ASKING: Omit<Workflow, "name"> = { definition: states({ Ask: ask() }) };

async function begun(
  workflow: Omit<Workflow, "name"> = ASKING,
  options: Omit<PlatformOptions, "functions"> = { settings },
): Promise<World> {
  const world = new World({ name: "", ...workflow }, options);
  await world.platform.until(world.prepare());
  await world.platform.until(world.start());
  return world;
}

async function listed(world: World): Promise<readonly string[]> {
  const db = world.platform.db as unknown as Parameters<typeof listApprovals>[0];
  const { approvals } = await listApprovals(db, { limit: 100, now: world.platform.clock.now });
  return approvals.map(({ executionArn, title }) => `${executionArn} ${title}`);
}

const WAITING = [`${EXECUTION} May it be paid?`];
const rowsOf = (world: World): number =>
  Number(world.platform.db.database.prepare("SELECT count(*) AS n FROM approval").get()?.["n"]);

async function answer(world: World, n = 1): Promise<void> {
  const taskToken = await world.platform.until(world.token(n));
  await world.send("SendTaskSuccess", { taskToken, output: "{}" });
}

describe("an approval is listed as long as it waits", () => {
  test("until it is answered by whatever road", async () => {
    const world = await begun();
    await world.platform.pass(1_000);
    expect(await listed(world)).toEqual(WAITING);
    await answer(world);
    await world.platform.pass(1_000);
    expect(rowsOf(world)).toBe(0);
  });

  test("until it times out, or the execution is stopped", async () => {
    const late = await begun();
    await late.platform.pass(599_000);
    expect(await listed(late)).toEqual(WAITING);
    await late.platform.pass(3_000);
    expect(rowsOf(late)).toBe(0);
    const stopped = await begun();
    await stopped.platform.pass(1_000);
    expect(rowsOf(stopped)).toBe(1);
    accepted(await stopped.send("StopExecution", { executionArn: EXECUTION }));
    await stopped.platform.pass(1_000);
    expect(rowsOf(stopped)).toBe(0);
  });

  test("anew where it is asked anew: after a retry and after a redrive", async () => {
    const Retry = [{ ErrorEquals: ["States.ALL"], MaxAttempts: 1 }];
    const world = await begun({ definition: states({ Ask: ask(undefined, { Retry }) }) });
    const first = await world.platform.until(world.token(1));
    await world.send("SendTaskFailure", { taskToken: first, error: "Again" });
    await world.platform.pass(5_000);
    expect([rowsOf(world), await listed(world)]).toEqual([1, WAITING]);
    await world.send("SendTaskFailure", { taskToken: await world.platform.until(world.token(2)), error: "No" });
    await world.platform.pass(5_000);
    expect(rowsOf(world)).toBe(0);
    accepted(await world.send("RedriveExecution", { executionArn: EXECUTION }));
    await world.platform.until(world.token(3));
    await world.platform.pass(200);
    expect(await listed(world)).toEqual(WAITING);
  });

  test("each by itself in a Map, and all of them go with it", async () => {
    const ItemProcessor = { ...states({ Ask: ask({ "link.$": "$$.Task.ApproveUrl" }) }) };
    const definition = states({ Map: { Type: "Map", ItemsPath: "$.items", ItemProcessor, End: true } });
    const world = await begun({ definition, input: { items: [1, 2, 3, 4, 5] } });
    await world.platform.pass(1_000);
    expect(await listed(world)).toHaveLength(5);
    await answer(world, 2);
    await answer(world, 4);
    await world.platform.pass(1_000);
    expect(rowsOf(world)).toBe(3);
    await world.send("SendTaskFailure", { taskToken: await world.platform.until(world.token(1)), error: "No" });
    await world.platform.pass(1_000);
    expect(rowsOf(world)).toBe(0);
  });
});

describe("what has no link of its own", () => {
  test.each<[string, Definition]>([
    ["a token alone", {}],
    ["a text that looks like a link", { link: `https://flows.example.com/a/sfl_${"A".repeat(200)}` }],
  ])("costs nothing: %s", async (_, payload) => {
    const world = new World({ name: "", definition: states({ Ask: ask(payload) }) }, { settings });
    const prepare = vi.spyOn(world.platform.db, "prepare");
    await world.platform.until(world.prepare());
    await world.platform.until(world.start());
    await answer(world);
    await world.platform.pass(60_000);
    expect(prepare.mock.calls.map(([sql]) => sql).filter((sql) => sql.includes("approval"))).toEqual([]);
    expect(world.indexed?.status).toBe("SUCCEEDED");
  });

  test("is not listed for another task's link", async () => {
    const world = await begun();
    await world.platform.pass(1_000);
    const history = (await world.history()) as readonly {
      readonly taskScheduledEventDetails?: { parameters: string };
    }[];
    const parameters = history.find((event) => event.taskScheduledEventDetails)?.taskScheduledEventDetails?.parameters;
    const { link } = (JSON.parse(parameters ?? "{}") as { Payload: { link: string } }).Payload;
    expect(link).toContain("/a/sfl_");
    const other = await begun({ definition: states({ Ask: ask({ "link.$": "$.link" }) }), input: { link } });
    await other.platform.until(other.token(1));
    await other.platform.pass(1_000);
    expect(rowsOf(other)).toBe(0);
  });
});

describe("a list that cannot be written", () => {
  /** A question that is asked while the list takes no row, so many times. */
  async function refused(times: number): Promise<World> {
    const world = new World({ name: "", ...ASKING }, { settings });
    const { db } = world.platform;
    const [batch, prepare] = [db.batch.bind(db), db.prepare.bind(db)];
    let isPrepared = false;
    let refusals = times;
    vi.spyOn(db, "prepare").mockImplementation((sql) => {
      isPrepared ||= sql.includes("INTO approval");
      return prepare(sql);
    });
    vi.spyOn(db, "batch").mockImplementation(async (statements) => {
      if (isPrepared && refusals > 0) {
        refusals -= 1;
        throw new Error("D1_ERROR: overloaded");
      }
      return batch(statements);
    });
    await world.platform.until(world.prepare());
    await world.platform.until(world.start());
    await world.platform.until(world.token(1));
    await world.platform.pass(200);
    expect(rowsOf(world)).toBe(0);
    return world;
  }

  test("is written when it can be", async () => {
    const world = await refused(2);
    await world.platform.pass(10_000);
    expect(await listed(world)).toEqual(WAITING);
  });

  test("is written by the next life of an object that dies meanwhile", async () => {
    const world = await refused(1);
    world.platform.kill(EXECUTION);
    await world.platform.pass(60_000);
    expect(await listed(world)).toEqual(WAITING);
  });

  test("for minutes leaves the question as it is, and its answer", async () => {
    const world = await refused(Infinity);
    await world.platform.pass(60_000);
    await answer(world);
    await world.platform.pass(60_000);
    expect([rowsOf(world), world.indexed]).toEqual([0, undefined]);
    expect(await world.platform.until(world.describe())).toMatchObject({ status: "SUCCEEDED" });
  });
});

describe("[F01] whatever is lost on the way", () => {
  const lives = async (deaths: readonly number[], loss: Loss): Promise<World> => {
    const world = await begun(ASKING, { settings, deaths: new Set(deaths), loss });
    await world.platform.until(world.token(1));
    await world.platform.pass(120_000);
    expect(await listed(world), `${loss}, ${deaths.join()}`).toEqual(WAITING);
    await answer(world);
    await world.platform.pass(120_000);
    expect(await listed(world), `${loss}, ${deaths.join()}`).toEqual([]);
    return world;
  };

  test.each<Loss>(["object", "runtime", "runtime and queues"])(
    "the %s at each seam: it is listed while it waits, and not when it is over",
    async (loss) => {
      const { platform } = await lives([], loss);
      for (let k = 1; k <= platform.seams.length; k++) {
        vi.unstubAllGlobals();
        await lives([k], loss);
      }
    },
  );
});
