/** Executions: what the AWS API does not tell about them. */
import { Hono } from "hono";
import { parseArnOf } from "../../runtime/arn.ts";
import type { ApiContext } from "../context.ts";
import { problem } from "./problem.ts";

export function executionRoutes<Bindings extends object>(
  contextOf: (env: Bindings) => ApiContext,
): Hono<{ Bindings: Bindings }> {
  const routes = new Hono<{ Bindings: Bindings }>();

  routes.get("/:executionArn/usage", async (c) => {
    const parsed = parseArnOf(c.req.param("executionArn"), "execution");
    if (!parsed.ok) return problem(400, `Invalid Arn: '${parsed.reason}'`);
    const answer = await contextOf(c.env).execution(parsed.arn.arn).usage();
    return answer.ok ? c.json(answer.value) : problem(404, answer.message);
  });

  return routes;
}
