/**
 * Made-up requests against the real Worker: the answer is what was asked for or a typed 4xx, never a 5xx, a stack trace or
 * silence; and what is refused changes nothing.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Dice } from "../../test/engine/simulated-machine.ts";
import {
  handwritten,
  operationRequest,
  OPERATIONS,
  ROUTES,
  routeRequest,
  type MadeRequest,
  type World,
} from "../../test/fuzz/requests.ts";
import { startDevServer } from "../dev-server.ts";
import { Report } from "./report.ts";
import { catalogueOf, prepareWorld } from "./server-world.ts";

const AT_ONCE = 12;
/** Longer than any answer takes; the poll of an activity waits for a second. */
const SILENCE_MS = 20_000;
const STACK = /\n\s+at |\.ts:\d+|node_modules|TypeError|RangeError|ReferenceError|SyntaxError|D1_ERROR|SQLITE_/u;

export interface RequestFuzz {
  readonly port: number;
  readonly seed: number;
  /** Of each operation. */
  readonly generated: number;
  /** Of how many rounds one asks the routes as well, which lead to the same operations. */
  readonly routesEvery: number;
  /** Of how many operations one gets the requests that were written by hand. */
  readonly stride: number;
}

interface Answered {
  readonly request: MadeRequest;
  readonly again: string;
  readonly status: number;
}

export async function fuzzRequests(options: RequestFuzz): Promise<Report & { slowestMs: number }> {
  const persistTo = mkdtempSync(join(tmpdir(), "stepflare-fuzz-"));
  const report = Object.assign(new Report(), { slowestMs: 0 });
  const complaints: string[] = [];
  const onLine = (line: string): void => {
    if (/request failed|uncaught|Error: Defect/iu.test(line)) complaints.push(line);
  };
  // With all that a deployment can be given: what is not set up is refused with 501.
  const vars = { ACTIVITY_POLL_SECONDS: "1", SECRET_KEYS: btoa("the fuzzed server's key of 32 by") };
  const server = await startDevServer({ port: options.port, persistTo, logLevel: "warn", vars, onLine });
  try {
    const { endpoint } = server;
    const world = await prepareWorld(endpoint);
    const refused: Answered[] = [];
    const send = async ([again, request]: readonly [string, MadeRequest]): Promise<void> => {
      const started = performance.now();
      const status = await sent(endpoint, request, again, report);
      report.slowestMs = Math.max(report.slowestMs, performance.now() - started);
      if (status >= 400) refused.push({ request, again, status });
    };
    await inParallel(requestsOf(options, world), send);
    await claimNothingChanged(endpoint, refused, report);
    for (const line of complaints) report.find("the server's log", line);
  } finally {
    await server.stop();
    rmSync(persistTo, { recursive: true, force: true });
  }
  return report;
}

function* requestsOf(
  { seed, generated, routesEvery, stride }: RequestFuzz,
  world: World,
): Iterable<readonly [string, MadeRequest]> {
  for (const operation of OPERATIONS.filter((_, at) => (at + seed) % stride === 0)) {
    for (const [i, request] of handwritten(operation).entries()) yield [`${request.of} ${i}`, request];
  }
  for (let i = 0; i < generated; i++) {
    for (const operation of OPERATIONS)
      yield [`${operation}, seed ${seed + i}`, operationRequest(new Dice(seed + i), operation, world)];
    for (const route of i % routesEvery === 0 ? ROUTES : []) {
      const request = routeRequest(new Dice(seed + i), route, world);
      yield [`${request.of}, seed ${seed + i}`, request];
    }
  }
}

/** Sends it and holds the answer against the promise. Answers the status, 0 where there was none. */
async function sent(endpoint: string, request: MadeRequest, again: string, report: Report): Promise<number> {
  const { method, path, headers, body } = request;
  let response: Response;
  let text: string;
  try {
    const signal = AbortSignal.timeout(SILENCE_MS);
    response = await fetch(endpoint + path, { method, headers, signal, ...(body !== undefined && { body }) });
    text = await response.text();
  } catch (error) {
    report.find(again, `no answer: ${String((error as Error).cause ?? error)}`);
    return 0;
  }
  const { status } = response;
  const fault = status >= 400 || path === "/" ? faultOf(response, text, request) : undefined;
  if (status >= 500 || fault !== undefined) {
    report.find(again, `${status} ${fault ?? ""} ${text.slice(0, 300)} for ${method} ${path} ${printed(body)}`);
  } else report.count(status >= 400 ? nameOf(text, status) : "answered");
  return status;
}

/** What is wrong with the answer; undefined: nothing. */
function faultOf(response: Response, text: string, { path }: MadeRequest): string | undefined {
  const { status } = response;
  if (status >= 300 && status < 400) return "a redirection";
  if (text === "") return status >= 400 ? "an empty refusal" : undefined;
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch {
    return "no JSON";
  }
  if (status < 400) return undefined;
  const { __type, message, title } = answer as Readonly<Record<string, unknown>>;
  const isWire = path === "/" || path === "/?x=1";
  if (isWire && (typeof __type !== "string" || typeof message !== "string")) return "an untyped refusal";
  if (!isWire && typeof title !== "string" && typeof __type !== "string") return "a refusal without a title";
  // What the caller sent may stand in the message; what the platform says of itself may not.
  return STACK.test(text) ? "the inside shows" : undefined;
}

function nameOf(text: string, status: number): string {
  const { __type, title } = JSON.parse(text) as Readonly<Record<string, unknown>>;
  return `${status} ${String(__type ?? title)}`;
}

function printed(body: MadeRequest["body"]): string {
  const text = typeof body === "string" ? body : body === undefined ? "" : `bytes ${Buffer.from(body).toString("hex")}`;
  return JSON.stringify(text.slice(0, 600));
}

/** What was refused is sent once more: unless something is accepted this time, the catalogue is what it was. */
async function claimNothingChanged(endpoint: string, refused: readonly Answered[], report: Report): Promise<void> {
  const CHUNK = 2000;
  for (let at = 0; at < refused.length; at += CHUNK) {
    const before = await catalogueOf(endpoint);
    const accepted = new Set<string>();
    const quiet = new Report();
    await inParallel(refused.slice(at, at + CHUNK), async ({ request, again }) => {
      const status = await sent(endpoint, request, again, quiet);
      if (status < 400) accepted.add(again);
    });
    report.findings.push(...quiet.findings);
    if (accepted.size > 0) report.count("chunks in which something was accepted the second time");
    else if ((await catalogueOf(endpoint)) === before) report.count("chunks of refused requests that changed nothing");
    else report.find(`refused requests ${at} to ${at + CHUNK}`, "the catalogue changed");
  }
}

async function inParallel<T>(items: Iterable<T>, work: (item: T) => Promise<void>): Promise<void> {
  const iterator = items[Symbol.iterator]();
  const worker = async (): Promise<void> => {
    for (let next = iterator.next(); next.done !== true; next = iterator.next()) await work(next.value);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}
