/**
 * State machines: create, describe, update, delete, list.
 * @see https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachine.html
 */
import { qualifiedArn, stateMachineArn } from "../../runtime/arn.ts";
import * as registry from "../../runtime/registry.ts";
import type { CreationRequest, StateMachineChange, StateMachineRecord } from "../../runtime/registry.ts";
import { deletionOfVersions, publication, type VersionRecord } from "../../runtime/versions.ts";
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
import { checkDefinition, variableReferences } from "./definitions.ts";
import { executionOf, valueOf } from "./executing.ts";
import { findOf, findStartable } from "./find.ts";
import { checkCount } from "./counts.ts";
import { readTags } from "./tags.ts";
import { versionOf } from "./versions.ts";

/** Idempotent for the same request; another role or other tags do not count, and do not change anything either. */
export async function createStateMachine(context: ApiContext, input: CreateStateMachineInput): Promise<Output> {
  checkName(input.name);
  const request = readPublish(input);
  checkRoleArn(input.roleArn);
  const record = recordOf(context, input);
  checkDefinition(context, record.definition, record.type);
  const tags = readTags(context, input.tags, record.arn);
  await checkCount(context, "state machine", record.arn);
  const also = published(context, record, request, true);
  const isNew = await registry.createStateMachine(context.db, record, request, tags, also);
  if (isNew) return created(record, request);
  const existing = await registry.findStateMachine(context.db, record.arn);
  const first = await registry.findCreationRequest(context.db, record.arn);
  const isSame =
    existing !== undefined &&
    IDEMPOTENCY_MEMBERS.every((member) => existing[member] === record[member]) &&
    first?.publish === request.publish &&
    first.versionDescription === request.versionDescription;
  if (isSame) return created(existing, request);
  throw new ApiError("StateMachineAlreadyExists", `State Machine Already Exists: '${record.arn}'`);
}

/** The version published at creation is the first, even if it was deleted since. */
function created({ arn, createdAt }: StateMachineRecord, { publish }: CreationRequest): Output {
  return {
    stateMachineArn: arn,
    creationDate: toSeconds(createdAt),
    ...(publish && { stateMachineVersionArn: qualifiedArn(arn, 1) }),
  };
}

export async function describeStateMachine(context: ApiContext, input: DescribeStateMachineInput): Promise<Output> {
  const arn = readArn(input.stateMachineArn, "stateMachine", "qualifiedStateMachine", "labeledStateMachine");
  if (arn.kind === "labeledStateMachine") throw stateMachineDoesNotExist(arn.arn);
  const { machine } = await findStartable(context, arn);
  const version = isVersion(machine) ? machine : undefined;
  return {
    stateMachineArn: arn.arn,
    name: machine.name,
    status: machine.status,
    definition: shownDefinition(machine.definition, input.includedData),
    ...variableReferences(machine.definition, input.includedData),
    roleArn: machine.roleArn,
    type: machine.type,
    creationDate: toSeconds(version?.publishedAt ?? machine.createdAt),
    revisionId: shownRevision(machine.revisionId),
    description: version?.description,
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
    mapRunArn: machine.mapRunArn,
    label: machine.mapRunArn === undefined ? undefined : labelOf(machine.stateMachineArn),
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

/** `arn:…:stateMachine:<name>/<label>` */
function labelOf(arn: string): string {
  return arn.slice(arn.indexOf("/") + 1);
}

/** A new revision only where something really changes; published, where asked for, with the change or not at all. */
export async function updateStateMachine(context: ApiContext, input: UpdateStateMachineInput): Promise<Output> {
  const arn = plainStateMachine(readUnlabeledArn(input.stateMachineArn));
  const request = readPublish(input);
  const change = changeOf(input);
  const machine = await findOf(context, arn.arn);
  if (change.definition !== undefined) checkDefinition(context, change.definition, machine.type);
  const isChanged = CHANGEABLE_MEMBERS.some(
    (member) => change[member] !== undefined && change[member] !== machine[member],
  );
  const updatedAt = context.now();
  const revision = { arn: arn.arn, revisionId: isChanged ? context.uuid() : machine.revisionId };
  const also = published(context, revision, request);
  let results: readonly D1Result[] = [];
  if (isChanged) {
    const update = await registry.updateStateMachine(context.db, arn.arn, change, revision.revisionId, updatedAt, also);
    if (!update.wasThere) throw stateMachineDoesNotExist(arn.arn);
    results = update.results;
  } else if (also.length > 0) {
    results = await context.db.batch(also);
  }
  return {
    updateDate: toSeconds(updatedAt),
    revisionId: shownRevision(revision.revisionId),
    ...(request.publish && (await versionOf(context, revision, results))),
  };
}

/** With its versions and aliases. Differs from AWS: what runs goes on to its end, with the definition it is pinned to. */
export async function deleteStateMachine(context: ApiContext, input: DeleteStateMachineInput): Promise<Output> {
  const { kind, arn } = readUnlabeledArn(input.stateMachineArn);
  if (kind === "qualifiedStateMachine") {
    throw new ApiError("ValidationException", `This operation does not accept version or alias ARNs: '${arn}'`);
  }
  await registry.deleteStateMachine(context.db, arn, deletionOfVersions(context.db, arn));
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

function readPublish(input: { readonly publish?: boolean; readonly versionDescription?: string }): CreationRequest {
  const publish = input.publish ?? false;
  if (publish || input.versionDescription === undefined) {
    return { publish, versionDescription: input.versionDescription };
  }
  throw new ApiError("ValidationException", "Version description can only be set when publish is true");
}

/** What publishes the revision, where that is asked for. */
function published(
  context: ApiContext,
  { arn, revisionId }: Pick<StateMachineRecord, "arn" | "revisionId">,
  { publish, versionDescription }: CreationRequest,
  isFirst = false,
): D1PreparedStatement[] {
  if (!publish) return [];
  return publication(context.db, arn, revisionId, {
    description: versionDescription,
    at: context.now(),
    maxVersions: context.quotas.Versions,
    isFirst,
  });
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

function isVersion(machine: StateMachineRecord): machine is VersionRecord {
  return "publishedAt" in machine;
}

function shownRevision(revisionId: string): string | undefined {
  return revisionId === registry.INITIAL_REVISION ? undefined : revisionId;
}

function shownDefinition(definition: string, includedData: string | undefined): string {
  return includedData === "METADATA_ONLY" ? "{}" : definition;
}
