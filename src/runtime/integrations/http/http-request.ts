/**
 * What `http:invoke` is asked to send.
 *
 * H1. User-Agent and Range are Step Functions' own, whatever the definition says; what AWS refuses is refused.
 * H2. The attempt's key goes along with what is not idempotent by itself, so that whoever honors it acts once.
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/call-https-apis.html
 */
import { isArray, isObject, memberOf, type Json, type JsonObject } from "../../../asl/json.ts";
import { ParameterFault, readParameters } from "../parameters.ts";
import { bodyText, JSON_TYPE, pairsOfObject, valueIn, type HeaderPairs, type HttpRequest } from "./exchange.ts";
import { ARRAY_FORMATS, formBody, scalarText, type ArrayFormat } from "./form-body.ts";
import { headersFault, HTTP_REFUSED } from "./header-rules.ts";

export interface HttpTask {
  readonly request: HttpRequest;
  /** The connection's name, if there is one. */
  readonly connection?: string;
}

/** What does not stand in the parameters. */
export interface HttpCaller {
  readonly region: string;
  readonly maxBytes: number;
  /** The same for every delivery of one attempt. */
  readonly key: string;
}

const METHODS = new Set(["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD"]);
const BODILESS = new Set(["GET", "HEAD"]);
const KEYED = new Set(["POST", "PATCH"]);
const FORM_TYPE = "application/x-www-form-urlencoded";

/** Throws a ParameterFault. */
export function readHttpTask(given: Json, caller: HttpCaller): HttpTask {
  const parameters = readParameters(given, {
    ApiEndpoint: "text",
    Method: "text",
    Authentication: "object?",
    InvocationConfig: "object?",
    Headers: "object?",
    QueryParameters: "json?",
    RequestBody: "json?",
    Transform: "object?",
  });
  const { ApiEndpoint, Method, Headers = {}, QueryParameters, RequestBody, Transform = {} } = parameters;
  if (!METHODS.has(Method)) throw ParameterFault.ofFormat("Method");
  const pairs = pairsOfObject(Headers);
  if (pairs === undefined) throw ParameterFault.ofFormat("Headers");
  const fault = headersFault(pairs, HTTP_REFUSED);
  if (fault !== undefined) throw new ParameterFault(fault);
  const encoding = readTransform(Transform);
  const hasBody = RequestBody !== undefined && RequestBody !== null;
  if (hasBody && BODILESS.has(Method))
    throw new ParameterFault(`The field 'RequestBody' cannot be used with ${Method}`);
  const headers = allHeaders(pairs, encoding === undefined ? JSON_TYPE : FORM_TYPE, Method, hasBody, caller);
  const type = valueIn(headers, "content-type") ?? JSON_TYPE;
  const connection = connectionOf(parameters.Authentication ?? parameters.InvocationConfig);
  return {
    request: {
      method: Method,
      url: withQuery(ApiEndpoint, QueryParameters ?? null),
      headers,
      ...(hasBody && { body: encoding === undefined ? bodyText(RequestBody, type) : encoded(RequestBody, encoding) }),
    },
    ...(connection !== undefined && { connection }),
  };
}

function allHeaders(
  given: HeaderPairs,
  type: string,
  method: string,
  hasBody: boolean,
  { region, maxBytes, key }: HttpCaller,
): HeaderPairs {
  const own: HeaderPairs = [
    ["User-Agent", `Amazon|StepFunctions|HttpInvoke|${region}`],
    ["Range", `bytes=0-${maxBytes}`],
  ];
  const isOwn = (name: string): boolean => valueIn(own, name.toLowerCase()) !== undefined;
  const others = given.filter(([name]) => !isOwn(name));
  const isKeyed = KEYED.has(method) && valueIn(others, "idempotency-key") === undefined;
  return [
    ...(hasBody && valueIn(others, "content-type") === undefined ? [["Content-Type", type] as const] : []),
    ...others,
    ...(isKeyed ? [["Idempotency-Key", key] as const] : []),
    ...own,
  ];
}

/** undefined: the body is not URL-encoded. */
function readTransform(transform: JsonObject): ArrayFormat | undefined {
  const { RequestBodyEncoding = "NONE", RequestEncodingOptions = {} } = readParameters(transform, {
    RequestBodyEncoding: "text?",
    RequestEncodingOptions: "object?",
  });
  const { ArrayFormat: given = "INDICES" } = readParameters(RequestEncodingOptions, { ArrayFormat: "text?" });
  const format = ARRAY_FORMATS.find((known) => known === given);
  if (format === undefined) throw ParameterFault.ofFormat("ArrayFormat");
  if (RequestBodyEncoding !== "NONE" && RequestBodyEncoding !== "URL_ENCODED")
    throw ParameterFault.ofFormat("RequestBodyEncoding");
  return RequestBodyEncoding === "URL_ENCODED" ? format : undefined;
}

function encoded(body: Json, format: ArrayFormat): string {
  if (!isObject(body)) throw new ParameterFault("The value for the field 'RequestBody' must be a JSON OBJECT");
  return formBody(body, format);
}

const CONNECTION_ARN = /^arn:[\w-]+:events:[^:]*:[^:]*:connection\/(?<name>[^/]+)(?:\/[^/]+)?$/u;
const CONNECTION_NAME = /^[\w.-]+$/u;

/** By its ARN, or by its bare name. */
function connectionOf(authentication: JsonObject | undefined): string | undefined {
  if (authentication === undefined) return undefined;
  const arn = memberOf(authentication, "ConnectionArn");
  if (typeof arn !== "string") throw new ParameterFault("The field 'ConnectionArn' is required but was missing");
  const name = CONNECTION_ARN.exec(arn)?.groups?.["name"] ?? (CONNECTION_NAME.test(arn) ? arn : undefined);
  if (name === undefined) throw ParameterFault.ofFormat("ConnectionArn");
  return name;
}

/** The parameters behind what the URL has already: a query's text, a list of such texts, or an object. */
function withQuery(endpoint: string, query: Json): string {
  const texts = queryTexts(query).filter((text) => text !== "");
  if (texts.length === 0) return endpoint;
  const [rest = "", fragment] = endpoint.split("#", 2);
  const url = `${rest}${rest.includes("?") ? "&" : "?"}${texts.join("&")}`;
  return fragment === undefined ? url : `${url}#${fragment}`;
}

function queryTexts(query: Json): readonly string[] {
  if (query === null) return [];
  if (typeof query === "string") return [new URLSearchParams(query).toString()];
  if (isArray(query)) return query.flatMap((item) => [...queryTexts(item)]);
  if (!isObject(query)) throw ParameterFault.ofFormat("QueryParameters");
  const pairs = Object.entries(query).flatMap(([name, value]) =>
    (isArray(value) ? value : [value]).map((item) => [name, scalarText(item)]),
  );
  return [new URLSearchParams(pairs).toString()];
}
