/**
 * A request and its answer: what `http:invoke`, `apigateway:invoke` and `worker:fetch` have in common.
 *
 * X1. No more is read of an answer than a result may have.
 * X2. An answer that is no text is no result: it is told apart, not decoded somehow.
 */
import { isArray, isObject, type Json } from "../../../asl/json.ts";
import { jsonFault } from "../../../asl/json-syntax.ts";
import { readText } from "../../outbound/body.ts";
import { RefusedDestination } from "../../outbound/send.ts";
import { withinTime } from "../../time-limit.ts";
import { reasonPhrase } from "../../reason-phrases.ts";

export type HeaderPairs = readonly (readonly [name: string, value: string])[];

export interface HttpRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: HeaderPairs;
  readonly body?: string;
}

export interface HttpAnswer {
  readonly status: number;
  readonly statusText: string;
  readonly headers: HeaderPairs;
  readonly text: string;
  /** Why it cannot be a task's result. */
  readonly unusable?: "too large" | "not text";
}

export type Exchanged =
  | { readonly kind: "answered"; readonly answer: HttpAnswer }
  /** Nobody was reached, or the answer broke off, or did not come in time. */
  | { readonly kind: "unreached"; readonly reason: string }
  /** The URL may not be called. */
  | { readonly kind: "refused"; readonly reason: string };

/** As TestState shows it. */
export interface HttpExchange {
  readonly request: HttpRequest;
  /** What the connection added to its headers. */
  readonly added: HeaderPairs;
  /** undefined: there was none. */
  readonly answer?: HttpAnswer;
  /** Hides the secrets that went there, wherever they are echoed. */
  readonly conceal: (text: string) => string;
}

/** The longest that AWS waits for an answer. */
const TIMEOUT_MS = 60_000;

export interface ExchangeLimits {
  /** Of the answer. */
  readonly maxBytes: number;
  readonly signal: AbortSignal;
  readonly timeoutMs?: number;
}

/** Sends the request and reads the answer. @param send such as `fetch` */
export async function exchange(
  send: (url: string, init: RequestInit) => Promise<Response>,
  { method, url, headers, body }: HttpRequest,
  { maxBytes, signal, timeoutMs = TIMEOUT_MS }: ExchangeLimits,
): Promise<Exchanged> {
  try {
    return await withinTime(timeoutMs, async (limit) => {
      try {
        const init = { method, headers: headersOf(headers), signal: AbortSignal.any([signal, limit]) };
        const response = await send(url, body === undefined ? init : { ...init, body });
        return { kind: "answered", answer: await answerOf(response, maxBytes) };
      } catch (error) {
        if (!limit.aborted) throw error;
        return { kind: "unreached", reason: `there was no answer in ${timeoutMs / 1000} seconds` };
      }
    });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { kind: error instanceof RefusedDestination ? "refused" : "unreached", reason };
  }
}

/** Pairs of the same name are one header with all values. */
function headersOf(pairs: HeaderPairs): Headers {
  const headers = new Headers();
  for (const [name, value] of pairs) headers.append(name, value);
  return headers;
}

const BINARY = /^(?:application\/octet-stream|(?:image|video|audio)\/)/iu;

async function answerOf(response: Response, maxBytes: number): Promise<HttpAnswer> {
  const { status, headers } = response;
  const known = { status, statusText: reasonPhrase(response), headers: pairsOf(headers) };
  const isBinary = BINARY.test(headers.get("Content-Type") ?? "");
  const body = await readText(response, maxBytes);
  if (body.kind === "too large") return { ...known, text: body.beginning, unusable: "too large" };
  if (body.kind === "not text") return { ...known, text: body.shown, unusable: "not text" };
  return { ...known, text: body.text, ...(isBinary && body.text !== "" && { unusable: "not text" }) };
}

/** Each cookie by itself: their values may hold commas. */
function pairsOf(headers: Headers): HeaderPairs {
  const others = [...headers].filter(([name]) => name !== "set-cookie");
  return [...others, ...headers.getSetCookie().map((value) => ["set-cookie", value] as const)];
}

/** What AWS makes of an answer: each header's values as a list, the body as JSON where it says that it is. */
export function resultOf(
  { status, statusText, headers, text }: HttpAnswer,
  nameOf: (header: string) => string = (header) => header,
): { readonly [name in "Headers" | "ResponseBody" | "StatusCode" | "StatusText"]: Json } {
  const values = Map.groupBy(headers, ([name]) => nameOf(name));
  const Headers = Object.fromEntries([...values].map(([name, pairs]) => [name, pairs.map(([, value]) => value)]));
  const ResponseBody = bodyOf(valueIn(headers, "content-type") ?? "", text);
  return { Headers, ResponseBody, StatusCode: status, StatusText: statusText };
}

function bodyOf(contentType: string, text: string): Json {
  return isJsonType(contentType) && jsonFault(text) === undefined ? (JSON.parse(text) as Json) : text;
}

/** Whether a media type is JSON's, or built on it. */
export function isJsonType(contentType: string): boolean {
  return /^(?:application|text)\/(?:[\w.+-]+\+)?json\s*(?:;|$)/iu.test(contentType.trim());
}

export const JSON_TYPE = "application/json";

/** A request's body: a text goes as it is where the type is not JSON's. */
export function bodyText(body: Json, contentType: string): string {
  return typeof body === "string" && !isJsonType(contentType) ? body : JSON.stringify(body);
}

/** Pairs of an object whose members are texts, numbers and booleans, or lists of these; undefined: it is none such. */
export function pairsOfObject(value: Json): HeaderPairs | undefined {
  if (!isObject(value)) return undefined;
  const items = Object.entries(value).flatMap(([name, member]) =>
    (isArray(member) ? member : [member]).map((item) => [name, item] as const),
  );
  const pairs = items.flatMap(([name, item]) => (typeof item === "object" ? [] : [[name, String(item)] as const]));
  return pairs.length === items.length ? pairs : undefined;
}

export function valueIn(headers: HeaderPairs, name: string): string | undefined {
  return headers.find(([header]) => header.toLowerCase() === name)?.[1];
}
