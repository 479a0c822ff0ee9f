/** `apigateway:invoke`: what leaves, and what its answers mean. */
import { describe, expect, test } from "vitest";
import type { Json, JsonObject } from "../../src/asl/json.ts";
import { callApiGateway, type GatewayServices } from "../../src/runtime/integrations/apigateway/apigateway.ts";
import { readApiEndpoints } from "../../src/runtime/integrations/apigateway/settings.ts";
import { callOf, doorOf, outcomeOf, type SentRequest } from "./http-words.ts";

const INVOKE = "arn:aws:states:::apigateway:invoke";
const ENDPOINT = "abc123.execute-api.eu-west-1.amazonaws.com";
const GET: JsonObject = { ApiEndpoint: ENDPOINT, Method: "GET" };
const POST: JsonObject = { ...GET, Method: "POST" };

interface World {
  readonly answer?: () => Response;
  readonly endpoints?: string;
  readonly sign?: GatewayServices["sign"];
  readonly arn?: string;
}

async function invoke(
  parameters: Json,
  { answer = () => Response.json(1), endpoints, sign, arn = INVOKE }: World = {},
) {
  const { send, sent } = doorOf(answer);
  const services = { send, endpoints: readApiEndpoints(endpoints), sign };
  const task = await callApiGateway(services, callOf(arn, parameters), new AbortController().signal);
  return { outcome: outcomeOf(task), task, sent };
}

async function sentFor(parameters: Json, world?: World): Promise<SentRequest> {
  const { sent, outcome } = await invoke(parameters, world);
  const [request] = sent;
  if (request === undefined) throw new Error(`nothing was sent: ${JSON.stringify(outcome)}`);
  return request;
}

describe("a request", () => {
  test.each<[JsonObject, string]>([
    [{}, "/"],
    [{ Stage: "dev" }, "/dev"],
    [{ Stage: "dev", Path: "/pets/1 2/" }, "/dev/pets/1%202/"],
    [{ Path: "a%20b/ü" }, "/a%20b/%C3%BC"],
    [{ QueryParameters: { a: ["1", "2"], "b c": ["&"] } }, "/?a=1&a=2&b+c=%26"],
  ])("of %j goes to %s", async (more, path) => {
    expect((await sentFor({ ...GET, ...more })).url).toBe(`https://${ENDPOINT}${path}`);
  });

  test("goes where API_ENDPOINTS leads", async () => {
    const endpoints = JSON.stringify({ [ENDPOINT]: "https://api.example.com/v1/" });
    expect((await sentFor({ ...GET, Stage: "dev", Path: "pets" }, { endpoints })).url).toBe(
      "https://api.example.com/v1/dev/pets",
    );
  });

  test("has the headers' values, the attempt's key, and JSON's type", async () => {
    const { headers } = await sentFor({ ...POST, Headers: { Accept: ["a/b", "c/d"] }, RequestBody: {} });
    expect(Object.fromEntries(headers)).toEqual({
      accept: "a/b, c/d",
      "content-type": "application/json",
      "idempotency-key": expect.stringMatching(/^[\da-f-]{36}$/u),
      "stepflare-depth": "1",
      "user-agent": "Amazon|StepFunctions|ApiGatewayInvoke",
    });
  });

  test.each<[JsonObject, string | undefined]>([
    [{ RequestBody: { a: null, b: [{ c: null, d: 1 }, null] } }, '{"b":[{"d":1},null]}'],
    [{ RequestBody: { a: null }, AllowNullValues: true }, '{"a":null}'],
    [{ RequestBody: "HelloWorld" }, '"HelloWorld"'],
    [{ RequestBody: "a,b", Headers: { "content-type": ["text/csv"] } }, "a,b"],
    [{}, undefined],
  ])("of %j has the body %s", async (more, body) => {
    expect((await sentFor({ ...POST, ...more })).body).toBe(body);
  });

  test("is signed where AuthType says so", async () => {
    const sign: GatewayServices["sign"] = async (request) => ({
      ...request,
      headers: [...request.headers, ["Authorization", `signed ${request.method} ${request.url}`]],
    });
    for (const AuthType of ["IAM_ROLE", "RESOURCE_POLICY"]) {
      const { headers } = await sentFor({ ...GET, AuthType }, { sign });
      expect(headers.get("authorization")).toBe(`signed GET https://${ENDPOINT}/`);
    }
    expect((await sentFor({ ...GET, AuthType: "NO_AUTH" }, { sign })).headers.get("authorization")).toBe(null);
  });

  test("that is to be signed is not sent without credentials", async () => {
    const { outcome, sent } = await invoke({ ...GET, AuthType: "IAM_ROLE" });
    expect(outcome).toMatchObject({ error: "States.Runtime", cause: expect.stringContaining("credentials of AWS") });
    expect(sent).toEqual([]);
  });
});

describe("an answer", () => {
  test("is the result, with the headers as API Gateway writes them", async () => {
    const headers = {
      "Content-Type": "application/json",
      "x-amzn-requestid": "r",
      "x-amz-apigw-id": "i",
      "x-cache": "Miss",
    };
    const { outcome } = await invoke(GET, { answer: () => new Response('{"pets":[]}', { headers }) });
    expect(outcome).toEqual({
      Headers: {
        "Content-Type": ["application/json"],
        "x-amzn-RequestId": ["r"],
        "x-amz-apigw-id": ["i"],
        "X-Cache": ["Miss"],
      },
      ResponseBody: { pets: [] },
      StatusCode: 200,
      StatusText: "OK",
    });
  });

  test("of a callback is only what is shown until the callback comes", async () => {
    const { task } = await invoke({ ...POST, Headers: { TaskToken: ["t"] } }, { arn: `${INVOKE}.waitForTaskToken` });
    expect(task?.kind).toBe("submitted");
  });

  test("of another status is an error of that name, whose cause is the body", async () => {
    const answer = (): Response => Response.json({ message: "Missing Authentication Token" }, { status: 403 });
    expect((await invoke(GET, { answer })).outcome).toEqual({
      error: "ApiGateway.403",
      cause: '{"message":"Missing Authentication Token"}',
    });
  });

  test("that never comes is an error of the client", async () => {
    const answer = (): Response => {
      throw new TypeError("no such host");
    };
    expect((await invoke(GET, { answer })).outcome).toMatchObject({ error: "ApiGateway.SdkClientException" });
  });
});

test.each<[string, JsonObject, string]>([
  [
    "a header that is no list",
    { ...GET, Headers: { h: "single" } },
    "The value of the field 'Headers' has an invalid format",
  ],
  [
    "a query that is no list",
    { ...GET, QueryParameters: { q: "1" } },
    "The value of the field 'QueryParameters' has an invalid",
  ],
  [
    "headers that AWS refuses",
    { ...GET, Headers: { Host: ["h"] } },
    "The 'Headers' field contains unsupported values: [host]",
  ],
  ["no endpoint", { Method: "GET" }, "The field 'ApiEndpoint' is required but was missing"],
  [
    "an endpoint that is a URL",
    { ...GET, ApiEndpoint: "https://a.example.com" },
    "The value of the field 'ApiEndpoint' has",
  ],
  ["an endpoint with a user", { ...GET, ApiEndpoint: "u:p@a.example.com" }, "The value of the field 'ApiEndpoint' has"],
  ["an unknown method", { ...GET, Method: "TRACE" }, "The value of the field 'Method' has an invalid format"],
  ["an unknown AuthType", { ...GET, AuthType: "BASIC" }, "The value of the field 'AuthType' has an invalid format"],
  [
    "a path that leads up",
    { ...GET, Stage: "dev", Path: "../prod" },
    "The value of the field 'Path' has an invalid format",
  ],
  [
    "a path that leads up in disguise",
    { ...GET, Path: "a/%2e%2E/b" },
    "The value of the field 'Path' has an invalid format",
  ],
])("%s cannot be sent", async (_, parameters, fault) => {
  const { outcome, sent } = await invoke(parameters);
  expect(outcome).toMatchObject({ error: "States.Runtime", cause: expect.stringContaining(`[${fault}`) });
  expect(sent).toEqual([]);
});

test.each([
  [[]],
  ["[]"],
  ["no JSON"],
  [{ a: 1 }],
  [{ a: "b" }],
  [{ a: "https://a.example.com/?q" }],
  [{ a: "ftp://a" }],
])("API_ENDPOINTS %j is refused", (given) => {
  expect(() => readApiEndpoints(given)).toThrow("API_ENDPOINTS must be a JSON object from endpoints to URLs");
});

test("API_ENDPOINTS is a table, or its JSON text, or nothing", () => {
  expect(readApiEndpoints({ a: "http://b/" })).toEqual(new Map([["a", "http://b"]]));
  expect(readApiEndpoints("")).toEqual(new Map());
  expect(readApiEndpoints(undefined)).toEqual(new Map());
});
