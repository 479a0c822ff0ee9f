/** The integrations of a deployment, by its bindings and settings. */
import type { Env } from "../../env.ts";
import { bucketsOf } from "../objects/configured-buckets.ts";
import { tablesOf } from "../tables/platform.ts";
import { callS3 } from "../tasks/s3.ts";
import { callDynamoDb } from "./dynamodb/dynamodb.ts";
import type { Integrations } from "./integration.ts";

export function integrationsOf(env: Env): Integrations {
  return {
    dynamodb: (call) => callDynamoDb(tablesOf(env), call),
    "aws-sdk:dynamodb": (call) => callDynamoDb(tablesOf(env), call),
    "aws-sdk:s3": (call) => callS3(bucketsOf(env), call),
  };
}
