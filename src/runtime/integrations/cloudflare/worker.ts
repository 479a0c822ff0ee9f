/**
 * `worker:call`, `worker:fetch`: the account's other Workers, by service binding.
 *
 * W1. A method's own error is a failure under the error's name; what the platform says of a Worker out of reach is an outage.
 * @see https://developers.cloudflare.com/workers/runtime-apis/rpc/
 */
import { withinTime } from "../../time-limit.ts";
import { answeredTask, depthHeader } from "../http/answered-task.ts";
import { bodyText, exchange, JSON_TYPE, pairsOfObject, valueIn } from "../http/exchange.ts";
import { headersFault } from "../http/header-rules.ts";
import { ParameterFault, readParameters } from "../parameters.ts";
import { CloudflareFault } from "./bindings.ts";
import { jsonOf } from "./json-of.ts";
import { action, type CloudflareAction, type CloudflareActions } from "./request.ts";

/** The longest that a Worker may take: 15 minutes, as a function. */
const MAX_DURATION_MS = 900_000;

/** What every stub has of itself, whatever its Worker has. */
const NO_METHODS: ReadonlySet<string> = new Set(["connect", "constructor", "dup", "fetch", "then"]);

const call = action(
  { Binding: "text", Method: "text", Arguments: "list?" },
  async ({ Binding, Method, Arguments = [] }, request) => {
    if (!/^[A-Za-z_$][\w$]*$/u.test(Method) || NO_METHODS.has(Method)) throw ParameterFault.ofFormat("Method");
    const stub = request.binding("worker", Binding);
    const method: unknown = Reflect.get(stub, Method);
    if (typeof method !== "function") throw new CloudflareFault("MethodNotFound", `There is no method '${Method}'.`);
    const answer = withinTime(MAX_DURATION_MS, (limit) =>
      Promise.race([Reflect.apply(method, stub, Arguments) as Promise<unknown>, end(limit), end(request.signal)]),
    );
    return jsonOf(await answer);
  },
);

/** Rejects when it is over: a method takes no signal. */
function end(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const over = (): void => reject(new CloudflareFault("Timeout", "The method did not answer in time."));
    if (signal.aborted) over();
    else signal.addEventListener("abort", over, { once: true });
  });
}

const FETCH = {
  Binding: "text",
  Path: "text?",
  Method: "text?",
  Headers: "object?",
  QueryParameters: "object?",
  RequestBody: "json?",
} as const;

const fetchWorker: CloudflareAction = async (request) => {
  const parameters = readParameters(request.call.parameters.value, FETCH);
  const { Binding, Path = "/", Method = "GET", Headers = {}, QueryParameters = {}, RequestBody } = parameters;
  if (!/^[A-Z]+$/u.test(Method)) throw ParameterFault.ofFormat("Method");
  if (!Path.startsWith("/")) throw ParameterFault.ofFormat("Path");
  const [given, query] = [pairsOfObject(Headers), pairsOfObject(QueryParameters)];
  if (given === undefined) throw ParameterFault.ofFormat("Headers");
  if (query === undefined) throw ParameterFault.ofFormat("QueryParameters");
  const fault = headersFault(given, new Set());
  if (fault !== undefined) throw new ParameterFault(fault);
  const depth = depthHeader(request.call);
  if ("kind" in depth) return depth;
  const binding = request.binding("worker", Binding);
  const url = new URL(`https://${Binding.toLowerCase().replaceAll(/[^a-z\d-]/gu, "-")}.worker`);
  // Set by itself, a path leads to no other host, whatever it holds.
  url.pathname = Path;
  for (const [name, value] of query) url.searchParams.append(name, value);
  const type = valueIn(given, "content-type") ?? JSON_TYPE;
  const hasBody = RequestBody !== undefined && RequestBody !== null && Method !== "GET" && Method !== "HEAD";
  const added = [
    ["Content-Type", type],
    ["Idempotency-Key", request.key],
  ] as const;
  const headers = [...given, ...added.filter(([name]) => valueIn(given, name.toLowerCase()) === undefined), depth];
  const exchanged = await exchange(
    (to, init) => binding.fetch(to, { ...init, redirect: "manual" }),
    { method: Method, url: url.href, headers, ...(hasBody && { body: bodyText(RequestBody, type) }) },
    { maxBytes: request.call.maxPayloadBytes, signal: request.signal, timeoutMs: MAX_DURATION_MS },
  );
  if (exchanged.kind !== "answered") throw new CloudflareFault("Unreached", exchanged.reason);
  return answeredTask(request.call, exchanged.answer, { error: (status) => `Cloudflare.Worker.StatusCode.${status}` });
};

export const worker: CloudflareActions = { call, fetch: fetchWorker };
