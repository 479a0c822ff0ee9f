/** The routes for what the AWS API has no operation for. */
import { valueOf } from "../operations/executing.ts";
import { describeMapRunUsage } from "../operations/map-runs.ts";
import { readArn } from "../resource-arn.ts";
import { executionArnOf } from "./addresses.ts";
import { jsonResponse } from "./answer.ts";
import { MAP_RUN_USAGE, USAGE } from "./answers.ts";
import { APPROVAL_ROUTES } from "./approvals.ts";
import { ARCHIVE_ROUTE } from "./archive.ts";
import { CHILDREN_ROUTE } from "./children.ts";
import { CONNECTION_ROUTES } from "./connections.ts";
import { PUT_EVENTS_ROUTE } from "./events.ts";
import { HOOK_ROUTES } from "./hooks.ts";
import { FUNCTION_ROUTES } from "./functions.ts";
import { KEY_ROUTES } from "./keys.ts";
import { IMPORT_ROUTE } from "./import.ts";
import { OBJECT_ROUTES } from "./objects.ts";
import { METRICS_ROUTE } from "./metrics.ts";
import { QUEUE_ROUTES } from "./queues.ts";
import { REDACTION_ROUTES } from "./redaction.ts";
import type { OwnRoute } from "./route.ts";
import { RUN_ROUTE } from "./run.ts";
import { RULE_ROUTES } from "./rules.ts";
import { object, oneOf } from "./schema.ts";
import { SCHEDULE_ROUTES } from "./schedules.ts";
import { SEARCH_FIELD_ROUTES } from "./search-fields.ts";
import { SEARCH_ROUTE } from "./search.ts";
import { SUBSCRIPTION_ROUTES } from "./subscriptions.ts";
import { TOPIC_SUBSCRIPTION_ROUTES } from "./topic-subscriptions.ts";
import { TOPIC_ROUTES } from "./topics.ts";
import { TABLE_ROUTES } from "./tables.ts";

export const OWN_ROUTES: readonly OwnRoute[] = [
  {
    method: "GET",
    path: "/api/health",
    id: "Health",
    summary: "Says that the Worker answers",
    query: [],
    resource: "open",
    status: 200,
    answer: object("Health", { status: oneOf("ok") }),
    handle: async () => jsonResponse('{"status":"ok"}'),
  },
  {
    method: "GET",
    path: "/api/executions/{execution}/usage",
    id: "DescribeUsage",
    summary: "Shows what an execution has cost so far",
    query: [],
    resource: ({ context, path }) => executionArnOf(context.config, path["execution"]),
    status: 200,
    answer: USAGE,
    handle: async ({ context, path }) => {
      const { arn } = readArn(executionArnOf(context.config, path["execution"]), "execution");
      return jsonResponse(JSON.stringify(valueOf(await context.execution(arn).usage())));
    },
  },
  ...APPROVAL_ROUTES,
  ARCHIVE_ROUTE,
  CHILDREN_ROUTE,
  METRICS_ROUTE,
  {
    method: "GET",
    path: "/api/map-runs/{mapRun}/usage",
    id: "DescribeMapRunUsage",
    summary: "Shows what a Map run has cost so far, its Standard executions aside",
    query: [],
    resource: ({ path }) => path["mapRun"] ?? "",
    status: 200,
    answer: MAP_RUN_USAGE,
    handle: async ({ context, path }) =>
      jsonResponse(JSON.stringify(await describeMapRunUsage(context, path["mapRun"] ?? ""))),
  },
  IMPORT_ROUTE,
  SEARCH_ROUTE,
  ...SEARCH_FIELD_ROUTES,
  ...REDACTION_ROUTES,
  ...CONNECTION_ROUTES,
  ...FUNCTION_ROUTES,
  ...SCHEDULE_ROUTES,
  ...KEY_ROUTES,
  ...OBJECT_ROUTES,
  ...QUEUE_ROUTES,
  ...TOPIC_ROUTES,
  ...TOPIC_SUBSCRIPTION_ROUTES,
  ...SUBSCRIPTION_ROUTES,
  RUN_ROUTE,
  ...TABLE_ROUTES,
  PUT_EVENTS_ROUTE,
  ...RULE_ROUTES,
  ...HOOK_ROUTES,
];
