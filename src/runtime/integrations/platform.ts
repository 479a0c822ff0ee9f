/** The integrations of a deployment, by its bindings and settings. */
import { readConfig, type Env } from "../../env.ts";
import { bucketsOf } from "../objects/configured-buckets.ts";
import { eventBus } from "../events/bus-host.ts";
import { outboundOf } from "../outbound/platform.ts";
import { tablesOf } from "../tables/platform.ts";
import { callS3 } from "../tasks/s3.ts";
import { callApiGateway } from "./apigateway/apigateway.ts";
import { gatewaySigner } from "./aws/sign.ts";
import { cloudflareIntegrations } from "./cloudflare/cloudflare.ts";
import { callDynamoDb } from "./dynamodb/dynamodb.ts";
import { callEvents } from "./eventbridge/put-events.ts";
import { callHttp } from "./http/http.ts";
import type { Integrations } from "./integration.ts";
import { sesOf } from "./ses/platform.ts";
import { callSes, callSesV2 } from "./ses/ses.ts";
import { snsOf } from "./sns/platform.ts";
import { callSns, callSnsSdk } from "./sns/sns.ts";
import { sqsOf } from "./sqs/platform.ts";
import { callSqs, callSqsSdk } from "./sqs/sqs.ts";

export function integrationsOf(env: Env): Integrations {
  const outbound = outboundOf(env);
  const sleep = (milliseconds: number): Promise<void> => scheduler.wait(milliseconds);
  return {
    ...cloudflareIntegrations({ env, taskBindings: () => readConfig(env).taskBindings, sleep }),
    dynamodb: (call) => callDynamoDb(tablesOf(env), call),
    "aws-sdk:dynamodb": (call) => callDynamoDb(tablesOf(env), call),
    apigateway: (call, signal) => {
      const { apiEndpoints: endpoints, aws } = readConfig(env);
      return callApiGateway({ ...outbound, endpoints, sign: gatewaySigner(aws) }, call, signal);
    },
    http: (call, signal) => callHttp(outbound, call, signal),
    events: (call) => callEvents(eventBus(env), call),
    "aws-sdk:eventbridge": (call) => callEvents(eventBus(env), call),
    "aws-sdk:s3": (call) => callS3(bucketsOf(env), call),
    "aws-sdk:ses": (call) => callSes(sesOf(env), call),
    "aws-sdk:sesv2": (call) => callSesV2(sesOf(env), call),
    sns: (call) => callSns(snsOf(env), call),
    "aws-sdk:sns": (call) => callSnsSdk(snsOf(env), call),
    sqs: (call) => callSqs(sqsOf(env), call),
    "aws-sdk:sqs": (call) => callSqsSdk(sqsOf(env), call),
  };
}
