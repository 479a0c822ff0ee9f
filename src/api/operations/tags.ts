/**
 * Tags of state machines and activities.
 * @see https://docs.aws.amazon.com/step-functions/latest/apireference/API_TagResource.html
 */
import { deleteTags, findActivity, findStateMachine, listTags, putTags, type Tag } from "../../runtime/registry.ts";
import { ApiError } from "../api-error.ts";
import type { Output } from "../aws-json.ts";
import type { ApiContext } from "../context.ts";
import type { ListTagsForResourceInput, TagResourceInput, Tag as TagInput, UntagResourceInput } from "../inputs.ts";
import { readArn, resourceNotFound } from "../resource-arn.ts";

export async function tagResource(context: ApiContext, input: TagResourceInput): Promise<Output> {
  const arn = await taggable(context, input.resourceArn);
  const tags = readTags(context, input.tags, arn);
  if (tags.length === 0) return {};
  const keys = new Set((await listTags(context.db, arn)).map((tag) => tag.key));
  for (const tag of tags) keys.add(tag.key);
  if (keys.size > context.quotas.Tags) throw tooManyTags(context, arn);
  await putTags(context.db, arn, tags);
  return {};
}

export async function untagResource(context: ApiContext, input: UntagResourceInput): Promise<Output> {
  const arn = await taggable(context, input.resourceArn);
  if (input.tagKeys.length > 0) await deleteTags(context.db, arn, input.tagKeys);
  return {};
}

export async function listTagsForResource(context: ApiContext, input: ListTagsForResourceInput): Promise<Output> {
  const arn = await taggable(context, input.resourceArn);
  return { tags: await listTags(context.db, arn) };
}

/** The tags of a request; of a key given twice the last value counts. */
export function readTags(
  context: ApiContext,
  given: readonly TagInput[] | undefined,
  resourceArn: string,
): readonly Tag[] {
  const tags = new Map<string, string>();
  for (const { key, value } of given ?? []) {
    if (key === undefined) throw new ApiError("ValidationException", "Every tag must have a key");
    tags.set(key, value ?? "");
  }
  if (tags.size > context.quotas.Tags) throw tooManyTags(context, resourceArn);
  return Array.from(tags, ([key, value]) => ({ key, value }));
}

async function taggable(context: ApiContext, resourceArn: string): Promise<string> {
  const arn = readArn(resourceArn, "stateMachine", "activity");
  const found = await (arn.kind === "activity"
    ? findActivity(context.db, arn.arn)
    : findStateMachine(context.db, arn.arn));
  if (found !== undefined) return arn.arn;
  throw resourceNotFound(arn.arn);
}

function tooManyTags({ quotas }: ApiContext, resourceArn: string): ApiError {
  return new ApiError("TooManyTags", `Too many tags: a resource can have at most ${quotas.Tags}`, {
    resourceName: resourceArn,
  });
}
