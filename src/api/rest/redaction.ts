/** The places of executions' data that are hidden from whoever may not see them. */
import { isArray, memberOf, type JsonObject } from "../../asl/json.ts";
import { MAX_REDACTED_PATHS, readRedactedPath } from "../../runtime/redaction.ts";
import { forgetReads } from "../../runtime/recent-reads.ts";
import { setRedactedPaths } from "../../runtime/registry.ts";
import { findOf } from "../operations/find.ts";
import { readArn, stateMachineDoesNotExist } from "../resource-arn.ts";
import { machineArn } from "./addresses.ts";
import { jsonResponse } from "./answer.ts";
import { problem, type ProblemCause } from "./problem.ts";
import type { OwnRoute, RestRequest } from "./route.ts";
import type { JsonSchema } from "./schema.ts";

const PATH = "/api/state-machines/{stateMachine}/redaction";
const MAX_BODY_BYTES = 16_384;

const REDACTION: JsonSchema = {
  title: "Redaction",
  type: "object",
  properties: {
    paths: {
      description: "A place in any input or output, as `$.card.number`, or every member of a name: `$..password`",
      type: "array",
      items: { type: "string", maxLength: 256 },
      maxItems: MAX_REDACTED_PATHS,
    },
  },
  required: ["paths"],
  additionalProperties: false,
};

export const REDACTION_ROUTES: readonly OwnRoute[] = [
  {
    method: "GET",
    path: PATH,
    id: "DescribeRedaction",
    summary: "Shows what of a state machine's data is hidden",
    resource: ({ context, path }) => machineArn(context.config, path["stateMachine"]),
    query: [],
    status: 200,
    answer: REDACTION,
    handle: async (request) => {
      const { redactedPaths } = await findOf(request.context, arnOf(request));
      return jsonResponse(`{"paths":${redactedPaths ?? "[]"}}`);
    },
  },
  {
    method: "PUT",
    path: PATH,
    id: "PutRedaction",
    summary: "Chooses what of a state machine's data is hidden, for executions that are started from now on",
    resource: ({ context, path }) => machineArn(context.config, path["stateMachine"]),
    query: [],
    body: { schema: REDACTION, maxBytes: MAX_BODY_BYTES },
    status: 200,
    answer: REDACTION,
    handle: async (request) => {
      const { context, body } = request;
      const arn = arnOf(request);
      const paths = readPaths(body);
      if ("pointer" in paths) return problem(400, paths.detail, [paths]);
      const stored = paths.length === 0 ? null : JSON.stringify(paths);
      if (!(await setRedactedPaths(context.db, arn, stored))) throw stateMachineDoesNotExist(arn);
      forgetReads(context.db);
      return jsonResponse(JSON.stringify({ paths }));
    },
  },
];

function arnOf({ context, path }: RestRequest): string {
  return readArn(machineArn(context.config, path["stateMachine"]), "stateMachine").arn;
}

function readPaths(body: JsonObject): readonly string[] | ProblemCause {
  const given = memberOf(body, "paths");
  if (!isArray(given) || given.length > MAX_REDACTED_PATHS) {
    return { pointer: "/paths", detail: `'paths' must be a list of at most ${MAX_REDACTED_PATHS} paths` };
  }
  const paths: string[] = [];
  for (const [i, path] of given.entries()) {
    if (typeof path !== "string" || readRedactedPath(path) === undefined) {
      const detail = "A redacted path is one of members and indexes, as $.card.number, or a name anywhere: $..password";
      return { pointer: `/paths/${i}`, detail };
    }
    if (!paths.includes(path)) paths.push(path);
  }
  return paths;
}
