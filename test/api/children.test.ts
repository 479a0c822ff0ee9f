import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Payload } from "../../src/data/payload.ts";
import { upsertEntries, type ExecutionIndexEntry } from "../../src/runtime/execution-index.ts";
import { parentOf } from "../../src/runtime/parent-link.ts";
import { ACCOUNT, Fixture, START } from "./fixture.ts";
import { RestClient } from "./rest-client.ts";

const PARENT = `${ACCOUNT}:execution:orders:first`;
const PATH = "/api/executions/orders:first/children";

let api: Fixture;
let rest: RestClient;

beforeEach(async () => {
  api = new Fixture();
  rest = await RestClient.of((path, init) => api.fetch(path, init));
  await api.createStateMachine("orders");
  await api.call("StartExecution", { stateMachineArn: `${ACCOUNT}:stateMachine:orders`, name: "first" });
});

afterEach(() => rest.close());

function entry(machine: string, name: string, seconds: number, parentArn?: string): ExecutionIndexEntry {
  return {
    stateMachineArn: `${ACCOUNT}:stateMachine:${machine}`,
    executionArn: `${ACCOUNT}:execution:${machine}:${name}`,
    name,
    startedAt: START + seconds * 1000,
    status: "RUNNING",
    version: 1,
    redriveCount: 0,
    ...(parentArn !== undefined && { parentArn }),
  };
}

const namesOf = (body: { readonly executions: readonly { readonly name: string }[] }): readonly string[] =>
  body.executions.map(({ name }) => name);

describe("the children of an execution", () => {
  beforeEach(() =>
    upsertEntries(api.context.db, [
      entry("a", "one", 1, PARENT),
      entry("b", "two", 2, PARENT),
      entry("a", "two", 2, PARENT),
      entry("a", "three", 3, PARENT),
      entry("a", "of another", 3, `${PARENT}-2`),
      entry("a", "of nobody", 3),
    ]),
  );

  test("are listed newest first, of whatever state machine they are", async () => {
    const { status, body } = await rest.call("GET", PATH);
    expect(status).toBe(200);
    expect(namesOf(body)).toEqual(["three", "two", "two", "one"]);
    expect(body).not.toHaveProperty("parentExecutionArn");
    expect(body).not.toHaveProperty("nextCursor");
  });

  test("are listed page by page, without a gap where two began together", async () => {
    const found: string[] = [];
    let cursor = "";
    for (let pages = 1; ; pages++) {
      const { body } = await rest.call("GET", `${PATH}?limit=1${cursor}`);
      found.push(...body.executions.map((x: { readonly executionArn: string }) => x.executionArn));
      if (body.nextCursor === undefined) {
        expect(pages).toBe(4);
        break;
      }
      cursor = `&cursor=${body.nextCursor}`;
    }
    expect(found).toEqual(["a:three", "a:two", "b:two", "a:one"].map((x) => `${ACCOUNT}:execution:${x}`));
  });

  test("are shown as they ended", async () => {
    await upsertEntries(api.context.db, [
      { ...entry("a", "one", 1, PARENT), status: "ABORTED", version: 2, stoppedAt: START + 9_000 },
    ]);
    const { body } = await rest.call("GET", PATH);
    expect(body.executions.at(-1)).toMatchObject({ name: "one", status: "ABORTED" });
  });

  test("are not shown to whoever may not see them", async () => {
    const { principal } = api.context;
    const may = (action: string, resource: string): boolean =>
      principal.may(action, resource) && !resource.startsWith(`${ACCOUNT}:execution:b:`);
    Object.assign(api, { context: { ...api.context, principal: { ...principal, may } } });
    expect(namesOf((await rest.call("GET", PATH)).body)).toEqual(["three", "two", "one"]);
  });

  test("are refused with a cursor that is none, and of what is no execution", async () => {
    expect((await rest.call("GET", `${PATH}?cursor=x`)).status).toBe(400);
    expect((await rest.call("GET", "/api/executions/orders:none/children")).status).toBe(404);
    const express = encodeURIComponent(`${ACCOUNT}:express:orders:one:two`);
    expect((await rest.call("GET", `/api/executions/${express}/children`)).status).toBe(400);
  });

  test("know their parent", async () => {
    api.execution(PARENT).description = { parentArn: `${ACCOUNT}:execution:orders:zero` };
    const { body } = await rest.call("GET", PATH);
    expect(body.parentExecutionArn).toBe(`${ACCOUNT}:execution:orders:zero`);
  });
});

test.each<[string, string | undefined]>([
  [JSON.stringify({ AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID: PARENT }), PARENT],
  [JSON.stringify({ AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID: "somebody" }), undefined],
  [JSON.stringify({ AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID: 7 }), undefined],
  [JSON.stringify({ below: { AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID: PARENT } }), undefined],
  [JSON.stringify(["AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID"]), undefined],
  ["{}", undefined],
])("the input %s names the parent %s", (input, parent) => {
  expect(parentOf({}, Payload.fromText(input))).toBe(parent);
});

test("who waits for an execution is its parent, whatever its input says", () => {
  const input = Payload.of({ AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID: `${PARENT}-2` });
  const watcher = { executionArn: PARENT, taskId: "0-1", parseOutput: true };
  expect(parentOf({ watcher }, input)).toBe(PARENT);
});
