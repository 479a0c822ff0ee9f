/** A message as `sendMessage` and each entry of `sendMessageBatch` describe it. */
import { utf8Size, type JsonObject } from "../../../asl/json.ts";
import { derivedUuid } from "../../derived-uuid.ts";
import { md5OfAttributes, md5OfText, readAttributes } from "../../queues/message-attributes.ts";
import type { QueueMessage } from "../../queues/queue-message.ts";
import { isFifo } from "../../queues/queue-name.ts";
import type { ServiceRefusal } from "../aws-answer.ts";
import type { ServiceCall } from "../integration.ts";
import { textOf, type ParametersOf } from "../parameters.ts";

export const ENTRY = {
  MessageBody: "json?",
  DelaySeconds: "number?",
  MessageAttributes: "object?",
  MessageDeduplicationId: "text?",
  MessageGroupId: "text?",
} as const;

type ReadEntry =
  | { readonly ok: true; readonly message: QueueMessage }
  | { readonly ok: false; readonly refusal: ServiceRefusal };

const MAX_DELAY_SECONDS = 900;
const MAX_BODY_BYTES = 1_048_576;
const FIFO_ID = /^[\w!"#$%&'()*+,\-./:;<=>?@[\\\]^`{|}~]{1,128}$/u;

/** @param id what tells this message from others of the same call */
export function readEntry(
  call: Pick<ServiceCall, "idempotencyKey" | "traceHeader" | "callDepth">,
  queue: string,
  entry: ParametersOf<typeof ENTRY>,
  sentAt: number,
  id = "",
): ReadEntry {
  const body = textOf(entry.MessageBody) ?? "";
  if (body === "") return refused("MissingParameter", missing("MessageBody"));
  if (utf8Size(body) > MAX_BODY_BYTES)
    return invalid(`One or more parameters are invalid. Reason: Message must be shorter than ${MAX_BODY_BYTES} bytes.`);
  const { DelaySeconds: delaySeconds, MessageGroupId: groupId, MessageDeduplicationId: deduplicationId } = entry;
  if (delaySeconds !== undefined) {
    const value = `Value ${delaySeconds} for parameter DelaySeconds is invalid. Reason: `;
    if (!Number.isInteger(delaySeconds) || delaySeconds < 0 || delaySeconds > MAX_DELAY_SECONDS)
      return invalid(`${value}DelaySeconds must be >= 0 and <= ${MAX_DELAY_SECONDS}.`);
    if (isFifo(queue)) return invalid(`${value}The request include parameter that is not valid for this queue type.`);
  }
  if (isFifo(queue) && groupId === undefined) return refused("MissingParameter", missing("MessageGroupId"));
  if (isFifo(queue) && deduplicationId === undefined)
    return invalid(
      "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly",
    );
  const [name = "", text] =
    Object.entries({ MessageGroupId: groupId, MessageDeduplicationId: deduplicationId }).find(
      ([, given]) => given !== undefined && !FIFO_ID.test(given),
    ) ?? [];
  if (text !== undefined)
    return invalid(
      `Value ${text} for parameter ${name} is invalid. Reason: ${name} can only include alphanumeric and punctuation characters. 1 to 128 in length.`,
    );
  const attributes = readAttributes(entry.MessageAttributes);
  if (!attributes.ok) return invalid(attributes.message);
  const { idempotencyKey, traceHeader, callDepth } = call;
  const message = {
    messageId: derivedUuid(`${idempotencyKey} ${id}`),
    body,
    attributes: attributes.attributes,
    sentAt,
    ...(delaySeconds !== undefined && { delaySeconds }),
    ...(groupId !== undefined && { groupId }),
    ...(deduplicationId !== undefined && { deduplicationId }),
    ...(traceHeader !== undefined && { traceHeader }),
    ...(callDepth !== undefined && { callDepth }),
  };
  return { ok: true, message };
}

/** What SQS answers of a message that it took. @param md5 how the two kinds of integration begin the names of those members */
export function answerOf({ messageId, body, attributes }: QueueMessage, md5: "MD5" | "Md5"): JsonObject {
  const ofAttributes = md5OfAttributes(attributes);
  return {
    ...(ofAttributes !== undefined && { [`${md5}OfMessageAttributes`]: ofAttributes }),
    [`${md5}OfMessageBody`]: md5OfText(body),
    MessageId: messageId,
  };
}

export function missing(parameter: string): string {
  return `The request must contain the parameter ${parameter}.`;
}

function invalid(message: string): ReadEntry {
  return refused("InvalidParameterValue", message);
}

function refused(code: string, message: string): ReadEntry {
  return { ok: false, refusal: { code, message, status: 400 } };
}
