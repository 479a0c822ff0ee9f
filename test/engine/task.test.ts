import { describe, expect, test } from "vitest";
import { pendingCalls, queuedTasks } from "../../src/engine/places.ts";
import {
  ACTIVITY,
  CALLBACK,
  INVOKE,
  LAMBDA,
  START,
  payloadOf,
  start,
  states,
  type Definition,
  type Run,
} from "./words.ts";

/** An execution of one Task that leads to a Succeed state. */
const calling = (Resource: string, fields: Definition = {}, input: unknown = { n: 1 }): Promise<Run> =>
  start(states({ T: { Type: "Task", Resource, ...fields, Next: "End" }, End: { Type: "Succeed" } }), input);
const place = "An error occurred while executing the state 'T' (entered at the event id #2). ";

describe("the events around a task are those of its resource", () => {
  test("a Lambda function's ARN: LambdaFunction events, the payload itself", async () => {
    const run = await calling(LAMBDA, { Parameters: { "x.$": "$.n" }, TimeoutSeconds: 9 });
    await run.succeed("T", '{"y": 0.0}');
    expect(run.history).toEqual([
      "1 0 ExecutionStarted",
      "2 0 TaskStateEntered T",
      "3 2 LambdaFunctionScheduled",
      "4 3 LambdaFunctionStarted",
      "5 4 LambdaFunctionSucceeded",
      "6 5 TaskStateExited T",
      "7 6 SucceedStateEntered End",
      "8 7 SucceedStateExited End",
      "9 8 ExecutionSucceeded",
    ]);
    expect(run.detailsOf("LambdaFunctionScheduled")).toEqual({
      resource: LAMBDA,
      input: '{"x":1}',
      inputDetails: { truncated: false },
      timeoutInSeconds: 9,
    });
    expect(run.detailsOf("LambdaFunctionStarted")).toBeUndefined();
    expect(run.detailsOf("LambdaFunctionSucceeded")).toEqual({
      output: '{"y": 0.0}',
      outputDetails: { truncated: false },
    });
    expect(run.result).toBe('{"y": 0.0}');
  });

  test("a service: Task events with its type, action, region and parameters", async () => {
    const run = await calling(INVOKE, { Parameters: { FunctionName: "f", "Payload.$": "$" } });
    await run.succeed("T", [1]);
    expect(run.historyFrom(3).slice(0, 4)).toEqual([
      "3 2 TaskScheduled",
      "4 3 TaskStarted",
      "5 4 TaskSucceeded",
      "6 5 TaskStateExited T",
    ]);
    const service = { resourceType: "lambda", resource: "invoke" };
    expect(run.detailsOf("TaskScheduled")).toEqual({
      ...service,
      region: "us-east-1",
      parameters: '{"FunctionName":"f","Payload":{"n":1}}',
    });
    expect(run.detailsOf("TaskStarted")).toEqual(service);
    expect(run.detailsOf("TaskSucceeded")).toEqual({
      ...service,
      output: "[1]",
      outputDetails: { truncated: false },
    });
  });

  test("an activity: scheduled, but not started before a worker takes it", async () => {
    const run = await calling(ACTIVITY, { TimeoutSeconds: 9, HeartbeatSeconds: 5 });
    expect(run.historyFrom(3)).toEqual(["3 2 ActivityScheduled"]);
    expect(run.detailsOf("ActivityScheduled")).toEqual({
      resource: ACTIVITY,
      input: '{"n":1}',
      inputDetails: { truncated: false },
      timeoutInSeconds: 9,
      heartbeatInSeconds: 5,
    });
    await run.take("T", "Ada");
    await run.succeed("T", 5);
    expect(run.historyFrom(4).slice(0, 3)).toEqual([
      "4 3 ActivityStarted",
      "5 4 ActivitySucceeded",
      "6 5 TaskStateExited T",
    ]);
    expect(run.detailsOf("ActivityStarted")).toEqual({ workerName: "Ada" });
    expect(run.detailsOf("ActivitySucceeded")).toEqual({ output: "5", outputDetails: { truncated: false } });
  });

  test("an activity whose worker gave no name: details with nothing in them", async () => {
    const run = await calling(ACTIVITY);
    await run.take("T");
    expect(run.detailsOf("ActivityStarted")).toEqual({});
    await run.fail("T", "Boom", "why");
    expect(run.historyFrom(5)).toEqual(["5 4 ActivityFailed", "6 5 ExecutionFailed"]);
    expect(run.detailsOf("ActivityFailed")).toEqual({ error: "Boom", cause: "why" });
  });

  test("credentials are part of what was scheduled", async () => {
    const run = await calling(INVOKE, { Credentials: { "RoleArn.$": "$.role" } }, { role: "arn:role" });
    expect(run.detailsOf("TaskScheduled")).toMatchObject({ taskCredentials: { roleArn: "arn:role" } });
    expect(run.calls).toMatchObject([{ type: "ScheduleTask", roleArn: "arn:role" }]);
  });
});

test("the call that is asked for names the state, the resource and the input, and is the first of its visit", async () => {
  const run = await calling(LAMBDA, { InputPath: "$.n" });
  expect(run.calls).toEqual([
    {
      type: "ScheduleTask",
      taskId: "0-1",
      stateName: "T",
      resource: { kind: "lambda", arn: LAMBDA },
      parameters: "1",
      enteredAt: START,
      retryCount: 0,
    },
  ]);
});

describe("what a result becomes", () => {
  const input = { n: 1, keep: true };
  test.each<[string, Definition, unknown, unknown]>([
    ["it replaces the input", {}, [7], [7]],
    ["ResultSelector shapes it", { ResultSelector: { "m.$": "$.x" } }, { x: 7 }, { m: 7 }],
    ["ResultPath puts it into the raw input", { InputPath: "$.n", ResultPath: "$.r" }, 7, { ...input, r: 7 }],
    ["ResultPath null drops it", { ResultPath: null }, 7, input],
    ["OutputPath chooses from what ResultPath made", { ResultPath: "$.r", OutputPath: "$.r.x" }, { x: 7 }, 7],
    ["ResultSelector sees the context", { ResultSelector: { "s.$": "$$.State.Name" } }, 7, { s: "T" }],
  ])("%s", async (_, fields, result, output) => {
    const run = await calling(INVOKE, fields, input);
    await run.succeed("T", result);
    expect(JSON.parse(run.outputsOf("T")[0] as string)).toEqual(output);
  });

  test("a path that finds nothing in it is States.Runtime after the task's own success, and is not caught", async () => {
    const all = { ErrorEquals: ["States.ALL"], Next: "End" };
    const run = await calling(LAMBDA, { OutputPath: "$.no.such.path", Catch: [all] });
    await run.succeed("T", {});
    expect(run.historyFrom(5)).toEqual(["5 4 LambdaFunctionSucceeded", "6 5 ExecutionFailed"]);
    expect(run.result).toEqual({
      error: "States.Runtime",
      cause: `${place}Invalid path '$.no.such.path' : Missing property in path $['no']`,
    });
  });
});

describe("what fails before the call is made", () => {
  test.each<[string, Definition, string]>([
    ["Parameters", { Parameters: { "x.$": "$.no" } }, "The JSONPath '$.no' specified for the field 'x.$'"],
    ["InputPath", { InputPath: "$.no" }, "Invalid path '$.no' : No results for path: $['no']"],
    ["TimeoutSecondsPath", { TimeoutSecondsPath: "$.no" }, "Invalid path '$.no' : No results for path: $['no']"],
    ["HeartbeatSecondsPath", { HeartbeatSecondsPath: "$.no" }, "Invalid path '$.no' : No results for path: $['no']"],
  ])("%s", async (_, fields, cause) => {
    const run = await calling(INVOKE, fields);
    expect(run.historyFrom(2)).toEqual(["2 0 TaskStateEntered T", "3 2 ExecutionFailed"]);
    expect(run.result).toMatchObject({ error: "States.Runtime", cause: expect.stringContaining(place + cause) });
    expect(run.calls).toEqual([]);
  });

  test.each([[0], [-1], [1.5], ["5"], [null], [100_000_000], [1e306]])("a timeout of %j from the input", async (n) => {
    const run = await calling(INVOKE, { TimeoutSecondsPath: "$.n" }, { n });
    expect(run.result).toMatchObject({
      error: "States.Runtime",
      cause: expect.stringContaining("The TimeoutSecondsPath field refers to value"),
    });
  });
});

describe("a failure", () => {
  test("is recorded with its error and cause, and ends the execution", async () => {
    const run = await calling(INVOKE);
    await run.fail("T", "Boom", "It broke.");
    expect(run.historyFrom(5)).toEqual(["5 4 TaskFailed", "6 5 ExecutionFailed"]);
    expect(run.detailsOf("TaskFailed")).toEqual({
      resourceType: "lambda",
      resource: "invoke",
      error: "Boom",
      cause: "It broke.",
    });
    expect(run.detailsOf("ExecutionFailed")).toEqual({ error: "Boom", cause: "It broke." });
    expect(run.result).toEqual({ error: "Boom", cause: "It broke." });
  });

  test("without error and cause leaves both out", async () => {
    const run = await calling(LAMBDA);
    await run.receive({ type: "TaskFailed", taskId: run.open("T").taskId, failure: {} });
    expect(run.events[4]).toEqual({ id: 5, previousEventId: 4, type: "LambdaFunctionFailed", timestamp: START });
    expect(run.detailsOf("ExecutionFailed")).toEqual({});
  });
});

describe("a result of more than 262,144 bytes is the task's failure, States.DataLimitExceeded", () => {
  const tooLarge = JSON.stringify("\u00e9".repeat(131_072));
  test.each([
    ["arn", LAMBDA, LAMBDA],
    ["service", INVOKE, "lambda"],
  ])("named by its %s, and States.ALL catches it", async (_, resource, name) => {
    const run = await calling(resource, { Catch: [{ ErrorEquals: ["States.ALL"], Next: "End" }] });
    await run.succeed("T", tooLarge);
    const cause = `The state/task '${name}' returned a result with a size exceeding the maximum number of bytes service limit.`;
    expect(run.historyFrom(5).slice(0, 2)).toEqual([
      `5 4 ${resource === LAMBDA ? "LambdaFunctionFailed" : "TaskFailed"}`,
      "6 5 TaskStateExited T",
    ]);
    expect(run.result).toBe(JSON.stringify({ Error: "States.DataLimitExceeded", Cause: cause }));
  });

  test("at 262,144 bytes it is a success", async () => {
    const run = await calling(LAMBDA);
    await run.succeed("T", JSON.stringify("x".repeat(262_142)));
    expect(run.status).toBe("SUCCEEDED");
  });

  test("an output that only ResultPath made too large fails at the state's end, where no Catcher reaches it", async () => {
    const half = "x".repeat(140_000);
    const run = await calling(
      LAMBDA,
      { ResultPath: "$.r", Catch: [{ ErrorEquals: ["States.ALL"], Next: "End" }] },
      { half },
    );
    await run.succeed("T", JSON.stringify(half));
    expect(run.historyFrom(5)).toEqual(["5 4 LambdaFunctionSucceeded", "6 5 ExecutionFailed"]);
    expect(run.result).toMatchObject({ error: "States.DataLimitExceeded", cause: expect.stringContaining("'T'") });
  });
});

describe("a timeout", () => {
  test("closes the task with States.Timeout and no cause, and gives the call up", async () => {
    const run = await calling(LAMBDA, { TimeoutSeconds: 5 });
    await run.wait(4.999);
    expect(run.historyFrom(5)).toEqual([]);
    await run.wait(0.001);
    expect(run.historyFrom(5)).toEqual(["5 4 LambdaFunctionTimedOut", "6 5 ExecutionFailed"]);
    expect(run.detailsOf("LambdaFunctionTimedOut")).toEqual({ error: "States.Timeout" });
    expect(run.detailsOf("ExecutionFailed")).toEqual({ error: "States.Timeout" });
    expect(run.commands).toContainEqual({ type: "AbandonTask", taskId: "0-1" });
  });

  test("caught, it has an empty cause", async () => {
    const run = await calling(INVOKE, { TimeoutSeconds: 5, Catch: [{ ErrorEquals: ["States.Timeout"], Next: "End" }] });
    await run.wait(5);
    expect(run.result).toBe('{"Error":"States.Timeout","Cause":""}');
  });

  test("is set for each attempt anew, and cancelled by an answer", async () => {
    const Retry = [{ ErrorEquals: ["Boom"], IntervalSeconds: 1 }];
    const run = await calling(INVOKE, { TimeoutSecondsPath: "$.n", Retry }, { n: 5 });
    await run.wait(4);
    await run.fail("T");
    expect(run.commands.at(-2)).toMatchObject({ type: "CancelTimer", timerId: 1 });
    await run.wait(1);
    expect(run.secondsToTimer).toBe(5);
    await run.wait(5);
    expect(run.result).toMatchObject({ error: "States.Timeout" });
  });

  test("counts on while a submitted task waits for its callback", async () => {
    const run = await calling(CALLBACK, { TimeoutSeconds: 5, Parameters: { "t.$": "$$.Task.Token" } });
    await run.submit("T");
    await run.wait(5);
    expect(run.historyFrom(5)).toEqual(["5 4 TaskSubmitted", "6 5 TaskTimedOut", "7 6 ExecutionFailed"]);
  });
});

describe("heartbeats", () => {
  test("each one puts the deadline off", async () => {
    const run = await calling(CALLBACK, { HeartbeatSeconds: 10, TimeoutSeconds: 100 });
    expect(run.detailsOf("TaskScheduled")).toMatchObject({ heartbeatInSeconds: 10, timeoutInSeconds: 100 });
    for (let i = 0; i < 5; i++) {
      await run.wait(9);
      await run.heartbeat("T");
    }
    expect(run.historyFrom(5)).toEqual([]);
    await run.wait(10);
    expect(run.historyFrom(5)).toEqual(["5 4 TaskTimedOut", "6 5 ExecutionFailed"]);
    expect(run.detailsOf("TaskTimedOut")).toMatchObject({ error: "States.Timeout" });
  });

  test.each(["States.HeartbeatTimeout", "States.Timeout", "States.ALL"])(
    "a missed one is caught as %s",
    async (name) => {
      const run = await calling(CALLBACK, { HeartbeatSeconds: 10, Catch: [{ ErrorEquals: [name], Next: "End" }] });
      await run.wait(10);
      expect(run.result).toBe('{"Error":"States.Timeout","Cause":""}');
    },
  );

  test("the task's own timeout is not caught as a missed one", async () => {
    const Catch = [{ ErrorEquals: ["States.HeartbeatTimeout"], Next: "End" }];
    const run = await calling(CALLBACK, { TimeoutSeconds: 10, Catch });
    await run.wait(10);
    expect(run.result).toEqual({ error: "States.Timeout", cause: "" });
  });

  test("do not put off the task's own timeout", async () => {
    const run = await calling(CALLBACK, { HeartbeatSeconds: 10, TimeoutSeconds: 15 });
    await run.wait(9);
    await run.heartbeat("T");
    await run.wait(6);
    expect(run.result).toEqual({ error: "States.Timeout", cause: "" });
  });

  test("one for a task without HeartbeatSeconds changes nothing", async () => {
    const run = await calling(CALLBACK);
    const turn = await run.receive({ type: "TaskHeartbeatReceived", taskId: run.open("T").taskId });
    expect([turn.history, turn.commands, turn.changed.size]).toEqual([[], [], 0]);
  });
});

describe("a task with a token", () => {
  const Parameters = { "token.$": "$$.Task.Token" };

  test("is submitted when its call was answered, and ends with the callback", async () => {
    const run = await calling(CALLBACK, { Parameters });
    expect(run.open("T")).toMatchObject({ taskToken: "token-of-0-1", parameters: '{"token":"token-of-0-1"}' });
    await run.submit("T", { StatusCode: 200 });
    expect(run.status).toBe("RUNNING");
    await run.succeed("T", '"hello"');
    expect(run.historyFrom(3).slice(0, 5)).toEqual([
      "3 2 TaskScheduled",
      "4 3 TaskStarted",
      "5 4 TaskSubmitted",
      "6 5 TaskSucceeded",
      "7 6 TaskStateExited T",
    ]);
    const service = { resourceType: "lambda", resource: "invoke.waitForTaskToken" };
    expect(run.detailsOf("TaskSubmitted")).toEqual({
      ...service,
      output: '{"StatusCode":200}',
      outputDetails: { truncated: false },
    });
    expect(run.detailsOf("TaskSucceeded")).toMatchObject({ ...service, output: '"hello"' });
    expect(run.result).toBe('"hello"');
  });

  test("may be called back before its own call is answered, whose answer then changes nothing", async () => {
    const run = await calling(CALLBACK, { Parameters });
    const { taskId } = run.open("T");
    await run.succeed("T", 1);
    expect(run.historyFrom(5)[0]).toBe("5 4 TaskSucceeded");
    const events = run.events.length;
    await run.receive({ type: "TaskSubmitted", taskId, output: payloadOf({}) });
    expect(run.events.length).toBe(events);
  });

  test("is submitted once only", async () => {
    const run = await calling(CALLBACK, { Parameters });
    await run.submit("T");
    await run.submit("T");
    expect(run.historyFrom(5)).toEqual(["5 4 TaskSubmitted"]);
  });

  test("has a new token for each attempt", async () => {
    const run = await calling(CALLBACK, { Parameters, Retry: [{ ErrorEquals: ["States.ALL"] }] });
    await run.submit("T");
    await run.fail("T");
    await run.wait(1);
    expect(run.open("T")).toMatchObject({ taskToken: "token-of-0-2", parameters: '{"token":"token-of-0-2"}' });
    await run.submit("T");
    expect(run.history.at(-1)).toBe("9 8 TaskSubmitted");
  });

  test("has links for people, made for its attempt when they are read by their names", async () => {
    const links = { "ask.$": "$$.Task.CallbackUrl", "yes.$": "$$.Task.ApproveUrl", "no.$": "$$.Task.RejectUrl" };
    const run = await calling(CALLBACK, { Parameters: links, Retry: [{ ErrorEquals: ["States.ALL"] }] });
    const linkOf = (name: string, n: number, at: number): string =>
      `https://example.test/${name}/0-${n}/token-of-0-${n}/${at}`;
    expect(JSON.parse(run.open("T").parameters)).toEqual({
      ask: linkOf("CallbackUrl", 1, 0),
      yes: linkOf("ApproveUrl", 1, 0),
      no: linkOf("RejectUrl", 1, 0),
    });
    await run.fail("T");
    await run.wait(1);
    expect(JSON.parse(run.open("T").parameters)).toMatchObject({ ask: linkOf("CallbackUrl", 2, 1000) });
  });

  test("has links in JSONata as well", async () => {
    const Arguments = { url: "{% $states.context.Task.ApproveUrl %}", all: "{% $states.context.Task %}" };
    const run = await calling(CALLBACK, { QueryLanguage: "JSONata", Arguments });
    expect(JSON.parse(run.open("T").parameters)).toEqual({
      url: "https://example.test/ApproveUrl/0-1/token-of-0-1/0",
      all: { Token: "token-of-0-1" },
    });
  });

  test("has a context object that is AWS's where no link is read by its name", async () => {
    const run = await calling(CALLBACK, { Parameters: { "task.$": "$$.Task", "all.$": "$$.Task.*" } });
    expect(run.open("T").parameters).toBe('{"task":{"Token":"token-of-0-1"},"all":["token-of-0-1"]}');
  });
});

describe("an answer for a task that nobody waits for changes nothing", () => {
  test("after a timeout and during the retry's delay, and once the next attempt runs", async () => {
    const run = await calling(INVOKE, { TimeoutSeconds: 5, Retry: [{ ErrorEquals: ["States.Timeout"] }] });
    const { taskId } = run.open("T");
    await run.wait(5);
    for (let i = 0; i < 2; i++) {
      for (const event of [
        { type: "TaskSucceeded", taskId, output: payloadOf(1) },
        { type: "TaskFailed", taskId, failure: { error: "late" } },
        { type: "TaskSubmitted", taskId, output: payloadOf(1) },
        { type: "TaskHeartbeatReceived", taskId },
      ] as const) {
        const turn = await run.receive(event);
        expect([turn.history, turn.commands, turn.changed.size]).toEqual([[], [], 0]);
      }
      await run.wait(1);
    }
    expect(run.open("T").taskId).not.toBe(taskId);
    await run.succeed("T", 2);
    expect(run.result).toBe("2");
  });

  test.each(["9-1", "0-99", "-1-1", "", "x", "1e9-1", "0-1-1"])("such as %j", async (taskId) => {
    const run = await calling(INVOKE);
    const turn = await run.receive({ type: "TaskSucceeded", taskId: taskId as never, output: payloadOf(1) });
    expect(turn.history).toEqual([]);
  });
});

describe("an activity's task waits for a worker", () => {
  const recovery = { Catch: [{ ErrorEquals: ["States.ALL"], Next: "End" }] };

  test("as long as it takes: its time begins when a worker takes it", async () => {
    const run = await calling(ACTIVITY, { TimeoutSeconds: 9, HeartbeatSeconds: 5 });
    await run.wait(3600);
    expect(run.history).toHaveLength(3);
    await run.take("T");
    await run.wait(4);
    await run.heartbeat("T");
    await run.wait(4);
    expect(run.status).toBe("RUNNING");
    await run.wait(1);
    expect(run.historyFrom(5)).toEqual(["5 4 ActivityTimedOut", "6 5 ExecutionFailed"]);
    expect(run.detailsOf("ActivityTimedOut")).toEqual({ error: "States.Timeout" });
  });

  test("a worker that is silent for too long has missed its heartbeat", async () => {
    const run = await calling(ACTIVITY, { HeartbeatSeconds: 5, ...recovery });
    await run.take("T");
    await run.wait(5);
    expect(run.historyFrom(5).slice(0, 2)).toEqual(["5 4 ActivityTimedOut", "6 5 TaskStateExited T"]);
  });

  test("a heartbeat before the start begins nothing", async () => {
    const run = await calling(ACTIVITY, { HeartbeatSeconds: 5 });
    await run.heartbeat("T");
    expect(run.nextTimer).toBeUndefined();
  });

  test("its call is made again until it is in the queue or taken; that it is in the queue is no event", async () => {
    const run = await calling(ACTIVITY);
    expect(pendingCalls(run.machine, run.execution)).toHaveLength(1);
    await run.submit("T");
    expect(pendingCalls(run.machine, run.execution)).toEqual([]);
    expect(run.history).toHaveLength(3);
    expect(queuedTasks(run.machine, run.execution).map((x) => x.taskToken)).toEqual(["token-of-0-1"]);
    await run.take("T");
    expect(queuedTasks(run.machine, run.execution)).toEqual([]);
    const taken = await calling(ACTIVITY);
    await taken.take("T");
    expect(pendingCalls(taken.machine, taken.execution)).toEqual([]);
  });

  test("only a task on an activity is ever in a queue", async () => {
    const run = await start(
      states({
        P: {
          Type: "Parallel",
          Branches: [
            states({ L: { Type: "Task", Resource: LAMBDA, End: true } }),
            states({ A: { Type: "Task", Resource: ACTIVITY, End: true } }),
          ],
          End: true,
        },
      }),
    );
    expect(queuedTasks(run.machine, run.execution).map((x) => x.stateName)).toEqual(["A"]);
  });

  test("handed out again, as the first worker never heard of it, it is started once and its heartbeat begins anew", async () => {
    const run = await calling(ACTIVITY, { HeartbeatSeconds: 5 });
    await run.take("T", "Ada");
    await run.wait(4);
    await run.take("T", "Grace");
    await run.wait(4);
    expect(run.status).toBe("RUNNING");
    expect(run.historyFrom(4)).toEqual(["4 3 ActivityStarted"]);
  });

  test("what cannot be put into a queue has failed to be scheduled", async () => {
    const run = await calling(ACTIVITY, recovery);
    await run.fail("T", "Boom", "no such activity");
    expect(run.historyFrom(4).slice(0, 2)).toEqual(["4 3 ActivityScheduleFailed", "5 4 TaskStateExited T"]);
    expect(run.detailsOf("ActivityScheduleFailed")).toEqual({ error: "Boom", cause: "no such activity" });
  });

  test("nothing else is started by a worker", async () => {
    const run = await calling(CALLBACK);
    await run.take("T", "Ada");
    expect(run.history).toHaveLength(4);
  });
});
