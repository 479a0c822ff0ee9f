/** Tables: what DynamoDB's are on AWS. State machines read and write their items. */
import { isObject, memberOf, type JsonObject } from "../../asl/json.ts";
import { readItem } from "../../runtime/tables/attribute-value.ts";
import type { TableDescription } from "../../runtime/tables/table-rpc.ts";
import type { KeyAttribute, KeyType, TableSchema } from "../../runtime/tables/table-schema.ts";
import * as store from "../../runtime/tables/tables.ts";
import { jsonResponse } from "./answer.ts";
import { CURSOR, LIMIT, nextCursorOf, notACursor, readCursor, readCursorKey, readLimit } from "./cursor.ts";
import { problem } from "./problem.ts";
import { badRequest, refusal } from "./read-request.ts";
import type { OwnRoute, RestRequest } from "./route.ts";
import { COUNT, INSTANT, object, oneOf, pageOf, TEXT, type JsonSchema } from "./schema.ts";
import { encodePageToken } from "../../runtime/page-token.ts";

const LIST = "tables";
const MAX_BODY_BYTES = 4096;
const KEY_TYPES: readonly KeyType[] = ["S", "N", "B"];
const MAX_NAME = 255;

const KEY: JsonSchema = {
  ...object("KeyAttribute", { name: TEXT, type: { ...oneOf(...KEY_TYPES), description: "String, number or binary" } }),
  additionalProperties: false,
};
const TTL: JsonSchema = {
  type: "string",
  description: "Items are deleted some time after the moment that this attribute holds, epoch seconds",
};

const WISH: JsonSchema = {
  title: "TableRequest",
  type: "object",
  properties: { partitionKey: KEY, sortKey: KEY, ttlAttribute: TTL },
  required: ["partitionKey"],
  additionalProperties: false,
};

const MEMBERS = {
  name: TEXT,
  tableArn: TEXT,
  partitionKey: KEY,
  "sortKey?": KEY,
  "ttlAttribute?": TTL,
  createdAt: INSTANT,
};

const TABLE = object("Table", { ...MEMBERS, itemCount: COUNT, sizeBytes: COUNT });
const ITEM: JsonSchema = { type: "object", description: "In DynamoDB's JSON", additionalProperties: true };

export const TABLE_ROUTES: readonly OwnRoute[] = [
  {
    method: "GET",
    path: "/api/tables",
    id: "ListTables",
    summary: "Lists the tables",
    resource: "*",
    query: [LIMIT, CURSOR],
    status: 200,
    answer: pageOf("Tables", "tables", object("TableSummary", MEMBERS)),
    handle: async ({ context, query }) => {
      const page = await store.listTables(context.db, readCursor(LIST, query), readLimit(query));
      return jsonResponse(JSON.stringify({ tables: page.items.map(showSchema), ...nextCursorOf(LIST, page.lastKey) }));
    },
  },
  {
    method: "GET",
    path: "/api/tables/{table}",
    id: "DescribeTable",
    summary: "Shows a table, and how much is in it",
    resource: tableResource,
    query: [],
    status: 200,
    answer: TABLE,
    handle: async (request) => {
      const described = await describe(request);
      return described === null ? unknownTable(request) : jsonResponse(JSON.stringify(show(described)));
    },
  },
  {
    method: "PUT",
    path: "/api/tables/{table}",
    id: "PutTable",
    summary: "Makes a table, or changes which attribute says when its items expire; its key stays",
    resource: tableResource,
    query: [],
    body: { schema: WISH, maxBytes: MAX_BODY_BYTES },
    status: 200,
    answer: TABLE,
    handle: put,
  },
  {
    method: "DELETE",
    path: "/api/tables/{table}",
    id: "DeleteTable",
    summary: "Deletes a table with all its items",
    resource: tableResource,
    query: [],
    status: 204,
    handle: async (request) => {
      if ((await describe(request)) === null) return unknownTable(request);
      await store.deleteTable(request.context, nameOf(request));
      return new Response(null, { status: 204 });
    },
  },
  {
    method: "GET",
    path: "/api/tables/{table}/items",
    id: "ListItems",
    summary: "Lists a table's items by their keys",
    resource: tableResource,
    query: [LIMIT, CURSOR],
    status: 200,
    answer: pageOf("Items", "items", ITEM),
    handle: listItems,
  },
];

async function put(request: RestRequest): Promise<Response> {
  const { context, body } = request;
  const tableName = nameOf(request);
  if (!store.isTableName(tableName)) {
    return problem(400, `'${tableName}' cannot be the name of a table: 3 to 255 of a-z, A-Z, 0-9, '_', '-' and '.'`);
  }
  const partitionKey = readKey(body, "partitionKey");
  if (partitionKey === undefined) throw refusal("/partitionKey", "'partitionKey' is missing");
  const sortKey = readKey(body, "sortKey");
  if (sortKey?.name === partitionKey.name) throw refusal("/sortKey/name", "The two keys have the same name");
  const ttlAttribute = readName(body, "ttlAttribute", "");
  const plan = {
    tableName,
    partitionKey,
    ...(sortKey !== undefined && { sortKey }),
    ...(ttlAttribute !== undefined && { ttlAttribute }),
  };
  const schema = await store.createTable(context, plan, context.uuid());
  if (!store.hasKeyOf(schema, plan))
    return problem(409, `The table '${tableName}' has another key, which cannot change`);
  if (schema.ttlAttribute !== ttlAttribute) {
    const changed = await context.table(schema.tableArn).expireBy(ttlAttribute);
    if (changed !== null) await store.storeTable(context.db, changed);
  }
  const described = await describe(request);
  return described === null ? unknownTable(request) : jsonResponse(JSON.stringify(show(described)));
}

async function listItems(request: RestRequest): Promise<Response> {
  const { context, query } = request;
  const scope = ["items", nameOf(request)];
  const [after] = readCursorKey(scope, query) ?? [];
  const start = after === undefined ? {} : { ExclusiveStartKey: startOf(after) };
  const asked = { Limit: readLimit(query), ...start };
  const answer = await context.table(tableResource(request)).perform("scan", JSON.stringify(asked));
  if (!answer.ok && answer.code === "ResourceNotFoundException") return unknownTable(request);
  if (!answer.ok) throw badRequest(answer.message);
  const output = JSON.parse(answer.output) as JsonObject;
  const last = memberOf(output, "LastEvaluatedKey");
  const next = last === undefined ? {} : { nextCursor: encodePageToken(scope, [JSON.stringify(last)]) };
  return jsonResponse(JSON.stringify({ items: memberOf(output, "Items") ?? [], ...next }));
}

/** The key that a cursor of ours holds. */
function startOf(text: unknown): JsonObject {
  const key: unknown = typeof text === "string" ? JSON.parse(text) : undefined;
  if (typeof key !== "object" || key === null) throw notACursor();
  return readItem(key as JsonObject);
}

function readKey(body: JsonObject, member: string): KeyAttribute | undefined {
  const key = memberOf(body, member);
  if (key === undefined) return undefined;
  if (!isObject(key)) throw refusal(`/${member}`, `'${member}' is {"name": …, "type": …}`);
  const unknown = Object.keys(key).find((name) => name !== "name" && name !== "type");
  if (unknown !== undefined) throw refusal(`/${member}/${unknown}`, `There is no member '${unknown}' here`);
  const type = KEY_TYPES.find((one) => one === memberOf(key, "type"));
  if (type === undefined) throw refusal(`/${member}/type`, `'type' is one of ${KEY_TYPES.join(", ")}`);
  const name = readName(key, "name", `/${member}`);
  if (name === undefined) throw refusal(`/${member}/name`, "'name' is missing");
  return { name, type };
}

function readName(body: JsonObject, member: string, at: string): string | undefined {
  const name = memberOf(body, member);
  if (name === undefined) return undefined;
  if (typeof name === "string" && name !== "" && name.length <= MAX_NAME) return name;
  throw refusal(`${at}/${member}`, `'${member}' must be a text of 1 to ${MAX_NAME} characters`);
}

function showSchema({ tableName, tableArn, partitionKey, sortKey, ttlAttribute, createdAt }: TableSchema): object {
  return {
    name: tableName,
    tableArn,
    partitionKey,
    ...(sortKey !== undefined && { sortKey }),
    ...(ttlAttribute !== undefined && { ttlAttribute }),
    createdAt: new Date(createdAt).toISOString(),
  };
}

function show({ schema, itemCount, sizeBytes }: TableDescription): object {
  return { ...showSchema(schema), itemCount, sizeBytes };
}

async function describe(request: RestRequest): Promise<TableDescription | null> {
  return request.context.table(tableResource(request)).describe();
}

function nameOf({ path }: Pick<RestRequest, "path">): string {
  return path["table"] ?? "";
}

function tableResource(request: Pick<RestRequest, "context" | "path">): string {
  return store.tableArnOf(request.context.config, nameOf(request));
}

function unknownTable(request: RestRequest): Response {
  return problem(404, `There is no table '${nameOf(request)}'`);
}
