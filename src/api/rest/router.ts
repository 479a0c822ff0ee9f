/**
 * The REST API: every route of the table, and what is answered where there is none.
 *
 * R1. Operations are performed by the same code that answers the wire of AWS: rules and texts exist once.
 * R2. Only the page's own origin may change anything: no CORS header is ever sent, and what a browser sends from
 *     elsewhere is refused.
 */
import { Hono } from "hono";
import { isOutage, isOverload } from "../../runtime/outage.ts";
import { ApiError, rateExceeded } from "../api-error.ts";
import { withCallDepth } from "../call-depth.ts";
import type { ApiHost } from "../api-host.ts";
import { NOBODY, type Principal } from "../auth/principal.ts";
import type { ApiContext, KeepAlive } from "../context.ts";
import { perform } from "../operations/perform.ts";
import type { Output } from "../aws-json.ts";
import { answerLongPoll, LongPoll } from "../long-poll.ts";
import { JSON_HEADERS, jsonResponse, writeAnswer } from "./answer.ts";
import { openApiOf } from "./openapi.ts";
import { OPERATION_ROUTES } from "./operation-routes.ts";
import { OWN_ROUTES } from "./own-routes.ts";
import { withTraceHeader } from "../trace-header.ts";
import { problem, problemOf } from "./problem.ts";
import { readBody, readOperationInput, readOwnQuery, Refusal, refuseUnknownMembers } from "./read-request.ts";
import type { OperationRoute, OwnRoute, PathValues, Route } from "./route.ts";
import { object, TEXT } from "./schema.ts";

const OPEN_API: OwnRoute = {
  method: "GET",
  path: "/api/openapi.json",
  id: "GetOpenApi",
  summary: "This document",
  query: [],
  resource: "*",
  status: 200,
  answer: { ...object("OpenApiDocument", { openapi: TEXT }), additionalProperties: true },
  handle: async () => jsonResponse(openApiText()),
};

export const ROUTES: readonly Route[] = [...OPERATION_ROUTES, ...OWN_ROUTES, OPEN_API];

let document: string | undefined;

function openApiText(): string {
  document ??= JSON.stringify(openApiOf(ROUTES));
  return document;
}

/** Serves everything below `/api`, and `/run`. */
export function restRoutes<Bindings extends object>(host: ApiHost<Bindings>): Hono<{ Bindings: Bindings }> {
  const app = new Hono<{ Bindings: Bindings }>();
  for (const route of ROUTES) {
    app.on(route.method, honoPath(route.path), async (c) => {
      const keepAlive: KeepAlive = (work) => c.executionCtx.waitUntil(work);
      const path = c.req.param() as PathValues;
      const contextOf = async (): Promise<ApiContext> => {
        const principal = await admitTo(route, () => host.admit(c.req.raw, c.env, "rest", keepAlive));
        return withCallDepth(host.contextOf(c.env, principal, keepAlive), c.req.raw);
      };
      return answerRoute(route, c.req.raw, path, contextOf, keepAlive);
    });
  }
  for (const path of new Set(ROUTES.map((route) => route.path))) {
    const methods = ROUTES.filter((route) => route.path === path).map((route) => route.method);
    const allow = [...(methods.includes("GET") ? ["HEAD"] : []), ...methods].join(", ");
    app.all(honoPath(path), (c) =>
      problem(405, `${c.req.method} is not possible here, but ${allow}`, undefined, { allow }),
    );
  }
  return app;
}

async function admitTo(route: Route, admit: () => Promise<{ readonly principal: Principal }>): Promise<Principal> {
  const isOpen = "resource" in route && route.resource === "open";
  return isOpen ? NOBODY : (await admit()).principal;
}

async function answerRoute(
  route: Route,
  request: Request,
  path: PathValues,
  contextOf: () => Promise<ApiContext>,
  keepAlive: KeepAlive,
): Promise<Response> {
  try {
    refuseOtherOrigins(request);
    const context = await contextOf();
    return await ("operation" in route
      ? answerOperation(route, request, path, context, keepAlive)
      : answerOwn(route, request, path, context));
  } catch (error) {
    if (error instanceof Refusal) return error.response;
    if (error instanceof ApiError) return problemOf(error);
    if (isOverload(error)) return problemOf(rateExceeded(1));
    if (isOutage(error)) return problem(503, "The service is unavailable at the moment; try again");
    throw error;
  }
}

async function answerOperation(
  route: OperationRoute,
  request: Request,
  path: PathValues,
  context: ApiContext,
  keepAlive: KeepAlive,
): Promise<Response> {
  const { status, location, answer } = route;
  const given = await readOperationInput(route, request, path, context);
  const input = withTraceHeader(route.operation, given, request.headers);
  const output = await perform(context, route.operation, input);
  if (output instanceof LongPoll) {
    const write = (late: Output): string => writeAnswer(late, answer ?? {});
    return answerLongPoll(output, { headers: JSON_HEADERS, write, signal: request.signal, keepAlive });
  }
  const headers = location === undefined ? {} : { location: location(output) };
  if (answer === undefined) return new Response(null, { status, headers });
  return jsonResponse(writeAnswer(output, answer), status, headers);
}

async function answerOwn(route: OwnRoute, request: Request, path: PathValues, context: ApiContext): Promise<Response> {
  const query = readOwnQuery(route, new URL(request.url).searchParams);
  const asked = { context, path, query, headers: request.headers, request };
  const { resource, body: expected } = route;
  if (resource !== "open") {
    context.principal.authorize(route.action ?? `stepflare:${route.id}`, resource === "*" ? resource : resource(asked));
  }
  const body = expected === undefined ? {} : await readBody(request, expected.maxBytes, expected.anyContentType);
  if (expected !== undefined) refuseUnknownMembers(body, expected.schema);
  return route.handle({ ...asked, body });
}

/** What a browser says of a request that a page of another origin makes. */
function refuseOtherOrigins(request: Request): void {
  const site = request.headers.get("sec-fetch-site");
  const isForeign = site === "cross-site" || site === "same-site";
  if (isForeign && request.method !== "GET" && request.method !== "HEAD") {
    throw new Refusal(problem(403, "Pages of other origins may not change anything here"));
  }
}

function honoPath(path: string): string {
  return path.replace("{key}", ":key{.+}").replaceAll(/\{(\w+)\}/gu, ":$1");
}
