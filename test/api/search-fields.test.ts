import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Payload } from "../../src/data/payload.ts";
import { upsertEntries, type ExecutionIndexEntry } from "../../src/runtime/execution-index.ts";
import { fieldValues } from "../../src/runtime/search-fields.ts";
import { ACCOUNT, Fixture, START } from "./fixture.ts";
import { RestClient, type RestReply } from "./rest-client.ts";

const MACHINE = `${ACCOUNT}:stateMachine:M`;
const FIELDS = "/api/state-machines/M/search-fields";

let api: Fixture;
let rest: RestClient;

beforeEach(async () => {
  api = new Fixture();
  rest = await RestClient.of((path, init) => api.fetch(path, init));
  await api.createStateMachine("M");
});

afterEach(() => rest.close());

const put = (fields: unknown): Promise<RestReply> => rest.call("PUT", FIELDS, { fields });

describe("the search fields of a state machine", () => {
  test("are chosen, shown and given up", async () => {
    expect((await rest.call("GET", FIELDS)).body).toEqual({ fields: {} });
    const fields = {
      customer: "$.input.customer.id",
      first: "$.output.items[0]",
      pointer: "$.input.a",
      detail: "$.output",
    };
    expect((await put(fields)).body).toEqual({ fields });
    expect((await rest.call("GET", FIELDS)).body).toEqual({ fields });
    expect((await put({})).body).toEqual({ fields: {} });
    expect((await rest.call("GET", FIELDS)).body).toEqual({ fields: {} });
  });

  test("go with what is started from then on, by the state machine or a version", async () => {
    const started = async (path: string, name: string): Promise<unknown> => {
      await rest.call("POST", path, { name });
      return api.execution(`${ACCOUNT}:execution:M:${name}`).started?.searchFields;
    };
    expect(await started("/api/state-machines/M/executions", "a")).toBeUndefined();
    await rest.call("POST", "/api/state-machines/M/versions");
    await put({ id: "$.input.id" });
    expect(await started("/api/state-machines/M/executions", "b")).toBe('{"id":"$.input.id"}');
    expect(await started("/api/state-machines/M/versions/1/executions", "c")).toBe('{"id":"$.input.id"}');
  });

  test.each<[unknown, string]>([
    [undefined, "/fields"],
    [[], "/fields"],
    [Object.fromEntries(Array.from({ length: 11 }, (_, i) => [`f${i}`, "$.input"])), "/fields"],
    [{ "a b": "$.input.a" }, "/fields/a b"],
    [{ "": "$.input.a" }, "/fields/"],
    [{ a: "$.state.a" }, "/fields/a"],
    [{ a: "$" }, "/fields/a"],
    [{ a: "$$.Execution.Id" }, "/fields/a"],
    [{ a: "$.input[*]" }, "/fields/a"],
    [{ a: "$.input..a" }, "/fields/a"],
    [{ a: "nonsense" }, "/fields/a"],
    [{ a: 5 }, "/fields/a"],
    [{ a: `$.input.${"x".repeat(300)}` }, "/fields/a"],
  ])("%.60j are refused", async (fields, pointer) => {
    expect(await put(fields)).toMatchObject({ status: 400, body: { errors: [{ pointer }] } });
  });

  test("are of Standard state machines that exist", async () => {
    await api.createStateMachine("quick", { type: "EXPRESS" });
    const reply = await rest.call("PUT", "/api/state-machines/quick/search-fields", { fields: {} });
    expect(reply.body.exception).toBe("StateMachineTypeNotSupported");
    expect((await rest.call("PUT", "/api/state-machines/none/search-fields", { fields: {} })).status).toBe(404);
    expect((await rest.call("PUT", FIELDS, { fields: {}, more: 1 })).status).toBe(400);
  });
});

test("values are texts, numbers and booleans that are not too long", () => {
  const data = {
    text: "a",
    empty: "",
    number: 1.5,
    yes: true,
    nothing: null,
    list: [7],
    deep: {},
    long: "x".repeat(257),
  };
  const fields = Object.fromEntries([...Object.keys(data), "none"].map((name) => [name, `$.input.${name}`]));
  const more = { item: "$.input.list[0]", out: "$.output", later: "$.output.a" };
  const values = (output?: Payload): Record<string, string> =>
    Object.fromEntries(fieldValues({ ...fields, ...more }, Payload.of(data), output).map((x) => [x.name, x.value]));
  const found = { text: "a", empty: "", number: "1.5", yes: "true", item: "7" };
  expect(values()).toEqual(found);
  expect(values(Payload.fromText('"done"'))).toEqual({ ...found, out: "done" });
  expect(values(Payload.fromText('{"a":2.0}'))).toEqual({ ...found, later: "2" });
});

describe("executions are found by their fields", () => {
  function entry(name: string, seconds: number, fields: Record<string, string>): ExecutionIndexEntry {
    return {
      stateMachineArn: MACHINE,
      executionArn: `${ACCOUNT}:execution:M:${name}`,
      name,
      startedAt: START + seconds * 1000,
      status: seconds % 2 === 0 ? "SUCCEEDED" : "FAILED",
      version: 2,
      redriveCount: 0,
      ...(seconds > 2 && { stateMachineVersionArn: `${MACHINE}:1` }),
      fields: Object.entries(fields).map(([x, value]) => ({ name: x, value })),
    };
  }

  const ALL = [
    entry("a", 1, { customer: "7", total: "10" }),
    entry("b", 2, { customer: "7", total: "20" }),
    entry("c", 3, { customer: "7", total: "20" }),
    entry("d", 4, { customer: "8", total: "20" }),
    entry("e", 5, {}),
  ];

  beforeEach(async () => {
    await put({ customer: "$.input.customer", total: "$.output.total" });
    await upsertEntries(api.context.db, ALL);
  });

  async function names(query: string): Promise<readonly string[]> {
    const { body } = await rest.call("GET", `/api/executions?stateMachine=M${query}`);
    return body.executions.map((x: { name: string }) => x.name);
  }

  test.each<[string, readonly string[]]>([
    ["&field[customer]=7", ["c", "b", "a"]],
    ["&field%5Bcustomer%5D=8", ["d"]],
    ["&field[customer]=7&field[total]=20", ["c", "b"]],
    ["&field[customer]=7&field[total]=30", []],
    ["&field[customer]=7&status=FAILED", ["c", "a"]],
    ["&field[customer]=7&version=1", ["c"]],
    ["&field[customer]=7&namePrefix=b", ["b"]],
    ["&field[customer]=7&startedBefore=2026-01-02T03:04:07.678Z", ["a"]],
    ["&field[customer]='7'", []],
    ["", ["e", "d", "c", "b", "a"]],
  ])("%s", async (query, found) => {
    expect(await names(query)).toEqual(found);
  });

  test("in pages", async () => {
    const path = "/api/executions?stateMachine=M&field[total]=20&limit=2";
    const { body } = await rest.call("GET", path);
    expect(body.executions).toHaveLength(2);
    const next = await rest.call("GET", `${path}&cursor=${body.nextCursor}`);
    expect(next.body.executions.map((x: { name: string }) => x.name)).toEqual(["b"]);
    expect(next.body.nextCursor).toBeUndefined();
  });

  test("that the state machine has", async () => {
    for (const query of ["field[id]=7", "field=7", "field[customer]=7&field[customer]=8"]) {
      expect((await rest.call("GET", `/api/executions?stateMachine=M&${query}`)).status).toBe(400);
    }
  });

  test("read along the key, without sorting", async () => {
    const prepare = vi.spyOn(api.db, "prepare");
    await names("&field[customer]=7");
    const sql = prepare.mock.calls.map(([text]) => text).find((text) => text.includes("CROSS JOIN")) ?? "";
    const values = [MACHINE, 5, "n", 0, 9, "f", "v", MACHINE, "[]", "", null, 3];
    const plan = api.db.database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...values);
    const details = plan.map((row) => String(row["detail"])).join("\n");
    expect(details).toContain(
      "SEARCH execution_field USING PRIMARY KEY (state_machine_arn=? AND field=? AND value=? AND started_at>? AND started_at<?)",
    );
    expect(details).toContain(
      "SEARCH execution_index USING PRIMARY KEY (state_machine_arn=? AND started_at=? AND name=?)",
    );
    expect(details).not.toMatch(/TEMP B-TREE/u);
  });
});

test("each value is one row, written once, and an execution without fields has none", async () => {
  const rows = (): unknown => api.db.database.prepare("SELECT total_changes() AS n").get()?.["n"];
  const entry = {
    stateMachineArn: MACHINE,
    executionArn: "x",
    name: "x",
    startedAt: START,
    redriveCount: 0,
    status: "RUNNING" as const,
    version: 1,
  };
  const before = Number(rows());
  await upsertEntries(api.context.db, [entry]);
  expect(Number(rows()) - before).toBe(1);
  const fields = [{ name: "a", value: "1" }];
  await upsertEntries(api.context.db, [{ ...entry, name: "y", fields }]);
  expect(Number(rows()) - before).toBe(3);
  await upsertEntries(api.context.db, [
    { ...entry, name: "y", version: 2, fields: [...fields, { name: "b", value: "2" }] },
  ]);
  expect(Number(rows()) - before).toBe(5);
});
