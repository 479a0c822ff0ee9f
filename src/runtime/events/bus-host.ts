/** The platform for the event bus: its rules, its queue, and what the targets of rules need. */
import { readConfig, type Env } from "../../env.ts";
import type { EventMessage } from "../event-queue.ts";
import { outboundOf } from "../outbound/platform.ts";
import { queuesOf } from "../queues/platform.ts";
import { queueOf } from "../queue-binding.ts";
import type { CallOperation } from "../tasks/states.ts";
import type { SourceConsumer } from "./event-sources.ts";
import type { EventSources } from "./source-settings.ts";
import type { EventBus } from "./event-bus.ts";
import { findRule, recentRules } from "./event-rules.ts";
import type { RuleConsumer } from "./rule-delivery.ts";
import type { RuleMessage } from "./rule-messages.ts";

/** Undefined: no queue is bound. */
export function eventSender(
  env: Env,
): ((messages: readonly (EventMessage | RuleMessage)[]) => Promise<unknown>) | undefined {
  const queue = env.EVENTS_QUEUE;
  return queue && ((messages) => queue.sendBatch(messages.map((body) => ({ body }))));
}

export function eventBus(env: Env): EventBus {
  return {
    config: readConfig(env),
    now: () => Date.now(),
    uuid: () => crypto.randomUUID(),
    rules: () => recentRules(env.CATALOGUE, Date.now()),
    send: eventSender(env),
    objects: env.OBJECTS,
  };
}

export function ruleConsumer(env: Env, operations: CallOperation): RuleConsumer {
  const config = readConfig(env);
  const { send, authorize } = outboundOf(env);
  return {
    config,
    now: () => Date.now(),
    findRule: (name) => findRule(env.CATALOGUE, config.sealer, name),
    describe: async (executionArn) => {
      const answer = await env.EXECUTION.getByName(executionArn).describe(true);
      return answer.ok ? answer.value : undefined;
    },
    operations,
    post: send,
    authorize,
    findQueue: (name) => queueOf(env, name),
    queues: queuesOf(env),
    objects: env.OBJECTS,
    logDefect: (message, error) => console.error(`stepflare: ${message}`, error),
  };
}

export function sourceConsumer(env: Env, sources: EventSources): SourceConsumer {
  return {
    bus: eventBus(env),
    sources,
    logDefect: (message, error) => console.error(`stepflare: ${message}`, error),
  };
}
