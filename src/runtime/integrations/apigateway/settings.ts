/** Where APIs of API Gateway are, that are elsewhere now. */
import { readTable } from "../../settings-table.ts";

/** Origins and paths by the endpoints that definitions name. */
export type ApiEndpoints = ReadonlyMap<string, string>;

/** Throws an error that names the setting and what it takes. */
export function readApiEndpoints(given: unknown): ApiEndpoints {
  const table = readTable(given);
  const rows = table && Object.entries(table);
  if (rows?.every(isRow) === true) return new Map(rows.map(([name, url]) => [name, url.replace(/\/+$/u, "")]));
  throw new Error(
    `API_ENDPOINTS must be a JSON object from endpoints to URLs: {"abc123.execute-api.us-east-1.amazonaws.com": "https://api.example.com"}`,
  );
}

function isRow(row: [string, unknown]): row is [string, string] {
  const url = typeof row[1] === "string" && URL.canParse(row[1]) ? new URL(row[1]) : undefined;
  return url !== undefined && /^https?:$/u.test(url.protocol) && url.search === "" && url.hash === "";
}
