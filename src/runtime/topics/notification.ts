/** What is published on a topic, in the form that each kind of subscriber gets. */
import type { JsonObject } from "../../asl/json.ts";
import type { MessageAttributes } from "../queues/message-attributes.ts";

export interface Notification {
  /** The same whenever it is published again after a crash. */
  readonly messageId: string;
  readonly topicArn: string;
  readonly subject?: string;
  /** What this subscriber's protocol gets. */
  readonly message: string;
  readonly attributes: MessageAttributes;
  /** Epoch milliseconds. */
  readonly publishedAt: number;
  readonly groupId?: string;
  readonly deduplicationId?: string;
  readonly traceHeader?: string;
  /** How many calls of tasks led to each other until it was published. */
  readonly callDepth?: number;
}

/**
 * SNS's notification, as a webhook or a queue gets it unless it wants the message raw. Without SNS's own signature: a webhook's
 * headers carry ours.
 * @see https://docs.aws.amazon.com/sns/latest/dg/http-notification-json.html
 */
export function notificationBody(notification: Notification): JsonObject {
  const { messageId, topicArn, subject, message, publishedAt, attributes } = notification;
  return {
    Type: "Notification",
    MessageId: messageId,
    TopicArn: topicArn,
    ...(subject !== undefined && { Subject: subject }),
    Message: message,
    Timestamp: new Date(publishedAt).toISOString(),
    ...(Object.keys(attributes).length > 0 && { MessageAttributes: shownAttributes(attributes) }),
  };
}

/**
 * What Lambda gets of SNS.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html
 */
export function functionEvent(notification: Notification, subscriptionArn: string): JsonObject {
  const { subject, attributes } = notification;
  return {
    Records: [
      {
        EventSource: "aws:sns",
        EventVersion: "1.0",
        EventSubscriptionArn: subscriptionArn,
        Sns: {
          ...notificationBody(notification),
          Subject: subject ?? null,
          MessageAttributes: shownAttributes(attributes),
        },
      },
    ],
  };
}

function shownAttributes(attributes: MessageAttributes): JsonObject {
  const entries = Object.entries(attributes).map(([name, { DataType, StringValue, BinaryValue }]) => [
    name,
    { Type: DataType, Value: StringValue ?? BinaryValue ?? "" },
  ]);
  return Object.fromEntries(entries) as JsonObject;
}
