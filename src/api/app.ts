/**
 * The HTTP application: the AWS wire at `POST /`, REST under `/api`.
 *
 * H1. A caller's mistake is a typed 4xx. Only our own defects answer 500, and only they are logged.
 * H2. The host does not matter: `sync-` in front of it, as SDKs put it for some operations, leads to the same place.
 */
import { Hono } from "hono";
import { isOutage, isOverload } from "../runtime/outage.ts";
import { ApiError, rateExceeded } from "./api-error.ts";
import type { ApiHost } from "./api-host.ts";
import { ANSWER_HEADERS, readOperationRequest, writeError, writeOutput } from "./aws-json.ts";
import { withCallDepth } from "./call-depth.ts";
import type { KeepAlive } from "./context.ts";
import { answerLongPoll, LongPoll } from "./long-poll.ts";
import { perform } from "./operations/perform.ts";
import { problem } from "./rest/problem.ts";
import { maxBodyBytes } from "./request-body.ts";
import { restRoutes } from "./rest/router.ts";
import { withTraceHeader } from "./trace-header.ts";

export function createApi<Bindings extends object>(host: ApiHost<Bindings>): Hono<{ Bindings: Bindings }> {
  const app = new Hono<{ Bindings: Bindings }>();

  app.all("/", (c) => {
    const keepAlive: KeepAlive = (work) => c.executionCtx.waitUntil(work);
    return answerOperation(c.req.raw, c.env, host, keepAlive);
  });
  app.route("/", restRoutes(host));

  app.notFound((c) => problem(404, `There is no ${c.req.method} ${c.req.path}`));
  app.onError((error) => {
    if (isOutage(error)) return problem(503, "The service is unavailable at the moment; try again");
    console.error("request failed", error);
    return problem(500, "The request failed because of a defect in Stepflare");
  });
  return app;
}

async function answerOperation<Bindings>(
  request: Request,
  env: Bindings,
  host: ApiHost<Bindings>,
  keepAlive: KeepAlive,
): Promise<Response> {
  const requestId = crypto.randomUUID();
  try {
    const admitted = await host.admit(request, env, "wire", keepAlive);
    const context = withCallDepth(host.contextOf(env, admitted.principal, keepAlive), request);
    const maxBytes = maxBodyBytes(context.quotas);
    const { operation, body } = await readOperationRequest(request, maxBytes, admitted.body);
    const answer = await perform(context, operation, withTraceHeader(operation, body, request.headers));
    if (!(answer instanceof LongPoll)) return writeOutput(answer, requestId);
    const headers = { ...ANSWER_HEADERS, "x-amzn-requestid": requestId };
    return await answerLongPoll(answer, { headers, write: JSON.stringify, signal: request.signal, keepAlive });
  } catch (error) {
    return writeError(apiErrorOf(error, requestId), requestId);
  }
}

function apiErrorOf(error: unknown, requestId: string): ApiError {
  if (error instanceof ApiError) return error;
  if (isOverload(error)) return rateExceeded(1);
  if (isOutage(error))
    return new ApiError("ServiceUnavailable", "The service is unavailable at the moment. Please try again.");
  console.error(`request ${requestId} failed`, error);
  return new ApiError("InternalFailure", "The request processing has failed because of an unknown error.");
}
