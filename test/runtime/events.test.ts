/** The event bus in workerd: a notification of R2's, through both queues, to an execution. */
import { createExecutionContext, createMessageBatch, getQueueResult } from "cloudflare:test";
import { beforeAll, expect, test } from "vitest";
import worker from "../../src/index.ts";
import type { Env } from "../../src/env.ts";
import { startedName } from "../../src/runtime/events/rule-depth.ts";
import { bindings, prepareCatalogue } from "./words.ts";

beforeAll(prepareCatalogue);

async function ask(method: string, path: string, body: object): Promise<void> {
  const init = { method, headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
  const request = new Request(`http://localhost${path}`, init) as Parameters<NonNullable<typeof worker.fetch>>[0];
  const response = await worker.fetch?.(request, bindings, createExecutionContext());
  if (response?.ok !== true) throw new Error(await response?.text());
}

interface Sent {
  readonly body: unknown;
}

/** Consumes the messages as the queue of that name would give them; answers which were acknowledged, and what was sent on. */
async function consume(queue: string, bodies: readonly unknown[]): Promise<{ acked: readonly string[]; sent: Sent[] }> {
  const sent: Sent[] = [];
  const EVENTS_QUEUE = {
    sendBatch: async (messages: readonly Sent[]) => void sent.push(...messages),
  } as unknown as NonNullable<Env["EVENTS_QUEUE"]>;
  const messages = bodies.map((body, i) => ({ id: `m${i}`, timestamp: new Date(), attempts: 1, body }));
  const batch = createMessageBatch(queue, messages) as Parameters<NonNullable<typeof worker.queue>>[0];
  const ctx = createExecutionContext();
  await worker.queue?.(batch, { ...bindings, EVENTS_QUEUE }, ctx);
  return { acked: (await getQueueResult(batch, ctx)).explicitAcks, sent };
}

const notified = (key: string): object => ({
  account: "a",
  action: "PutObject",
  bucket: "stepflare-objects",
  object: { key, size: 3, eTag: "e" },
  eventTime: "2026-11-21T09:08:07.654Z",
});

test("an object that was put starts a state machine, and where no rule wants it nothing is sent", async () => {
  const definition = { StartAt: "A", States: { A: { Type: "Pass", End: true } } };
  await ask("POST", "/api/state-machines", {
    name: "on-object",
    definition,
    roleArn: "arn:aws:iam::123456789012:role/r",
  });
  await ask("PUT", "/api/rules/objects", {
    eventPattern: { source: ["aws.s3"], "detail-type": ["Object Created"], detail: { bucket: { name: ["incoming"] } } },
    targets: [{ id: "t", stateMachine: "on-object", inputPath: "$.detail.object.key" }],
  });
  const first = await consume("my-notifications", [
    notified("incoming/a.csv"),
    notified("other/b.csv"),
    notified("_stepflare/c"),
  ]);
  expect([first.acked, first.sent.length]).toEqual([["m0", "m1", "m2"], 1]);
  const second = await consume(
    "stepflare-events",
    [...first.sent, ...first.sent].map(({ body }) => body),
  );
  expect([second.acked, second.sent]).toEqual([["m0", "m1"], []]);
  const [{ rule }] = first.sent.map(({ body }) => body) as [
    { readonly rule: { readonly event: { readonly id: string } } },
  ];
  const name = startedName(rule.event.id, "objects", "t", undefined);
  const arn = `arn:aws:states:us-east-1:123456789012:execution:on-object:${name}`;
  const described = await bindings.EXECUTION.getByName(arn).describe();
  expect(described).toMatchObject({ ok: true, value: { input: '"a.csv"', status: "SUCCEEDED" } });
});
