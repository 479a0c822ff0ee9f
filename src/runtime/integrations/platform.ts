/** The integrations of a deployment, by its bindings and settings. */
import { readConfig, type Env } from "../../env.ts";
import { bucketsOf } from "../objects/configured-buckets.ts";
import { outboundOf } from "../outbound/platform.ts";
import { callS3 } from "../tasks/s3.ts";
import { callApiGateway } from "./apigateway/apigateway.ts";
import { cloudflareIntegrations } from "./cloudflare/cloudflare.ts";
import { callHttp } from "./http/http.ts";
import type { Integrations } from "./integration.ts";

export function integrationsOf(env: Env): Integrations {
  const outbound = outboundOf(env);
  const sleep = (milliseconds: number): Promise<void> => scheduler.wait(milliseconds);
  return {
    ...cloudflareIntegrations({ env, taskBindings: () => readConfig(env).taskBindings, sleep }),
    apigateway: (call, signal) => {
      const { apiEndpoints: endpoints } = readConfig(env);
      return callApiGateway({ ...outbound, endpoints, sign: undefined }, call, signal);
    },
    http: (call, signal) => callHttp(outbound, call, signal),
    "aws-sdk:s3": (call) => callS3(bucketsOf(env), call),
  };
}
