/**
 * What the REST API answers instead of what was asked: problem details.
 * @see https://www.rfc-editor.org/rfc/rfc9457
 */
import { ERROR_PHRASES } from "../../runtime/reason-phrases.ts";
import { statusOf, type ApiError, type ApiErrorName } from "../api-error.ts";
import { COUNT, listOf, object, TEXT, type JsonSchema } from "./schema.ts";

export type ProblemStatus = keyof typeof ERROR_PHRASES;

/** One thing that is wrong with the request's body, and where; `""` is the body as a whole. */
export interface ProblemCause {
  readonly pointer: string;
  readonly detail: string;
}

export const PROBLEM: JsonSchema = object("Problem", {
  type: { ...TEXT, description: "about:blank, or urn:stepflare:problem: and the name of the exception" },
  title: TEXT,
  status: COUNT,
  detail: TEXT,
  "exception?": { ...TEXT, description: "The name of the exception in the AWS API" },
  "reason?": TEXT,
  "resourceName?": TEXT,
  "executionArn?": TEXT,
  "executionStatus?": TEXT,
  "error?": { ...TEXT, description: "The error of an execution that was awaited" },
  "cause?": TEXT,
  "errors?": listOf(object("ProblemCause", { pointer: TEXT, detail: TEXT })),
});

/** The exceptions for which HTTP knows a better status than the wire of AWS has. */
const STATUS: { readonly [Name in ApiErrorName]?: ProblemStatus } = {
  AccessDeniedException: 403,
  ActivityAlreadyExists: 409,
  ActivityDoesNotExist: 404,
  ActivityLimitExceeded: 402,
  ActivityWorkerLimitExceeded: 429,
  ExecutionAlreadyExists: 409,
  ExecutionDoesNotExist: 404,
  ExecutionLimitExceeded: 429,
  ExecutionNotRedrivable: 409,
  ExpiredTokenException: 401,
  IncompleteSignatureException: 401,
  InvalidSignatureException: 401,
  KmsThrottlingException: 429,
  MissingAuthenticationTokenException: 401,
  ResourceNotFound: 404,
  StateMachineAlreadyExists: 409,
  StateMachineDeleting: 409,
  StateMachineDoesNotExist: 404,
  StateMachineLimitExceeded: 402,
  TaskDoesNotExist: 404,
  TaskTimedOut: 409,
  ThrottlingException: 429,
  TooManyTags: 402,
  UnrecognizedClientException: 401,
  UnsupportedOperation: 501,
};

export function problem(
  status: ProblemStatus,
  detail: string,
  errors?: readonly ProblemCause[],
  headers: Readonly<Record<string, string>> = {},
): Response {
  return answer({ type: "about:blank", title: ERROR_PHRASES[status], status, detail, errors }, headers);
}

/** An operation's refusal. */
export function problemOf({ name, message, details, retryAfterSeconds }: ApiError): Response {
  const type = `urn:stepflare:problem:${name}`;
  const title = name.replace(/Exception$/u, "").replace(/(?<=[a-z])(?=[A-Z])/gu, " ");
  const status = STATUS[name] ?? statusOf(name);
  const headers = {
    ...(retryAfterSeconds !== undefined && { "retry-after": String(Math.ceil(retryAfterSeconds)) }),
    ...(status === 401 && { "www-authenticate": "Bearer" }),
  };
  return answer({ type, title, status, detail: message, exception: name, ...details }, headers);
}

/** An execution that was awaited, and did not succeed. */
export function executionProblem(execution: {
  readonly executionArn: string;
  readonly executionStatus: string;
  readonly error: string | undefined;
  readonly cause: string | undefined;
}): Response {
  const { executionStatus, error, cause } = execution;
  const status: ProblemStatus = executionStatus === "TIMED_OUT" ? 504 : 502;
  const detail = cause ?? error ?? `The execution is ${executionStatus}`;
  const type = "urn:stepflare:problem:ExecutionDidNotSucceed";
  return answer({ type, title: "Execution Did Not Succeed", status, detail, ...execution });
}

function answer(body: { readonly status: number; readonly [member: string]: unknown }, headers = {}): Response {
  return new Response(JSON.stringify(body), {
    status: body.status,
    headers: { "content-type": "application/problem+json", ...headers },
  });
}
