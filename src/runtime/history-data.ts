/** The data of a history: what is left out where somebody wants the events without it. */
import type { HistoryEvent } from "../engine/history-event.ts";

const PAYLOAD_MEMBERS = new Set(["input", "output", "parameters", "assignedVariables"]);

export function withoutPayloads(event: HistoryEvent): HistoryEvent {
  if (event.details === undefined) return event;
  const kept = Object.entries(event.details).filter(([member]) => !PAYLOAD_MEMBERS.has(member));
  return { ...event, details: Object.fromEntries(kept) };
}
