/** What `publish` is asked, as it goes to a topic's subscribers, or what SNS says of it. */
import { isObject, memberOf, utf8Size, type Json } from "../../../asl/json.ts";
import { derivedUuid } from "../../derived-uuid.ts";
import { readAttributes } from "../../queues/message-attributes.ts";
import { isFifo } from "../../queues/queue-name.ts";
import type { Publication } from "../../topics/publish.ts";
import type { ServiceRefusal } from "../aws-answer.ts";
import type { ServiceCall } from "../integration.ts";
import { textOf, type ParametersOf } from "../parameters.ts";

type Read<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly refusal: ServiceRefusal };

const MAX_MESSAGE_BYTES = 262_144;
const MAX_SUBJECT_CHARACTERS = 100;
const ARN_ELEMENTS = 6;

/** What is needed is for SNS to say. */
export const PUBLISH = {
  Message: "json?",
  MessageAttributes: "object?",
  MessageDeduplicationId: "text?",
  MessageGroupId: "text?",
  MessageStructure: "text?",
  PhoneNumber: "text?",
  Subject: "text?",
  TargetArn: "text?",
  TopicArn: "text?",
} as const;

type Published = ParametersOf<typeof PUBLISH>;

/** The topic's name. */
export function readTopicName({ TopicArn = "", TargetArn = "" }: Published): Read<string> {
  const [field, arn] = TopicArn === "" ? ["TargetArn", TargetArn] : ["TopicArn", TopicArn];
  if (arn === "") return invalid("TopicArn or TargetArn Reason: no value for required parameter");
  const parts = arn.split(":");
  if (parts.length < ARN_ELEMENTS)
    return invalid(`${field} Reason: An ARN must have at least ${ARN_ELEMENTS} elements, not ${parts.length}`);
  const [prefix, , service, , , name = "", ...others] = parts;
  if (prefix !== "arn" || service !== "sns" || name === "" || others.length > 0)
    return invalid(`${field} Reason: ${arn} is not the ARN of a topic`);
  return { ok: true, value: name };
}

export function readPublication(
  call: ServiceCall,
  topic: string,
  parameters: Published,
  at: number,
): Read<Publication> {
  const message = textOf(parameters.Message);
  if (message === undefined)
    return refused(
      "ValidationError",
      "1 validation error detected: Value null at 'message' failed to satisfy constraint: Member must not be null",
    );
  if (message === "") return invalid("Empty message");
  if (utf8Size(message) > MAX_MESSAGE_BYTES) return invalid("Message too long");
  const { Subject: subject, MessageGroupId: groupId, MessageDeduplicationId: deduplicationId } = parameters;
  if (subject !== undefined && (subject.length > MAX_SUBJECT_CHARACTERS || !/^[^\s\p{Cc}][^\p{Cc}]*$/u.test(subject)))
    return invalid("Subject");
  if (isFifo(topic) && groupId === undefined)
    return invalid("The MessageGroupId parameter is required for FIFO topics");
  if (isFifo(topic) && deduplicationId === undefined)
    return invalid(
      "The topic should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly",
    );
  if (!isFifo(topic) && deduplicationId !== undefined)
    return invalid(
      "MessageDeduplicationId Reason: The request includes MessageDeduplicationId parameter that is not valid for this topic type",
    );
  const { MessageStructure: structure, TopicArn = "", TargetArn = "" } = parameters;
  if (structure !== undefined && structure !== "json") return invalid("MessageStructure Reason: it may only be json");
  const messages = structure === undefined ? { ok: true as const, value: undefined } : readMessages(message);
  if (!messages.ok) return messages;
  const attributes = readAttributes(parameters.MessageAttributes);
  if (!attributes.ok) return refused("InvalidParameterValue", `Invalid parameter value: ${attributes.message}`);
  const { idempotencyKey, traceHeader, callDepth } = call;
  return {
    ok: true,
    value: {
      messageId: derivedUuid(idempotencyKey),
      topicArn: TopicArn === "" ? TargetArn : TopicArn,
      message: messages.value?.["default"] ?? message,
      ...(messages.value !== undefined && { messages: messages.value }),
      attributes: attributes.attributes,
      publishedAt: at,
      ...(subject !== undefined && { subject }),
      ...(groupId !== undefined && { groupId }),
      ...(deduplicationId !== undefined && { deduplicationId }),
      ...(traceHeader !== undefined && { traceHeader }),
      ...(callDepth !== undefined && { callDepth }),
    },
  };
}

/** Of a message that is another one for each protocol. */
function readMessages(message: string): Read<Readonly<Record<string, string>>> {
  const given = parsed(message);
  if (!isObject(given)) return invalid("Message Structure - JSON message body failed to parse");
  if (typeof memberOf(given, "default") !== "string")
    return invalid("Message Structure - No default entry in JSON message body");
  // What is no text is passed over, as SNS does.
  const texts = Object.entries(given).filter((entry): entry is [string, string] => typeof entry[1] === "string");
  return { ok: true, value: Object.fromEntries(texts) };
}

/** undefined: the text is not JSON. */
function parsed(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

function invalid(what: string): { readonly ok: false; readonly refusal: ServiceRefusal } {
  return refused("InvalidParameter", `Invalid parameter: ${what}`);
}

function refused(code: string, message: string): { readonly ok: false; readonly refusal: ServiceRefusal } {
  return { ok: false, refusal: { code, message, status: 400 } };
}
