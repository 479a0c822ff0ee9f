/**
 * Takes logs and spans to where the settings say.
 *
 * E1. A place that cannot be reached is reported in the Worker's log; it holds nothing up and fails no execution.
 * E2. Each place gets a batch at once: one request, few messages, one object for each log group.
 */
import { RESERVED_PREFIX } from "../objects/buckets.ts";
import { withinTime } from "../time-limit.ts";
import type { LogEntry } from "../execution-log.ts";
import { logsBody, tracesBody, type LogRecord } from "./otlp.ts";
import type { Observability, OtlpTarget } from "./settings.ts";
import type { Span } from "./spans.ts";

export type Telemetry = { readonly log: LogRecord } | { readonly span: Span };

/** A message of the queue LOG_QUEUE. */
export interface LogMessage {
  readonly version: 1;
  readonly entries: readonly LogEntry[];
}

export interface ExportHost {
  fetch(url: string, init: RequestInit & { readonly body: string }): Promise<Response>;
  sleep(milliseconds: number): Promise<void>;
  now(): number;
  uuid(): string;
  readonly queue?: { send(message: LogMessage): Promise<unknown> } | undefined;
  readonly objects: { put(key: string, text: string): Promise<unknown> };
  logDefect(message: string, error: unknown): void;
}

/** Never rejects. */
export async function exportTelemetry(
  items: readonly Telemetry[],
  { logSinks, otlp }: Observability,
  host: ExportHost,
): Promise<void> {
  const logs = items.flatMap((item) => ("log" in item ? [item.log] : []));
  const spans = items.flatMap((item) => ("span" in item ? [item.span] : []));
  const work: [string, () => Promise<unknown>][] = [];
  if (otlp !== undefined && spans.length > 0) {
    work.push(["spans could not be sent by OTLP", () => post(otlp, "/v1/traces", tracesBody(spans), host)]);
  }
  if (logs.length > 0 && otlp !== undefined && logSinks.includes("otlp")) {
    work.push(["logs could not be sent by OTLP", () => post(otlp, "/v1/logs", logsBody(logs), host)]);
  }
  if (logs.length > 0 && logSinks.includes("queue")) {
    work.push(["logs could not be sent to LOG_QUEUE", () => enqueue(logs, host)]);
  }
  if (logs.length > 0 && logSinks.includes("r2")) {
    work.push(["logs could not be written to R2", () => putObjects(logs, host)]);
  }
  await Promise.all(
    work.map(async ([message, perform]) => {
      try {
        await perform();
      } catch (error) {
        host.logDefect(message, error);
      }
    }),
  );
}

const TRIES = 3;
const PAUSE_MS = 500;
const TIMEOUT_MS = 10_000;
/** What the protocol lets an exporter try again. */
const RETRYABLE: ReadonlySet<number> = new Set([429, 502, 503, 504]);

async function post({ endpoint, headers }: OtlpTarget, path: string, body: string, host: ExportHost): Promise<void> {
  for (let tries = 1; ; tries++) {
    const init = {
      method: "POST",
      headers: { ...headers, "content-type": "application/json" },
      body,
      redirect: "manual",
    } as const;
    const answer = await withinTime(TIMEOUT_MS, async (signal) => {
      const response = await host.fetch(endpoint + path, { ...init, signal });
      await response.body?.cancel();
      return response;
    }).catch((error: unknown) => error);
    if (answer instanceof Response) {
      if (answer.ok) return;
      if (tries === TRIES || !RETRYABLE.has(answer.status)) throw new Error(`answered ${answer.status}`);
    } else if (tries === TRIES) throw answer;
    await host.sleep(PAUSE_MS * tries);
  }
}

/** A message may have 128 KB, and a character may take three bytes. */
const MAX_MESSAGE_CHARACTERS = 40_000;
/** What is kept of each payload in an entry that exceeds a message. */
const MAX_KEPT_CHARACTERS = 4_000;

async function enqueue(logs: readonly LogRecord[], { queue }: ExportHost): Promise<void> {
  let entries: LogEntry[] = [];
  let size = 0;
  const flush = async (): Promise<void> => {
    if (entries.length > 0) await queue?.send({ version: 1, entries });
    entries = [];
    size = 0;
  };
  for (const { entry } of logs) {
    const fitting = JSON.stringify(entry).length > MAX_MESSAGE_CHARACTERS ? shortened(entry) : entry;
    const length = JSON.stringify(fitting).length;
    if (size + length > MAX_MESSAGE_CHARACTERS) await flush();
    entries.push(fitting);
    size += length;
  }
  await flush();
}

function shortened(entry: LogEntry): LogEntry {
  const cut = Object.entries(entry.details).flatMap(([member, value]): [string, unknown][] => {
    const text = typeof value === "string" ? value : JSON.stringify(value);
    if (text.length <= MAX_KEPT_CHARACTERS) return [];
    return [
      [member, text.slice(0, MAX_KEPT_CHARACTERS)],
      [`${member}Details`, { truncated: true }],
    ];
  });
  return { ...entry, details: { ...entry.details, ...Object.fromEntries(cut) } };
}

/** `_stepflare/logs/<day>/<log group, or the state machine's name>/<time>-<id>.jsonl` */
async function putObjects(logs: readonly LogRecord[], host: ExportHost): Promise<void> {
  const at = new Date(host.now()).toISOString();
  const day = at.slice(0, 10);
  const time = at.slice(11, 19).replaceAll(":", "");
  const lines = new Map<string, string[]>();
  for (const record of logs) {
    const folder = folderOf(record);
    const texts = lines.get(folder) ?? [];
    lines.set(folder, texts);
    texts.push(`${JSON.stringify(record.entry)}\n`);
  }
  await Promise.all(
    [...lines].map(([folder, texts]) =>
      host.objects.put(`${RESERVED_PREFIX}logs/${day}/${folder}/${time}-${host.uuid()}.jsonl`, texts.join("")),
    ),
  );
}

function folderOf({ logGroupArn, stateMachineArn }: LogRecord): string {
  const group = /:log-group:(?<name>[^:]+):/u.exec(logGroupArn ?? "")?.groups?.["name"];
  const name = group ?? stateMachineArn.slice(stateMachineArn.lastIndexOf(":") + 1);
  return name.replace(/^\/+/u, "");
}
