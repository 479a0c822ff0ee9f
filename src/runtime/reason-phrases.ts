/** What a status is called: HTTP/2 and later send it without words. @see https://www.rfc-editor.org/rfc/rfc9110#section-15 */

const OTHER_PHRASES = {
  200: "OK",
  201: "Created",
  202: "Accepted",
  203: "Non-Authoritative Information",
  204: "No Content",
  205: "Reset Content",
  206: "Partial Content",
  300: "Multiple Choices",
  301: "Moved Permanently",
  302: "Found",
  303: "See Other",
  304: "Not Modified",
  307: "Temporary Redirect",
  308: "Permanent Redirect",
} as const;

/** Of clients' and servers' errors. */
export const ERROR_PHRASES = {
  400: "Bad Request",
  401: "Unauthorized",
  402: "Payment Required",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  406: "Not Acceptable",
  408: "Request Timeout",
  409: "Conflict",
  410: "Gone",
  411: "Length Required",
  412: "Precondition Failed",
  413: "Content Too Large",
  415: "Unsupported Media Type",
  416: "Range Not Satisfiable",
  422: "Unprocessable Content",
  429: "Too Many Requests",
  500: "Internal Server Error",
  501: "Not Implemented",
  502: "Bad Gateway",
  503: "Service Unavailable",
  504: "Gateway Timeout",
} as const;

const PHRASES: Readonly<Record<number, string>> = { ...OTHER_PHRASES, ...ERROR_PHRASES };

export function reasonPhrase({ status, statusText }: Pick<Response, "status" | "statusText">): string {
  return statusText === "" ? (PHRASES[status] ?? "") : statusText;
}
