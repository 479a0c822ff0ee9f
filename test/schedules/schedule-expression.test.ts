import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readScheduleExpression } from "../../src/runtime/schedules/schedule-expression.ts";

const AFTER = Date.parse("2026-03-28T12:00:00Z");

/** The next ones after AFTER, without their seconds where there are none. */
function next(expression: string, timezone = "UTC", count = 3, anchor = AFTER): readonly string[] | string {
  const read = readScheduleExpression(expression, { timezone, anchor });
  if ("fault" in read) return read.fault;
  const found: string[] = [];
  for (let at = read.next(AFTER); at !== undefined && found.length < count; at = read.next(at))
    found.push(new Date(at).toISOString().replace(/(?::00)?\.000Z$/u, ""));
  return found;
}

describe("cron(), as EventBridge Scheduler writes it", () => {
  test.each([
    ["cron(0 12 * * ? *)", "UTC", ["2026-03-29T12:00", "2026-03-30T12:00", "2026-03-31T12:00"]],
    ["cron(0/15 8 ? * MON-FRI *)", "Europe/Berlin", ["2026-03-30T06:00", "2026-03-30T06:15", "2026-03-30T06:30"]],
    ["cron(0 10 ? * 1 *)", "UTC", ["2026-03-29T10:00", "2026-04-05T10:00", "2026-04-12T10:00"]],
    ["cron(0 10 ? * 6L *)", "UTC", ["2026-04-24T10:00", "2026-05-29T10:00", "2026-06-26T10:00"]],
    ["cron(0 10 ? * 2#1 *)", "UTC", ["2026-04-06T10:00", "2026-05-04T10:00", "2026-06-01T10:00"]],
    ["cron(0 10 L * ? *)", "UTC", ["2026-03-31T10:00", "2026-04-30T10:00", "2026-05-31T10:00"]],
    ["cron(0 10 15W 8 ? *)", "UTC", ["2026-08-14T10:00", "2027-08-16T10:00", "2028-08-15T10:00"]],
    ["cron(0 0 1 1 ? 2027-2028)", "UTC", ["2027-01-01T00:00", "2028-01-01T00:00"]],
    ["cron(*/20 * * * * ? *)", "UTC", ["2026-03-28T12:00:20", "2026-03-28T12:00:40", "2026-03-28T12:01"]],
  ])("%s in %s", (expression, timezone, expected) => {
    expect(next(expression, timezone)).toEqual(expected);
  });

  test("a time that summer time leaves out is caught up with at once; one that comes twice happens once", () => {
    expect(next("cron(30 2 * * ? *)", "Europe/Berlin", 2)).toEqual(["2026-03-29T01:00", "2026-03-30T00:30"]);
    expect(next("cron(30 2 25,26 10 ? *)", "Europe/Berlin", 3)).toEqual([
      "2026-10-25T00:30",
      "2026-10-26T01:30",
      "2027-10-25T00:30",
    ]);
  });

  test.each([
    ["cron(0 12 * * * *)", "One of the fields day-of-month and day-of-week is ?, the other one is not"],
    ["cron(0 12 ? * ? *)", "One of the fields day-of-month and day-of-week is ?, the other one is not"],
    ["cron(0 12 * *)", "cron() has six fields, or seven with seconds in front; it was given 4"],
    ["cron(0 25 * * ? *)", "CronPattern: Invalid value for hour: 25"],
  ])("%s is refused", (expression, fault) => {
    expect(next(expression)).toBe(fault);
  });
});

describe("rate() and at()", () => {
  test("a rate is counted from its anchor, and never early", () => {
    const anchor = Date.parse("2026-03-28T11:59:10Z");
    expect(next("rate(5 minutes)", "UTC", 2, anchor)).toEqual(["2026-03-28T12:04:10", "2026-03-28T12:09:10"]);
    expect(next("rate(1 day)", "UTC", 1, AFTER + 86_400_000)).toEqual(["2026-03-30T12:00"]);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_000 }), fc.integer({ min: -1e9, max: 1e9 }), (minutes, seconds) => {
        const offset = seconds * 1000;
        const read = readScheduleExpression(`rate(${minutes} minutes)`, {
          timezone: "UTC",
          anchor: AFTER + offset + 999,
        });
        if ("fault" in read) throw new Error(read.fault);
        const at = read.next(AFTER) ?? 0;
        expect(at).toBeGreaterThan(AFTER);
        expect((at - AFTER - offset) % (minutes * 60_000)).toBe(0);
      }),
    );
  });

  test("at() is once, in its time zone", () => {
    expect(next("at(2026-03-29T12:00:00)", "America/New_York")).toEqual(["2026-03-29T16:00"]);
    expect(next("at(2026-03-28T12:00:00)")).toEqual([]);
  });

  test.each([
    "rate(0 days)",
    "rate(1.5 hours)",
    "rate(5 weeks)",
    "rate(minutes)",
    "at(2026-02-30T00:00:00)",
    "at(2026-13-01T00:00:00)",
    "at(tomorrow)",
    "every day",
    "",
    "cron(0 12 * * ? *",
  ])("%s is refused", (expression) => {
    expect(next(expression)).toEqual(expect.stringMatching(/^(?:rate|at)\(\) is |^A schedule's expression is /u));
  });

  test("what is no time zone is refused", () => {
    expect(next("rate(1 day)", "Mars/Olympus")).toBe("'Mars/Olympus' is no time zone");
  });
});
