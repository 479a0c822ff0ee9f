import { beforeEach, describe, expect, test, vi } from "vitest";
import {
  findEntryVersion,
  listEntries,
  upsertEntries,
  type ExecutionIndexEntry,
} from "../../src/runtime/execution-index.ts";
import { Fixture } from "./fixture.ts";

const MACHINE = "arn:aws:states:us-east-1:123456789012:stateMachine:M";

let api: Fixture;

beforeEach(() => {
  api = new Fixture();
});

function entry(name: string, startedAt: number, more: Partial<ExecutionIndexEntry> = {}): ExecutionIndexEntry {
  return {
    stateMachineArn: MACHINE,
    executionArn: `arn:aws:states:us-east-1:123456789012:execution:M:${name}`,
    name,
    startedAt,
    status: "RUNNING",
    version: 1,
    redriveCount: 0,
    ...more,
  };
}

async function list(more: Partial<Parameters<typeof listEntries>[1]> = {}): ReturnType<typeof listEntries> {
  return listEntries(api.context.db, { startedBy: { kind: "machine", arn: MACHINE }, maxResults: 100, ...more });
}

test("an entry comes back as it was written", async () => {
  const written = entry("a", 5, {
    status: "FAILED",
    stoppedAt: 9,
    version: 3,
    stateMachineVersionArn: "v",
    stateMachineAliasArn: "l",
  });
  await upsertEntries(api.context.db, [written]);
  expect(await list()).toEqual({ entries: [written] });
  expect(await findEntryVersion(api.context.db, written)).toBe(3);
  expect(await findEntryVersion(api.context.db, entry("b", 5))).toBeUndefined();
});

test("a row moves only forwards, whatever order the entries come in", async () => {
  const running = entry("a", 5);
  const ended = entry("a", 5, { status: "SUCCEEDED", stoppedAt: 9, version: 2 });
  await upsertEntries(api.context.db, [ended, running]);
  await upsertEntries(api.context.db, [running]);
  await upsertEntries(api.context.db, [entry("a", 5, { status: "ABORTED", version: 2 })]);
  expect((await list())?.entries).toEqual([ended]);
  await upsertEntries(api.context.db, []);
});

describe("the list", () => {
  test("is newest first, by name where two began together, and of one state machine", async () => {
    const other = entry("x", 9, { stateMachineArn: `${MACHINE}2` });
    await upsertEntries(api.context.db, [entry("b", 5), entry("a", 5), entry("c", 7), entry("d", 1), other]);
    expect((await list())?.entries.map((x) => x.name)).toEqual(["c", "a", "b", "d"]);
  });

  test.each([1, 2, 3, 7])(
    "in pages of %i is the whole list, once each, while executions start and end",
    async (maxResults) => {
      await upsertEntries(
        api.context.db,
        Array.from({ length: 10 }, (_, i) => entry(`n${i}`, Math.floor(i / 3))),
      );
      const whole = (await list())?.entries.map((x) => x.name);
      const names: string[] = [];
      let token: string | undefined;
      do {
        const page = await list({ maxResults, token });
        names.push(...(page?.entries ?? []).map((x) => x.name));
        token = page?.nextToken;
        await upsertEntries(api.context.db, [
          entry(`later${names.length}`, 100),
          entry("n4", 1, { status: "FAILED", version: 2 }),
        ]);
      } while (token !== undefined);
      expect(names).toEqual(whole);
    },
  );

  test("can be of one status", async () => {
    await upsertEntries(api.context.db, [entry("a", 1), entry("b", 2, { status: "FAILED" }), entry("c", 3)]);
    expect((await list({ statusFilter: "RUNNING" }))?.entries.map((x) => x.name)).toEqual(["c", "a"]);
    expect((await list({ statusFilter: "FAILED" }))?.entries.map((x) => x.name)).toEqual(["b"]);
    expect((await list({ statusFilter: "ABORTED" }))?.entries).toEqual([]);
  });

  test("has no page for a token that is not its own", async () => {
    expect(await list({ token: "nonsense" })).toBeUndefined();
  });
});

describe("reading a page sorts nothing and scans nothing", () => {
  async function planOf(statusFilter?: "RUNNING"): Promise<string> {
    const prepare = vi.spyOn(api.db, "prepare");
    await list({ statusFilter });
    const sql = prepare.mock.lastCall?.[0] ?? "";
    const rows = api.db.database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(MACHINE, 5, "n", 101);
    return rows.map((row) => String(row["detail"])).join("\n");
  }

  test("of all executions", async () => {
    expect(await planOf()).toBe("SEARCH execution_index USING PRIMARY KEY (state_machine_arn=? AND started_at<?)");
  });

  test("of those that run", async () => {
    expect(await planOf("RUNNING")).toBe(
      "SEARCH execution_index USING INDEX execution_index_running (state_machine_arn=? AND started_at<?)",
    );
  });
});
