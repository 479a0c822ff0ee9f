/**
 * State machines: create, describe, update, delete, list.
 * @see https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachine.html
 */
import { stateMachineArn } from "../../runtime/arn.ts";
import { forgetStateMachine } from "../../runtime/recent-machines.ts";
import * as registry from "../../runtime/registry.ts";
import type { StateMachineChange, StateMachineRecord } from "../../runtime/registry.ts";
import { ApiError } from "../api-error.ts";
import { toSeconds, type Output } from "../aws-json.ts";
import { shown, storedEncryption, storedLogging, storedTracing } from "../configuration.ts";
import type { ApiContext } from "../context.ts";
import type {
  CreateStateMachineInput,
  DeleteStateMachineInput,
  DescribeStateMachineForExecutionInput,
  DescribeStateMachineInput,
  ListStateMachinesInput,
  UpdateStateMachineInput,
} from "../inputs.ts";
import { checkName } from "../names.ts";
import { nextTokenOf, pageSize, readNextToken } from "../paging.ts";
import {
  checkRoleArn,
  plainStateMachine,
  readArn,
  readUnlabeledArn,
  stateMachineDoesNotExist,
} from "../resource-arn.ts";
import { unsupported } from "../unsupported.ts";
import { checkDefinition, variableReferences } from "./definitions.ts";
import { executionOf, valueOf } from "./executions.ts";
import { readTags } from "./tags.ts";

/** Idempotent for the same request; another role or other tags do not count, and do not change anything either. */
export async function createStateMachine(context: ApiContext, input: CreateStateMachineInput): Promise<Output> {
  checkName(input.name);
  checkPublish(input);
  checkRoleArn(input.roleArn);
  const record = recordOf(context, input);
  checkDefinition(record.definition, record.type);
  const isNew = await registry.createStateMachine(context.db, record, readTags(input.tags, record.arn));
  if (isNew) return { stateMachineArn: record.arn, creationDate: toSeconds(record.createdAt) };
  const existing = await registry.findStateMachine(context.db, record.arn);
  if (existing === undefined || !IDEMPOTENCY_MEMBERS.every((member) => existing[member] === record[member])) {
    throw new ApiError("StateMachineAlreadyExists", `State Machine Already Exists: '${record.arn}'`);
  }
  return { stateMachineArn: existing.arn, creationDate: toSeconds(existing.createdAt) };
}

export async function describeStateMachine(context: ApiContext, input: DescribeStateMachineInput): Promise<Output> {
  const arn = plainStateMachine(
    readArn(input.stateMachineArn, "stateMachine", "qualifiedStateMachine", "labeledStateMachine"),
  );
  const machine = await findOf(context, arn.arn);
  return {
    stateMachineArn: machine.arn,
    name: machine.name,
    status: machine.status,
    definition: shownDefinition(machine.definition, input.includedData),
    ...variableReferences(machine.definition, input.includedData),
    roleArn: machine.roleArn,
    type: machine.type,
    creationDate: toSeconds(machine.createdAt),
    revisionId: shownRevision(machine.revisionId),
    loggingConfiguration: shown(machine.loggingConfiguration),
    tracingConfiguration: shown(machine.tracingConfiguration),
    encryptionConfiguration: shown(machine.encryptionConfiguration),
  };
}

/** The definition that the execution is pinned to, whatever became of the state machine since. */
export async function describeStateMachineForExecution(
  context: ApiContext,
  input: DescribeStateMachineForExecutionInput,
): Promise<Output> {
  const machine = valueOf(await executionOf(context, input.executionArn).describeStateMachine());
  return {
    stateMachineArn: machine.stateMachineArn,
    name: machine.name,
    definition: shownDefinition(machine.definition, input.includedData),
    ...variableReferences(machine.definition, input.includedData),
    roleArn: machine.roleArn,
    updateDate: toSeconds(machine.updateDate),
    revisionId: shownRevision(machine.revisionId),
    loggingConfiguration: shown(machine.loggingConfiguration ?? storedLogging(undefined)),
    tracingConfiguration: shown(machine.tracingConfiguration ?? storedTracing(undefined)),
    encryptionConfiguration: shown(storedEncryption(undefined)),
  };
}

/** A new revision only where something really changes. */
export async function updateStateMachine(context: ApiContext, input: UpdateStateMachineInput): Promise<Output> {
  const arn = plainStateMachine(readUnlabeledArn(input.stateMachineArn));
  checkPublish(input);
  const change = changeOf(input);
  const machine = await findOf(context, arn.arn);
  if (change.definition !== undefined) checkDefinition(change.definition, machine.type);
  const isChanged = CHANGEABLE_MEMBERS.some(
    (member) => change[member] !== undefined && change[member] !== machine[member],
  );
  if (!isChanged) return { updateDate: toSeconds(context.now()), revisionId: shownRevision(machine.revisionId) };
  const revisionId = context.uuid();
  const updatedAt = context.now();
  const wasThere = await registry.updateStateMachine(context.db, arn.arn, change, revisionId, updatedAt);
  forgetStateMachine(context.db, arn.arn);
  if (!wasThere) throw stateMachineDoesNotExist(arn.arn);
  return { updateDate: toSeconds(updatedAt), revisionId };
}

/** Differs from AWS: what runs goes on to its end, with the definition it is pinned to. */
export async function deleteStateMachine(context: ApiContext, input: DeleteStateMachineInput): Promise<Output> {
  const arn = readUnlabeledArn(input.stateMachineArn);
  if (arn.kind === "stateMachine") await registry.deleteStateMachine(context.db, arn.arn);
  forgetStateMachine(context.db, arn.arn);
  return {};
}

export async function listStateMachines(context: ApiContext, input: ListStateMachinesInput): Promise<Output> {
  const after = readNextToken("stateMachines", input.nextToken);
  const page = await registry.listStateMachines(context.db, after, pageSize(input.maxResults));
  return {
    stateMachines: page.items.map(({ arn, name, type, createdAt }) => ({
      stateMachineArn: arn,
      name,
      type,
      creationDate: toSeconds(createdAt),
    })),
    ...nextTokenOf("stateMachines", page.lastKey),
  };
}

function checkPublish(input: { readonly publish?: boolean; readonly versionDescription?: string }): void {
  if (input.publish === true) throw unsupported("publishing versions");
  if (input.versionDescription === undefined) return;
  throw new ApiError("ValidationException", "Version description can only be set when publish is true");
}

const IDEMPOTENCY_MEMBERS = [
  "type",
  "definition",
  "loggingConfiguration",
  "tracingConfiguration",
  "encryptionConfiguration",
] as const;

const CHANGEABLE_MEMBERS = [
  "definition",
  "roleArn",
  "loggingConfiguration",
  "tracingConfiguration",
  "encryptionConfiguration",
] as const;

function recordOf(context: ApiContext, input: CreateStateMachineInput): StateMachineRecord {
  const at = context.now();
  return {
    arn: stateMachineArn(context.config, input.name),
    name: input.name,
    type: input.type ?? "STANDARD",
    definition: input.definition,
    roleArn: input.roleArn,
    revisionId: registry.INITIAL_REVISION,
    createdAt: at,
    updatedAt: at,
    status: "ACTIVE",
    loggingConfiguration: storedLogging(input.loggingConfiguration),
    tracingConfiguration: storedTracing(input.tracingConfiguration),
    encryptionConfiguration: storedEncryption(input.encryptionConfiguration),
  };
}

function changeOf(input: UpdateStateMachineInput): StateMachineChange {
  const { definition, roleArn, loggingConfiguration, tracingConfiguration, encryptionConfiguration } = input;
  if (roleArn !== undefined) checkRoleArn(roleArn);
  const change = {
    definition,
    roleArn,
    loggingConfiguration: loggingConfiguration && storedLogging(loggingConfiguration),
    tracingConfiguration: tracingConfiguration && storedTracing(tracingConfiguration),
    encryptionConfiguration: encryptionConfiguration && storedEncryption(encryptionConfiguration),
  };
  if (Object.values(change).some((value) => value !== undefined)) return change;
  throw new ApiError(
    "MissingRequiredParameter",
    "Either the definition, the role ARN, the LoggingConfiguration, or the TracingConfiguration must be specified",
  );
}

async function findOf(context: ApiContext, arn: string): Promise<StateMachineRecord> {
  const machine = await registry.findStateMachine(context.db, arn);
  if (machine === undefined) throw stateMachineDoesNotExist(arn);
  return machine;
}

function shownRevision(revisionId: string): string | undefined {
  return revisionId === registry.INITIAL_REVISION ? undefined : revisionId;
}

function shownDefinition(definition: string, includedData: string | undefined): string {
  return includedData === "METADATA_ONLY" ? "{}" : definition;
}
