import { beforeEach, describe, expect, test } from "vitest";
import { mutatedTokens } from "../../scripts/reliability/mutated-tokens.ts";
import type { Principal } from "../../src/api/auth/principal.ts";
import type { TaskId } from "../../src/engine/execution.ts";
import { makeApprovalLink } from "../../src/runtime/approval-link.ts";
import { upsertEntries } from "../../src/runtime/execution-index.ts";
import {
  ACCOUNT,
  DEFINITION,
  EVENT_COUNT,
  Fixture,
  ROLE,
  SEALER,
  START,
  tokenFor,
  type FakeExecution,
} from "./fixture.ts";

const MACHINE = `${ACCOUNT}:stateMachine:Hello`;
const RUN = `${ACCOUNT}:execution:Hello:run`;
const SECONDS = START / 1000;

let api: Fixture;

beforeEach(async () => {
  api = new Fixture();
  await api.createStateMachine("Hello");
});

async function started(): Promise<FakeExecution> {
  await api.call("StartExecution", { stateMachineArn: MACHINE, name: "run", input: '{"a": 1}' });
  return api.execution(RUN);
}

describe("StartExecution", () => {
  test("pins everything to the execution and answers what its object says", async () => {
    const reply = await api.call("StartExecution", {
      stateMachineArn: MACHINE,
      name: "run",
      input: '{"a": 1}',
      traceHeader: "Root=1",
    });
    expect(reply.body).toEqual({ executionArn: RUN, startDate: SECONDS });
    expect(api.execution(RUN).started).toEqual({
      version: 1,
      executionArn: RUN,
      name: "run",
      stateMachineArn: MACHINE,
      stateMachineName: "Hello",
      roleArn: ROLE,
      revisionId: "INITIAL",
      definition: DEFINITION,
      definitionUpdatedAt: START,
      input: '{"a": 1}',
      traceHeader: "Root=1",
      loggingConfiguration: '{"level":"OFF","includeExecutionData":false}',
      tracingConfiguration: '{"enabled":false}',
    });
  });

  test("without a name draws one, without input gives an empty object", async () => {
    const reply = await api.call("StartExecution", { stateMachineArn: MACHINE });
    expect(reply.body.executionArn).toBe(`${ACCOUNT}:execution:Hello:uuid-1`);
    expect(api.execution(reply.body.executionArn ?? "").started?.input).toBe("{}");
  });

  test.each(["2", '"some text"', "null", "[]", ' {"a" : 1}\n'])("the input %j is passed on as it is", async (input) => {
    await api.call("StartExecution", { stateMachineArn: MACHINE, name: "run", input });
    expect(api.execution(RUN).started?.input).toBe(input);
  });

  test.each([
    [
      "not some json",
      "Unrecognized token 'not': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')",
    ],
    ["{'not': 'json'", "Unexpected character (''' (code 39)): was expecting double-quote to start field name"],
    ["", "Invalid execution input."],
    [`[${"1,".repeat(1000)}`, "Unexpected end-of-input"],
    ["[".repeat(100_000), "Document nesting depth (1001) exceeds the maximum allowed (1000)"],
    [JSON.stringify("ü".repeat(140_000)), "The size exceeds the maximum number of bytes (262144)."],
  ])("the input %.20j is refused", async (input, reason) => {
    const reply = await api.call("StartExecution", { stateMachineArn: MACHINE, input });
    expect(reply.body).toEqual({
      __type: "InvalidExecutionInput",
      message: `Invalid State Machine Execution Input: '${reason}'`,
    });
  });

  test("the object decides whether the name is taken", async () => {
    const message = `Execution Already Exists: '${RUN}'`;
    api.execution(RUN).refusal = { ok: false, error: "ExecutionAlreadyExists", message };
    const reply = await api.call("StartExecution", { stateMachineArn: MACHINE, name: "run" });
    expect(reply).toMatchObject({ status: 400, body: { __type: "ExecutionAlreadyExists", message } });
  });

  test.each([
    [
      `${ACCOUNT}:stateMachine:Other`,
      "StateMachineDoesNotExist",
      `State Machine Does Not Exist: '${ACCOUNT}:stateMachine:Other'`,
    ],
    [`${MACHINE}:1`, "StateMachineDoesNotExist", `State Machine Does Not Exist: '${MACHINE}:1'`],
    [
      `${MACHINE}/Label`,
      "ValidationException",
      `This operation does not accept labeled state machine ARNs: '${MACHINE}/Label'`,
    ],
    [RUN, "InvalidArn", "Invalid Arn: 'Resource type not valid in this context: execution'"],
    ["nonsense", "InvalidArn", "Invalid Arn: 'Invalid ARN prefix: nonsense'"],
  ])("of %s is refused", async (stateMachineArn, name, message) => {
    expect((await api.call("StartExecution", { stateMachineArn })).body).toMatchObject({ __type: name, message });
  });

  test("a name that cannot be is refused", async () => {
    const reply = await api.call("StartExecution", { stateMachineArn: MACHINE, name: "a b" });
    expect(reply.body).toEqual({ __type: "InvalidName", message: "Invalid Name: 'a b'" });
  });
});

describe("DescribeExecution", () => {
  test("of one that runs", async () => {
    await started();
    expect((await api.call("DescribeExecution", { executionArn: RUN })).body).toEqual({
      executionArn: RUN,
      stateMachineArn: MACHINE,
      name: "run",
      status: "RUNNING",
      startDate: SECONDS,
      input: '{"a": 1}',
      inputDetails: { included: true },
      redriveCount: 0,
      redriveStatus: "REDRIVABLE",
    });
  });

  test("of one that succeeded", async () => {
    (await started()).description = { status: "SUCCEEDED", output: '""', stopDate: START + 1500 };
    expect((await api.call("DescribeExecution", { executionArn: RUN })).body).toMatchObject({
      stopDate: SECONDS + 1.5,
      output: '""',
      outputDetails: { included: true },
    });
  });

  test("of one that failed can be redriven, unless its object says why not", async () => {
    const execution = await started();
    execution.description = { status: "FAILED", error: "E", cause: "C", stopDate: START };
    const { body } = await api.call("DescribeExecution", { executionArn: RUN });
    expect(body).toMatchObject({ error: "E", cause: "C", redriveCount: 0, redriveStatus: "REDRIVABLE" });
    expect(body).not.toHaveProperty("redriveStatusReason");
    expect(body).not.toHaveProperty("redriveDate");
    expect(body).not.toHaveProperty("outputDetails");
    const redriven = { redriveCount: 2, redriveDate: START + 1500, redriveStatusReason: "too late" };
    execution.description = { ...execution.description, ...redriven };
    expect((await api.call("DescribeExecution", { executionArn: RUN })).body).toMatchObject({
      ...redriven,
      redriveDate: SECONDS + 1.5,
      redriveStatus: "NOT_REDRIVABLE",
    });
  });

  test("without the data", async () => {
    (await started()).description = { status: "SUCCEEDED", output: "1", stopDate: START };
    const { body } = await api.call("DescribeExecution", { executionArn: RUN, includedData: "METADATA_ONLY" });
    expect(body).toMatchObject({ inputDetails: { included: false }, outputDetails: { included: false } });
    expect(body).not.toHaveProperty("input");
    expect(body).not.toHaveProperty("output");
  });

  test.each(["DescribeExecution", "StopExecution", "GetExecutionHistory", "DescribeStateMachineForExecution"])(
    "%s of an Express execution is refused",
    async (operation) => {
      const reply = await api.call(operation, { executionArn: `${ACCOUNT}:express:Hello:run:id` });
      expect(reply.body).toEqual({
        __type: "InvalidArn",
        message: "Invalid Arn: 'Resource type not valid in this context: express'",
      });
    },
  );

  test("of one that does not exist says what the object says", async () => {
    expect((await api.call("DescribeExecution", { executionArn: RUN })).body.__type).toBe("ExecutionDoesNotExist");
  });
});

test("StopExecution passes error and cause on", async () => {
  const execution = await started();
  const reply = await api.call("StopExecution", { executionArn: RUN, error: "E", cause: "C" });
  expect(reply.body).toEqual({ stopDate: (START + 1) / 1000 });
  expect(execution.calls.at(-1)).toEqual(["stop", "E", "C"]);
});

test("DescribeStateMachineForExecution shows the definition it is pinned to", async () => {
  await started();
  await api.call("UpdateStateMachine", { stateMachineArn: MACHINE, definition: `${DEFINITION} ` });
  const { body } = await api.call("DescribeStateMachineForExecution", { executionArn: RUN });
  expect(body).toEqual({
    stateMachineArn: MACHINE,
    name: "Hello",
    definition: DEFINITION,
    roleArn: ROLE,
    updateDate: SECONDS,
    loggingConfiguration: { level: "OFF", includeExecutionData: false },
    tracingConfiguration: { enabled: false },
    encryptionConfiguration: { type: "AWS_OWNED_KEY" },
  });
});

describe("RedriveExecution", () => {
  test("answers when, and hands the client token on", async () => {
    const execution = await started();
    const input = { executionArn: RUN, clientToken: "once" };
    expect((await api.call("RedriveExecution", input)).body).toEqual({ redriveDate: SECONDS + 0.5 });
    expect(execution.calls.at(-1)).toEqual(["redrive", "once"]);
  });

  test.each(["ExecutionNotRedrivable", "ExecutionDoesNotExist"] as const)("is refused with %s", async (error) => {
    (await started()).refusal = { ok: false, error, message: "why" };
    expect((await api.call("RedriveExecution", { executionArn: RUN })).body).toEqual({ __type: error, message: "why" });
  });

  test("of an Express execution is refused", async () => {
    const executionArn = MACHINE.replace("stateMachine", "express") + ":run:id";
    expect((await api.call("RedriveExecution", { executionArn })).body.__type).toBe("InvalidArn");
  });
});

describe("GetExecutionHistory", () => {
  test.each([false, true])(
    "reverseOrder %s: the pages together are the whole history, once each",
    async (reverseOrder) => {
      await started();
      const ids: number[] = [];
      let nextToken: string | undefined;
      do {
        const { body } = await api.call("GetExecutionHistory", {
          executionArn: RUN,
          maxResults: 3,
          reverseOrder,
          nextToken,
        });
        ids.push(...(body.events ?? []).map((event) => event.id));
        nextToken = body.nextToken;
      } while (nextToken !== undefined);
      const expected = Array.from({ length: EVENT_COUNT }, (_, i) => i + 1);
      expect(ids).toEqual(reverseOrder ? expected.toReversed() : expected);
    },
  );

  test("an event has its details under AWS's name and its time in seconds", async () => {
    await started();
    const { body } = await api.call("GetExecutionHistory", { executionArn: RUN, maxResults: 1 });
    expect(body.events).toEqual([
      {
        id: 1,
        previousEventId: 0,
        timestamp: (START + 1) / 1000,
        type: "PassStateEntered",
        stateEnteredEventDetails: { name: "A" },
      },
    ]);
  });

  test("data is included unless the caller says otherwise", async () => {
    const execution = await started();
    await api.call("GetExecutionHistory", { executionArn: RUN });
    expect(execution.calls.at(-1)).toEqual([
      "history",
      { maxResults: 100, reverseOrder: false, includeExecutionData: true },
    ]);
    await api.call("GetExecutionHistory", { executionArn: RUN, maxResults: 0, includeExecutionData: false });
    expect(execution.calls.at(-1)).toEqual([
      "history",
      { maxResults: 100, reverseOrder: false, includeExecutionData: false },
    ]);
  });

  test("a token of the other direction, of another execution or of nobody is refused", async () => {
    await started();
    const { nextToken } = (await api.call("GetExecutionHistory", { executionArn: RUN, maxResults: 3 })).body;
    const foreign = [
      { executionArn: RUN, nextToken, reverseOrder: true },
      { executionArn: `${RUN}2`, nextToken },
      { executionArn: RUN, nextToken: "nonsense" },
    ];
    for (const input of foreign) {
      expect((await api.call("GetExecutionHistory", input)).body.__type).toBe("InvalidToken");
    }
  });
});

describe("ListExecutions", () => {
  async function index(count: number): Promise<void> {
    const entries = Array.from({ length: count }, (_, i) => ({
      stateMachineArn: MACHINE,
      executionArn: `${ACCOUNT}:execution:Hello:${i}`,
      name: String(i),
      startedAt: START + i,
      status: i % 2 === 0 ? ("SUCCEEDED" as const) : ("RUNNING" as const),
      version: 1,
      redriveCount: 0,
      ...(i % 2 === 0 && { stoppedAt: START + i + 1000 }),
    }));
    await upsertEntries(api.context.db, entries);
  }

  test("newest first, as AWS shows them", async () => {
    await index(2);
    expect((await api.call("ListExecutions", { stateMachineArn: MACHINE })).body).toEqual({
      executions: [
        {
          executionArn: `${ACCOUNT}:execution:Hello:1`,
          stateMachineArn: MACHINE,
          name: "1",
          status: "RUNNING",
          startDate: (START + 1) / 1000,
          redriveCount: 0,
        },
        {
          executionArn: `${ACCOUNT}:execution:Hello:0`,
          stateMachineArn: MACHINE,
          name: "0",
          status: "SUCCEEDED",
          startDate: SECONDS,
          stopDate: SECONDS + 1,
          redriveCount: 0,
        },
      ],
    });
  });

  test("a token made for one filter is refused under another", async () => {
    await index(5);
    const { nextToken } = (
      await api.call("ListExecutions", { stateMachineArn: MACHINE, maxResults: 1, statusFilter: "RUNNING" })
    ).body;
    const next = { stateMachineArn: MACHINE, nextToken };
    expect((await api.call("ListExecutions", { ...next, statusFilter: "RUNNING" })).body["executions"]).toHaveLength(1);
    expect((await api.call("ListExecutions", next)).body.__type).toBe("InvalidToken");
  });

  test.each<[object, string]>([
    [{}, "ValidationException"],
    [{ stateMachineArn: MACHINE, redriveFilter: "REDRIVEN" }, "ValidationException"],
    [{ stateMachineArn: MACHINE, mapRunArn: `${ACCOUNT}:mapRun:Hello/L:id` }, "ValidationException"],
    [{ mapRunArn: `${ACCOUNT}:mapRun:Hello/L:id` }, "ResourceNotFound"],
    [{ mapRunArn: MACHINE }, "InvalidArn"],
    [{ stateMachineArn: "invalid_state_machine_arn" }, "InvalidArn"],
    [{ stateMachineArn: `${ACCOUNT}:stateMachine:Other` }, "StateMachineDoesNotExist"],
  ])("%j is refused with %s", async (input, name) => {
    expect((await api.call("ListExecutions", input)).body.__type).toBe(name);
  });

  test("Express executions are not listed", async () => {
    const stateMachineArn = await api.createStateMachine("Fast", { type: "EXPRESS" });
    expect((await api.call("ListExecutions", { stateMachineArn })).body.__type).toBe("StateMachineTypeNotSupported");
  });
});

describe("a task's token in what is shown of an execution", () => {
  const token = tokenFor(RUN);
  const link = makeApprovalLink(SEALER, "https://x.example", "ApproveUrl", {
    executionArn: RUN,
    taskId: "0-1" as TaskId,
    taskToken: token,
    at: START,
  });
  const text = JSON.stringify({ token, url: link, n: 1 });
  const hidden = '{"token":"***","url":"https://x.example/a/***","n":1}';
  const seen: (readonly string[])[] = [];
  const reader = (mayAnswer: boolean): Principal => ({
    ...api.context.principal,
    may: (...asked) => {
      seen.push(asked);
      return mayAnswer;
    },
  });

  async function shown(): Promise<readonly unknown[]> {
    const execution = await started();
    execution.description = { input: text, output: text, cause: text };
    execution.eventDetails = { name: "A", input: text, inputDetails: { truncated: false } };
    const history = await api.call("GetExecutionHistory", { executionArn: RUN, maxResults: 1 });
    const described = await api.call("DescribeExecution", { executionArn: RUN });
    const events = history.body.events as unknown as readonly { readonly stateEnteredEventDetails: object }[];
    return [events[0]?.stateEnteredEventDetails, described.body];
  }

  test("is there for whoever may answer tasks", async () => {
    expect(await shown()).toMatchObject([{ input: text }, { input: text, output: text, cause: text }]);
  });

  test("is hidden from everybody else, and from nobody else", async () => {
    Object.assign(api.context, { principal: reader(false) });
    const details = { name: "A", input: hidden, inputDetails: { truncated: false } };
    expect(await shown()).toMatchObject([details, { input: hidden, output: hidden, cause: hidden }]);
    expect(seen).toContainEqual(["states:SendTaskSuccess", RUN]);
    Object.assign(api.context, { principal: reader(true) });
    expect(await shown()).toMatchObject([{ input: text }, { input: text }]);
  });

  test("is hidden from them in REST as well", async () => {
    Object.assign(api.context, { principal: reader(false) });
    const execution = await started();
    execution.eventDetails = { parameters: text };
    const { body } = await api.request(`/api/executions/Hello:run/history`);
    expect(JSON.stringify(body)).toContain("***");
    expect(JSON.stringify(body)).not.toContain(token.slice(0, 40));
  });
});

describe("a callback", () => {
  const taskToken = tokenFor(RUN);

  test("reaches the execution its token speaks of", async () => {
    const { calls } = api.execution(RUN);
    expect((await api.call("SendTaskSuccess", { taskToken, output: '{"a":1}' })).body).toEqual({});
    expect((await api.call("SendTaskFailure", { taskToken, error: "E" })).body).toEqual({});
    expect((await api.call("SendTaskHeartbeat", { taskToken })).body).toEqual({});
    expect(calls).toEqual([
      ["sendTaskSuccess", taskToken, '{"a":1}'],
      ["sendTaskFailure", taskToken, "E", undefined],
      ["sendTaskHeartbeat", taskToken],
    ]);
  });

  test("[F23] with a forged, altered or foreign token is refused, and no object is woken", async () => {
    let count = 0;
    for (const [way, forged] of mutatedTokens(SEALER, 3_300, 7)) {
      const { status, body } = await api.call("SendTaskSuccess", { taskToken: forged, output: "1" });
      expect(status, `${way}: ${forged}`).toBe(400);
      // No token is empty: the request's shape refuses that.
      expect(body.__type).toBe(forged === "" ? "ValidationException" : "InvalidToken");
      count += 1;
    }
    expect(count).toBeGreaterThan(3_200);
    expect([...api.executions.keys()]).toEqual([]);
  });

  test("with a malformed token is refused", async () => {
    for (const [operation, more] of [
      ["SendTaskSuccess", { output: "1" }],
      ["SendTaskFailure", {}],
      ["SendTaskHeartbeat", {}],
    ] as const) {
      expect((await api.call(operation, { taskToken: "nonsense", ...more })).body).toEqual({
        __type: "InvalidToken",
        message: "Invalid Token: 'Invalid token'",
      });
    }
  });

  test("with an output that is not JSON is refused", async () => {
    expect((await api.call("SendTaskSuccess", { taskToken, output: "not json" })).body.__type).toBe("InvalidOutput");
    expect((await api.call("SendTaskSuccess", { taskToken, output: "" })).body.__type).toBe("InvalidOutput");
  });

  test("that comes too late is told so", async () => {
    api.execution(RUN).refusal = { ok: false, error: "TaskTimedOut", message: "Task Timed Out: 'x'" };
    expect(await api.call("SendTaskHeartbeat", { taskToken })).toMatchObject({
      status: 400,
      body: { __type: "TaskTimedOut" },
    });
  });
});
