/**
 * Task tokens and approval links where somebody reads who may not answer tasks: whoever has one can answer.
 *
 * They are found by their form, wherever a text holds them: in an input, in the output of a child execution, in an error
 * that quotes the context object. What was made of a token (its base64, a part of it) is not known to be one.
 */
import type { HistoryEvent, HistoryEventDetails } from "../engine/history-event.ts";
import { APPROVAL_LINK_PREFIX } from "./approval-link.ts";
import { TASK_TOKEN_PREFIX } from "./task-token.ts";

/** Shorter ones are none: their seal alone is longer. */
const SECRETS = new RegExp(`(?:${TASK_TOKEN_PREFIX}|${APPROVAL_LINK_PREFIX})[\\w-]{60,}`, "gu");
const HIDDEN = "***";

export function hideTokens(text: string): string;
export function hideTokens(text: string | undefined): string | undefined;
export function hideTokens(text: string | undefined): string | undefined {
  // Most texts hold none, and some are long.
  const mayHold = text !== undefined && (text.includes(TASK_TOKEN_PREFIX) || text.includes(APPROVAL_LINK_PREFIX));
  return mayHold ? text.replaceAll(SECRETS, HIDDEN) : text;
}

/** The event without tokens in any of its texts; itself where it has none. */
export function withoutTokens(event: HistoryEvent): HistoryEvent {
  const { details } = event;
  if (details === undefined) return event;
  const shown = shownValue(details) as HistoryEventDetails;
  return shown === details ? event : { ...event, details: shown };
}

function shownValue(value: unknown): unknown {
  if (typeof value === "string") return hideTokens(value);
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(shownValue);
  const members = Object.entries(value).map(([name, member]) => [name, shownValue(member)] as const);
  const isSame = members.every(([name, member]) => member === (value as Record<string, unknown>)[name]);
  return isSame ? value : Object.fromEntries(members);
}
