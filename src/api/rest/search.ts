/** GET /api/executions: the executions of a state machine, by what is known of them. */
import { qualifiedArn } from "../../runtime/arn.ts";
import type { ExecutionOwner } from "../../runtime/execution-scan.ts";
import type { ExecutionStatus } from "../../runtime/execution-rpc.ts";
import { searchExecutions, type SearchPosition } from "../../runtime/execution-search.ts";
import { encodePageToken, type PageKey } from "../../runtime/page-token.ts";
import type { StateMachineRecord } from "../../runtime/registry.ts";
import { redactorOf } from "../../runtime/redaction.ts";
import { fieldSegments, searchFieldsOf, type FieldValue } from "../../runtime/search-fields.ts";
import type { ApiContext } from "../context.ts";
import { listed } from "../operations/executions.ts";
import { findOf } from "../operations/find.ts";
import { readArn, typeNotSupported } from "../resource-arn.ts";
import { machineArn } from "./addresses.ts";
import { jsonResponse, writeAnswer } from "./answer.ts";
import { EXECUTION_STATUSES, EXECUTIONS } from "./answers.ts";
import { CURSOR, LIMIT, notACursor, readCursorKey, readLimit } from "./cursor.ts";
import { readInstant } from "./instant.ts";
import { maySeeRedacted } from "../redacted-data.ts";
import { problem } from "./problem.ts";
import { badRequest, Refusal } from "./read-request.ts";
import type { OwnRoute, RestRequest } from "./route.ts";
import { INSTANT, oneOf, TEXT } from "./schema.ts";

export const SEARCH_ROUTE: OwnRoute = {
  method: "GET",
  path: "/api/executions",
  id: "SearchExecutions",
  summary:
    "Finds executions of a state machine, newest first; a page may hold fewer than `limit` and still have a next",
  query: [
    { name: "stateMachine", description: "A state machine's name or ARN", schema: TEXT, required: true },
    { name: "version", description: "Only those started by this version", schema: TEXT },
    { name: "alias", description: "Only those started by this alias", schema: TEXT },
    { name: "status", description: "Only those of this status", schema: oneOf(...EXECUTION_STATUSES) },
    { name: "namePrefix", description: "Only those whose name begins so", schema: TEXT },
    { name: "startedAfter", description: "Only those started at this moment or later", schema: INSTANT },
    { name: "startedBefore", description: "Only those started earlier than this moment", schema: INSTANT },
    {
      name: "field",
      description: "Only those with these values in the state machine's search fields: `field[customer]=42`",
      schema: { type: "object", additionalProperties: TEXT },
    },
    LIMIT,
    CURSOR,
  ],
  resource: ({ context, query }) => machineArn(context.config, query.get("stateMachine")),
  status: 200,
  answer: EXECUTIONS,
  handle: search,
};

async function search({ context, query }: RestRequest): Promise<Response> {
  const { machine, startedBy } = await readOwner(context, query);
  const fields = readFields(context, machine, query);
  const status = readStatus(query.get("status"));
  const namePrefix = query.get("namePrefix") ?? "";
  const from = readInstant(query, "startedAfter") ?? 0;
  const before = readInstant(query, "startedBefore") ?? Number.MAX_SAFE_INTEGER;
  const scope = ["search", startedBy.arn, status ?? "", namePrefix, from, before, JSON.stringify(fields)];
  const filter = { stateMachineArn: machine.arn, startedBy, fields, status, namePrefix, from, before };
  const page = await searchExecutions(context.db, {
    ...filter,
    after: readPosition(scope, query),
    limit: readLimit(query),
  });
  const { next } = page;
  const nextToken = next && encodePageToken(scope, [next.startedAt, next.name]);
  return jsonResponse(writeAnswer({ executions: page.entries.map(listed), nextToken }, EXECUTIONS));
}

/** A version or an alias that was deleted is still found by: its executions are there. */
async function readOwner(
  context: ApiContext,
  query: ReadonlyMap<string, string>,
): Promise<{ readonly machine: StateMachineRecord; readonly startedBy: ExecutionOwner }> {
  const { arn } = readArn(machineArn(context.config, query.get("stateMachine")), "stateMachine");
  const version = query.get("version");
  const alias = query.get("alias");
  if (version !== undefined && alias !== undefined) throw badRequest("Only one of 'version' and 'alias' can be given");
  const machine = await findOf(context, arn);
  if (machine.type === "EXPRESS") throw typeNotSupported();
  if (version !== undefined) return { machine, startedBy: { kind: "version", arn: qualifiedArn(arn, version) } };
  if (alias !== undefined) return { machine, startedBy: { kind: "alias", arn: qualifiedArn(arn, alias) } };
  return { machine, startedBy: { kind: "machine", arn } };
}

/** A field that was given up is no longer found by; a misspelt one is refused instead of finding nothing. */
function readFields(
  context: ApiContext,
  { arn, searchFields, redactedPaths }: StateMachineRecord,
  query: ReadonlyMap<string, string>,
): readonly FieldValue[] {
  const paths = searchFieldsOf(searchFields);
  const known = Object.keys(paths);
  const redactor = maySeeRedacted(context, arn) ? undefined : redactorOf(redactedPaths);
  return [...query].flatMap(([parameter, value]) => {
    if (parameter === "field") throw badRequest("A search field is given by its name, as in 'field[customer]=42'");
    const name = /^field\[(?<name>.*)\]$/su.exec(parameter)?.groups?.["name"];
    if (name === undefined) return [];
    if (!known.includes(name)) throw badRequest(`The state machine has no search field '${name}'`);
    // Whoever can search for a value can find it out.
    if (redactor?.hides(fieldSegments(paths[name] ?? "")) === true) {
      throw new Refusal(problem(403, `The search field '${name}' is of data that you may not see`));
    }
    return [{ name, value }];
  });
}

function readStatus(text: string | undefined): ExecutionStatus | undefined {
  if (text === undefined) return undefined;
  const status = EXECUTION_STATUSES.find((known) => known === text);
  if (status === undefined) throw badRequest(`'status' must be one of ${EXECUTION_STATUSES.join(", ")}`);
  return status;
}

function readPosition(scope: PageKey, query: ReadonlyMap<string, string>): SearchPosition | undefined {
  const key = readCursorKey(scope, query);
  if (key === undefined) return undefined;
  const [startedAt, name] = key;
  if (typeof startedAt !== "number" || typeof name !== "string") throw notACursor();
  return { startedAt, name };
}
