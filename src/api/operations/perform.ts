/** Every operation of the service, and who performs it. The compiler sees to it that none is forgotten. */
import type { JsonObject } from "../../asl/json.ts";
import type { Output } from "../aws-json.ts";
import { forgetReads } from "../../runtime/recent-reads.ts";
import { ApiError } from "../api-error.ts";
import { resourceOf } from "../auth/operation-resources.ts";
import { checkInput } from "../constraints.ts";
import type { ApiContext } from "../context.ts";
import type { Operation, OperationInputs } from "../inputs.ts";
import type { LongPoll } from "../long-poll.ts";
import { createActivity, deleteActivity, describeActivity, getActivityTask, listActivities } from "./activities.ts";
import {
  createStateMachineAlias,
  deleteStateMachineAlias,
  describeStateMachineAlias,
  listStateMachineAliases,
  updateStateMachineAlias,
} from "./aliases.ts";
import { validateStateMachineDefinition } from "./definitions.ts";
import {
  describeExecution,
  getExecutionHistory,
  listExecutions,
  redriveExecution,
  startExecution,
  stopExecution,
} from "./executions.ts";
import { describeMapRun, listMapRuns, updateMapRun } from "./map-runs.ts";
import {
  createStateMachine,
  deleteStateMachine,
  describeStateMachine,
  describeStateMachineForExecution,
  listStateMachines,
  updateStateMachine,
} from "./state-machines.ts";
import { startSyncExecution } from "./sync-executions.ts";
import { listTagsForResource, tagResource, untagResource } from "./tags.ts";
import { testState } from "./test-state.ts";
import { sendTaskFailure, sendTaskHeartbeat, sendTaskSuccess } from "./task-callbacks.ts";
import { deleteStateMachineVersion, listStateMachineVersions, publishStateMachineVersion } from "./versions.ts";

type Perform<Input> = (context: ApiContext, input: Input) => Promise<Output | LongPoll>;

const OPERATIONS: { readonly [Op in Operation]: Perform<OperationInputs[Op]> } = {
  CreateActivity: createActivity,
  CreateStateMachine: createStateMachine,
  CreateStateMachineAlias: createStateMachineAlias,
  DeleteActivity: deleteActivity,
  DeleteStateMachine: deleteStateMachine,
  DeleteStateMachineAlias: deleteStateMachineAlias,
  DeleteStateMachineVersion: deleteStateMachineVersion,
  DescribeActivity: describeActivity,
  DescribeExecution: describeExecution,
  DescribeMapRun: describeMapRun,
  DescribeStateMachine: describeStateMachine,
  DescribeStateMachineAlias: describeStateMachineAlias,
  DescribeStateMachineForExecution: describeStateMachineForExecution,
  GetActivityTask: getActivityTask,
  GetExecutionHistory: getExecutionHistory,
  ListActivities: listActivities,
  ListExecutions: listExecutions,
  ListMapRuns: listMapRuns,
  ListStateMachineAliases: listStateMachineAliases,
  ListStateMachines: listStateMachines,
  ListStateMachineVersions: listStateMachineVersions,
  ListTagsForResource: listTagsForResource,
  PublishStateMachineVersion: publishStateMachineVersion,
  RedriveExecution: redriveExecution,
  SendTaskFailure: sendTaskFailure,
  SendTaskHeartbeat: sendTaskHeartbeat,
  SendTaskSuccess: sendTaskSuccess,
  StartExecution: startExecution,
  StartSyncExecution: startSyncExecution,
  StopExecution: stopExecution,
  TagResource: tagResource,
  TestState: testState,
  UntagResource: untagResource,
  UpdateMapRun: updateMapRun,
  UpdateStateMachine: updateStateMachine,
  UpdateStateMachineAlias: updateStateMachineAlias,
  ValidateStateMachineDefinition: validateStateMachineDefinition,
};

/** After these, what was read before may not be so any more. */
const CHANGING: ReadonlySet<Operation> = new Set<Operation>([
  "DeleteStateMachine",
  "DeleteStateMachineAlias",
  "DeleteStateMachineVersion",
  "UpdateStateMachine",
  "UpdateStateMachineAlias",
]);

/** Sees whether the caller may, counts the call, checks the input, then performs the operation; whatever the caller did wrong ends as an ApiError. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- it ties the operation to its input
export async function perform<Op extends Operation>(
  context: ApiContext,
  operation: Op,
  body: JsonObject,
): Promise<Output | LongPoll> {
  context.principal.authorize(`states:${operation}`, resourceOf(operation, body, context));
  const waitSeconds = context.throttle?.(operation);
  if (waitSeconds !== undefined) throw new ApiError("ThrottlingException", "Rate exceeded", {}, waitSeconds);
  const input = checkInput(operation, body, context.quotas);
  const performOperation = OPERATIONS[operation];
  try {
    return await performOperation(context, input);
  } finally {
    if (CHANGING.has(operation)) forgetReads(context.db);
  }
}
