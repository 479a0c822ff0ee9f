import { describe, expect, test } from "vitest";
import { START, start, states, type Definition, type Run } from "./words.ts";

const waiting = (fields: Definition, input: unknown = {}): Promise<Run> =>
  start(states({ W: { Type: "Wait", ...fields, End: true } }), input);
const inDays = (days: number): string => new Date(START + days * 86_400_000).toISOString();

test("a Wait state sets a timer and is left when it fires", async () => {
  const run = await waiting({ Seconds: 10 }, '{"a": 1}');
  expect(run.history).toEqual(["1 0 ExecutionStarted", "2 0 WaitStateEntered W"]);
  expect(run.commands).toEqual([
    { type: "PublishStatus" },
    { type: "SetTimer", timerId: 1, at: START + 10_000, branchId: 0 },
  ]);
  await run.wait(9.999);
  expect(run.status).toBe("RUNNING");
  await run.wait(0.001);
  expect(run.historyFrom(3)).toEqual(["3 2 WaitStateExited W", "4 3 ExecutionSucceeded"]);
  expect(run.events[2]?.timestamp).toBe(START + 10_000);
  expect(run.result).toBe('{"a": 1}');
});

describe("[F35] how long it waits", () => {
  test.each<[string, Definition, unknown, number]>([
    ["Seconds", { Seconds: 3 }, {}, 3],
    ["SecondsPath", { SecondsPath: "$.s" }, { s: 4 }, 4],
    ["SecondsPath after InputPath", { InputPath: "$.in", SecondsPath: "$.s" }, { in: { s: 4 } }, 4],
    ["Timestamp", { Timestamp: "2026-01-02T03:04:10Z" }, {}, 5],
    ["TimestampPath", { TimestampPath: "$.t" }, { t: "2026-01-02T04:04:05.250+01:00" }, 0.25],
    ["the context's own moment", { TimestampPath: "$$.Execution.Input.t" }, { t: "2026-01-02T03:04:06Z" }, 1],
    ["24,855 days", { TimestampPath: "$.t" }, { t: inDays(24_855) }, 24_855 * 86_400],
  ])("%s", async (_, fields, input, seconds) => {
    const run = await waiting(fields, input);
    expect(run.secondsToTimer).toBe(seconds);
  });
});

describe("[F35] a moment that has passed is no wait at all", () => {
  test.each<[string, Definition]>([
    ["Seconds 0", { Seconds: 0 }],
    ["a Timestamp in the past", { Timestamp: "2020-01-01T00:00:00Z" }],
    ["this very moment", { Timestamp: "2026-01-02T03:04:05Z" }],
  ])("%s", async (_, fields) => {
    const run = await waiting(fields);
    expect(run.history).toEqual([
      "1 0 ExecutionStarted",
      "2 0 WaitStateEntered W",
      "3 2 WaitStateExited W",
      "4 3 ExecutionSucceeded",
    ]);
    expect(run.commands.some((x) => x.type === "SetTimer")).toBe(false);
  });
});

describe("[F35] a wait that cannot be understood is States.Runtime", () => {
  const unparsed = "The SecondsPath parameter cannot be parsed as a long value: $.v == ";
  const noTimestamp =
    "The TimestampPath parameter does not reference a valid ISO-8601 extended offset date-time format string: $.v == ";
  test.each<[string, unknown, string]>([
    ["SecondsPath", 1.5, `${unparsed}1.5`],
    ["SecondsPath", -1.5, `${unparsed}-1.5`],
    ["SecondsPath", "5", `${unparsed}5`],
    ["SecondsPath", null, `${unparsed}null`],
    ["SecondsPath", -1, "The SecondsPath parameter must not be negative: $.v == -1"],
    ["SecondsPath", undefined, "The SecondsPath parameter does not reference an input value: $.v"],
    ["SecondsPath", 2_147_483_648, "Wait state delay is too long."],
    ["SecondsPath", 1e300, "Wait state delay is too long."],
    ["TimestampPath", "05-12-2016T21:29:29Z", `${noTimestamp}05-12-2016T21:29:29Z`],
    ["TimestampPath", "2026-01-02T03:04:05", `${noTimestamp}2026-01-02T03:04:05`],
    ["TimestampPath", 5, `${noTimestamp}5`],
    ["TimestampPath", undefined, "The TimestampPath parameter does not reference an input value: $.v"],
    ["TimestampPath", inDays(24_856), "Wait state delay is too long."],
  ])("%s of %j", async (field, v, cause) => {
    const run = await waiting({ [field]: "$.v" }, { v });
    const place = "An error occurred while executing the state 'W' (entered at the event id #2). ";
    expect(run.historyFrom(2)).toEqual(["2 0 WaitStateEntered W", "3 2 ExecutionFailed"]);
    expect(run.result).toEqual({ error: "States.Runtime", cause: place + cause });
  });
});

test("OutputPath is applied when the wait is over", async () => {
  const run = await waiting({ Seconds: 1, OutputPath: "$.no" });
  expect(run.status).toBe("RUNNING");
  await run.wait(1);
  expect(run.historyFrom(3)).toEqual(["3 2 ExecutionFailed"]);
});

test("the same timer fires once only, and a timer that was never set does nothing", async () => {
  const run = await start(
    states({ W: { Type: "Wait", Seconds: 5, Next: "V" }, V: { Type: "Wait", Seconds: 5, End: true } }),
  );
  const set = run.commands.find((x) => x.type === "SetTimer");
  const fired = { type: "TimersFired", timers: [{ timerId: set!.timerId, branchId: set!.branchId! }] } as const;
  await run.receive(fired);
  expect(run.historyFrom(3)).toEqual(["3 2 WaitStateExited W", "4 3 WaitStateEntered V"]);
  const again = await run.receive(fired);
  expect([again.history, again.commands, again.changed.size]).toEqual([[], [], 0]);
});
