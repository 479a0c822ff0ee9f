/** The routes that perform the service's operations. Every operation has at least one. */
import type { Output } from "../aws-json.ts";
import {
  ACTIVITY_ADDRESS,
  EXECUTION_ADDRESS,
  MAP_RUN_ADDRESS,
  NOTHING,
  pathOf,
  qualifiedAddress,
  STATE_MACHINE_ADDRESS,
  taggedAddress,
} from "./addresses.ts";
import { textOf } from "./answer.ts";
import * as answers from "./answers.ts";
import type { OperationRoute } from "./route.ts";
import { ALIAS, MACHINE, STATE_MACHINE_ROUTES, VERSION } from "./state-machine-routes.ts";

const EXECUTION = "/api/executions/{execution}";
const MAP_RUN = "/api/map-runs/{mapRun}";
const ACTIVITIES = "/api/activities";
const ACTIVITY = `${ACTIVITIES}/{activity}`;

const OF_VERSION = qualifiedAddress("stateMachineArn", "version");
const OF_ALIAS = qualifiedAddress("stateMachineArn", "alias");

const STARTED = {
  method: "POST",
  status: 201,
  operation: "StartExecution",
  location: (output: Output): string => pathOf("executions", textOf(output, "executionArn")),
  answer: answers.STARTED_EXECUTION,
} as const;

const RUN = { method: "POST", status: 200, operation: "StartSyncExecution", answer: answers.SYNC_EXECUTION } as const;

const executions: readonly OperationRoute[] = [
  {
    ...STARTED,
    path: `${MACHINE}/executions`,
    summary: "Starts an execution",
    ...STATE_MACHINE_ADDRESS,
  },
  {
    ...STARTED,
    path: `${VERSION}/executions`,
    summary: "Starts an execution of a version",
    id: "StartExecutionOfVersion",
    ...OF_VERSION,
  },
  {
    ...STARTED,
    path: `${ALIAS}/executions`,
    summary: "Starts an execution of the version that an alias leads to",
    id: "StartExecutionOfAlias",
    ...OF_ALIAS,
  },
  {
    ...RUN,
    path: `${MACHINE}/sync-executions`,
    summary: "Runs an Express execution and answers with its end",
    ...STATE_MACHINE_ADDRESS,
    fromQuery: ["includedData"],
  },
  {
    ...RUN,
    path: `${VERSION}/sync-executions`,
    summary: "Runs an Express execution of a version",
    id: "StartSyncExecutionOfVersion",
    ...OF_VERSION,
    fromQuery: ["includedData"],
  },
  {
    ...RUN,
    path: `${ALIAS}/sync-executions`,
    summary: "Runs an Express execution of the version that an alias leads to",
    id: "StartSyncExecutionOfAlias",
    ...OF_ALIAS,
    fromQuery: ["includedData"],
  },
  {
    method: "GET",
    path: EXECUTION,
    summary: "Shows an execution",
    operation: "DescribeExecution",
    ...EXECUTION_ADDRESS,
    status: 200,
    answer: answers.EXECUTION,
  },
  {
    method: "GET",
    path: `${EXECUTION}/history`,
    summary: "Lists the events of an execution",
    operation: "GetExecutionHistory",
    ...EXECUTION_ADDRESS,
    status: 200,
    answer: answers.HISTORY,
  },
  {
    method: "GET",
    path: `${EXECUTION}/state-machine`,
    summary: "Shows the state machine as the execution keeps it",
    operation: "DescribeStateMachineForExecution",
    ...EXECUTION_ADDRESS,
    status: 200,
    answer: answers.PINNED_STATE_MACHINE,
  },
  {
    method: "POST",
    path: `${EXECUTION}/stop`,
    summary: "Stops an execution",
    operation: "StopExecution",
    ...EXECUTION_ADDRESS,
    status: 200,
    answer: answers.STOPPED_EXECUTION,
  },
  {
    method: "POST",
    path: `${EXECUTION}/redrive`,
    summary: "Goes on with an execution that failed, from where it did",
    operation: "RedriveExecution",
    ...EXECUTION_ADDRESS,
    status: 200,
    answer: answers.REDRIVEN_EXECUTION,
  },
  {
    method: "GET",
    path: `${EXECUTION}/map-runs`,
    summary: "Lists the Map runs of an execution",
    operation: "ListMapRuns",
    ...EXECUTION_ADDRESS,
    status: 200,
    answer: answers.MAP_RUNS,
  },
  {
    method: "GET",
    path: MAP_RUN,
    summary: "Shows a Map run",
    operation: "DescribeMapRun",
    ...MAP_RUN_ADDRESS,
    status: 200,
    answer: answers.MAP_RUN,
  },
  {
    method: "PATCH",
    path: MAP_RUN,
    summary: "Changes the limits of a Map run",
    operation: "UpdateMapRun",
    ...MAP_RUN_ADDRESS,
    status: 204,
  },
  {
    method: "GET",
    path: `${MAP_RUN}/executions`,
    summary: "Lists the executions of a Map run",
    operation: "ListExecutions",
    given: ["mapRunArn", "stateMachineArn"],
    give: MAP_RUN_ADDRESS.give,
    status: 200,
    answer: answers.EXECUTIONS,
  },
];

const activities: readonly OperationRoute[] = [
  {
    method: "GET",
    path: ACTIVITIES,
    summary: "Lists the activities",
    operation: "ListActivities",
    ...NOTHING,
    status: 200,
    answer: answers.ACTIVITIES,
  },
  {
    method: "POST",
    path: ACTIVITIES,
    summary: "Creates an activity",
    operation: "CreateActivity",
    ...NOTHING,
    status: 201,
    location: (output) => pathOf("activities", textOf(output, "activityArn")),
    answer: answers.CREATED_ACTIVITY,
  },
  {
    method: "GET",
    path: ACTIVITY,
    summary: "Shows an activity",
    operation: "DescribeActivity",
    ...ACTIVITY_ADDRESS,
    status: 200,
    answer: answers.ACTIVITY,
  },
  {
    method: "DELETE",
    path: ACTIVITY,
    summary: "Deletes an activity",
    operation: "DeleteActivity",
    ...ACTIVITY_ADDRESS,
    status: 204,
  },
  {
    method: "POST",
    path: `${ACTIVITY}/poll`,
    summary: "Waits for a task of an activity",
    operation: "GetActivityTask",
    ...ACTIVITY_ADDRESS,
    status: 200,
    answer: answers.ACTIVITY_TASK,
  },
  {
    method: "GET",
    path: `${ACTIVITY}/tags`,
    summary: "Lists the tags of an activity",
    operation: "ListTagsForResource",
    id: "ListTagsOfActivity",
    ...taggedAddress("activity"),
    status: 200,
    answer: answers.TAGS,
  },
  {
    method: "POST",
    path: `${ACTIVITY}/tags`,
    summary: "Adds tags to an activity",
    operation: "TagResource",
    id: "TagActivity",
    ...taggedAddress("activity"),
    status: 204,
  },
  {
    method: "DELETE",
    path: `${ACTIVITY}/tags`,
    summary: "Takes tags off an activity",
    operation: "UntagResource",
    id: "UntagActivity",
    ...taggedAddress("activity"),
    status: 204,
  },
];

const tasksAndTests: readonly OperationRoute[] = [
  {
    method: "POST",
    path: "/api/tasks/success",
    summary: "Answers a task that waits for its token",
    operation: "SendTaskSuccess",
    ...NOTHING,
    status: 204,
  },
  {
    method: "POST",
    path: "/api/tasks/failure",
    summary: "Fails a task that waits for its token",
    operation: "SendTaskFailure",
    ...NOTHING,
    status: 204,
  },
  {
    method: "POST",
    path: "/api/tasks/heartbeat",
    summary: "Says that a task that waits for its token is still worked on",
    operation: "SendTaskHeartbeat",
    ...NOTHING,
    status: 204,
  },
  {
    method: "POST",
    path: "/api/validate-definition",
    summary: "Says what is wrong with a definition",
    operation: "ValidateStateMachineDefinition",
    ...NOTHING,
    status: 200,
    answer: answers.DIAGNOSTICS,
  },
  {
    method: "POST",
    path: "/api/test-state",
    summary: "Runs one state of a definition by itself",
    operation: "TestState",
    ...NOTHING,
    status: 200,
    answer: answers.STATE_TEST,
  },
];

export const OPERATION_ROUTES: readonly OperationRoute[] = [
  ...STATE_MACHINE_ROUTES,
  ...executions,
  ...activities,
  ...tasksAndTests,
];
