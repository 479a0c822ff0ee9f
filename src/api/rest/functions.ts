/** Functions: where a function name leads, as people and tools register it. */
import { Hono } from "hono";
import { memberOf, type JsonObject } from "../../asl/json.ts";
import { decodePageToken, encodePageToken } from "../../runtime/page-token.ts";
import * as registry from "../../runtime/registry.ts";
import type { FunctionRecord, FunctionTarget } from "../../runtime/registry.ts";
import type { ApiContext } from "../context.ts";
import { readJsonObject } from "../request-body.ts";
import { problem, type ProblemCause } from "./problem.ts";

/** A Lambda function's name, with or without a qualifier. */
const NAME = /^[\w-]{1,140}(?::[\w$-]{1,128})?$/u;
const BINDING = /^[A-Za-z_$][\w$]{0,127}$/u;
const MAX_URL_CHARACTERS = 2048;
const MAX_BODY_BYTES = 16_384;
const PAGE_SIZE = 1000;
const PAGE_SCOPE = ["functions"] as const;

export function functionRoutes<Bindings extends object>(
  contextOf: (env: Bindings) => ApiContext,
): Hono<{ Bindings: Bindings }> {
  const routes = new Hono<{ Bindings: Bindings }>();

  routes.get("/", async (c) => {
    const token = c.req.query("nextToken");
    const after = token === undefined ? "" : decodePageToken(PAGE_SCOPE, token)?.[0];
    if (typeof after !== "string") return problem(400, "The query parameter nextToken is not a token of this list");
    const page = await registry.listFunctions(contextOf(c.env).db, after, PAGE_SIZE);
    const nextToken = page.lastKey === undefined ? undefined : encodePageToken(PAGE_SCOPE, [page.lastKey]);
    return c.json({ functions: page.items.map(show), ...(nextToken !== undefined && { nextToken }) });
  });

  routes.get("/:name", async (c) => {
    const name = c.req.param("name");
    const record = await registry.findFunction(contextOf(c.env).db, name);
    return record === undefined ? unknownFunction(name) : c.json(show(record));
  });

  routes.put("/:name", async (c) => {
    const name = c.req.param("name");
    if (!NAME.test(name)) return problem(400, `'${name}' cannot be the name of a function`);
    const body = await readJsonObject(c.req.raw, MAX_BODY_BYTES);
    if (!body.ok) return problem(body.fault === "too large" ? 413 : 400, `The request's body is ${body.fault}`);
    const target = readTarget(body.value);
    if ("pointer" in target) return problem(400, target.detail, [target]);
    const context = contextOf(c.env);
    return c.json(show(await registry.putFunction(context.db, name, target, context.now())));
  });

  routes.delete("/:name", async (c) => {
    const name = c.req.param("name");
    return (await registry.deleteFunction(contextOf(c.env).db, name)) ? c.body(null, 204) : unknownFunction(name);
  });

  return routes;
}

function readTarget(body: JsonObject): FunctionTarget | ProblemCause {
  const url = memberOf(body, "url");
  const service = memberOf(body, "service");
  const unknown = Object.keys(body).find((member) => member !== "url" && member !== "service");
  if (unknown !== undefined)
    return { pointer: `/${escapePointer(unknown)}`, detail: `'${unknown}' is not a member of a function` };
  if ((url === undefined) === (service === undefined)) {
    return { pointer: "", detail: 'A function has either a "url" or a "service"' };
  }
  if (service !== undefined) {
    if (typeof service === "string" && BINDING.test(service)) return { service };
    return { pointer: "/service", detail: "'service' must be the name of a service binding" };
  }
  return typeof url === "string" && isCallable(url) ? { url } : { pointer: "/url", detail: NOT_CALLABLE };
}

const NOT_CALLABLE = `'url' must be an http or https URL without credentials, of at most ${MAX_URL_CHARACTERS} characters`;

/** fetch refuses URLs that carry credentials. */
function isCallable(text: string): boolean {
  if (text.length > MAX_URL_CHARACTERS || !URL.canParse(text)) return false;
  const url = new URL(text);
  return (url.protocol === "http:" || url.protocol === "https:") && url.username === "" && url.password === "";
}

function show({ name, target, createdAt }: FunctionRecord): {
  name: string;
  url?: string;
  service?: string;
  createdAt: string;
} {
  return { name, ...target, createdAt: new Date(createdAt).toISOString() };
}

function unknownFunction(name: string): Response {
  return problem(404, `There is no function '${name}'`);
}

function escapePointer(member: string): string {
  return member.replaceAll("~", "~0").replaceAll("/", "~1");
}
