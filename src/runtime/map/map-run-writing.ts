/**
 * Writes the results of a Map Run stretch by stretch: an object computes for 30 seconds at a time, and may be gone at any moment.
 *
 * V1. Behind each stretch the position is stored: a crash repeats the last stretch, and the files are the same.
 * V2. What fits into one stretch stores nothing. Where the object has no room for a position, the rest is one stretch.
 */
import { isStorageFull } from "../outage.ts";
import type { ChildResult } from "./child-result.ts";
import { ResultWriterFailure } from "./failures.ts";
import type { MapRunStore, WritingPosition } from "./map-run-store.ts";
import { isLostUpload } from "../objects/part-writer.ts";
import type { FileLimits, ResultsPosition, ResultWriting, WrittenResults } from "./result-writer.ts";

export interface StretchLimits {
  /** A stretch ends with the chunk in which it has reached one of these. */
  readonly children: number;
  readonly bytes: number;
  readonly files?: FileLimits;
}

/** One to two seconds of computing. */
const LIMITS: StretchLimits = { children: 50_000, bytes: 67_108_864 };

/** The results, chunk by chunk, in the order of the items. */
export interface ResultChunks {
  readonly chunks: number;
  of(chunk: number): AsyncIterable<ChildResult>;
}

/** Answers undefined where there is more to write. @throws ResultWriterFailure */
export async function writeStretch(
  begin: (from?: ResultsPosition) => ResultWriting,
  results: ResultChunks,
  epoch: number,
  store: MapRunStore,
  limits: StretchLimits = LIMITS,
): Promise<WrittenResults | undefined> {
  const stored = store.readWriting();
  // Results of before a redrive are written anew.
  const from = stored?.epoch === epoch ? stored : undefined;
  const writing = begin(from?.files);
  try {
    const [bytes, completed] = [writing.bytes, writing.completed];
    let children = 0;
    let hasRoom = true;
    for (let next = from?.next ?? 0; next < results.chunks; next++) {
      const isLong = children >= limits.children || writing.bytes - bytes >= limits.bytes;
      const isDue = isLong || writing.completed > completed;
      if (isDue && hasRoom) {
        hasRoom = note(store, { epoch, next, files: writing.position });
        if (hasRoom) return undefined;
      }
      for await (const result of results.of(next)) {
        await writing.write(result);
        children += 1;
      }
    }
    // An upload that is complete cannot be gone on with: that it is, is stored.
    const isOneStretch = from === undefined;
    while (await writing.completeNext()) {
      if (!isOneStretch) note(store, { epoch, next: results.chunks, files: writing.position });
    }
    return await writing.nameFiles();
  } catch (error) {
    const isHopeless = error instanceof ResultWriterFailure || isLostUpload(error);
    await writing.giveUp(isHopeless ? undefined : from?.files);
    if (isHopeless) store.write(() => store.deleteWriting());
    // Then all is written from the start.
    if (isLostUpload(error)) return undefined;
    throw error;
  }
}

/** Stores how far the results are written; answers whether there was room. */
function note(store: MapRunStore, position: WritingPosition): boolean {
  try {
    store.putWriting(position);
    return true;
  } catch (error) {
    if (isStorageFull(error)) return false;
    throw error;
  }
}
