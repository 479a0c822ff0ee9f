/**
 * Aliases: names for one or two versions of a state machine, which share its executions by weight.
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/concepts-state-machine-alias.html
 */
import { qualifiedArn } from "../../runtime/arn.ts";
import * as versions from "../../runtime/versions.ts";
import type { AliasRecord, Route } from "../../runtime/versions.ts";
import { ApiError } from "../api-error.ts";
import { toSeconds, type Output } from "../aws-json.ts";
import type { ApiContext } from "../context.ts";
import type {
  CreateStateMachineAliasInput,
  DeleteStateMachineAliasInput,
  DescribeStateMachineAliasInput,
  ListStateMachineAliasesInput,
  RoutingConfigurationListItem,
  UpdateStateMachineAliasInput,
} from "../inputs.ts";
import { nextTokenOf, pageSize, readNextToken } from "../paging.ts";
import { readAliasArn, readArn, resourceNotFound, versionNumber, versionOfArn } from "../resource-arn.ts";
import { findOf, versionOrRefusal } from "./find.ts";

/** Idempotent for the same request. */
export async function createStateMachineAlias(
  context: ApiContext,
  input: CreateStateMachineAliasInput,
): Promise<Output> {
  const { stateMachineArn, routes } = readRouting(input.routingConfiguration);
  const at = context.now();
  const { name, description } = input;
  const alias = { stateMachineArn, name, routes, createdAt: at, updatedAt: at };
  const isNew = await versions.createAlias(
    context.db,
    { ...alias, ...(description !== undefined && { description }) },
    context.quotas.Aliases,
  );
  const existing = isNew ? alias : await versions.findAlias(context.db, stateMachineArn, name);
  if (existing === undefined) throw await notCreated(context, stateMachineArn, routes);
  if (!isNew && !isSame(existing, description, routes)) {
    throw new ApiError(
      "ConflictException",
      "Failed to create alias because an alias with the same name and a different routing configuration already exists.",
    );
  }
  return { stateMachineAliasArn: qualifiedArn(stateMachineArn, name), creationDate: toSeconds(existing.createdAt) };
}

export async function describeStateMachineAlias(
  context: ApiContext,
  input: DescribeStateMachineAliasInput,
): Promise<Output> {
  const { stateMachineArn, qualifier, arn } = readAliasArn(input.stateMachineAliasArn);
  const alias = await versions.findAlias(context.db, stateMachineArn, qualifier);
  if (alias === undefined) throw resourceNotFound(arn);
  return {
    stateMachineAliasArn: arn,
    name: alias.name,
    description: alias.description,
    routingConfiguration: alias.routes.map(({ version, weight }) => ({
      stateMachineVersionArn: qualifiedArn(stateMachineArn, version),
      weight,
    })),
    creationDate: toSeconds(alias.createdAt),
    updateDate: toSeconds(alias.updatedAt),
  };
}

export async function updateStateMachineAlias(
  context: ApiContext,
  input: UpdateStateMachineAliasInput,
): Promise<Output> {
  const { stateMachineArn, qualifier, arn } = readAliasArn(input.stateMachineAliasArn);
  const { description, routingConfiguration } = input;
  if (description === undefined && routingConfiguration === undefined) {
    throw new ApiError("ValidationException", "Either the description or the routing configuration must be specified", {
      reason: "MISSING_REQUIRED_PARAMETER",
    });
  }
  const routing = routingConfiguration && readRouting(routingConfiguration);
  if (routing !== undefined && routing.stateMachineArn !== stateMachineArn) {
    throw invalidRouting(
      "Routing configuration must contain versions of the alias's own state machine",
      routingConfiguration,
    );
  }
  const at = context.now();
  const change = { description, routes: routing?.routes };
  const isChanged = await versions.updateAlias(context.db, stateMachineArn, qualifier, change, at);
  if (!isChanged) throw resourceNotFound(arn);
  return { updateDate: toSeconds(at) };
}

export async function deleteStateMachineAlias(
  context: ApiContext,
  input: DeleteStateMachineAliasInput,
): Promise<Output> {
  const { stateMachineArn, qualifier, arn } = readAliasArn(input.stateMachineAliasArn);
  if (!(await versions.deleteAlias(context.db, stateMachineArn, qualifier))) throw resourceNotFound(arn);
  return {};
}

/** Of a version's ARN: the aliases that lead to it. */
export async function listStateMachineAliases(
  context: ApiContext,
  input: ListStateMachineAliasesInput,
): Promise<Output> {
  const arn = readArn(input.stateMachineArn, "stateMachine", "qualifiedStateMachine");
  const machine = await findOf(context, arn.stateMachineArn);
  const version = arn.kind === "stateMachine" ? undefined : (versionNumber(arn.qualifier) ?? 0);
  if (arn.kind === "qualifiedStateMachine") await versionOrRefusal(context, arn, version ?? 0);
  const list = `aliases of ${arn.arn}`;
  const after = readNextToken(list, input.nextToken);
  const page = await versions.listAliases(context.db, machine.arn, version, after, pageSize(input.maxResults));
  return {
    stateMachineAliases: page.items.map(({ name, createdAt }) => ({
      stateMachineAliasArn: qualifiedArn(machine.arn, name),
      creationDate: toSeconds(createdAt),
    })),
    ...nextTokenOf(list, page.lastKey),
  };
}

function readRouting(given: readonly RoutingConfigurationListItem[]): {
  readonly stateMachineArn: string;
  readonly routes: readonly Route[];
} {
  const arns = given.map((item) => versionOfArn(item.stateMachineVersionArn));
  const [first, ...others] = arns;
  if (first === undefined || arns.includes(undefined)) {
    throw invalidRouting("Routing configuration must contain state machine version ARNs.", given);
  }
  if (others.some((arn) => arn?.stateMachineArn !== first.stateMachineArn)) {
    throw invalidRouting("Routing configuration must contain versions of one state machine.", given);
  }
  if (new Set(arns.map((arn) => arn?.version)).size < given.length) {
    throw invalidRouting("Routing configuration must contain distinct state machine version ARNs.", given);
  }
  const weights = given.map(({ weight }) => weight);
  if (weights.reduce((a, b) => a + b) !== 100) {
    throw routingFault(`Sum of routing configuration weights must equal 100. Received: [${weights.join(", ")}]`);
  }
  const routes = given.map(({ weight }, index) => ({ version: arns[index]?.version ?? 0, weight }));
  return { stateMachineArn: first.stateMachineArn, routes };
}

function isSame(
  alias: Pick<AliasRecord, "routes" | "description">,
  description: string | undefined,
  routes: readonly Route[],
): boolean {
  return alias.description === description && JSON.stringify(alias.routes) === JSON.stringify(routes);
}

/** There is no alias of that name, and still none was created: why. */
async function notCreated(context: ApiContext, stateMachineArn: string, routes: readonly Route[]): Promise<ApiError> {
  for (const { version } of routes) {
    const isThere = (await versions.findVersion(context.db, stateMachineArn, version)) !== undefined;
    if (!isThere) return resourceNotFound(qualifiedArn(stateMachineArn, version));
  }
  return new ApiError(
    "ServiceQuotaExceededException",
    `A state machine can have at most ${context.quotas.Aliases} aliases`,
  );
}

function invalidRouting(what: string, given: readonly RoutingConfigurationListItem[] = []): ApiError {
  return routingFault(`${what} Received: [${given.map((item) => item.stateMachineVersionArn).join(", ")}]`);
}

function routingFault(message: string): ApiError {
  return new ApiError("ValidationException", message, { reason: "INVALID_ROUTING_CONFIGURATION" });
}
