/** What becomes of executions whose retention is over, and of those that have been open for a year. */
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import type { TaskId } from "../../src/engine/execution.ts";
import { createSealer } from "../../src/runtime/sealing.ts";
import { makeTaskToken } from "../../src/runtime/task-token.ts";
import { readArchive } from "../../src/runtime/archive.ts";
import { listEntries, upsertEntries, type ExecutionIndexEntry } from "../../src/runtime/execution-index.ts";
import type { Retirement } from "../../src/runtime/execution-rpc.ts";
import { BOUNDS, sweep, type RetentionHost } from "../../src/runtime/retention.ts";
import {
  again,
  bindings,
  executionOf,
  functionAnswering,
  prepareCatalogue,
  start,
  until,
  untilEnded,
  valueOf,
  type TestExecution,
} from "./words.ts";

const PASS = { StartAt: "A", States: { A: { Type: "Pass", Result: { done: true }, End: true } } };
const WAIT = { StartAt: "A", States: { A: { Type: "Wait", Seconds: 99_999_999, End: true } } };
const DAY = 86_400_000;
const YEAR = 365 * DAY;

beforeAll(prepareCatalogue);

beforeEach(async () => {
  await bindings.CATALOGUE.batch(
    ["execution_index", "execution_field", "retention_walk"].map((table) =>
      bindings.CATALOGUE.prepare(`DELETE FROM ${table}`),
    ),
  );
  vi.useRealTimers();
});

/** One that has ended, and of which everybody has been told. */
async function ended(definition: object = PASS, more: object = {}): Promise<TestExecution> {
  const execution = executionOf(definition);
  const request = { ...execution.request, ...more };
  valueOf(await execution.object.start(request));
  await runDurableObjectAlarm(execution.object);
  await isListed(execution);
  return { ...execution, request };
}

async function isListed({ arn }: TestExecution): Promise<void> {
  await until(list, (entries) => entries.some((x) => x.executionArn === arn && x.status !== "RUNNING"));
}

async function list(): Promise<readonly ExecutionIndexEntry[]> {
  const arn = "arn:aws:states:us-east-1:123456789012:stateMachine:machine";
  const page = await listEntries(bindings.CATALOGUE, { startedBy: { kind: "machine", arn }, maxResults: 1000 });
  return page?.entries ?? [];
}

async function retire(execution: TestExecution, more: object = {}): Promise<Retirement> {
  const described = await again(execution).describe();
  const startedAt = described.ok ? described.value.startDate : 0;
  const request = { version: 1 as const, startedAt, closedBefore: Date.now() + DAY, archive: false, ...more };
  return valueOf(await again(execution).retire(request));
}

async function rowsOf(execution: TestExecution): Promise<number> {
  return runInDurableObject(again(execution), (_, state) => [...state.storage.kv.list()].length);
}

function host(more: Partial<RetentionHost> = {}): RetentionHost {
  return {
    db: bindings.CATALOGUE,
    retentionMs: 90 * DAY,
    archive: false,
    now: () => Date.now() + 91 * DAY,
    retire: (arn, request) => bindings.EXECUTION.getByName(arn).retire(request),
    logDefect: (message, error) => {
      throw new Error(message, { cause: error });
    },
    ...more,
  };
}

describe("the object", () => {
  test("lets go of all it holds, and its name can be used again", async () => {
    const execution = await ended();
    expect(await retire(execution)).toEqual({ kind: "gone" });
    expect(await rowsOf(execution)).toBe(0);
    expect(await runInDurableObject(again(execution), (_, state) => state.storage.getAlarm())).toBeNull();
    expect(await again(execution).describe()).toMatchObject({ ok: false, error: "ExecutionDoesNotExist" });
    expect(await start(execution)).toMatchObject({ status: "SUCCEEDED" });
    expect(await again(execution).start(execution.request)).toMatchObject({ error: "ExecutionAlreadyExists" });
  });

  test("keeps one that runs", async () => {
    const execution = executionOf(WAIT);
    await start(execution);
    expect(await retire(execution)).toMatchObject({ kind: "kept", entry: { status: "RUNNING", version: 1 } });
    expect(await again(execution).describe()).toMatchObject({ ok: true });
  });

  test("keeps one that ended later than it is asked for", async () => {
    const execution = await ended();
    expect(await retire(execution, { closedBefore: Date.now() - DAY })).toMatchObject({ kind: "kept" });
  });

  test("keeps one that was redriven meanwhile, and says how the index is to show it", async () => {
    await functionAnswering("ask", (_, n) => new Response("{}", { status: n === 1 ? 400 : 200 }));
    const Parameters = { FunctionName: "ask", Payload: { "token.$": "$$.Task.Token" } };
    const Resource = "arn:aws:states:::lambda:invoke.waitForTaskToken";
    const execution = executionOf({ StartAt: "A", States: { A: { Type: "Task", Resource, Parameters, End: true } } });
    await start(execution);
    await isListed(execution);
    valueOf(await again(execution).redrive(undefined));
    expect(await retire(execution)).toMatchObject({
      kind: "kept",
      entry: { status: "RUNNING", version: 3, redriveCount: 1 },
    });
  });

  test("keeps one as long as somebody is still to be told of its end", async () => {
    const execution = executionOf(PASS);
    await start(execution);
    expect(await retire(execution)).toMatchObject({ kind: "kept", entry: { status: "SUCCEEDED" } });
    await runDurableObjectAlarm(execution.object);
    expect(await retire(execution)).toEqual({ kind: "gone" });
  });

  test.each(["EXPRESS", "STANDARD"])("takes its Map Runs along, with their %s children", async (ExecutionType) => {
    const ItemProcessor = { ...PASS, ProcessorConfig: { Mode: "DISTRIBUTED", ExecutionType } };
    const map = { StartAt: "M", States: { M: { Type: "Map", ItemProcessor, End: true } } };
    const execution = executionOf(map, [1, 2]);
    await start(execution);
    expect(await untilEnded(execution)).toMatchObject({ status: "SUCCEEDED" });
    await runDurableObjectAlarm(execution.object);
    const [begun] = valueOf(await again(execution).mapRuns());
    const mapRun = bindings.MAP_RUN.getByName(begun?.mapRunArn ?? "");
    const { children } = valueOf(await mapRun.children({ maxResults: 10 }));
    const objects = children.map(({ executionArn }) => bindings.EXECUTION.getByName(executionArn));
    expect(objects).toHaveLength(2);
    for (const object of objects) await runDurableObjectAlarm(object);
    expect(await retire(execution)).toEqual({ kind: "gone" });
    await until(
      async () => (await mapRun.describe()).ok,
      (isThere) => !isThere,
    );
    expect(await runInDurableObject(mapRun, (_, state) => [...state.storage.kv.list()].length)).toBe(0);
    for (const object of objects) expect(await object.describe()).toMatchObject({ error: "ExecutionDoesNotExist" });
  });

  test("that holds nothing stays empty", async () => {
    const execution = executionOf(PASS);
    expect(await retire(execution)).toEqual({ kind: "gone" });
    expect(await rowsOf(execution)).toBe(0);
  });

  test("keeps a later execution of the same name", async () => {
    const execution = await ended();
    expect(await retire(execution, { startedAt: 1 })).toEqual({ kind: "gone" });
    expect(await again(execution).describe()).toMatchObject({ ok: true });
  });

  test("asked twice at once lets go once, and both are answered", async () => {
    const execution = await ended();
    const { startDate } = valueOf(await again(execution).describe());
    const request = { version: 1 as const, startedAt: startDate, closedBefore: Date.now() + DAY, archive: true };
    const object = again(execution);
    const answers = await Promise.all([object.retire(request), object.retire(request)]);
    expect(answers.map(valueOf)).toEqual([{ kind: "gone" }, { kind: "gone" }]);
    expect(
      (await bindings.OBJECTS.list({ prefix: `_stepflare/archive/machine/${execution.request.name}/` })).objects,
    ).toHaveLength(1);
  });

  test("takes the values of search fields with it", async () => {
    const execution = await ended(PASS, {
      searchFields: JSON.stringify({ done: "$.output.done", absent: "$.input.absent" }),
    });
    const count = async (): Promise<unknown> =>
      bindings.CATALOGUE.prepare("SELECT count(*) AS n FROM execution_field").first("n");
    expect(await count()).toBe(1);
    await retire(execution);
    expect(await count()).toBe(0);
  });
});

describe("the archive", () => {
  const read = async (execution: TestExecution): Promise<Record<string, unknown> | undefined> => {
    const stream = await readArchive(bindings.OBJECTS, execution.arn, undefined);
    return stream && (await new Response(stream).json<Record<string, unknown>>());
  };

  test("holds no task token", async () => {
    const token = makeTaskToken(createSealer(undefined), executionOf(PASS).arn, "0-1" as TaskId);
    const execution = await ended(
      { StartAt: "A", States: { A: { Type: "Pass", End: true } } },
      { input: JSON.stringify({ token }) },
    );
    await retire(execution, { archive: true });
    const archived = await read(execution);
    expect(archived).toMatchObject({ execution: { input: '{"token":"***"}', output: '{"token":"***"}' } });
    expect(JSON.stringify(archived)).not.toContain(token.slice(0, 40));
  });

  test("holds what was known of the execution", async () => {
    const execution = await ended();
    const description = valueOf(await again(execution).describe());
    await retire(execution, { archive: true });
    expect(await again(execution).describe()).toMatchObject({ ok: false });
    expect(await read(execution)).toMatchObject({
      version: 1,
      execution: {
        executionArn: execution.arn,
        status: "SUCCEEDED",
        startDate: new Date(description.startDate).toISOString(),
        input: "{}",
        output: '{"done":true}',
      },
      stateMachine: { name: "machine", definition: JSON.stringify(PASS) },
      events: [
        { id: 1, type: "ExecutionStarted", executionStartedEventDetails: { input: "{}" } },
        { id: 2, type: "PassStateEntered", previousEventId: 0 },
        { id: 3, type: "PassStateExited" },
        { id: 4, type: "ExecutionSucceeded", executionSucceededEventDetails: { output: '{"done":true}' } },
      ],
    });
  });

  test("is there once after a crash between it and the deletion", async () => {
    const execution = await ended();
    await runInDurableObject(again(execution), (_, state) => {
      vi.spyOn(state.storage, "deleteAll").mockImplementationOnce(async () => {
        throw new Error("the object is lost");
      });
    });
    await expect(retire(execution, { archive: true })).rejects.toThrow("the object is lost");
    expect(await read(execution)).toMatchObject({ execution: { status: "SUCCEEDED" } });
    expect(await again(execution).describe()).toMatchObject({ ok: true });
    await evictDurableObject(again(execution));
    expect(await retire(execution, { archive: true })).toEqual({ kind: "gone" });
    expect(
      (await bindings.OBJECTS.list({ prefix: `_stepflare/archive/machine/${execution.request.name}/` })).objects,
    ).toHaveLength(1);
    expect(await rowsOf(execution)).toBe(0);
  });

  test("holds a history that is larger than a part of an upload", async () => {
    const text = Array.from({ length: 40_000 }, () => Math.random().toString(36).slice(2, 8)).join("");
    const names = Array.from({ length: 45 }, (_, i) => `S${i}`);
    const States = Object.fromEntries(
      names.map((name, i) => [
        name,
        { Type: "Pass", ...(i === names.length - 1 ? { End: true } : { Next: names[i + 1] }) },
      ]),
    );
    const execution = executionOf({ StartAt: "S0", States }, { text });
    valueOf(await execution.object.start(execution.request));
    await until(
      async () => valueOf(await again(execution).describe()).status,
      (status) => status === "SUCCEEDED",
    );
    await isListed(execution);
    await runDurableObjectAlarm(execution.object);
    expect(await retire(execution, { archive: true })).toEqual({ kind: "gone" });
    const archived = await read(execution);
    expect(archived?.["events"]).toHaveLength(2 + 2 * names.length);
  });

  test("of an execution that was never archived is not there", async () => {
    expect(await read(executionOf(PASS))).toBeUndefined();
  });
});

describe("the walk", () => {
  test("deletes what is due, the index entry last, and nothing else", async () => {
    const [old, running] = [await ended(), executionOf(WAIT)];
    await start(running);
    await until(list, (entries) => entries.length === 2);
    expect(await sweep(host())).toEqual({ deleted: 1, corrected: 0, failed: 0 });
    expect(await again(old).describe()).toMatchObject({ ok: false });
    expect((await list()).map((x) => x.executionArn)).toEqual([running.arn]);
    expect(await sweep(host())).toEqual({ deleted: 0, corrected: 0, failed: 0 });
  });

  test("deletes nothing before its time, and nothing at all where executions are kept for ever", async () => {
    const execution = await ended();
    expect(await sweep(host({ now: () => Date.now() + 89 * DAY }))).toMatchObject({ deleted: 0 });
    expect(await sweep(host({ retentionMs: undefined, now: () => Date.now() + 300 * DAY }))).toMatchObject({
      deleted: 0,
    });
    expect(await again(execution).describe()).toMatchObject({ ok: true });
  });

  test("finds executions of every state machine, deleted ones included", async () => {
    const one = await ended();
    const other = executionOf(PASS);
    const stateMachineArn = "arn:aws:states:us-east-1:123456789012:stateMachine:another";
    valueOf(await other.object.start({ ...other.request, stateMachineArn }));
    await runDurableObjectAlarm(other.object);
    const count = async (): Promise<number | null> =>
      bindings.CATALOGUE.prepare("SELECT count(*) AS n FROM execution_index").first<number>("n");
    await until(count, (n) => n === 2);
    expect(await sweep(host())).toMatchObject({ deleted: 2 });
    expect(await count()).toBe(0);
    expect(await again(one).describe()).toMatchObject({ ok: false });
  });

  test("deletes an entry whose object holds nothing", async () => {
    const { request, arn } = executionOf(PASS);
    await upsertEntries(bindings.CATALOGUE, [entryOf(request.name, arn, Date.now())]);
    expect(await sweep(host())).toEqual({ deleted: 1, corrected: 0, failed: 0 });
    expect(await list()).toEqual([]);
  });

  test("corrects an entry that its object disagrees with", async () => {
    const execution = executionOf(WAIT);
    const { startDate } = await start(execution);
    await until(list, (entries) => entries.length === 1);
    await bindings.CATALOGUE.prepare("UPDATE execution_index SET status = 'FAILED', stopped_at = ?1, version = 0")
      .bind(startDate)
      .run();
    expect(await sweep(host())).toEqual({ deleted: 0, corrected: 1, failed: 0 });
    expect(await list()).toMatchObject([{ executionArn: execution.arn, status: "RUNNING", version: 1 }]);
  });

  test("goes on where it stopped when its bounds are spent, and passes what stays", async () => {
    const at = Date.now() - 1000;
    const entries = Array.from({ length: 250 }, (_, i) => {
      const { request, arn } = executionOf(PASS);
      const stays = i < 120;
      const entry = entryOf(request.name, arn, at + i);
      return stays ? { ...entry, stoppedAt: at + 80 * DAY } : entry;
    });
    await upsertEntries(bindings.CATALOGUE, entries);
    const asked: string[] = [];
    const asking = host({
      now: () => at + 100 * DAY,
      retire: async (arn) => {
        asked.push(arn);
        return { ok: true, value: { kind: "gone" } };
      },
    });
    const bounds = { ...BOUNDS, rowsRead: 100 };
    expect(await sweep(asking, bounds)).toMatchObject({ deleted: 0 });
    expect(await sweep(asking, bounds)).toMatchObject({ deleted: 80 });
    expect(await sweep(asking, bounds)).toMatchObject({ deleted: 50 });
    expect(new Set(asked).size).toBe(130);
    await sweep(asking, { ...BOUNDS, rowsRead: 1000 });
    expect(await bindings.CATALOGUE.prepare("SELECT count(*) AS n FROM retention_walk").first("n")).toBe(0);
    expect(await list()).toHaveLength(120);
  });

  test("gets round over several goes where each state machine has little", async () => {
    const machines = 150;
    const at = Date.now() - 1000;
    await upsertEntries(
      bindings.CATALOGUE,
      Array.from({ length: machines }, (_, i) => ({
        ...entryOf(`e${i}`, `arn:e${i}`, at),
        stateMachineArn: `arn:aws:states:us-east-1:123456789012:stateMachine:m${i}`,
      })),
    );
    const asked: string[] = [];
    const asking = host({
      retire: async (arn) => {
        asked.push(arn);
        return { ok: true, value: { kind: "gone" } };
      },
    });
    const bounds = { ...BOUNDS, queries: 100 };
    for (let goes = 0; goes < 4; goes++) await sweep(asking, bounds);
    expect(new Set(asked).size).toBe(machines);
    expect(asked).toHaveLength(machines);
  });

  test("lets the others go where one cannot", async () => {
    const [one, other] = [await ended(), await ended()];
    const logged: string[] = [];
    const report = await sweep(
      host({
        retire: async (arn, request) => {
          if (arn === one.arn) throw new Error("out of reach");
          return bindings.EXECUTION.getByName(arn).retire(request);
        },
        logDefect: (message) => void logged.push(message),
      }),
    );
    expect(report).toEqual({ deleted: 1, corrected: 0, failed: 1 });
    expect(logged).toEqual([`${one.arn} could not be retired`]);
    expect((await list()).map((x) => x.executionArn)).toEqual([one.arn]);
    expect(await again(other).describe()).toMatchObject({ ok: false });
  });

  test("ends what has been open for a year", async () => {
    const execution = executionOf(WAIT);
    await start(execution);
    await until(list, (entries) => entries.length === 1);
    await evictDurableObject(execution.object);
    await runInDurableObject(again(execution), (_, state) => {
      const text = state.storage.kv.get("start") as string;
      const { startDate } = { startDate: Date.now() - YEAR };
      state.storage.kv.put("start", text.replace(/\\"startedAt\\":\d+/u, `\\"startedAt\\":${startDate}`));
    });
    await evictDurableObject(again(execution));
    await bindings.CATALOGUE.prepare("UPDATE execution_index SET started_at = ?1")
      .bind(await startOf(execution))
      .run();
    expect(await sweep(host({ now: Date.now, retentionMs: undefined }))).toEqual({
      deleted: 0,
      corrected: 1,
      failed: 0,
    });
    expect(valueOf(await again(execution).describe())).toMatchObject({ status: "TIMED_OUT", error: "States.Timeout" });
    expect(await list()).toMatchObject([{ status: "TIMED_OUT", version: 2 }]);
  });
});

/** When the execution began, by its own rows: reading it through its object would end it. */
async function startOf(execution: TestExecution): Promise<number> {
  return runInDurableObject(again(execution), (_, state) => {
    const { facts } = JSON.parse(state.storage.kv.get("start") as string) as { facts: string };
    return (JSON.parse(facts) as { startedAt: number }).startedAt;
  });
}

function entryOf(name: string, executionArn: string, startedAt: number): ExecutionIndexEntry {
  return {
    stateMachineArn: "arn:aws:states:us-east-1:123456789012:stateMachine:machine",
    executionArn,
    name,
    startedAt,
    status: "SUCCEEDED",
    stoppedAt: startedAt,
    version: 2,
    redriveCount: 0,
  };
}
