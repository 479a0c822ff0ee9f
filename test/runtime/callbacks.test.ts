/** Callbacks to one execution in its real object: once, twice, too early, too late, in a race, and with what nobody gave out. */
import {
  abortAllDurableObjects,
  createExecutionContext,
  evictDurableObject,
  listDurableObjectIds,
} from "cloudflare:test";
import { runInDurableObject } from "cloudflare:test";
import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { mutatedTokens } from "../../scripts/reliability/mutated-tokens.ts";
import type { TaskId } from "../../src/engine/execution.ts";
import worker from "../../src/index.ts";
import type { Answer } from "../../src/runtime/execution-rpc.ts";
import { createSealer } from "../../src/runtime/sealing.ts";
import { makeTaskToken } from "../../src/runtime/task-token.ts";
import {
  again,
  bindings,
  executionOf,
  functionAnswering,
  historyOf,
  prepareCatalogue,
  start,
  until,
  untilEnded,
  valueOf,
  type TestExecution,
} from "./words.ts";

const SEALER = createSealer(undefined);
const TAKEN = { ok: true, value: null };
const TOO_LATE = {
  ok: false,
  error: "TaskTimedOut",
  message: "Task Timed Out: 'Provided task does not exist anymore'",
};
const INVALID = { ok: false, error: "InvalidToken", message: "Invalid Token: 'Invalid token'" };

const asking = (fields: object = {}): object => ({
  Type: "Task",
  Resource: "arn:aws:states:::lambda:invoke.waitForTaskToken",
  Parameters: { FunctionName: "ask", Payload: { "token.$": "$$.Task.Token" } },
  ...fields,
});
const callback = (fields: object = {}): object => ({
  StartAt: "Ask",
  States: { Ask: asking({ ...fields, End: true }) },
});

/** The token of the task that waits now. */
async function tokenOf(execution: TestExecution, other = ""): Promise<string> {
  const request = { maxResults: 1000, reverseOrder: false, includeExecutionData: true };
  const read = async (): Promise<string | undefined> => {
    const { events } = valueOf(await again(execution).history(request));
    if (events.at(-1)?.type !== "TaskSubmitted") return undefined;
    const scheduled = events.findLast((event) => event.type === "TaskScheduled");
    const { Payload } = JSON.parse(String(scheduled?.details?.["parameters"])) as { Payload: { token: string } };
    return Payload.token === other ? undefined : Payload.token;
  };
  return (await until(read, (token) => token !== undefined)) ?? "";
}

/** An execution that waits for its callback, and the token for that. */
async function waiting(definition: object = callback()): Promise<readonly [TestExecution, string]> {
  const execution = executionOf(definition);
  await start(execution);
  return [execution, await tokenOf(execution)];
}

const onlyEnds = (types: readonly string[]): readonly string[] =>
  types.filter((type) => /^Task(?:Succeeded|Failed|TimedOut)$/u.test(type));

beforeAll(async () => {
  await prepareCatalogue();
  await functionAnswering("ask", () => Response.json("asked"));
});
afterEach(() => vi.useRealTimers());

test("a callback ends its task once; a heartbeat before it is taken, other callbacks after it are not", async () => {
  const [execution, token] = await waiting();
  expect(await execution.object.sendTaskHeartbeat(token)).toEqual(TAKEN);
  await evictDurableObject(execution.object);
  expect(await again(execution).sendTaskSuccess(token, '{"approved":true}')).toEqual(TAKEN);
  expect(valueOf(await again(execution).describe())).toMatchObject({
    status: "SUCCEEDED",
    output: '{"approved":true}',
  });
  expect(await again(execution).sendTaskSuccess(token, "2")).toEqual(TOO_LATE);
  expect(await again(execution).sendTaskHeartbeat(token)).toEqual(TOO_LATE);
});

test("[F17] a callback that comes before the task's own response counts, and that response changes nothing", async () => {
  let finish = (): void => undefined;
  const held = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const calls = await functionAnswering("hurried", async ({ input }) => {
    const { token } = input as { token: string };
    valueOf(await again(execution).sendTaskSuccess(token, '"first"'));
    await held;
    return new Response("broken", { status: 500 });
  });
  const Parameters = { FunctionName: "hurried", Payload: { "token.$": "$$.Task.Token" } };
  const execution = executionOf(callback({ Parameters }));
  await start(execution);
  expect(await untilEnded(execution)).toMatchObject({ status: "SUCCEEDED", output: '"first"' });
  const types = await historyOf(execution);
  expect(types).not.toContain("TaskSubmitted");
  finish();
  await scheduler.wait(50);
  expect(await historyOf(execution)).toEqual(types);
  expect(calls).toHaveLength(1);
});

describe("[F18] the same callback once more", () => {
  test("is taken again within five minutes, although the object was lost meanwhile, and advances nothing", async () => {
    const [execution, token] = await waiting();
    expect(await execution.object.sendTaskSuccess(token, '{"a": 1}')).toEqual(TAKEN);
    const types = await historyOf(execution);
    await evictDurableObject(again(execution));
    expect(await again(execution).sendTaskSuccess(token, '{"a": 1}')).toEqual(TAKEN);
    expect(await again(execution).sendTaskSuccess(token, '{"a":1}')).toEqual(TOO_LATE);
    expect(await again(execution).sendTaskFailure(token, '{"a": 1}', undefined)).toEqual(TOO_LATE);
    expect(await historyOf(execution)).toEqual(types);
  });

  test("a failure too, by its error and its cause", async () => {
    const [execution, token] = await waiting();
    expect(await execution.object.sendTaskFailure(token, "No", "why")).toEqual(TAKEN);
    expect(await again(execution).sendTaskFailure(token, "No", "why")).toEqual(TAKEN);
    expect(await again(execution).sendTaskFailure(token, "No", undefined)).toEqual(TOO_LATE);
    expect(await again(execution).sendTaskFailure(token, undefined, "why")).toEqual(TOO_LATE);
    expect(valueOf(await again(execution).describe())).toMatchObject({ status: "FAILED", error: "No", cause: "why" });
  });

  test("is too late after five minutes", async () => {
    const [execution, token] = await waiting();
    expect(await execution.object.sendTaskSuccess(token, "1")).toEqual(TAKEN);
    vi.useFakeTimers({ now: Date.now() + 5 * 60_000 + 1_000, toFake: ["Date"] });
    expect(await again(execution).sendTaskSuccess(token, "1")).toEqual(TOO_LATE);
  });

  test("writes nothing, and a first one costs no row more than the turn it makes", async () => {
    const [execution, token] = await waiting();
    const rows = async (): Promise<number> => valueOf(await again(execution).usage()).rowsWritten;
    const before = await rows();
    await execution.object.sendTaskSuccess(token, "1");
    expect((await rows()) - before).toBeLessThanOrEqual(2);
    const after = await rows();
    await again(execution).sendTaskSuccess(token, "1");
    expect(await rows()).toBe(after);
  });
});

test("[F19] of a success and a failure that race the first one counts, and the other is told that it is too late", async () => {
  for (let n = 0; n < 6; n += 1) {
    const [execution, token] = await waiting();
    const senders = [
      (): Promise<Answer<null>> => again(execution).sendTaskSuccess(token, "1"),
      (): Promise<Answer<null>> => again(execution).sendTaskFailure(token, "E", undefined),
    ];
    const answers = await Promise.all((n % 2 === 0 ? senders : senders.toReversed()).map((send) => send()));
    expect(answers.filter((answer) => answer.ok)).toHaveLength(1);
    expect(answers.find((answer) => !answer.ok)).toEqual(TOO_LATE);
    const isSuccess = answers[n % 2 === 0 ? 0 : 1]?.ok === true;
    expect((await untilEnded(execution)).status).toBe(isSuccess ? "SUCCEEDED" : "FAILED");
    expect(onlyEnds(await historyOf(execution))).toEqual([isSuccess ? "TaskSucceeded" : "TaskFailed"]);
  }
});

test.each([{ TimeoutSeconds: 1 }, { TimeoutSeconds: 900, HeartbeatSeconds: 1 }])(
  "[F11][F20] a callback after the deadline of %j finds the task timed out, although no alarm has fired yet",
  async (fields) => {
    const [execution, token] = await waiting(callback(fields));
    await runInDurableObject(again(execution), (_, state) => state.storage.deleteAlarm());
    await scheduler.wait(1_200);
    expect(await again(execution).sendTaskSuccess(token, "1")).toEqual(TOO_LATE);
    expect(valueOf(await again(execution).describe())).toMatchObject({ status: "FAILED", error: "States.Timeout" });
    const types = await historyOf(execution);
    expect(await again(execution).sendTaskFailure(token, "E", undefined)).toEqual(TOO_LATE);
    expect(await historyOf(execution)).toEqual(types);
  },
);

test("[F21] a token from before a redrive is too late, and the new attempt has a new one", async () => {
  const [execution, before] = await waiting();
  await again(execution).stop(undefined, undefined);
  valueOf(await again(execution).redrive(undefined));
  const after = await tokenOf(execution, before);
  expect(await again(execution).sendTaskSuccess(before, "1")).toEqual(TOO_LATE);
  expect(await again(execution).sendTaskHeartbeat(before)).toEqual(TOO_LATE);
  expect(await again(execution).sendTaskSuccess(after, "2")).toEqual(TAKEN);
  expect(await untilEnded(execution)).toMatchObject({ status: "SUCCEEDED", output: "2" });
});

describe("[F22] a callback to an execution that is over", () => {
  const twoBranches = {
    StartAt: "Both",
    States: {
      Both: {
        Type: "Parallel",
        End: true,
        Branches: [callback(), { StartAt: "Other", States: { Other: asking({ TimeoutSeconds: 600, End: true }) } }],
      },
    },
  };
  const ends: Readonly<Record<string, (execution: TestExecution, token: string) => Promise<unknown>>> = {
    aborted: (execution) => again(execution).stop(undefined, undefined),
    failed: (execution, token) => again(execution).sendTaskFailure(token, "E", undefined),
    succeeded: (execution, token) => again(execution).sendTaskSuccess(token, "0"),
  };
  test.each(Object.keys(ends))("%s: too late, and its history stays as it is", async (how) => {
    const [execution, token] = await waiting();
    await ends[how]?.(execution, token);
    const types = await historyOf(execution);
    expect(await again(execution).sendTaskSuccess(token, "1")).toEqual(TOO_LATE);
    expect(await again(execution).sendTaskFailure(token, "F", undefined)).toEqual(TOO_LATE);
    expect(await again(execution).sendTaskHeartbeat(token)).toEqual(TOO_LATE);
    expect(await historyOf(execution)).toEqual(types);
  });

  test("because another of its branches failed: too late", async () => {
    const [execution, token] = await waiting(twoBranches);
    const request = { maxResults: 1000, reverseOrder: false, includeExecutionData: true };
    const { events } = valueOf(await again(execution).history(request));
    const tokens = events
      .filter((event) => event.type === "TaskScheduled")
      .map((event) => JSON.parse(String(event.details?.["parameters"])) as { Payload: { token: string } });
    const other = tokens.find(({ Payload }) => Payload.token !== token)?.Payload.token ?? "";
    expect(await again(execution).sendTaskFailure(token, "E", undefined)).toEqual(TAKEN);
    expect(await again(execution).sendTaskSuccess(other, "1")).toEqual(TOO_LATE);
  });

  test("deleted: the task does not exist, and nothing comes into being", async () => {
    const [execution, token] = await waiting();
    await again(execution).sendTaskSuccess(token, "0");
    const { startDate } = valueOf(await again(execution).describe());
    const request = { version: 1, startedAt: startDate, closedBefore: Date.now() + 1, archive: false } as const;
    await until(
      async () => valueOf(await again(execution).retire(request)).kind,
      (kind) => kind === "gone",
    );
    const answer = await again(execution).sendTaskSuccess(token, "1");
    expect(answer).toMatchObject({ ok: false, error: "TaskDoesNotExist" });
    await runInDurableObject(again(execution), async (_, state) => {
      expect([...state.storage.kv.list()]).toEqual([]);
      expect(await state.storage.getAlarm()).toBeNull();
    });
  });
});

describe("[F23] a token that nobody gave out", () => {
  const send = async (taskToken: string): Promise<readonly [number, string]> => {
    const request = new Request("http://localhost/", {
      method: "POST",
      headers: { "content-type": "application/x-amz-json-1.0", "x-amz-target": "AWSStepFunctions.SendTaskSuccess" },
      body: JSON.stringify({ taskToken, output: "1" }),
    }) as Parameters<NonNullable<typeof worker.fetch>>[0];
    const response = (await worker.fetch?.(request, bindings, createExecutionContext())) ?? Response.error();
    return [response.status, (await response.json<{ __type?: string }>()).__type ?? ""];
  };

  test("wakes no object", async () => {
    const before = await listDurableObjectIds(bindings.EXECUTION);
    for (const [way, forged] of mutatedTokens(SEALER, 220, 3)) {
      if (forged !== "") expect(await send(forged), way).toEqual([400, "InvalidToken"]);
    }
    expect(await listDurableObjectIds(bindings.EXECUTION)).toHaveLength(before.length);
  });

  test("but that is well sealed, as of an earlier execution of the same name, is no token of this one", async () => {
    const [execution, token] = await waiting();
    const other = makeTaskToken(SEALER, execution.arn, "0-1" as TaskId);
    expect(await execution.object.sendTaskSuccess(other, "1")).toEqual(INVALID);
    expect(await execution.object.sendTaskHeartbeat(other)).toEqual(INVALID);
    expect(await execution.object.sendTaskSuccess(token, "1")).toEqual(TAKEN);
  });
});

test("[F24] a callback whose answer was lost with the object is taken again, and advances the execution once", async () => {
  const definition = {
    StartAt: "Ask",
    States: { Ask: asking({ Next: "Then" }), Then: { Type: "Wait", Seconds: 3600, End: true } },
  };
  const [execution, token] = await waiting(definition);
  // The commit is made when the answer leaves; that the answer never arrives is the same as not looking at it.
  await execution.object.sendTaskSuccess(token, "1");
  await abortAllDurableObjects();
  expect(await again(execution).sendTaskSuccess(token, "1")).toEqual(TAKEN);
  const types = await historyOf(execution);
  expect(onlyEnds(types)).toEqual(["TaskSucceeded"]);
  expect(types.at(-1)).toBe("WaitStateEntered");
});

describe("[F25] a heartbeat", () => {
  test("before its deadline puts that off", async () => {
    const [execution, token] = await waiting(callback({ TimeoutSeconds: 900, HeartbeatSeconds: 2 }));
    await scheduler.wait(1_200);
    expect(await again(execution).sendTaskHeartbeat(token)).toEqual(TAKEN);
    await scheduler.wait(1_200);
    expect(await again(execution).sendTaskHeartbeat(token)).toEqual(TAKEN);
    expect(await again(execution).sendTaskSuccess(token, "1")).toEqual(TAKEN);
    expect(await untilEnded(execution)).toMatchObject({ status: "SUCCEEDED" });
  });

  test("after it is too late, whichever of both the object hears of first", async () => {
    const [execution, token] = await waiting(callback({ TimeoutSeconds: 900, HeartbeatSeconds: 1 }));
    await scheduler.wait(1_200);
    expect(await again(execution).sendTaskHeartbeat(token)).toEqual(TOO_LATE);
    expect(await untilEnded(execution)).toMatchObject({ status: "FAILED", error: "States.Timeout" });
    expect(onlyEnds(await historyOf(execution))).toEqual(["TaskTimedOut"]);
  });
});
