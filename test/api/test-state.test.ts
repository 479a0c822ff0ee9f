import { describe, expect, test } from "vitest";
import { policyPrincipal } from "../../src/api/auth/principal.ts";
import type { Authorization } from "../../src/runtime/connections/authorize.ts";
import { callHttp } from "../../src/runtime/integrations/http/http.ts";
import { failed as failedTask } from "../../src/runtime/tasks/task-call.ts";
import { doorOf } from "../integrations/http-words.ts";
import { Fixture, ROLE } from "./fixture.ts";

type Fields = Readonly<Record<string, unknown>>;
const LAMBDA = "arn:aws:states:::lambda:invoke";
const pass = { Type: "Pass", End: true };
const task = { Type: "Task", Resource: LAMBDA, End: true };
const jsonata = (state: Fields): Fields => ({ ...state, QueryLanguage: "JSONata" });
const machine = { StartAt: "I", States: { I: pass } };
const map = { Type: "Map", ItemProcessor: machine, End: true };
const parallel = { Type: "Parallel", Branches: [machine, { StartAt: "J", States: { J: pass } }], End: true };
const failing = { errorOutput: { error: "E", cause: "why" } };

async function ask(definition: unknown, more: Fields = {}, api: Fixture = new Fixture()): Promise<Fields> {
  const text = typeof definition === "string" ? definition : JSON.stringify(definition);
  return (await api.call("TestState", { definition: text, ...more })).body;
}
const refusal = (message: string, __type = "ValidationException"): Fields => ({ __type, message });
const inspect = async (state: unknown, more: Fields = {}): Promise<unknown> =>
  (await ask(state, { inspectionLevel: "DEBUG", ...more }))["inspectionData"];

describe("each type of state answers", () => {
  test.each<[string, unknown, Fields, Fields]>([
    ["a Pass", { ...pass, Result: 5 }, {}, { status: "SUCCEEDED", output: "5" }],
    [
      "a Pass that leads on",
      { Type: "Pass", Next: "B" },
      { input: "[1]" },
      { status: "SUCCEEDED", output: "[1]", nextState: "B" },
    ],
    ["a Succeed", { Type: "Succeed" }, { input: '{"a": 1.0}' }, { status: "SUCCEEDED", output: '{"a": 1.0}' }],
    ["a Fail", { Type: "Fail", Error: "E", Cause: "why" }, {}, { status: "FAILED", error: "E", cause: "why" }],
    ["a bare Fail", { Type: "Fail" }, {}, { status: "FAILED" }],
    [
      "a Wait, at once",
      { Type: "Wait", Seconds: 3600, Next: "B" },
      {},
      { status: "SUCCEEDED", output: "{}", nextState: "B" },
    ],
    [
      "a Choice",
      { Type: "Choice", Choices: [{ Variable: "$.x", IsPresent: true, Next: "B" }], Default: "C" },
      { input: '{"x":1}' },
      { status: "SUCCEEDED", output: '{"x":1}', nextState: "B" },
    ],
    ["a mocked task", task, { mock: { result: '{"Payload":1}' } }, { status: "SUCCEEDED", output: '{"Payload":1}' }],
    ["a mocked Parallel", parallel, { mock: { result: "[1,2]" } }, { status: "SUCCEEDED", output: "[1,2]" }],
    ["a mocked Map", map, { input: "[1]", mock: { result: "[9]" } }, { status: "SUCCEEDED", output: "[9]" }],
    ["a mocked failure", task, { mock: failing }, { status: "FAILED", error: "E", cause: "why" }],
    ["a failure without a name", task, { mock: { errorOutput: {} } }, { status: "FAILED" }],
  ])("%s", async (_, state, more, answer) => expect(await ask(state, more)).toEqual(answer));

  test("a Choice that finds nothing fails", async () => {
    const state = { Type: "Choice", Choices: [{ Variable: "$.x", IsPresent: true, Next: "B" }] };
    expect(await ask(state)).toMatchObject({ status: "FAILED", error: "States.NoChoiceMatched" });
  });

  test("an expression that fails is the state's failure, with the state's name as AWS gives it", async () => {
    expect(await ask({ ...pass, Parameters: { "a.$": "$.no" } })).toEqual({
      status: "FAILED",
      error: "States.Runtime",
      cause:
        "An error occurred while executing the state 'StateName' (entered at the event id #2). The JSONPath '$.no' specified for the field 'a.$' could not be found in the input '{}'",
    });
    expect(await ask(jsonata({ ...pass, Output: "{% $error('no') %}" }))).toMatchObject({
      status: "FAILED",
      error: "States.QueryEvaluationError",
    });
  });

  test("an output over the quota fails", async () => {
    const big = { ...task, ResultSelector: { "a.$": "$.x", "b.$": "$.x" } };
    const mock = { result: JSON.stringify({ x: "x".repeat(150_000) }) };
    expect(await ask(big, { mock })).toMatchObject({ status: "FAILED", error: "States.DataLimitExceeded" });
  });
});

describe("a task that is not mocked", () => {
  test("is performed, with its evaluated input", async () => {
    const api = new Fixture();
    const state = { ...task, Parameters: { FunctionName: "f", "Payload.$": "$" }, ResultSelector: { "got.$": "$" } };
    expect(await ask(state, { input: "[1]", roleArn: ROLE }, api)).toEqual({
      status: "SUCCEEDED",
      output: '{"got":{"FunctionName":"f","Payload":[1]}}',
    });
  });

  test("that fails is retried or caught as its fields say", async () => {
    const api = new Fixture();
    api.performTask = async () => ({ kind: "failed", failure: { error: "E", cause: "why" } });
    const Catch = [{ ErrorEquals: ["E"], Next: "B" }];
    expect(await ask({ ...task, Catch }, {}, api)).toEqual({
      status: "CAUGHT_ERROR",
      error: "E",
      cause: "why",
      nextState: "B",
      output: '{"Error":"E","Cause":"why"}',
    });
  });

  test("that does not answer in its time fails with States.Timeout", async () => {
    const api = new Fixture();
    api.performTask = () => new Promise(() => undefined);
    expect(await ask({ ...task, TimeoutSeconds: 1 }, {}, api)).toMatchObject({
      status: "FAILED",
      error: "States.Timeout",
    });
  });

  test("with a result over the quota fails", async () => {
    const api = new Fixture();
    const { Payload } = await import("../../src/data/payload.ts");
    api.performTask = async () => ({ kind: "succeeded", output: Payload.of("x".repeat(300_000)) });
    expect(await ask(task, {}, api)).toMatchObject({ status: "FAILED", error: "States.DataLimitExceeded" });
  });

  test.each<[string, string]>([
    [
      "arn:aws:states:us-east-1:123456789012:activity:a",
      "TestState API does not support Activity tasks when a mock is not specified",
    ],
    [
      `${LAMBDA}.waitForTaskToken`,
      "TestState API does not support the '.waitForTaskToken' service integration pattern when a mock is not specified",
    ],
    [
      "arn:aws:states:::states:startExecution.sync:2",
      "TestState API does not support the '.sync' service integration pattern when a mock is not specified",
    ],
  ])("and waits for somebody is refused: %s", async (Resource, message) => {
    expect(await ask({ ...task, Resource })).toEqual(refusal(message, "InvalidDefinition"));
    expect(await ask({ ...task, Resource }, { mock: { result: "{}", fieldValidationMode: "NONE" } })).toMatchObject({
      status: "SUCCEEDED",
    });
  });
});

describe("what becomes of a failure", () => {
  const Retry = [
    { ErrorEquals: ["F"] },
    { ErrorEquals: ["E"], IntervalSeconds: 2, BackoffRate: 3, MaxAttempts: 2, MaxDelaySeconds: 5 },
  ];
  const Catch = [{ ErrorEquals: ["States.TaskFailed"], ResultPath: "$.e", Next: "B" }];
  const details = async (state: unknown, retrierRetryCount: number): Promise<unknown> => {
    const { status, inspectionData } = await ask(state, {
      mock: failing,
      stateConfiguration: { retrierRetryCount },
      inspectionLevel: "TRACE",
    });
    return [status, (inspectionData as { errorDetails: unknown }).errorDetails];
  };

  test.each<[number, unknown]>([
    [0, ["RETRIABLE", { retryIndex: 1, retryBackoffIntervalSeconds: 2 }]],
    [1, ["RETRIABLE", { retryIndex: 1, retryBackoffIntervalSeconds: 5 }]],
    [2, ["CAUGHT_ERROR", { retryIndex: 1, catchIndex: 0 }]],
  ])("after %i retries", async (count, expected) =>
    expect(await details({ ...task, Retry, Catch }, count)).toEqual(expected),
  );

  test("spent and uncaught, it fails", async () => {
    expect(await details({ ...task, Retry }, 2)).toEqual(["FAILED", { retryIndex: 1 }]);
  });

  test("a jittered delay is at most the whole one", async () => {
    const jittered = { ErrorEquals: ["E"], IntervalSeconds: 10, JitterStrategy: "FULL" };
    const [, found] = (await details({ ...task, Retry: [jittered] }, 0)) as [string, Record<string, number>];
    expect(found["retryBackoffIntervalSeconds"]).toBeLessThanOrEqual(10);
  });

  test("a failure without a name is caught like any other", async () => {
    const state = { ...task, Catch: [{ ErrorEquals: ["States.ALL"], Next: "B" }] };
    expect(await ask(state, { mock: { errorOutput: {} } })).toEqual({
      status: "CAUGHT_ERROR",
      nextState: "B",
      output: '{"Error":null,"Cause":null}',
    });
  });

  test("with neither, it fails without details", async () =>
    expect(await details(task, 0)).toEqual(["FAILED", undefined]));

  test("an expression of the Catcher that fails is caught by none", async () => {
    const Catches = [{ ErrorEquals: ["E"], Output: "{% $error('no') %}", Next: "B" }];
    expect(await ask(jsonata({ ...task, Catch: Catches }), { mock: failing })).toMatchObject({
      status: "FAILED",
      error: "States.QueryEvaluationError",
    });
  });

  test("what is caught may be too large to go on", async () => {
    const big = { ErrorEquals: ["E"], Output: "{% $pad('', 300000, 'x') %}", Next: "B" };
    expect(await ask(jsonata({ ...task, Catch: [big] }), { mock: failing })).toMatchObject({
      status: "FAILED",
      error: "States.DataLimitExceeded",
    });
  });

  test("an expression's failure is retried and caught, too, but not a path's", async () => {
    const caught = { ...task, Catch: [{ ErrorEquals: ["States.ALL"], Next: "B" }] };
    const mock = { result: "{}", fieldValidationMode: "NONE" };
    expect(await ask(jsonata({ ...caught, Output: "{% $error('no') %}" }), { mock })).toMatchObject({
      status: "CAUGHT_ERROR",
    });
    expect(await ask({ ...caught, ResultSelector: { "a.$": "$.no" } }, { mock })).toMatchObject({ status: "FAILED" });
  });
});

describe("the inspection shows each stage", () => {
  test("of a task in JSONPath", async () => {
    const state = {
      ...task,
      InputPath: "$.a",
      Parameters: { "p.$": "$" },
      ResultSelector: { "s.$": "$.Payload" },
      ResultPath: "$.r",
      OutputPath: "$.r",
      Assign: { "v.$": "$.s" },
    };
    const more = { input: '{"a":1}', mock: { result: '{"Payload":7}' }, variables: '{"w":2}' };
    expect(await inspect(state, more)).toEqual({
      input: '{"a":1}',
      afterInputPath: "1",
      afterParameters: '{"p":1}',
      result: '{"Payload":7}',
      afterResultSelector: '{"s":7}',
      afterResultPath: '{"a":1,"r":{"s":7}}',
      variables: '{"w":2,"v":7}',
    });
  });

  test("of a task in JSONata", async () => {
    const state = jsonata({ ...task, Arguments: { a: "{% $v %}" }, Assign: { v: "{% $states.result.Payload %}" } });
    expect(await inspect(state, { variables: '{"v":1}', mock: { result: '{"Payload":2}' } })).toEqual({
      input: "{}",
      afterArguments: '{"a":1}',
      result: '{"Payload":2}',
      variables: '{"v":2}',
    });
    expect(await inspect(jsonata(task), { mock: { result: "{}", fieldValidationMode: "NONE" } })).toEqual({
      input: "{}",
      result: "{}",
    });
  });

  test("of the variables it reads, in either language", async () => {
    const more = { variables: '{"v":1}' };
    expect(await ask({ ...pass, Parameters: { "a.$": "$v" } }, more)).toMatchObject({ output: '{"a":1}' });
    expect(await ask({ ...pass, Parameters: { "a.$": "$w" } }, more)).toMatchObject({ status: "FAILED" });
    expect(await ask(jsonata({ ...pass, Output: "{% $v %}" }), more)).toMatchObject({ output: "1" });
  });

  test("of a Pass, with and without a Result", async () => {
    const stages = { input: "{}", afterResultSelector: "{}", afterResultPath: "{}" };
    expect(await inspect(pass)).toEqual({ ...stages, afterInputPath: "{}", afterParameters: "{}" });
    expect(await inspect({ ...pass, Result: {} })).toEqual({ ...stages, result: "{}" });
    expect(await inspect(jsonata(pass))).toEqual({ input: "{}" });
  });

  test("of a Parallel, without what goes into it", async () => {
    expect(await inspect(parallel, { mock: { result: "[1,2]" } })).toEqual({
      input: "{}",
      afterResultSelector: "[1,2]",
      afterResultPath: "[1,2]",
    });
  });

  test("of a Map in JSONata, where the items are no stage of their own", async () => {
    const state = {
      ...jsonata(map),
      Items: "{% $states.input.items %}",
      ItemSelector: "{% $states.context.Map.Item.Value & '!' %}",
      MaxConcurrency: "{% 3 %}",
    };
    const more = { input: '{"items":["a","b"]}', mock: { result: "[1,2]" } };
    const stages = await inspect(state, more);
    expect(stages).toMatchObject({ input: more.input, afterItemSelector: '["a!","b!"]', maxConcurrency: 3 });
    expect(stages).not.toHaveProperty("afterItemsPath");
  });

  test("of a Map, with its items and limits", async () => {
    const state = {
      ...map,
      ItemsPath: "$.items",
      ItemSelector: { "i.$": "$$.Map.Item.Index", "v.$": "$$.Map.Item.Value", "n.$": "$.n" },
      MaxConcurrencyPath: "$.n",
      ToleratedFailureCount: 1,
      ToleratedFailurePercentagePath: "$.n",
    };
    const more = { input: '{"items":["a","b"],"n":3}', mock: { result: "[1,2]" } };
    expect(await inspect(state, more)).toEqual({
      input: more.input,
      afterInputPath: more.input,
      afterItemsPath: '["a","b"]',
      afterItemSelector: '[{"i":0,"v":"a","n":3},{"i":1,"v":"b","n":3}]',
      maxConcurrency: 3,
      toleratedFailureCount: 1,
      toleratedFailurePercentage: 3,
      afterResultSelector: "[1,2]",
      afterResultPath: "[1,2]",
    });
  });

  test("of a distributed Map over the members of an object", async () => {
    const ProcessorConfig = { Mode: "DISTRIBUTED", ExecutionType: "EXPRESS" };
    const state = {
      ...map,
      ItemProcessor: { ...machine, ProcessorConfig },
      ItemsPath: "$.members",
      ItemSelector: { "k.$": "$$.Map.Item.Key", "v.$": "$$.Map.Item.Value" },
    };
    const more = { input: '{"members":{"b":1,"a":[2]}}', mock: { result: "[1,2]" } };
    expect(await inspect(state, more)).toMatchObject({
      afterItemsPath: '{"b":1,"a":[2]}',
      afterItemSelector: '[{"k":"b","v":1},{"k":"a","v":[2]}]',
    });
  });

  test("up to the stage that failed", async () => {
    expect(await inspect({ ...map, ItemsPath: "$.no" }, { mock: { result: "[]" } })).toEqual({
      input: "{}",
      afterInputPath: "{}",
    });
  });

  test("and nothing at the level INFO", async () => {
    expect(await ask(pass, { inspectionLevel: "INFO" })).not.toHaveProperty("inspectionData");
    expect(await ask(pass)).not.toHaveProperty("inspectionData");
  });
});

describe("a Map's failed iterations", () => {
  const outcome = async (fields: Fields, failed: number): Promise<unknown> =>
    (
      await ask(
        { ...map, ...fields },
        { input: "[1,2,3,4]", mock: { result: "[0]" }, stateConfiguration: { mapIterationFailureCount: failed } },
      )
    )["error"];
  const OVER = "States.ExceedToleratedFailureThreshold";
  test.each<[Fields, number, string | undefined]>([
    [{}, 4, undefined],
    [{ ToleratedFailureCount: 1 }, 1, undefined],
    [{ ToleratedFailureCount: 1 }, 2, OVER],
    [{ ToleratedFailureCount: 0 }, 1, OVER],
    [{ ToleratedFailurePercentage: 50 }, 2, undefined],
    [{ ToleratedFailurePercentage: 50 }, 3, OVER],
    [{ ToleratedFailureCount: 3, ToleratedFailurePercentage: 25 }, 2, OVER],
  ])("%j with %i", async (fields, failed, error) => expect(await outcome(fields, failed)).toBe(error));
});

describe("a Map with an ItemReader", () => {
  const reading = (InputType: string): Fields => ({
    ...map,
    ItemReader: {
      Resource: "arn:aws:states:::s3:getObject",
      ReaderConfig: { InputType, ...(InputType === "CSV" && { CSVHeaderLocation: "FIRST_ROW" }) },
      Parameters: {},
    },
    ItemSelector: { "v.$": "$$.Map.Item.Value" },
  });
  const read = (InputType: string, mapItemReaderData: string): Promise<unknown> =>
    inspect(reading(InputType), { mock: { result: "[]" }, stateConfiguration: { mapItemReaderData } });

  test("takes its items from what it is said to read", async () => {
    expect(await read("JSON", "[1,2]")).toMatchObject({ afterItemSelector: '[{"v":1},{"v":2}]' });
    expect(await read("JSONL", '{"a":1}\n\n5\n')).toMatchObject({ afterItemSelector: '[{"v":{"a":1}},{"v":5}]' });
  });

  test("needs nothing to read where nothing looks at the items", async () => {
    expect(await ask(reading("JSON"), { mock: { result: "[9]" } })).toEqual({ status: "SUCCEEDED", output: "[9]" });
    const tolerant = { ...reading("JSON"), ToleratedFailureCount: 1 };
    const more = { mock: { result: "[9]" }, stateConfiguration: { mapIterationFailureCount: 2 } };
    expect(await ask(tolerant, more)).toMatchObject({ error: "States.ExceedToleratedFailureThreshold" });
  });

  test.each<[string, string, Fields]>([
    ["JSON", "nope", refusal("MapItemReaderData must be valid JSON")],
    ["JSONL", "1\nnope", refusal("MapItemReaderData must be valid JSONL")],
    ["JSON", "{}", refusal("MapItemReaderData must be a JSON array")],
    [
      "CSV",
      "a,b",
      refusal("Stepflare does not support MapItemReaderData in the format CSV yet.", "UnsupportedOperation"),
    ],
  ])("of %s refuses %j", async (InputType, mapItemReaderData, expected) => {
    expect(
      await ask(reading(InputType), { mock: { result: "[]" }, stateConfiguration: { mapItemReaderData } }),
    ).toEqual(expected);
  });

  test("is the only one that reads", async () => {
    const more = { mock: { result: "[]" }, stateConfiguration: { mapItemReaderData: "[]" } };
    expect(await ask(map, more)).toEqual(
      refusal("MapItemReaderData is only supported for Map states with an ItemReader"),
    );
  });
});

describe("the context object", () => {
  const shows = { ...task, Parameters: { "c.$": "$$" } };
  const mock = { result: "{}", fieldValidationMode: "NONE" };
  const contextOf = async (state: unknown, more: Fields = {}): Promise<unknown> => {
    const shown = (await inspect(state, { mock, ...more })) as { afterParameters: string };
    return (JSON.parse(shown.afterParameters) as { c: unknown }).c;
  };

  test("is made up where none is given", async () => {
    expect(
      await contextOf(shows, { input: "[1]", roleArn: ROLE, stateConfiguration: { retrierRetryCount: 2 } }),
    ).toEqual({
      Execution: {
        Id: expect.stringMatching(/^arn:aws:states:us-east-1:123456789012:express:[^:]+:[^:]+$/u),
        Input: [1],
        Name: expect.any(String),
        RoleArn: ROLE,
        StartTime: "2026-01-02T03:04:05.678Z",
      },
      State: { Name: "StateName", EnteredTime: "2026-01-02T03:04:05.678Z", RetryCount: 2 },
      StateMachine: { Id: expect.stringContaining(":stateMachine:"), Name: expect.any(String) },
    });
    expect(await contextOf(shows)).toMatchObject({ Execution: { RoleArn: null } });
    expect(await contextOf({ ...shows, Resource: `${LAMBDA}.waitForTaskToken` })).toMatchObject({
      Task: { Token: expect.any(String) },
    });
  });

  test("is what is given, whole", async () => {
    expect(await contextOf(shows, { context: '{"State":{"Name":"Mine"}}' })).toEqual({ State: { Name: "Mine" } });
    expect(await contextOf(shows, { context: "{}" })).toEqual({});
  });

  const invalid = (reason: string): Fields => refusal(`Invalid Context object provided: ${reason}`);
  test.each<[string, string]>([
    ["[]", "it must be a JSON object"],
    ["nope", "it must be a JSON object"],
    ['{"Pokedex":{}}', "Field 'Pokedex' is not allowed"],
    ['{"Map":{}}', "'Map' field is not supported when mocking a Context object"],
    ['{"State":5}', "Field 'State' must be an object"],
    [
      '{"Task":{"Token":"t"}}',
      "Context object contains 'Task' when state is not a Task state with a '.sync' or '.waitForTaskToken' service integration pattern",
    ],
  ])("%s is refused", async (context, reason) => expect(await ask(shows, { mock, context })).toEqual(invalid(reason)));
});

test("a mocked error may come from a state within", async () => {
  const asked = (errorCausedByState: string): Promise<Fields> =>
    ask(map, { input: "[]", mock: failing, stateConfiguration: { errorCausedByState } });
  expect(await asked("I")).toMatchObject({ status: "FAILED", error: "E" });
  expect(await asked("X")).toEqual(
    refusal("ErrorCausedByState 'X' is not a state of the tested Map or Parallel state"),
  );
});

describe("a request is refused", () => {
  const both = "A test mock should have only one of the following fields: [result, errorOutput].";
  const without = (member: string): Fields =>
    refusal(`TestState does not support ${member} when a mock is not specified.`);
  test.each<[string, unknown, Fields, Fields]>([
    ["a mock of both kinds", task, { mock: { result: "{}", ...failing } }, refusal(both)],
    ["a mock of neither kind", task, { mock: {} }, refusal(both)],
    ["a result that is no JSON", task, { mock: { result: "nope" } }, refusal("Mocked result must be valid JSON")],
    [
      "a Pass with a mock",
      pass,
      { mock: failing },
      refusal("State type 'Pass' is not supported when a mock is specified"),
    ],
    [
      "a Wait with a mock",
      { Type: "Wait", Seconds: 1, End: true },
      { mock: failing },
      refusal("State type 'Wait' is not supported when a mock is specified"),
    ],
    [
      "secrets of a mock",
      task,
      { mock: failing, revealSecrets: true },
      refusal("TestState does not support RevealSecrets when a mock is specified."),
    ],
    [
      "too few branches",
      parallel,
      { mock: { result: "[1]" } },
      refusal("Mocked result must contain the same number of items as number of Parallel branches."),
    ],
    [
      "no branches",
      parallel,
      { mock: { result: "{}" } },
      refusal("Mocked result must contain the same number of items as number of Parallel branches."),
    ],
    [
      "a Map without a mock",
      map,
      {},
      refusal(
        "TestState API does not support Map or Parallel states. Supported state types include: [Task, Wait, Pass, Succeed, Fail, Choice]",
        "InvalidDefinition",
      ),
    ],
    [
      "a failure count without a mock",
      map,
      { stateConfiguration: { mapIterationFailureCount: 0 } },
      without("MapIterationFailureCount"),
    ],
    [
      "a retry count without a mock",
      task,
      { stateConfiguration: { retrierRetryCount: 0 } },
      without("RetrierRetryCount"),
    ],
    [
      "a failed state without a mock",
      map,
      { stateConfiguration: { errorCausedByState: "I" } },
      without("ErrorCausedByState"),
    ],
    ["data without a mock", map, { stateConfiguration: { mapItemReaderData: "[]" } }, without("MapItemReaderData")],
    ["a context without a mock", pass, { context: "{}" }, without("Context")],
    [
      "a failure count of a task",
      task,
      { mock: failing, stateConfiguration: { mapIterationFailureCount: 0 } },
      refusal("MapIterationFailureCount is only supported for Map states"),
    ],
    [
      "more failures than items",
      map,
      { input: "[1]", mock: { result: "[]" }, stateConfiguration: { mapIterationFailureCount: 2 } },
      refusal("Map iteration failure count must be less than or equal to the number of Map iterations"),
    ],
    [
      "a result of the wrong type",
      { ...task, Resource: "arn:aws:states:::sqs:sendMessage" },
      { mock: { result: '{"MessageId":5}' } },
      refusal("Mock result schema validation error: Field 'MessageId' must be a string"),
    ],
    [
      "variables that are none",
      pass,
      { variables: "[1]" },
      refusal("Invalid variables provided: they must be a JSON object"),
    ],
    [
      "the reserved variable",
      pass,
      { variables: '{"states":1}' },
      refusal("Cannot assign to reserved variable '$states'."),
    ],
    [
      "a state that is none",
      { Type: "Nap", End: true },
      {},
      refusal(
        "Invalid State Machine Definition: 'SCHEMA_VALIDATION_FAILED: The field 'Type' should have one of these values: [Task, Wait, Pass, Succeed, Fail, Choice, Parallel, Map] at /Type'",
        "InvalidDefinition",
      ),
    ],
    [
      "a whole machine for a state",
      machine,
      {},
      refusal(
        "Invalid State Machine Definition: 'SCHEMA_VALIDATION_FAILED: These fields are required: [Type] at /'",
        "InvalidDefinition",
      ),
    ],
    ["a state it does not have", machine, { stateName: "X" }, refusal("State not found in definition")],
    [
      "a machine that is none",
      pass,
      { stateName: "X" },
      refusal(
        "Invalid State Machine Definition: ''SCHEMA_VALIDATION_FAILED: These fields are required: [States, StartAt] at /', 'SCHEMA_VALIDATION_FAILED: Field 'Type' is not supported at /', 'SCHEMA_VALIDATION_FAILED: Field 'End' is not supported at /''",
        "InvalidDefinition",
      ),
    ],
    [
      "an input that is no JSON",
      pass,
      { input: "nope" },
      expect.objectContaining({ __type: "InvalidExecutionInput" }) as never,
    ],
    ["a definition that is no JSON", "nope", {}, expect.objectContaining({ __type: "InvalidDefinition" }) as never],
    ["a role that is none", pass, { roleArn: "me" }, expect.objectContaining({ __type: "InvalidArn" }) as never],
  ])("%s", async (_, definition, more, expected) => expect(await ask(definition, more)).toEqual(expected));

  test.each<[string, string]>([
    ["NONE", "SUCCEEDED"],
    ["PRESENT", "SUCCEEDED"],
  ])("but a mode of %s lets missing members pass", async (fieldValidationMode, status) => {
    const mock = { result: "{}", fieldValidationMode };
    expect(await ask({ ...task, Resource: "arn:aws:states:::states:startExecution" }, { mock })).toMatchObject({
      status,
    });
  });
});

test("a state of a whole machine is found by its name, however deep", async () => {
  const whole = {
    StartAt: "M",
    States: { M: { ...map, ItemProcessor: { StartAt: "I", States: { I: { ...pass, Result: 7 } } } } },
  };
  expect(await ask(whole, { stateName: "I" })).toEqual({ status: "SUCCEEDED", output: "7" });
});

describe("an HTTP Task", () => {
  const state = {
    Type: "Task",
    Resource: "arn:aws:states:::http:invoke",
    Parameters: {
      ApiEndpoint: "https://api.example.com/pay",
      Method: "POST",
      Headers: { Accept: "a/b" },
      RequestBody: { sum: 1 },
      Authentication: { ConnectionArn: "payments" },
    },
    End: true,
  };
  const authorize = async (): Promise<Authorization> => ({
    headers: { "X-Key": "the-secret" },
    conceal: (text) => text.replaceAll("the-secret", "***"),
  });
  /** An API whose other side echoes the key. */
  const echoing = (): Fixture => {
    const api = new Fixture();
    const answer = (): Response =>
      Response.json({ echo: "the-secret" }, { status: 402, headers: { "X-Echo": "the-secret" } });
    api.performTask = async (call, signal) => {
      const services = { send: doorOf(answer).send, authorize };
      const { resource } = call;
      if (resource.kind !== "service") throw new Error("no service");
      return (await callHttp(services, { ...call, resource }, signal)) ?? failedTask("none", "none");
    };
    return api;
  };
  const traced = async (more: Fields, api = echoing()): Promise<unknown> =>
    (await ask(state, { inspectionLevel: "TRACE", ...more }, api))["inspectionData"];

  test("shows at the level TRACE what it sent and got, without the connection's secrets", async () => {
    expect(await traced({})).toMatchObject({
      afterParameters: JSON.stringify(state.Parameters),
      request: {
        protocol: "https",
        method: "POST",
        url: "https://api.example.com/pay",
        headers: expect.stringMatching(
          /^\[Content-Type: application\/json, Accept: a\/b, Idempotency-Key: [\w-]+, User-Agent: Amazon\|StepFunctions\|HttpInvoke\|us-east-1, Range: bytes=0-262144\]$/u,
        ),
        body: '{"sum":1}',
      },
      response: {
        protocol: "https",
        statusCode: "402",
        statusMessage: "Payment Required",
        headers: "[content-type: application/json, x-echo: ***]",
        body: '{"echo":"***"}',
      },
    });
  });

  test("reveals them to who may", async () => {
    const seen = (await traced({ revealSecrets: true })) as { request: Fields; response: Fields };
    expect(seen.request["headers"]).toMatch(/, X-Key: the-secret\]$/u);
    expect(seen.response).toMatchObject({ body: '{"echo":"the-secret"}' });
    expect(seen.response["headers"]).toContain("x-echo: the-secret");
  });

  test("reveals nothing to who may only test", async () => {
    const api = echoing();
    const policy = [{ effect: "Allow", actions: ["states:teststate"], resources: ["*"] }] as const;
    const principal = policyPrincipal("123456789012", "user/", "ann", policy);
    api.admit = async () => ({ principal });
    expect(await ask(state, { inspectionLevel: "TRACE", revealSecrets: true }, api)).toMatchObject({
      __type: "AccessDeniedException",
      message: expect.stringContaining("is not authorized to perform: states:RevealSecrets on resource: *"),
    });
    expect(await traced({}, api)).toMatchObject({ response: { body: '{"echo":"***"}' } });
  });

  test.each(["INFO", "DEBUG"])("shows neither at the level %s", async (inspectionLevel) => {
    const answer = await ask(state, { inspectionLevel }, echoing());
    expect(JSON.stringify(answer)).not.toContain("Amazon|StepFunctions");
    expect(answer).toMatchObject({ status: "FAILED", error: "States.Http.StatusCode.402", cause: '{"echo":"***"}' });
  });
});
