/**
 * Executions in R2, from the moment on when nothing else holds them.
 *
 * R1. One object each: `_stepflare/archive/{state machine}/{execution}/{start}.json.gz`, the start as ISO 8601. A name that was used again
 *     has several, and the last one is the newest.
 * R2. It holds what DescribeExecution, DescribeStateMachineForExecution and GetExecutionHistory answered, under AWS's names:
 *     `{"version": 1, "execution": …, "stateMachine": …, "events": […]}`, moments as ISO 8601, JSON as text.
 * R3. Task tokens are left out: nobody waits for them any more.
 * R4. Written again it is the same object: a crash leaves no second one.
 */
import type { HistoryEvent } from "../engine/history-event.ts";
import { RESERVED_PREFIX } from "./objects/buckets.ts";
import { parseArnOf } from "./arn.ts";
import { hideTokens, withoutTokens } from "./hidden-tokens.ts";
import type { ExecutionDescription, PinnedStateMachine } from "./execution-rpc.ts";
import type { Redactor } from "./redaction.ts";

/** Parts of an upload: R2 takes none below 5 MiB, and all but the last must be alike. */
const PART_BYTES = 8_388_608;

/** The text, in portions: a whole history may be larger than memory. @param redactor of the history; the description is as it is given */
export function* archiveText(
  execution: ExecutionDescription,
  stateMachine: PinnedStateMachine,
  history: Iterable<readonly HistoryEvent[]>,
  redactor?: Redactor,
): Generator<string> {
  const { startDate, stopDate, redriveDate, ...described } = execution;
  const shown = {
    ...described,
    startDate: isoOf(startDate),
    ...(stopDate !== undefined && { stopDate: isoOf(stopDate) }),
    ...(redriveDate !== undefined && { redriveDate: isoOf(redriveDate) }),
  };
  const machine = { ...stateMachine, updateDate: isoOf(stateMachine.updateDate) };
  yield `{"version":1,"execution":${hideTokens(JSON.stringify(shown))},"stateMachine":${JSON.stringify(machine)},"events":[`;
  let separator = "";
  for (const events of history) {
    for (const event of events) {
      yield separator + JSON.stringify(archivedEvent(redactor?.event(event) ?? event));
      separator = ",";
    }
  }
  yield "]}";
}

function archivedEvent(given: HistoryEvent): object {
  const { id, previousEventId, type, timestamp, detailsName, details } = withoutTokens(given);
  const event = { id, previousEventId, type, timestamp: isoOf(timestamp) };
  return detailsName === undefined ? event : { ...event, [detailsName]: details ?? {} };
}

/** Compresses the text and writes it. */
export async function writeArchive(
  objects: R2Bucket,
  { executionArn, startDate, status }: ExecutionDescription,
  text: Iterable<string>,
): Promise<void> {
  const key = archivePrefix(executionArn) + isoOf(startDate) + SUFFIX;
  const options = {
    httpMetadata: { contentType: "application/json", contentEncoding: "gzip" },
    customMetadata: { status },
  };
  const pending = new Pending();
  let upload: R2MultipartUpload | undefined;
  const parts: R2UploadedPart[] = [];
  for await (const chunk of gzipped(text)) {
    pending.add(chunk);
    while (pending.size > PART_BYTES) {
      upload ??= await objects.createMultipartUpload(key, options);
      parts.push(await upload.uploadPart(parts.length + 1, pending.take(PART_BYTES)));
    }
  }
  const rest = pending.take(pending.size);
  if (upload === undefined) await objects.put(key, rest, options);
  else await upload.complete([...parts, await upload.uploadPart(parts.length + 1, rest)]);
}

/**
 * The archived execution's text; undefined: there is none.
 * @param startDate epoch milliseconds; absent: the newest of that name
 */
export async function readArchive(
  objects: Pick<R2Bucket, "get" | "list">,
  executionArn: string,
  startDate: number | undefined,
): Promise<ReadableStream | undefined> {
  const prefix = archivePrefix(executionArn);
  const key = startDate === undefined ? await newestKey(objects, prefix) : prefix + isoOf(startDate) + SUFFIX;
  const object = key === undefined ? null : await objects.get(key);
  return object?.body.pipeThrough(new DecompressionStream("gzip"));
}

const SUFFIX = ".json.gz";

async function newestKey(objects: Pick<R2Bucket, "list">, prefix: string): Promise<string | undefined> {
  let newest: string | undefined;
  let cursor: string | undefined;
  do {
    const page: R2Objects = await objects.list({ prefix, ...(cursor !== undefined && { cursor }) });
    newest = page.objects.at(-1)?.key ?? newest;
    cursor = page.truncated ? page.cursor : undefined;
  } while (cursor !== undefined);
  return newest;
}

function archivePrefix(executionArn: string): string {
  const parsed = parseArnOf(executionArn, "execution");
  if (!parsed.ok) throw new Error(`Defect: ${executionArn} is no execution's ARN`);
  return `${RESERVED_PREFIX}archive/${parsed.arn.stateMachineName}/${parsed.arn.name}/`;
}

function gzipped(text: Iterable<string>): ReadableStream<Uint8Array> {
  const portions = text[Symbol.iterator]();
  const encoder = new TextEncoder();
  const source = new ReadableStream<Uint8Array>({
    pull: (controller) => {
      const next = portions.next();
      if (next.done === true) controller.close();
      else controller.enqueue(encoder.encode(next.value));
    },
  });
  return source.pipeThrough(new CompressionStream("gzip"));
}

/** Bytes that have come and are not written yet. */
class Pending {
  readonly #chunks: Uint8Array[] = [];
  size = 0;

  add(chunk: Uint8Array): void {
    this.#chunks.push(chunk);
    this.size += chunk.byteLength;
  }

  /** The first so many of them. */
  take(count: number): Uint8Array {
    const taken = new Uint8Array(count);
    let filled = 0;
    while (filled < count) {
      const chunk = this.#chunks.shift() ?? new Uint8Array();
      const piece = chunk.subarray(0, count - filled);
      taken.set(piece, filled);
      filled += piece.byteLength;
      if (piece.byteLength < chunk.byteLength) this.#chunks.unshift(chunk.subarray(piece.byteLength));
    }
    this.size -= count;
    return taken;
  }
}

function isoOf(at: number): string {
  return new Date(at).toISOString();
}
