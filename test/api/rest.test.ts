import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ACCOUNT, DEFINITION, EVENT_COUNT, Fixture, ROLE, tokenFor } from "./fixture.ts";
import { RestClient, type RestReply } from "./rest-client.ts";

const MACHINE = `${ACCOUNT}:stateMachine:orders`;
const EXECUTION = `${ACCOUNT}:execution:orders:first`;
const NOW = "2026-01-02T03:04:05.678Z";

let api: Fixture;
let rest: RestClient;

beforeEach(async () => {
  api = new Fixture();
  rest = await RestClient.of((path, init) => api.fetch(path, init));
});

afterEach(() => rest.close());

const create = (name = "orders", more: object = {}): Promise<RestReply> =>
  rest.call("POST", "/api/state-machines", { name, definition: JSON.parse(DEFINITION), roleArn: ROLE, ...more });

const start = (body: object = { name: "first" }): Promise<RestReply> =>
  rest.call("POST", "/api/state-machines/orders/executions", body);

describe("a state machine", () => {
  test("is created, shown, changed, listed and deleted", async () => {
    const created = await create();
    expect(created).toMatchObject({ status: 201, body: { stateMachineArn: MACHINE, creationDate: NOW } });
    const location = created.headers.get("location") ?? "";
    expect(location).toBe("/api/state-machines/orders");
    expect((await rest.call("GET", location)).body).toMatchObject({
      stateMachineArn: MACHINE,
      definition: JSON.parse(DEFINITION),
      creationDate: NOW,
      loggingConfiguration: { level: "OFF" },
    });
    const changed = await rest.call("PATCH", location, { roleArn: `${ROLE}2` });
    expect(changed.body).toEqual({ updateDate: NOW, revisionId: "uuid-1" });
    expect((await rest.call("GET", location)).body).toMatchObject({ roleArn: `${ROLE}2`, revisionId: "uuid-1" });
    expect((await rest.call("GET", "/api/state-machines")).body).toEqual({
      stateMachines: [{ stateMachineArn: MACHINE, name: "orders", type: "STANDARD", creationDate: NOW }],
    });
    expect(await rest.call("DELETE", location)).toMatchObject({ status: 204, text: "" });
    expect((await rest.call("GET", location)).status).toBe(404);
  });

  test("is named by its ARN as well", async () => {
    await create();
    expect((await rest.call("GET", `/api/state-machines/${encodeURIComponent(MACHINE)}`)).body.name).toBe("orders");
    expect((await rest.call("GET", "/api/state-machines/arn%3Anonsense")).body.exception).toBe("InvalidArn");
  });

  test("may have a name of any script", async () => {
    const { headers } = await create("Bestellung-ä");
    expect((await rest.call("GET", headers.get("location") ?? "")).body.name).toBe("Bestellung-ä");
  });

  test("keeps a definition that is text as it is written", async () => {
    await create("orders", { definition: ` ${DEFINITION} ` });
    const { body } = await api.call("DescribeStateMachine", { stateMachineArn: MACHINE });
    expect(body["definition"]).toBe(` ${DEFINITION} `);
  });

  test("is listed in pages", async () => {
    for (const name of ["a", "b", "c"]) await create(name);
    const names: string[] = [];
    let cursor = "";
    do {
      const { body } = await rest.call("GET", `/api/state-machines?limit=2${cursor && `&cursor=${cursor}`}`);
      names.push(...body.stateMachines.map((x: { name: string }) => x.name));
      cursor = body.nextCursor ?? "";
    } while (cursor !== "");
    expect(names).toEqual(["a", "b", "c"]);
  });

  test("has tags", async () => {
    await create();
    const tags = "/api/state-machines/orders/tags";
    const given = ["a", "b", "c"].map((key) => ({ key, value: "1" }));
    expect((await rest.call("POST", tags, { tags: given })).status).toBe(204);
    expect((await rest.call("DELETE", `${tags}?tagKeys=a&tagKeys=b`)).status).toBe(204);
    expect((await rest.call("GET", tags)).body).toEqual({ tags: [{ key: "c", value: "1" }] });
  });
});

describe("versions and aliases", () => {
  test("are published, shown, listed, started and deleted", async () => {
    await create();
    const published = await rest.call("POST", "/api/state-machines/orders/versions", { description: "one" });
    const version = published.headers.get("location") ?? "";
    expect(version).toBe("/api/state-machines/orders/versions/1");
    expect((await rest.call("GET", version)).body).toMatchObject({
      stateMachineArn: `${MACHINE}:1`,
      description: "one",
    });
    const routingConfiguration = [{ stateMachineVersionArn: `${MACHINE}:1`, weight: 100 }];
    const aliases = "/api/state-machines/orders/aliases";
    const made = await rest.call("POST", aliases, { name: "PROD", routingConfiguration });
    const alias = made.headers.get("location") ?? "";
    expect(alias).toBe(`${aliases}/PROD`);
    expect((await rest.call("PATCH", alias, { description: "live" })).body).toEqual({ updateDate: NOW });
    expect((await rest.call("GET", alias)).body).toMatchObject({
      name: "PROD",
      description: "live",
      routingConfiguration,
    });
    for (const path of [aliases, `${version}/aliases`]) {
      expect((await rest.call("GET", path)).body.stateMachineAliases).toHaveLength(1);
    }
    expect((await rest.call("GET", "/api/state-machines/orders/versions")).body.stateMachineVersions).toHaveLength(1);
    expect((await rest.call("POST", `${alias}/executions`, { name: "x" })).status).toBe(201);
    expect((await rest.call("POST", `${version}/executions`, { name: "y" })).status).toBe(201);
    expect(api.execution(`${ACCOUNT}:execution:orders:x`).started).toMatchObject({
      stateMachineAliasArn: `${MACHINE}:PROD`,
      stateMachineVersionArn: `${MACHINE}:1`,
    });
    expect(await rest.call("DELETE", version)).toMatchObject({ status: 409, body: { exception: "ConflictException" } });
    expect((await rest.call("DELETE", alias)).status).toBe(204);
    expect((await rest.call("DELETE", version)).status).toBe(204);
  });

  test("an alias is of the state machine in the path", async () => {
    await create();
    const routingConfiguration = [{ stateMachineVersionArn: `${ACCOUNT}:stateMachine:other:1`, weight: 100 }];
    const reply = await rest.call("POST", "/api/state-machines/orders/aliases", { name: "PROD", routingConfiguration });
    expect(reply).toMatchObject({ status: 400, body: { detail: expect.stringContaining("in the path") } });
  });
});

describe("an execution", () => {
  beforeEach(() => create());

  test("is started and shown with its data as JSON", async () => {
    const started = await start({ name: "first", input: { n: 1 }, traceHeader: "t" });
    expect(started).toMatchObject({ status: 201, body: { executionArn: EXECUTION, startDate: NOW } });
    const location = started.headers.get("location") ?? "";
    expect(location).toBe("/api/executions/orders%3Afirst");
    expect(api.execution(EXECUTION).started?.input).toBe('{"n":1}');
    api.execution(EXECUTION).description = { status: "SUCCEEDED", output: "[1.0, 12345678901234567890]" };
    const shown = await rest.call("GET", location);
    expect(shown.body).toMatchObject({ executionArn: EXECUTION, input: { n: 1 }, startDate: NOW });
    // Not rounded on the way.
    expect(shown.text).toContain('"output":[1.0, 12345678901234567890]');
    const brief = await rest.call("GET", `${location}?includedData=METADATA_ONLY`);
    expect(brief.body).not.toHaveProperty("input");
    expect((await rest.call("GET", `/api/executions/${encodeURIComponent(EXECUTION)}`)).body.name).toBe("first");
  });

  test.each([null, "text", 0, [], false])("may have the input %j", async (input) => {
    await start({ name: "first", input });
    expect(api.execution(EXECUTION).started?.input).toBe(JSON.stringify(input));
    expect((await rest.call("GET", "/api/executions/orders:first")).body.input).toEqual(input);
  });

  test("may have an input as deep as AWS allows", async () => {
    const input = `${"[".repeat(1000)}${"]".repeat(1000)}`;
    expect((await rest.call("POST", "/api/state-machines/orders/executions", `{"input":${input}}`)).status).toBe(201);
    const deeper = await rest.call("POST", "/api/state-machines/orders/executions", `{"input":[${input}]}`);
    expect(deeper.body.exception).toBe("InvalidExecutionInput");
  });

  test("needs no body to be started", async () => {
    const reply = await rest.call("POST", "/api/state-machines/orders/executions");
    expect(reply.status).toBe(201);
  });

  test("tells its history in pages", async () => {
    await start();
    const path = "/api/executions/orders:first/history?limit=4&reverseOrder=true&includeExecutionData=false";
    const first = await rest.call("GET", path);
    expect(first.body.events[0]).toEqual({
      id: EVENT_COUNT,
      previousEventId: EVENT_COUNT - 1,
      timestamp: "2026-01-02T03:04:05.685Z",
      type: "PassStateEntered",
      stateEnteredEventDetails: { name: "A" },
    });
    const second = await rest.call("GET", `${path}&cursor=${first.body.nextCursor}`);
    expect(second.body.events.map((x: { id: number }) => x.id)).toEqual([3, 2, 1]);
    expect(api.execution(EXECUTION).calls.at(-1)).toMatchObject(["history", { includeExecutionData: false }]);
  });

  test("is stopped and redriven, and shows its state machine and its cost", async () => {
    await start();
    const stopped = await rest.call("POST", "/api/executions/orders:first/stop", { error: "E", cause: "C" });
    expect(stopped.body).toEqual({ stopDate: "2026-01-02T03:04:05.679Z" });
    expect(api.execution(EXECUTION).calls.at(-1)).toEqual(["stop", "E", "C"]);
    const redriven = await rest.call("POST", "/api/executions/orders:first/redrive", { clientToken: "t" });
    expect(redriven.body).toEqual({ redriveDate: "2026-01-02T03:04:06.178Z" });
    const machine = await rest.call("GET", "/api/executions/orders:first/state-machine");
    expect(machine.body).toMatchObject({ name: "orders", definition: JSON.parse(DEFINITION) });
    expect((await rest.call("GET", "/api/executions/orders:first/usage")).body.turns).toBe(0);
  });
});

test("a Map Run shows its cost", async () => {
  const arn = "arn:aws:states:us-east-1:123456789012:mapRun:orders/L:1";
  const usage = { rowsWritten: 5, objectRequests: 4, queueMessages: 3, alarmsSet: 2 };
  api.mapRuns.set(arn, { usage: async () => ({ ok: true, value: usage }) });
  const shown = await rest.call("GET", `/api/map-runs/${encodeURIComponent(arn)}/usage`);
  expect({ status: shown.status, body: shown.body }).toEqual({ status: 200, body: usage });
  expect((await rest.call("GET", `/api/map-runs/${encodeURIComponent(`${arn}2`)}/usage`)).status).toBe(404);
  expect((await rest.call("GET", "/api/map-runs/orders/usage")).status).toBe(400);
});

test("an Express execution runs to its end and answers with it", async () => {
  await create("quick", { type: "EXPRESS" });
  const { status, body } = await rest.call("POST", "/api/state-machines/quick/sync-executions", { input: { a: 1 } });
  expect({ status, body }).toMatchObject({ status: 200, body: { status: "SUCCEEDED", output: { a: 1 } } });
  const path = "/api/state-machines/quick/sync-executions?includedData=METADATA_ONLY";
  expect((await rest.call("POST", path)).body).not.toHaveProperty("output");
});

test("an activity is created, shown, listed, tagged and deleted", async () => {
  const { headers } = await rest.call("POST", "/api/activities", { name: "paint" });
  const location = headers.get("location") ?? "";
  expect(location).toBe("/api/activities/paint");
  expect((await rest.call("GET", location)).body).toMatchObject({ name: "paint", creationDate: NOW });
  expect((await rest.call("GET", "/api/activities?limit=1")).body.activities).toHaveLength(1);
  await rest.call("POST", `${location}/tags`, { tags: [{ key: "a", value: "1" }] });
  await rest.call("DELETE", `${location}/tags?tagKeys=b`);
  expect((await rest.call("GET", `${location}/tags`)).body.tags).toHaveLength(1);
  expect((await rest.call("DELETE", location)).status).toBe(204);
  expect((await rest.call("GET", location)).body.exception).toBe("ActivityDoesNotExist");
});

test("a worker polls for a task of an activity", async () => {
  await rest.call("POST", "/api/activities", { name: "paint" });
  expect((await rest.call("POST", "/api/activities/paint/poll")).body).toEqual({});
  api.poll = async (_request, worker) => {
    await worker.take({ taskToken: "t", input: '{"a":1.0}' });
    return "taken";
  };
  const { status, body } = await rest.call("POST", "/api/activities/paint/poll", { workerName: "Ada" });
  expect({ status, body }).toEqual({ status: 200, body: { taskToken: "t", input: { a: 1 } } });
  expect((await rest.call("POST", "/api/activities/none/poll")).body.exception).toBe("ActivityDoesNotExist");
  api.poll = async () => "too many pollers";
  expect((await rest.call("POST", "/api/activities/paint/poll")).status).toBe(429);
});

test("a callback answers its task", async () => {
  const taskToken = tokenFor(EXECUTION);
  expect((await rest.call("POST", "/api/tasks/success", { taskToken, output: { a: 1 } })).status).toBe(204);
  expect((await rest.call("POST", "/api/tasks/success", { taskToken, output: null })).status).toBe(204);
  expect((await rest.call("POST", "/api/tasks/failure", { taskToken, error: "E" })).status).toBe(204);
  expect((await rest.call("POST", "/api/tasks/heartbeat", { taskToken })).status).toBe(204);
  expect(api.execution(EXECUTION).calls).toEqual([
    ["sendTaskSuccess", taskToken, '{"a":1}'],
    ["sendTaskSuccess", taskToken, "null"],
    ["sendTaskFailure", taskToken, "E", undefined],
    ["sendTaskHeartbeat", taskToken],
  ]);
  const forged = await rest.call("POST", "/api/tasks/heartbeat", { taskToken: "forged" });
  expect(forged).toMatchObject({ status: 400, body: { exception: "InvalidToken" } });
});

test("a definition is validated", async () => {
  const { body } = await rest.call("POST", "/api/validate-definition", { definition: { StartAt: "A" } });
  expect(body).toMatchObject({ result: "FAIL", diagnostics: [{ severity: "ERROR" }] });
});

test("a state is tested", async () => {
  const { body } = await rest.call("POST", "/api/test-state", {
    definition: { Type: "Pass", Parameters: { "b.$": "$.a" }, End: true },
    input: { a: 1 },
    inspectionLevel: "DEBUG",
  });
  expect(body).toMatchObject({
    status: "SUCCEEDED",
    output: { b: 1 },
    inspectionData: { input: { a: 1 }, afterParameters: { b: 1 } },
  });
});

describe("a problem", () => {
  test("carries the exception of the AWS API", async () => {
    expect(await rest.call("GET", "/api/state-machines/none")).toMatchObject({
      status: 404,
      body: {
        type: "urn:stepflare:problem:StateMachineDoesNotExist",
        title: "State Machine Does Not Exist",
        status: 404,
        detail: `State Machine Does Not Exist: '${ACCOUNT}:stateMachine:none'`,
        exception: "StateMachineDoesNotExist",
      },
    });
  });

  test.each<[string, string, unknown, number, string]>([
    ["POST", "/api/state-machines", { name: "x", definition: {}, roleArn: ROLE }, 400, "InvalidDefinition"],
    ["POST", "/api/state-machines", { name: "a b", definition: {}, roleArn: ROLE }, 400, "InvalidName"],
    ["POST", "/api/state-machines", {}, 400, "ValidationException"],
    ["POST", "/api/state-machines", { name: 5 }, 400, "SerializationException"],
    ["GET", "/api/state-machines?limit=1001", undefined, 400, "ValidationException"],
    ["GET", "/api/state-machines?limit=many", undefined, 400, "SerializationException"],
    ["GET", "/api/state-machines?limit=1.5", undefined, 400, "SerializationException"],
    ["GET", "/api/state-machines?cursor=nonsense", undefined, 400, "InvalidToken"],
    ["GET", "/api/executions/orders:none", undefined, 404, "ExecutionDoesNotExist"],
    ["GET", "/api/executions/nonsense", undefined, 400, "InvalidArn"],
    ["GET", "/api/executions/orders:x/history?reverseOrder=maybe", undefined, 400, "SerializationException"],
    ["GET", "/api/state-machines/none/aliases/x", undefined, 404, "ResourceNotFound"],
    ["GET", "/api/executions/orders:none/map-runs", undefined, 404, "ExecutionDoesNotExist"],
    [
      "GET",
      `/api/map-runs/${encodeURIComponent(`${ACCOUNT}:mapRun:a/b:c`)}/executions`,
      undefined,
      404,
      "ResourceNotFound",
    ],
  ])("%s %s %j is %i %s", async (method, path, body, status, exception) => {
    expect(await rest.call(method, path, body)).toMatchObject({ status, body: { status, exception } });
  });

  test("says that a name is taken", async () => {
    await create();
    expect(await create("orders", { type: "EXPRESS" })).toMatchObject({
      status: 409,
      body: { exception: "StateMachineAlreadyExists" },
    });
  });

  test("says that a quota is used up", async () => {
    const tags = Array.from({ length: 51 }, (_, i) => ({ key: `k${i}`, value: "" }));
    expect(await create("orders", { tags })).toMatchObject({ status: 402, body: { exception: "TooManyTags" } });
  });

  test.each<[string, string, string, number]>([
    ["a body that is not JSON", "application/json", "{", 400],
    ["a body that is no object", "application/json", "[]", 400],
    ["a body that is nested too deeply", "application/json", "[".repeat(5000), 400],
    ["a body of another type", "text/plain", "{}", 415],
    ["a form", "application/x-www-form-urlencoded", "a=b", 415],
    ["a body that is too large", "application/json", " ".repeat(2_000_000), 413],
  ])("%s is refused", async (_what, type, body, status) => {
    const reply = await rest.call("POST", "/api/state-machines", body, { "content-type": type });
    expect(reply).toMatchObject({ status, body: { type: "about:blank" } });
  });

  test("a body with more than JSON's own content type is JSON still", async () => {
    const headers = { "content-type": "application/vnd.a+json; charset=utf-8" };
    expect((await rest.call("POST", "/api/activities", { name: "a" }, headers)).status).toBe(201);
  });

  test("names every member that nobody knows", async () => {
    const reply = await create("orders", { rolearn: 1, loggingConfiguration: { levle: "OFF" }, tags: [{ kye: "a" }] });
    expect(reply.body.errors.map((x: { pointer: string }) => x.pointer)).toEqual([
      "/rolearn",
      "/loggingConfiguration/levle",
      "/tags/0/kye",
    ]);
  });

  test.each(["/api/state-machines?stats=x", "/api/functions?nextToken=x", "/api/executions/a:b?includeddata=x"])(
    "the unknown query parameter of %s is refused",
    async (path) => {
      expect((await rest.call("GET", path)).status).toBe(400);
    },
  );

  test("a query parameter is given once", async () => {
    expect((await rest.call("GET", "/api/state-machines?limit=1&limit=2")).status).toBe(400);
  });

  test("another method is 405 with those that are possible", async () => {
    const reply = await rest.call("PUT", "/api/state-machines/orders", {});
    expect(reply.status).toBe(405);
    expect(reply.headers.get("allow")).toBe("HEAD, GET, PATCH, DELETE");
    expect((await rest.call("GET", "/api/tasks/success")).headers.get("allow")).toBe("POST");
  });

  test.each(["/api/nothing", "/api/state-machines/a/b", "/api/executions/a:b/c"])("%s is 404", async (path) => {
    expect((await rest.call("GET", path)).status).toBe(404);
  });

  test("a page of another origin may look at nothing and change nothing", async () => {
    const path = "/api/executions/orders:first/stop";
    for (const site of ["cross-site", "same-site"]) {
      expect((await rest.call("POST", path, undefined, { "sec-fetch-site": site })).status).toBe(403);
    }
    expect((await rest.call("POST", path, undefined, { "sec-fetch-site": "same-origin" })).status).not.toBe(403);
    const reply = await rest.call("GET", "/api/state-machines", undefined, { origin: "https://example.com" });
    expect(reply.headers.get("access-control-allow-origin")).toBeNull();
  });
});

describe("import", () => {
  const pasted = (text: unknown, more: object = {}): Promise<RestReply> =>
    rest.call("POST", "/api/import", { text, ...more });

  test("a pasted fragment becomes a definition that can be created", async () => {
    const { status, body } = await pasted(
      '// from an article\n{ "Greet": { "Type": "Pass", "Result": 12345678901234567890 } }',
    );
    expect(status).toBe(200);
    expect(body).toMatchObject({
      definition: { StartAt: "Greet", States: { Greet: { Type: "Pass", End: true } } },
      changes: [
        { code: "TEXT_TIDIED", location: "/" },
        { code: "STATES_WRAPPED", location: "/" },
        { code: "START_ADDED", location: "/" },
        { code: "TRANSITION_ADDED", location: "/States/Greet" },
      ],
      diagnostics: [],
    });
    const created = await rest.call("POST", "/api/state-machines", {
      name: "imported",
      definition: (body as { readonly definition: object }).definition,
      roleArn: ROLE,
    });
    expect(created.status).toBe(201);
  });

  test("a configuration alone has no definition", async () => {
    const { body } = await pasted('{ "TracingConfig": { "Enabled": true } }');
    expect(body).toMatchObject({ tracingConfiguration: { enabled: true }, changes: [{ code: "CONFIGURATION_MOVED" }] });
    expect(body).not.toHaveProperty("definition");
  });

  test("an Express state machine is held to its rules", async () => {
    const callback = { Type: "Task", Resource: "arn:aws:states:::sqs:sendMessage.waitForTaskToken", End: true };
    const { body } = await pasted(JSON.stringify({ Ask: callback }), { type: "EXPRESS" });
    expect(body).toMatchObject({ diagnostics: [{ severity: "ERROR", location: "/States/Ask/Resource" }, {}] });
  });

  test.each([
    ["no definition", { text: "hello" }, "No definition can be read in line 1, column 6: Unrecognized token 'hello'"],
    ["no text", { text: 7 }, "'text' must be the text that was pasted"],
    ["another type", { text: "{}", type: "FAST" }, "'type' is STANDARD or EXPRESS"],
    ["another member", { text: "{}", name: "x" }, "There is no member 'name' here"],
    ["too much", { text: " ".repeat(1_048_577) }, "'text' may have 1048576 characters"],
  ])("%s is refused", async (_, body, detail) => {
    const reply = await rest.call("POST", "/api/import", body);
    expect(reply).toMatchObject({ status: 400, body: { detail: expect.stringContaining(detail) } });
  });
});
