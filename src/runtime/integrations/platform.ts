/** The integrations of a deployment, by its bindings and settings. */
import type { Env } from "../../env.ts";
import { bucketsOf } from "../objects/configured-buckets.ts";
import { eventBus } from "../events/bus-host.ts";
import { callS3 } from "../tasks/s3.ts";
import { callEvents } from "./eventbridge/put-events.ts";
import type { Integrations } from "./integration.ts";

export function integrationsOf(env: Env): Integrations {
  return {
    events: (call) => callEvents(eventBus(env), call),
    "aws-sdk:eventbridge": (call) => callEvents(eventBus(env), call),
    "aws-sdk:s3": (call) => callS3(bucketsOf(env), call),
  };
}
