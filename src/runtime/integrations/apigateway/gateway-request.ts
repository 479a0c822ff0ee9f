/**
 * What `apigateway:invoke` is asked to send.
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/connect-api-gateway.html
 */
import { isArray, isObject, type Json } from "../../../asl/json.ts";
import { bodyText, JSON_TYPE, pairsOfObject, valueIn, type HeaderPairs, type HttpRequest } from "../http/exchange.ts";
import { GATEWAY_REFUSED, headersFault } from "../http/header-rules.ts";
import { ParameterFault, readParameters } from "../parameters.ts";
import type { ApiEndpoints } from "./settings.ts";

export interface GatewayTask {
  readonly request: HttpRequest;
  /** Whether the request is to be signed. */
  readonly signed: boolean;
}

const METHODS = new Set(["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD"]);
const BODILESS = new Set(["GET", "HEAD"]);
const AUTH_TYPES = new Set(["NO_AUTH", "IAM_ROLE", "RESOURCE_POLICY"]);

/** Throws a ParameterFault. @param key of the attempt */
export function readGatewayTask(given: Json, endpoints: ApiEndpoints, key: string): GatewayTask {
  const parameters = readParameters(given, {
    ApiEndpoint: "text",
    Method: "text",
    Headers: "json?",
    Stage: "text?",
    Path: "text?",
    QueryParameters: "json?",
    RequestBody: "json?",
    AllowNullValues: "boolean?",
    AuthType: "text?",
  });
  const { ApiEndpoint, Method, AuthType = "NO_AUTH", RequestBody, AllowNullValues = false } = parameters;
  if (!METHODS.has(Method)) throw ParameterFault.ofFormat("Method");
  if (!AUTH_TYPES.has(AuthType)) throw ParameterFault.ofFormat("AuthType");
  if (/[/?#@\\]/u.test(ApiEndpoint)) throw ParameterFault.ofFormat("ApiEndpoint");
  const headers = listPairs("Headers", parameters.Headers ?? null);
  const fault = headersFault(headers, GATEWAY_REFUSED);
  if (fault !== undefined) throw new ParameterFault(fault);
  const query = listPairs("QueryParameters", parameters.QueryParameters ?? null);
  const hasBody = RequestBody !== undefined && !BODILESS.has(Method);
  const type = valueIn(headers, "content-type") ?? JSON_TYPE;
  const body = hasBody ? bodyText(AllowNullValues ? RequestBody : withoutNulls(RequestBody), type) : undefined;
  const added: HeaderPairs = [
    ["User-Agent", "Amazon|StepFunctions|ApiGatewayInvoke"],
    ["Content-Type", type],
    ["Idempotency-Key", key],
  ];
  return {
    request: {
      method: Method,
      url: urlOf(endpoints.get(ApiEndpoint) ?? `https://${ApiEndpoint}`, parameters, query),
      headers: [...headers, ...added.filter(([name]) => valueIn(headers, name.toLowerCase()) === undefined)],
      ...(body !== undefined && { body }),
    },
    signed: AuthType !== "NO_AUTH",
  };
}

/** Members whose values are lists of texts. */
function listPairs(field: string, given: Json): HeaderPairs {
  if (given === null) return [];
  const pairs = isObject(given) && Object.values(given).every(isArray) ? pairsOfObject(given) : undefined;
  if (pairs === undefined) throw ParameterFault.ofFormat(field);
  return pairs;
}

function urlOf(
  base: string,
  parameters: { readonly Stage?: string; readonly Path?: string },
  query: HeaderPairs,
): string {
  const { Stage = "", Path = "" } = parameters;
  const segments = [Stage, ...Path.split("/")].filter((segment) => segment !== "");
  const path = segments.map((segment) => `/${encodeSegment(segment)}`).join("") + (Path.endsWith("/") ? "/" : "");
  const search = new URLSearchParams(query.map(([name, value]) => [name, value])).toString();
  return `${base}${path === "" ? "/" : path}${search === "" ? "" : `?${search}`}`;
}

/** What is encoded already stays as it is; a dot segment would lead to another path. */
function encodeSegment(segment: string): string {
  if (/^(?:\.|%2e){1,2}$/iu.test(segment)) throw ParameterFault.ofFormat("Path");
  return encodeURIComponent(segment).replaceAll(/%25(?=[\da-f]{2})/giu, "%");
}

/** Without the members that are null, however deep. */
function withoutNulls(value: Json): Json {
  if (isArray(value)) return value.map(withoutNulls);
  if (!isObject(value)) return value;
  const members = Object.entries(value).filter(([, member]) => member !== null);
  return Object.fromEntries(members.map(([name, member]) => [name, withoutNulls(member)]));
}
