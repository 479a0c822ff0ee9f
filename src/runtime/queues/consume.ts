/**
 * Hands messages of Stepflare's own queues to their functions, as Lambda's event source mapping does.
 *
 * C1. At least once: a message is acknowledged when a call that it was part of has answered, and not named it in
 *     `batchItemFailures`.
 * C2. A call that failed, or answered what cannot be read, has failed with all its messages.
 * C3. A message that was delivered as often as its queue says goes to the dead letter queue, once, or is dropped with a word in
 *     the log.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
 */
import { isArray, isObject, memberOf, type Json } from "../../asl/json.ts";
import type { ArnConfig } from "../arn.ts";
import { derivedUuid } from "../derived-uuid.ts";
import type { FunctionCall, FunctionResult } from "../tasks/functions.ts";
import { queueArnOf } from "./queue-name.ts";
import { recordOf, type QueueMessage } from "./queue-message.ts";
import type { QueuePlan } from "./queues.ts";
import type { MessageQueues } from "./send.ts";

/** A message that has arrived. */
export interface ReceivedMessage {
  readonly message: QueueMessage;
  /** From 1 on. */
  readonly receives: number;
  /** It was taken, or given up. */
  done(): Promise<void>;
  again(delaySeconds: number): void;
}

export interface QueueConsumer {
  readonly config: ArnConfig;
  readonly queues: Pick<MessageQueues, "send">;
  /** undefined: it was deleted, and its messages with it. */
  findPlan(name: string): Promise<QueuePlan | undefined>;
  invoke(functionName: string, payload: string, call: FunctionCall): Promise<FunctionResult>;
  logDefect(message: string, error: unknown): void;
}

/** What a function's answer may have: the ids of a batch are less. */
const MAX_ANSWER_BYTES = 65_536;

/** What has arrived for one queue, in calls of as many messages as it allows; all at the same time. */
export async function consumeQueue(
  name: string,
  received: readonly ReceivedMessage[],
  consumer: QueueConsumer,
): Promise<void> {
  const plan = await consumer.findPlan(name);
  if (plan === undefined) {
    await Promise.all(received.map((each) => each.done()));
    return;
  }
  const batches = Array.from({ length: Math.ceil(received.length / plan.batchSize) }, (_, i) =>
    received.slice(i * plan.batchSize, (i + 1) * plan.batchSize),
  );
  await Promise.all(batches.map((batch) => callFunction(plan, batch, consumer)));
}

async function callFunction(
  plan: QueuePlan,
  batch: readonly ReceivedMessage[],
  consumer: QueueConsumer,
): Promise<void> {
  const { config } = consumer;
  const Records = batch.map(({ message, receives }) => recordOf(config, plan.name, message, receives));
  const [alone, ...others] = batch.map(({ message }) => message);
  const traceHeader = others.length === 0 ? alone?.traceHeader : undefined;
  const callDepth = Math.max(0, ...batch.map(({ message }) => message.callDepth ?? 0));
  const result = await consumer.invoke(plan.function, JSON.stringify({ Records }), {
    executionArn: queueArnOf(config, plan.name),
    stateName: "",
    retryCount: Math.min(...batch.map(({ receives }) => receives)) - 1,
    idempotencyKey: idempotencyKeyOf(batch.map(({ message }) => message.messageId)),
    ...(traceHeader !== undefined && { traceHeader }),
    ...(callDepth > 0 && { callDepth }),
    maxPayloadBytes: MAX_ANSWER_BYTES,
  });
  const failed = failedIn(
    result,
    batch.map(({ message }) => message.messageId),
  );
  const why = result.ok ? "its function named it in batchItemFailures" : JSON.stringify(result.failure);
  await Promise.all(
    batch.map((each) => (failed.has(each.message.messageId) ? tryAgain(plan, each, why, consumer) : each.done())),
  );
}

/** Of a message alone its own id, so that a function which looks at that knows what it has had. */
function idempotencyKeyOf(ids: readonly string[]): string {
  const [id = "", ...others] = ids;
  return others.length === 0 ? id : derivedUuid(ids.join(" "));
}

/** The ids that have to be delivered again. */
function failedIn(result: FunctionResult, ids: readonly string[]): ReadonlySet<string> {
  if (!result.ok) return new Set(ids);
  const answer = JSON.parse(result.text) as Json;
  const failures = isObject(answer) ? (memberOf(answer, "batchItemFailures") ?? null) : null;
  if (failures === null) return new Set();
  if (!isArray(failures)) return new Set(ids);
  const named = failures.map((failure) => (isObject(failure) ? memberOf(failure, "itemIdentifier") : undefined));
  const isReadable = named.every((id) => typeof id === "string" && ids.includes(id));
  return new Set(isReadable ? (named as readonly string[]) : ids);
}

async function tryAgain(
  plan: QueuePlan,
  received: ReceivedMessage,
  why: string,
  consumer: QueueConsumer,
): Promise<void> {
  const { message, receives } = received;
  if (receives < plan.maxReceiveCount) {
    received.again(plan.visibilityTimeoutSeconds);
    return;
  }
  // Two queues that are each other's would hand it to and fro for ever.
  const deadLetterQueue = message.deadOf === undefined ? plan.deadLetterQueue : undefined;
  const { delaySeconds: _, ...dead } = message;
  const refusal =
    deadLetterQueue === undefined
      ? undefined
      : await consumer.queues.send(deadLetterQueue, [{ ...dead, deadOf: plan.name }]);
  if (deadLetterQueue === undefined || refusal !== undefined) {
    const where =
      refusal === undefined ? "" : `, and could not go to the dead letter queue ${deadLetterQueue}: ${refusal.kind}`;
    consumer.logDefect(
      `message ${message.messageId} of the queue ${plan.name} was given up after ${receives} times${where}`,
      why,
    );
  }
  await received.done();
}
