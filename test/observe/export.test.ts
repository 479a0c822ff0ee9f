/** What goes to OTLP, a queue and R2, in which batches, and what happens where they are out of reach. */
import { beforeEach, describe, expect, test } from "vitest";
import type { LogEntry } from "../../src/runtime/execution-log.ts";
import { exportTelemetry, type ExportHost, type LogMessage, type Telemetry } from "../../src/runtime/observe/export.ts";
import type { Json } from "../api/rest-client.ts";
import { IsolateBatch } from "../../src/runtime/observe/isolate-batch.ts";
import type { Observability } from "../../src/runtime/observe/settings.ts";
import type { Span } from "../../src/runtime/observe/spans.ts";

const MACHINE = "arn:aws:states:us-east-1:123456789012:stateMachine:m";
const GROUP = "arn:aws:logs:us-east-1:123456789012:log-group:/aws/vendedlogs/m:*";
const OTLP = { endpoint: "https://otel.test", headers: { authorization: "Bearer x" } };

function entry(id: number, more: Partial<LogEntry> = {}): LogEntry {
  return {
    id: String(id),
    type: "PassStateEntered",
    details: { name: "A" },
    previous_event_id: "0",
    event_timestamp: "1767323045678",
    execution_arn: "arn:aws:states:us-east-1:123456789012:execution:m:run",
    redrive_count: "0",
    ...more,
  };
}

const log = (of: LogEntry, more: object = {}): Telemetry => ({ log: { entry: of, stateMachineArn: MACHINE, ...more } });

const SPAN: Span = {
  traceId: "a".repeat(32),
  spanId: "b".repeat(16),
  parentSpanId: "c".repeat(16),
  name: "T",
  kind: "client",
  from: 1000,
  to: 1500,
  ending: { error: "Boom", cause: "why" },
  attributes: { "stepflare.task.retry_count": 2, "stepflare.task.resource": "arn" },
};

class Host implements ExportHost {
  readonly posts: { readonly url: string; readonly headers: unknown; readonly body: Json }[] = [];
  readonly messages: LogMessage[] = [];
  readonly stored = new Map<string, string>();
  readonly defects: string[] = [];
  readonly pauses: number[] = [];
  /** What is answered, one after the other; then 200. */
  answers: (number | Error)[] = [];
  queue = { send: async (message: LogMessage): Promise<unknown> => this.messages.push(message) };
  objects = { put: async (key: string, text: string): Promise<unknown> => this.stored.set(key, text) };
  #ids = 0;

  async fetch(url: string, init: RequestInit & { readonly body: string }): Promise<Response> {
    this.posts.push({ url, headers: init.headers, body: JSON.parse(init.body) });
    const answer = this.answers.shift() ?? 200;
    if (typeof answer !== "number") throw answer;
    return new Response("{}", { status: answer });
  }
  async sleep(milliseconds: number): Promise<void> {
    this.pauses.push(milliseconds);
  }
  now(): number {
    return Date.UTC(2026, 10, 21, 9, 8, 7);
  }
  uuid(): string {
    return `id-${(this.#ids += 1)}`;
  }
  logDefect(message: string, error: unknown): void {
    this.defects.push(`${message}: ${String(error)}`);
  }
}

let host: Host;

beforeEach(() => {
  host = new Host();
});

async function exported(items: readonly Telemetry[], settings: Partial<Observability>): Promise<void> {
  await exportTelemetry(items, { logSinks: [], metricsEndpoint: false, ...settings }, host);
}

describe("OTLP", () => {
  test("spans go to /v1/traces, in the protocol's JSON", async () => {
    const left = { ...SPAN, parentSpanId: undefined, kind: "server", ending: "left" } as unknown as Span;
    await exported([{ span: SPAN }, { span: left }, { span: { ...SPAN, ending: "stopped" } }], { otlp: OTLP });
    const [{ url, headers, body }] = host.posts as [(typeof host.posts)[0]];
    expect(url).toBe("https://otel.test/v1/traces");
    expect(headers).toEqual({ authorization: "Bearer x", "content-type": "application/json" });
    const [first, second, third] = body.resourceSpans[0].scopeSpans[0].spans;
    expect(first).toEqual({
      traceId: SPAN.traceId,
      spanId: SPAN.spanId,
      parentSpanId: SPAN.parentSpanId,
      name: "T",
      kind: 3,
      startTimeUnixNano: "1000000000",
      endTimeUnixNano: "1500000000",
      attributes: [
        { key: "stepflare.task.retry_count", value: { intValue: "2" } },
        { key: "stepflare.task.resource", value: { stringValue: "arn" } },
      ],
      status: { code: 2, message: "Boom" },
      events: [
        {
          timeUnixNano: "1500000000",
          name: "exception",
          attributes: [
            { key: "exception.type", value: { stringValue: "Boom" } },
            { key: "exception.message", value: { stringValue: "why" } },
          ],
        },
      ],
    });
    expect(second).toMatchObject({ kind: 2, status: {} });
    expect(second).not.toHaveProperty("parentSpanId");
    expect(third.status).toEqual({ code: 2, message: "stopped" });
    expect(body.resourceSpans[0].resource.attributes).toEqual([
      { key: "service.name", value: { stringValue: "stepflare" } },
    ]);
  });

  test("logs go to /v1/logs only where that is a sink, errors as errors", async () => {
    const items = [log(entry(1), { traceId: SPAN.traceId }), log(entry(2, { type: "TaskFailed" }))];
    await exported(items, { otlp: OTLP, logSinks: ["console"] });
    expect(host.posts).toEqual([]);
    await exported(items, { otlp: OTLP, logSinks: ["otlp"] });
    expect(host.posts.map((x) => x.url)).toEqual(["https://otel.test/v1/logs"]);
    const [first, second] = host.posts[0]!.body.resourceLogs[0].scopeLogs[0].logRecords;
    expect(first).toMatchObject({
      timeUnixNano: "1767323045678000000",
      severityText: "INFO",
      eventName: "PassStateEntered",
      traceId: SPAN.traceId,
      body: { stringValue: JSON.stringify(entry(1)) },
    });
    expect(second.severityNumber).toBe(17);
  });

  test("what is answered with 'later' is sent again, a few times", async () => {
    host.answers = [503, new TypeError("no connection")];
    await exported([{ span: SPAN }], { otlp: OTLP });
    expect([host.posts.length, host.defects]).toEqual([3, []]);
    host.answers = [429, 502, 504];
    await exported([{ span: SPAN }], { otlp: OTLP });
    expect(host.posts.length).toBe(6);
    expect(host.defects).toEqual(["spans could not be sent by OTLP: Error: answered 504"]);
  });

  test("what is refused is not sent again, and the other sinks get theirs", async () => {
    host.answers = [400];
    await exported([log(entry(1))], { otlp: OTLP, logSinks: ["otlp", "queue", "r2"] });
    expect(host.posts.length).toBe(1);
    expect(host.defects).toEqual(["logs could not be sent by OTLP: Error: answered 400"]);
    expect(host.messages.length).toBe(1);
    expect(host.stored.size).toBe(1);
  });
});

describe("a queue", () => {
  test("gets few messages, none larger than a message may be", async () => {
    const small = Array.from({ length: 50 }, (_, n) => log(entry(n)));
    await exported(small, { logSinks: ["queue"] });
    expect(host.messages.map((x) => x.entries.length)).toEqual([50]);
    const details = { name: "A", output: "é".repeat(200_000), outputDetails: { truncated: false } };
    await exported([...small, log(entry(77, { details })), ...small], { logSinks: ["queue"] });
    const sizes = host.messages.map((x) => new TextEncoder().encode(JSON.stringify(x)).length);
    expect(Math.max(...sizes)).toBeLessThan(128_000);
    const cut = host.messages.flatMap((x) => x.entries).find(({ id }) => id === "77");
    expect(cut?.details).toEqual({ name: "A", output: "é".repeat(4_000), outputDetails: { truncated: true } });
  });
});

describe("R2", () => {
  test("gets one object for each log group or state machine, by day, of JSON lines", async () => {
    const grouped = { logGroupArn: GROUP };
    await exported([log(entry(1)), log(entry(2), grouped), log(entry(3), grouped)], { logSinks: ["r2"] });
    expect([...host.stored.keys()].toSorted()).toEqual([
      "_stepflare/logs/2026-11-21/aws/vendedlogs/m/090807-id-2.jsonl",
      "_stepflare/logs/2026-11-21/m/090807-id-1.jsonl",
    ]);
    const lines = host.stored.get("_stepflare/logs/2026-11-21/aws/vendedlogs/m/090807-id-2.jsonl")?.split("\n") ?? [];
    expect(lines.slice(0, -1).map((line) => JSON.parse(line) as unknown)).toEqual([entry(2), entry(3)]);
    expect(lines.at(-1)).toBe("");
  });
});

describe("a batch", () => {
  class Clock {
    at = 0;
    readonly sleepers: (() => void)[] = [];
    now = (): number => this.at;
    sleep = (): Promise<void> => new Promise((resolve) => this.sleepers.push(resolve));
  }

  function batchOf(clock: Clock): {
    readonly sent: string[][];
    readonly add: (item: string, keepAlive?: (work: Promise<unknown>) => void) => void;
    readonly done: () => Promise<unknown>;
  } {
    const batch = new IsolateBatch<string>(clock);
    const sent: string[][] = [];
    const work: Promise<unknown>[] = [];
    const send = async (items: readonly string[]): Promise<void> => void sent.push([...items]);
    return {
      sent,
      add: (item, keepAlive = (x) => work.push(x)) =>
        batch.add([item], item.length, { delayMs: 1000, maxSize: 10, send }, keepAlive),
      done: () => Promise.all(work),
    };
  }

  test("is sent once for all that was added meanwhile", async () => {
    const clock = new Clock();
    const { sent, add, done } = batchOf(clock);
    add("a");
    add("b");
    expect(clock.sleepers.length).toBe(1);
    clock.sleepers[0]?.();
    await done();
    expect(sent).toEqual([["a", "b"]]);
  });

  test("is sent at once when it is large", async () => {
    const clock = new Clock();
    const { sent, add, done } = batchOf(clock);
    add("a");
    add("0123456789");
    expect(sent).toEqual([["a", "0123456789"]]);
    clock.sleepers[0]?.();
    await done();
    expect(sent.length).toBe(1);
  });

  test("is taken over where the invocation that was to send it is gone", async () => {
    const clock = new Clock();
    const { sent, add, done } = batchOf(clock);
    add("a", () => undefined);
    clock.at = 6_000;
    add("b");
    expect(clock.sleepers.length).toBe(1);
    clock.at = 6_001;
    add("c");
    expect(clock.sleepers.length).toBe(2);
    clock.sleepers[1]?.();
    await done();
    expect(sent).toEqual([["a", "b", "c"]]);
  });
});
