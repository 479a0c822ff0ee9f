/**
 * How many rules led to each other: it ends state machines whose own events start them.
 *
 * D1. It stands at the end of an execution's name, so that nothing else has to carry it; the rest of the name is of the event
 *     and the target, so that an event that is delivered twice starts one execution.
 * D2. What an execution starts by itself (a child) begins anew.
 */
import { uuidOf } from "./bus-event.ts";

/** The deepest execution that a rule starts. */
export const MAX_RULE_DEPTH = 20;

const NAME = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}_[\da-f]{12}_(?<depth>\d{1,2})$/u;

/** Of the execution with that name; undefined: no rule started it. */
export function depthOf(executionName: string): number | undefined {
  const depth = NAME.exec(executionName)?.groups?.["depth"];
  return depth === undefined ? undefined : Number(depth);
}

/** The name of the execution that the event starts there. @param depth of what the event comes from */
export function startedName(eventId: string, rule: string, target: string, depth: number | undefined): string {
  const place = uuidOf(`${rule} ${target}`).replaceAll("-", "").slice(0, 12);
  return `${eventId}_${place}_${(depth ?? 0) + 1}`;
}
