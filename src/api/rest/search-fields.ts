/** The fields by whose values the executions of a state machine can be found. */
import { isObject, memberOf, type Json, type JsonObject } from "../../asl/json.ts";
import { setSearchFields } from "../../runtime/registry.ts";
import { fieldPath, MAX_FIELDS, searchFieldsOf, type SearchFields } from "../../runtime/search-fields.ts";
import { findOf } from "../operations/find.ts";
import { readArn, stateMachineDoesNotExist, typeNotSupported } from "../resource-arn.ts";
import { machineArn } from "./addresses.ts";
import { jsonResponse } from "./answer.ts";
import { problem, type ProblemCause } from "./problem.ts";
import type { OwnRoute, RestRequest } from "./route.ts";
import type { JsonSchema } from "./schema.ts";

const PATH = "/api/state-machines/{stateMachine}/search-fields";
const MAX_BODY_BYTES = 16_384;
const NAME = /^[A-Za-z][\w-]{0,63}$/u;

const FIELDS: JsonSchema = {
  title: "SearchFields",
  type: "object",
  properties: {
    fields: {
      description: "By name: a path below `$.input` or `$.output`, with members and indexes only",
      type: "object",
      additionalProperties: { type: "string", maxLength: 256 },
      maxProperties: MAX_FIELDS,
    },
  },
  required: ["fields"],
  additionalProperties: false,
};

export const SEARCH_FIELD_ROUTES: readonly OwnRoute[] = [
  {
    method: "GET",
    path: PATH,
    id: "DescribeSearchFields",
    summary: "Shows the search fields of a state machine",
    query: [],
    resource: ({ context, path }) => machineArn(context.config, path["stateMachine"]),
    status: 200,
    answer: FIELDS,
    handle: async (request) => {
      const { searchFields } = await findOf(request.context, arnOf(request));
      return jsonResponse(JSON.stringify({ fields: searchFieldsOf(searchFields) }));
    },
  },
  {
    method: "PUT",
    path: PATH,
    id: "PutSearchFields",
    summary: "Chooses the search fields of a state machine, for executions that are started from now on",
    query: [],
    resource: ({ context, path }) => machineArn(context.config, path["stateMachine"]),
    body: { schema: FIELDS, maxBytes: MAX_BODY_BYTES },
    status: 200,
    answer: FIELDS,
    handle: putSearchFields,
  },
];

async function putSearchFields(request: RestRequest): Promise<Response> {
  const { context, body } = request;
  const arn = arnOf(request);
  const cause = faultOf(body);
  if (cause !== undefined) return problem(400, cause.detail, [cause]);
  const fields = memberOf(body, "fields") as unknown as SearchFields;
  if ((await findOf(context, arn)).type === "EXPRESS") throw typeNotSupported();
  const stored = Object.keys(fields).length === 0 ? null : JSON.stringify(fields);
  if (!(await setSearchFields(context.db, arn, stored))) throw stateMachineDoesNotExist(arn);
  return jsonResponse(JSON.stringify({ fields }));
}

function arnOf({ context, path }: RestRequest): string {
  return readArn(machineArn(context.config, path["stateMachine"]), "stateMachine").arn;
}

/** What is wrong with the body; undefined: nothing. */
function faultOf(body: JsonObject): ProblemCause | undefined {
  const given = memberOf(body, "fields");
  if (!isObject(given)) return { pointer: "/fields", detail: "'fields' must be an object of paths by name" };
  const entries = Object.entries(given);
  if (entries.length > MAX_FIELDS) {
    return { pointer: "/fields", detail: `A state machine has at most ${MAX_FIELDS} search fields` };
  }
  for (const [name, path] of entries) {
    const pointer = `/fields/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`;
    if (!NAME.test(name)) return { pointer, detail: `'${name}' cannot be the name of a search field` };
    if (!isFieldPath(path)) {
      return { pointer, detail: "A search field is a path of members and indexes below $.input or $.output" };
    }
  }
  return undefined;
}

function isFieldPath(path: Json): boolean {
  return typeof path === "string" && fieldPath(path) !== undefined;
}
