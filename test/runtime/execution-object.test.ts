/** One execution in its real object: what it stores, what wakes it, and what it takes up again after a loss. */
import { abortAllDurableObjects, evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { beforeAll, expect, test, vi } from "vitest";
import type { HistoryPage } from "../../src/runtime/execution-rpc.ts";
import { findEntryVersion, listEntries } from "../../src/runtime/execution-index.ts";
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
} from "./words.ts";

const PASS = { StartAt: "A", States: { A: { Type: "Pass", Result: { done: true }, End: true } } };
const WAIT = { StartAt: "A", States: { A: { Type: "Wait", Seconds: 3600, End: true } } };

const task = (name: string, fields: object = {}): object => ({
  StartAt: "Call",
  States: {
    Call: { Type: "Task", Resource: `arn:aws:lambda:us-east-1:123456789012:function:${name}`, End: true, ...fields },
  },
});

beforeAll(prepareCatalogue);

test("an execution that was stopped hears of a child whose start it never recorded", async () => {
  await functionAnswering("never", () => new Promise(() => undefined));
  const parent = executionOf(task("never"));
  await start(parent);
  valueOf(await parent.object.stop(undefined, undefined));
  const child = await start(executionOf(PASS));
  const watcher = { executionArn: parent.arn, taskId: "0-1", parseOutput: true };
  // Refused, the child would say it again for ever.
  expect(await parent.object.childEnded(watcher, child)).toEqual({ ok: true, value: null });
});

test("an execution of Pass states has succeeded when its start is answered", async () => {
  const description = await start(executionOf(PASS));
  expect(description).toMatchObject({ status: "SUCCEEDED", output: '{"done":true}' });
});

test("[F02] starting again with the same name and input answers the same while it runs, and is refused for another input", async () => {
  const execution = executionOf(WAIT, { a: 1 });
  const { startDate } = await start(execution);
  expect(valueOf(await execution.object.start(execution.request)).startDate).toBe(startDate);
  expect(await execution.object.start({ ...execution.request, input: "{}" })).toMatchObject({
    ok: false,
    error: "ExecutionAlreadyExists",
  });
});

test("[F02] an execution that has ended is not started again under its name", async () => {
  const execution = executionOf(PASS);
  await start(execution);
  expect(await execution.object.start(execution.request)).toMatchObject({ ok: false, error: "ExecutionAlreadyExists" });
});

test("describing, stopping or calling back an execution that does not exist creates nothing", async () => {
  const { object } = executionOf(PASS);
  expect(await object.describe()).toMatchObject({ ok: false, error: "ExecutionDoesNotExist" });
  expect(await object.stop(undefined, undefined)).toMatchObject({ ok: false, error: "ExecutionDoesNotExist" });
  expect(await object.sendTaskSuccess("made up", "{}")).toMatchObject({ ok: false, error: "InvalidToken" });
  await runInDurableObject(object, async (_, state) => {
    expect([...state.storage.kv.list()]).toEqual([]);
    expect(await state.storage.getAlarm()).toBeNull();
  });
});

test("a turn of one Pass state and one of twenty write the same number of rows", async () => {
  const names = Array.from({ length: 20 }, (_, i) => `S${i}`);
  const States = Object.fromEntries(
    names.map((name, i) => [name, { Type: "Pass", ...(i === 19 ? { End: true } : { Next: `S${i + 1}` }) }]),
  );
  const [one, twenty] = [executionOf(PASS), executionOf({ StartAt: "S0", States })];
  await start(one);
  await start(twenty);
  const rows = valueOf(await one.object.usage()).rowsWritten;
  expect(rows).toBeLessThanOrEqual(4);
  expect(valueOf(await twenty.object.usage()).rowsWritten).toBe(rows);
});

test("[F13] a wait is over when its alarm fires, even where the object was lost meanwhile", async () => {
  const execution = executionOf({
    StartAt: "A",
    States: { A: { Type: "Wait", Seconds: 1, Next: "B" }, B: { Type: "Succeed" } },
  });
  await start(execution);
  await evictDurableObject(execution.object);
  expect(await untilEnded(execution)).toMatchObject({ status: "SUCCEEDED" });
  expect(await historyOf(execution)).toEqual([
    "ExecutionStarted",
    "WaitStateEntered",
    "WaitStateExited",
    "SucceedStateEntered",
    "SucceedStateExited",
    "ExecutionSucceeded",
  ]);
});

test("[F10] an alarm that comes too early changes nothing and is set anew", async () => {
  const execution = executionOf(WAIT);
  await start(execution);
  await runDurableObjectAlarm(execution.object);
  expect(valueOf(await execution.object.describe()).status).toBe("RUNNING");
  await runInDurableObject(execution.object, async (_, state) => {
    expect(await state.storage.getAlarm()).toBeGreaterThan(Date.now());
  });
});

test("a function gets its input, and its answer is the state's output", async () => {
  const calls = await functionAnswering("double", ({ input }) => Response.json((input as { n: number }).n * 2));
  const execution = executionOf(task("double"), { n: 21 });
  await start(execution);
  expect(await untilEnded(execution)).toMatchObject({ status: "SUCCEEDED", output: "42" });
  expect(calls.map((call) => call.input)).toEqual([{ n: 21 }]);
  expect(calls[0]?.headers.get("Idempotency-Key")).toBe(`${execution.arn}#0-1`);
});

test("[F06] a call whose answer was lost with the object is made again with the same idempotency key", async () => {
  const calls = await functionAnswering("slow", async (_, n) => {
    if (n === 1) await scheduler.wait(60_000);
    return Response.json("second");
  });
  const execution = executionOf(task("slow"));
  await start(execution);
  await until(
    async () => calls.length,
    (length) => length === 1,
  );
  await abortAllDurableObjects();
  expect(await untilEnded(execution)).toMatchObject({ status: "SUCCEEDED", output: '"second"' });
  expect(calls.map((call) => call.headers.get("Idempotency-Key"))).toEqual([
    `${execution.arn}#0-1`,
    `${execution.arn}#0-1`,
  ]);
  expect(await historyOf(execution)).toEqual([
    "ExecutionStarted",
    "TaskStateEntered",
    "LambdaFunctionScheduled",
    "LambdaFunctionStarted",
    "LambdaFunctionSucceeded",
    "TaskStateExited",
    "ExecutionSucceeded",
  ]);
});

const failure = (body: object): Response => Response.json(body, { headers: { "X-Amz-Function-Error": "Unhandled" } });

test.each([
  ["the function's own error", () => failure({ errorType: "NoStock", errorMessage: "none" }), "NoStock"],
  ["throttling", () => new Response("busy", { status: 429 }), "Lambda.TooManyRequestsException"],
  ["a server error", () => new Response("oops", { status: 502 }), "Lambda.ServiceException"],
  ["a refusal", () => new Response("no", { status: 400 }), "Lambda.AWSLambdaException"],
  ["a gateway's timeout", () => new Response("late", { status: 504 }), "Lambda.ClientExecutionTimeoutException"],
  ["a refused connection", () => Promise.reject(new TypeError("refused")), "Lambda.SdkClientException"],
  ["an answer that is not JSON", () => new Response("<html>"), "Lambda.Unknown"],
  ["an answer over the quota", () => new Response(`"${"x".repeat(300_000)}"`), "States.DataLimitExceeded"],
])("%s becomes the error that Retriers match", async (_, answer, error) => {
  await functionAnswering("failing", answer);
  const execution = executionOf(task("failing"));
  await start(execution);
  expect(await untilEnded(execution)).toMatchObject({ status: "FAILED", error });
});

test("[F46][F47] a loop without an end fails with event 25,000, and its history can be read to the end", async () => {
  const Choices = [{ Variable: "$.never", IsPresent: true, Next: "Done" }];
  const execution = executionOf({
    StartAt: "Again",
    States: {
      Again: { Type: "Choice", Choices, Default: "Carry" },
      Carry: { Type: "Pass", Next: "Again" },
      Done: { Type: "Succeed" },
    },
  });
  await start(execution);
  const { status, error } = await untilEnded(execution);
  expect({ status, error }).toEqual({ status: "FAILED", error: "States.Runtime" });
  await evictDurableObject(again(execution));
  const ids: number[] = [];
  let from: number | undefined = 1;
  while (from !== undefined) {
    const request = { fromEventId: from, maxResults: 1000, reverseOrder: false, includeExecutionData: true };
    const page: HistoryPage = valueOf(await again(execution).history(request));
    ids.push(...page.events.map(({ id }) => id));
    from = page.nextEventId;
    if (from === undefined) expect(page.events.at(-1)?.type).toBe("ExecutionFailed");
  }
  expect(ids).toEqual(Array.from({ length: 25_000 }, (_, i) => i + 1));
});

test("[F55] a function that nobody registered is a failure that names it", async () => {
  const execution = executionOf(task("nobody"));
  await start(execution);
  const { error, cause } = await untilEnded(execution);
  expect(error).toBe("Lambda.ResourceNotFoundException");
  expect(cause).toContain("function:nobody:$LATEST");
});

test("a retry waits its interval and then calls again with another idempotency key", async () => {
  const calls = await functionAnswering("flaky", (_, n) =>
    n === 1 ? failure({ errorType: "Flaky", errorMessage: "once" }) : Response.json("fine"),
  );
  const execution = executionOf(task("flaky", { Retry: [{ ErrorEquals: ["Flaky"], IntervalSeconds: 1 }] }));
  await start(execution);
  expect(await untilEnded(execution)).toMatchObject({ status: "SUCCEEDED", output: '"fine"' });
  expect(new Set(calls.map((call) => call.headers.get("Idempotency-Key"))).size).toBe(2);
});

test("[F09] a task times out while its call is under way, and the late answer changes nothing", async () => {
  await functionAnswering("sleepy", async () => {
    await scheduler.wait(2_000);
    return Response.json("late");
  });
  const execution = executionOf(task("sleepy", { TimeoutSeconds: 1 }));
  await start(execution);
  expect(await untilEnded(execution)).toMatchObject({ status: "FAILED", error: "States.Timeout" });
  const ended = await historyOf(execution);
  await scheduler.wait(1_500);
  expect(await historyOf(execution)).toEqual(ended);
});

test("a stopped execution is aborted at once, and stopping it again answers the same moment", async () => {
  const execution = executionOf(WAIT);
  await start(execution);
  const { stopDate } = valueOf(await execution.object.stop("Enough", "said so"));
  expect(valueOf(await execution.object.describe())).toMatchObject({
    status: "ABORTED",
    error: "Enough",
    cause: "said so",
    stopDate,
  });
  expect(valueOf(await execution.object.stop(undefined, undefined)).stopDate).toBe(stopDate);
});

test("[F47] an endless loop that carries a large value goes on in parts that an object can hold, and can be stopped", async () => {
  const Choices = [{ Variable: "$.never", IsPresent: true, Next: "Done" }];
  const execution = executionOf(
    {
      StartAt: "Carry",
      States: {
        Carry: { Type: "Pass", Next: "Again" },
        Again: { Type: "Choice", Choices, Default: "Carry" },
        Done: { Type: "Succeed" },
      },
    },
    { text: "x".repeat(200_000) },
  );
  const { status } = await start(execution);
  expect(status).toBe("RUNNING");
  const events = async (): Promise<number> => {
    const request = { maxResults: 1, reverseOrder: true, includeExecutionData: false };
    return valueOf(await again(execution).history(request)).events[0]?.id ?? 0;
  };
  await until(events, (id) => id > 60);
  expect(valueOf(await again(execution).stop(undefined, undefined)).stopDate).toBeGreaterThan(0);
  expect(valueOf(await again(execution).describe()).status).toBe("ABORTED");
});

test.each([
  ["endless recursion", "($f := function($n) { 1 + $f($n + 1) }; $f(0))"],
  ["an endless tail call", "($f := function($n) { $f($n + 1) }; $f(0))"],
  ["a doubling string", "($f := function($s) { $f($s & $s) }; $f('ab'))"],
  ["a doubling object", "($f := function($o) { $f({'a': $o, 'b': $o}) }; $f(1))"],
  ["ranges of ranges", "$map([1..90000], function($i) { [1..90000] })"],
  ["a regular expression that backtracks", "$match($pad('', 20000, 'x'), /(x+x+)+y/)"],
])("an expression that runs away fails its execution, and the object lives on: %s", async (_, expression) => {
  const definition = {
    StartAt: "A",
    QueryLanguage: "JSONata",
    States: { A: { Type: "Pass", Output: `{% ${expression} %}`, End: true } },
  };
  const execution = executionOf(definition);
  const description = await start(execution);
  expect(description).toMatchObject({ status: "FAILED", error: "States.QueryEvaluationError" });
  expect((await historyOf(execution)).at(-1)).toBe("ExecutionFailed");
  expect(await start(executionOf(PASS))).toMatchObject({ status: "SUCCEEDED" });
});

test("a loop of heavy expressions goes on in parts, and can be stopped", async () => {
  const execution = executionOf({
    StartAt: "Count",
    QueryLanguage: "JSONata",
    States: {
      Count: { Type: "Pass", Output: "{% $sum($map([1..6000], function($x) { $x + 1 })) %}", Next: "Again" },
      Again: { Type: "Choice", Choices: [{ Condition: "{% false %}", Next: "Done" }], Default: "Count" },
      Done: { Type: "Succeed" },
    },
  });
  expect(await start(execution)).toMatchObject({ status: "RUNNING" });
  expect(valueOf(await again(execution).stop(undefined, undefined)).stopDate).toBeGreaterThan(0);
});

test("the index shows an execution when it runs and when it has ended", async () => {
  const execution = executionOf(WAIT);
  const { stateMachineArn } = execution.request;
  const statusInIndex = async (): Promise<string | undefined> => {
    const page = await listEntries(bindings.CATALOGUE, {
      startedBy: { kind: "machine", arn: stateMachineArn },
      maxResults: 1000,
    });
    return page?.entries.find((entry) => entry.executionArn === execution.arn)?.status;
  };
  await start(execution);
  await until(statusInIndex, (status) => status === "RUNNING");
  await execution.object.stop(undefined, undefined);
  await until(statusInIndex, (status) => status === "ABORTED");
});

test("the values of its search fields are written with its status, and none without search fields", async () => {
  const plain = executionOf(PASS, { id: 7 });
  const execution = executionOf(PASS, { id: 7 });
  const request = { ...execution.request, searchFields: '{"in":"$.input.id","out":"$.output.done","no":"$.input.no"}' };
  await start(plain);
  await start({ ...execution, request });
  const fieldsOf = async ({ name }: { readonly name: string }): Promise<readonly unknown[]> => {
    const select = "SELECT field, value FROM execution_field WHERE name = ?1 ORDER BY field";
    return (await bindings.CATALOGUE.prepare(select).bind(name).all()).results;
  };
  const found = await until(
    () => fieldsOf(request),
    (rows) => rows.length > 1,
  );
  expect(found).toEqual([
    { field: "in", value: "7" },
    { field: "out", value: "true" },
  ]);
  expect(await fieldsOf(plain.request)).toEqual([]);
});

test("a status that never reached the index is sent again by the object's alarm", async () => {
  const execution = executionOf(PASS);
  const { startDate } = await start(execution);
  const key = {
    stateMachineArn: execution.request.stateMachineArn,
    startedAt: startDate,
    name: execution.request.name,
  };
  await until(
    () => findEntryVersion(bindings.CATALOGUE, key),
    (version) => version === 2,
  );
  await bindings.CATALOGUE.prepare("DELETE FROM execution_index WHERE name = ?1").bind(key.name).run();
  await evictDurableObject(execution.object);
  await runDurableObjectAlarm(again(execution));
  await until(
    () => findEntryVersion(bindings.CATALOGUE, key),
    (version) => version === 2,
  );
});

test("history pages forwards and backwards, and leaves payloads out on request", async () => {
  const execution = executionOf(PASS, { secret: "x" });
  await start(execution);
  const page = { maxResults: 3, reverseOrder: false, includeExecutionData: true };
  const first = valueOf(await execution.object.history(page));
  expect(first.events.map((x) => x.id)).toEqual([1, 2, 3]);
  expect(first.nextEventId).toBe(4);
  const second = valueOf(await execution.object.history({ ...page, fromEventId: 4 }));
  expect([second.events.map((x) => x.id), second.nextEventId]).toEqual([[4], undefined]);
  const backwards = valueOf(await execution.object.history({ ...page, reverseOrder: true, fromEventId: 2 }));
  expect(backwards.events.map((x) => x.id)).toEqual([2, 1]);
  const bare = valueOf(await execution.object.history({ ...page, includeExecutionData: false }));
  expect(JSON.stringify(bare)).not.toContain("secret");
});

test("a parent that waits for a child gets the child's output", async () => {
  const child = { StartAt: "C", States: { C: { Type: "Pass", Result: { from: "child" }, End: true } } };
  await bindings.CATALOGUE.prepare(
    "INSERT INTO state_machine (arn, name, type, definition, role_arn, revision_id, created_at, updated_at, status, logging_configuration, tracing_configuration, encryption_configuration) VALUES (?1, 'child', 'STANDARD', ?2, 'arn:aws:iam::123456789012:role/x', 'INITIAL', 0, 0, 'ACTIVE', '{}', '{}', '{}')",
  )
    .bind("arn:aws:states:us-east-1:123456789012:stateMachine:child", JSON.stringify(child))
    .run();
  const execution = executionOf({
    StartAt: "Run",
    States: {
      Run: {
        Type: "Task",
        Resource: "arn:aws:states:::states:startExecution.sync:2",
        Parameters: { StateMachineArn: "arn:aws:states:us-east-1:123456789012:stateMachine:child", Input: { a: 1 } },
        OutputPath: "$.Output",
        End: true,
      },
    },
  });
  await start(execution);
  expect(await untilEnded(execution)).toMatchObject({ status: "SUCCEEDED", output: '{"from":"child"}' });
  expect(await historyOf(execution)).toEqual([
    "ExecutionStarted",
    "TaskStateEntered",
    "TaskScheduled",
    "TaskStarted",
    "TaskSubmitted",
    "TaskSucceeded",
    "TaskStateExited",
    "ExecutionSucceeded",
  ]);
});

test("[F27] a redriven execution goes on where it failed, whatever was lost in between; the index hears of it", async () => {
  const calls = await functionAnswering("fails-once", (_call, n) =>
    n === 1 ? new Response("no", { status: 500 }) : Response.json({ n }),
  );
  const execution = executionOf(task("fails-once"));
  await start(execution);
  expect(await untilEnded(execution)).toMatchObject({ status: "FAILED", redriveCount: 0 });
  await evictDurableObject(again(execution));
  // Time goes on while it is redriven.
  const [began, ticks] = [Date.now(), { count: 0 }];
  const clock = vi.spyOn(Date, "now").mockImplementation(() => began + (ticks.count += 1));
  const redriveDate = valueOf(await again(execution).redrive("token")).redriveDate;
  clock.mockRestore();
  expect(ticks.count).toBeGreaterThan(1);
  expect(await untilEnded(execution)).toMatchObject({ status: "SUCCEEDED", redriveCount: 1, redriveDate });
  expect(calls).toHaveLength(2);
  const keys = calls.map(({ headers }) => headers.get("idempotency-key"));
  expect(keys[0]).not.toBe(keys[1]);
  expect(await historyOf(execution)).toEqual([
    "ExecutionStarted",
    "TaskStateEntered",
    "LambdaFunctionScheduled",
    "LambdaFunctionStarted",
    "LambdaFunctionFailed",
    "ExecutionFailed",
    "ExecutionRedriven",
    "LambdaFunctionScheduled",
    "LambdaFunctionStarted",
    "LambdaFunctionSucceeded",
    "TaskStateExited",
    "ExecutionSucceeded",
  ]);
  await evictDurableObject(again(execution));
  expect(valueOf(await again(execution).redrive("token"))).toEqual({ redriveDate });
  expect(await again(execution).redrive("other")).toEqual({
    ok: false,
    error: "ExecutionNotRedrivable",
    message: "Execution is SUCCEEDED and cannot be redriven",
  });
  const { stateMachineArn } = execution.request;
  const read = async (): Promise<unknown> => {
    const startedBy = { kind: "machine", arn: stateMachineArn } as const;
    const page = await listEntries(bindings.CATALOGUE, { startedBy, maxResults: 1000 });
    return page?.entries.find((x) => x.executionArn === execution.arn && x.status === "SUCCEEDED");
  };
  expect(await until(read, (entry) => entry !== undefined)).toMatchObject({ redriveCount: 1, redrivenAt: redriveDate });
});

test("[F27] a Map Run's child is taken up once by each redrive, and not by the one that began it", async () => {
  const mapRunArn = "arn:aws:states:us-east-1:123456789012:mapRun:m/Label:00000000-0000-0000-0000-000000000000";
  const childOf = (definition: object, epoch: number): ReturnType<typeof executionOf> => {
    const child = executionOf(definition);
    return { ...child, request: { ...child.request, mapRun: { mapRunArn, chunk: 0, position: 0, epoch } } };
  };
  const calls = await functionAnswering("child-fails", () => new Response("no", { status: 500 }));
  const child = childOf(task("child-fails"), 1);
  await start(child);
  expect(await untilEnded(child)).toMatchObject({ status: "FAILED" });
  // The worker that began it, or another one that works on its chunk after a loss.
  expect(await again(child).takeUp(1)).toEqual({ ok: true, value: null });
  expect(calls).toHaveLength(1);
  valueOf(await again(child).takeUp(2));
  expect(await untilEnded(child)).toMatchObject({ status: "FAILED", redriveCount: 1 });
  await evictDurableObject(again(child));
  valueOf(await again(child).takeUp(2));
  expect(valueOf(await again(child).describe())).toMatchObject({ status: "FAILED", redriveCount: 1 });
  expect(calls).toHaveLength(2);

  // One that still runs belongs to the redrive as it is.
  const waiting = childOf(WAIT, 0);
  await start(waiting);
  valueOf(await again(waiting).takeUp(1));
  await evictDurableObject(again(waiting));
  valueOf(await again(waiting).stop(undefined, undefined));
  valueOf(await again(waiting).takeUp(1));
  expect(valueOf(await again(waiting).describe())).toMatchObject({ status: "ABORTED", redriveCount: 0 });
  const done = childOf(PASS, 0);
  await start(done);
  expect(await again(done).takeUp(1)).toMatchObject({ ok: false, error: "ExecutionNotRedrivable" });
});

test("[F27] a Map of hundreds of Tasks keeps what succeeded, whatever is lost, and costs a row for each", async () => {
  const items = Array.from({ length: 400 }, (_, i) => i);
  const failed = new Set<unknown>();
  const calls = await functionAnswering("map-of-many", ({ input }) => {
    if (input !== 300 || failed.has(input)) return Response.json(input);
    failed.add(input);
    return new Response("no", { status: 500 });
  });
  const { Call } = (task("map-of-many") as { States: { Call: object } }).States;
  const ItemProcessor = { StartAt: "Call", States: { Call } };
  const execution = executionOf({ StartAt: "M", States: { M: { Type: "Map", ItemProcessor, End: true } } }, items);
  await start(execution);
  expect(await untilEnded(execution)).toMatchObject({ status: "FAILED" });
  const keysOf = async (): Promise<readonly string[]> =>
    runInDurableObject(again(execution), async (_, { storage }) =>
      Array.from(storage.kv.list({ prefix: "" }), ([key]) => key.replace(/\d+$/u, "")).filter((x) => x !== "history/"),
    );
  expect(new Set(await keysOf())).toEqual(new Set(["ended/", "start", "state"]));
  await evictDurableObject(again(execution));
  valueOf(await again(execution).redrive(undefined));
  const ended = await untilEnded(execution);
  expect(ended.status).toBe("SUCCEEDED");
  expect(JSON.parse(ended.output ?? "")).toEqual(items);
  // Those that ran beside the one that failed were stopped, and run again.
  expect(calls.length).toBeLessThanOrEqual(items.length + 40);
  expect(valueOf(await again(execution).usage()).rowsWritten).toBeLessThan(1.3 * items.length);
  expect(await keysOf()).toEqual(["start", "state"]);
});
