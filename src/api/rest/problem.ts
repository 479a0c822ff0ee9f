/**
 * What the REST API answers instead of what was asked: problem details.
 * @see https://www.rfc-editor.org/rfc/rfc9457
 */

const TITLES = {
  400: "Bad Request",
  403: "Forbidden",
  404: "Not Found",
  413: "Content Too Large",
  500: "Internal Server Error",
  503: "Service Unavailable",
} as const;

export type ProblemStatus = keyof typeof TITLES;

/** One thing that is wrong with the request's body, and where; `""` is the body as a whole. */
export interface ProblemCause {
  readonly pointer: string;
  readonly detail: string;
}

export function problem(status: ProblemStatus, detail: string, errors?: readonly ProblemCause[]): Response {
  const body = { type: "about:blank", title: TITLES[status], status, detail, errors };
  return new Response(JSON.stringify(body), { status, headers: { "content-type": "application/problem+json" } });
}
