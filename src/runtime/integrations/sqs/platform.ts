/** Queues as tasks reach them, in a deployment. */
import { readConfig, type Env } from "../../../env.ts";
import { queuesOf } from "../../queues/platform.ts";
import type { SqsHost } from "./sqs.ts";

export function sqsOf(env: Env): SqsHost {
  return { config: readConfig(env), queues: queuesOf(env), now: () => Date.now() };
}
