/** GET /api/executions/{execution}/children: which executions it started, and by which it was started. */
import { encodePageToken, type PageKey } from "../../runtime/page-token.ts";
import { listChildren, type ChildPosition } from "../../runtime/parent-link.ts";
import { listed } from "../operations/executions.ts";
import { valueOf } from "../operations/executing.ts";
import { readArn } from "../resource-arn.ts";
import { executionArnOf } from "./addresses.ts";
import { jsonResponse, writeAnswer } from "./answer.ts";
import { CHILDREN } from "./answers.ts";
import { CURSOR, LIMIT, notACursor, readCursorKey, readLimit } from "./cursor.ts";
import type { OwnRoute } from "./route.ts";

export const CHILDREN_ROUTE: OwnRoute = {
  method: "GET",
  path: "/api/executions/{execution}/children",
  id: "ListChildren",
  summary: "Lists the executions that an execution started, newest first, and says by which one it was started itself",
  query: [LIMIT, CURSOR],
  resource: ({ context, path }) => executionArnOf(context.config, path["execution"]),
  status: 200,
  answer: CHILDREN,
  handle: async ({ context, path, query }) => {
    const { arn } = readArn(executionArnOf(context.config, path["execution"]), "execution");
    const scope = ["children", arn];
    const after = readPosition(scope, query);
    const limit = readLimit(query);
    const { parentArn } = valueOf(await context.execution(arn).describe(true));
    const { entries, last } = await listChildren(context.db, arn, limit, after);
    // Whoever may see the parent need not see what other state machines do. That an input names a parent proves nothing.
    const seen = entries.filter((x) => context.principal.may("states:DescribeExecution", x.executionArn));
    const nextToken = last && encodePageToken(scope, [last.startedAt, last.executionArn]);
    const answer = { parentExecutionArn: parentArn, executions: seen.map(listed), nextToken };
    return jsonResponse(writeAnswer(answer, CHILDREN));
  },
};

function readPosition(scope: PageKey, query: ReadonlyMap<string, string>): ChildPosition | undefined {
  const key = readCursorKey(scope, query);
  if (key === undefined) return undefined;
  const [startedAt, executionArn] = key;
  if (typeof startedAt !== "number" || typeof executionArn !== "string") throw notACursor();
  return { startedAt, executionArn };
}
