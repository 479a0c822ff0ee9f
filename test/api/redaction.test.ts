/** Redaction of a state machine's data: how it is chosen, and who is shown what. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Fixture, ROLE } from "./fixture.ts";
import { RestClient } from "./rest-client.ts";

const PATHS = ["$.card.number", "$..password"];
const PATH = "/api/state-machines/M/redaction";

let api: Fixture;
let rest: RestClient;

beforeEach(async () => {
  api = new Fixture();
  rest = await RestClient.of((path, init) => api.fetch(path, init));
  await api.createStateMachine("M");
});

afterEach(() => rest.close());

/** Whoever asks from now on may do anything but see what is hidden. */
function hideFromAll(): void {
  const principal = { ...api.context.principal, may: (action: string) => action !== "stepflare:ReadRedactedData" };
  Object.assign(api.context, { principal });
}

async function startM(): Promise<string> {
  const { body } = await api.call("StartExecution", {
    stateMachineArn: `arn:aws:states:us-east-1:123456789012:stateMachine:M`,
    input: '{"password":"x"}',
  });
  return body.executionArn ?? "";
}

test("nothing is hidden until it is chosen, and an empty list hides nothing again", async () => {
  expect((await rest.call("GET", PATH)).body).toEqual({ paths: [] });
  expect((await rest.call("PUT", PATH, { paths: [...PATHS, "$..password"] })).body).toEqual({ paths: PATHS });
  expect((await rest.call("GET", PATH)).body).toEqual({ paths: PATHS });
  expect((await rest.call("PUT", PATH, { paths: [] })).body).toEqual({ paths: [] });
  expect((await rest.call("GET", PATH)).body).toEqual({ paths: [] });
});

test("an execution is pinned to what is chosen when it is started", async () => {
  const before = await startM();
  await rest.call("PUT", PATH, { paths: PATHS });
  const after = await startM();
  expect(api.execution(before).started?.redactedPaths).toBeUndefined();
  expect(api.execution(after).started?.redactedPaths).toBe(JSON.stringify(PATHS));
});

describe("what is refused, and where it is wrong", () => {
  test.each<[object, string]>([
    [{}, "/paths"],
    [{ paths: "$.a" }, "/paths"],
    [{ paths: Array.from({ length: 21 }, (_, i) => `$.a${i}`) }, "/paths"],
    [{ paths: ["$.a", "$.*"] }, "/paths/1"],
    [{ paths: [1] }, "/paths/0"],
    [{ paths: [], more: 1 }, "/more"],
  ])("%j", async (body, pointer) => {
    const reply = await rest.call("PUT", PATH, body);
    expect([reply.status, reply.body.errors[0].pointer]).toEqual([400, pointer]);
  });

  test("a state machine that there is not", async () => {
    expect((await rest.call("PUT", "/api/state-machines/N/redaction", { paths: PATHS })).status).toBe(404);
    expect((await rest.call("GET", "/api/state-machines/N/redaction")).status).toBe(404);
  });
});

describe("who may not see what is hidden", () => {
  test("is shown a history and a description without it; others are not asked for that", async () => {
    const executionArn = await startM();
    const { calls } = api.execution(executionArn);
    const redacted = (): unknown[] =>
      calls.filter(([name]) => name === "history").map(([, x]) => (x as { redacted?: boolean }).redacted);
    await api.call("GetExecutionHistory", { executionArn });
    hideFromAll();
    await api.call("GetExecutionHistory", { executionArn });
    expect(redacted()).toEqual([undefined, true]);
  });

  test("may not search for it", async () => {
    const fields = { number: "$.input.card.number", name: "$.input.card.name", password: "$.output.a.password" };
    await rest.call("PUT", "/api/state-machines/M/search-fields", { fields });
    await rest.call("PUT", PATH, { paths: PATHS });
    const search = async (field: string): Promise<number> =>
      (await rest.call("GET", `/api/executions?stateMachine=M&field[${field}]=1`)).status;
    expect([await search("number"), await search("password")]).toEqual([200, 200]);
    hideFromAll();
    expect([await search("number"), await search("password"), await search("name")]).toEqual([403, 403, 200]);
  });

  test("is answered a synchronous execution without it", async () => {
    const definition = '{"StartAt":"A","States":{"A":{"Type":"Pass","End":true}}}';
    await api.call("CreateStateMachine", { name: "E", type: "EXPRESS", definition, roleArn: ROLE });
    await rest.call("PUT", "/api/state-machines/E/redaction", { paths: PATHS });
    const run = async (): Promise<unknown> => {
      const input = { password: "x", card: { number: 1 }, a: 1 };
      const { body } = await rest.call("POST", "/api/state-machines/E/sync-executions", { input });
      return body.output;
    };
    expect(await run()).toEqual({ password: "x", card: { number: 1 }, a: 1 });
    hideFromAll();
    expect(await run()).toEqual({ password: "***", card: { number: "***" }, a: 1 });
  });
});
