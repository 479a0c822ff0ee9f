/**
 * Who may use this Worker. There are no access keys yet: only requests to this machine itself are let in, unless the
 * configuration says that something in front of the Worker decides.
 */
import { ApiError } from "./api-error.ts";
import { writeError } from "./aws-json.ts";
import { problem } from "./rest/problem.ts";

const LOCAL_HOST = /^(?:sync-)?(?:localhost|127\.0\.0\.1|\[::1\]|[\w-]+\.localhost)$/u;

const CLOSED =
  "This Stepflare has no access control configured and refuses every request from outside its own machine. " +
  'Put Cloudflare Access or a service binding in front of it and set ALLOW_UNAUTHENTICATED = "true" in wrangler.toml.';

/** The refusal of a request that must not be let in; undefined: it may go on. */
export function refuseOutsiders(request: Request, allowUnauthenticated: boolean): Response | undefined {
  const { hostname, pathname } = new URL(request.url);
  if (allowUnauthenticated || LOCAL_HOST.test(hostname)) return undefined;
  const isWire = request.method === "POST" && pathname === "/";
  return isWire ? writeError(new ApiError("AccessDeniedException", CLOSED), crypto.randomUUID()) : problem(403, CLOSED);
}
