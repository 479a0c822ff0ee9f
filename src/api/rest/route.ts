/** What a route is: one row of the table that the application and the OpenAPI document are made of. */
import type { JsonObject } from "../../asl/json.ts";
import type { ArnConfig } from "../../runtime/arn.ts";
import type { Output } from "../aws-json.ts";
import type { ApiContext } from "../context.ts";
import type { Operation } from "../inputs.ts";
import type { JsonSchema } from "./schema.ts";

export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

interface RouteBase {
  readonly method: Method;
  /** With parameters in braces, as OpenAPI writes them. `{key}` may hold slashes. */
  readonly path: string;
  readonly summary: string;
}

/** The values of the parameters in a route's path. */
export type PathValues = Readonly<Record<string, string>>;

/** Performs one of the service's operations. */
export interface OperationRoute extends RouteBase {
  readonly operation: Operation;
  /** Distinguishes routes of one operation; the operation's own name where absent. */
  readonly id?: string;
  /** The input's members that the path gives. The others come from the body, and where there is none, from the query. */
  readonly given: readonly string[];
  readonly give: (path: PathValues, config: ArnConfig) => JsonObject;
  /** Members that come from the query although there is a body. */
  readonly fromQuery?: readonly string[];
  /** Members that go without saying. */
  readonly fixed?: JsonObject;
  /** What the path demands of the body; a text says what is wrong. */
  readonly refuse?: (input: JsonObject, path: PathValues, config: ArnConfig) => string | undefined;
  readonly status: 200 | 201 | 204;
  /** Where what was created is found. */
  readonly location?: (output: Output) => string;
  /** Absent where nothing is answered. */
  readonly answer?: JsonSchema;
}

export interface QueryParameter {
  readonly name: string;
  readonly description: string;
  readonly schema: JsonSchema;
  readonly required?: boolean;
}

/** What a route of our own is asked. */
export interface RestRequest {
  readonly context: ApiContext;
  readonly path: PathValues;
  readonly query: ReadonlyMap<string, string>;
  readonly headers: Headers;
  /** The body; `{}` where the route has none, or takes bytes. */
  readonly body: JsonObject;
  /** As it came; its body is unread where the route takes bytes. */
  readonly request: Request;
}

/** Does what the AWS API has no operation for. */
export interface OwnRoute extends RouteBase {
  readonly id: string;
  readonly query: readonly QueryParameter[];
  readonly body?: { readonly schema: JsonSchema; readonly maxBytes: number; readonly anyContentType?: true };
  readonly status: 200 | 204;
  readonly answer?: JsonSchema;
  /** What is bytes of any kind, which `handle` reads or writes itself: the request's body, or the answer's. */
  readonly bytes?: "request" | "answer";
  /** The answer's media type, where it is not JSON. */
  readonly answerType?: string;
  /** What policies call it, where that is not `stepflare:` and the route's id. */
  readonly action?: string;
  /**
   * What that action is on, as policies name it; known before anything is looked up.
   * `open`: anybody may, and nobody is asked who they are.
   */
  readonly resource: "open" | "*" | ((request: Omit<RestRequest, "body">) => string);
  readonly handle: (request: RestRequest) => Promise<Response>;
}

export type Route = OperationRoute | OwnRoute;

/** The names of the parameters in a path. */
export function parametersOf(path: string): readonly string[] {
  return Array.from(path.matchAll(/\{(?<name>\w+)\}/gu), (match) => match.groups?.["name"] ?? "");
}
