/**
 * Delivers events to the targets of rules: the consumer's side of `rule-messages`.
 *
 * T1. At least once. An event starts one execution of a Standard state machine for each target, however often it is delivered:
 *     the execution's name says which event and which target.
 * T2. What a target refuses for good is given up at once, anything else after some five hours; the Worker's log says so.
 * T3. The rule is read when its event is delivered: what is on its way to one that was deleted or disabled is dropped.
 */
import { isObject, utf8Size, type Json } from "../../asl/json.ts";
import type { ArnConfig } from "../arn.ts";
import type { Authorize } from "../connections/authorize.ts";
import { MAX_ATTEMPTS, pauseAfterAttempt } from "../event-queue.ts";
import type { ExecutionDescription } from "../execution-rpc.ts";
import { postWebhook, type PostOut } from "../post-webhook.ts";
import { MAX_DATA_BYTES, statusEvent } from "../status-event.ts";
import type { CallOperation } from "../tasks/states.ts";
import type { MessageQueues } from "../queues/send.ts";
import { DEFAULT_BUS, uuidOf, type BusEvent } from "./bus-event.ts";
import { isFor, ruleArnOf, type EventRule, type RuleTarget } from "./event-rules.ts";
import { MAX_RULE_DEPTH, startedName } from "./rule-depth.ts";
import type { EventObjects, RuleMessage } from "./rule-messages.ts";
import { inputTextOf } from "./target-input.ts";

export interface RuleConsumer {
  readonly config: ArnConfig;
  now(): number;
  /** With the secret of its webhooks; undefined: it was deleted. */
  findRule(name: string): Promise<(EventRule & { readonly secret?: string }) | undefined>;
  /** Undefined: there is no such execution any more. */
  describe(executionArn: string): Promise<ExecutionDescription | undefined>;
  readonly operations: CallOperation;
  readonly post: PostOut;
  readonly authorize: Authorize;
  /** The queue of that binding. */
  findQueue(name: string): { send(message: unknown): Promise<unknown> } | undefined;
  /** Queues by their names. */
  readonly queues: Pick<MessageQueues, "send">;
  readonly objects: EventObjects;
  logDefect(message: string, error: unknown): void;
}

/** What this needs of the platform's message. */
export interface QueuedRule {
  readonly body: RuleMessage;
  readonly attempts: number;
  ack(): void;
  retry(options: { readonly delaySeconds: number }): void;
}

/** Delivers a batch, all at the same time. */
export async function consumeRules(messages: readonly QueuedRule[], consumer: RuleConsumer): Promise<void> {
  await Promise.all(messages.map((message) => consume(message, consumer)));
}

async function consume(message: QueuedRule, consumer: RuleConsumer): Promise<void> {
  const told: RuleMessage["rule"] = message.body.rule;
  const stored = "eventAt" in told ? told.eventAt : undefined;
  const what = `the target '${told.target}' of the rule '${told.name}'`;
  try {
    const refusal = await deliver(message.body, consumer);
    if (refusal !== undefined) consumer.logDefect(`${what} refused an event for good`, refusal);
  } catch (error) {
    if (message.attempts < MAX_ATTEMPTS) {
      message.retry({ delaySeconds: pauseAfterAttempt(message.attempts) });
      return;
    }
    consumer.logDefect(`${what} did not take an event, ${MAX_ATTEMPTS} times`, error);
  }
  try {
    if (stored !== undefined) await consumer.objects.delete(stored);
  } catch (error) {
    consumer.logDefect(`${stored} could not be deleted`, error);
  }
  message.ack();
}

/** Why it was refused for good; undefined: it was taken, or nobody wants it any more. */
async function deliver({ rule: told }: RuleMessage, consumer: RuleConsumer): Promise<string | undefined> {
  const rule = await consumer.findRule(told.name);
  const target = rule?.targets.find(({ id }) => id === told.target);
  if (rule?.state !== "ENABLED" || target === undefined) return undefined;
  const event = await eventTold(told, "queue" in target ? MAX_QUEUED_DATA_BYTES : MAX_DATA_BYTES, consumer);
  if (event === undefined) return undefined;
  // Now that its data are known.
  if ("entry" in told && !isFor(rule, DEFAULT_BUS, event)) return undefined;
  const text = inputTextOf(target, event, { name: rule.name, arn: ruleArnOf(consumer.config, rule.name) });
  if ("stateMachineArn" in target) return start(target, told, event, text, consumer);
  if ("queue" in target) {
    const queue = consumer.findQueue(target.queue);
    if (queue === undefined)
      return sendByName(target.queue, uuidOf(startedName(event.id, rule.name, target.id, 0)), text, consumer);
    if (utf8Size(text) > MAX_QUEUED_BYTES) return tooLarge(MAX_QUEUED_BYTES);
    await queue.send(JSON.parse(text));
    return undefined;
  }
  const { connection, url } = target;
  const authorize = connection === undefined ? undefined : authorizedBy(connection, consumer.authorize);
  const body = { id: event.id, at: consumer.now(), body: text };
  await postWebhook({ url, secret: rule.secret }, body, consumer.post, authorize);
  return undefined;
}

/** A queue's message may have 128 KB, the platform's own hundred bytes included. */
const MAX_QUEUED_BYTES = 127_000;
/** Of a change's input and output, which the event's JSON escapes. */
const MAX_QUEUED_DATA_BYTES = 80_000;

/** To a queue that is not a binding's name: its messages are SQS's. @param messageId the same each time */
async function sendByName(
  queue: string,
  messageId: string,
  body: string,
  consumer: RuleConsumer,
): Promise<string | undefined> {
  const message = { messageId, body, attributes: {}, sentAt: consumer.now() };
  const refusal = await consumer.queues.send(queue, [message]);
  switch (refusal?.kind) {
    case undefined:
      return undefined;
    case "no such queue":
      return `there is no queue '${queue}'`;
    case "too large":
      return tooLarge(refusal.maxBytes);
    case "misconfigured":
      throw new Error(refusal.message);
  }
}

const tooLarge = (bytes: number): string => `it exceeds the ${bytes} bytes of a queue's message`;

/** Undefined: it was delivered already. */
async function eventTold(
  told: RuleMessage["rule"],
  maxDataBytes: number,
  consumer: RuleConsumer,
): Promise<BusEvent | undefined> {
  if ("event" in told) return told.event;
  if ("entry" in told) return statusEvent(told.entry, await consumer.describe(told.entry.executionArn), maxDataBytes);
  const object = await consumer.objects.get(told.eventAt);
  return object === null ? undefined : (JSON.parse(await object.text()) as BusEvent);
}

async function start(
  { id, stateMachineArn }: Extract<RuleTarget, { readonly stateMachineArn: string }>,
  { name: rule, depth = 0 }: RuleMessage["rule"],
  event: BusEvent,
  input: string,
  { operations }: RuleConsumer,
): Promise<string | undefined> {
  if (depth >= MAX_RULE_DEPTH) return `${MAX_RULE_DEPTH} executions that rules started led to each other already`;
  const name = startedName(event.id, rule, id, depth);
  const answer = await operations("StartExecution", { stateMachineArn, name, input });
  // The second: it was started when the event was delivered before.
  if (answer.ok || answer.refusal.name === "ExecutionAlreadyExists") return undefined;
  const { name: error, message, status } = answer.refusal;
  const text = `${error}: ${message}`;
  if (status >= 500 || error === "ThrottlingException") throw new Error(text);
  return text;
}

function authorizedBy(connection: string, authorize: Authorize) {
  return async (signal: AbortSignal): Promise<Readonly<Record<string, string>>> => {
    const authorization = await authorize(connection, signal);
    if ("cause" in authorization) throw new Error(`${authorization.error}: ${authorization.cause}`);
    return authorization.headers;
  };
}

/** Whether that is one of these messages. */
export function isRuleMessage(body: unknown): body is RuleMessage {
  const value = body as Json | undefined;
  return isObject(value) && "rule" in value;
}
