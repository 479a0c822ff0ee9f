/** Tasks on Cloudflare's own that have no local form, on stand-ins; which bindings tasks may use; results as JSON. */
import { describe, expect, test } from "vitest";
import type { Json, JsonObject } from "../../src/asl/json.ts";
import { readConfig } from "../../src/env.ts";
import { CloudflareFault, readTaskBindings } from "../../src/runtime/integrations/cloudflare/bindings.ts";
import { cloudflareIntegrations } from "../../src/runtime/integrations/cloudflare/cloudflare.ts";
import { jsonOf } from "../../src/runtime/integrations/cloudflare/json-of.ts";
import { callOf, outcomeOf } from "./http-words.ts";

/** What a binding was called with. */
type Called = readonly [method: string, ...given: unknown[]];

/** A binding whose methods answer as said; asked for what it does not have, it has not. */
function standIn(methods: Readonly<Record<string, unknown>>): {
  readonly binding: object;
  readonly called: readonly Called[];
} {
  const called: Called[] = [];
  const answering = Object.entries(methods).map(([name, answer]) => [
    name,
    async (...given: unknown[]): Promise<unknown> => {
      called.push([name, ...given]);
      if (answer instanceof Error) throw answer;
      return answer;
    },
  ]);
  return { binding: Object.fromEntries(answering) as object, called };
}

async function perform(resource: string, parameters: JsonObject, env: object, allowed = "*"): Promise<unknown> {
  const integrations = cloudflareIntegrations({
    env,
    taskBindings: () => readTaskBindings(allowed),
    sleep: async () => undefined,
  });
  const call = callOf(`arn:cloudflare:states:::${resource}`, parameters);
  return outcomeOf(await integrations[call.resource.resourceType]?.(call, new AbortController().signal));
}

describe("ai", () => {
  const input = { Model: "@cf/meta/llama", Input: { prompt: "hi" } };

  test("runs a model", async () => {
    const { binding, called } = standIn({ run: { response: "hello", usage: { tokens: 2 } } });
    const Options = { gateway: { id: "g" } };
    expect(await perform("ai:run", { ...input, Options }, { AI: binding })).toEqual({
      Response: { response: "hello", usage: { tokens: 2 } },
    });
    expect(called).toEqual([["run", "@cf/meta/llama", { prompt: "hi" }, Options]]);
  });

  test.each<[string, () => unknown]>([
    ["a stream", () => new Response("img").body],
    ["an answer over HTTP", () => new Response("img")],
  ])("shows %s in base64", async (_, answer) => {
    const { binding } = standIn({ run: answer() });
    expect(await perform("ai:run", { ...input, Binding: "MINE" }, { MINE: binding })).toEqual({ Response: "aW1n" });
  });

  test("fails with the platform's name and message", async () => {
    const { binding } = standIn({
      run: Object.assign(new Error("5007: No such model"), { name: "InferenceUpstreamError" }),
    });
    expect(await perform("ai:run", input, { AI: binding })).toEqual({
      error: "Cloudflare.AI.InferenceUpstreamError",
      cause: "5007: No such model",
    });
  });

  test("an outage is thrown, for the call to be made again", async () => {
    const { binding } = standIn({ run: new Error("Network connection lost.") });
    await expect(perform("ai:run", input, { AI: binding })).rejects.toThrow("Network connection lost.");
  });
});

describe("vectorize", () => {
  const vectors = [{ id: "a", values: [1, 2] }];
  const at = { Index: "MINE" };
  test.each<[string, JsonObject, Called, unknown, Json]>([
    [
      "query",
      { Vector: [1, 2], Options: { topK: 1 } },
      ["query", [1, 2], { topK: 1 }],
      { matches: [{ id: "a", score: 1 }], count: 1 },
      { Matches: [{ id: "a", score: 1 }], Count: 1 },
    ],
    ["insert", { Vectors: vectors }, ["insert", vectors], { mutationId: "m" }, { MutationId: "m" }],
    ["upsert", { Vectors: vectors }, ["upsert", vectors], { mutationId: "m" }, { MutationId: "m" }],
    [
      "getByIds",
      { Ids: ["a"] },
      ["getByIds", ["a"]],
      [{ id: "a", values: Float32Array.of(1) }],
      { Vectors: [{ id: "a", values: "AACAPw==" }] },
    ],
    ["deleteByIds", { Ids: ["a"] }, ["deleteByIds", ["a"]], { mutationId: "m" }, { MutationId: "m" }],
  ])("%s", async (action, parameters, asked, answer, result) => {
    const { binding, called } = standIn({ upsert: null, deleteByIds: null, [action]: answer });
    expect(await perform(`vectorize:${action}`, { ...at, ...parameters }, { MINE: binding })).toEqual(result);
    expect(called).toEqual([asked]);
  });
});

test("email:send sends what a send_email binding takes", async () => {
  const { binding, called } = standIn({ send: { messageId: "m" } });
  const parameters = {
    Binding: "MY_MAIL",
    From: "a@example.com",
    To: ["b@example.com"],
    Subject: "hi",
    Text: "t",
    Html: "<p>",
    ReplyTo: "c@example.com",
  };
  expect(await perform("email:send", parameters, { MY_MAIL: binding })).toEqual({ MessageId: "m" });
  const message = {
    from: "a@example.com",
    to: ["b@example.com"],
    subject: "hi",
    text: "t",
    html: "<p>",
    replyTo: "c@example.com",
  };
  expect(called).toEqual([["send", message]]);
});

test.each<[string, JsonObject, object]>([
  ["queue:send", { Queue: "MINE", MessageBody: { token: "t" } }, { send: null, sendBatch: null }],
  ["email:send", { Binding: "MINE", From: "a", To: "b", Subject: "t" }, { send: { messageId: "m" } }],
  ["workflow:create", { Workflow: "MINE", Params: { token: "t" } }, { create: {}, get: null }],
])("%s waits for its callback", async (resource, parameters, methods) => {
  const { binding, called } = standIn({ ...methods });
  const host = { env: { MINE: binding }, taskBindings: () => readTaskBindings("MINE"), sleep: async () => undefined };
  const call = callOf(`arn:cloudflare:states:::${resource}.waitForTaskToken`, parameters);
  const answer = await cloudflareIntegrations(host)[call.resource.resourceType]?.(call, new AbortController().signal);
  expect(answer?.kind).toBe("submitted");
  expect(called).toHaveLength(1);
});

describe("TASK_BINDINGS", () => {
  const { binding } = standIn({ run: 1 });
  const run = (env: object, allowed: string): Promise<unknown> =>
    perform("ai:run", { Binding: "MINE", Model: "m", Input: {} }, env, allowed);

  test("lists what tasks may use", async () => {
    expect(await run({ MINE: binding }, "OTHER, MINE")).toEqual({ Response: 1 });
    for (const allowed of ["", "OTHER"])
      expect(await run({ MINE: binding }, allowed)).toMatchObject({ error: "Cloudflare.AI.BindingNotAllowed" });
  });

  test('"*" is all but Stepflare\'s own', async () => {
    expect(await run({ MINE: binding }, "*")).toEqual({ Response: 1 });
    for (const name of ["EXECUTION", "CATALOGUE", "OBJECTS", "ASSETS", "METRICS"]) {
      const parameters = { Binding: name, Model: "m", Input: {} };
      const failure = { error: "Cloudflare.AI.BindingNotAllowed", cause: `The binding '${name}' is Stepflare's own.` };
      expect(await perform("ai:run", parameters, { [name]: binding })).toEqual(failure);
    }
  });

  test("no setting and no inherited member is a binding", async () => {
    for (const env of [{ MINE: "text" }, {}]) {
      expect(await run(env, "*")).toMatchObject({ error: "Cloudflare.AI.BindingNotFound" });
    }
    const parameters = { Binding: "constructor", Model: "m", Input: {} };
    expect(await perform("ai:run", parameters, {})).toMatchObject({ error: "Cloudflare.AI.BindingNotFound" });
  });

  test.each([
    ["MINE, CATALOGUE", "TASK_BINDINGS must not name CATALOGUE"],
    ["*, MINE", "TASK_BINDINGS must be a list of names"],
    ["MY-KV", "TASK_BINDINGS must be a list of names"],
  ])("cannot be %s", (given, message) => {
    expect(() => readConfig({ TASK_BINDINGS: given })).toThrow(message);
  });
});

describe("a result", () => {
  test.each<[unknown, Json]>([
    [undefined, null],
    [Number.NaN, null],
    [12n, "12"],
    [new Date(Number.NaN), null],
    [new Date(0), "1970-01-01T00:00:00.000Z"],
    [Uint8Array.of(255), "/w=="],
    [Uint8Array.of(1, 255, 2).subarray(1, 2), "/w=="],
    [new ArrayBuffer(1), "AA=="],
    [new Map([[1, new Set([true])]]), { "1": [true] }],
    [new TypeError("no"), { name: "TypeError", message: "no" }],
    [{ a: undefined, b: [undefined] }, { b: [null] }],
    [Object.assign(Object.create(null) as object, { a: 1 }), { a: 1 }],
  ])("of %s is %j", (value, json) => expect(jsonOf(value)).toEqual(json));

  test.each([() => 1, Symbol("s"), new URL("https://a.example.com"), new Response("x")])("of %s is none", (value) => {
    expect(() => jsonOf({ a: [value] })).toThrow(CloudflareFault);
  });

  test("that holds itself is none", () => {
    const itself: Record<string, unknown> = {};
    itself["itself"] = itself;
    expect(() => jsonOf(itself)).toThrow("nested deeper than");
  });
});
