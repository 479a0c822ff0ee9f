/** Schedules over REST: what is shown, what is refused. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { ApiError } from "../../src/api/api-error.ts";
import { openPrincipal } from "../../src/api/auth/principal.ts";
import { ACCOUNT, Fixture, START } from "./fixture.ts";
import { RestClient, type RestReply } from "./rest-client.ts";

const MACHINE = `${ACCOUNT}:stateMachine:M`;
const SCHEDULE_ARN = "arn:aws:scheduler:us-east-1:123456789012:schedule/default/nightly";
const WISH = { scheduleExpression: "cron(0 2 * * ? *)", timezone: "Europe/Berlin", stateMachine: "M" };

let api: Fixture;
let rest: RestClient;

beforeEach(async () => {
  api = new Fixture();
  rest = await RestClient.of((path, init) => api.fetch(path, init));
  await api.createStateMachine("M");
});

afterEach(() => rest.close());

const put = (wish: object = WISH, name = "nightly"): Promise<RestReply> =>
  rest.call("PUT", `/api/schedules/${name}`, wish);

const PLAN = {
  name: "nightly",
  scheduleArn: SCHEDULE_ARN,
  scheduleExpression: "cron(0 2 * * ? *)",
  timezone: "Europe/Berlin",
  stateMachineArn: MACHINE,
  input: {},
  enabled: true,
  overlap: "ALLOW",
  catchUpSeconds: 600,
  createdAt: new Date(START).toISOString(),
};

test("a schedule is made, shown, listed, changed and ended", async () => {
  const made = await put();
  expect(made).toMatchObject({
    status: 200,
    body: { ...PLAN, upcoming: ["2026-01-03T01:00:00.000Z", "2026-01-04T01:00:00.000Z", {}, {}, {}], started: 0 },
  });
  expect((await rest.call("GET", "/api/schedules/nightly")).body).toEqual(made.body);
  expect((await rest.call("GET", "/api/schedules")).body).toEqual({ schedules: [PLAN] });

  api.at += 1000;
  const until = "2026-01-04T12:00:00Z";
  const changed = await put({ ...WISH, input: [1], enabled: true, overlap: "SKIP", catchUpSeconds: 0, endDate: until });
  expect(changed.body).toMatchObject({
    ...PLAN,
    input: [1],
    overlap: "SKIP",
    catchUpSeconds: 0,
    endDate: "2026-01-04T12:00:00.000Z",
    upcoming: [{}, {}],
  });
  expect((await put({ ...WISH, enabled: false })).body).toMatchObject({ enabled: false, upcoming: [] });

  expect((await rest.call("DELETE", "/api/schedules/nightly")).status).toBe(204);
  for (const [method, path] of [
    ["GET", "/api/schedules/nightly"],
    ["DELETE", "/api/schedules/nightly"],
  ] as const)
    expect(await rest.call(method, path)).toMatchObject({
      status: 404,
      body: { detail: "There is no schedule 'nightly'" },
    });
  expect((await rest.call("GET", "/api/schedules")).body).toEqual({ schedules: [] });
});

test("what it did last is shown", async () => {
  await put({ ...WISH, startDate: "2026-01-03T00:00:00+01:00" });
  api.at = Date.parse("2026-01-03T01:00:00Z");
  await api.schedule(SCHEDULE_ARN).onAlarm(api.at);
  expect((await rest.call("GET", "/api/schedules/nightly")).body).toMatchObject({
    startDate: "2026-01-02T23:00:00.000Z",
    started: 1,
    last: {
      scheduledAt: "2026-01-03T01:00:00.000Z",
      executionArn: `${ACCOUNT}:execution:M:nightly-20260103T010000Z`,
    },
  });
  expect(api.executions.has(`${ACCOUNT}:execution:M:nightly-20260103T010000Z`)).toBe(true);
});

test("an interval is backfilled", async () => {
  await put();
  const fill = (from: unknown, to: unknown): Promise<RestReply> =>
    rest.call("POST", "/api/schedules/nightly/backfill", { from, to });
  expect((await fill("2025-12-01T00:00:00Z", "2025-12-11T00:00:00Z")).body).toEqual({ occurrences: 10 });
  expect((await rest.call("GET", "/api/schedules/nightly")).body).toMatchObject({
    backfill: { from: "2025-12-01T00:00:00.000Z", to: "2025-12-11T00:00:00.000Z" },
  });
  expect((await fill("2025-12-01T00:00:00Z", "2025-12-11T00:00:00Z")).status).toBe(409);
  await api.schedule(SCHEDULE_ARN).onAlarm(api.at);
  expect(api.executions.size).toBe(10);
  expect((await fill("2025-12-01T00:00:00Z", "2025-12-01T00:30:00Z")).body).toEqual({ occurrences: 0 });
  for (const [from, to, detail] of [
    ["2025-12-02T00:00:00Z", "2025-12-01T00:00:00Z", "'from' and 'to' are moments, the first not after the second"],
    [undefined, "2025-12-01T00:00:00Z", "'from' and 'to' are moments, the first not after the second"],
    ["yesterday", "2025-12-01T00:00:00Z", "'from' must be a moment such as 2026-01-31T12:00:00Z"],
    ["1900-12-01T00:00:00Z", "2025-12-01T00:00:00Z", "An interval may have 10000 occurrences"],
  ])
    expect(await fill(from, to)).toMatchObject({ status: 400, body: { detail } });
  expect((await rest.call("POST", "/api/schedules/none/backfill", { from: "", to: "" })).status).toBe(404);
});

test.each([
  [{ ...WISH, stateMachine: undefined }, "'stateMachine' must be a text of 1 to 256 characters"],
  [{ ...WISH, scheduleExpression: "" }, "'scheduleExpression' must be a text of 1 to 256 characters"],
  [
    { ...WISH, scheduleExpression: "rate(1 week)" },
    "rate() is a whole number of at least 1 and a unit: rate(5 minutes)",
  ],
  [{ ...WISH, timezone: "Mars" }, "'Mars' is no time zone"],
  [{ ...WISH, overlap: "MAYBE" }, "'overlap' is one of ALLOW, SKIP, STOP"],
  [{ ...WISH, enabled: 1 }, "'enabled' is true or false"],
  [{ ...WISH, catchUpSeconds: -1 }, "'catchUpSeconds' is a whole number from 0 to 86400"],
  [{ ...WISH, startDate: 5 }, "'startDate' must be a moment such as 2026-01-31T12:00:00Z"],
  [{ ...WISH, input: "x".repeat(262_144) }, "'input' may have 262144 characters"],
  [{ ...WISH, when: "now" }, "There is no member 'when' here"],
])("a wish that cannot be: %#", async (wish, detail) => {
  expect(await put(wish)).toMatchObject({ status: 400, body: { detail } });
  expect((await rest.call("GET", "/api/schedules")).body).toEqual({ schedules: [] });
});

const denied = (): never => {
  throw new ApiError("AccessDeniedException", "no");
};

test("a name that cannot be, a state machine that is not, one that may not be started", async () => {
  expect((await put(WISH, "a b")).status).toBe(400);
  expect(await put({ ...WISH, stateMachine: "none" })).toMatchObject({
    status: 404,
    body: { exception: "StateMachineDoesNotExist" },
  });
  const nobody = { ...openPrincipal("123456789012", "nobody"), may: () => false, authorize: denied };
  Object.assign(api.context, { principal: nobody });
  expect((await put()).status).toBe(403);
});
