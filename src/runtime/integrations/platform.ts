/** The integrations of a deployment, by its bindings and settings. */
import type { Env } from "../../env.ts";
import { bucketsOf } from "../objects/configured-buckets.ts";
import { callS3 } from "../tasks/s3.ts";
import type { Integrations } from "./integration.ts";
import { sqsOf } from "./sqs/platform.ts";
import { callSqs, callSqsSdk } from "./sqs/sqs.ts";

export function integrationsOf(env: Env): Integrations {
  return {
    "aws-sdk:s3": (call) => callS3(bucketsOf(env), call),
    sqs: (call) => callSqs(sqsOf(env), call),
    "aws-sdk:sqs": (call) => callSqsSdk(sqsOf(env), call),
  };
}
