/** Functions elsewhere: what they are sent, and what their answers mean. */
import { describe, expect, test } from "vitest";
import { parseResource } from "../../src/asl/resource.ts";
import { Payload } from "../../src/data/payload.ts";
import type { TaskId } from "../../src/engine/execution.ts";
import type { FunctionTarget } from "../../src/runtime/registry.ts";
import { NOTHING_ADDED, type Authorization } from "../../src/runtime/connections/authorize.ts";
import type { FunctionResult } from "../../src/runtime/tasks/functions.ts";
import { callRemote } from "../../src/runtime/tasks/remote-function.ts";

const LAMBDA = "arn:aws:states:::lambda:invoke";

interface World {
  readonly target?: FunctionTarget;
  readonly depth?: number;
  readonly added?: Authorization;
  readonly answer?: (request: Request) => Response;
}

/** The result, and the requests that were made for it. */
async function call({
  target = { service: "B" },
  depth,
  added = NOTHING_ADDED,
  answer = () => Response.json(1),
}: World) {
  const requests: Request[] = [];
  const send = async (url: string | URL, init?: RequestInit): Promise<Response> => {
    const request = new Request(url, init);
    requests.push(request);
    return answer(request);
  };
  const directory = {
    findBinding: (name: string) => (name === "B" ? ({ fetch: send } as never) : undefined),
    send,
    authorize: async () => added,
  };
  const resource = parseResource(LAMBDA);
  if (resource === undefined) throw new Error("no resource");
  const task = {
    type: "ScheduleTask",
    taskId: "0-1" as TaskId,
    stateName: "Zahl äöü",
    resource,
    parameters: Payload.of(1),
    enteredAt: 0,
    retryCount: 0,
    executionArn: "arn:aws:states:us-east-1:123456789012:execution:m:e",
    stateMachineArn: "arn:aws:states:us-east-1:123456789012:stateMachine:m",
    idempotencyKey: "key",
    maxPayloadBytes: 100,
    ...(depth !== undefined && { callDepth: depth }),
  } as const;
  const { signal } = new AbortController();
  const result: FunctionResult = await callRemote(directory, target, { name: "f" }, "{}", task, signal);
  return { result, requests };
}

describe("[F53] a service binding", () => {
  test.each<[string, World, string, string]>([
    ["that wrangler.toml does not name", { target: { service: "NONE" } }, "Lambda.ResourceNotFoundException", "'NONE'"],
    [
      "that throws",
      {
        answer: () => {
          throw new TypeError("it broke");
        },
      },
      "Lambda.SdkClientException",
      "it broke",
    ],
    ["that answers no JSON", { answer: () => new Response("<p>") }, "Lambda.Unknown", "not JSON"],
    ["that answers no text", { answer: () => new Response(Uint8Array.of(34, 255, 34)) }, "Lambda.Unknown", "not UTF-8"],
    ["that fails", { answer: () => new Response("oh", { status: 500 }) }, "Lambda.ServiceException", "status 500: oh"],
    [
      "that redirects",
      { answer: () => new Response(null, { status: 307 }) },
      "Lambda.AWSLambdaException",
      "status 307",
    ],
  ])("%s is an error of Lambda's, which can be caught", async (_, world, error, cause) => {
    const { result } = await call(world);
    expect(result).toMatchObject({ ok: false, failure: { error, cause: expect.stringContaining(cause) as string } });
  });
});

test("an answer of as many bytes as a result may have is taken; one of more is not looked into", async () => {
  const exact = `"${"é".repeat(49)}"`;
  expect((await call({ answer: () => new Response(exact) })).result).toMatchObject({ ok: true, text: exact });
  for (const text of [`"${"é".repeat(51)}"`, "[".repeat(200)]) {
    const { result } = await call({ answer: () => new Response(text) });
    expect(result.ok && Payload.fromText(result.text).exceeds(100)).toBe(true);
  }
});

describe("how deep calls may lead to each other", () => {
  test("a call says how deep it is", async () => {
    const depthOf = async (world: World): Promise<unknown> =>
      (await call(world)).requests[0]?.headers.get("stepflare-depth");
    expect(await depthOf({})).toBe("1");
    expect(await depthOf({ depth: 4 })).toBe("5");
  });

  test("one that is too deep is not made", async () => {
    const { result, requests } = await call({ depth: 5 });
    expect(result).toMatchObject({ ok: false, failure: { error: "Lambda.RecursiveInvocationException" } });
    expect(requests).toEqual([]);
  });
});

describe("a connection", () => {
  const target = { url: "https://api.example.com/", connection: "c" };
  const added = {
    headers: { Authorization: "Bearer secret-token" },
    conceal: (text: string) => text.replaceAll("secret-token", "***"),
  };

  test("adds its headers, and what comes back is shown without its secrets", async () => {
    const echo = (status: number) => (request: Request) =>
      Response.json({ got: request.headers.get("authorization") }, { status });
    expect((await call({ target, added, answer: echo(200) })).result).toMatchObject({ text: '{"got":"Bearer ***"}' });
    const refused = await call({ target, added, answer: echo(403) });
    expect(JSON.stringify(refused.result)).toContain("Bearer ***");
    expect(JSON.stringify(refused.result)).not.toContain("secret-token");
  });

  test("that cannot be used is the task's error, and nothing is sent", async () => {
    const unusable = { error: "Events.ConnectionResource.NotFound", cause: "There is no connection 'c'." };
    const { result, requests } = await call({ target, added: unusable as unknown as Authorization });
    expect([result, requests]).toEqual([{ ok: false, failure: unusable }, []]);
  });
});
