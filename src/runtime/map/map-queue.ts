/** The queue of chunks: each message is worked on until nothing more is to be done for it. */
import { type Env } from "../../env.ts";
import type { ExpressOutcome, ExpressRequest } from "../express-run.ts";
import { workOnChunk, type ChunkWorker } from "./chunk-worker.ts";
import type { MapRunMessage } from "./map-run-rpc.ts";

/** What this needs of the platform's message. */
export interface QueuedChunk {
  readonly body: MapRunMessage;
  ack(): void;
}

/** A chunk that could not be worked on is left to its Map Run, which sends it again. */
export async function consumeMapRuns(messages: readonly QueuedChunk[], worker: ChunkWorker): Promise<void> {
  await Promise.all(
    messages.map(async (message) => {
      try {
        await workOnChunk(message.body, worker);
      } catch (error) {
        worker.logDefect(`chunk ${message.body.chunk} of ${message.body.mapRunArn} could not be worked on`, error);
      }
      message.ack();
    }),
  );
}

export function chunkWorker(env: Env, runExpress: (request: ExpressRequest) => Promise<ExpressOutcome>): ChunkWorker {
  return {
    mapRun: (mapRunArn) => env.MAP_RUN.getByName(mapRunArn),
    runExpress,
    standard: (executionArn) => env.EXECUTION.getByName(executionArn),
    now: () => Date.now(),
    uuid: () => crypto.randomUUID(),
    random: () => Math.random(),
    sleep: (milliseconds) => scheduler.wait(milliseconds),
    logDefect: (message, error) => console.error(`stepflare: ${message}`, error),
  };
}
