/** Messages of other queues as events. */
import { beforeEach, describe, expect, test } from "vitest";
import { uuidOf } from "../../src/runtime/events/bus-event.ts";
import { consumeSources, isSourceBatch, type SourceMessage } from "../../src/runtime/events/event-sources.ts";
import { readEventSources, type EventSources } from "../../src/runtime/events/source-settings.ts";
import { Fixture, START } from "../api/fixture.ts";

let api: Fixture;
let defects: string[];
let ends: string[];
beforeEach(async () => {
  api = new Fixture();
  defects = [];
  ends = [];
  const rule = (eventBusName: string): object => ({
    eventBusName,
    eventPattern: { source: [{ prefix: "" }] },
    targets: [{ id: "t", queue: "MY_QUEUE" }],
  });
  for (const bus of ["default", "other"]) {
    const init = { method: "PUT", headers: { "content-type": "application/json" }, body: JSON.stringify(rule(bus)) };
    await api.request(`http://localhost/api/rules/${bus}`, init);
  }
});

const SOURCES: EventSources = readEventSources({
  EVENT_QUEUES:
    '{"orders":{"source":"shop","detailType":"Order placed"},"b":{"source":"b","detailType":"B","eventBusName":"other"}}',
});

function message(body: unknown, more: Partial<SourceMessage> = {}): SourceMessage {
  return {
    id: "m1",
    timestamp: new Date(START),
    body,
    attempts: 3,
    ack: () => ends.push("ack"),
    retry: ({ delaySeconds }) => ends.push(`again in ${delaySeconds} s`),
    ...more,
  };
}

async function consume(queue: string, ...messages: readonly SourceMessage[]): Promise<readonly unknown[]> {
  await consumeSources(queue, messages, {
    bus: api.context.events(),
    sources: SOURCES,
    logDefect: (text, error) => defects.push(`${text}: ${error instanceof Error ? error.message : String(error)}`),
  });
  return api.ruleMessages.splice(0).map(({ rule }) => ({ rule: rule.name, event: "event" in rule && rule.event }));
}

const NOTIFICATION = {
  account: "3f4b",
  action: "PutObject",
  bucket: "stepflare-objects",
  object: { key: "incoming/2026/a.csv", size: 65_536, eTag: "c846ff7a18f28c2e262116d6e8719ef0" },
  eventTime: "2026-11-21T09:08:07.654Z",
};

describe("R2's notifications", () => {
  test("are S3's events, of the bucket that is a folder", async () => {
    const [first, ...others] = await consume("r2", message(NOTIFICATION));
    expect(others).toEqual([]);
    const id = expect.stringMatching(/^[\da-f-]{36}$/u);
    expect(first).toEqual({
      rule: "default",
      event: {
        version: "0",
        id,
        "detail-type": "Object Created",
        source: "aws.s3",
        account: "123456789012",
        time: "2026-11-21T09:08:07Z",
        region: "us-east-1",
        resources: ["arn:aws:s3:::incoming"],
        detail: {
          version: "0",
          bucket: { name: "incoming" },
          object: {
            key: "2026/a.csv",
            size: 65_536,
            etag: "c846ff7a18f28c2e262116d6e8719ef0",
            sequencer: expect.stringMatching(/^[\dA-F]{18}$/u),
          },
          "request-id": id,
          requester: "123456789012",
          reason: "PutObject",
        },
      },
    });
    expect(ends).toEqual(["ack"]);
  });

  test("that come twice are the same event, later ones others", async () => {
    const later = { ...NOTIFICATION, eventTime: "2026-11-21T09:08:08.000Z" };
    const events = await consume("r2", message(NOTIFICATION), message(NOTIFICATION), message(later));
    const ids = (events as readonly { readonly event: { readonly id: string } }[]).map(({ event }) => event.id);
    expect([ids[1] === ids[0], ids[2] === ids[0]]).toEqual([true, false]);
  });

  test.each<readonly [string, string, object]>([
    ["CompleteMultipartUpload", "Object Created", { reason: "CompleteMultipartUpload" }],
    ["CopyObject", "Object Created", { reason: "CopyObject" }],
    ["DeleteObject", "Object Deleted", { reason: "DeleteObject", "deletion-type": "Permanently Deleted" }],
    ["LifecycleDeletion", "Object Deleted", { reason: "Lifecycle Expiration", "deletion-type": "Permanently Deleted" }],
  ])("of %s are %s", async (action, type, detail) => {
    const body = { ...NOTIFICATION, action, bucket: "my-bucket", object: { key: "k" } };
    expect(await consume("r2", message(body))).toMatchObject([
      { event: { "detail-type": type, detail: { bucket: { name: "my-bucket" }, object: { key: "k" }, ...detail } } },
    ]);
  });

  test("of what Stepflare keeps for itself, and of unknown actions, are nobody's business", async () => {
    const own = { ...NOTIFICATION, object: { key: "_stepflare/archive/x" } };
    const loose = { ...NOTIFICATION, object: { key: "no-folder" } };
    const strange = { ...NOTIFICATION, action: "Strange" };
    const timeless = { ...NOTIFICATION, eventTime: "once" };
    expect(await consume("r2", ...[own, loose, strange, timeless].map((body) => message(body)))).toEqual([]);
    expect([ends, defects]).toEqual([["ack", "ack", "ack", "ack"], []]);
  });

  test("are known by their form, and what is beside them is dropped with a word", async () => {
    expect(isSourceBatch("r2", [{ x: 1 }, NOTIFICATION], SOURCES)).toBe(true);
    expect(isSourceBatch("r2", [{ version: 1, entry: {} }, null, "text", { object: null }], SOURCES)).toBe(false);
    expect(await consume("r2", message({ x: 1 }))).toEqual([]);
    expect([ends, defects]).toEqual([["ack"], ["a message of the queue 'r2' is no notification of R2's: m1"]]);
  });
});

describe("a queue that the setting names", () => {
  test("gives events, whatever its messages look like", async () => {
    expect(isSourceBatch("orders", [{ entry: 1 }], SOURCES)).toBe(true);
    const bytes = new Uint8Array([1, 2]);
    const bodies = [{ entry: 1 }, NOTIFICATION, [1], "text", undefined, { at: new Date(START) }, bytes, bytes.buffer];
    const events = await consume("orders", ...bodies.map((body) => message(body)));
    expect(events).toMatchObject([
      { event: { id: uuidOf("queue orders m1"), source: "shop", "detail-type": "Order placed", detail: { entry: 1 } } },
      { event: { detail: NOTIFICATION } },
      { event: { detail: { body: [1] } } },
      { event: { detail: { body: "text" } } },
      { event: { detail: { body: null } } },
      { event: { detail: { at: new Date(START).toISOString() } } },
      { event: { detail: { body: "AQI=" } } },
      { event: { detail: { body: "AQI=" } } },
    ]);
    expect(await consume("b", message({ x: 1 }))).toMatchObject([{ rule: "other", event: { source: "b" } }]);
  });

  test("whose message cannot be put now gives it again later", async () => {
    api.context.events = () => ({
      ...new Fixture().context.events(),
      rules: () => Promise.reject(new Error("D1 is away")),
    });
    expect(await consume("orders", message({ x: 1 }))).toEqual([]);
    expect([ends, defects]).toEqual([
      ["again in 8 s"],
      ["a message of the queue 'orders' could not be put on the bus: D1 is away"],
    ]);
  });
});

describe("the settings", () => {
  test("may be absent", () => {
    expect(readEventSources({})).toEqual({ queues: {}, objectsBucket: "stepflare-objects" });
    expect(readEventSources({ EVENT_QUEUES: "", OBJECTS_BUCKET_NAME: "mine" })).toEqual({
      queues: {},
      objectsBucket: "mine",
    });
    expect(readEventSources({ EVENT_QUEUES: { q: { source: "s", detailType: "d" } } }).queues).toHaveProperty("q");
  });

  test.each([
    "{",
    "[]",
    "null",
    '{"q":1}',
    '{"q":null}',
    '{"q":{"source":"s"}}',
    '{"q":{"source":"","detailType":"d"}}',
    '{"q":{"source":"aws.s3","detailType":"d"}}',
    '{"q":{"source":"s","detailType":"d","eventBusName":"a b"}}',
    '{"q":{"source":"s","detailType":"d","x":1}}',
  ])("are refused: %s", (EVENT_QUEUES) => {
    expect(() => readEventSources({ EVENT_QUEUES })).toThrow("EVENT_QUEUES must be a JSON object");
  });
});
