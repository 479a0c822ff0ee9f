/** Functions: where a function name leads, as people and tools register it. */
import { memberOf } from "../../asl/json.ts";
import * as registry from "../../runtime/registry.ts";
import type { FunctionRecord, FunctionTarget } from "../../runtime/registry.ts";
import { jsonResponse } from "./answer.ts";
import { CURSOR, LIMIT, nextCursorOf, readCursor, readLimit } from "./cursor.ts";
import { findConnection } from "../../runtime/connections/connection.ts";
import { MAX_URL_CHARACTERS } from "../../runtime/outbound/destination.ts";
import { problem, type ProblemCause } from "./problem.ts";
import type { OwnRoute, RestRequest } from "./route.ts";
import { INSTANT, object, pageOf, TEXT, type JsonSchema } from "./schema.ts";
import { urlFault } from "./secrets.ts";

/** A Lambda function's name, with or without a qualifier. */
export const FUNCTION_NAME: RegExp = /^[\w-]{1,140}(?::[\w$-]{1,128})?$/u;
const BINDING = /^[A-Za-z_$][\w$]{0,127}$/u;
const MAX_BODY_BYTES = 16_384;
const LIST = "functions";

const TARGET: JsonSchema = {
  title: "FunctionTarget",
  description:
    "Either a URL, with the name of a connection that authorizes its calls if it needs one, or a service binding",
  type: "object",
  properties: {
    url: { type: "string", maxLength: MAX_URL_CHARACTERS },
    connection: { type: "string", maxLength: 64 },
    service: { type: "string", maxLength: 128 },
  },
  additionalProperties: false,
};

const FUNCTION = object("Function", {
  name: TEXT,
  "url?": TEXT,
  "connection?": TEXT,
  "service?": TEXT,
  createdAt: INSTANT,
});

export const FUNCTION_ROUTES: readonly OwnRoute[] = [
  {
    method: "GET",
    path: "/api/functions",
    id: "ListFunctions",
    summary: "Lists the registered functions",
    query: [LIMIT, CURSOR],
    resource: "*",
    status: 200,
    answer: pageOf("Functions", "functions", FUNCTION),
    handle: async ({ context, query }) => {
      const page = await registry.listFunctions(context.db, readCursor(LIST, query), readLimit(query));
      const functions = page.items.map(show);
      return jsonResponse(JSON.stringify({ functions, ...nextCursorOf(LIST, page.lastKey) }));
    },
  },
  {
    method: "GET",
    path: "/api/functions/{function}",
    id: "DescribeFunction",
    summary: "Shows where a function leads",
    query: [],
    resource: functionResource,
    status: 200,
    answer: FUNCTION,
    handle: async ({ context, path: { function: name = "" } }) => {
      const record = await registry.findFunction(context.db, name);
      return record === undefined ? unknownFunction(name) : jsonResponse(JSON.stringify(show(record)));
    },
  },
  {
    method: "PUT",
    path: "/api/functions/{function}",
    id: "PutFunction",
    summary: "Registers a function, or changes where it leads",
    query: [],
    resource: functionResource,
    // A browser asks before it sends a PUT to another origin, whatever the content type is.
    body: { schema: TARGET, maxBytes: MAX_BODY_BYTES, anyContentType: true },
    status: 200,
    answer: FUNCTION,
    handle: async (request) => {
      const { context, path } = request;
      const { function: name = "" } = path;
      if (!FUNCTION_NAME.test(name)) return problem(400, `'${name}' cannot be the name of a function`);
      const target = await readTarget(request);
      if ("pointer" in target) return problem(400, target.detail, [target]);
      return jsonResponse(JSON.stringify(show(await registry.putFunction(context.db, name, target, context.now()))));
    },
  },
  {
    method: "DELETE",
    path: "/api/functions/{function}",
    id: "DeleteFunction",
    summary: "Forgets a function",
    query: [],
    resource: functionResource,
    status: 204,
    handle: async ({ context, path: { function: name = "" } }) => {
      const wasThere = await registry.deleteFunction(context.db, name);
      return wasThere ? new Response(null, { status: 204 }) : unknownFunction(name);
    },
  },
];
function functionResource({ context, path }: Pick<RestRequest, "context" | "path">): string {
  const { region, accountId } = context.config;
  return `arn:aws:lambda:${region}:${accountId}:function:${path["function"] ?? ""}`;
}

async function readTarget(request: RestRequest): Promise<FunctionTarget | ProblemCause> {
  const { body, context } = request;
  const url = memberOf(body, "url");
  const service = memberOf(body, "service");
  const connection = memberOf(body, "connection");
  if ((url === undefined) === (service === undefined)) {
    return { pointer: "", detail: 'A function has either a "url" or a "service"' };
  }
  if (service !== undefined) {
    if (connection !== undefined) return { pointer: "/connection", detail: "Only calls of a URL have a connection" };
    if (typeof service === "string" && BINDING.test(service)) return { service };
    return { pointer: "/service", detail: "'service' must be the name of a service binding" };
  }
  const fault = typeof url === "string" ? urlFault(request, url) : "is not a URL";
  if (typeof url !== "string" || fault !== undefined) return { pointer: "/url", detail: `'url' ${fault}` };
  if (connection === undefined) return { url };
  const isThere =
    typeof connection === "string" && (await findConnection(context.db, context.sealer, connection)) !== undefined;
  return isThere ? { url, connection } : { pointer: "/connection", detail: "There is no connection of that name" };
}

function show({ name, target, createdAt }: FunctionRecord): {
  name: string;
  url?: string;
  connection?: string;
  service?: string;
  createdAt: string;
} {
  return { name, ...target, createdAt: new Date(createdAt).toISOString() };
}

function unknownFunction(name: string): Response {
  return problem(404, `There is no function '${name}'`);
}
