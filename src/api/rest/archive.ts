/** GET /api/executions/{execution}/archive: what is left of an execution whose retention is over. */
import { readArchive } from "../../runtime/archive.ts";
import { ApiError } from "../api-error.ts";
import { readArn } from "../resource-arn.ts";
import { executionArnOf } from "./addresses.ts";
import { JSON_HEADERS } from "./answer.ts";
import { readInstant } from "./instant.ts";
import type { OwnRoute } from "./route.ts";
import { COUNT, INSTANT, listOf, object, TEXT, type JsonSchema } from "./schema.ts";

const DESCRIPTION: JsonSchema = { type: "object", additionalProperties: true };

const ARCHIVED_EXECUTION: JsonSchema = object("ArchivedExecution", {
  version: COUNT,
  execution: { ...DESCRIPTION, description: "As DescribeExecution had it; input and output are JSON text" },
  stateMachine: { ...DESCRIPTION, description: "As DescribeStateMachineForExecution had it" },
  events: listOf({
    ...object("ArchivedEvent", { id: COUNT, previousEventId: COUNT, timestamp: INSTANT, type: TEXT }),
    additionalProperties: true,
  }),
});

export const ARCHIVE_ROUTE: OwnRoute = {
  method: "GET",
  path: "/api/executions/{execution}/archive",
  id: "GetArchivedExecution",
  summary: "Shows an execution that was archived when its retention was over, with its whole history",
  query: [
    {
      name: "startDate",
      description: "When it began, to the millisecond; the newest archived one of that name if absent",
      schema: INSTANT,
    },
  ],
  resource: ({ context, path }) => executionArnOf(context.config, path["execution"]),
  status: 200,
  answer: ARCHIVED_EXECUTION,
  handle: async ({ context, path, query }) => {
    const { arn } = readArn(executionArnOf(context.config, path["execution"]), "execution");
    const archived = await readArchive(context.objects, arn, readInstant(query, "startDate"));
    if (archived === undefined) throw new ApiError("ExecutionDoesNotExist", `Execution Does Not Exist: '${arn}'`);
    return new Response(archived, { headers: JSON_HEADERS });
  },
};
