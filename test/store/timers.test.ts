import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Command } from "../../src/engine/command.ts";
import type { BranchId, TimerId } from "../../src/engine/execution.ts";
import { Timers } from "../../src/runtime/timers.ts";
import { CALLBACK, START, start, states } from "../engine/words.ts";

const set = (timerId: number, at: number, branchId?: number): Command => ({
  type: "SetTimer",
  timerId: timerId as TimerId,
  at,
  ...(branchId !== undefined && { branchId: branchId as BranchId }),
});
const cancel = (timerId: number): Command => ({ type: "CancelTimer", timerId: timerId as TimerId });
const after = (...commands: readonly Command[]): Timers => {
  const timers = new Timers();
  for (const command of commands) timers.apply(command);
  return timers;
};

describe("timers", () => {
  test("are due in the order of their moments, and of their ids where these are the same", () => {
    const timers = after(set(4, 20, 7), set(1, 30), set(3, 20), set(2, 10, 5));
    expect(timers.takeDue(29)).toEqual([{ timerId: 2, branchId: 5 }, { timerId: 3 }, { timerId: 4, branchId: 7 }]);
  });

  test("are due at their moment, not before, and once only", () => {
    const timers = after(set(1, 10));
    expect(timers.takeDue(9)).toEqual([]);
    expect(timers.takeDue(10)).toEqual([{ timerId: 1 }]);
    expect(timers.takeDue(10)).toEqual([]);
    expect(timers.next()).toBeUndefined();
  });

  test("are due no more when they are cancelled", () => {
    const timers = after(set(1, 10), set(2, 20), cancel(1), cancel(99));
    expect(timers.next()).toBe(20);
    expect(timers.takeDue(50)).toEqual([{ timerId: 2 }]);
  });

  test("tell when the first of them is due", () => {
    expect(after().next()).toBeUndefined();
    expect(after(set(1, 30), set(2, 10), set(3, 20)).next()).toBe(10);
  });

  test("do not care for other commands", () => {
    const others: readonly Command[] = [{ type: "PublishStatus" }, { type: "AbandonTask", taskId: "0-1" as never }];
    expect(after(...others).next()).toBeUndefined();
  });

  test("whatever was set and cancelled: what is taken is what is due, in order, and nothing is lost", () => {
    const change = fc.oneof(
      fc.record({ id: fc.nat({ max: 20 }), at: fc.nat({ max: 100 }) }),
      fc.record({ id: fc.nat({ max: 20 }) }),
    );
    fc.assert(
      fc.property(fc.array(change), fc.nat({ max: 100 }), (changes, now) => {
        const expected = new Map<number, number>();
        const timers = new Timers();
        for (const { id, ...rest } of changes) {
          if ("at" in rest) {
            timers.apply(set(id, rest.at));
            expected.set(id, rest.at);
          } else {
            timers.apply(cancel(id));
            expected.delete(id);
          }
        }
        const due = [...expected].filter(([, at]) => at <= now).sort(([a, x], [b, y]) => x - y || a - b);
        expect(timers.takeDue(now).map((x) => x.timerId)).toEqual(due.map(([id]) => id));
        const rest = [...expected.values()].filter((at) => at > now);
        expect(timers.next()).toBe(rest.length === 0 ? undefined : Math.min(...rest));
      }),
    );
  });
});

describe("the timers of a snapshot", () => {
  test("are those of its waits, tasks, retries and of the execution itself", async () => {
    const task = { Type: "Task", Resource: CALLBACK, End: true };
    const branches = [
      states({ W: { Type: "Wait", Seconds: 10, End: true } }),
      states({ T: { ...task, TimeoutSeconds: 30, HeartbeatSeconds: 20 } }),
      states({ U: { ...task, Retry: [{ ErrorEquals: ["Boom"], IntervalSeconds: 5 }] } }),
      states({ V: task }),
    ];
    const parallel = states({ P: { Type: "Parallel", Branches: branches, End: true } });
    const run = await start({ ...parallel, TimeoutSeconds: 100 });
    await run.fail("U");
    const timers = Timers.of(run.execution);
    expect(timers.next()).toBe(START + 5000);
    expect(timers.takeDue(START + 99_999).map((x) => x.branchId)).toEqual([3, 1, 2, 2]);
    expect(timers.takeDue(START + 100_000)).toEqual([{ timerId: 1 }]);
  });

  test("of an execution that waits for nothing but an answer are none", async () => {
    const run = await start(states({ T: { Type: "Task", Resource: CALLBACK, End: true } }));
    expect(Timers.of(run.execution).next()).toBeUndefined();
  });
});
