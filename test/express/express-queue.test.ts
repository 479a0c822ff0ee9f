/** Express executions that nobody waits for: at least once, and not again because they failed. */
import { beforeEach, expect, test } from "vitest";
import type { ExecutionDescription, Watcher } from "../../src/runtime/execution-rpc.ts";
import {
  consumeExpress,
  submitExpress,
  type ExpressConsumer,
  type ExpressMessage,
} from "../../src/runtime/express-queue.ts";
import type { ExpressOutcome, ExpressRequest } from "../../src/runtime/express-run.ts";
import { Payload } from "../../src/data/payload.ts";
import { START } from "../engine/words.ts";
import { EXECUTION, MACHINE, requestOf } from "./words.ts";

class Objects {
  readonly texts = new Map<string, string>();

  async put(key: string, text: string): Promise<void> {
    this.texts.set(key, text);
  }

  async get(key: string): Promise<{ text(): Promise<string> } | null> {
    const text = this.texts.get(key);
    return text === undefined ? null : { text: async () => text };
  }

  async delete(key: string): Promise<void> {
    this.texts.delete(key);
  }
}

class Message {
  readonly attempts: number;
  readonly body: ExpressMessage;
  fate = "open";

  constructor(body: ExpressMessage, attempts = 1) {
    // As the queue hands it on.
    this.body = JSON.parse(JSON.stringify(body)) as ExpressMessage;
    this.attempts = attempts;
  }

  ack(): void {
    this.fate = "acknowledged";
  }

  retry({ delaySeconds }: { delaySeconds: number }): void {
    this.fate = `again in ${delaySeconds} s`;
  }
}

const SUCCEEDED: ExpressOutcome = { status: "SUCCEEDED", stoppedAt: START + 5, output: Payload.fromText("[1]") };
const FAILED: ExpressOutcome = { status: "FAILED", stoppedAt: START + 5, failure: { error: "E", cause: "C" } };
const WATCHER: Watcher = { executionArn: `${MACHINE}-parent`, taskId: "0-1", parseOutput: true };

let objects: Objects;
let ran: ExpressRequest[];
let told: ExecutionDescription[];
let consumer: ExpressConsumer;
let defects: string[];

beforeEach(() => {
  objects = new Objects();
  [ran, told, defects] = [[], [], []];
  consumer = {
    objects,
    run: async (request) => {
      ran.push(request);
      return SUCCEEDED;
    },
    tellWatcher: async (_watcher, child) => told.push(child) > 0,
    sleep: async () => undefined,
    logDefect: (message) => defects.push(message),
  };
});

async function submitted(request: ExpressRequest): Promise<ExpressMessage> {
  const sent: ExpressMessage[] = [];
  await submitExpress(request, { objects, send: async (message) => sent.push(message) });
  expect(sent).toHaveLength(1);
  return sent[0]!;
}

test("what fits travels in the message", async () => {
  const request = requestOf({ StartAt: "A" }, { a: 1 });
  const message = new Message(await submitted(request));
  expect(objects.texts.size).toBe(0);
  await consumeExpress([message], consumer);
  expect(ran).toEqual([request]);
  expect(message.fate).toBe("acknowledged");
});

test.each([
  ["a long text", "x".repeat(200_000)],
  // Few characters, many bytes; and JSON in JSON grows.
  ["letters of three bytes", "語".repeat(60_000)],
  ["quotes", '"'.repeat(50_000)],
])("%s lies in an object until the execution has ended", async (_, text) => {
  const request = requestOf({ StartAt: "A" }, text);
  const body = await submitted(request);
  expect(body).toEqual({ version: 1, expressAt: "_stepflare/express/id-1" });
  const message = new Message(body);
  await consumeExpress([message], consumer);
  expect(ran).toEqual([request]);
  expect([message.fate, objects.texts.size]).toEqual(["acknowledged", 0]);
});

test("a message delivered again after its end finds its object gone, and is done", async () => {
  const body = await submitted(requestOf({}, "x".repeat(200_000)));
  await consumeExpress([new Message(body)], consumer);
  const again = new Message(body, 2);
  await consumeExpress([again], consumer);
  expect([ran.length, again.fate]).toEqual([1, "acknowledged"]);
});

test("an execution that failed has ended, and is not run again", async () => {
  consumer = { ...consumer, run: async () => FAILED };
  const message = new Message(await submitted(requestOf({})));
  await consumeExpress([message], consumer);
  expect(message.fate).toBe("acknowledged");
});

test("what could not be run is delivered again, later each time; its neighbors are not", async () => {
  consumer = {
    ...consumer,
    run: async ({ name }) => {
      if (name === "bad") throw new Error("out of reach");
      return SUCCEEDED;
    },
  };
  const body = await submitted(requestOf({}, {}, { name: "bad" }));
  const bad = [1, 2, 9].map((attempts) => new Message(body, attempts));
  const good = new Message(await submitted(requestOf({})));
  await consumeExpress([...bad, good], consumer);
  expect(bad.map((x) => x.fate)).toEqual(["again in 2 s", "again in 4 s", "again in 60 s"]);
  expect(good.fate).toBe("acknowledged");
  expect(defects).toHaveLength(3);
});

test("a batch runs at the same time", async () => {
  let release: () => void = () => undefined;
  const all = new Promise<void>((resolve) => (release = resolve));
  let running = 0;
  consumer = {
    ...consumer,
    run: async () => {
      if (++running === 3) release();
      await all;
      return SUCCEEDED;
    },
  };
  const body = await submitted(requestOf({}));
  await consumeExpress([new Message(body), new Message(body), new Message(body)], consumer);
  expect(running).toBe(3);
});

test("a task that waits for the execution is told how it ended, before the message is done", async () => {
  const message = new Message(await submitted(requestOf({}, { a: 1 }, { watcher: WATCHER, traceHeader: "Root=1" })));
  await consumeExpress([message], consumer);
  expect(told).toEqual([
    {
      executionArn: EXECUTION,
      name: "run",
      stateMachineArn: MACHINE,
      status: "SUCCEEDED",
      startDate: START,
      stopDate: START + 5,
      input: '{"a":1}',
      output: "[1]",
      traceHeader: "Root=1",
    },
  ]);
});

test("it is told again until it has recorded the start; if it never does, the message comes again", async () => {
  let refusals = 3;
  consumer = {
    ...consumer,
    run: async () => FAILED,
    tellWatcher: async (_, child) => refusals-- <= 0 && told.push(child) > 0,
  };
  const body = await submitted(requestOf({}, {}, { watcher: WATCHER }));
  await consumeExpress([new Message(body)], consumer);
  expect(told).toMatchObject([{ status: "FAILED", error: "E", cause: "C" }]);
  consumer = { ...consumer, tellWatcher: async () => false };
  const message = new Message(body);
  await consumeExpress([message], consumer);
  expect(message.fate).toBe("again in 2 s");
});
