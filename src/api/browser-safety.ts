/**
 * What browsers are told with every answer, and which pages of other origins may call the API.
 *
 * B1. No answer is guessed to be something else, framed, or run: also an object that somebody stored as a page.
 * B2. A page of another origin gets nothing, unless CORS_ORIGINS names its origin; then it gets what a program would, without
 *     cookies.
 * B3. A preflight carries no data, and needs no key: browsers send none with it.
 */

/** On everything. */
const ALWAYS = {
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
};
/** On what the API answers. */
const DATA = {
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'; sandbox",
  "cache-control": "no-store",
};
/** On the console's files. */
const CONSOLE = {
  "content-security-policy": [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "require-trusted-types-for 'script'",
  ].join("; "),
};
const YEAR_SECONDS = 31_536_000;

const METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE";
/** What the AWS SDK and the REST API send. */
const SENT_HEADERS =
  "authorization, content-type, x-amz-target, x-amz-date, x-amz-content-sha256, x-amz-security-token, x-amz-user-agent, " +
  "amz-sdk-invocation-id, amz-sdk-request, x-amzn-trace-id, if-match, if-none-match, range";
const READ_HEADERS = "x-amzn-requestid, x-amzn-errortype, location, retry-after, etag, content-range, date";

/** Of CORS_ORIGINS: origins as browsers send them. Throws an error that says what the setting takes. */
export function readOrigins(setting: string | undefined): readonly string[] {
  const origins = (setting ?? "")
    .split(",")
    .map((origin) => origin.trim())
    .filter((origin) => origin !== "");
  if (origins.every((origin) => URL.canParse(origin) && new URL(origin).origin === origin)) return origins;
  throw new Error(
    "CORS_ORIGINS must be origins separated by commas, each as browsers send it: https://console.example.com, http://localhost:5173",
  );
}

/** Answers a request as `answer` does, with what browsers need to know. */
export async function answerSafely(
  request: Request,
  origins: readonly string[],
  answer: (request: Request) => Response | Promise<Response>,
): Promise<Response> {
  const origin = request.headers.get("origin");
  const isAllowed = origin !== null && origins.includes(origin);
  const isPreflight = request.method === "OPTIONS" && request.headers.has("access-control-request-method");
  const response = isPreflight
    ? new Response(null, { status: isAllowed ? 204 : 403 })
    : await answer(isAllowed ? withoutFetchSite(request) : request);
  setMissing(response.headers, ALWAYS);
  setMissing(response.headers, DATA);
  if (new URL(request.url).protocol === "https:")
    setMissing(response.headers, { "strict-transport-security": `max-age=${YEAR_SECONDS}` });
  if (origins.length > 0) response.headers.append("vary", "origin");
  if (isAllowed) allow(response.headers, origin, isPreflight);
  return response;
}

/** A file of the console: its headers can be written, and say what such a page may do. */
export function consoleAnswer(asset: Response): Response {
  const response = new Response(asset.body, asset);
  setMissing(response.headers, { ...CONSOLE, "cache-control": "no-cache" });
  return response;
}

function allow(headers: Headers, origin: string, isPreflight: boolean): void {
  headers.set("access-control-allow-origin", origin);
  if (!isPreflight) {
    headers.set("access-control-expose-headers", READ_HEADERS);
    return;
  }
  headers.set("access-control-allow-methods", METHODS);
  headers.set("access-control-allow-headers", SENT_HEADERS);
  headers.set("access-control-max-age", "600");
}

/** The page's origin was looked at here: nobody behind needs to ask where it comes from. */
function withoutFetchSite(request: Request): Request {
  if (!request.headers.has("sec-fetch-site")) return request;
  const allowed = new Request(request);
  allowed.headers.delete("sec-fetch-site");
  return allowed;
}

function setMissing(headers: Headers, values: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(values)) if (!headers.has(name)) headers.set(name, value);
}
