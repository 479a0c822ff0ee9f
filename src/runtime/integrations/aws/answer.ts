/** A service's answer, in the protocol it speaks: the result, or what it refused. */
import { isObject, memberOf, setMember, type Json, type JsonObject } from "../../../asl/json.ts";
import type { Member, Operation, ServiceModel } from "../../../services/model.ts";
import { shownJson, shownMembers } from "./json-values.ts";
import { inOrder, shownScalar, textOf, type Showing } from "./scalars.ts";
import { childOf, parseXml, type XmlElement } from "./xml.ts";
import { shownElements, shownXml } from "./xml-values.ts";

export interface WireAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** What a service says is wrong. */
export interface WireError {
  /** As the wire names it, such as `NotFound`; empty: it does not say. */
  readonly code: string;
  /** What it was called before the service spoke JSON; else the same. */
  readonly formerCode: string;
  readonly message: string;
}

/** The answer is none of the protocol. */
export class UnreadableAnswer extends Error {
  override readonly name = "UnreadableAnswer";
}

/** Of an answer with status 200 to 299. Throws an UnreadableAnswer. */
export function readResult(
  model: ServiceModel,
  operation: Operation,
  answer: WireAnswer,
  showing: Showing,
): JsonObject {
  const { output } = operation;
  const shape = output === undefined ? undefined : model.shapeOf(output);
  if (shape?.type !== "structure" || shape.members.length === 0) return {};
  const { members } = shape;
  switch (model.facts.protocol) {
    case "json-1.0":
    case "json-1.1":
      return shownMembers(model, false, members, jsonOf(answer.text), showing);
    case "query": {
      const result = childOf(rootOf(answer.text), `${operation.name}Result`);
      return result === undefined ? {} : shownElements(model, members, result, showing);
    }
    case "ec2":
      return shownElements(model, members, rootOf(answer.text), showing);
    case "rest-json":
    case "rest-xml":
      return inOrder({ ...outsideBody(model, members, answer, showing), ...inBody(model, members, answer, showing) });
  }
}

function inBody(model: ServiceModel, members: readonly Member[], { text }: WireAnswer, showing: Showing): JsonObject {
  const isJson = model.facts.protocol === "rest-json";
  const payload = members.find(({ place }) => place === "body");
  if (payload !== undefined) return bodyMember(model, payload, text, showing);
  const own = members.filter(({ place }) => place === "member" || place === "attribute");
  if (own.length === 0 || text === "") return {};
  return isJson
    ? shownMembers(model, true, own, jsonOf(text), showing)
    : shownElements(model, own, rootOf(text), showing);
}

/** A streamed or plain body is shown as its text. */
function bodyMember(model: ServiceModel, { name, of }: Member, text: string, showing: Showing): JsonObject {
  const shown = showing.nameOf(name);
  const { type } = model.shapeOf(of);
  if (type === "blob" || type === "string" || type === "enum") return { [shown]: text };
  if (text === "") return {};
  if (model.facts.protocol === "rest-json") return { [shown]: shownJson(model, true, of, parsed(text), showing) };
  return { [shown]: shownXml(model, of, rootOf(text), showing) };
}

function outsideBody(
  model: ServiceModel,
  members: readonly Member[],
  { headers, status }: WireAnswer,
  showing: Showing,
): JsonObject {
  const shown: Record<string, Json> = {};
  for (const { name, of, place, wireName } of members) {
    if (place === "status") setMember(shown, showing.nameOf(name), status);
    const header = place === "header" ? headers.get(wireName) : null;
    if (header !== null) setMember(shown, showing.nameOf(name), shownScalar(model.shapeOf(of), header, showing));
    if (place === "headers") setMember(shown, showing.nameOf(name), prefixed(headers, wireName));
  }
  return shown;
}

function prefixed(headers: Headers, prefix: string): JsonObject {
  const small = prefix.toLowerCase();
  const found = [...headers].filter(([name]) => name.startsWith(small));
  return Object.fromEntries(found.map(([name, value]) => [name.slice(small.length), value]));
}

function jsonOf(text: string): JsonObject {
  const value = text === "" ? {} : parsed(text);
  if (isObject(value)) return value;
  throw new UnreadableAnswer("its answer is no JSON object");
}

function parsed(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    throw new UnreadableAnswer("its answer is not JSON");
  }
}

function rootOf(text: string): XmlElement {
  const root = parseXml(text);
  if (root === undefined) throw new UnreadableAnswer("its answer is not XML");
  return root;
}

/** Of any other answer. What no service has said, a proxy for one, has its status for a message. */
export function readError({ facts }: Pick<ServiceModel, "facts">, { status, headers, text }: WireAnswer): WireError {
  const said = facts.protocol.includes("json") ? jsonError(headers, text) : xmlError(text);
  return { code: "", formerCode: "", ...said, message: said?.message || `null (status ${status})` };
}

function jsonError(headers: Headers, text: string): WireError {
  const body = lenientObject(text);
  const named = headers.get("x-amzn-errortype") ?? memberOf(body, "__type") ?? memberOf(body, "code") ?? "";
  // Services that once spoke forms still say what an error was called there: "AWS.SimpleQueueService.NonExistentQueue;Sender".
  const [, once] = /^([^;]+);/u.exec(headers.get("x-amzn-query-error") ?? "") ?? [];
  const type = textOf(named).replace(/:.*$/u, "").replace(/^.*#/u, "");
  const message = memberOf(body, "message") ?? memberOf(body, "Message") ?? memberOf(body, "errorMessage") ?? "";
  return { code: type === "" ? (once ?? "") : type, formerCode: once ?? type, message: textOf(message) };
}

function lenientObject(text: string): JsonObject {
  try {
    const value = JSON.parse(text) as Json;
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
}

/** `<Error>` stands by itself, in `<ErrorResponse>`, or in EC2's `<Response><Errors>`. */
function xmlError(text: string): WireError | undefined {
  const root = parseXml(text);
  const error = root?.name === "Error" ? root : (childOf(root, "Error") ?? childOf(childOf(root, "Errors"), "Error"));
  if (error === undefined) return undefined;
  const code = childOf(error, "Code")?.text ?? "";
  return { code, formerCode: code, message: childOf(error, "Message")?.text ?? "" };
}
