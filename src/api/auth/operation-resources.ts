/**
 * Which resource an operation is on, as policies name it; known from the input alone, before anything is looked up.
 * @see https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsstepfunctions.html
 */
import { isArray, isObject, memberOf, type JsonObject } from "../../asl/json.ts";
import { activityArn, parseArnOf, qualifiedArn, stateMachineArn } from "../../runtime/arn.ts";
import type { ApiContext } from "../context.ts";
import type { Operation } from "../inputs.ts";

type Directory = Pick<ApiContext, "config" | "executionOfToken">;

/** `*`: none in particular. A name: the member that holds the ARN. */
type ResourceOf = "*" | `${string}Arn` | ((input: JsonObject, directory: Directory) => string);

/** A token is its execution's, so that callbacks can be allowed by state machine. Differs from AWS: there it is `*` alone. */
const ofToken: ResourceOf = (input, { executionOfToken }) => executionOfToken(textOf(input, "taskToken")) ?? "*";

const RESOURCES: { readonly [Op in Operation]: ResourceOf } = {
  CreateActivity: (input, { config }) => activityArn(config, textOf(input, "name")),
  CreateStateMachine: (input, { config }) => stateMachineArn(config, textOf(input, "name")),
  CreateStateMachineAlias: (input) => qualifiedArn(routedMachine(input), textOf(input, "name")),
  DeleteActivity: "activityArn",
  DeleteStateMachine: "stateMachineArn",
  DeleteStateMachineAlias: "stateMachineAliasArn",
  DeleteStateMachineVersion: "stateMachineVersionArn",
  DescribeActivity: "activityArn",
  DescribeExecution: "executionArn",
  DescribeMapRun: "mapRunArn",
  DescribeStateMachine: "stateMachineArn",
  DescribeStateMachineAlias: "stateMachineAliasArn",
  DescribeStateMachineForExecution: "executionArn",
  GetActivityTask: "activityArn",
  GetExecutionHistory: "executionArn",
  ListActivities: "*",
  ListExecutions: (input) => textOf(input, "mapRunArn") || textOf(input, "stateMachineArn") || "*",
  ListMapRuns: "executionArn",
  ListStateMachineAliases: "stateMachineArn",
  ListStateMachines: "*",
  ListStateMachineVersions: "stateMachineArn",
  ListTagsForResource: "resourceArn",
  PublishStateMachineVersion: "stateMachineArn",
  RedriveExecution: "executionArn",
  SendTaskFailure: ofToken,
  SendTaskHeartbeat: ofToken,
  SendTaskSuccess: ofToken,
  StartExecution: "stateMachineArn",
  StartSyncExecution: "stateMachineArn",
  StopExecution: "executionArn",
  TagResource: "resourceArn",
  TestState: "*",
  UntagResource: "resourceArn",
  UpdateMapRun: "mapRunArn",
  UpdateStateMachine: "stateMachineArn",
  UpdateStateMachineAlias: "stateMachineAliasArn",
  ValidateStateMachineDefinition: "*",
};

/** @param input as it came, not yet checked */
export function resourceOf(operation: Operation, input: JsonObject, directory: Directory): string {
  const resource = RESOURCES[operation];
  if (typeof resource === "function") return resource(input, directory);
  return resource === "*" ? resource : textOf(input, resource) || "*";
}

/** An alias leads to versions of one state machine; that they all are of this one is the operation's own rule. */
function routedMachine(input: JsonObject): string {
  const routing = memberOf(input, "routingConfiguration");
  const [first] = routing !== undefined && isArray(routing) ? routing : [];
  const version = first !== undefined && isObject(first) ? textOf(first, "stateMachineVersionArn") : "";
  const parsed = parseArnOf(version, "qualifiedStateMachine");
  return parsed.ok ? parsed.arn.stateMachineArn : version;
}

function textOf(input: JsonObject, member: string): string {
  const value = memberOf(input, member);
  return typeof value === "string" ? value : "";
}
