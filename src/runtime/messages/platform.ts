/** The platform for messages: on their way to topics, and where they arrive. */
import { readConfig, type Env } from "../../env.ts";
import { mailOf } from "../email/platform.ts";
import { outboundOf } from "../outbound/platform.ts";
import { findQueuePlan } from "../queues/queues.ts";
import { deliveriesOf, queuesOf } from "../queues/platform.ts";
import { readRecently } from "../recent-reads.ts";
import { invokeFunction, parseFunctionName, type FunctionDirectory } from "../tasks/functions.ts";
import { withinTime } from "../time-limit.ts";
import { publisher, type Publish } from "../topics/publish.ts";
import { findTopicSubscription, readTopic } from "../topics/topics.ts";
import type { MessageConsumer } from "./consume.ts";

/** The platform ends a queue's consumer after 15 minutes, and then delivers again what its other messages were, too. */
const MAX_DURATION_MS = 840_000;

export function messageConsumer(env: Env, functions: FunctionDirectory): MessageConsumer {
  const config = readConfig(env);
  return {
    config,
    now: () => Date.now(),
    queues: queuesOf(env),
    objects: env.OBJECTS,
    findPlan: (name) => findQueuePlan(env.CATALOGUE, name),
    findSubscription: (topic, name) => findTopicSubscription(env.CATALOGUE, config.sealer, topic, name),
    post: outboundOf(env).send,
    sendMail: mailOf(env),
    mailFrom: config.email?.from,
    invoke: (name, payload, call) =>
      withinTime(MAX_DURATION_MS, (signal) =>
        invokeFunction(functions, parseFunctionName(name), payload, call, signal),
      ),
    logDefect,
  };
}

/** Publishes on topics by name. */
export function topicsOf(env: Env): Publish {
  return publisher({
    readTopic: (name) => readRecently(env.CATALOGUE, Date.now(), `topic/${name}`, () => readTopic(env.CATALOGUE, name)),
    queues: queuesOf(env),
    deliveries: deliveriesOf(env),
    logDefect,
  });
}

function logDefect(message: string, error: unknown): void {
  console.error(`stepflare: ${message}`, error);
}
