/** GetActivityTask: an answer that is held back until there is a task, for a worker that may be gone by then. */
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { callOperation } from "../../src/api/call-operation.ts";
import type { PollRequest } from "../../src/runtime/activity-rpc.ts";
import { ACCOUNT, Fixture } from "./fixture.ts";

const ARN = `${ACCOUNT}:activity:Work`;
const TASK = { taskToken: "token", input: '{"n": 1.0}' };

async function withActivity(): Promise<Fixture> {
  const api = new Fixture();
  await api.call("CreateActivity", { name: "Work" });
  return api;
}

/** Asks for a task and answers before there is one. */
async function ask(api: Fixture, signal?: AbortSignal): Promise<Response> {
  const headers = { "x-amz-target": "AWSStepFunctions.GetActivityTask" };
  const body = JSON.stringify({ activityArn: ARN });
  return api.fetch("/", { method: "POST", headers, body, ...(signal && { signal }) });
}

describe("a poll", () => {
  test("gets the task with its token, and says who asks", async () => {
    const api = await withActivity();
    const requests: PollRequest[] = [];
    api.poll = async (request, worker) => {
      requests.push(request);
      expect(await worker.isThere()).toBe(true);
      expect(await worker.take(TASK)).toBe(true);
      return "taken";
    };
    const reply = await api.call("GetActivityTask", { activityArn: ARN, workerName: "Ada" });
    expect(reply).toMatchObject({ status: 200, contentType: "application/x-amz-json-1.0", body: TASK });
    expect(reply.requestId).not.toBeNull();
    expect(requests).toEqual([{ version: 1, pollId: "uuid-1", seconds: 60, workerName: "Ada" }]);
    await api.call("GetActivityTask", { activityArn: ARN });
    expect(requests[1]).toEqual({ version: 1, pollId: "uuid-2", seconds: 60 });
  });

  test("to which nothing came has a token and an input that are null", async () => {
    const api = await withActivity();
    expect((await api.call("GetActivityTask", { activityArn: ARN })).body).toEqual({ taskToken: null, input: null });
  });

  test("of an activity that does not exist, or of no activity, is refused at once", async () => {
    const api = new Fixture();
    expect((await api.call("GetActivityTask", { activityArn: ARN })).body).toEqual({
      __type: "ActivityDoesNotExist",
      message: `Activity Does Not Exist: '${ARN}'`,
    });
    expect((await api.call("GetActivityTask", { activityArn: "no_an_activity_arn" })).body).toEqual({
      __type: "InvalidArn",
      message: "Invalid Arn: 'Invalid ARN prefix: no_an_activity_arn'",
    });
  });

  test("one too many is told so", async () => {
    const api = await withActivity();
    api.poll = async () => "too many pollers";
    expect(await api.call("GetActivityTask", { activityArn: ARN })).toMatchObject({
      status: 400,
      body: { __type: "ActivityWorkerLimitExceeded" },
    });
  });

  test("whose activity's object is reset may be tried again", async () => {
    const api = await withActivity();
    api.poll = () => Promise.reject(Object.assign(new Error("reset"), { durableObjectReset: true }));
    expect(await api.call("GetActivityTask", { activityArn: ARN })).toMatchObject({ status: 503 });
  });

  test("that waits gets its head early, white space meanwhile, and JSON in the end", async () => {
    const api = await withActivity();
    const task = Promise.withResolvers<void>();
    api.poll = async (_, worker) => {
      await task.promise;
      await worker.take(TASK);
      return "taken";
    };
    const response = await ask(api);
    expect(response.status).toBe(200);
    const reader = response.body!.getReader();
    const first = await reader.read();
    expect(new TextDecoder().decode(first.value)).toBe(" ");
    task.resolve();
    let text = "";
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      text += new TextDecoder().decode(part.value);
    }
    expect(text).toMatch(/^ *\{/u);
    expect(JSON.parse(text)).toEqual(TASK);
  });

  test("that fails after its head has left ends without an answer", async () => {
    const api = await withActivity();
    api.poll = async (_, worker) => {
      await worker.isThere();
      await sleep(20);
      throw new Error("reset");
    };
    await expect((await ask(api)).text()).rejects.toThrow("reset");
  });
});

describe("a worker that hangs up", () => {
  test.each<[string, (response: Response, abort: AbortController) => unknown]>([
    ["is noticed by its request's signal", (_, abort) => abort.abort()],
    ["is noticed when nothing can be written to it", (response) => response.body!.cancel()],
  ])("%s, gets no task, and leaves its place", async (_, hangUp) => {
    const api = await withActivity();
    const abort = new AbortController();
    const hungUp = Promise.withResolvers<void>();
    const took = Promise.withResolvers<readonly boolean[]>();
    api.poll = async (__, worker) => {
      await hungUp.promise;
      took.resolve([await worker.isThere(), await worker.take(TASK)]);
      return "nothing";
    };
    await hangUp(await ask(api, abort.signal), abort);
    await sleep(1);
    hungUp.resolve();
    expect(await took.promise).toEqual([false, false]);
    expect(api.left).toEqual(["uuid-1"]);
  });

  test("between its start and its answer gets no task either", async () => {
    const api = await withActivity();
    const abort = new AbortController();
    const took = Promise.withResolvers<boolean>();
    api.poll = async (_, worker) => {
      await worker.isThere();
      setTimeout(() => abort.abort(), 15);
      took.resolve(await worker.take(TASK));
      return "nothing";
    };
    await ask(api, abort.signal);
    expect(await took.promise).toBe(false);
  });
});

test("a state machine's own task may poll as well, and gets what a worker gets", async () => {
  const api = await withActivity();
  api.poll = async (_, worker) => {
    expect(await worker.isThere()).toBe(true);
    await worker.take(TASK);
    return "taken";
  };
  expect(await callOperation(api.context, "GetActivityTask", { activityArn: ARN })).toEqual({ ok: true, output: TASK });
});
