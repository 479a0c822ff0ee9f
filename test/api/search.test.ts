import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { upsertEntries, type ExecutionIndexEntry } from "../../src/runtime/execution-index.ts";
import { searchExecutions } from "../../src/runtime/execution-search.ts";
import { ACCOUNT, Fixture, START } from "./fixture.ts";
import { RestClient } from "./rest-client.ts";

const MACHINE = `${ACCOUNT}:stateMachine:M`;

let api: Fixture;
let rest: RestClient;

beforeEach(async () => {
  api = new Fixture();
  rest = await RestClient.of((path, init) => api.fetch(path, init));
  await api.createStateMachine("M");
});

afterEach(() => rest.close());

function entry(name: string, seconds: number, more: Partial<ExecutionIndexEntry> = {}): ExecutionIndexEntry {
  return {
    stateMachineArn: MACHINE,
    executionArn: `${ACCOUNT}:execution:M:${name}`,
    name,
    startedAt: START + seconds * 1000,
    status: "SUCCEEDED",
    stoppedAt: START + seconds * 1000 + 1,
    version: 2,
    redriveCount: 0,
    ...more,
  };
}

const write = (...entries: ExecutionIndexEntry[]): Promise<unknown> => upsertEntries(api.context.db, entries);

async function names(query: string): Promise<readonly string[]> {
  const { body } = await rest.call("GET", `/api/executions?stateMachine=M${query}`);
  return body.executions.map((x: { name: string }) => x.name);
}

describe("executions are found", () => {
  beforeEach(() =>
    write(
      entry("order-1", 1),
      entry("order-2", 2, { status: "FAILED", stateMachineVersionArn: `${MACHINE}:3` }),
      entry("refund-1", 3, { status: "RUNNING", stateMachineAliasArn: `${MACHINE}:PROD` }),
      entry("order_3", 3),
      entry("other", 9, { stateMachineArn: `${MACHINE}2` }),
    ),
  );

  test.each<[string, readonly string[]]>([
    ["", ["order_3", "refund-1", "order-2", "order-1"]],
    ["&status=FAILED", ["order-2"]],
    ["&status=RUNNING", ["refund-1"]],
    ["&status=ABORTED", []],
    ["&namePrefix=order-", ["order-2", "order-1"]],
    ["&namePrefix=%25", []],
    ["&namePrefix=ORDER", []],
    ["&status=RUNNING&namePrefix=order", []],
    ["&version=3", ["order-2"]],
    ["&alias=PROD", ["refund-1"]],
    ["&alias=PROD&status=RUNNING", ["refund-1"]],
    ["&startedAfter=2026-01-02T03:04:07.678Z", ["order_3", "refund-1", "order-2"]],
    ["&startedBefore=2026-01-02T03:04:07.678Z", ["order-1"]],
    ["&startedAfter=2026-01-02T04:04:07.678%2B01:00&startedBefore=2026-01-02T03:04:08.678Z", ["order-2"]],
  ])("by %s", async (query, found) => {
    expect(await names(query)).toEqual(found);
  });

  test("with moments in ISO 8601", async () => {
    const { body } = await rest.call("GET", "/api/executions?stateMachine=M&namePrefix=order-1");
    expect(body).toEqual({
      executions: [
        {
          executionArn: `${ACCOUNT}:execution:M:order-1`,
          stateMachineArn: MACHINE,
          name: "order-1",
          status: "SUCCEEDED",
          startDate: "2026-01-02T03:04:06.678Z",
          stopDate: "2026-01-02T03:04:06.679Z",
          redriveCount: 0,
        },
      ],
    });
  });
});

test.each<[string, number]>([
  ["", 400],
  ["?stateMachine=none", 404],
  ["?stateMachine=M%3A1", 400],
  ["?stateMachine=M&status=DONE", 400],
  ["?stateMachine=M&startedAfter=yesterday", 400],
  ["?stateMachine=M&startedAfter=2026-01-02", 400],
  ["?stateMachine=M&startedBefore=2026-13-02T00:00:00Z", 400],
  ["?stateMachine=M&version=1&alias=PROD", 400],
  ["?stateMachine=M&limit=-1", 400],
  ["?stateMachine=M&limit=1001", 400],
  ["?stateMachine=M&cursor=nonsense", 400],
])("the search %s is refused", async (query, status) => {
  expect((await rest.call("GET", `/api/executions${query}`)).status).toBe(status);
});

describe("pages", () => {
  const ALL = Array.from({ length: 10 }, (_, i) =>
    entry(`n${i}`, Math.floor(i / 3), { status: i % 2 === 0 ? "SUCCEEDED" : "FAILED" }),
  );

  test.each([1, 2, 3, 10])("of %i are the whole list, once each, while executions start", async (limit) => {
    await write(...ALL);
    const whole = await names("&status=FAILED");
    const found: string[] = [];
    let cursor = "";
    do {
      const path = `/api/executions?stateMachine=M&status=FAILED&limit=${limit}${cursor && `&cursor=${cursor}`}`;
      const { body } = await rest.call("GET", path);
      found.push(...body.executions.map((x: { name: string }) => x.name));
      cursor = body.nextCursor ?? "";
      await write(entry(`later${found.length}`, 100, { status: "FAILED" }));
    } while (cursor !== "");
    expect(found).toEqual(whole);
  });

  test("belong to one search", async () => {
    await write(...ALL);
    const { body } = await rest.call("GET", "/api/executions?stateMachine=M&limit=1");
    const other = `/api/executions?stateMachine=M&limit=1&status=FAILED&cursor=${body.nextCursor}`;
    expect((await rest.call("GET", other)).status).toBe(400);
  });

  test("look at a bounded number of executions", async () => {
    await write(...ALL);
    const found: string[] = [];
    const sizes: number[] = [];
    let after: { startedAt: number; name: string } | undefined;
    do {
      const page = await searchExecutions(
        api.context.db,
        {
          stateMachineArn: MACHINE,
          startedBy: { kind: "machine", arn: MACHINE },
          fields: [],
          namePrefix: "n1",
          from: 0,
          before: Number.MAX_SAFE_INTEGER,
          after,
          limit: 5,
        },
        3,
      );
      found.push(...page.entries.map((x) => x.name));
      sizes.push(page.entries.length);
      after = page.next;
    } while (after !== undefined);
    expect(found).toEqual(["n1"]);
    expect(sizes).toEqual([0, 0, 1, 0]);
  });

  test.each([
    ["", "PRIMARY KEY (state_machine_arn=? AND started_at>? AND started_at<?)"],
    ["&status=RUNNING", "INDEX execution_index_running (state_machine_arn=? AND started_at>? AND started_at<?)"],
    ["&version=1", "INDEX execution_index_version (state_machine_version_arn=? AND started_at>? AND started_at<?)"],
    ["&alias=A", "INDEX execution_index_alias (state_machine_alias_arn=? AND started_at>? AND started_at<?)"],
  ])("are read along a key, without sorting: %s", async (query, expected) => {
    const prepare = vi.spyOn(api.db, "prepare");
    await names(query);
    const sql = prepare.mock.calls.map(([text]) => text).find((text) => text.includes("SELECT * FROM (")) ?? "";
    const plan = api.db.database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(MACHINE, 5, "n", 0, 9, "", null, 3);
    const details = plan.map((row) => String(row["detail"])).join("\n");
    expect(details).toContain(expected);
    expect(details).not.toMatch(/TEMP B-TREE/u);
  });
});
