/** Schedules: state machines that are started when it is time. */
import { memberOf, type Json, type JsonObject } from "../../asl/json.ts";
import { readScheduleExpression } from "../../runtime/schedules/schedule-expression.ts";
import type { OverlapPolicy, ScheduleDescription, SchedulePlan } from "../../runtime/schedules/schedule-rpc.ts";
import * as store from "../../runtime/schedules/schedules.ts";
import { findStartable } from "../operations/find.ts";
import { readArn } from "../resource-arn.ts";
import { machineArn } from "./addresses.ts";
import { jsonResponse } from "./answer.ts";
import { CURSOR, LIMIT, nextCursorOf, readCursor, readLimit } from "./cursor.ts";
import { instantOf } from "./instant.ts";
import { problem } from "./problem.ts";
import { refusal } from "./read-request.ts";
import type { OwnRoute, RestRequest } from "./route.ts";
import { COUNT, FLAG, INSTANT, JSON_VALUE, listOf, object, oneOf, pageOf, TEXT, type JsonSchema } from "./schema.ts";

/** An execution's name is it and the moment, of at most 80 characters. */
const NAME = /^[\w-]{1,60}$/u;
const OVERLAPS: readonly OverlapPolicy[] = ["ALLOW", "SKIP", "STOP"];
const DEFAULT_CATCH_UP_SECONDS = 600;
const MAX_CATCH_UP_SECONDS = 86_400;
const MAX_INPUT_CHARACTERS = 262_144;
const MAX_BODY_BYTES = 1_100_000;
/** A year of hours, or a day of ten seconds. */
const MAX_BACKFILL = 10_000;
const LIST = "schedules";

const MEMBERS = {
  scheduleExpression: { type: "string", description: "cron(…), rate(…) or at(…), as in EventBridge Scheduler" },
  timezone: { type: "string", description: "IANA's name; UTC where it is absent" },
  stateMachine: { type: "string", description: "A name, or the ARN of a state machine, a version or an alias" },
  input: { ...JSON_VALUE, description: "What an execution gets; <aws.scheduler.scheduled-time> stands for the moment" },
  enabled: FLAG,
  overlap: {
    ...oneOf(...OVERLAPS),
    description: "What happens while the execution before runs; ALLOW where it is absent",
  },
  catchUpSeconds: { type: "integer", minimum: 0, maximum: MAX_CATCH_UP_SECONDS },
  startDate: INSTANT,
  endDate: INSTANT,
} as const satisfies Readonly<Record<string, JsonSchema>>;

const WISH: JsonSchema = {
  title: "ScheduleRequest",
  type: "object",
  properties: MEMBERS,
  required: ["scheduleExpression", "stateMachine"],
  additionalProperties: false,
};

const PLAN = {
  name: TEXT,
  scheduleArn: TEXT,
  scheduleExpression: TEXT,
  timezone: TEXT,
  stateMachineArn: TEXT,
  input: JSON_VALUE,
  enabled: FLAG,
  overlap: oneOf(...OVERLAPS),
  catchUpSeconds: COUNT,
  "startDate?": INSTANT,
  "endDate?": INSTANT,
  createdAt: INSTANT,
};

const INTERVAL = { from: INSTANT, to: INSTANT };

const SCHEDULE = object("Schedule", {
  ...PLAN,
  upcoming: { ...listOf(INSTANT), description: "When it is due next, up to five times" },
  "last?": object("Firing", {
    scheduledAt: INSTANT,
    at: INSTANT,
    "executionArn?": TEXT,
    "skipped?": oneOf("OVERLAP"),
    "error?": TEXT,
  }),
  started: COUNT,
  skipped: COUNT,
  failed: COUNT,
  "backfill?": object("BackfillLeft", INTERVAL),
});

export const SCHEDULE_ROUTES: readonly OwnRoute[] = [
  {
    method: "GET",
    path: "/api/schedules",
    id: "ListSchedules",
    summary: "Lists the schedules",
    resource: "*",
    query: [LIMIT, CURSOR],
    status: 200,
    answer: pageOf("Schedules", "schedules", object("ScheduleSummary", PLAN)),
    handle: async ({ context, query }) => {
      const page = await store.listSchedules(context.db, readCursor(LIST, query), readLimit(query));
      return jsonResponse(JSON.stringify({ schedules: page.items.map(showPlan), ...nextCursorOf(LIST, page.lastKey) }));
    },
  },
  {
    method: "GET",
    path: "/api/schedules/{schedule}",
    id: "DescribeSchedule",
    summary: "Shows a schedule, when it is due next and what it did last",
    resource: scheduleResource,
    query: [],
    status: 200,
    answer: SCHEDULE,
    handle: async ({ context, path: { schedule: name = "" } }) => {
      const described = await context.schedule(store.scheduleArnOf(context.config, name)).describe();
      return described === null ? unknownSchedule(name) : jsonResponse(JSON.stringify(show(described)));
    },
  },
  {
    method: "PUT",
    path: "/api/schedules/{schedule}",
    id: "PutSchedule",
    summary: "Makes a schedule that starts a state machine, or changes it",
    resource: scheduleResource,
    query: [],
    body: { schema: WISH, maxBytes: MAX_BODY_BYTES },
    status: 200,
    answer: SCHEDULE,
    handle: put,
  },
  {
    method: "DELETE",
    path: "/api/schedules/{schedule}",
    id: "DeleteSchedule",
    summary: "Ends a schedule; executions that it has started go on",
    resource: scheduleResource,
    query: [],
    status: 204,
    handle: async ({ context, path: { schedule: name = "" } }) => {
      const plan = await store.findSchedule(context.db, name);
      if (plan === undefined) return unknownSchedule(name);
      // In this order: what is not listed any more does not go on in secret.
      await context.schedule(plan.scheduleArn).remove();
      await store.deleteSchedule(context.db, name);
      return new Response(null, { status: 204 });
    },
  },
  {
    method: "POST",
    path: "/api/schedules/{schedule}/backfill",
    id: "BackfillSchedule",
    summary:
      "Starts an execution for each time a schedule was due in an interval, as often as it is asked the same ones",
    resource: scheduleResource,
    query: [],
    body: {
      schema: {
        title: "BackfillRequest",
        type: "object",
        properties: INTERVAL,
        required: ["from", "to"],
        additionalProperties: false,
      },
      maxBytes: 1024,
    },
    status: 200,
    answer: object("StartedBackfill", { occurrences: COUNT }),
    handle: backfill,
  },
];

async function put({ context, path: { schedule: name = "" }, body }: RestRequest): Promise<Response> {
  if (!NAME.test(name)) return problem(400, `'${name}' cannot be the name of a schedule`);
  const wish = readWish(body);
  const stateMachineArn = machineArn(context.config, wish.stateMachine);
  // It starts executions from now on, by whoever may do that now.
  context.principal.authorize("states:StartExecution", stateMachineArn);
  await findStartable(context, readArn(stateMachineArn, "stateMachine", "qualifiedStateMachine"));
  const known = await store.findSchedule(context.db, name);
  const { stateMachine: _, ...rest } = wish;
  const scheduleArn = store.scheduleArnOf(context.config, name);
  const plan = { ...rest, name, scheduleArn, stateMachineArn, createdAt: known?.createdAt ?? context.now() };
  const anchor = plan.startDate ?? plan.createdAt;
  const expression = readScheduleExpression(plan.scheduleExpression, { timezone: plan.timezone, anchor });
  if ("fault" in expression) {
    const pointer = expression.fault.endsWith("is no time zone") ? "/timezone" : "/scheduleExpression";
    throw refusal(pointer, expression.fault);
  }
  await store.storeSchedule(context.db, plan);
  return jsonResponse(JSON.stringify(show(await context.schedule(scheduleArn).put(plan))));
}

async function backfill({ context, path: { schedule: name = "" }, body }: RestRequest): Promise<Response> {
  const plan = await store.findSchedule(context.db, name);
  if (plan === undefined) return unknownSchedule(name);
  const from = readInstantMember(body, "from");
  const to = readInstantMember(body, "to");
  if (from === undefined || to === undefined || to < from)
    throw refusal("", "'from' and 'to' are moments, the first not after the second");
  const { scheduleExpression, timezone, startDate, createdAt } = plan;
  const occurrences = readScheduleExpression(scheduleExpression, { timezone, anchor: startDate ?? createdAt });
  let count = 0;
  if (!("fault" in occurrences)) {
    for (let at = occurrences.next(from - 1); at !== undefined && at <= to; at = occurrences.next(at)) {
      count += 1;
      if (count > MAX_BACKFILL) throw refusal("/to", `An interval may have ${MAX_BACKFILL} occurrences`);
    }
  }
  const isTaken = count === 0 || (await context.schedule(plan.scheduleArn).backfill({ after: from - 1, to }));
  if (!isTaken) return problem(409, "Another backfill of this schedule is under way");
  return jsonResponse(JSON.stringify({ occurrences: count }));
}

type Wish = Omit<SchedulePlan, "name" | "scheduleArn" | "stateMachineArn" | "createdAt"> & {
  readonly stateMachine: string;
};

function readWish(body: JsonObject): Wish {
  const input = JSON.stringify(memberOf(body, "input") ?? {});
  if (input.length > MAX_INPUT_CHARACTERS)
    throw refusal("/input", `'input' may have ${MAX_INPUT_CHARACTERS} characters`);
  const catchUpSeconds = memberOf(body, "catchUpSeconds") ?? DEFAULT_CATCH_UP_SECONDS;
  if (!Number.isInteger(catchUpSeconds) || Number(catchUpSeconds) < 0 || Number(catchUpSeconds) > MAX_CATCH_UP_SECONDS)
    throw refusal("/catchUpSeconds", `'catchUpSeconds' is a whole number from 0 to ${MAX_CATCH_UP_SECONDS}`);
  const isEnabled = memberOf(body, "enabled") ?? true;
  if (typeof isEnabled !== "boolean") throw refusal("/enabled", "'enabled' is true or false");
  const overlap = OVERLAPS.find((policy) => policy === (memberOf(body, "overlap") ?? "ALLOW"));
  if (overlap === undefined) throw refusal("/overlap", `'overlap' is one of ${OVERLAPS.join(", ")}`);
  const startDate = readInstantMember(body, "startDate");
  const endDate = readInstantMember(body, "endDate");
  return {
    scheduleExpression: readText(body, "scheduleExpression"),
    timezone: readText(body, "timezone", "UTC"),
    stateMachine: readText(body, "stateMachine"),
    input,
    isEnabled,
    overlap,
    catchUpMs: Number(catchUpSeconds) * 1000,
    ...(startDate !== undefined && { startDate }),
    ...(endDate !== undefined && { endDate }),
  };
}

function readText(body: JsonObject, member: string, otherwise?: string): string {
  const text: Json | undefined = memberOf(body, member) ?? otherwise;
  if (typeof text === "string" && text !== "" && text.length <= 256) return text;
  throw refusal(`/${member}`, `'${member}' must be a text of 1 to 256 characters`);
}

function readInstantMember(body: JsonObject, member: string): number | undefined {
  const text = memberOf(body, member);
  if (text === undefined) return undefined;
  const at = typeof text === "string" ? instantOf(text) : undefined;
  if (at === undefined) throw refusal(`/${member}`, `'${member}' must be a moment such as 2026-01-31T12:00:00Z`);
  return at;
}

const iso = (at: number): string => new Date(at).toISOString();

function showPlan(plan: SchedulePlan): JsonObject {
  const { name, scheduleArn, scheduleExpression, timezone, stateMachineArn, overlap } = plan;
  return {
    name,
    scheduleArn,
    scheduleExpression,
    timezone,
    stateMachineArn,
    input: JSON.parse(plan.input) as Json,
    enabled: plan.isEnabled,
    overlap,
    catchUpSeconds: plan.catchUpMs / 1000,
    ...(plan.startDate !== undefined && { startDate: iso(plan.startDate) }),
    ...(plan.endDate !== undefined && { endDate: iso(plan.endDate) }),
    createdAt: iso(plan.createdAt),
  };
}

function show({ plan, upcoming, last, started, skipped, failed, backfill: left }: ScheduleDescription): JsonObject {
  return {
    ...showPlan(plan),
    upcoming: upcoming.map(iso),
    ...(last !== undefined && { last: { ...last, scheduledAt: iso(last.scheduledAt), at: iso(last.at) } }),
    started,
    skipped,
    failed,
    ...(left !== undefined && { backfill: { from: iso(left.after + 1), to: iso(left.to) } }),
  };
}

function scheduleResource({ context, path }: Pick<RestRequest, "context" | "path">): string {
  return store.scheduleArnOf(context.config, path["schedule"] ?? "");
}

function unknownSchedule(name: string): Response {
  return problem(404, `There is no schedule '${name}'`);
}
