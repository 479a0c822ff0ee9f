/** The data of a history: how much of it fits into an answer, and what is left out where somebody wants the events without it. */
import type { HistoryEvent } from "../engine/history-event.ts";

const PAYLOAD_MEMBERS = new Set(["input", "output", "parameters", "assignedVariables"]);

export function withoutPayloads(event: HistoryEvent): HistoryEvent {
  if (event.details === undefined) return event;
  const kept = Object.entries(event.details).filter(([member]) => !PAYLOAD_MEMBERS.has(member));
  return { ...event, details: Object.fromEntries(kept) };
}

/** Of a page: an answer of an object may have 32 MiB, and a character takes up to two bytes. */
export const MAX_PAGE_CHARACTERS = 8_000_000;

/** Of the event's data. */
export function charactersOf({ details = {} }: HistoryEvent): number {
  return lengthOf(details);
}

function lengthOf(value: unknown): number {
  if (typeof value === "string") return value.length;
  if (typeof value !== "object" || value === null) return 0;
  let length = 0;
  for (const member of Object.values(value)) length += lengthOf(member);
  return length;
}

/** How many of the events fit into a page; one does, however large it is. */
export function countFitting(events: readonly HistoryEvent[], maxResults: number): number {
  let characters = 0;
  const over = events.findIndex((event, i) => {
    characters += charactersOf(event);
    return i > 0 && (i >= maxResults || characters > MAX_PAGE_CHARACTERS);
  });
  return over < 0 ? events.length : over;
}
