/** An action's request, in the protocol of its service. */
import { isArray, isObject, memberOf, type Json, type JsonObject } from "../../../asl/json.ts";
import type { Member, MemberPlace, Operation, ServiceModel } from "../../../services/model.ts";
import type { Endpoint } from "./endpoint.ts";
import { formBody } from "./form.ts";
import { wireJson, wireMembers } from "./json-values.ts";
import { ParameterFault } from "./parameters.ts";
import { percentEncoded } from "./percent-encoded.ts";
import { scalarText, textOf, type TimestampFormat } from "./scalars.ts";
import { xmlMembers, xmlText } from "./xml-values.ts";

export interface WireRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** undefined: there is none. */
  readonly body: string | undefined;
}

/** Throws a ParameterFault where the parameters make no URL. @param input as the model names its members */
export function wireRequest(
  model: ServiceModel,
  operation: Operation,
  input: JsonObject,
  endpoint: Endpoint,
): WireRequest {
  const { protocol, target } = model.facts;
  const post = { method: "POST", url: `${endpoint.origin}/` };
  switch (protocol) {
    case "json-1.0":
    case "json-1.1": {
      const headers = {
        "Content-Type": `application/x-amz-${protocol}`,
        "X-Amz-Target": `${target}.${operation.name}`,
      };
      const body = operation.input === undefined ? {} : wireJson(model, false, operation.input, input);
      return { ...post, headers, body: JSON.stringify(body) };
    }
    case "query":
    case "ec2": {
      const headers = { "Content-Type": "application/x-www-form-urlencoded; charset=utf-8" };
      return { ...post, headers, body: formBody(model, operation, input) };
    }
    case "rest-json":
    case "rest-xml":
      return restRequest(model, operation, input, endpoint);
  }
}

/** A structure's members that have a value, by their places. */
type Given = (place: MemberPlace) => readonly (readonly [member: Member, value: Json])[];

function restRequest(model: ServiceModel, operation: Operation, input: JsonObject, endpoint: Endpoint): WireRequest {
  const shape = operation.input === undefined ? undefined : model.shapeOf(operation.input);
  const members = shape?.type === "structure" ? shape.members : [];
  const given: Given = (place) =>
    members.flatMap((member) => {
      const value = memberOf(input, member.name);
      return member.place === place && value !== undefined ? [[member, value] as const] : [];
    });
  const body = restBody(model, operation, members, input, given);
  const query = given("query").flatMap(([member, value]) => queryFields(model, member, value));
  return {
    method: operation.method,
    url: endpoint.origin + pathAndQuery(model, operation.uri, given("uri"), query, endpoint.hasBucket),
    headers: {
      // API Gateway's own answers have other names without it.
      ...(model.facts.protocol === "rest-json" && { Accept: "application/json" }),
      ...(body !== undefined && { "Content-Type": body.type }),
      ...headersOf(model, given),
    },
    body: body?.text,
  };
}

interface Body {
  readonly type: string;
  readonly text: string;
}

function restBody(
  model: ServiceModel,
  operation: Operation,
  members: readonly Member[],
  input: JsonObject,
  given: Given,
): Body | undefined {
  const { protocol, namespace } = model.facts;
  const isJson = protocol === "rest-json";
  const type = isJson ? "application/json" : "application/xml";
  const payload = members.find(({ place }) => place === "body");
  if (payload !== undefined) {
    const value = memberOf(input, payload.name);
    if (value === undefined) return undefined;
    const shape = model.shapeOf(payload.of);
    if (shape.type === "blob") return { type: "application/octet-stream", text: textOf(value) };
    if (shape.type === "string" || shape.type === "enum") return { type: "text/plain", text: textOf(value) };
    if (isJson) return { type, text: JSON.stringify(wireJson(model, true, payload.of, value)) };
    return { type, text: xmlText(model, payload.wireName, payload.of, value, namespace) };
  }
  const inBody = members.filter(({ place }) => place === "member");
  if (inBody.length === 0) return undefined;
  if (isJson) return { type, text: JSON.stringify(wireMembers(model, true, inBody, input)) };
  if (given("member").length === 0) return undefined;
  const root = `${operation.name}Request`;
  const declared = namespace === undefined ? "" : ` xmlns="${namespace}"`;
  return { type, text: `<${root}${declared}>${xmlMembers(model, inBody, input)}</${root}>` };
}

function headersOf(model: ServiceModel, given: Given): Readonly<Record<string, string>> {
  const single = given("header").map(([{ of, wireName }, value]) => [wireName, fieldText(model, of, value, "rfc822")]);
  const many = given("headers").flatMap(([{ wireName }, value]) =>
    isObject(value) ? Object.entries(value).map(([name, text]) => [wireName + name, textOf(text)]) : [],
  );
  const headers: Readonly<Record<string, string>> = Object.fromEntries([...single, ...many]);
  for (const [name, value] of Object.entries(headers)) {
    if (!/^[\w!#$%&'*+.^`|~-]+$/u.test(name) || !/^[\t\x20-\x7e]*$/u.test(value))
      throw new ParameterFault(`The value of the field '${name}' cannot be sent in a header`);
  }
  return headers;
}

function fieldText(model: ServiceModel, of: string, value: Json, format: TimestampFormat): string {
  const shape = model.shapeOf(of);
  if (shape.type !== "list" || !isArray(value)) return scalarText(shape, value, format);
  return value.map((item) => scalarText(model.shapeOf(shape.of), item, format)).join(",");
}

type Field = readonly [name: string, value: string];

function queryFields(model: ServiceModel, { of, wireName }: Member, value: Json): readonly Field[] {
  const shape = model.shapeOf(of);
  if (shape.type === "list" && isArray(value))
    return value.map((item) => [wireName, fieldText(model, shape.of, item, "iso8601")]);
  if (shape.type === "map" && isObject(value))
    return Object.entries(value).flatMap(([name, item]) =>
      isArray(item) ? item.map((each): Field => [name, textOf(each)]) : [[name, textOf(item)] as Field],
    );
  return [[wireName, scalarText(shape, value, "iso8601")]];
}

/** A label ends in `+` where its slashes are the path's own. */
function pathAndQuery(
  model: ServiceModel,
  uri: string,
  labels: readonly (readonly [Member, Json])[],
  fields: readonly Field[],
  hasBucket: boolean,
): string {
  const [template = "", fixed = ""] = uri.split("?");
  const path = (hasBucket ? template.replace("/{Bucket}", "") : template).replaceAll(
    /\{(?<label>[^}+]+)(?<greedy>\+?)\}/gu,
    (_, label: string, greedy: string) => {
      const found = labels.find(([{ wireName }]) => wireName === label);
      const text = found === undefined ? "" : fieldText(model, found[0].of, found[1], "iso8601");
      return labelPath(label, text, greedy === "+");
    },
  );
  const query = fields.map((field) => field.map(percentEncoded).join("="));
  const all = [...(fixed === "" ? [] : [fixed]), ...query].join("&");
  return (path === "" ? "/" : path) + (all === "" ? "" : `?${all}`);
}

/** A URL takes a segment of dots for a step, and would lead elsewhere, however it is written. */
function labelPath(label: string, text: string, isGreedy: boolean): string {
  const segments = isGreedy ? text.split("/") : [text];
  if (text === "" || segments.some((segment) => /^\.{1,2}$/u.test(segment)))
    throw new ParameterFault(`The value of the field '${label}' cannot be part of a URL`);
  return segments.map(percentEncoded).join("/");
}
