/** `POST /run/{stateMachine}`: an execution's output as the answer to a request. */
import { beforeEach, describe, expect, test } from "vitest";
import { readRunTimeout } from "../../src/runtime/run-settings.ts";
import { ACCOUNT, Fixture, START, tokenFor } from "./fixture.ts";

let api: Fixture;
beforeEach(() => {
  api = new Fixture();
});

async function run(name: string, body: string | undefined, headers: Record<string, string> = {}): Promise<Response> {
  return api.fetch(`http://localhost/run/${name}`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    ...(body !== undefined && { body }),
  });
}

const ECHO = '{"StartAt":"A","States":{"A":{"Type":"Pass","End":true}}}';
const FAIL = '{"StartAt":"A","States":{"A":{"Type":"Fail","Error":"Orders.None","Cause":"there is none"}}}';

describe("an Express execution", () => {
  const create = (definition: string): Promise<string> =>
    api.createStateMachine("quick", { definition, type: "EXPRESS" });

  test("is answered with its output, text for text", async () => {
    await create(ECHO);
    const response = await run("quick", '{"n": 1.0, "big": 12345678901234567890}');
    expect([response.status, await response.text()]).toEqual([200, '{"n": 1.0, "big": 12345678901234567890}']);
    expect(response.headers.get("content-type")).toBe("application/json");
    expect(response.headers.get("stepflare-execution-arn")).toMatch(/:express:quick:/u);
    expect(await (await run("quick", undefined)).text()).toBe("{}");
    expect(await (await run("quick", '"a text"')).text()).toBe('"a text"');
  });

  test("that fails is a problem that says why", async () => {
    await create(FAIL);
    const response = await run("quick", "{}");
    expect([response.status, response.headers.get("content-type")]).toEqual([502, "application/problem+json"]);
    expect(await response.json()).toEqual({
      type: "urn:stepflare:problem:ExecutionDidNotSucceed",
      title: "Execution Did Not Succeed",
      status: 502,
      detail: "there is none",
      executionArn: expect.stringContaining(":express:quick:"),
      executionStatus: "FAILED",
      error: "Orders.None",
      cause: "there is none",
    });
  });

  test("that times out is a 504", async () => {
    await create('{"TimeoutSeconds":1,"StartAt":"A","States":{"A":{"Type":"Wait","Seconds":9,"End":true}}}');
    expect((await run("quick", "{}")).status).toBe(504);
  });

  test("takes no timeout", async () => {
    await create(ECHO);
    expect((await run("quick?timeout=3", "{}")).status).toBe(400);
  });
});

describe("a Standard execution", () => {
  const arnOf = (name: string): string => `${ACCOUNT}:execution:slow:${name}`;
  beforeEach(async () => {
    await api.createStateMachine("slow");
  });

  test("that ends in time is answered with its output", async () => {
    api.execution(arnOf("k")).description = { status: "SUCCEEDED", output: '{"ok": 1.0}' };
    const response = await run("slow", '{"a":1}', { "idempotency-key": '"k"' });
    expect([response.status, await response.text()]).toEqual([200, '{"ok": 1.0}']);
    expect(response.headers.get("stepflare-execution-arn")).toBe(arnOf("k"));
    expect(api.execution(arnOf("k")).started?.input).toBe('{"a":1}');
    expect(api.sleeps).toBe(0);
  });

  test("that does not goes on, and the answer says where it is", async () => {
    const response = await run("slow", "{}", { "idempotency-key": "k" });
    expect(response.status).toBe(202);
    expect(response.headers.get("location")).toBe("/api/executions/slow%3Ak");
    expect(await response.json()).toEqual({
      executionArn: arnOf("k"),
      name: "k",
      status: "RUNNING",
      startDate: new Date(START).toISOString(),
    });
    expect(api.at).toBe(START + 30_000);
    const reads = api.execution(arnOf("k")).calls.filter(([what]) => what === "describe");
    expect(reads.length).toBeLessThan(22);
  });

  test("is awaited for as long as the request says", async () => {
    expect((await run("slow?timeout=2", "{}")).status).toBe(202);
    expect(api.at).toBe(START + 2_000);
    expect((await run("slow?timeout=0", "{}")).status).toBe(202);
    expect(api.at).toBe(START + 2_000);
    for (const timeout of ["301", "-1", "x", ""]) expect((await run(`slow?timeout=${timeout}`, "{}")).status).toBe(400);
  });

  test("that fails, times out or is stopped is a problem", async () => {
    const outcomes = [
      ["FAILED", 502],
      ["ABORTED", 502],
      ["TIMED_OUT", 504],
    ] as const;
    for (const [status, expected] of outcomes) {
      api.execution(arnOf("k")).description = { status, error: "E" };
      const response = await run("slow", "{}", { "idempotency-key": "k" });
      expect([response.status, await response.json()]).toEqual([
        expected,
        expect.objectContaining({ executionStatus: status, error: "E", detail: "E" }),
      ]);
    }
  });

  test("is answered again to who repeats a request with its key, and not to who asks for something else", async () => {
    const execution = api.execution(arnOf("k"));
    execution.description = { status: "SUCCEEDED", output: "7" };
    await run("slow", '{"a":1}', { "idempotency-key": "k" });
    const start = execution.start.bind(execution);
    execution.start = async () => ({
      ok: false,
      error: "ExecutionAlreadyExists",
      message: `Execution Already Exists: '${arnOf("k")}'`,
    });
    const again = await run("slow", '{"a":1}', { "idempotency-key": "k" });
    expect([again.status, await again.text()]).toEqual([200, "7"]);
    expect((await run("slow", '{"a":2}', { "idempotency-key": "k" })).status).toBe(409);
    execution.start = start;
  });

  test("shows no task's token in its output to who may not answer tasks", async () => {
    const may = (action: string): boolean => action !== "states:SendTaskSuccess";
    const principal = { ...api.context.principal, may };
    api.admit = async () => ({ principal });
    api.execution(arnOf("k")).description = { status: "SUCCEEDED", output: JSON.stringify(tokenFor(arnOf("x"))) };
    const response = await run("slow", "{}", { "idempotency-key": "k" });
    expect(await response.text()).toBe('"***"');
  });

  test("needs the right to start it and to see what it comes to", async () => {
    const asked: string[] = [];
    const principal = {
      ...api.context.principal,
      authorize: (...of: readonly string[]) => void asked.push(of.join(" ")),
    };
    api.admit = async () => ({ principal });
    await run("slow?timeout=0", "{}");
    const machine = `${ACCOUNT}:stateMachine:slow`;
    expect(asked).toEqual([`states:StartSyncExecution ${machine}`, `states:StartExecution ${machine}`]);
  });
});

describe("a request", () => {
  test.each<readonly [string, string, Record<string, string>, number]>([
    ["that is not JSON", "{", {}, 400],
    ["that does not say it is JSON", "{}", { "content-type": "text/plain" }, 415],
    ["whose key cannot be a name", "{}", { "idempotency-key": "a b" }, 400],
    ["whose key is too long", "{}", { "idempotency-key": "k".repeat(81) }, 400],
    ["that is too large", JSON.stringify("x".repeat(262_144)), {}, 400],
    ["that is far too large", JSON.stringify("x".repeat(2_000_000)), {}, 413],
    ["of a page of another origin", "{}", { "sec-fetch-site": "cross-site" }, 403],
  ])("%s is refused", async (_, body, headers, status) => {
    await api.createStateMachine("slow");
    expect((await run("slow", body, headers)).status).toBe(status);
  });

  test("for what is not there is refused", async () => {
    expect((await run("none", "{}")).status).toBe(404);
    expect((await run(encodeURIComponent(`${ACCOUNT}:activity:a`), "{}")).status).toBe(400);
    const get = await api.fetch("http://localhost/run/none");
    expect([get.status, get.headers.get("allow")]).toEqual([405, "POST"]);
  });
});

test("the setting is a number of seconds", () => {
  expect([
    readRunTimeout({}),
    readRunTimeout({ RUN_TIMEOUT_SECONDS: "" }),
    readRunTimeout({ RUN_TIMEOUT_SECONDS: "0" }),
  ]).toEqual([30, 30, 0]);
  for (const text of ["x", "-1", "301", "1.5"])
    expect(() => readRunTimeout({ RUN_TIMEOUT_SECONDS: text })).toThrow(
      "RUN_TIMEOUT_SECONDS must be a whole number of seconds from 0 to 300",
    );
});
