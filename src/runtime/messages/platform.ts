/** The platform for messages that have arrived: the catalogue, functions, and R2. */
import { readConfig, type Env } from "../../env.ts";
import { findQueuePlan } from "../queues/queues.ts";
import { queuesOf } from "../queues/platform.ts";
import { invokeFunction, parseFunctionName, type FunctionDirectory } from "../tasks/functions.ts";
import type { MessageConsumer } from "./consume.ts";

export function messageConsumer(env: Env, functions: FunctionDirectory): MessageConsumer {
  return {
    config: readConfig(env),
    queues: queuesOf(env),
    objects: env.OBJECTS,
    findPlan: (name) => findQueuePlan(env.CATALOGUE, name),
    // Nobody hangs up on a queue's consumer.
    invoke: (name, payload, call) =>
      invokeFunction(functions, parseFunctionName(name), payload, call, new AbortController().signal),
    logDefect: (message, error) => console.error(`stepflare: ${message}`, error),
  };
}
