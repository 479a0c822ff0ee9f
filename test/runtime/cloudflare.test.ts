/** Tasks on Cloudflare's own, as executions perform them, on the platform's local services. */
import { abortAllDurableObjects } from "cloudflare:test";
import { beforeAll, describe, expect, test } from "vitest";
import type { Json, JsonObject } from "../../src/asl/json.ts";
import { derivedUuid } from "../../src/runtime/derived-uuid.ts";
import {
  executionOf,
  again,
  bindings,
  prepareCatalogue,
  start,
  until,
  untilEnded,
  valueOf,
  type TestExecution,
} from "./words.ts";

interface OwnBindings {
  readonly MY_KV: KVNamespace;
  readonly MY_R2: R2Bucket;
  readonly MY_DB: D1Database;
  readonly MY_FLOW: Workflow;
}
const mine = bindings as unknown as OwnBindings;

beforeAll(prepareCatalogue);

const machineOf = (resource: string, parameters: JsonObject, more: JsonObject = {}): JsonObject => ({
  StartAt: "Do",
  States: {
    Do: {
      Type: "Task",
      Resource: `arn:cloudflare:states:::${resource}`,
      Arguments: parameters,
      QueryLanguage: "JSONata",
      End: true,
      ...more,
    },
  },
});

/** The output of an execution that does only that, or its error and cause. */
async function run(resource: string, parameters: JsonObject): Promise<Json> {
  const execution = executionOf(machineOf(resource, parameters));
  await start(execution);
  const { status, output, error = "", cause = "" } = await untilEnded(execution);
  return status === "SUCCEEDED" ? (JSON.parse(output ?? "null") as Json) : [error, cause];
}

describe("kv", () => {
  const at = { Namespace: "MY_KV", Key: "k" };

  test("texts, JSON and bytes are put and got", async () => {
    expect(await run("kv:put", { ...at, Value: "text", Metadata: { by: "me" } })).toEqual({});
    expect(await run("kv:get", at)).toEqual({ Value: "text", Metadata: { by: "me" } });
    await run("kv:put", { ...at, Value: { a: [1] } });
    expect(await mine.MY_KV.get("k")).toBe('{"a":[1]}');
    expect(await run("kv:get", { ...at, Type: "json" })).toEqual({ Value: { a: [1] } });
    await run("kv:put", { ...at, Value: "AQL/", Type: "base64" });
    expect(new Uint8Array((await mine.MY_KV.get("k", "arrayBuffer")) ?? new ArrayBuffer())).toEqual(
      Uint8Array.of(1, 2, 255),
    );
    expect(await run("kv:get", { ...at, Type: "base64" })).toEqual({ Value: "AQL/" });
    expect(await run("kv:get", at)).toEqual(["Cloudflare.KV.NotText", expect.any(String)]);
  });

  test("what is deleted, or was never there, has no Value", async () => {
    await run("kv:delete", at);
    expect(await run("kv:get", at)).toEqual({});
  });

  test("keys are listed in pages", async () => {
    for (const key of ["list/1", "list/2"]) await mine.MY_KV.put(key, key);
    const first = (await run("kv:list", { Namespace: "MY_KV", Prefix: "list/", Limit: 1 })) as JsonObject;
    expect(first).toMatchObject({ Keys: [{ name: "list/1" }], ListComplete: false });
    expect(await run("kv:list", { Namespace: "MY_KV", Prefix: "list/", Cursor: first["Cursor"] ?? "" })).toEqual({
      Keys: [{ name: "list/2" }],
      ListComplete: true,
    });
  });

  test("what the platform refuses is an error with its message", async () => {
    expect(await run("kv:put", { ...at, Key: "k".repeat(600), Value: "" })).toEqual([
      "Cloudflare.KV.Error",
      expect.stringContaining("exceeds key length limit"),
    ]);
  });
});

describe("r2", () => {
  const at = { Bucket: "MY_R2", Key: "a/b" };

  test("objects are put, described, got, listed and deleted", async () => {
    const put = {
      ...at,
      Body: { a: 1 },
      HttpMetadata: { contentType: "application/json" },
      CustomMetadata: { by: "me" },
    };
    const described = {
      Key: "a/b",
      Size: 7,
      Uploaded: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/u),
      HttpMetadata: { contentType: "application/json" },
      CustomMetadata: { by: "me" },
    };
    expect(await run("r2:putObject", put)).toMatchObject(described);
    expect(await run("r2:headObject", at)).toMatchObject(described);
    expect(await run("r2:getObject", { ...at, Type: "json" })).toMatchObject({ ...described, Body: { a: 1 } });
    expect(await run("r2:listObjects", { Bucket: "MY_R2", Prefix: "a/" })).toMatchObject({
      Objects: [{ Key: "a/b" }],
      DelimitedPrefixes: [],
      Truncated: false,
    });
    expect(await run("r2:deleteObject", at)).toEqual({});
    for (const resource of ["r2:getObject", "r2:headObject"])
      expect(await run(resource, at)).toEqual(["Cloudflare.R2.NoSuchKey", "The bucket has no object 'a/b'."]);
  });

  test("an object that no result has room for fails by its size, whatever is in it", async () => {
    await mine.MY_R2.put("large", new Uint8Array(3_000_000));
    for (const Type of ["text", "base64"]) {
      const [error] = (await run("r2:getObject", { ...at, Key: "large", Type })) as readonly Json[];
      expect(error).toBe("States.DataLimitExceeded");
    }
  });
});

describe("d1", () => {
  test("statements are performed with parameters, alone or all at once", async () => {
    await mine.MY_DB.prepare("CREATE TABLE pet (name TEXT PRIMARY KEY, age INTEGER)").run();
    const insert = { Database: "MY_DB", Sql: "INSERT INTO pet VALUES (?1, ?2)", Params: ["Tom", 3] };
    expect(await run("d1:query", insert)).toMatchObject({ Results: [], Meta: { changes: 1 } });
    const Statements = [
      { Sql: "UPDATE pet SET age = age + 1" },
      { Sql: "SELECT * FROM pet WHERE name = ?1", Params: ["Tom"] },
    ];
    expect(await run("d1:batch", { Database: "MY_DB", Statements })).toMatchObject({
      Batch: [{ Meta: { changes: 1 } }, { Results: [{ name: "Tom", age: 4 }] }],
    });
    expect(await run("d1:query", insert)).toEqual([
      "Cloudflare.D1.Error",
      expect.stringContaining("UNIQUE constraint failed"),
    ]);
  });
});

describe("queue", () => {
  test.each([
    ["JSON", { MessageBody: { a: 1 } }],
    ["a text", { MessageBody: "a", ContentType: "text", DelaySeconds: 1 }],
    ["bytes", { MessageBody: "AQI=", ContentType: "bytes" }],
  ])("%s is sent, alone or with others", async (_, message) => {
    expect(await run("queue:send", { Queue: "MY_QUEUE", ...message })).toEqual({});
    expect(await run("queue:sendBatch", { Queue: "MY_QUEUE", Messages: [message, message] })).toEqual({});
  });
});

describe("worker", () => {
  test("a method is called with its arguments, and its answer is JSON", async () => {
    expect(await run("worker:call", { Binding: "MY_SUMS", Method: "add", Arguments: [1, 2] })).toBe(3);
    expect(await run("worker:call", { Binding: "MY_SUMS", Method: "everything" })).toEqual({
      at: "1970-01-01T00:00:00.000Z",
      bytes: "AQI=",
      map: { a: "1" },
      list: [null],
    });
  });

  test.each([
    ["fail", "Cloudflare.Worker.RangeError", "too far"],
    ["busy", "Cloudflare.Worker.Error", "the order is overloaded"],
    ["nothing", "Cloudflare.Worker.TypeError", "does not implement the method"],
    ["stream", "Cloudflare.Worker.InvalidResult", "The result holds a ReadableStream"],
    ["constructor", "States.Runtime", "The value of the field 'Method' has an invalid format"],
    ["fetch", "States.Runtime", "The value of the field 'Method' has an invalid format"],
  ])("%s fails with %s", async (Method, error, cause) => {
    expect(await run("worker:call", { Binding: "MY_SUMS", Method })).toEqual([error, expect.stringContaining(cause)]);
  });

  test("a method that never answers is waited for no longer than its task", async () => {
    const never = machineOf("worker:call", { Binding: "MY_SUMS", Method: "never" }, { TimeoutSeconds: 1 });
    const execution = executionOf(never);
    await start(execution);
    expect(await untilEnded(execution)).toMatchObject({ status: "FAILED", error: "States.Timeout" });
  });

  test("a request is sent, with the attempt's key, and its answer is the result", async () => {
    const parameters = {
      Binding: "MY_WORKER",
      Path: "/a b",
      Method: "POST",
      QueryParameters: { q: ["1", "2"] },
      RequestBody: { x: 1 },
    };
    expect(await run("worker:fetch", parameters)).toMatchObject({
      StatusCode: 200,
      StatusText: "OK",
      ResponseBody: {
        method: "POST",
        path: "/a%20b?q=1&q=2",
        body: '{"x":1}',
        headers: {
          "content-type": "application/json",
          "idempotency-key": expect.stringMatching(/^[\da-f-]{36}$/u),
          "stepflare-depth": "1",
        },
      },
    });
    expect(await run("worker:fetch", { Binding: "MY_WORKER", Path: "/none" })).toEqual([
      "Cloudflare.Worker.StatusCode.404",
      "there is none",
    ]);
  });
});

describe("workflow", () => {
  const flow = { Workflow: "MY_FLOW" };

  test("is created, and with .sync waited for", async () => {
    expect(await run("workflow:create", { ...flow, Id: "named", Params: { a: 1 } })).toEqual({ InstanceId: "named" });
    expect(await run("workflow:create.sync", { ...flow, Params: { a: 1 } })).toEqual({
      InstanceId: expect.stringMatching(/^[\da-f-]{36}$/u),
      Status: "complete",
      Output: { got: { a: 1 } },
    });
    expect(await run("workflow:create.sync", { ...flow, Params: { fail: true } })).toEqual([
      "Cloudflare.Workflow.Errored",
      expect.stringContaining("the flow failed"),
    ]);
  });

  test("one of that Id is taken for it, if it is there already", async () => {
    for (let i = 0; i < 2; i++) {
      const parameters = { ...flow, Id: "once", Params: { i: 0 } };
      expect(await run("workflow:create.sync", parameters)).toMatchObject({ Output: { got: { i: 0 } } });
    }
  });

  test("gets events", async () => {
    await run("workflow:create", { ...flow, Id: "waiting", Params: { wait: true } });
    const event = { ...flow, InstanceId: "waiting", Type: "go", Payload: { now: true } };
    await until(
      async () => (await (await mine.MY_FLOW.get("waiting")).status()).status,
      (status) => status === "waiting" || status === "running",
    );
    expect(await run("workflow:sendEvent", event)).toEqual({});
    expect(await run("workflow:create.sync", { ...flow, Id: "waiting" })).toMatchObject({ Output: { now: true } });
    expect(await run("workflow:sendEvent", { ...event, InstanceId: "none" })).toEqual([
      expect.stringMatching(/^Cloudflare\.Workflow\./u),
      expect.stringContaining("not_found"),
    ]);
  });

  test("is found again by an execution that has lost its memory", async () => {
    const execution = executionOf(machineOf("workflow:create.sync", { ...flow, Params: { wait: true } }));
    await start(execution);
    const id = derivedUuid(`${execution.arn}#0-1`);
    const statusOf = async (): Promise<string> => (await (await mine.MY_FLOW.get(id)).status()).status;
    await until(
      async () => statusOf().catch(() => "none"),
      (status) => status === "waiting" || status === "running",
    );
    await abortAllDurableObjects();
    await (await mine.MY_FLOW.get(id)).sendEvent({ type: "go", payload: "went" });
    const { output } = await untilEnded(execution);
    expect(JSON.parse(output ?? "")).toEqual({ InstanceId: id, Status: "complete", Output: "went" });
  });

  test("is terminated when its execution is stopped", async () => {
    const execution: TestExecution = executionOf(
      machineOf("workflow:create.sync", { ...flow, Id: "stopped", Params: { wait: true } }),
    );
    await start(execution);
    const statusOf = async (): Promise<string> => (await (await mine.MY_FLOW.get("stopped")).status()).status;
    await until(
      async () => statusOf().catch(() => "none"),
      (status) => status === "waiting" || status === "running",
    );
    valueOf(await again(execution).stop(undefined, undefined));
    await until(statusOf, (status) => status === "terminated");
  });
});

describe("email", () => {
  const mail = { Binding: "MAIL", From: "stepflare@example.com", To: "ann@example.com" };
  const head = "From: stepflare@example.com\r\nTo: ann@example.com\r\nMessage-ID: <1@example.com>\r\n";

  test.each<[string, JsonObject]>([
    ["by its parts", { Subject: "hi", Text: "hello" }],
    ["as somebody put it together", { Raw: `${head}Subject: hi\r\n\r\nhello\r\n` }],
  ])("is sent %s", async (_, parts) => {
    expect(await run("email:send", { ...mail, ...parts })).toEqual({ MessageId: expect.any(String) });
  });

  test("from an address that is not ours is refused by the platform", async () => {
    const [error] = (await run("email:send", { ...mail, From: "b@example.com", Subject: "s", Text: "t" })) as Json[];
    expect(error).toMatch(/^Cloudflare\.Email\.\w+$/u);
  });

  test("without a subject cannot be started", async () => {
    const cause = expect.stringContaining("[The field 'Subject' is required but was missing]");
    expect(await run("email:send", { ...mail, Text: "t" })).toEqual(["States.Runtime", cause]);
  });
});

test("a data point is taken without an answer", async () => {
  expect(
    await run("analytics:writeDataPoint", { Dataset: "MY_DATA", Blobs: ["a"], Doubles: [1], Indexes: ["i"] }),
  ).toEqual({});
});

describe("a binding", () => {
  test.each([
    ["kv:get", { Namespace: "OTHER_WORKER", Key: "k" }, "KV.BindingNotAllowed", "TASK_BINDINGS"],
    ["worker:fetch", { Binding: "OTHER_WORKER" }, "Worker.BindingNotAllowed", "TASK_BINDINGS"],
    ["d1:query", { Database: "CATALOGUE", Sql: "SELECT * FROM access_key" }, "D1.BindingNotAllowed", "Stepflare's own"],
    ["r2:getObject", { Bucket: "OBJECTS", Key: "k" }, "R2.BindingNotAllowed", "Stepflare's own"],
    ["queue:send", { Queue: "STATUS_QUEUE", MessageBody: 1 }, "Queue.BindingNotAllowed", "Stepflare's own"],
    ["worker:call", { Binding: "EXECUTION", Method: "getByName" }, "Worker.BindingNotAllowed", "Stepflare's own"],
    ["worker:fetch", { Binding: "ASSETS" }, "Worker.BindingNotAllowed", "Stepflare's own"],
    ["kv:get", { Namespace: "NOT_THERE", Key: "k" }, "KV.BindingNotFound", "binds no KV namespace to 'NOT_THERE'"],
    ["kv:get", { Namespace: "MY_R2", Key: "k" }, "KV.BindingNotFound", "binds no KV namespace to 'MY_R2'"],
    ["kv:get", { Namespace: "MY_SUMS", Key: "k" }, "KV.BindingNotFound", "binds no KV namespace to 'MY_SUMS'"],
    ["worker:call", { Binding: "MY_KV", Method: "get" }, "Worker.BindingNotFound", "binds no service binding"],
  ])("[F53] %s of %j fails with %s", async (resource, parameters, error, cause) => {
    expect(await run(resource, parameters)).toEqual([`Cloudflare.${error}`, expect.stringContaining(cause)]);
  });

  test.each([
    ["kv:get", { Namespace: "MY_KV" }, "The field 'Key' is required but was missing"],
    ["kv:get", { Namespace: "MY_KV", Key: "k", Type: "xml" }, "The value of the field 'Type' has an invalid format"],
    ["kv:put", { Namespace: "MY_KV", Key: "k", Value: "?", Type: "base64" }, "The value of the field 'Value' has an"],
    ["kv:list", { Namespace: "MY_KV", Limit: "1" }, "The value for the field 'Limit' must be a NUMBER"],
    [
      "queue:send",
      { Queue: "MY_QUEUE", MessageBody: 1, ContentType: "text" },
      "The value for the field 'MessageBody' must be",
    ],
    [
      "queue:send",
      { Queue: "MY_QUEUE", MessageBody: 1, ContentType: "v8" },
      "The value of the field 'ContentType' has",
    ],
    ["worker:fetch", { Binding: "MY_WORKER", Path: "a" }, "The value of the field 'Path' has an invalid format"],
    ["worker:fetch", { Binding: "MY_WORKER", Headers: { "CF-Ray": "1" } }, "'CF-Ray' is a header that may not be set"],
    ["d1:query", { Database: "MY_DB", Sql: "SELECT 1", Parameters: [] }, "The field 'Parameters' is not supported"],
  ])("%s of %j cannot be started", async (resource, parameters, cause) => {
    expect(await run(resource, parameters)).toEqual(["States.Runtime", expect.stringContaining(`[${cause}`)]);
  });
});
