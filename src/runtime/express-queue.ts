/**
 * Express executions that nobody waits for: a queue holds them until they have ended.
 *
 * B1. A message carries all that the execution is pinned to; what is too large for a message lies in R2 meanwhile.
 * B2. At least once: a message is acknowledged when its execution has ended, however it ended. Only what was lost with its
 *     invocation, or could not be read, is run again, from its start and with the same idempotency keys.
 * B3. A message that was delivered twice finds its object gone, if it had one, and does nothing.
 */
import { utf8Size } from "../asl/json.ts";
import { failureDetails } from "../engine/turn.ts";
import type { ExecutionDescription, Watcher } from "./execution-rpc.ts";
import type { ExpressOutcome, ExpressRequest } from "./express-run.ts";
import { RESERVED_PREFIX } from "./objects/buckets.ts";

export type ExpressMessage =
  | { readonly version: 1; readonly express: ExpressRequest }
  /** The key of the object that holds the request. */
  | { readonly version: 1; readonly expressAt: string };

/** Where requests too large for a message lie. */
interface RequestObjects {
  put(key: string, text: string): Promise<unknown>;
  get(key: string): Promise<{ text(): Promise<string> } | null>;
  delete(key: string): Promise<void>;
}

export interface ExpressSubmission {
  readonly objects: RequestObjects;
  send(message: ExpressMessage): Promise<unknown>;
}

export interface ExpressConsumer {
  readonly objects: RequestObjects;
  run(request: ExpressRequest): Promise<ExpressOutcome>;
  /** Answers false where the watcher is not ready to hear it. */
  tellWatcher(watcher: Watcher, child: ExecutionDescription): Promise<boolean>;
  sleep(milliseconds: number): Promise<void>;
  logDefect(message: string, error: unknown): void;
}

/** What this needs of the platform's message. */
export interface QueuedExpress {
  readonly body: ExpressMessage;
  readonly attempts: number;
  ack(): void;
  retry(options: { readonly delaySeconds: number }): void;
}

/** A message may have 128 KB, the platform's own hundred bytes included. */
const MAX_MESSAGE_BYTES = 127_000;

export async function submitExpress(request: ExpressRequest, to: ExpressSubmission): Promise<void> {
  const message: ExpressMessage = { version: 1, express: request };
  if (utf8Size(JSON.stringify(message)) <= MAX_MESSAGE_BYTES) {
    await to.send(message);
    return;
  }
  const expressAt = `${RESERVED_PREFIX}express/${request.executionArn.slice(request.executionArn.lastIndexOf(":") + 1)}`;
  await to.objects.put(expressAt, JSON.stringify(request));
  await to.send({ version: 1, expressAt });
}

/** Runs a batch, all at the same time; settles when each has ended. */
export async function consumeExpress(messages: readonly QueuedExpress[], consumer: ExpressConsumer): Promise<void> {
  await Promise.all(messages.map((message) => consume(message, consumer)));
}

async function consume(message: QueuedExpress, consumer: ExpressConsumer): Promise<void> {
  const { body } = message;
  try {
    const request = "express" in body ? body.express : await readRequest(consumer.objects, body.expressAt);
    if (request !== undefined) {
      const outcome = await consumer.run(request);
      if (request.watcher !== undefined) {
        await tell(request.watcher, describeExpress(request, outcome), consumer);
      }
    }
    if ("expressAt" in body) await consumer.objects.delete(body.expressAt);
    message.ack();
  } catch (error) {
    consumer.logDefect("an Express execution could not be run", error);
    message.retry({ delaySeconds: Math.min(2 ** message.attempts, 60) });
  }
}

async function readRequest(objects: RequestObjects, key: string): Promise<ExpressRequest | undefined> {
  const object = await objects.get(key);
  return object === null ? undefined : (JSON.parse(await object.text()) as ExpressRequest);
}

/** A child that ends at once may be earlier than its parent's record of the start. */
async function tell(watcher: Watcher, child: ExecutionDescription, consumer: ExpressConsumer): Promise<void> {
  for (let pause = 10; pause < 30_000; pause *= 2) {
    if (await consumer.tellWatcher(watcher, child)) return;
    await consumer.sleep(pause);
  }
  throw new Error(`${watcher.executionArn} could not be told that ${child.executionArn} has ended`);
}

function describeExpress(request: ExpressRequest, outcome: ExpressOutcome): ExecutionDescription {
  return {
    executionArn: request.executionArn,
    name: request.name,
    stateMachineArn: request.stateMachineArn,
    status: outcome.status,
    startDate: request.startedAt,
    stopDate: outcome.stoppedAt,
    input: request.input,
    ...(request.traceHeader !== undefined && { traceHeader: request.traceHeader }),
    ...(outcome.status === "SUCCEEDED" ? { output: outcome.output.text } : failureDetails(outcome.failure)),
  };
}
