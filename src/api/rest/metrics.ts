/** GET /api/metrics: executions in numbers, for a scraper. */
import { readCounts } from "../../runtime/execution-metrics.ts";
import { metricsText, negotiated, OPEN_METRICS } from "./open-metrics.ts";
import { problem } from "./problem.ts";
import type { OwnRoute } from "./route.ts";
import { TEXT } from "./schema.ts";

export const METRICS_ROUTE: OwnRoute = {
  method: "GET",
  path: "/api/metrics",
  id: "GetMetrics",
  summary: "Executions counted and timed, in OpenMetrics, or in Prometheus' text where Accept prefers text/plain",
  query: [],
  resource: "*",
  status: 200,
  answer: TEXT,
  answerType: OPEN_METRICS,
  handle: async ({ context, headers }) => {
    if (!context.countsExecutions) {
      return problem(404, 'Executions are not counted here: METRICS_ENDPOINT = "true" in wrangler.toml begins it');
    }
    const format = negotiated(headers.get("accept"));
    return new Response(metricsText(await readCounts(context.db), format), { headers: { "content-type": format } });
  },
};
