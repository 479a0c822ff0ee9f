/** A schedule in a world whose clock and whose API are the test's. */
import { beforeEach, describe, expect, test } from "vitest";
import type { JsonObject } from "../../src/asl/json.ts";
import { ScheduleDriver, type ScheduleState } from "../../src/runtime/schedules/schedule-driver.ts";
import type { SchedulePlan } from "../../src/runtime/schedules/schedule-rpc.ts";
import type { OperationAnswer } from "../../src/runtime/tasks/states.ts";

const START = Date.parse("2026-01-01T00:00:00Z");
const MINUTE = 60_000;
const PLAN: SchedulePlan = {
  name: "tick",
  scheduleArn: "arn:aws:scheduler:us-east-1:123456789012:schedule/default/tick",
  scheduleExpression: "rate(1 minute)",
  timezone: "UTC",
  stateMachineArn: "arn:aws:states:us-east-1:123456789012:stateMachine:M",
  input: '{"at":"<aws.scheduler.scheduled-time>","by":"<aws.scheduler.schedule-arn>","other":"<aws.scheduler.none>"}',
  isEnabled: true,
  overlap: "ALLOW",
  catchUpMs: 10 * MINUTE,
  createdAt: START,
};

const refusal = (name: string, status: number, message = name): OperationAnswer => ({
  ok: false,
  refusal: { name, message, status },
});

let now: number;
let stored: ScheduleState | undefined;
let alarm: number | undefined;
let commits: number;
/** What StartExecution answers, instead of starting; undefined: it starts. */
let inTheWay: (() => OperationAnswer | Promise<OperationAnswer>) | undefined;
const executions = new Map<string, { readonly input: string; status: string }>();
const defects: string[] = [];
let driver: ScheduleDriver;

async function operations(operation: string, input: JsonObject): Promise<OperationAnswer> {
  const { executionArn, name, input: given } = input as Readonly<Record<string, string>>;
  const arn = executionArn ?? `arn:execution:${name}`;
  const known = executions.get(arn);
  switch (operation) {
    case "StartExecution": {
      if (inTheWay !== undefined) return inTheWay();
      if (known !== undefined) return refusal("ExecutionAlreadyExists", 400, `Execution Already Exists: '${arn}'`);
      executions.set(arn, { input: given ?? "", status: "RUNNING" });
      return { ok: true, output: { executionArn: arn, startDate: now / 1000 } };
    }
    case "DescribeExecution":
      return known === undefined
        ? refusal("ExecutionDoesNotExist", 400)
        : { ok: true, output: { status: known.status } };
    default:
      if (known !== undefined) known.status = "ABORTED";
      return { ok: true, output: {} };
  }
}

/** Its memory is lost; what is stored is not. */
function revive(): void {
  driver = new ScheduleDriver({
    now: () => now,
    read: () => stored,
    commit: (state, at) => {
      stored = state;
      alarm = at;
      commits += 1;
    },
    clear: async () => {
      stored = undefined;
      alarm = undefined;
    },
    operations,
    logDefect: (message) => void defects.push(message),
  });
}

/** Time passes; the alarm fires when it is due. */
async function until(at: number): Promise<void> {
  for (let i = 0; alarm !== undefined && alarm <= at && i < 1000; i += 1) {
    const scheduledAt = alarm;
    now = Math.max(now, scheduledAt);
    alarm = undefined;
    await driver.onAlarm(scheduledAt);
  }
  now = Math.max(now, at);
}

const minutes = (): readonly string[] =>
  [...executions.keys()].map((arn) => arn.replace(/^arn:execution:tick-20260101T(?<time>\d{4})00Z$/u, "$<time>"));

beforeEach(() => {
  now = START;
  stored = undefined;
  alarm = undefined;
  commits = 0;
  inTheWay = undefined;
  executions.clear();
  defects.length = 0;
  revive();
});

describe("what is due", () => {
  test("is started once, under a name that says when it was due, with the moment in its input", async () => {
    driver.put(PLAN);
    await until(START + 3 * MINUTE);
    expect(minutes()).toEqual(["0001", "0002", "0003"]);
    expect([...executions.values()][1]?.input).toBe(
      `{"at":"2026-01-01T00:02:00Z","by":"${PLAN.scheduleArn}","other":"<aws.scheduler.none>"}`,
    );
    expect(driver.describe()).toMatchObject({
      started: 3,
      nextAt: START + 4 * MINUTE,
      last: { scheduledAt: START + 3 * MINUTE, executionArn: "arn:execution:tick-20260101T000300Z" },
    });
  });

  test("costs one row, and the alarm", async () => {
    driver.put(PLAN);
    commits = 0;
    await until(START + 5 * MINUTE);
    expect(commits).toBe(5);
  });

  test("an alarm that comes early or twice starts nothing, and is set anew", async () => {
    driver.put(PLAN);
    now += MINUTE / 2;
    await driver.onAlarm(now);
    expect([executions.size, alarm]).toEqual([0, START + MINUTE]);
    now = START + MINUTE;
    await Promise.all([driver.onAlarm(now), driver.onAlarm(now)]);
    expect(minutes()).toEqual(["0001"]);
  });

  test("an alarm whose moment the object's clock has not reached is set for a later one: its own would be lost", async () => {
    driver.put(PLAN);
    now = START + MINUTE - 3;
    await driver.onAlarm(START + MINUTE);
    expect([executions.size, alarm]).toEqual([0, START + MINUTE + 1]);
    await until(START + 2 * MINUTE);
    expect(minutes()).toEqual(["0001", "0002"]);
  });

  test("an alarm that was lost is set again when somebody looks, and only where there is something to wait for", () => {
    driver.revive();
    expect(alarm).toBeUndefined();
    driver.put(PLAN);
    alarm = undefined;
    driver.revive();
    expect(alarm).toBe(START + MINUTE);
    driver.put({ ...PLAN, isEnabled: false });
    driver.revive();
    expect(alarm).toBeUndefined();
  });

  test("a crash between the start and its record starts the same execution, and goes on", async () => {
    driver.put(PLAN);
    const before = stored;
    await until(START + MINUTE);
    stored = before;
    revive();
    await driver.onAlarm(now);
    expect(minutes()).toEqual(["0001"]);
    expect(driver.describe()).toMatchObject({ started: 1, failed: 0, nextAt: START + 2 * MINUTE });
  });

  test("the interval begins with startDate and ends before endDate", async () => {
    driver.put({ ...PLAN, startDate: START + 10 * MINUTE, endDate: START + 13 * MINUTE });
    expect(driver.describe()?.upcoming).toEqual([START + 11 * MINUTE, START + 12 * MINUTE]);
    await until(START + 20 * MINUTE);
    expect(minutes()).toEqual(["0011", "0012"]);
    expect([driver.describe()?.nextAt, alarm]).toEqual([undefined, undefined]);
  });

  test("nothing, while it is disabled", async () => {
    driver.put({ ...PLAN, isEnabled: false });
    await until(START + 5 * MINUTE);
    expect(executions.size).toBe(0);
    driver.put(PLAN);
    await until(START + 7 * MINUTE);
    expect(minutes()).toEqual(["0006", "0007"]);
  });
});

describe("what was missed", () => {
  test("is made up for, as far back as the plan says, in order", async () => {
    driver.put({ ...PLAN, catchUpMs: 3 * MINUTE });
    now = START + 20 * MINUTE + 1;
    revive();
    await until(now);
    expect(minutes()).toEqual(["0018", "0019", "0020"]);
  });

  test("a long time of it does not keep others waiting: it is done in parts", async () => {
    driver.put({ ...PLAN, scheduleExpression: "rate(1 second)", catchUpMs: 200_000 });
    now = START + 180_000;
    alarm = undefined;
    await driver.onAlarm(START + 1000);
    expect(executions.size).toBe(50);
    await until(now);
    expect(executions.size).toBe(180);
  });

  test("a plan that ended meanwhile makes up for nothing", async () => {
    driver.put({ ...PLAN, endDate: START + 5 * MINUTE, catchUpMs: MINUTE });
    now = START + 60 * MINUTE;
    await driver.onAlarm(now);
    expect([executions.size, driver.describe()?.nextAt, alarm]).toEqual([0, undefined, undefined]);
  });
});

describe("an execution that still runs", () => {
  const end = (): void =>
    [...executions.values()].forEach((execution) => Object.assign(execution, { status: "SUCCEEDED" }));

  test("is passed over by SKIP, until it has ended", async () => {
    driver.put({ ...PLAN, overlap: "SKIP" });
    await until(START + 3 * MINUTE);
    expect(minutes()).toEqual(["0001"]);
    expect(driver.describe()).toMatchObject({ started: 1, skipped: 2, last: { skipped: "OVERLAP" } });
    end();
    await until(START + 4 * MINUTE);
    expect(minutes()).toEqual(["0001", "0004"]);
  });

  test("is stopped by STOP", async () => {
    driver.put({ ...PLAN, overlap: "STOP" });
    await until(START + 2 * MINUTE);
    expect([...executions.values()].map(({ status }) => status)).toEqual(["ABORTED", "RUNNING"]);
  });
});

describe("what goes wrong", () => {
  test("an outage is tried again, more and more slowly, and loses nothing", async () => {
    driver.put(PLAN);
    inTheWay = () => refusal("ServiceUnavailable", 503);
    await until(START + MINUTE + 10_000);
    expect(driver.describe()).toMatchObject({ started: 0, failed: 0 });
    expect(stored?.attempts).toBe(4);
    inTheWay = undefined;
    await until(START + 3 * MINUTE);
    expect(minutes()).toEqual(["0001", "0002", "0003"]);
    expect(stored?.attempts).toBeUndefined();
  });

  test("so is an exception, which is logged", async () => {
    driver.put(PLAN);
    inTheWay = () => Promise.reject(new Error("the network"));
    await until(START + MINUTE);
    inTheWay = undefined;
    await until(START + MINUTE + 1000);
    expect([minutes(), defects]).toEqual([["0001"], ["schedule tick could not be acted on"]]);
  });

  test("a refusal is counted and shown, and the schedule goes on", async () => {
    driver.put(PLAN);
    inTheWay = () => refusal("StateMachineDoesNotExist", 400, "it is gone");
    await until(START + 2 * MINUTE);
    expect(driver.describe()).toMatchObject({
      failed: 2,
      last: { error: "StateMachineDoesNotExist: it is gone" },
      nextAt: START + 3 * MINUTE,
    });
    inTheWay = () => refusal("ExecutionAlreadyExists", 400, "whose?");
    await until(START + 3 * MINUTE);
    expect(driver.describe()).toMatchObject({ failed: 3 });
  });

  test("a schedule that is changed or removed while it starts something goes by what it is now", async () => {
    driver.put(PLAN);
    inTheWay = () => {
      driver.put({ ...PLAN, scheduleExpression: "rate(1 hour)" });
      return { ok: true, output: { executionArn: "arn:execution:x" } };
    };
    await until(START + MINUTE);
    expect(driver.describe()).toMatchObject({ started: 0, nextAt: START + 60 * MINUTE });
    inTheWay = async () => {
      await driver.remove();
      return { ok: true, output: { executionArn: "arn:execution:x" } };
    };
    await until(START + 60 * MINUTE);
    expect([driver.describe(), stored, alarm]).toEqual([undefined, undefined, undefined]);
    await driver.onAlarm(now);
    expect([stored, alarm]).toEqual([undefined, undefined]);
  });

  test("a plan that nobody could have stored is a defect", () => {
    expect(() => driver.put({ ...PLAN, scheduleExpression: "now and then" })).toThrow(/^Defect: /u);
  });
});

describe("a backfill", () => {
  test("starts what was due in an interval, once, beside what is due", async () => {
    driver.put(PLAN);
    await until(START + 2 * MINUTE);
    now = START + 30 * MINUTE + 1;
    await until(now);
    executions.clear();
    expect(driver.backfill({ after: START - 1, to: START + 4 * MINUTE })).toBe(true);
    expect(driver.backfill({ after: START, to: START + MINUTE })).toBe(false);
    expect(driver.describe()?.backfill).toEqual({ after: START - 1, to: START + 4 * MINUTE });
    await until(START + 31 * MINUTE);
    expect(minutes()).toEqual(["0001", "0002", "0003", "0004", "0031"]);
    expect(driver.describe()?.backfill).toBeUndefined();
  });

  test("waits out an outage, and gives way to a change", async () => {
    driver.put({ ...PLAN, scheduleExpression: "rate(1 hour)" });
    driver.backfill({ after: START - 7_200_001, to: START + 7_200_000 });
    inTheWay = () => refusal("ThrottlingException", 400);
    await until(START + 1000);
    expect(executions.size).toBe(0);
    inTheWay = undefined;
    await until(START + 2 * MINUTE);
    expect(minutes()).toEqual(["0100", "0200"]);
    driver.backfill({ after: START, to: START + 7_200_000 });
    inTheWay = () => {
      driver.put(PLAN);
      return { ok: true, output: {} };
    };
    await until(START + 3 * MINUTE);
    expect(driver.describe()?.backfill).toBeUndefined();
  });

  test("of what is not there is none", () => {
    expect(driver.backfill({ after: 0, to: 1 })).toBe(false);
  });
});
