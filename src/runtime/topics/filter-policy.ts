/**
 * Filter policies: of what is published on a topic, what a subscriber wants to hear. They are event patterns of the attributes or of
 * the message, with the same operators.
 * @see https://docs.aws.amazon.com/sns/latest/dg/sns-subscription-filter-policies.html
 */
import { isObject, type Json, type JsonObject } from "../../asl/json.ts";
import { readEventPattern } from "../events/event-pattern.ts";
import { matchesEvent } from "../events/event-pattern-match.ts";
import type { MessageAttributes } from "../queues/message-attributes.ts";

export type FilterPolicy = JsonObject;
export type FilterPolicyScope = "MessageAttributes" | "MessageBody";

/** What is wrong with it; undefined: nothing. */
export function filterPolicyFault(policy: Json, scope: FilterPolicyScope): string | undefined {
  const read = readEventPattern(policy);
  if (!read.ok) return read.fault;
  const isNested = scope === "MessageAttributes" && read.pattern.fields.some(({ kind }) => kind === "object");
  return isNested ? "Only the scope MessageBody allows for members below others" : undefined;
}

/** Whether the subscriber wants to hear of it. */
export function matchesFilterPolicy(
  policy: FilterPolicy,
  scope: FilterPolicyScope,
  attributes: MessageAttributes,
  message: string,
): boolean {
  const read = readEventPattern(policy);
  const published = scope === "MessageAttributes" ? valuesOf(attributes) : parsed(message);
  return read.ok && isObject(published) && matchesEvent(read.pattern, published);
}

/** Attributes as JSON: a number as one, a `String.Array` as what it holds; bytes cannot be asked for. */
function valuesOf(attributes: MessageAttributes): JsonObject {
  const entries = Object.entries(attributes).flatMap(([name, { DataType, StringValue }]): [string, Json][] => {
    if (StringValue === undefined) return [];
    if (DataType.startsWith("Number")) return [[name, Number(StringValue)]];
    return [[name, DataType === "String.Array" ? (parsed(StringValue) ?? StringValue) : StringValue]];
  });
  return Object.fromEntries(entries);
}

/** undefined: the text is not JSON. */
function parsed(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}
