/** Express state machines by the API: what is answered, and what is refused. */
import { beforeEach, describe, expect, test } from "vitest";
import { failed } from "../../src/runtime/tasks/task-call.ts";
import { ACCOUNT, DEFINITION, Fixture, ROLE, START } from "./fixture.ts";

const FAST = `${ACCOUNT}:stateMachine:Fast`;
const SECONDS = START / 1000;
const CALL = { Type: "Task", Resource: "arn:aws:states:::lambda:invoke", Parameters: { FunctionName: "f" }, End: true };

let api: Fixture;

beforeEach(() => {
  api = new Fixture();
});

const machine = (States: object, more: object = {}): string =>
  JSON.stringify({ StartAt: Object.keys(States)[0], States, ...more });

async function sync(definition: string, input: object = {}): ReturnType<Fixture["call"]> {
  const stateMachineArn = await api.createStateMachine("Fast", { type: "EXPRESS", definition });
  return api.call("StartSyncExecution", { stateMachineArn, ...input });
}

describe("StartSyncExecution", () => {
  test("answers how the execution ended, and what it would have cost on AWS", async () => {
    const definition = machine({
      W: { Type: "Wait", Seconds: 2, Next: "P" },
      P: { Type: "Pass", Result: [1], End: true },
    });
    const { status, body } = await sync(definition, { name: "run", input: '{"a": 1}', traceHeader: "Root=1" });
    expect(status).toBe(200);
    expect(body).toEqual({
      executionArn: `${ACCOUNT}:express:Fast:run:uuid-1`,
      stateMachineArn: FAST,
      name: "run",
      startDate: SECONDS,
      stopDate: SECONDS + 2,
      status: "SUCCEEDED",
      input: '{"a": 1}',
      inputDetails: { included: true },
      output: "[1]",
      outputDetails: { included: true },
      traceHeader: "Root=1",
      billingDetails: { billedDurationInMilliseconds: 2000, billedMemoryUsedInMB: 64 },
    });
  });

  test("without a name draws one, without input gives an empty object", async () => {
    const { body } = await sync(DEFINITION);
    expect(body).toMatchObject({ name: "uuid-1", executionArn: `${ACCOUNT}:express:Fast:uuid-1:uuid-2`, input: "{}" });
    expect(body).not.toHaveProperty("traceHeader");
  });

  test("the same name is another execution each time", async () => {
    const first = await sync(DEFINITION, { name: "run" });
    const second = await sync(DEFINITION, { name: "run" });
    expect(first.body.executionArn).not.toBe(second.body.executionArn);
    expect(second.body["status"]).toBe("SUCCEEDED");
  });

  test("an execution that fails is an answer, with its error and cause and no output", async () => {
    api.performTask = async () => failed("Boom", "It broke.");
    const { status, body } = await sync(machine({ T: CALL }));
    expect(status).toBe(200);
    expect(body).toMatchObject({
      status: "FAILED",
      error: "Boom",
      cause: "It broke.",
      outputDetails: { included: true },
    });
    expect(body).not.toHaveProperty("output");
  });

  test.each([
    [{}, 300],
    [{ TimeoutSeconds: 1 }, 1],
  ])("one that takes longer than %j allows is timed out after %d seconds", async (fields, seconds) => {
    api.performTask = () => new Promise(() => undefined);
    const { body } = await sync(machine({ T: CALL }, fields));
    expect(body).toMatchObject({ status: "TIMED_OUT", error: "States.Timeout", stopDate: SECONDS + seconds });
    expect(body["billingDetails"]).toMatchObject({ billedDurationInMilliseconds: seconds * 1000 });
    expect(body).not.toHaveProperty("cause");
  });

  test("begun steps of 100 ms are billed, one at the least", async () => {
    const billed = async (milliseconds: number): Promise<unknown> => {
      const Timestamp = new Date(api.at + milliseconds).toISOString();
      const { body } = await sync(machine({ W: { Type: "Wait", Timestamp, End: true } }));
      await api.call("DeleteStateMachine", { stateMachineArn: FAST });
      return (body["billingDetails"] as { billedDurationInMilliseconds: number }).billedDurationInMilliseconds;
    };
    expect([await billed(0), await billed(100), await billed(101), await billed(950)]).toEqual([100, 100, 200, 1000]);
  });

  test("METADATA_ONLY leaves input and output out", async () => {
    const { body } = await sync(DEFINITION, { includedData: "METADATA_ONLY" });
    expect(body).toMatchObject({ inputDetails: { included: false }, outputDetails: { included: false } });
    expect(Object.keys(body)).not.toEqual(expect.arrayContaining(["input", "output"]));
    expect(body).toMatchObject({ status: "SUCCEEDED", billingDetails: {} });
  });

  test("an output that is too large fails the execution, not the call", async () => {
    const Parameters = { "a.$": "$", "b.$": "$" };
    const definition = machine({ P: { Type: "Pass", Parameters, End: true } });
    const { status, body } = await sync(definition, { input: JSON.stringify("x".repeat(200_000)) });
    expect(status).toBe(200);
    expect(body).toMatchObject({ status: "FAILED", error: "States.DataLimitExceeded" });
  });

  test("of a Standard state machine is refused", async () => {
    const stateMachineArn = await api.createStateMachine("Slow");
    const { status, body } = await api.call("StartSyncExecution", { stateMachineArn });
    expect(status).toBe(400);
    expect(body).toEqual({
      __type: "StateMachineTypeNotSupported",
      message: "This operation is not supported by this type of state machine",
    });
  });

  test.each([
    [{}, "StateMachineDoesNotExist"],
    [{ stateMachineArn: `${FAST}:1` }, "StateMachineDoesNotExist"],
    [{ stateMachineArn: "nonsense" }, "InvalidArn"],
    [{ stateMachineArn: `${FAST}/label` }, "ValidationException"],
    [{ name: "a b" }, "InvalidName"],
    [{ input: "{" }, "InvalidExecutionInput"],
    [{ input: JSON.stringify("ü".repeat(140_000)) }, "InvalidExecutionInput"],
    [{ includedData: "SOME" }, "ValidationException"],
  ])("with %.80j ends in %s", async (input, name) => {
    const { status, body } = await api.call("StartSyncExecution", { stateMachineArn: FAST, ...input });
    expect([status, body.__type]).toEqual([400, name]);
  });

  test("executions that call each other without an end are refused at some depth", async () => {
    const { db, express } = api.context;
    const at = (nesting: number): Fixture => {
      const nested = new Fixture();
      Object.assign(nested.context, { db, express: { ...express, nesting } });
      return nested;
    };
    await api.createStateMachine("Fast", { type: "EXPRESS" });
    expect((await at(19).call("StartSyncExecution", { stateMachineArn: FAST })).status).toBe(200);
    expect((await at(20).call("StartSyncExecution", { stateMachineArn: FAST })).body.__type).toBe(
      "ThrottlingException",
    );
  });
});

describe("StartExecution of an Express state machine", () => {
  test("hands it over with everything that is pinned to it, and answers at once", async () => {
    await api.createStateMachine("Fast", { type: "EXPRESS" });
    const input = { stateMachineArn: FAST, name: "run", input: '{"a": 1}', traceHeader: "Root=1" };
    const { body } = await api.call("StartExecution", input);
    expect(body).toEqual({ executionArn: `${ACCOUNT}:express:Fast:run:uuid-1`, startDate: SECONDS });
    expect(api.submitted).toEqual([
      {
        version: 1,
        executionArn: body.executionArn,
        name: "run",
        stateMachineArn: FAST,
        stateMachineName: "Fast",
        roleArn: ROLE,
        revisionId: "INITIAL",
        definition: DEFINITION,
        definitionUpdatedAt: START,
        input: '{"a": 1}',
        traceHeader: "Root=1",
        loggingConfiguration: '{"level":"OFF","includeExecutionData":false}',
        tracingConfiguration: '{"enabled":false}',
        startedAt: START,
      },
    ]);
    expect(api.executions.size).toBe(0);
  });

  test("the same name may run as often as one likes", async () => {
    await api.createStateMachine("Fast", { type: "EXPRESS" });
    for (let n = 0; n < 2; n++) await api.call("StartExecution", { stateMachineArn: FAST, name: "run" });
    expect(new Set(api.submitted.map((x) => x.executionArn)).size).toBe(2);
  });
});
