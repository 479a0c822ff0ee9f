/** A schedule's real object: its alarm, and what survives its loss. */
import { createExecutionContext, evictDurableObject, runDurableObjectAlarm } from "cloudflare:test";
import { beforeAll, expect, test } from "vitest";
import worker from "../../src/index.ts";
import type { ScheduleDescription, SchedulePlan, ScheduleRpc } from "../../src/runtime/schedules/schedule-rpc.ts";
import { bindings, prepareCatalogue, until } from "./words.ts";

beforeAll(prepareCatalogue);

const objectOf = (name: string): DurableObjectStub & ScheduleRpc => bindings.SCHEDULE.getByName(name);

async function createMachine(name: string): Promise<string> {
  const definition = { StartAt: "A", States: { A: { Type: "Pass", End: true } } };
  const request = new Request("http://localhost/api/state-machines", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ name, definition, roleArn: "arn:aws:iam::123456789012:role/test" }),
  }) as Parameters<NonNullable<typeof worker.fetch>>[0];
  const response = (await worker.fetch?.(request, bindings, createExecutionContext())) ?? Response.error();
  return (await response.json<{ readonly stateMachineArn: string }>()).stateMachineArn;
}

async function planOf(name: string, more: Partial<SchedulePlan> = {}): Promise<SchedulePlan> {
  return {
    name,
    scheduleArn: name,
    scheduleExpression: "rate(1 second)",
    timezone: "UTC",
    stateMachineArn: await createMachine(name),
    input: "{}",
    isEnabled: true,
    overlap: "ALLOW",
    catchUpMs: 60_000,
    createdAt: Date.now(),
    ...more,
  };
}

const startedBy = (name: string, count: number): Promise<ScheduleDescription | null> =>
  until(
    () => objectOf(name).describe(),
    (schedule) => (schedule?.started ?? 0) >= count,
  );

test("starts an execution each time, by itself", async () => {
  await objectOf("each-second").put(await planOf("each-second"));
  const schedule = await startedBy("each-second", 2);
  expect(schedule?.last?.executionArn).toMatch(/:execution:each-second:each-second-\d{8}T\d{6}Z$/u);
  const execution = bindings.EXECUTION.getByName(schedule?.last?.executionArn ?? "");
  expect(await execution.describe()).toMatchObject({ ok: true });
  await objectOf("each-second").remove();
});

test("goes on when its object was evicted, and keeps its counts", async () => {
  await objectOf("evicted").put(await planOf("evicted"));
  await startedBy("evicted", 1);
  await evictDurableObject(objectOf("evicted"));
  const after = await startedBy("evicted", 2);
  expect(after?.failed).toBe(0);
  await objectOf("evicted").remove();
});

test("an alarm that comes early starts nothing; what was removed leaves nothing", async () => {
  await objectOf("later").put(await planOf("later", { scheduleExpression: "rate(1 day)" }));
  expect(await runDurableObjectAlarm(objectOf("later"))).toBe(true);
  expect(await objectOf("later").describe()).toMatchObject({ started: 0 });
  expect(await runDurableObjectAlarm(objectOf("later"))).toBe(true);
  await objectOf("later").remove();
  expect(await objectOf("later").describe()).toBeNull();
  expect(await runDurableObjectAlarm(objectOf("later"))).toBe(false);
});

test("a backfill runs to its end", async () => {
  const now = Date.now();
  await objectOf("filled").put(await planOf("filled", { scheduleExpression: "rate(1 hour)", createdAt: now }));
  expect(await objectOf("filled").backfill({ after: now, to: now + 2 * 3_600_000 })).toBe(true);
  expect(await startedBy("filled", 2)).toMatchObject({ failed: 0 });
  await objectOf("filled").remove();
});
