/**
 * StartSyncExecution: an Express execution, run to its end within the call.
 * @see https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartSyncExecution.html
 */
import type { StateFailure } from "../../asl/error-names.ts";
import { failureDetails } from "../../engine/turn.ts";
import { redactorOf, type Redactor } from "../../runtime/redaction.ts";
import { readRecently } from "../../runtime/recent-reads.ts";
import { ApiError } from "../api-error.ts";
import { toSeconds, type Output } from "../aws-json.ts";
import type { ApiContext } from "../context.ts";
import type { StartSyncExecutionInput } from "../inputs.ts";
import { maySeeRedacted } from "../redacted-data.ts";
import { typeNotSupported } from "../resource-arn.ts";
import { expressRequest, readStart } from "./starting.ts";

/** Executions that start each other within one invocation would fill its memory before any of them times out. */
const MAX_NESTING = 20;

/** An execution that fails is an answer like any other. */
export async function startSyncExecution(context: ApiContext, input: StartSyncExecutionInput): Promise<Output> {
  const start = await readStart(context, input, (key, read) => readRecently(context.db, context.now(), key, read));
  if (start.machine.type !== "EXPRESS") throw typeNotSupported();
  if (context.express.nesting >= MAX_NESTING) {
    throw new ApiError("ThrottlingException", `Express executions that call each other are nested ${MAX_NESTING} deep`);
  }
  const request = expressRequest(context, start, input.traceHeader);
  const outcome = await context.express.run(request);
  const included = input.includedData !== "METADATA_ONLY";
  const redactor = maySeeRedacted(context, request.executionArn) ? undefined : redactorOf(request.redactedPaths);
  return {
    executionArn: request.executionArn,
    stateMachineArn: request.stateMachineArn,
    name: request.name,
    startDate: toSeconds(request.startedAt),
    stopDate: toSeconds(outcome.stoppedAt),
    status: outcome.status,
    ...("failure" in outcome && shownFailure(outcome.failure, redactor)),
    input: included ? shownText(request.input, redactor) : undefined,
    inputDetails: { included },
    output: included && outcome.status === "SUCCEEDED" ? shownText(outcome.output.text, redactor) : undefined,
    outputDetails: { included },
    traceHeader: input.traceHeader,
    billingDetails: billingOf(outcome.stoppedAt - request.startedAt),
  };
}

function shownText(text: string, redactor: Redactor | undefined): string {
  return redactor === undefined ? text : redactor.text(text);
}

function shownFailure(failure: StateFailure, redactor: Redactor | undefined): StateFailure {
  const { error, cause } = failureDetails(failure);
  const shown = cause === undefined || redactor === undefined ? cause : redactor.cause(cause);
  return { ...(error !== undefined && { error }), ...(shown !== undefined && { cause: shown }) };
}

/** In AWS's steps of 100 ms, begun ones included, and in its smallest size: nobody bills memory here. */
function billingOf(milliseconds: number): Output {
  const steps = Math.max(Math.ceil(milliseconds / 100), 1);
  return { billedDurationInMilliseconds: steps * 100, billedMemoryUsedInMB: 64 };
}
