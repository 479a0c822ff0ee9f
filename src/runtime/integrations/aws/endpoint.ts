/** Where a service is, and for which region and service a request to it is signed. */
import { memberOf, type JsonObject } from "../../../asl/json.ts";
import type { Operation, ServiceModel } from "../../../services/model.ts";
import type { AwsSettings } from "./settings.ts";

export interface Endpoint {
  /** Without a path. */
  readonly origin: string;
  readonly signingName: string;
  readonly signingRegion: string;
  /** Whether the host has the bucket's name, which then is not in the path. */
  readonly hasBucket: boolean;
}

/** @param service as `aws-sdk:` resources name it; undefined: only AWS_ENDPOINTS can say where it is */
export function endpointOf(
  { region, endpoints }: Pick<AwsSettings, "region" | "endpoints">,
  service: string,
  { facts }: Pick<ServiceModel, "facts">,
  { hostPrefix }: Pick<Operation, "hostPrefix">,
  input: JsonObject,
): Endpoint | undefined {
  const { endpointPrefix, signingName } = facts;
  const global = memberOf(GLOBAL, service);
  const signed = { signingName, signingRegion: global === undefined ? region : GLOBAL_REGION, hasBucket: false };
  const own = memberOf(endpoints, service) ?? memberOf(endpoints, "*");
  if (typeof own === "string") return { origin: new URL(own).origin, ...signed };
  if (OF_THE_ACCOUNT.has(service)) return undefined;
  if (typeof global === "string") return { origin: `https://${global}`, ...signed };
  const bucket = service === "s3" ? hostBucket(input) : undefined;
  const suffix = region.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com";
  const host = `${bucket === undefined ? hostPrefix : `${bucket}.`}${endpointPrefix}.${region}.${suffix}`;
  return { origin: `https://${host}`, ...signed, hasBucket: bucket !== undefined };
}

/** Services that are in one place only. */
const GLOBAL: JsonObject = {
  account: "account.us-east-1.amazonaws.com",
  budgets: "budgets.amazonaws.com",
  costexplorer: "ce.us-east-1.amazonaws.com",
  iam: "iam.amazonaws.com",
  organizations: "organizations.us-east-1.amazonaws.com",
  route53: "route53.amazonaws.com",
  support: "support.us-east-1.amazonaws.com",
};
const GLOBAL_REGION = "us-east-1";

/** Each account, or each API, has a host of its own, which is not found out here. */
const OF_THE_ACCOUNT: ReadonlySet<string> = new Set(["apigatewaymanagementapi", "timestreamquery", "timestreamwrite"]);

/** A bucket whose name can be part of a host; others stay in the path. */
function hostBucket(input: JsonObject): string | undefined {
  const bucket = memberOf(input, "Bucket");
  return typeof bucket === "string" && /^[a-z\d][a-z\d-]{1,61}[a-z\d]$/u.test(bucket) ? bucket : undefined;
}
