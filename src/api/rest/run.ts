/**
 * A state machine as a web service: POST its input, get its output.
 *
 * R1. An Express execution is awaited to its end. A Standard one for as long as the caller says; one that has not ended by then
 *     goes on, and the answer says where it is.
 * R2. Whether a Standard execution has ended is asked after pauses that grow with its age: a dozen reads in half a minute.
 * R3. A caller that repeats a request with its Idempotency-Key gets the answer of the first one, if the machine is a Standard one.
 */
import type { JsonObject } from "../../asl/json.ts";
import { executionArn as executionArnOf } from "../../runtime/arn.ts";
import type { ExecutionDescription } from "../../runtime/execution-rpc.ts";
import { hideTokens } from "../../runtime/hidden-tokens.ts";
import { readRecently } from "../../runtime/recent-reads.ts";
import { MAX_RUN_SECONDS } from "../../runtime/run-settings.ts";
import { ApiError } from "../api-error.ts";
import type { Output } from "../aws-json.ts";
import type { ApiContext } from "../context.ts";
import { valueOf } from "../operations/executing.ts";
import { mayAnswerTasks } from "../operations/executions.ts";
import { findStartable } from "../operations/find.ts";
import { perform } from "../operations/perform.ts";
import { maySeeRedacted } from "../redacted-data.ts";
import { maxBodyBytes, readBytes } from "../request-body.ts";
import { readUnlabeledArn } from "../resource-arn.ts";
import { withTraceHeader } from "../trace-header.ts";
import { machineArn, pathOf } from "./addresses.ts";
import { jsonResponse, textOf } from "./answer.ts";
import { executionProblem, problem } from "./problem.ts";
import { badRequest, Refusal } from "./read-request.ts";
import type { OwnRoute, RestRequest } from "./route.ts";
import { JSON_VALUE } from "./schema.ts";

const EXECUTION_HEADER = "stepflare-execution-arn";

export const RUN_ROUTE: OwnRoute = {
  method: "POST",
  path: "/run/{stateMachine}",
  id: "Run",
  summary: "Starts an execution with the body as its input, and answers its output; 202 where it takes longer",
  query: [
    {
      name: "timeout",
      description: `For how many seconds a Standard execution is awaited, up to ${MAX_RUN_SECONDS}; 0: not at all`,
      schema: { type: "integer", minimum: 0, maximum: MAX_RUN_SECONDS },
    },
  ],
  // Whoever may see what it comes to. A Standard execution asks for StartExecution besides.
  action: "states:StartSyncExecution",
  resource: ({ context, path }) => machineArn(context.config, path["stateMachine"]),
  bytes: "request",
  status: 200,
  answer: { ...JSON_VALUE, description: "The execution's output" },
  handle: run,
};

async function run({ context, path, query, headers, request }: RestRequest): Promise<Response> {
  const arn = readUnlabeledArn(machineArn(context.config, path["stateMachine"]));
  const seconds = readTimeout(query);
  const input = await readInput(request, context);
  const name = headers.get("idempotency-key")?.replaceAll(/^"|"$/gu, "");
  const { machine } = await findStartable(context, arn, (key, read) =>
    readRecently(context.db, context.now(), key, read),
  );
  const start = { stateMachineArn: arn.arn, input, ...(name !== undefined && { name }) };
  if (machine.type === "EXPRESS") {
    if (seconds !== undefined)
      throw badRequest("An Express execution is awaited to its end: 'timeout' is for Standard ones");
    const given = withTraceHeader("StartSyncExecution", start, headers);
    return answerOf((await perform(context, "StartSyncExecution", given)) as Output as Ended);
  }
  const given = withTraceHeader("StartExecution", start, headers);
  const named = name === undefined ? undefined : executionArnOf(arn, name);
  const executionArn = await startOnce(context, given, named, input);
  const awaited = (seconds ?? context.runTimeoutSeconds) * 1000;
  const description = await untilEnded(context, executionArn, awaited, request.signal);
  if (description.status !== "RUNNING") return answerOf(description);
  const { status, startDate } = description;
  const body = { executionArn, name: description.name, status, startDate: new Date(startDate).toISOString() };
  const location = pathOf("executions", executionArn);
  return jsonResponse(JSON.stringify(body), 202, { location, [EXECUTION_HEADER]: executionArn });
}

/** Its ARN; of the one that was started for the same key and input before, if there is one (R3). */
async function startOnce(
  context: ApiContext,
  given: JsonObject,
  named: string | undefined,
  input: string,
): Promise<string> {
  try {
    return textOf((await perform(context, "StartExecution", given)) as Output, "executionArn");
  } catch (error) {
    if (!(error instanceof ApiError) || error.name !== "ExecutionAlreadyExists" || named === undefined) throw error;
    const known = valueOf(await context.execution(named).describe());
    if (known.input !== input) throw error;
    return named;
  }
}

const LEAST_PAUSE_MS = 25;
const MOST_PAUSE_MS = 3_000;

/** How it is when it has ended or the time is over. */
async function untilEnded(
  context: ApiContext,
  executionArn: string,
  milliseconds: number,
  signal: AbortSignal,
): Promise<ExecutionDescription> {
  const redacted = !maySeeRedacted(context, executionArn);
  const begun = context.now();
  for (let pause = LEAST_PAUSE_MS; ; pause = Math.min(pause * 1.6, MOST_PAUSE_MS)) {
    const description = valueOf(await context.execution(executionArn).describe(redacted));
    const left = begun + milliseconds - context.now();
    if (description.status !== "RUNNING" || left <= 0 || signal.aborted) {
      const shown = mayAnswerTasks(context, executionArn) ? (text: string | undefined) => text : hideTokens;
      const output = shown(description.output);
      const cause = shown(description.cause);
      return { ...description, ...(output !== undefined && { output }), ...(cause !== undefined && { cause }) };
    }
    await context.sleep(Math.min(pause, left));
  }
}

type Ended = Pick<ExecutionDescription, "executionArn" | "status" | "output" | "error" | "cause">;

function answerOf({ executionArn, status, output, error, cause }: Ended): Response {
  if (status === "SUCCEEDED") return jsonResponse(output ?? "null", 200, { [EXECUTION_HEADER]: executionArn });
  return executionProblem({ executionArn, executionStatus: status, error, cause });
}

function readTimeout(query: ReadonlyMap<string, string>): number | undefined {
  const text = query.get("timeout");
  if (text === undefined) return undefined;
  if (/^\d{1,3}$/u.test(text) && Number(text) <= MAX_RUN_SECONDS) return Number(text);
  throw badRequest(`'timeout' must be a whole number of seconds from 0 to ${MAX_RUN_SECONDS}`);
}

/** As it came: no number of it is rounded. */
async function readInput(request: Request, { quotas }: ApiContext): Promise<string> {
  const bytes = await readBytes(request, maxBodyBytes(quotas));
  if (bytes === undefined) throw new Refusal(problem(413, "The request's body is too large"));
  if (bytes.length === 0) return "{}";
  // A browser asks before it sends that to another origin.
  if (!/^application\/(?:[\w.-]+\+)?json(?:\s*;|$)/iu.test(request.headers.get("content-type") ?? ""))
    throw new Refusal(problem(415, "The request's body must be application/json"));
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(bytes);
  } catch {
    throw badRequest("The request's body is not UTF-8");
  }
}
