import { describe, expect, test } from "vitest";
import { ACCOUNT, DEFINITION, Fixture, ROLE, START, type ReplyBody } from "./fixture.ts";

const ARN = `${ACCOUNT}:stateMachine:Hello`;
const SECONDS = START / 1000;
const create = { name: "Hello", definition: DEFINITION, roleArn: ROLE };
const logsTo = (...names: string[]): object[] =>
  names.map((name) => ({
    cloudWatchLogsLogGroup: { logGroupArn: `arn:aws:logs:us-east-1:123456789012:log-group:${name}:*` },
  }));

describe("CreateStateMachine", () => {
  test("answers with the ARN and the date in seconds", async () => {
    const api = new Fixture();
    const reply = await api.call("CreateStateMachine", create);
    expect(reply).toMatchObject({ status: 200, contentType: "application/x-amz-json-1.0" });
    expect(reply.body).toEqual({ stateMachineArn: ARN, creationDate: SECONDS });
    expect(reply.requestId).toMatch(/^[0-9a-f-]{36}$/u);
  });

  test("what was created is described with its defaults, and without a revision", async () => {
    const api = new Fixture();
    await api.call("CreateStateMachine", create);
    expect((await api.call("DescribeStateMachine", { stateMachineArn: ARN })).body).toEqual({
      stateMachineArn: ARN,
      name: "Hello",
      status: "ACTIVE",
      type: "STANDARD",
      definition: DEFINITION,
      roleArn: ROLE,
      creationDate: SECONDS,
      loggingConfiguration: { level: "OFF", includeExecutionData: false },
      tracingConfiguration: { enabled: false },
      encryptionConfiguration: { type: "AWS_OWNED_KEY" },
    });
  });

  test("again with the same request answers the same, another role and other tags included", async () => {
    const api = new Fixture();
    await api.call("CreateStateMachine", { ...create, tags: [{ key: "a", value: "1" }] });
    api.at += 5000;
    const again = await api.call("CreateStateMachine", {
      ...create,
      roleArn: `${ROLE}2`,
      tags: [{ key: "b", value: "2" }],
    });
    expect(again.body).toEqual({ stateMachineArn: ARN, creationDate: SECONDS });
    expect((await api.call("DescribeStateMachine", { stateMachineArn: ARN })).body["roleArn"]).toBe(ROLE);
    expect((await api.call("ListTagsForResource", { resourceArn: ARN })).body["tags"]).toEqual([
      { key: "a", value: "1" },
    ]);
  });

  test.each<[string, object]>([
    ["the same definition in other words", { definition: `${DEFINITION} ` }],
    ["another type", { type: "EXPRESS" }],
    ["another logging configuration", { loggingConfiguration: { level: "ALL", destinations: logsTo("g") } }],
    ["another tracing configuration", { tracingConfiguration: { enabled: true } }],
  ])("again with %s is refused", async (_what, change) => {
    const api = new Fixture();
    await api.call("CreateStateMachine", create);
    expect(await api.call("CreateStateMachine", { ...create, ...change })).toMatchObject({
      status: 400,
      body: { __type: "StateMachineAlreadyExists", message: `State Machine Already Exists: '${ARN}'` },
    });
  });

  test.each([
    "activity name",
    "a#b",
    "a/b",
    "a:b",
    "a\u0000",
    "a\u007f",
    "a\u009f",
    "é\u00a0",
    "a😀",
    "a\ufffe",
    "<a",
    "a?",
  ])("the name %j is refused", async (name) => {
    const reply = await new Fixture().call("CreateStateMachine", { ...create, name });
    expect(reply.body).toEqual({ __type: "InvalidName", message: `Invalid Name: '${name}'` });
  });

  test.each(["Ünïcode-名前", "a.b_c-d", "x".repeat(80), "(a)+=!@'"])("the name %j is taken", async (name) => {
    expect((await new Fixture().call("CreateStateMachine", { ...create, name })).status).toBe(200);
  });

  test("all that is wrong with the definition is in one message, warnings left out", async () => {
    const definition = JSON.stringify({
      StartAt: "A",
      States: {
        A: { Type: "Task", Resource: "arn:aws:states:::lambda:invoke", Next: "B" },
        C: { Type: "Pass", End: true },
      },
    });
    const api = new Fixture();
    expect((await api.call("CreateStateMachine", { ...create, definition })).body).toEqual({
      __type: "InvalidDefinition",
      message:
        "Invalid State Machine Definition: ''MISSING_TRANSITION_TARGET: Missing 'Next' target: B at /States/A/Next', " +
        "'MISSING_TRANSITION_TARGET: State \"C\" is not reachable. at /States/C''",
    });
    expect((await api.call("DescribeStateMachine", { stateMachineArn: ARN })).body.__type).toBe(
      "StateMachineDoesNotExist",
    );
  });

  test("a version description needs a version", async () => {
    const api = new Fixture();
    expect((await api.call("CreateStateMachine", { ...create, versionDescription: "v" })).body).toEqual({
      __type: "ValidationException",
      message: "Version description can only be set when publish is true",
    });
  });

  test("a key that would encrypt nothing is refused", async () => {
    const encryptionConfiguration = { type: "CUSTOMER_MANAGED_KMS_KEY", kmsKeyId: "k" };
    const reply = await new Fixture().call("CreateStateMachine", { ...create, encryptionConfiguration });
    expect(reply.body.__type).toBe("InvalidEncryptionConfiguration");
  });
});

describe("the logging configuration", () => {
  test.each<[object, object]>([
    [{}, { level: "OFF", includeExecutionData: false }],
    [{ destinations: [] }, { level: "OFF", includeExecutionData: false, destinations: [] }],
    [
      { level: "OFF", includeExecutionData: true, destinations: logsTo("g") },
      { level: "OFF", includeExecutionData: true, destinations: logsTo("g") },
    ],
    [
      { level: "ERROR", destinations: logsTo("g") },
      { level: "ERROR", includeExecutionData: false, destinations: logsTo("g") },
    ],
  ])("%j is shown as %j", async (loggingConfiguration, shown) => {
    const api = new Fixture();
    await api.createStateMachine("Hello", { loggingConfiguration });
    expect((await api.call("DescribeStateMachine", { stateMachineArn: ARN })).body["loggingConfiguration"]).toEqual(
      shown,
    );
  });

  test.each<[object, string]>([
    [{ level: "ALL" }, "Must specify exactly one Log Destination."],
    [{ level: "FATAL", destinations: [] }, "Must specify exactly one Log Destination."],
    [{ level: "ALL", destinations: logsTo("a", "b") }, "Must specify exactly one Log Destination."],
    [{ level: "ALL", destinations: [{}] }, "Log Destination not found."],
  ])("%j is refused", async (loggingConfiguration, reason) => {
    expect((await new Fixture().call("CreateStateMachine", { ...create, loggingConfiguration })).body).toEqual({
      __type: "InvalidLoggingConfiguration",
      message: `Invalid Logging Configuration: ${reason}`,
    });
  });
});

describe("UpdateStateMachine", () => {
  test("a change makes a revision, the same again makes none", async () => {
    const api = new Fixture();
    await api.call("CreateStateMachine", create);
    api.at += 1000;
    const change = { stateMachineArn: ARN, definition: `${DEFINITION} ` };
    const first = await api.call("UpdateStateMachine", change);
    expect(first.body).toEqual({ updateDate: SECONDS + 1, revisionId: "uuid-1" });
    expect((await api.call("UpdateStateMachine", change)).body["revisionId"]).toBe("uuid-1");
    const described = await api.call("DescribeStateMachine", { stateMachineArn: ARN });
    expect(described.body).toMatchObject({
      definition: `${DEFINITION} `,
      roleArn: ROLE,
      revisionId: "uuid-1",
      creationDate: SECONDS,
    });
  });

  test("no change of what was just created answers without a revision", async () => {
    const api = new Fixture();
    await api.call("CreateStateMachine", create);
    const reply = await api.call("UpdateStateMachine", { stateMachineArn: ARN, roleArn: ROLE });
    expect(reply.body).toEqual({ updateDate: SECONDS });
  });

  test("nothing to change is refused", async () => {
    const api = new Fixture();
    await api.call("CreateStateMachine", create);
    expect((await api.call("UpdateStateMachine", { stateMachineArn: ARN })).body).toEqual({
      __type: "MissingRequiredParameter",
      message:
        "Either the definition, the role ARN, the LoggingConfiguration, or the TracingConfiguration must be specified",
    });
  });

  test("of one that does not exist is refused, of a labeled one too", async () => {
    const api = new Fixture();
    expect((await api.call("UpdateStateMachine", { stateMachineArn: ARN, roleArn: ROLE })).body).toEqual({
      __type: "StateMachineDoesNotExist",
      message: `State Machine Does Not Exist: '${ARN}'`,
    });
    expect((await api.call("UpdateStateMachine", { stateMachineArn: `${ARN}/L`, roleArn: ROLE })).body).toMatchObject({
      __type: "ValidationException",
      reason: "API_DOES_NOT_SUPPORT_LABELED_ARNS",
    });
  });
});

describe("DeleteStateMachine", () => {
  test("takes the state machine and its tags, and does not mind if there is none", async () => {
    const api = new Fixture();
    await api.createStateMachine("Hello", { tags: [{ key: "a", value: "1" }] });
    expect(await api.call("DeleteStateMachine", { stateMachineArn: ARN })).toMatchObject({ status: 200, body: {} });
    expect(await api.call("DeleteStateMachine", { stateMachineArn: ARN })).toMatchObject({ status: 200, body: {} });
    expect((await api.call("DescribeStateMachine", { stateMachineArn: ARN })).body.__type).toBe(
      "StateMachineDoesNotExist",
    );
    await api.createStateMachine("Hello");
    expect((await api.call("ListTagsForResource", { resourceArn: ARN })).body).toEqual({ tags: [] });
  });
});

describe("ListStateMachines", () => {
  test("goes by name, and its pages neither repeat nor skip when machines come and go", async () => {
    const api = new Fixture();
    for (const name of ["m_2", "m_0", "m_10", "m_1", "m_3"]) await api.createStateMachine(name);
    const namesOf = (body: ReplyBody): string[] | undefined => body.stateMachines?.map((x) => x.name);
    const first = await api.call("ListStateMachines", { maxResults: 2 });
    expect(namesOf(first.body)).toEqual(["m_0", "m_1"]);
    await api.call("DeleteStateMachine", { stateMachineArn: `${ACCOUNT}:stateMachine:m_1` });
    await api.createStateMachine("m_01");
    const second = await api.call("ListStateMachines", { maxResults: 2, nextToken: first.body.nextToken });
    expect(namesOf(second.body)).toEqual(["m_10", "m_2"]);
    const third = await api.call("ListStateMachines", { maxResults: 2, nextToken: second.body.nextToken });
    expect(third.body).toEqual({
      stateMachines: [
        { stateMachineArn: `${ACCOUNT}:stateMachine:m_3`, name: "m_3", type: "STANDARD", creationDate: SECONDS },
      ],
    });
  });

  test("maxResults 0 is the default", async () => {
    const api = new Fixture();
    for (let i = 0; i < 101; i++) await api.createStateMachine(`m${String(i).padStart(3, "0")}`);
    const { body } = await api.call("ListStateMachines", { maxResults: 0 });
    expect(body.stateMachines).toHaveLength(100);
    expect(body.nextToken).toBeDefined();
  });

  test("the token of another list is refused", async () => {
    const api = new Fixture();
    for (const name of ["a", "b"]) await api.call("CreateActivity", { name });
    const { nextToken } = (await api.call("ListActivities", { maxResults: 1 })).body;
    expect((await api.call("ListStateMachines", { nextToken })).body).toEqual({
      __type: "InvalidToken",
      message: "Invalid Token: 'Invalid token'",
    });
  });
});
