/** An activity's real object between executions and their workers: what survives its loss, and what it lets go. */
import { abortAllDurableObjects, evictDurableObject, runInDurableObject } from "cloudflare:test";
import { beforeAll, expect, test } from "vitest";
import type { ActivityRpc, ActivityTask, PollAnswer, PollingWorker } from "../../src/runtime/activity-rpc.ts";
import { createActivity, deleteActivity } from "../../src/runtime/registry.ts";
import {
  again,
  bindings,
  executionOf,
  historyOf,
  prepareCatalogue,
  start,
  until,
  untilEnded,
  valueOf,
  type TestExecution,
} from "./words.ts";

beforeAll(prepareCatalogue);

let count = 0;

interface TestActivity {
  readonly arn: string;
  readonly object: () => DurableObjectStub & ActivityRpc;
}

async function newActivity(): Promise<TestActivity> {
  count += 1;
  const name = `activity-${count}`;
  const arn = `arn:aws:states:us-east-1:123456789012:activity:${name}`;
  await createActivity(bindings.CATALOGUE, { arn, name, createdAt: 0, encryptionConfiguration: "{}" }, []);
  return { arn, object: () => bindings.ACTIVITY.getByName(arn) };
}

const working = ({ arn }: TestActivity, fields: object = {}): TestExecution =>
  executionOf({ StartAt: "Work", States: { Work: { Type: "Task", Resource: arn, End: true, ...fields } } }, { n: 1 });

interface Poll {
  readonly answer: PollAnswer;
  readonly task: ActivityTask | undefined;
}

async function poll(activity: TestActivity, worker: Partial<PollingWorker> = {}, seconds = 5): Promise<Poll> {
  let task: ActivityTask | undefined;
  const pollId = crypto.randomUUID();
  const answer = await activity.object().poll(
    { version: 1, pollId, workerName: "Ada", seconds },
    {
      isThere: worker.isThere ?? (async () => true),
      take: async (given) => {
        const isTaken = (await worker.take?.(given)) ?? true;
        if (isTaken) task = given;
        return isTaken;
      },
    },
  );
  return { answer, task };
}

const rowsOf = (activity: TestActivity): Promise<number> =>
  runInDurableObject(activity.object(), (_, state) => [...state.storage.kv.list()].length);

const untilQueued = (activity: TestActivity, tasks = 1): Promise<number> =>
  until(
    () => rowsOf(activity),
    (rows) => rows === tasks,
  );

test("a worker takes a task, and its answer ends it", async () => {
  const activity = await newActivity();
  const execution = working(activity);
  const polled = poll(activity);
  await start(execution);
  const { answer, task } = await polled;
  expect([answer, task?.input]).toEqual(["taken", '{"n":1}']);
  expect(await historyOf(execution)).toEqual([
    "ExecutionStarted",
    "TaskStateEntered",
    "ActivityScheduled",
    "ActivityStarted",
  ]);
  expect(await again(execution).sendTaskSuccess(task?.taskToken ?? "", "[1]")).toEqual({ ok: true, value: null });
  expect(await untilEnded(execution)).toMatchObject({ status: "SUCCEEDED", output: "[1]" });
  expect(await rowsOf(activity)).toBe(0);
});

test("a task that waits survives the loss of both objects", async () => {
  const activity = await newActivity();
  const execution = working(activity);
  await start(execution);
  await untilQueued(activity);
  await until(
    async () => valueOf(await again(execution).usage()).turns,
    (turns) => turns === 2,
  );
  await abortAllDurableObjects();
  expect(await rowsOf(activity)).toBe(1);
  const { task } = await poll(activity);
  expect(await again(execution).sendTaskFailure(task?.taskToken ?? "", "Boom", "why")).toEqual({
    ok: true,
    value: null,
  });
  expect(await untilEnded(execution)).toMatchObject({ status: "FAILED", error: "Boom", cause: "why" });
});

test("a task whose queue was lost before it answered is put there again", async () => {
  const activity = await newActivity();
  const execution = working(activity);
  // The worker never says whether it is there, so that the queue does not answer its execution.
  const silent = poll(activity, { isThere: () => new Promise(() => undefined) }).catch(() => undefined);
  await scheduler.wait(50);
  await start(execution);
  await untilQueued(activity);
  await abortAllDurableObjects();
  await silent;
  expect(valueOf(await again(execution).describe()).status).toBe("RUNNING");
  expect((await poll(activity)).answer).toBe("taken");
  expect(await historyOf(execution)).toHaveLength(4);
});

test("a task that was on its way to a worker when the object was lost goes to the next, started once", async () => {
  const activity = await newActivity();
  const execution = working(activity);
  await start(execution);
  await untilQueued(activity);
  const lost = poll(activity, { take: () => new Promise(() => undefined) }).catch(() => undefined);
  await until(
    () => historyOf(execution),
    (history) => history.at(-1) === "ActivityStarted",
  );
  await abortAllDurableObjects();
  await lost;
  const { task } = await poll(activity);
  expect(task?.input).toBe('{"n":1}');
  expect(await historyOf(execution)).toHaveLength(4);
});

test("a worker that is gone does not get the task", async () => {
  const activity = await newActivity();
  const execution = working(activity);
  const gone = [poll(activity, { isThere: async () => false }), poll(activity, { take: async () => false })];
  await start(execution);
  expect((await Promise.all(gone)).map((x) => x.answer)).toEqual(["nothing", "nothing"]);
  expect((await poll(activity)).answer).toBe("taken");
});

test("a task times out some time after its start, and its worker is told when it answers", async () => {
  const activity = await newActivity();
  const execution = working(activity, { TimeoutSeconds: 60, HeartbeatSeconds: 1 });
  await start(execution);
  await scheduler.wait(1200);
  const { task } = await poll(activity);
  expect(valueOf(await again(execution).describe()).status).toBe("RUNNING");
  expect(await untilEnded(execution)).toMatchObject({ status: "FAILED", error: "States.Timeout" });
  expect(await again(execution).sendTaskHeartbeat(task?.taskToken ?? "")).toMatchObject({ error: "TaskTimedOut" });
  expect((await historyOf(execution)).slice(-3)).toEqual(["ActivityStarted", "ActivityTimedOut", "ExecutionFailed"]);
});

test("the tasks of an execution that was stopped leave their queue", async () => {
  const activity = await newActivity();
  const execution = working(activity);
  await start(execution);
  await untilQueued(activity);
  await again(execution).stop(undefined, undefined);
  await untilQueued(activity, 0);
});

test("the task of a branch that was aborted leaves its queue, the others stay", async () => {
  const activity = await newActivity();
  const branch = (state: object): object => ({ StartAt: "S", States: { S: state } });
  const work = { Type: "Task", Resource: activity.arn, End: true };
  const execution = executionOf({
    StartAt: "Both",
    States: {
      Both: {
        Type: "Parallel",
        Branches: [
          branch(work),
          branch({
            Type: "Parallel",
            Branches: [
              branch(work),
              { StartAt: "W", States: { W: { Type: "Wait", Seconds: 1, Next: "F" }, F: { Type: "Fail" } } },
            ],
            Catch: [{ ErrorEquals: ["States.ALL"], Next: "Hold" }],
            End: true,
          }),
        ].map((x, i) => (i === 0 ? x : withHold(x))),
        End: true,
      },
    },
  });
  await start(execution);
  await untilQueued(activity, 2);
  await untilQueued(activity, 1);
  expect(valueOf(await again(execution).describe()).status).toBe("RUNNING");
});

/** A branch with a state that its Catcher may lead to. */
function withHold(branch: object): object {
  const { States, ...rest } = branch as { readonly States: object };
  return { ...rest, States: { ...States, Hold: { Type: "Wait", Seconds: 3600, End: true } } };
}

test("a task of an execution that does not wait any more is dropped when a worker comes", async () => {
  const activity = await newActivity();
  const execution = working(activity);
  await start(execution);
  await untilQueued(activity);
  const kept = await runInDurableObject(activity.object(), (_, state) => [...state.storage.kv.list()]);
  await again(execution).stop(undefined, undefined);
  await untilQueued(activity, 0);
  await runInDurableObject(activity.object(), (_, state) => {
    for (const [key, value] of kept) state.storage.kv.put(key, value);
  });
  await evictDurableObject(activity.object());
  expect(await poll(activity, {}, 1)).toEqual({ answer: "nothing", task: undefined });
  expect(await rowsOf(activity)).toBe(0);
});

test("a task on an activity that does not exist could not be scheduled", async () => {
  const activity = await newActivity();
  await deleteActivity(bindings.CATALOGUE, activity.arn);
  const execution = working(activity);
  await start(execution);
  expect(await untilEnded(execution)).toMatchObject({
    status: "FAILED",
    error: "States.Runtime",
    cause: `The activity ${activity.arn} does not exist.`,
  });
  expect((await historyOf(execution)).at(-2)).toBe("ActivityScheduleFailed");
});

test("a poll to which nothing comes leaves no rows", async () => {
  const activity = await newActivity();
  expect(await poll(activity, {}, 1)).toEqual({ answer: "nothing", task: undefined });
  expect(await rowsOf(activity)).toBe(0);
});

test("a state machine may be the worker: it polls and answers by tasks of its own", async () => {
  const activity = await newActivity();
  const work = working(activity);
  const worker = executionOf({
    StartAt: "Poll",
    States: {
      Poll: {
        Type: "Task",
        Resource: "arn:aws:states:::aws-sdk:sfn:getActivityTask",
        Parameters: { ActivityArn: activity.arn, WorkerName: "machine" },
        Next: "Answer",
      },
      Answer: {
        Type: "Task",
        Resource: "arn:aws:states:::aws-sdk:sfn:sendTaskSuccess",
        Parameters: { "TaskToken.$": "$.TaskToken", "Output.$": "$.Input" },
        End: true,
      },
    },
  });
  await start(worker);
  await start(work);
  expect(await untilEnded(work)).toMatchObject({ status: "SUCCEEDED", output: '{"n":1}' });
  expect(await untilEnded(worker)).toMatchObject({ status: "SUCCEEDED" });
});
