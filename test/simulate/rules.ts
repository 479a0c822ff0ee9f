/** The rules of every history (1 to 6), and of what is seen of an execution when all is quiet. */
import type { HistoryEvent } from "../../src/engine/history-event.ts";

export const TERMINAL: RegExp = /^Execution(?:Succeeded|Failed|Aborted|TimedOut)$/u;

/** @throws naming the rule that is broken */
export function expectSoundHistory(events: readonly HistoryEvent[]): void {
  const open = new Map<string, number>();
  for (const [i, event] of events.entries()) {
    const { id, previousEventId, type } = event;
    if (id !== i + 1) throw new Error(`1: event ${i + 1} has the id ${id}`);
    if (previousEventId >= id || previousEventId < 0) throw new Error(`1: event ${id} follows ${previousEventId}`);
    if (event.timestamp < (events[i - 1]?.timestamp ?? 0))
      throw new Error(`2: event ${id} is earlier than the one before`);
    if ((type === "ExecutionStarted") !== (id === 1)) throw new Error(`3: event ${id} is ${type}`);
    const next = events[i + 1]?.type;
    if (TERMINAL.test(type) && next !== undefined && next !== "ExecutionRedriven")
      throw new Error(`4: ${next} after ${type}, event ${id}`);
    if (type === "ExecutionRedriven" && !TERMINAL.test(events[i - 1]?.type ?? ""))
      throw new Error(`4: a redrive of what runs, event ${id}`);
    if (/^MapIteration|^FailState/u.test(type)) continue;
    const name = String(event.details?.["name"]);
    if (type.endsWith("StateEntered")) open.set(name, (open.get(name) ?? 0) + 1);
    if (type.endsWith("StateExited")) {
      const times = open.get(name) ?? 0;
      if (times === 0) throw new Error(`5: ${name} is left and was not entered, event ${id}`);
      open.set(name, times - 1);
    }
  }
}

/** What the history says of the status. */
export function foldedStatus(events: readonly HistoryEvent[]): string {
  switch (events.at(-1)?.type) {
    case "ExecutionSucceeded":
      return "SUCCEEDED";
    case "ExecutionFailed":
      return "FAILED";
    case "ExecutionAborted":
      return "ABORTED";
    case "ExecutionTimedOut":
      return "TIMED_OUT";
    default:
      return "RUNNING";
  }
}
