/** Changes of status as events: their shape, who gets them, their signature, and what happens when they are not taken. */
import { beforeEach, describe, expect, test } from "vitest";
import { Webhook } from "standardwebhooks";
import {
  consumeEvents,
  eventMessages,
  sendEvents,
  type EventConsumer,
  type EventMessage,
} from "../../src/runtime/event-queue.ts";
import type { ExecutionIndexEntry } from "../../src/runtime/execution-index.ts";
import type { ExecutionDescription } from "../../src/runtime/execution-rpc.ts";
import { statusEvent, type StatusEvent } from "../../src/runtime/status-event.ts";
import { shortFailure } from "../../src/runtime/status-notices.ts";
import { indexStatuses } from "../../src/runtime/status-queue.ts";
import { isWanted, putSubscription, type Subscription } from "../../src/runtime/subscriptions.ts";
import { newSecret } from "../../src/runtime/webhook.ts";
import { ACCOUNT, Fixture, tokenFor } from "./fixture.ts";

const MACHINE = `${ACCOUNT}:stateMachine:M`;
const ARN = `${ACCOUNT}:execution:M:run`;
const AT = Date.UTC(2026, 10, 21, 9, 8, 7, 654);

function entry(more: Partial<ExecutionIndexEntry> = {}): ExecutionIndexEntry {
  return {
    stateMachineArn: MACHINE,
    executionArn: ARN,
    name: "run",
    startedAt: AT,
    status: "RUNNING",
    version: 1,
    redriveCount: 0,
    ...more,
  };
}

function described(more: Partial<ExecutionDescription> = {}): ExecutionDescription {
  const of = { executionArn: ARN, name: "run", stateMachineArn: MACHINE, startDate: AT, input: '{"a":"é"}' };
  return { ...of, status: "RUNNING", ...more };
}

const SUCCEEDED = { status: "SUCCEEDED", stoppedAt: AT + 5_000, version: 2 } as const;

describe("the event", () => {
  test("of an execution that began is EventBridge's", () => {
    expect(statusEvent(entry({ stateMachineAliasArn: `${MACHINE}:live` }), described())).toEqual({
      version: "0",
      id: expect.stringMatching(/^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/u),
      "detail-type": "Step Functions Execution Status Change",
      source: "aws.states",
      account: "123456789012",
      time: "2026-11-21T09:08:07Z",
      region: "us-east-1",
      resources: [ARN],
      detail: {
        executionArn: ARN,
        stateMachineArn: MACHINE,
        name: "run",
        status: "RUNNING",
        startDate: AT,
        stopDate: null,
        input: '{"a":"é"}',
        inputDetails: { included: true },
        output: null,
        outputDetails: null,
        error: null,
        cause: null,
        stateMachineVersionArn: null,
        stateMachineAliasArn: `${MACHINE}:live`,
        redriveCount: 0,
        redriveDate: null,
        redriveStatus: "NOT_REDRIVABLE",
        redriveStatusReason: "Execution is RUNNING and cannot be redriven",
      },
    });
  });

  test("tells of its own change, whatever has happened since", () => {
    const ended = described({ status: "SUCCEEDED", output: "[1]", stopDate: AT + 5_000 });
    expect(statusEvent(entry(), ended).detail).toMatchObject({ status: "RUNNING", stopDate: null, output: null });
    const { detail, time } = statusEvent(entry(SUCCEEDED), ended);
    expect(detail).toMatchObject({ output: "[1]", outputDetails: { included: true }, stopDate: AT + 5_000 });
    expect(time).toBe("2026-11-21T09:08:12Z");
  });

  test("of a failure has its error, and whether it can be redriven", () => {
    const failed = entry({ status: "FAILED", stoppedAt: AT + 1, version: 2, failure: { error: "E", cause: "C" } });
    expect(statusEvent(failed, described({ status: "FAILED" })).detail).toMatchObject({
      error: "E",
      cause: "C",
      output: null,
      outputDetails: null,
      redriveStatus: "REDRIVABLE",
      redriveStatusReason: null,
    });
    const late = described({ status: "FAILED", redriveStatusReason: "Execution redrivable period exceeded" });
    expect(statusEvent(failed, late).detail).toMatchObject({
      redriveStatus: "NOT_REDRIVABLE",
      redriveStatusReason: "Execution redrivable period exceeded",
    });
    const again = entry({ version: 3, redriveCount: 1, redrivenAt: AT + 9_000 });
    expect(statusEvent(again, described()).detail).toMatchObject({ redriveCount: 1, redriveDate: AT + 9_000 });
    expect(statusEvent(again, described()).time).toBe("2026-11-21T09:08:16Z");
  });

  test("has no task token in it", () => {
    const token = tokenFor(ARN);
    const text = JSON.stringify({ token });
    const ended = described({ status: "SUCCEEDED", input: text, output: text });
    expect(statusEvent(entry(SUCCEEDED), ended).detail).toMatchObject({
      input: '{"token":"***"}',
      output: '{"token":"***"}',
    });
    const failed = entry({ status: "FAILED", stoppedAt: AT + 1, version: 2, failure: { error: "E", cause: token } });
    expect(statusEvent(failed, ended).detail.cause).toBe("***");
  });

  test("leaves out data above 248 KiB: the input first, the output if it is too large by itself", () => {
    const data = (input: number, output: number): object => {
      const now = described({ input: "x".repeat(input - 2), output: "x".repeat(output - 2) });
      const { inputDetails, outputDetails } = statusEvent(entry(SUCCEEDED), now).detail;
      return [inputDetails.included, outputDetails?.included];
    };
    const most = 248 * 1024;
    expect(data(100, most - 100)).toEqual([true, true]);
    expect(data(101, most - 100)).toEqual([false, true]);
    expect(data(10, most + 1)).toEqual([false, false]);
    // Escaped and in UTF-8 it is larger than it looks.
    const quotes = statusEvent(entry(), described({ input: '"'.repeat(most / 2) })).detail;
    expect(quotes).toMatchObject({ input: null, inputDetails: { included: false } });
  });

  test("comes without data where the execution is gone", () => {
    expect(statusEvent(entry(SUCCEEDED), undefined).detail).toMatchObject({
      input: null,
      inputDetails: { included: false },
      outputDetails: { included: false },
    });
  });

  test("has the same id each time, and another for each change", () => {
    const id = (of: ExecutionIndexEntry): string => statusEvent(of, undefined).id;
    expect(id(entry())).toBe(id(entry({ status: "RUNNING" })));
    expect(new Set([id(entry()), id(entry({ version: 2 })), id(entry({ executionArn: `${ARN}2` }))]).size).toBe(3);
  });
});

const subscription = (name: string, more: Partial<Subscription> = {}): Subscription => ({
  name,
  target: { url: "https://hooks.test/" },
  filter: {},
  createdAt: 0,
  ...more,
});

describe("who is told", () => {
  test.each([
    [{}, true],
    [{ statuses: ["FAILED", "RUNNING"] }, true],
    [{ statuses: ["FAILED"] }, false],
    [{ stateMachineArns: [MACHINE] }, true],
    [{ stateMachineArns: [`${MACHINE}2`] }, false],
    [{ stateMachineArns: [MACHINE], statuses: ["SUCCEEDED"] }, false],
  ] as const)("%j: %s", (filter, wanted) => {
    expect(isWanted(filter, entry())).toBe(wanted);
  });

  test("each change is one message to each subscriber, without search fields", () => {
    const fields = [{ name: "customer", value: "7" }];
    const subscriptions = [subscription("a"), subscription("b", { filter: { statuses: ["SUCCEEDED"] } })];
    const entries = [entry({ fields }), entry({ fields }), entry(SUCCEEDED)];
    const messages = eventMessages(subscriptions, entries);
    expect(messages.map(({ event }) => `${event.subscription} ${event.entry.version}`)).toEqual(["a 1", "a 2", "b 2"]);
    expect(JSON.stringify(messages)).not.toContain("customer");
  });

  test("an execution that ended as soon as it began is told of twice", () => {
    const failed = { status: "FAILED", stoppedAt: AT, version: 2, failure: { error: "E" }, wasBrief: true } as const;
    const [began, ended] = eventMessages([subscription("a")], [entry(failed)]).map(({ event }) => event.entry);
    expect(began).toEqual(entry());
    expect(ended).toEqual(entry({ status: "FAILED", stoppedAt: AT, version: 2, failure: { error: "E" } }));
  });

  test("messages go in as few calls as they take", async () => {
    const calls: number[] = [];
    const send = async (part: readonly EventMessage[]): Promise<void> => void calls.push(part.length);
    const of = (count: number, cause: string): EventMessage[] =>
      Array.from({ length: count }, () => ({
        version: 1,
        event: { subscription: "a", entry: entry({ failure: { cause } }) },
      }));
    await sendEvents(of(250, ""), send);
    await sendEvents(of(5, "é".repeat(32_768)), send);
    await sendEvents([], send);
    expect(calls).toEqual([100, 100, 50, 3, 2]);
  });
});

test.each([
  ["plain", "x", 32_768],
  ["in letters of three bytes", "名", 8_000],
  ["in control characters", "\u0001", 8_000],
])("a long cause, %s, leaves room in its message", (_, letter, kept) => {
  const { error, cause } = shortFailure({ error: letter.repeat(1_000), cause: letter.repeat(262_144) });
  expect([error?.length, cause?.length]).toEqual([256, kept]);
  expect(new TextEncoder().encode(JSON.stringify({ error, cause })).length).toBeLessThan(64_000);
  expect(shortFailure({})).toEqual({});
});

describe("the index", () => {
  const deliver = async (api: Fixture, entries: readonly ExecutionIndexEntry[]): Promise<readonly EventMessage[]> => {
    const sent: EventMessage[] = [];
    await indexStatuses(
      { messages: entries.map((of) => ({ body: { version: 1, entry: of } })) },
      {
        db: api.context.db,
        countsExecutions: false,
        sendEvents: async (messages) => sent.push(...messages.filter((message) => "event" in message)),
      },
    );
    return sent;
  };

  test("sends nothing where nobody subscribed, and each change where somebody did", async () => {
    const api = new Fixture();
    expect(await deliver(api, [entry()])).toEqual([]);
    await putSubscription(api.context.db, api.context.sealer, subscription("a"), newSecret());
    const sent = await deliver(api, [entry(), entry(SUCCEEDED)]);
    expect(sent.map(({ event }) => event.entry.version)).toEqual([1, 2]);
    expect(JSON.stringify(sent)).not.toContain("whsec_");
  });

  test("is written although the messages cannot be sent, and the batch comes again", async () => {
    const api = new Fixture();
    await putSubscription(api.context.db, api.context.sealer, subscription("a"), newSecret());
    const failing = indexStatuses(
      { messages: [{ body: { version: 1, entry: entry() } }] },
      { db: api.context.db, countsExecutions: false, sendEvents: () => Promise.reject(new Error("no queue")) },
    );
    await expect(failing).rejects.toThrow("no queue");
    expect(api.db.database.prepare("SELECT COUNT(*) AS n FROM execution_index").get()?.["n"]).toBe(1);
    expect((await deliver(api, [entry()])).length).toBe(1);
  });
});

describe("delivery", () => {
  const secret = newSecret();
  let requests: { readonly url: string; readonly init: RequestInit & { readonly body: string } }[];
  let queued: StatusEvent[];
  let defects: string[];
  let done: string[];
  let answer: () => Response;
  let known: (Subscription & { readonly secret?: string }) | undefined;

  beforeEach(() => {
    requests = [];
    queued = [];
    defects = [];
    done = [];
    answer = () => new Response("ok");
    known = { ...subscription("a"), secret };
  });

  const consumer: EventConsumer = {
    now: () => Date.now(),
    findSubscription: async () => known,
    describe: async () => described({ status: "SUCCEEDED", output: "1" }),
    fetch: async (url, init) => {
      requests.push({ url, init });
      return answer();
    },
    findQueue: (name) => (name === "Q" ? { send: async (event) => queued.push(event) } : undefined),
    logDefect: (message, error) => defects.push(`${message}: ${String(error)}`),
  };

  async function deliver(attempts = 1): Promise<void> {
    const message = {
      body: { version: 1, event: { subscription: "a", entry: entry(SUCCEEDED) } } as const,
      attempts,
      ack: () => done.push("ack"),
      retry: ({ delaySeconds }: { readonly delaySeconds: number }) => done.push(`retry in ${delaySeconds} s`),
    };
    await consumeEvents([message], consumer);
  }

  test("a webhook gets the event signed as Standard Webhooks has it", async () => {
    await deliver();
    const [{ url, init }] = requests as [(typeof requests)[0]];
    const headers = init.headers as Record<string, string>;
    const verified = new Webhook(secret).verify(init.body, headers) as StatusEvent;
    expect(verified).toEqual(JSON.parse(JSON.stringify(statusEvent(entry(SUCCEEDED), described({ output: "1" })))));
    expect([url, init.method, init.redirect, headers["webhook-id"]]).toEqual([
      "https://hooks.test/",
      "POST",
      "manual",
      verified.id,
    ]);
    expect(done).toEqual(["ack"]);
    expect(() => new Webhook(newSecret()).verify(init.body, headers)).toThrow("No matching signature found");
  });

  test("what is not answered with a 2xx is sent again with growing pauses, and given up in the end", async () => {
    answer = () => new Response("busy", { status: 503 });
    for (const attempts of [1, 2, 3, 11, 12, 14]) await deliver(attempts);
    expect(done).toEqual([2, 4, 8, 2048, 3600, 3600].map((seconds) => `retry in ${seconds} s`));
    expect(defects).toEqual([]);
    await deliver(15);
    expect(done.at(-1)).toBe("ack");
    expect(defects).toEqual([
      `subscription a could not be told that ${ARN} is SUCCEEDED, 15 times: Error: the webhook answered 503`,
    ]);
  });

  test("a redirect is not followed, and no connection is no end", async () => {
    answer = () => new Response(null, { status: 302, headers: { location: "http://10.0.0.1/" } });
    await deliver();
    answer = () => {
      throw new TypeError("no connection");
    };
    await deliver();
    expect(done).toEqual(["retry in 2 s", "retry in 2 s"]);
    expect(requests.length).toBe(2);
  });

  test("a queue gets the event itself, without data that exceed a message", async () => {
    known = subscription("a", { target: { queue: "Q" } });
    await deliver();
    expect(queued).toEqual([statusEvent(entry(SUCCEEDED), described({ output: "1" }))]);
    const large = { ...consumer, describe: async () => described({ input: "x".repeat(90_000), output: "1" }) };
    const message = { body: { version: 1, event: { subscription: "a", entry: entry(SUCCEEDED) } } as const };
    await consumeEvents([{ ...message, attempts: 1, ack: () => undefined, retry: () => undefined }], large);
    expect(queued[1]?.detail).toMatchObject({ inputDetails: { included: false }, output: "1" });
    expect(requests).toEqual([]);
  });

  test("a queue whose binding is gone is tried again", async () => {
    known = subscription("a", { target: { queue: "GONE" } });
    await deliver();
    expect(done).toEqual(["retry in 2 s"]);
  });

  test("what is on its way to a subscription that was deleted is dropped", async () => {
    known = undefined;
    await deliver();
    expect([done, requests]).toEqual([["ack"], []]);
  });
});
