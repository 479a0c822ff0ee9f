/** Quotas that were set to other numbers than AWS's: in the texts of refusals, and in what executions are pinned to. */
import { describe, expect, test } from "vitest";
import { DEFAULT_QUOTAS, pinnedQuotas, readQuotas } from "../../src/runtime/quota-settings.ts";
import { ACCOUNT, DEFINITION, Fixture, ROLE, tokenFor } from "./fixture.ts";

function apiWith(setting: string): Fixture {
  const api = new Fixture();
  Object.assign(api.context, { quotas: readQuotas(setting) });
  return api;
}

const textOf = (bytes: number): string => JSON.stringify("x".repeat(bytes - 2));

describe("a setting", () => {
  test("changes what it names, and leaves the rest as AWS has it", () => {
    expect(readQuotas("")).toEqual(DEFAULT_QUOTAS);
    expect(readQuotas("PayloadBytes=1048576, Tags = 7")).toEqual({
      ...DEFAULT_QUOTAS,
      PayloadBytes: 1_048_576,
      Tags: 7,
    });
  });

  test.each([
    ["Payload=5", /^QUOTAS must be numbers by name, such as .*'Payload=5'.*PayloadBytes, HistoryEvents/u],
    ["Tags", /^QUOTAS must be numbers by name/u],
    ["Tags=-1", /^QUOTAS must be numbers by name/u],
    ["Tags=many", /^QUOTAS must be numbers by name/u],
    ["PayloadBytes=5000000", /^QUOTAS: 'PayloadBytes=5000000' must be from 1024 to 4194304$/u],
    ["HistoryEvents=1", /^QUOTAS: 'HistoryEvents=1' must be from 10 to 1000000$/u],
  ])("'%s' is refused with the setting's name and what it takes", (text, message) => {
    expect(() => readQuotas(text)).toThrow(message);
  });

  test("pins only what differs", () => {
    expect(pinnedQuotas(DEFAULT_QUOTAS)).toBeUndefined();
    expect(pinnedQuotas(readQuotas("Tags=7"))).toBeUndefined();
    expect(pinnedQuotas(readQuotas("PayloadBytes=2000"))).toEqual({ payloadBytes: 2000 });
    expect(pinnedQuotas(readQuotas("PayloadBytes=2000, HistoryEvents=99, EvaluationSteps=9000000"))).toEqual({
      payloadBytes: 2000,
      historyEvents: 99,
      evaluationSteps: 9_000_000,
    });
  });
});

describe("a larger payload", () => {
  const bytes = 1_000_000;

  test("may start an execution, which is pinned to the quota", async () => {
    const api = apiWith("PayloadBytes=1000000, HistoryEvents=50");
    const stateMachineArn = await api.createStateMachine("large");
    const input = textOf(bytes);
    expect((await api.call("StartExecution", { stateMachineArn, name: "a", input })).status).toBe(200);
    expect(api.execution(`${ACCOUNT}:execution:large:a`).started).toMatchObject({
      input,
      quotas: { payloadBytes: bytes, historyEvents: 50 },
    });
    const refused = await api.call("StartExecution", { stateMachineArn, name: "b", input: textOf(bytes + 1) });
    expect(refused.body).toMatchObject({
      __type: "ValidationException",
      message:
        "1 validation error detected: Value at 'input' failed to satisfy constraint: Member must have length less than or equal to 1000000",
    });
  });

  test("may come over REST", async () => {
    const api = apiWith("PayloadBytes=2000000");
    await api.createStateMachine("large");
    const headers = { "content-type": "application/json" };
    const body = JSON.stringify({ name: "a", input: "x".repeat(1_900_000) });
    expect((await api.request("/api/state-machines/large/executions", { method: "POST", headers, body })).status).toBe(
      201,
    );
    const refused = await new Fixture().request("/api/state-machines/large/executions", {
      method: "POST",
      headers,
      body,
    });
    expect(refused.status).toBe(413);
  });

  test("may go through an Express execution", async () => {
    const api = apiWith("PayloadBytes=1000000");
    const stateMachineArn = await api.createStateMachine("express", { type: "EXPRESS" });
    const input = textOf(bytes);
    const { body } = await api.call("StartSyncExecution", { stateMachineArn, input });
    expect(body).toMatchObject({ status: "SUCCEEDED" });
    expect(body["output"] === input).toBe(true);
  });

  test("may go through TestState", async () => {
    const api = apiWith("PayloadBytes=1000000");
    const input = textOf(bytes);
    const { body } = await api.call("TestState", { definition: '{"Type":"Pass","End":true}', input });
    expect(body["status"]).toBe("SUCCEEDED");
    expect(body["output"] === input).toBe(true);
  });
});

test("[F41] more steps of expressions: in an Express execution and in a state's test", async () => {
  const state = { Type: "Pass", QueryLanguage: "JSONata", End: true };
  const pass = { ...state, Output: "{% $sum($map([1..20000], function($x) { $x % 2 })) %}" };
  const definition = JSON.stringify({ StartAt: "A", States: { A: pass } });
  const statusesOf = async (setting: string): Promise<unknown[]> => {
    const api = apiWith(setting);
    const stateMachineArn = await api.createStateMachine("express", { type: "EXPRESS", definition });
    const started = await api.call("StartSyncExecution", { stateMachineArn, input: "{}" });
    const tested = await api.call("TestState", { definition: JSON.stringify(pass) });
    return [started, tested].map(({ body }) => body["error"] ?? body["output"]);
  };
  expect(await statusesOf("")).toEqual(["States.QueryEvaluationError", "States.QueryEvaluationError"]);
  expect(await statusesOf("EvaluationSteps=32000000")).toEqual(["10000", "10000"]);
});

describe("a smaller payload", () => {
  const setting = "PayloadBytes=2000";

  test("is held against executions' inputs, with the number in the text", async () => {
    const api = apiWith(setting);
    const stateMachineArn = await api.createStateMachine("small");
    const input = `"${"é".repeat(1_500)}"`;
    expect((await api.call("StartExecution", { stateMachineArn, input })).body).toEqual({
      __type: "InvalidExecutionInput",
      message: "Invalid State Machine Execution Input: 'The size exceeds the maximum number of bytes (2000).'",
    });
  });

  test("is held against callbacks", async () => {
    const api = apiWith(setting);
    const output = `"${"é".repeat(1_500)}"`;
    expect(
      (await api.call("SendTaskSuccess", { taskToken: tokenFor(`${ACCOUNT}:execution:a:b`), output })).body,
    ).toEqual({
      __type: "InvalidOutput",
      message: "Invalid Output: 'The size exceeds the maximum number of bytes (2000).'",
    });
  });

  test("fails an Express execution and a state's test whose output outgrows it", async () => {
    const api = apiWith(setting);
    const pass = { Type: "Pass", Parameters: { "a.$": "$", "b.$": "$" }, End: true };
    const definition = JSON.stringify({ StartAt: "A", States: { A: pass } });
    const stateMachineArn = await api.createStateMachine("express", { type: "EXPRESS", definition });
    const input = textOf(1_500);
    const failure = { status: "FAILED", error: "States.DataLimitExceeded" };
    expect((await api.call("StartSyncExecution", { stateMachineArn, input })).body).toMatchObject(failure);
    expect((await api.call("TestState", { definition: JSON.stringify(pass), input })).body).toMatchObject(failure);
  });

  test("is what warnings speak of", async () => {
    const definition = JSON.stringify({
      StartAt: "A",
      States: { A: { Type: "Pass", Result: "x".repeat(3_000), End: true } },
    });
    const validate = async (api: Fixture): Promise<unknown> =>
      (await api.call("ValidateStateMachineDefinition", { definition, severity: "WARNING" })).body["diagnostics"];
    expect(await validate(apiWith(setting))).toMatchObject([{ message: "Result has 3002 bytes, the quota is 2000" }]);
    expect(await validate(new Fixture())).toEqual([]);
  });
});

describe("a definition", () => {
  const longDefinition = (characters: number): string => {
    const [head, tail] = ['{"Comment":"', `",${DEFINITION.slice(1)}`];
    return head + "x".repeat(characters - head.length - tail.length) + tail;
  };

  test("may be longer", async () => {
    const api = apiWith("DefinitionCharacters=1500000");
    const definition = longDefinition(1_400_000);
    const type = "EXPRESS";
    const { body } = await api.call("CreateStateMachine", { name: "long", type, definition, roleArn: ROLE });
    expect((await api.call("StartSyncExecution", { stateMachineArn: body.stateMachineArn })).body).toMatchObject({
      status: "SUCCEEDED",
    });
  });

  test("has to be shorter, and runs on where it was created before", async () => {
    const api = new Fixture();
    const definition = longDefinition(5_000);
    const stateMachineArn = await api.createStateMachine("short", { type: "EXPRESS", definition });
    Object.assign(api.context, { quotas: readQuotas("DefinitionCharacters=4000") });
    const { body } = await api.call("CreateStateMachine", { name: "other", definition, roleArn: ROLE });
    expect(body.message).toContain("Member must have length less than or equal to 4000");
    expect((await api.call("StartSyncExecution", { stateMachineArn })).body).toMatchObject({ status: "SUCCEEDED" });
  });
});

test("tags, versions and aliases have their quotas", async () => {
  const api = apiWith("Tags=2, Versions=1, Aliases=1");
  const resourceArn = await api.createStateMachine("small", { publish: true });
  const tags = ["a", "b", "c"].map((key) => ({ key, value: "1" }));
  expect((await api.call("TagResource", { resourceArn, tags: tags.slice(1) })).status).toBe(200);
  expect((await api.call("TagResource", { resourceArn, tags })).body).toMatchObject({
    __type: "TooManyTags",
    message: "Too many tags: a resource can have at most 2",
  });
  await api.call("UpdateStateMachine", { stateMachineArn: resourceArn, roleArn: `${ROLE}2` });
  expect((await api.call("PublishStateMachineVersion", { stateMachineArn: resourceArn })).body).toMatchObject({
    __type: "ServiceQuotaExceededException",
    message: "A state machine can have at most 1 versions",
  });
  const routingConfiguration = [{ stateMachineVersionArn: `${resourceArn}:1`, weight: 100 }];
  expect((await api.call("CreateStateMachineAlias", { name: "one", routingConfiguration })).status).toBe(200);
  expect((await api.call("CreateStateMachineAlias", { name: "two", routingConfiguration })).body).toMatchObject({
    __type: "ServiceQuotaExceededException",
    message: "A state machine can have at most 1 aliases",
  });
});

test("state machines and activities are counted where that is asked for", async () => {
  const api = apiWith("StateMachines=1, Activities=1");
  const definition = DEFINITION;
  expect((await api.call("CreateStateMachine", { name: "one", definition, roleArn: ROLE })).status).toBe(200);
  expect((await api.call("CreateStateMachine", { name: "one", definition, roleArn: ROLE })).status).toBe(200);
  expect((await api.call("CreateStateMachine", { name: "two", definition, roleArn: ROLE })).body).toEqual({
    __type: "StateMachineLimitExceeded",
    message: "The maximum number of state machines has been reached: 1",
  });
  expect((await api.call("CreateActivity", { name: "one" })).status).toBe(200);
  expect((await api.call("CreateActivity", { name: "one" })).status).toBe(200);
  expect((await api.call("CreateActivity", { name: "two" })).body).toEqual({
    __type: "ActivityLimitExceeded",
    message: "The maximum number of activities has been reached: 1",
  });
});
