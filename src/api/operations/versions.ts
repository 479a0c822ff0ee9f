/**
 * Versions of state machines: publish, list, delete.
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/concepts-state-machine-version.html
 */
import { qualifiedArn } from "../../runtime/arn.ts";
import type { StateMachineRecord } from "../../runtime/registry.ts";
import * as versions from "../../runtime/versions.ts";
import type { PublishedVersion } from "../../runtime/versions.ts";
import { ApiError } from "../api-error.ts";
import { toSeconds, type Output } from "../aws-json.ts";
import type { ApiContext } from "../context.ts";
import type {
  DeleteStateMachineVersionInput,
  ListStateMachineVersionsInput,
  PublishStateMachineVersionInput,
} from "../inputs.ts";
import { nextTokenOf, pageSize, readNextToken } from "../paging.ts";
import { plainStateMachine, readArn, readUnlabeledArn, readVersionArn } from "../resource-arn.ts";
import { findOf } from "./find.ts";

/** A revision that has a version keeps it, whatever the new description says. */
export async function publishStateMachineVersion(
  context: ApiContext,
  input: PublishStateMachineVersionInput,
): Promise<Output> {
  const machine = await findOf(context, plainStateMachine(readUnlabeledArn(input.stateMachineArn)).arn);
  checkRevision(input.revisionId, machine);
  const published = await versions.publishVersion(context.db, machine.arn, machine.revisionId, {
    description: input.description,
    at: context.now(),
    maxVersions: context.quotas.Versions,
  });
  const version = published ?? (await notPublished(context, machine));
  return {
    stateMachineVersionArn: qualifiedArn(machine.arn, version.version),
    creationDate: toSeconds(version.publishedAt),
  };
}

export async function listStateMachineVersions(
  context: ApiContext,
  input: ListStateMachineVersionsInput,
): Promise<Output> {
  const machine = await findOf(context, readArn(input.stateMachineArn, "stateMachine").arn);
  const list = `versions of ${machine.arn}`;
  const before = readNextToken(list, input.nextToken);
  const page = await versions.listVersions(
    context.db,
    machine.arn,
    before === "" ? Number.MAX_SAFE_INTEGER : Number(before),
    pageSize(input.maxResults),
  );
  return {
    stateMachineVersions: page.items.map(({ version, publishedAt }) => ({
      stateMachineVersionArn: qualifiedArn(machine.arn, version),
      creationDate: toSeconds(publishedAt),
    })),
    ...nextTokenOf(list, page.lastKey),
  };
}

/** What runs of it goes on; one that does not exist is no error. */
export async function deleteStateMachineVersion(
  context: ApiContext,
  input: DeleteStateMachineVersionInput,
): Promise<Output> {
  const { stateMachineArn, version } = readVersionArn(input.stateMachineVersionArn);
  const aliases = await versions.deleteVersion(context.db, stateMachineArn, version);
  if (aliases.length === 0) return {};
  throw new ApiError(
    "ConflictException",
    `Version to be deleted must not be referenced by an alias. Current list of aliases referencing this version: [${aliases.join(", ")}]`,
  );
}

/** What a version's publication together with a creation or an update came to. */
export async function versionOf(
  context: ApiContext,
  machine: Pick<StateMachineRecord, "arn" | "revisionId">,
  results: readonly D1Result[],
): Promise<{ readonly stateMachineVersionArn: string }> {
  const { version } = versions.publishedOf(results) ?? (await notPublished(context, machine));
  return { stateMachineVersionArn: qualifiedArn(machine.arn, version) };
}

function checkRevision(given: string | undefined, { revisionId }: StateMachineRecord): void {
  if (given === undefined || given === revisionId) return;
  throw notThatRevision(given, revisionId);
}

/** Either the state machine was changed or deleted meanwhile, or it has all the versions it may have. */
async function notPublished(
  context: ApiContext,
  { arn, revisionId }: Pick<StateMachineRecord, "arn" | "revisionId">,
): Promise<PublishedVersion> {
  const machine = await findOf(context, arn);
  if (machine.revisionId !== revisionId) throw notThatRevision(revisionId, machine.revisionId);
  throw new ApiError(
    "ServiceQuotaExceededException",
    `A state machine can have at most ${context.quotas.Versions} versions`,
  );
}

function notThatRevision(wanted: string, current: string): ApiError {
  return new ApiError(
    "ConflictException",
    `Failed to publish the State Machine version for revision ${wanted}. The current State Machine revision is ${current}.`,
  );
}
