/**
 * What a request asks of a route, or the problem with it.
 *
 * P1. What a route does not know is refused rather than ignored: a misspelt filter must not answer everything.
 * P2. A request with a body says that it is JSON; a browser asks before it sends that to another origin.
 */
import { isArray, isObject, memberOf, type Json, type JsonObject } from "../../asl/json.ts";
import type { ApiContext } from "../context.ts";
import { maxBodyBytes, readJsonObject } from "../request-body.ts";
import type { Shape, StructureShape } from "../shape.ts";
import { INPUTS } from "../shapes.ts";
import { problem, type ProblemCause } from "./problem.ts";
import type { OperationRoute, OwnRoute, PathValues, QueryParameter } from "./route.ts";
import { isJsonMember, schemaOfMember, type JsonSchema } from "./schema.ts";

/** Ends a request with the response. */
export class Refusal extends Error {
  readonly response: Response;

  constructor(response: Response) {
    super(`refused with ${response.status}`);
    this.response = response;
  }
}

/** An execution's data may nest that deep; the body holds it a few levels down. */
const MAX_DEPTH = 1010;

/** What pages of lists are asked for with here, by AWS's name. */
const PAGING: Readonly<Record<string, { readonly name: string; readonly description: string }>> = {
  maxResults: { name: "limit", description: "At most so many items; 0 is the default, 100" },
  nextToken: { name: "cursor", description: "The `nextCursor` of the page before, with the same other parameters" },
};

/** A query parameter and the member of the operation's input that it gives. */
export interface MemberParameter extends QueryParameter {
  readonly member: string;
  readonly shape: Shape;
}

export function hasBody({ method }: { readonly method: string }): boolean {
  return method !== "GET" && method !== "DELETE";
}

export function shapeOf({ operation }: OperationRoute): StructureShape {
  return INPUTS[operation];
}

/** The members that are neither in the path nor fixed, of the query or of the body. */
export function membersOf(route: OperationRoute, place: "query" | "body"): readonly string[] {
  const { given, fixed = {}, fromQuery = [] } = route;
  const open = Object.keys(shapeOf(route).members).filter((name) => !given.includes(name) && !(name in fixed));
  const isInQuery = (name: string): boolean => !hasBody(route) || fromQuery.includes(name);
  return open.filter((name) => isInQuery(name) === (place === "query"));
}

export function queryParametersOf(route: OperationRoute): readonly MemberParameter[] {
  const shape = shapeOf(route);
  return membersOf(route, "query").flatMap((member) => {
    const memberShape = shape.members[member];
    if (memberShape === undefined) return [];
    const { name, description } = PAGING[member] ?? { name: member, description: DESCRIPTIONS[member] ?? member };
    const required = shape.required.includes(member);
    return { name, description, member, shape: memberShape, schema: schemaOfMember(member, memberShape), required };
  });
}

const DESCRIPTIONS: Readonly<Record<string, string>> = {
  includedData: "METADATA_ONLY leaves definitions, inputs and outputs out",
  includeExecutionData: "Whether inputs and outputs are shown; they are unless it says false",
  reverseOrder: "The newest event first",
  statusFilter: "Only executions of this status",
  redriveFilter: "Only executions that were, or were not, redriven",
  tagKeys: "A tag's key; may be given several times",
};

/** The input of the route's operation. */
export async function readOperationInput(
  route: OperationRoute,
  request: Request,
  path: PathValues,
  { config, quotas }: ApiContext,
): Promise<JsonObject> {
  const query = readOperationQuery(route, new URL(request.url).searchParams);
  const body = hasBody(route) ? await readBody(request, maxBodyBytes(quotas)) : {};
  const shape = shapeOf(route);
  const causes = unknownMembers(body, shape, membersOf(route, "body"), "");
  if (causes.length > 0) throw new Refusal(problem(400, causes.map((cause) => cause.detail).join("; "), causes));
  const refused = route.refuse?.(body, path, config);
  if (refused !== undefined) throw new Refusal(problem(400, refused));
  return { ...withJsonTexts(body, shape), ...query, ...route.fixed, ...route.give(path, config) };
}

/** The query of a route of our own; each parameter once, and only those it knows. */
export function readOwnQuery(route: OwnRoute, params: URLSearchParams): ReadonlyMap<string, string> {
  const known = route.query.map(({ name }) => name);
  refuseUnknown(params, (name) => known.some((other) => other === name || isMemberOf(name, other)));
  const query = new Map<string, string>();
  for (const name of new Set(params.keys())) query.set(name, onlyOne(params, name));
  for (const { name, required } of route.query) {
    if (required === true && !query.has(name)) throw badRequest(`The query parameter '${name}' is missing`);
  }
  return query;
}

export async function readBody(request: Request, maxBytes: number, anyContentType = false): Promise<JsonObject> {
  const type = request.headers.get("content-type");
  const isEmpty = request.body === null || request.headers.get("content-length") === "0";
  if (!anyContentType && !isEmpty && !/^application\/(?:[\w.-]+\+)?json(?:\s*;|$)/iu.test(type ?? "")) {
    throw new Refusal(problem(415, "The request's body must be application/json"));
  }
  if (isEmpty && !anyContentType) return {};
  const body = await readJsonObject(request, maxBytes, MAX_DEPTH);
  if (body.ok) return body.value;
  throw new Refusal(problem(body.fault === "too large" ? 413 : 400, `The request's body is ${body.fault}`));
}

/** A request that is refused for one member of its body. @param pointer a JSON pointer; `""` is the body as a whole */
export function refusal(pointer: string, detail: string): Refusal {
  return new Refusal(problem(400, detail, [{ pointer, detail }]));
}

/** A misspelt member must not do nothing. Where members depend on each other, the schema allows others and the route refuses. */
export function refuseUnknownMembers(body: JsonObject, { properties = {}, additionalProperties }: JsonSchema): void {
  if (additionalProperties !== false) return;
  const unknown = Object.keys(body).find((member) => !Object.hasOwn(properties, member));
  if (unknown !== undefined) throw refusal(`/${escapePointer(unknown)}`, `There is no member '${unknown}' here`);
}

export function escapePointer(member: string): string {
  return member.replaceAll("~", "~0").replaceAll("/", "~1");
}

export function badRequest(detail: string): Refusal {
  return new Refusal(problem(400, detail));
}

function readOperationQuery(route: OperationRoute, params: URLSearchParams): JsonObject {
  const parameters = queryParametersOf(route);
  refuseUnknown(params, (name) => parameters.some((parameter) => parameter.name === name));
  const given = parameters.filter(({ name }) => params.has(name));
  return Object.fromEntries(
    given.map(({ name, member, shape }) => {
      const value = shape.type === "list" ? params.getAll(name) : valueOf(onlyOne(params, name), shape);
      return [member, value];
    }),
  );
}

/** What is of the wrong form stays text, which the operation's own check refuses. */
function valueOf(text: string, shape: Shape): Json {
  if (shape.type === "boolean") return text === "true" ? true : text === "false" ? false : text;
  const isNumber = shape.type === "integer" || shape.type === "long" || shape.type === "float";
  return isNumber && /^-?\d{1,15}$/u.test(text) ? Number(text) : text;
}

function refuseUnknown(params: URLSearchParams, isKnown: (name: string) => boolean): void {
  const unknown = [...params.keys()].find((name) => !isKnown(name));
  if (unknown !== undefined) throw badRequest(`There is no query parameter '${unknown}' here`);
}

/** Whether that is `object[…]`, as OpenAPI's style deepObject writes the members of an object. */
function isMemberOf(name: string, objectName: string): boolean {
  return name.startsWith(`${objectName}[`) && name.endsWith("]");
}

function onlyOne(params: URLSearchParams, name: string): string {
  const [value = "", ...others] = params.getAll(name);
  if (others.length > 0) throw badRequest(`The query parameter '${name}' is given more than once`);
  return value;
}

function unknownMembers(
  object: JsonObject,
  { members }: StructureShape,
  names: readonly string[],
  at: string,
): ProblemCause[] {
  return Object.keys(object).flatMap((name) => {
    const pointer = `${at}/${escapePointer(name)}`;
    const shape = names.includes(name) ? members[name] : undefined;
    if (shape === undefined) return [{ pointer, detail: `There is no member '${name}' here` }];
    return unknownBelow(memberOf(object, name), shape, pointer);
  });
}

function unknownBelow(value: Json | undefined, shape: Shape, pointer: string): ProblemCause[] {
  if (shape.type === "structure" && isObject(value)) {
    return unknownMembers(value, shape, Object.keys(shape.members), pointer);
  }
  if (shape.type !== "list" || !isArray(value)) return [];
  return value.flatMap((item, index) => unknownBelow(item, shape.member, `${pointer}/${index}`));
}

/** With text where AWS has JSON text. A definition that is text already stays as it is written. */
function withJsonTexts(object: JsonObject, { members }: StructureShape): JsonObject {
  const entries = Object.entries(object).map(([name, value]): [string, Json] => {
    const shape = members[name];
    if (shape === undefined) return [name, value];
    if (shape.type === "structure" && isObject(value)) return [name, withJsonTexts(value, shape)];
    const isText = !isJsonMember(name, shape) || (name === "definition" && typeof value === "string");
    return [name, isText ? value : JSON.stringify(value)];
  });
  return Object.fromEntries(entries);
}
