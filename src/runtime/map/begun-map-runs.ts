/** The Map Runs of an execution, read off its history: no row is written for them. */
import type { ExecutionOutcome } from "../../engine/execution.ts";
import type { HistoryEvent, HistoryEventType } from "../../engine/history-event.ts";
import type { BegunMapRun } from "../execution-rpc.ts";

export const MAP_RUN_EVENTS: ReadonlySet<HistoryEventType> = new Set<HistoryEventType>([
  "MapRunStarted",
  "MapRunRedriven",
  "MapRunSucceeded",
  "MapRunFailed",
]);

/** In the order in which they began. One that was stopped has ended with its execution. */
export function begunMapRuns(events: Iterable<HistoryEvent>, outcome: ExecutionOutcome): readonly BegunMapRun[] {
  const runs = new Map<string, BegunMapRun>();
  /** An end follows the event with which the Map Run began, or went on. */
  const byEvent = new Map<number, string>();
  for (const { id, previousEventId, type, timestamp, details } of events) {
    const named = details?.["mapRunArn"];
    const mapRunArn = typeof named === "string" ? named : byEvent.get(previousEventId);
    if (mapRunArn === undefined) continue;
    const startDate = runs.get(mapRunArn)?.startDate ?? timestamp;
    const isEnd = type === "MapRunSucceeded" || type === "MapRunFailed";
    if (!isEnd) byEvent.set(id, mapRunArn);
    runs.set(mapRunArn, { mapRunArn, startDate, ...(isEnd && { stopDate: timestamp }) });
  }
  if (outcome.status === "RUNNING") return [...runs.values()];
  return [...runs.values()].map((run) => ({ stopDate: outcome.stoppedAt, ...run }));
}
