/** Extremes: the largest payloads, the longest waits, readers beside writers, instances that are no longer the one. */
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { states, type Definition } from "../engine/words.ts";
import { ACCOUNT, EXECUTION, WORKFLOWS, World, type HistoryEvent } from "./workflows.ts";

const LAMBDA = "arn:aws:lambda:us-east-1:123456789012:function:";
const task = (name: string, fields: Definition = {}): Definition => ({
  Type: "Task",
  Resource: LAMBDA + name,
  End: true,
  ...fields,
});

beforeEach(() => {
  vi.spyOn(console, "error").mockImplementation(() => undefined);
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

describe("[F37] whatever an execution holds fits the platform's rows and statements", () => {
  const LIMIT = 262_144;

  test.each(["x", "é", "\u{1f600}", '"'])("payloads of %j as large as they may be, forty at a time", async (letter) => {
    const size = new TextEncoder().encode(JSON.stringify(letter)).length - 2;
    const text = letter.repeat(Math.floor((LIMIT - 64) / size));
    const Parallel = {
      Type: "Parallel",
      Branches: Array.from({ length: 40 }, (_, i) =>
        states({ [`P${i}`]: { Type: "Pass", Next: `T${i}` }, [`T${i}`]: task("work", { ResultPath: null }) }),
      ),
      OutputPath: "$[0]",
      End: true,
    };
    const world = await World.started({ definition: states({ Parallel }), input: { text } });
    for (let i = 0; i < 3; i++) {
      await world.platform.pass(30);
      world.platform.kill(EXECUTION);
    }
    await world.platform.until(world.ended());
    const { status, output } = await world.platform.until(world.describe());
    expect(status).toBe("SUCCEEDED");
    expect(output === JSON.stringify({ text })).toBe(true);
  });

  test.each([
    [LIMIT - 1, 200],
    [LIMIT, 200],
    [LIMIT + 1, 400],
  ])("[F38] an input of %i bytes is answered with %i, in letters of one byte and of three", async (bytes, status) => {
    const world = await World.started({ definition: states({ A: { Type: "Pass", End: true } }) });
    const stateMachineArn = `${ACCOUNT}:stateMachine:main`;
    for (const [name, letters, error] of [
      ["ascii", "x".repeat(bytes - 2), "ValidationException"],
      ["wide", "€".repeat(Math.floor((bytes - 2) / 3)) + "x".repeat((bytes - 2) % 3), "InvalidExecutionInput"],
    ] as const) {
      const answer = await world.send("StartExecution", { stateMachineArn, name, input: JSON.stringify(letters) });
      expect(answer.status).toBe(status);
      if (status === 400) expect(answer.body["__type"]).toBe(error);
    }
  });
});

describe("[F56] a history that is read while it is written", () => {
  test.each(WORKFLOWS.filter((x) => x.act === undefined))(
    "has ids from 1 on without a gap: $name",
    async (workflow) => {
      const world = new World(workflow);
      const state = { isOver: false, reads: 0 };
      const reading = (async (): Promise<void> => {
        while (!state.isOver) {
          const events: HistoryEvent[] = [];
          let nextToken: unknown;
          do {
            const page = await world.platform.send("GetExecutionHistory", {
              executionArn: EXECUTION,
              maxResults: 3,
              nextToken,
            });
            if (page.status !== 200) break;
            events.push(...(page.body["events"] as readonly HistoryEvent[]));
            nextToken = page.body["nextToken"];
            await world.platform.clock.sleep(7);
          } while (nextToken !== undefined);
          events.forEach(({ id }, i) => expect(id).toBe(i + 1));
          state.reads += 1;
          await world.platform.clock.sleep(40);
        }
      })();
      await world.live();
      state.isOver = true;
      await world.platform.until(reading);
      expect(state.reads).toBeGreaterThan(1);
    },
  );

  test("refuses a page token that was changed, and so does any other list", async () => {
    const world = await World.started({ definition: states({ A: { Type: "Pass", End: true } }) });
    const stateMachineArn = `${ACCOUNT}:stateMachine:main`;
    await world.send("StartExecution", { stateMachineArn, name: "second" });
    await world.send("CreateActivity", { name: "more" });
    await world.platform.pass(1_000);
    for (const [operation, input] of [
      ["GetExecutionHistory", { executionArn: EXECUTION }],
      ["ListExecutions", { stateMachineArn }],
      ["ListActivities", {}],
    ] as const) {
      const { body } = await world.send(operation, { ...input, maxResults: 1 });
      const token = String(body["nextToken"]);
      for (let i = 0; i < token.length; i += 5) {
        const nextToken = token.slice(0, i) + (token[i] === "A" ? "B" : "A") + token.slice(i + 1);
        const refused = await world.send(operation, { ...input, nextToken });
        expect([refused.status, refused.body["__type"]]).toEqual([400, "InvalidToken"]);
      }
    }
  });
});

describe("[F14] an instance that is no longer the one", () => {
  test("can commit nothing, and its successor has its call with the same key", async () => {
    const world = await World.started({ definition: states({ Work: task("work") }) });
    while (world.called.length === 0) await world.platform.step();
    const stale = world.platform.placeOf(EXECUTION).instance?.object;
    world.platform.kill(EXECUTION);
    await world.platform.until(world.describe());
    await expect(stale?.["stop"]?.("Stale", "by an old instance")).rejects.toThrow("is dead");
    await world.platform.until(world.ended());
    expect(await world.platform.until(world.describe())).toMatchObject({ status: "SUCCEEDED" });
    expect(world.called).toEqual([`${EXECUTION}#0-1`, `${EXECUTION}#0-1`]);
  });
});

describe("[F35] a Wait of almost a year", () => {
  test("is over at its moment; one that is longer ends with its execution, after a year", async () => {
    const waits = async (Seconds: number): Promise<readonly [unknown, number]> => {
      const world = await World.started({ definition: states({ Wait: { Type: "Wait", Seconds, End: true } }) });
      for (let month = 0; month < 13; month++) {
        await world.platform.pass(30 * 86_400_000);
        world.platform.kill(EXECUTION);
        await world.platform.until(world.platform.sweep());
      }
      const { status, startDate, stopDate } = await world.platform.until(world.describe());
      vi.unstubAllGlobals();
      return [status, Math.round((Number(stopDate) - Number(startDate)) / 86_400)];
    };
    expect(await waits(364 * 86_400)).toEqual(["SUCCEEDED", 364]);
    const [status, days] = await waits(99_999_999);
    expect(status).toBe("TIMED_OUT");
    expect(days).toBeGreaterThanOrEqual(365);
    expect(days).toBeLessThanOrEqual(390);
  });
});

test("[F55] a state machine that is deleted while an execution runs: that goes on with its definition", async () => {
  const definition = states({ Wait: { Type: "Wait", Seconds: 60, Next: "Work" }, Work: task("work") });
  const world = await World.started({ definition });
  await world.send("DeleteStateMachine", { stateMachineArn: `${ACCOUNT}:stateMachine:main` });
  world.platform.killAll();
  await world.platform.until(world.ended());
  expect(await world.platform.until(world.describe())).toMatchObject({ status: "SUCCEEDED", output: '{"worked":{}}' });
});
