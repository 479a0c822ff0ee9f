/**
 * Activities: names that workers poll for tasks.
 * @see https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateActivity.html
 */
import { activityArn } from "../../runtime/arn.ts";
import * as registry from "../../runtime/registry.ts";
import { ApiError } from "../api-error.ts";
import { toSeconds, type Output } from "../aws-json.ts";
import { shown, storedEncryption } from "../configuration.ts";
import type { ApiContext } from "../context.ts";
import type {
  CreateActivityInput,
  DeleteActivityInput,
  DescribeActivityInput,
  GetActivityTaskInput,
  ListActivitiesInput,
} from "../inputs.ts";
import { LongPoll } from "../long-poll.ts";
import { checkName } from "../names.ts";
import { nextTokenOf, pageSize, readNextToken } from "../paging.ts";
import { readArn } from "../resource-arn.ts";
import { checkCount } from "./counts.ts";
import { readTags } from "./tags.ts";

/** Idempotent by name: creating one that exists answers with it and changes nothing. */
export async function createActivity(context: ApiContext, input: CreateActivityInput): Promise<Output> {
  checkName(input.name);
  const arn = activityArn(context.config, input.name);
  const tags = readTags(context, input.tags, arn);
  await checkCount(context, "activity", arn);
  const record = {
    arn,
    name: input.name,
    createdAt: context.now(),
    encryptionConfiguration: storedEncryption(input.encryptionConfiguration),
  };
  const isNew = await registry.createActivity(context.db, record, tags);
  const stored = isNew ? record : ((await registry.findActivity(context.db, arn)) ?? record);
  return { activityArn: arn, creationDate: toSeconds(stored.createdAt) };
}

export async function describeActivity(context: ApiContext, input: DescribeActivityInput): Promise<Output> {
  const activity = await existingActivity(context, input.activityArn);
  return {
    activityArn: activity.arn,
    name: activity.name,
    creationDate: toSeconds(activity.createdAt),
    encryptionConfiguration: shown(activity.encryptionConfiguration),
  };
}

/** Waits for a task of the activity, as long as whoever asks for it does. */
export async function getActivityTask(context: ApiContext, input: GetActivityTaskInput): Promise<LongPoll> {
  const { arn } = await existingActivity(context, input.activityArn);
  const { workerName } = input;
  const queue = context.activity(arn);
  const pollId = context.uuid();
  const seconds = context.activityPollSeconds;
  return new LongPoll(async (asker) => {
    void asker.gone.then(() => queue.leave(pollId)).catch(() => undefined);
    const answer = await queue.poll(
      { version: 1, pollId, seconds, ...(workerName !== undefined && { workerName }) },
      {
        isThere: async () => asker.isThere(),
        // The start is recorded by now: whoever hung up meanwhile must not get the task.
        take: async (task) => (await asker.listen()) && asker.answer({ ...task }),
      },
    );
    if (answer === "too many pollers") {
      const limit = "The maximum number of workers concurrently polling for activity tasks has been reached";
      throw new ApiError("ActivityWorkerLimitExceeded", limit);
    }
    if (answer === "nothing") await asker.answer({ taskToken: null, input: null });
  });
}

async function existingActivity(context: ApiContext, givenArn: string): Promise<registry.ActivityRecord> {
  const { arn } = readArn(givenArn, "activity");
  const activity = await registry.findActivity(context.db, arn);
  if (activity === undefined) throw new ApiError("ActivityDoesNotExist", `Activity Does Not Exist: '${arn}'`);
  return activity;
}

export async function deleteActivity(context: ApiContext, input: DeleteActivityInput): Promise<Output> {
  await registry.deleteActivity(context.db, readArn(input.activityArn, "activity").arn);
  return {};
}

export async function listActivities(context: ApiContext, input: ListActivitiesInput): Promise<Output> {
  const after = readNextToken("activities", input.nextToken);
  const page = await registry.listActivities(context.db, after, pageSize(input.maxResults));
  return {
    activities: page.items.map(({ arn, name, createdAt }) => ({
      activityArn: arn,
      name,
      creationDate: toSeconds(createdAt),
    })),
    ...nextTokenOf("activities", page.lastKey),
  };
}
