/** Connections: how requests to others are authorized. What they hold goes in and is never shown again. */
import { memberOf, type JsonObject } from "../../asl/json.ts";
import * as store from "../../runtime/connections/connection.ts";
import type { ConnectionRecord, ConnectionShown } from "../../runtime/connections/connection.ts";
import { headerFault } from "../../runtime/outbound/headers.ts";
import { MAX_URL_CHARACTERS } from "../../runtime/outbound/destination.ts";
import { jsonResponse } from "./answer.ts";
import { CURSOR, LIMIT, nextCursorOf, readCursor, readLimit } from "./cursor.ts";
import { problem } from "./problem.ts";
import { escapePointer, refusal } from "./read-request.ts";
import type { OwnRoute, RestRequest } from "./route.ts";
import { INSTANT, object, oneOf, pageOf, TEXT, type JsonSchema } from "./schema.ts";
import { refuseWithoutKeys, urlFault } from "./secrets.ts";

const NAME = /^[\w.-]{1,64}$/u;
const MAX_BODY_BYTES = 65_536;
const MAX_VALUE_CHARACTERS = 4_096;
const LIST = "connections";

/** The members of each type: those that are shown, those that may be absent, and the secret. */
const TYPES = {
  BASIC: { shown: ["username"], optional: [], secret: "password" },
  API_KEY: { shown: ["apiKeyName"], optional: [], secret: "apiKeyValue" },
  OAUTH_CLIENT_CREDENTIALS: {
    shown: ["authorizationEndpoint", "clientId"],
    optional: ["scope"],
    secret: "clientSecret",
  },
} as const;

type AuthorizationType = keyof typeof TYPES;
const AUTHORIZATION_TYPE = oneOf(...Object.keys(TYPES));
const VALUE: JsonSchema = { type: "string", minLength: 1, maxLength: MAX_VALUE_CHARACTERS };
const SECRET: JsonSchema = { ...VALUE, description: "Never shown again" };

const WISH: JsonSchema = {
  title: "ConnectionRequest",
  description:
    "BASIC: username, password. API_KEY: apiKeyName (the header), apiKeyValue. OAUTH_CLIENT_CREDENTIALS: authorizationEndpoint, clientId, clientSecret, scope",
  type: "object",
  properties: {
    authorizationType: AUTHORIZATION_TYPE,
    username: VALUE,
    password: SECRET,
    apiKeyName: VALUE,
    apiKeyValue: SECRET,
    authorizationEndpoint: { type: "string", maxLength: MAX_URL_CHARACTERS },
    clientId: VALUE,
    clientSecret: SECRET,
    scope: VALUE,
  },
  required: ["authorizationType"],
  additionalProperties: false,
};

const CONNECTION = object("Connection", {
  name: TEXT,
  authorizationType: AUTHORIZATION_TYPE,
  "username?": TEXT,
  "apiKeyName?": TEXT,
  "authorizationEndpoint?": TEXT,
  "clientId?": TEXT,
  "scope?": TEXT,
  createdAt: INSTANT,
  updatedAt: INSTANT,
});

export const CONNECTION_ROUTES: readonly OwnRoute[] = [
  {
    method: "GET",
    path: "/api/connections",
    id: "ListConnections",
    summary: "Lists the connections, without their secrets",
    resource: "*",
    query: [LIMIT, CURSOR],
    status: 200,
    answer: pageOf("Connections", "connections", CONNECTION),
    handle: async ({ context, query }) => {
      const page = await store.listConnections(context.db, readCursor(LIST, query), readLimit(query));
      return jsonResponse(JSON.stringify({ connections: page.items.map(show), ...nextCursorOf(LIST, page.lastKey) }));
    },
  },
  {
    method: "GET",
    path: "/api/connections/{connection}",
    id: "DescribeConnection",
    summary: "Shows a connection, without its secrets",
    resource: connectionResource,
    query: [],
    status: 200,
    answer: CONNECTION,
    handle: async ({ context, path: { connection: name = "" } }) => {
      const found = await store.findConnection(context.db, context.sealer, name);
      return found === undefined ? unknownConnection(name) : jsonResponse(JSON.stringify(show(found)));
    },
  },
  {
    method: "PUT",
    path: "/api/connections/{connection}",
    id: "PutConnection",
    summary: "Makes a connection, or replaces all that it holds",
    resource: connectionResource,
    query: [],
    body: { schema: WISH, maxBytes: MAX_BODY_BYTES },
    status: 200,
    answer: CONNECTION,
    handle: async (request) => {
      const { context, path } = request;
      const { connection: name = "" } = path;
      if (!NAME.test(name)) return problem(400, `'${name}' cannot be the name of a connection`);
      const wish = readWish(request);
      refuseWithoutKeys(request);
      const stored = await store.putConnection(context.db, context.sealer, { name, ...wish, at: context.now() });
      return jsonResponse(JSON.stringify(show(stored)));
    },
  },
  {
    method: "DELETE",
    path: "/api/connections/{connection}",
    id: "DeleteConnection",
    summary: "Forgets a connection; tasks that need it fail from then on",
    resource: connectionResource,
    query: [],
    status: 204,
    handle: async ({ context, path: { connection: name = "" } }) => {
      const wasThere = await store.deleteConnection(context.db, name);
      return wasThere ? new Response(null, { status: 204 }) : unknownConnection(name);
    },
  },
];

/** No message repeats a value: it may be a secret in the wrong place. */
function readWish(request: RestRequest): { readonly shown: ConnectionShown; readonly secret: string } {
  const { body } = request;
  const authorizationType = memberOf(body, "authorizationType");
  if (!isAuthorizationType(authorizationType)) {
    throw refusal("/authorizationType", `'authorizationType' must be one of ${Object.keys(TYPES).join(", ")}`);
  }
  const { shown, optional, secret } = TYPES[authorizationType];
  const known = new Set<string>(["authorizationType", ...shown, ...optional, secret]);
  const unknown = Object.keys(body).find((member) => !known.has(member));
  if (unknown !== undefined) {
    throw refusal(
      `/${escapePointer(unknown)}`,
      `'${unknown}' is not a member of a connection of type ${authorizationType}`,
    );
  }
  const given = optional.filter((member) => memberOf(body, member) !== undefined);
  const members = [...shown, ...given].map((member) => [member, readValue(body, member)] as const);
  const wish = { authorizationType, ...Object.fromEntries(members) } as ConnectionShown;
  const value = readValue(body, secret);
  refuseUnusable(request, wish, value);
  return { shown: wish, secret: value };
}

function refuseUnusable(request: RestRequest, shown: ConnectionShown, secret: string): void {
  if (shown.authorizationType === "BASIC" && shown.username.includes(":")) {
    throw refusal("/username", "'username' cannot hold a colon");
  }
  if (shown.authorizationType === "API_KEY") {
    if (headerFault(shown.apiKeyName, "") !== undefined) {
      throw refusal("/apiKeyName", "'apiKeyName' must be the name of a header that may be set");
    }
    if (headerFault(shown.apiKeyName, secret) !== undefined) {
      throw refusal("/apiKeyValue", "'apiKeyValue' must be printable characters of ASCII");
    }
  }
  if (shown.authorizationType === "OAUTH_CLIENT_CREDENTIALS") {
    const fault = urlFault(request, shown.authorizationEndpoint);
    if (fault !== undefined) throw refusal("/authorizationEndpoint", `'authorizationEndpoint' ${fault}`);
  }
}

function isAuthorizationType(value: unknown): value is AuthorizationType {
  return typeof value === "string" && Object.hasOwn(TYPES, value);
}

function readValue(body: JsonObject, member: string): string {
  const value = memberOf(body, member);
  if (typeof value === "string" && value !== "" && value.length <= MAX_VALUE_CHARACTERS) return value;
  throw refusal(`/${member}`, `'${member}' must be a text of 1 to ${MAX_VALUE_CHARACTERS} characters`);
}

function show({ name, shown, createdAt, updatedAt }: ConnectionRecord): JsonObject {
  return {
    name,
    ...shown,
    createdAt: new Date(createdAt).toISOString(),
    updatedAt: new Date(updatedAt).toISOString(),
  };
}

function connectionResource({ context, path }: Pick<RestRequest, "context" | "path">): string {
  const { region, accountId } = context.config;
  return `arn:aws:stepflare:${region}:${accountId}:connection:${path["connection"] ?? ""}`;
}

function unknownConnection(name: string): Response {
  return problem(404, `There is no connection '${name}'`);
}
