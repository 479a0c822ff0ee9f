/** Actions on tables: one table's go to its object as they are, those on several are taken apart. */
import { isArray, isObject, type Json, type JsonObject } from "../../../asl/json.ts";
import { describeTable } from "../../tables/actions/describe.ts";
import { invalid, TableFault } from "../../tables/table-fault.ts";
import type { TableActionName } from "../../tables/table-rpc.ts";
import { createTable, deleteTable, type TableDirectory } from "../../tables/tables.ts";
import type { ActionName } from "./shapes.ts";
import { readTableArn } from "./table-names.ts";
import { readTablePlan } from "./table-plan.ts";

/** A request, and what tells its deliveries from other requests. */
export interface TableRequest {
  readonly request: JsonObject;
  readonly call: string;
}

const MAX_BATCH_READS = 100;
const MAX_BATCH_WRITES = 25;

/** The action's output. Throws DynamoDB's refusal, as a TableFault. */
export async function performTableAction(
  directory: TableDirectory,
  action: ActionName,
  asked: TableRequest,
): Promise<JsonObject> {
  switch (action) {
    case "getItem":
    case "putItem":
    case "deleteItem":
    case "updateItem":
    case "query":
    case "scan":
      return perform(directory, tableArn(directory, asked.request), action, asked);
    case "batchGetItem":
      return batchGetItem(directory, asked);
    case "batchWriteItem":
      return batchWriteItem(directory, asked);
    case "transactWriteItems":
      return transactWriteItems(directory, asked);
    case "describeTable":
      return { Table: await describe(directory, asked.request) };
    case "createTable":
      return create(directory, asked);
    case "deleteTable":
      return remove(directory, asked.request);
  }
}

async function perform(
  directory: TableDirectory,
  arn: string,
  action: TableActionName,
  { request, call }: TableRequest,
): Promise<JsonObject> {
  const answer = await directory.table(arn).perform(action, JSON.stringify(request), call);
  if (answer.ok) return JSON.parse(answer.output) as JsonObject;
  throw new TableFault(answer.code, answer.message, JSON.parse(answer.details) as JsonObject);
}

async function batchGetItem(directory: TableDirectory, { request, call }: TableRequest): Promise<JsonObject> {
  const items = Object.entries(request["RequestItems"] as Readonly<Record<string, JsonObject>>);
  refuseEmpty(items.length);
  const count = items.reduce((sum, [, { Keys }]) => sum + lengthOf(Keys), 0);
  if (count > MAX_BATCH_READS) throw invalid("Too many items requested for the BatchGetItem call");
  const answers = await Promise.all(
    items.map(async ([name, part]) => {
      const ofTable = { ...part, ...capacityOf(request) };
      const arn = readTableArn(directory.config, name);
      return [name, await perform(directory, arn, "getBatch", { request: ofTable, call })] as const;
    }),
  );
  const left = answers.flatMap(([name, { UnprocessedKeys }]) =>
    UnprocessedKeys === undefined ? [] : [[name, UnprocessedKeys] as const],
  );
  return {
    Responses: Object.fromEntries(answers.map(([name, { Items }]) => [name, Items ?? []])),
    UnprocessedKeys: Object.fromEntries(left),
    ...consumedBy(answers.map(([, answer]) => answer)),
  };
}

async function batchWriteItem(directory: TableDirectory, { request, call }: TableRequest): Promise<JsonObject> {
  const items = Object.entries(request["RequestItems"] as Readonly<Record<string, Json>>);
  refuseEmpty(items.length);
  const count = items.reduce((sum, [, Requests]) => sum + lengthOf(Requests), 0);
  if (count > MAX_BATCH_WRITES) throw invalid("Too many items requested for the BatchWriteItem call");
  const answers = await Promise.all(
    items.map(async ([name, Requests]) => {
      const ofTable = { Requests, ...capacityOf(request) };
      return perform(directory, readTableArn(directory.config, name), "writeBatch", { request: ofTable, call });
    }),
  );
  return { UnprocessedItems: {}, ...consumedBy(answers) };
}

/** In one table: two objects have no transaction in common. */
async function transactWriteItems(directory: TableDirectory, asked: TableRequest): Promise<JsonObject> {
  const items = asked.request["TransactItems"];
  const names = (items !== undefined && isArray(items) ? items : []).flatMap((item) =>
    Object.values(isObject(item) ? item : {}).map((part) => textOf(part as JsonObject, "TableName")),
  );
  const arns = new Set(names.map((name) => readTableArn(directory.config, name)));
  const [arn, ...others] = arns;
  if (others.length > 0) throw invalid("Stepflare has no transactions over more than one table");
  if (arn === undefined) throw invalid("TransactItems can only contain one of Check, Put, Update or Delete");
  return perform(directory, arn, "transactWriteItems", asked);
}

async function describe(directory: TableDirectory, request: JsonObject): Promise<JsonObject> {
  const arn = tableArn(directory, request);
  const described = await directory.table(arn).describe();
  if (described === null) throw notFound(arn);
  return describeTable(described.schema, described);
}

async function create(directory: TableDirectory, { request, call }: TableRequest): Promise<JsonObject> {
  const plan = readTablePlan(tableArn(directory, request), request);
  const tableId = await idOf(call);
  const schema = await createTable(directory, plan, tableId);
  // A call that is made again finds the table that it has made itself.
  if (schema.tableId !== tableId)
    throw new TableFault("ResourceInUseException", `Table already exists: ${plan.tableName}`);
  return { TableDescription: describeTable(schema, { itemCount: 0, sizeBytes: 0 }) };
}

/** The same for every delivery of a call. */
async function idOf(call: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(call));
  return Array.from(new Uint8Array(digest, 0, 16), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function remove(directory: TableDirectory, request: JsonObject): Promise<JsonObject> {
  const described = await describe(directory, request);
  await deleteTable(directory, textOf(described, "TableName"));
  return { TableDescription: { ...described, TableStatus: "DELETING" } };
}

function tableArn({ config }: TableDirectory, request: JsonObject): string {
  return readTableArn(config, textOf(request, "TableName"));
}

/** A member that the request's shape says is a text. */
function textOf(request: JsonObject, name: string): string {
  return request[name] as string;
}

function notFound(arn: string): TableFault {
  const name = arn.replace(/^.*\//u, "");
  return new TableFault("ResourceNotFoundException", `Requested resource not found: Table: ${name} not found`);
}

function lengthOf(list: Json | undefined): number {
  return list !== undefined && isArray(list) ? list.length : 0;
}

function refuseEmpty(count: number): void {
  if (count > 0) return;
  const rule = "Member must have length greater than or equal to 1";
  throw invalid(`1 validation error detected: Value '{}' at 'requestItems' failed to satisfy constraint: ${rule}`);
}

function capacityOf({ ReturnConsumedCapacity }: JsonObject): JsonObject {
  return ReturnConsumedCapacity === undefined ? {} : { ReturnConsumedCapacity };
}

function consumedBy(answers: readonly JsonObject[]): JsonObject {
  const ConsumedCapacity = answers.flatMap((answer) => answer["ConsumedCapacity"] ?? []);
  return ConsumedCapacity.length === 0 ? {} : { ConsumedCapacity };
}
