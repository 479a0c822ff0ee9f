import { describe, expect, test } from "vitest";
import { readThrottling, throttleBySetting, tokenBuckets } from "../../src/api/throttling.ts";
import { Fixture } from "./fixture.ts";

describe("a setting", () => {
  test("is read with its sizes and rates", () => {
    expect([...readThrottling("StartExecution=1300/300, DescribeExecution = 300 / 0.5,*=100/50")]).toEqual([
      ["StartExecution", { size: 1300, perSecond: 300 }],
      ["DescribeExecution", { size: 300, perSecond: 0.5 }],
      ["*", { size: 100, perSecond: 50 }],
    ]);
    expect([...readThrottling("")]).toEqual([]);
  });

  test("can stand for AWS's own rates, and change some of them", () => {
    const rates = readThrottling("aws, StartExecution=10/1");
    expect(rates.get("DescribeExecution")).toEqual({ size: 300, perSecond: 15 });
    expect(rates.get("StartExecution")).toEqual({ size: 10, perSecond: 1 });
    expect(rates.get("ListExecutions")).toBeUndefined();
  });

  test.each([
    "StartExecution",
    "StartExecution=5",
    "StartExecution=0/5",
    "StartExecution=5/0",
    "Nonsense=5/5",
    "=5/5",
    "AWS",
  ])("'%s' is refused with the setting's name and what it takes", (text) => {
    expect(() => readThrottling(text)).toThrow(/^THROTTLING must be "aws" or rates such as .*'/u);
  });
});

describe("a bucket", () => {
  const bucket = (setting: string): { at: number; take(): number | undefined } => {
    const clock = { at: 0, take: (): number | undefined => throttle("StartExecution") };
    const throttle = tokenBuckets(readThrottling(setting), () => clock.at);
    return clock;
  };

  test("lets through what it holds, and says when the next token comes", () => {
    const calls = bucket("StartExecution=3/2");
    expect([1, 2, 3, 4].map(() => calls.take())).toEqual([undefined, undefined, undefined, 0.5]);
    calls.at = 250;
    expect(calls.take()).toBe(0.25);
    calls.at = 500;
    expect(calls.take()).toBeUndefined();
    expect(calls.take()).toBe(0.5);
  });

  test("never holds more than its size, however long nobody calls", () => {
    const calls = bucket("StartExecution=2/100");
    calls.take();
    calls.at = 1_000_000;
    expect([1, 2, 3].map(() => calls.take() === undefined)).toEqual([true, true, false]);
  });

  test("gains nothing when the clock goes back", () => {
    const calls = bucket("StartExecution=1/1");
    calls.at = 5_000;
    calls.take();
    calls.at = 0;
    expect(calls.take()).toBe(1);
    calls.at = 5_500;
    expect(calls.take()).toBe(0.5);
  });

  test("is each operation's own, those of '*' too", () => {
    const throttle = tokenBuckets(readThrottling("*=1/1"), () => 0);
    expect([throttle("ListActivities"), throttle("ListActivities"), throttle("StopExecution")]).toEqual([
      undefined,
      1,
      undefined,
    ]);
  });
});

test("without a setting nothing is throttled, and with one the buckets stay the same from call to call", () => {
  const throttleOf = throttleBySetting(() => 0);
  expect(throttleOf(undefined)).toBeUndefined();
  expect(throttleOf(" ")).toBeUndefined();
  expect(throttleOf("*=1/1")?.("StopExecution")).toBeUndefined();
  expect(throttleOf("*=1/1")?.("StopExecution")).toBe(1);
  expect(throttleOf("*=2/1")?.("StopExecution")).toBeUndefined();
});

describe("a call beyond the rate", () => {
  const throttled = (): Fixture => {
    const api = new Fixture();
    Object.assign(api.context, { throttle: tokenBuckets(readThrottling("ListActivities=1/0.4"), () => api.at) });
    return api;
  };

  test("is refused on the wire as AWS does, and goes through later", async () => {
    const api = throttled();
    expect((await api.call("ListActivities")).status).toBe(200);
    const refused = await api.call("ListActivities");
    expect(refused).toMatchObject({
      status: 400,
      body: { __type: "ThrottlingException", message: "Rate exceeded" },
    });
    expect((await api.call("ListActivities", { maxResults: "wrong" })).body.__type).toBe("ThrottlingException");
    expect((await api.call("ListStateMachines")).status).toBe(200);
    api.at += 2_500;
    expect((await api.call("ListActivities")).status).toBe(200);
  });

  test("is refused over REST with 429 and the time to wait", async () => {
    const api = throttled();
    expect((await api.fetch("/api/activities")).status).toBe(200);
    const refused = await api.fetch("/api/activities");
    expect(refused.status).toBe(429);
    expect(refused.headers.get("retry-after")).toBe("3");
    expect(refused.headers.get("content-type")).toBe("application/problem+json");
    expect(await refused.json()).toEqual({
      type: "urn:stepflare:problem:ThrottlingException",
      title: "Throttling",
      status: 429,
      detail: "Rate exceeded",
      exception: "ThrottlingException",
    });
  });
});
