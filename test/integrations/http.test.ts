/** `http:invoke`: what leaves, and what its answers mean. */
import { describe, expect, test } from "vitest";
import type { Json, JsonObject } from "../../src/asl/json.ts";
import { NOTHING_ADDED, type Authorization } from "../../src/runtime/connections/authorize.ts";
import { callHttp } from "../../src/runtime/integrations/http/http.ts";
import { RefusedDestination } from "../../src/runtime/outbound/send.ts";
import type { TaskAnswer, TaskCall } from "../../src/runtime/tasks/task-call.ts";
import { callOf, doorOf, outcomeOf, type SentRequest } from "./http-words.ts";

const HTTP = "arn:aws:states:::http:invoke";
const GET: JsonObject = { ApiEndpoint: "https://api.example.com/pets", Method: "GET" };
const POST: JsonObject = { ...GET, Method: "POST" };

interface World {
  readonly answer?: (request: SentRequest) => Response;
  readonly added?: Authorization;
  readonly more?: Partial<TaskCall>;
}

interface Invoked {
  readonly outcome: unknown;
  readonly answer: TaskAnswer | undefined;
  readonly sent: readonly SentRequest[];
  /** The names of the connections that were asked for. */
  readonly connections: readonly string[];
}

async function invoke(
  parameters: Json,
  { answer = () => Response.json(1), added = NOTHING_ADDED, more }: World = {},
): Promise<Invoked> {
  const { send, sent } = doorOf(answer);
  const connections: string[] = [];
  const authorize = async (name: string): Promise<Authorization> => {
    connections.push(name);
    return added;
  };
  const task = await callHttp({ send, authorize }, callOf(HTTP, parameters, more), new AbortController().signal);
  return { outcome: outcomeOf(task), answer: task, sent, connections };
}

async function sentFor(parameters: Json): Promise<SentRequest> {
  const { sent, outcome } = await invoke(parameters);
  const [request] = sent;
  if (request === undefined) throw new Error(`nothing was sent: ${JSON.stringify(outcome)}`);
  return request;
}

describe("a request", () => {
  test("has Step Functions' own headers, whatever the definition says of them", async () => {
    const { method, url, headers, body } = await sentFor({
      ...GET,
      Headers: { "user-agent": "mine", RANGE: "bytes=0-1", Accept: "text/plain" },
    });
    expect({ method, url, body }).toEqual({ method: "GET", url: "https://api.example.com/pets", body: undefined });
    expect(Object.fromEntries(headers)).toEqual({
      accept: "text/plain",
      range: "bytes=0-1000",
      "stepflare-depth": "1",
      "user-agent": "Amazon|StepFunctions|HttpInvoke|eu-west-1",
    });
  });

  test("carries the attempt's key where it is not idempotent, the same each time it is sent again", async () => {
    const keyOf = async (parameters: JsonObject): Promise<string | null> =>
      (await sentFor(parameters)).headers.get("idempotency-key");
    const key = await keyOf(POST);
    expect(key).toMatch(/^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/u);
    expect(await keyOf(POST)).toBe(key);
    expect(await keyOf({ ...POST, Headers: { "Idempotency-Key": "mine" } })).toBe("mine");
    expect(await keyOf({ ...POST, Method: "PUT" })).toBe(null);
  });

  test.each<[string, JsonObject, string, string]>([
    ["JSON by itself", { RequestBody: { a: [1, null] } }, '{"a":[1,null]}', "application/json"],
    ["a text as JSON", { RequestBody: "a" }, '"a"', "application/json"],
    ["null as JSON", { RequestBody: [null] }, "[null]", "application/json"],
    [
      "a text of another type as it is",
      { RequestBody: "<a/>", Headers: { "Content-Type": "text/xml" } },
      "<a/>",
      "text/xml",
    ],
  ])("sends %s", async (_, more, body, type) => {
    const request = await sentFor({ ...POST, ...more });
    expect([request.body, request.headers.get("content-type")]).toEqual([body, type]);
  });

  test.each<[string | undefined, string]>([
    [undefined, "n=a+b&l%5B0%5D=1&l%5B1%5D=2&o%5Bp%5D%5B0%5D=%26&z="],
    ["INDICES", "n=a+b&l%5B0%5D=1&l%5B1%5D=2&o%5Bp%5D%5B0%5D=%26&z="],
    ["REPEAT", "n=a+b&l=1&l=2&o%5Bp%5D=%26&z="],
    ["COMMAS", "n=a+b&l=1,2&o%5Bp%5D=%26&z="],
    ["BRACKETS", "n=a+b&l%5B%5D=1&l%5B%5D=2&o%5Bp%5D%5B%5D=%26&z="],
  ])("sends an object URL-encoded, with lists as %s", async (ArrayFormat, expected) => {
    const options = ArrayFormat === undefined ? {} : { RequestEncodingOptions: { ArrayFormat } };
    const { body, headers } = await sentFor({
      ...POST,
      RequestBody: { n: "a b", l: [1, 2], o: { p: ["&"] }, z: null },
      Transform: { RequestBodyEncoding: "URL_ENCODED", ...options },
    });
    expect(body).toBe(expected);
    expect(headers.get("content-type")).toBe("application/x-www-form-urlencoded");
  });

  test.each<[string, Json, string]>([
    ["an object", { a: "1 2", b: ["x", "y"], c: true }, "?a=1+2&b=x&b=y&c=true"],
    ["a text", "a=1&b=é", "?a=1&b=%C3%A9"],
    ["a list of texts", ["a=1", "b=2"], "?a=1&b=2"],
    ["nothing", null, ""],
  ])("has query parameters given as %s", async (_, QueryParameters, search) => {
    expect((await sentFor({ ...GET, QueryParameters })).url).toBe(`https://api.example.com/pets${search}`);
  });

  test("adds query parameters to those of the URL, before its fragment", async () => {
    const parameters = { ...GET, ApiEndpoint: "https://api.example.com/?x=1#f", QueryParameters: { y: 2 } };
    expect((await sentFor(parameters)).url).toBe("https://api.example.com/?x=1&y=2#f");
  });
});

describe("a connection", () => {
  test.each([
    [
      "arn:aws:events:us-east-2:123456789012:connection/pay.ments-1/81210c42-8af1-456b-9c4a-6ff02fc664ac",
      "pay.ments-1",
    ],
    ["arn:aws:events:us-east-2:123456789012:connection/payments", "payments"],
    ["payments", "payments"],
  ])("is found by %s", async (ConnectionArn, name) => {
    for (const field of ["Authentication", "InvocationConfig"]) {
      const { connections } = await invoke({ ...GET, [field]: { ConnectionArn } });
      expect(connections).toEqual([name]);
    }
  });

  const added: Authorization = {
    headers: { Accept: "secret/secret" },
    conceal: (text) => text.replaceAll("secret/secret", "***"),
  };
  const Authentication = { ConnectionArn: "c" };

  test("adds its headers over those of the definition, and no answer shows them", async () => {
    const answer = (): Response => Response.json({ echo: "secret/secret" }, { headers: { "X-Echo": "secret/secret" } });
    const { sent, outcome } = await invoke({ ...GET, Authentication, Headers: { accept: "a/b" } }, { added, answer });
    expect(sent[0]?.headers.get("accept")).toBe("secret/secret");
    expect(outcome).toMatchObject({ ResponseBody: { echo: "***" }, Headers: { "x-echo": ["***"] } });
    expect(JSON.stringify(outcome)).not.toContain("secret");
  });

  test("shows no secret in a cause either", async () => {
    const answer = (): Response => new Response("bad key secret/secret", { status: 401 });
    const { outcome } = await invoke({ ...GET, Authentication }, { added, answer });
    expect(outcome).toEqual({ error: "States.Http.StatusCode.401", cause: "bad key ***" });
  });

  test("that cannot be used is the task's failure, and nothing is sent", async () => {
    const { send, sent } = doorOf(() => Response.json(1));
    const authorize = async () => ({ error: "Events.ConnectionResource.NotFound", cause: "none" });
    const call = callOf(HTTP, { ...GET, Authentication });
    const answer = await callHttp({ send, authorize }, call, new AbortController().signal);
    expect(outcomeOf(answer)).toEqual({ error: "Events.ConnectionResource.NotFound", cause: "none" });
    expect(sent).toEqual([]);
  });
});

describe("an answer", () => {
  test("is the result: JSON parsed, each header's values in a list, the status in words", async () => {
    const headers = new Headers({ "Content-Type": "application/problem+json; charset=utf-8" });
    headers.append("Set-Cookie", "a=1, 2");
    headers.append("Set-Cookie", "b=3");
    const { outcome } = await invoke(GET, { answer: () => new Response('{"a":1}', { status: 201, headers }) });
    expect(outcome).toEqual({
      Headers: { "content-type": ["application/problem+json; charset=utf-8"], "set-cookie": ["a=1, 2", "b=3"] },
      ResponseBody: { a: 1 },
      StatusCode: 201,
      StatusText: "Created",
    });
  });

  test.each<[string, string, string]>([
    ["of another type", "text/plain", '{"a":1}'],
    ["that is no JSON though it says so", "application/json", "{"],
    ["that is empty", "application/json", ""],
  ])("%s is a text", async (_, type, text) => {
    const answer = (): Response => new Response(text, { headers: { "Content-Type": type } });
    expect((await invoke(GET, { answer })).outcome).toMatchObject({ ResponseBody: text });
  });

  test.each([301, 302, 307, 400, 404, 429, 500, 503])(
    "of status %i is an error with its body as the cause",
    async (status) => {
      const answer = (): Response =>
        new Response('{"message":"no"}', { status, headers: { Location: "https://b.example.com/" } });
      const { outcome, sent } = await invoke(GET, { answer });
      expect(outcome).toEqual({ error: `States.Http.StatusCode.${status}`, cause: '{"message":"no"}' });
      expect(sent).toHaveLength(1);
    },
  );

  test.each<[string, () => Response]>([
    ["binary by its type", () => new Response("x", { headers: { "Content-Type": "application/octet-stream" } })],
    ["an image", () => new Response("x", { headers: { "Content-Type": "image/png" } })],
    ["no UTF-8", () => new Response(Uint8Array.of(255))],
  ])("that is %s is no result", async (_, answer) => {
    expect((await invoke(GET, { answer })).outcome).toMatchObject({ error: "States.Runtime" });
  });

  test("of more than a result may have is as large a result, and is not read to its end", async () => {
    let pulled = 0;
    const endless = new ReadableStream({
      pull: (controller) => {
        pulled += 1;
        controller.enqueue(new Uint8Array(100).fill(97));
      },
    });
    const { answer } = await invoke(GET, { answer: () => new Response(endless) });
    expect(answer?.kind === "succeeded" && answer.output.exceeds(1_000)).toBe(true);
    expect(pulled).toBeLessThan(20);
  });

  test("that never comes is a socket error", async () => {
    const answer = (): Response => {
      throw new TypeError("connection refused");
    };
    expect((await invoke(GET, { answer })).outcome).toEqual({
      error: "States.Http.Socket",
      cause: "There is no answer of https://api.example.com/pets: connection refused",
    });
  });
});

const UNUSABLE: readonly [string, JsonObject, string][] = [
  ["no endpoint", { Method: "GET" }, "The field 'ApiEndpoint' is required but was missing"],
  ["no method", { ApiEndpoint: "https://a.example.com" }, "The field 'Method' is required but was missing"],
  ["an unknown method", { ...GET, Method: "get" }, "The value of the field 'Method' has an invalid format"],
  ["a field that is not known", { ...GET, Body: 1 }, "The field 'Body' is not supported by Stepflare"],
  ["a body of a GET", { ...GET, RequestBody: 1 }, "The field 'RequestBody' cannot be used with GET"],
  [
    "headers that are no object",
    { ...GET, Headers: "a: b" },
    "The value for the field 'Headers' must be a JSON OBJECT",
  ],
  ["headers of objects", { ...GET, Headers: { a: {} } }, "The value of the field 'Headers' has an invalid format"],
  [
    "headers that AWS refuses",
    { ...GET, Headers: { "x-amz-x": "1", Authorization: "2", "X-Forwarded-For": "3", ok: "4" } },
    "The 'Headers' field contains unsupported values: [x-amz-x, authorization, x-forwarded-for]",
  ],
  [
    "headers that claim to be Stepflare's",
    { ...GET, Headers: { "Stepflare-Depth": "0" } },
    "'Stepflare-Depth' is a header",
  ],
  ["a header of two lines", { ...GET, Headers: { a: "b\r\nc: d" } }, "the header 'a' cannot hold that value"],
  [
    "a query that is a number",
    { ...GET, QueryParameters: 1 },
    "The value of the field 'QueryParameters' has an invalid format",
  ],
  ["no connection's name", { ...GET, Authentication: {} }, "The field 'ConnectionArn' is required but was missing"],
  [
    "what is no connection",
    { ...GET, Authentication: { ConnectionArn: "a/b" } },
    "The value of the field 'ConnectionArn' has",
  ],
  [
    "an unknown encoding",
    { ...POST, Transform: { RequestBodyEncoding: "X" } },
    "The value of the field 'RequestBodyEncoding' has",
  ],
  [
    "an unknown array format",
    { ...POST, Transform: { RequestEncodingOptions: { ArrayFormat: "X" } } },
    "The value of the field 'ArrayFormat' has an invalid format",
  ],
  [
    "a list to URL-encode",
    { ...POST, RequestBody: [1], Transform: { RequestBodyEncoding: "URL_ENCODED" } },
    "The value for the field 'RequestBody' must be a JSON OBJECT",
  ],
];

test.each(UNUSABLE)("%s cannot be sent", async (_, parameters, fault) => {
  const { outcome, sent } = await invoke(parameters);
  expect(outcome).toEqual({
    error: "States.Runtime",
    cause: expect.stringMatching(/^The Parameters '\{.*\}' could not be used to start the Task: \[.*\]$/u),
  });
  expect((outcome as { cause: string }).cause).toContain(`[${fault}`);
  expect(sent).toEqual([]);
});

test("[F53] a URL that may not be called says why", async () => {
  const answer = (): Response => {
    throw new RefusedDestination("its URL must begin with https:");
  };
  expect((await invoke(GET, { answer })).outcome).toMatchObject({
    error: "States.Runtime",
    cause: expect.stringContaining(
      "[The value of the field 'ApiEndpoint' cannot be used: its URL must begin with https:]",
    ),
  });
});

test("a call too deep is not sent", async () => {
  const { outcome, sent } = await invoke(GET, { more: { callDepth: 5 } });
  expect(outcome).toMatchObject({ error: "States.Runtime", cause: expect.stringContaining("not sent") });
  expect(sent).toEqual([]);
  expect((await invoke(GET, { more: { callDepth: 4 } })).sent[0]?.headers.get("stepflare-depth")).toBe("5");
});
