import { expect, test } from "vitest";
import { Fixture, ROLE } from "./fixture.ts";

const validate = async (definition: unknown, more: object = {}): Promise<object> =>
  (
    await new Fixture().call("ValidateStateMachineDefinition", {
      definition: typeof definition === "string" ? definition : JSON.stringify(definition),
      ...more,
    })
  ).body;
const task = { Type: "Task", Resource: "arn:aws:states:::lambda:invoke", End: true };
const sound = { StartAt: "A", States: { A: { Type: "Pass", End: true } } };
const mindful = { StartAt: "A", States: { A: task } };
const faulty = { StartAt: "A", States: { A: { ...task, Foo: 1, Bar: 2, Catch: [{}] } } };
const FAULTS = [
  {
    severity: "ERROR",
    code: "SCHEMA_VALIDATION_FAILED",
    message: "These fields are required: [ErrorEquals]",
    location: "/States/A/Catch[0]",
  },
  {
    severity: "ERROR",
    code: "SCHEMA_VALIDATION_FAILED",
    message: "These fields are required: [Next]",
    location: "/States/A/Catch[0]",
  },
  {
    severity: "ERROR",
    code: "SCHEMA_VALIDATION_FAILED",
    message: "Field 'Foo' is not supported",
    location: "/States/A",
  },
  {
    severity: "ERROR",
    code: "SCHEMA_VALIDATION_FAILED",
    message: "Field 'Bar' is not supported",
    location: "/States/A",
  },
];

test("a sound definition is OK", async () => {
  expect(await validate(sound)).toEqual({ result: "OK", diagnostics: [], truncated: false });
});

test("warnings are told only to who asks for them, and fail nothing", async () => {
  expect(await validate(mindful)).toEqual({ result: "OK", diagnostics: [], truncated: false });
  expect(await validate(mindful, { severity: "ERROR" })).toEqual({ result: "OK", diagnostics: [], truncated: false });
  expect(await validate(mindful, { severity: "WARNING" })).toMatchObject({
    result: "OK",
    diagnostics: [{ severity: "WARNING", code: "TASK_WITHOUT_TIMEOUT", location: "/States/A" }],
    truncated: false,
  });
});

test("a faulty one fails, with all that is wrong", async () => {
  expect(await validate(faulty)).toEqual({ result: "FAIL", diagnostics: FAULTS, truncated: false });
});

test.each([
  [1, 1, true],
  [3, 3, true],
  [4, 4, false],
  [100, 4, false],
  [0, 4, false],
])("of at most %i diagnostics, %i are shown", async (maxResults, shown, truncated) => {
  expect(await validate(faulty, { maxResults })).toEqual({
    result: "FAIL",
    diagnostics: FAULTS.slice(0, shown),
    truncated,
  });
});

test("no more than 100 are shown where nobody says how many", async () => {
  const fields = Object.fromEntries(Array.from({ length: 150 }, (_, i) => [`f${i}`, i]));
  const answer = await validate({ StartAt: "A", States: { A: { Type: "Pass", End: true, ...fields } } });
  expect(answer).toMatchObject({ result: "FAIL", truncated: true });
  expect((answer as { diagnostics: unknown[] }).diagnostics).toHaveLength(100);
});

test("what has no place is told without one", async () => {
  expect(await validate(" ")).toEqual({
    result: "FAIL",
    diagnostics: [
      { severity: "ERROR", code: "SCHEMA_VALIDATION_FAILED", message: "Definition must be a valid JSON object" },
    ],
    truncated: false,
  });
});

test("an Express machine is held to its own rules", async () => {
  const waiting = { StartAt: "A", States: { A: { ...task, Resource: `${task.Resource}.waitForTaskToken` } } };
  expect(await validate(waiting)).toMatchObject({ result: "OK" });
  expect(await validate(waiting, { type: "EXPRESS" })).toMatchObject({ result: "FAIL" });
});

test("a Distributed Map is valid, and can be created", async () => {
  const ItemProcessor = { ...sound, ProcessorConfig: { Mode: "DISTRIBUTED", ExecutionType: "STANDARD" } };
  const definition = JSON.stringify({ StartAt: "M", States: { M: { Type: "Map", ItemProcessor, End: true } } });
  expect(await validate(definition)).toMatchObject({ result: "OK" });
  const reply = await new Fixture().call("CreateStateMachine", { name: "D", definition, roleArn: ROLE });
  expect(reply.status).toBe(200);
});

test("DescribeStateMachine tells which variables each state reads, nested states included", async () => {
  const inner = {
    StartAt: "I",
    States: { I: { Type: "Pass", Parameters: { "b.$": "States.Format('{}{}', $b, $a)" }, End: true } },
  };
  const definition = JSON.stringify({
    StartAt: "A",
    States: {
      A: { Type: "Pass", Assign: { a: 1, b: 2 }, Next: "M" },
      M: { Type: "Map", ItemsPath: "$a", ItemProcessor: inner, Next: "J" },
      J: { Type: "Pass", QueryLanguage: "JSONata", Output: "{% ($x := $b; $x + $sum([$a])) %}", End: true },
    },
  });
  const api = new Fixture();
  const { body } = await api.call("CreateStateMachine", { name: "V", definition, roleArn: ROLE });
  const described = async (more: object = {}): Promise<object> =>
    (await api.call("DescribeStateMachine", { stateMachineArn: body["stateMachineArn"], ...more })).body;
  expect(await described()).toMatchObject({ variableReferences: { M: ["a"], I: ["a", "b"], J: ["a", "b"] } });
  expect(await described({ includedData: "METADATA_ONLY" })).not.toHaveProperty("variableReferences");
});

test("where no state reads a variable, nothing is told of it", async () => {
  const api = new Fixture();
  const { body } = await api.call("CreateStateMachine", {
    name: "S",
    definition: JSON.stringify(sound),
    roleArn: ROLE,
  });
  const { body: described } = await api.call("DescribeStateMachine", { stateMachineArn: body["stateMachineArn"] });
  expect(described).not.toHaveProperty("variableReferences");
});
