/** What a page of a list reads: D1 says how many rows, and it must not grow with what the page does not show. */
import { beforeAll, describe, expect, test } from "vitest";
import { deleteEntries, listEntries } from "../../src/runtime/execution-index.ts";
import type { ExecutionOwner } from "../../src/runtime/execution-scan.ts";
import { searchExecutions } from "../../src/runtime/execution-search.ts";
import { sweep } from "../../src/runtime/retention.ts";
import { bindings, prepareCatalogue } from "./words.ts";

const MACHINE = "arn:aws:states:us-east-1:123456789012:stateMachine:many";
const OWNERS: readonly ExecutionOwner[] = [
  { kind: "machine", arn: MACHINE },
  { kind: "version", arn: `${MACHINE}:1` },
  { kind: "alias", arn: `${MACHINE}:live` },
];
const OTHERS = 3_000;
const OF_EACH = 20;
const PAGE = 10;
/** A row of an index and the row it leads to, and one more that says whether there is a next page. */
const READ_AT_MOST = (PAGE + 1) * 2 + 2;

/** The oldest are of every other status, all that began later succeeded. */
beforeAll(async () => {
  await prepareCatalogue();
  const insert = `INSERT INTO execution_index (state_machine_arn, started_at, name, execution_arn, status, stopped_at, version,
      state_machine_version_arn, state_machine_alias_arn, redrive_count)
    WITH RECURSIVE n (i) AS (SELECT CAST(?2 AS INTEGER) UNION ALL SELECT i + 1 FROM n WHERE i < ?3)
    SELECT ?1, i, 'e' || i, 'arn:' || i, ?4, i + 1, 2, ?1 || ':1', ?1 || ':live', 0 FROM n`;
  const statuses = ["RUNNING", "FAILED", "TIMED_OUT", "ABORTED"];
  for (const [i, status] of statuses.entries()) {
    const from = 1_000 + i * OF_EACH;
    await bindings.CATALOGUE.prepare(insert)
      .bind(MACHINE, from, from + OF_EACH - 1, status)
      .run();
  }
  await bindings.CATALOGUE.prepare(insert)
    .bind(MACHINE, 10_000, 10_000 + OTHERS - 1, "SUCCEEDED")
    .run();
  await bindings.CATALOGUE.prepare(insert).bind(`${MACHINE}2`, 10_000, 10_100, "SUCCEEDED").run();
});

/** The database, and how many rows were read of it. */
class Counted {
  rowsRead = 0;

  get db(): D1Database {
    const wrap = (statement: D1PreparedStatement): D1PreparedStatement => {
      const all = async (): Promise<D1Result> => {
        const result = await statement.all();
        this.rowsRead += result.meta.rows_read;
        return result;
      };
      const counted = {
        bind: (...values: unknown[]) => wrap(statement.bind(...values)),
        all,
        run: all,
        first: async () => (await all()).results[0] ?? null,
      };
      return counted as unknown as D1PreparedStatement;
    };
    return { prepare: (sql: string) => wrap(bindings.CATALOGUE.prepare(sql)) } as unknown as D1Database;
  }
}

describe.each(OWNERS)("of a $kind", (startedBy) => {
  test.each([undefined, "RUNNING", "FAILED", "TIMED_OUT", "ABORTED", "SUCCEEDED"] as const)(
    "a page of those that are %s reads a page of rows, the next one too",
    async (statusFilter) => {
      const counted = new Counted();
      const first = await listEntries(counted.db, { startedBy, statusFilter, maxResults: PAGE });
      expect(first?.entries).toHaveLength(PAGE);
      expect(counted.rowsRead).toBeGreaterThan(PAGE);
      expect(counted.rowsRead).toBeLessThanOrEqual(READ_AT_MOST);
      const second = await listEntries(counted.db, {
        startedBy,
        statusFilter,
        maxResults: PAGE,
        token: first?.nextToken,
      });
      expect(second?.entries).toHaveLength(PAGE);
      expect(counted.rowsRead).toBeLessThanOrEqual(2 * READ_AT_MOST);
      const names = [...(first?.entries ?? []), ...(second?.entries ?? [])].map((x) => x.name);
      expect(new Set(names).size).toBe(2 * PAGE);
    },
  );

  test.each([undefined, "RUNNING", "FAILED", "ABORTED", "SUCCEEDED"] as const)(
    "a search for those that are %s reads a page of rows",
    async (status) => {
      const counted = new Counted();
      const page = await searchExecutions(counted.db, {
        stateMachineArn: MACHINE,
        startedBy,
        status,
        fields: [],
        namePrefix: "e",
        from: 0,
        before: 1_000_000,
        limit: PAGE,
      });
      expect(page.entries).toHaveLength(PAGE);
      expect(page.next).toBeDefined();
      expect(counted.rowsRead).toBeLessThanOrEqual(READ_AT_MOST);
    },
  );
});

test("an execution that succeeds is a row of the index and of nothing else", async () => {
  const one = `INSERT INTO execution_index (state_machine_arn, started_at, name, execution_arn, status, version, redrive_count)
    VALUES (?1, 1, ?2, 'arn', ?3, 1, 0)`;
  const rowsOf = async (status: string): Promise<number> =>
    (await bindings.CATALOGUE.prepare(one).bind(`${MACHINE}3`, status, status).run()).meta.rows_written;
  expect(await rowsOf("SUCCEEDED")).toBe(1);
  expect(await rowsOf("FAILED")).toBe(2);
});

test("the walk of retention reads a row of each state machine where nothing is due", async () => {
  const counted = new Counted();
  const report = await sweep({
    db: counted.db,
    retentionMs: 10,
    archive: false,
    now: () => 900,
    retire: () => Promise.reject(new Error("nothing is due")),
    logDefect: (message, error) => {
      throw new Error(message, { cause: error });
    },
  });
  expect(report).toEqual({ deleted: 0, corrected: 0, failed: 0 });
  expect(counted.rowsRead).toBeLessThanOrEqual(30);
});

test("entries are deleted along the key", async () => {
  const counted = new Counted();
  await deleteEntries(
    counted.db,
    `${MACHINE}2`,
    [10_000, 10_001].map((startedAt) => ({ startedAt, name: `e${startedAt}` })),
  );
  expect(counted.rowsRead).toBeLessThanOrEqual(10);
  const left = await listEntries(bindings.CATALOGUE, {
    startedBy: { kind: "machine", arn: `${MACHINE}2` },
    maxResults: 1000,
  });
  expect(left?.entries).toHaveLength(99);
});
