/** The routes of state machines, their versions and aliases. */
import { isArray, isObject, memberOf, type JsonObject } from "../../asl/json.ts";
import type { ArnConfig } from "../../runtime/arn.ts";
import { versionOfArn } from "../resource-arn.ts";
import { machineArn, NOTHING, pathOf, qualifiedAddress, STATE_MACHINE_ADDRESS, taggedAddress } from "./addresses.ts";
import { textOf } from "./answer.ts";
import * as answers from "./answers.ts";
import type { OperationRoute, PathValues } from "./route.ts";

const MACHINES = "/api/state-machines";
export const MACHINE: string = `${MACHINES}/{stateMachine}`;
export const VERSION: string = `${MACHINE}/versions/{version}`;
export const ALIAS: string = `${MACHINE}/aliases/{alias}`;

const stateMachines: readonly OperationRoute[] = [
  {
    method: "GET",
    path: MACHINES,
    summary: "Lists the state machines",
    operation: "ListStateMachines",
    ...NOTHING,
    status: 200,
    answer: answers.STATE_MACHINES,
  },
  {
    method: "POST",
    path: MACHINES,
    summary: "Creates a state machine",
    operation: "CreateStateMachine",
    ...NOTHING,
    status: 201,
    location: (output) => pathOf("state-machines", textOf(output, "stateMachineArn")),
    answer: answers.CREATED_STATE_MACHINE,
  },
  {
    method: "GET",
    path: MACHINE,
    summary: "Shows a state machine",
    operation: "DescribeStateMachine",
    ...STATE_MACHINE_ADDRESS,
    status: 200,
    answer: answers.STATE_MACHINE,
  },
  {
    method: "PATCH",
    path: MACHINE,
    summary: "Changes a state machine; what is not named stays as it is",
    operation: "UpdateStateMachine",
    ...STATE_MACHINE_ADDRESS,
    status: 200,
    answer: answers.UPDATED_STATE_MACHINE,
  },
  {
    method: "DELETE",
    path: MACHINE,
    summary: "Deletes a state machine with its versions and aliases",
    operation: "DeleteStateMachine",
    ...STATE_MACHINE_ADDRESS,
    status: 204,
  },
  {
    method: "GET",
    path: `${MACHINE}/tags`,
    summary: "Lists the tags of a state machine",
    operation: "ListTagsForResource",
    id: "ListTagsOfStateMachine",
    ...taggedAddress("stateMachine"),
    status: 200,
    answer: answers.TAGS,
  },
  {
    method: "POST",
    path: `${MACHINE}/tags`,
    summary: "Adds tags to a state machine",
    operation: "TagResource",
    id: "TagStateMachine",
    ...taggedAddress("stateMachine"),
    status: 204,
  },
  {
    method: "DELETE",
    path: `${MACHINE}/tags`,
    summary: "Takes tags off a state machine",
    operation: "UntagResource",
    id: "UntagStateMachine",
    ...taggedAddress("stateMachine"),
    status: 204,
  },
];

const versionsAndAliases: readonly OperationRoute[] = [
  {
    method: "GET",
    path: `${MACHINE}/versions`,
    summary: "Lists the versions of a state machine, newest first",
    operation: "ListStateMachineVersions",
    ...STATE_MACHINE_ADDRESS,
    status: 200,
    answer: answers.VERSIONS,
  },
  {
    method: "POST",
    path: `${MACHINE}/versions`,
    summary: "Publishes the present revision as a version",
    operation: "PublishStateMachineVersion",
    ...STATE_MACHINE_ADDRESS,
    status: 201,
    location: (output) => qualifiedPath(textOf(output, "stateMachineVersionArn"), "versions"),
    answer: answers.PUBLISHED_VERSION,
  },
  {
    method: "GET",
    path: VERSION,
    summary: "Shows a version",
    operation: "DescribeStateMachine",
    id: "DescribeStateMachineVersion",
    ...qualifiedAddress("stateMachineArn", "version"),
    status: 200,
    answer: answers.STATE_MACHINE,
  },
  {
    method: "DELETE",
    path: VERSION,
    summary: "Deletes a version that no alias leads to",
    operation: "DeleteStateMachineVersion",
    ...qualifiedAddress("stateMachineVersionArn", "version"),
    status: 204,
  },
  {
    method: "GET",
    path: `${VERSION}/aliases`,
    summary: "Lists the aliases that lead to a version",
    operation: "ListStateMachineAliases",
    id: "ListAliasesOfVersion",
    ...qualifiedAddress("stateMachineArn", "version"),
    status: 200,
    answer: answers.ALIASES,
  },
  {
    method: "GET",
    path: `${MACHINE}/aliases`,
    summary: "Lists the aliases of a state machine",
    operation: "ListStateMachineAliases",
    ...STATE_MACHINE_ADDRESS,
    status: 200,
    answer: answers.ALIASES,
  },
  {
    method: "POST",
    path: `${MACHINE}/aliases`,
    summary: "Creates an alias for one or two versions",
    operation: "CreateStateMachineAlias",
    ...NOTHING,
    refuse: refuseOtherMachine,
    status: 201,
    location: (output) => qualifiedPath(textOf(output, "stateMachineAliasArn"), "aliases"),
    answer: answers.CREATED_ALIAS,
  },
  {
    method: "GET",
    path: ALIAS,
    summary: "Shows an alias",
    operation: "DescribeStateMachineAlias",
    ...qualifiedAddress("stateMachineAliasArn", "alias"),
    status: 200,
    answer: answers.ALIAS_ANSWER,
  },
  {
    method: "PATCH",
    path: ALIAS,
    summary: "Changes an alias; what is not named stays as it is",
    operation: "UpdateStateMachineAlias",
    ...qualifiedAddress("stateMachineAliasArn", "alias"),
    status: 200,
    answer: answers.UPDATED_ALIAS,
  },
  {
    method: "DELETE",
    path: ALIAS,
    summary: "Deletes an alias",
    operation: "DeleteStateMachineAlias",
    ...qualifiedAddress("stateMachineAliasArn", "alias"),
    status: 204,
  },
];

export const STATE_MACHINE_ROUTES: readonly OperationRoute[] = [...stateMachines, ...versionsAndAliases];

/** The path of a version or an alias, of its ARN. */
function qualifiedPath(arn: string, kind: "versions" | "aliases"): string {
  const at = arn.lastIndexOf(":");
  return `${pathOf("state-machines", arn.slice(0, at))}/${kind}/${encodeURIComponent(arn.slice(at + 1))}`;
}

/** An alias is of the state machine whose versions it leads to, and that must be the path's. */
function refuseOtherMachine(input: JsonObject, path: PathValues, config: ArnConfig): string | undefined {
  const routing = memberOf(input, "routingConfiguration");
  const own = machineArn(config, path["stateMachine"]);
  const arns = isArray(routing)
    ? routing.map((route) => (isObject(route) ? memberOf(route, "stateMachineVersionArn") : undefined))
    : [];
  const machines = arns.map((arn) => (typeof arn === "string" ? versionOfArn(arn)?.stateMachineArn : undefined));
  const isOther = machines.some((arn) => arn !== undefined && arn !== own);
  return isOther ? "The routing configuration must lead to versions of the state machine in the path" : undefined;
}
