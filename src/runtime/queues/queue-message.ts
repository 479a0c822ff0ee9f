/**
 * A message of a queue: as it is sent, and as whoever consumes it gets it, which is Lambda's event for SQS.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
 */
import type { JsonObject } from "../../asl/json.ts";
import type { ArnConfig } from "../arn.ts";
import { md5OfAttributes, md5OfText, type MessageAttributes } from "./message-attributes.ts";
import { queueArnOf } from "./queue-name.ts";

export interface QueueMessage {
  /** The same whenever it is sent again after a crash: by it a consumer knows what it has had. */
  readonly messageId: string;
  readonly body: string;
  readonly attributes: MessageAttributes;
  /** Epoch milliseconds. */
  readonly sentAt: number;
  /** How long it is held back; absent: as long as the queue says, which is not at all unless it was told to. */
  readonly delaySeconds?: number;
  /** What queues whose names end in `.fifo` ask for: handed on, and nothing else. */
  readonly groupId?: string;
  readonly deduplicationId?: string;
  /** X-Ray's, of an execution that is traced. */
  readonly traceHeader?: string;
  /** How many calls of tasks led to each other until it was sent. */
  readonly callDepth?: number;
  /** The queue whose consumer has failed with it so often that it came here. */
  readonly deadOf?: string;
}

/** An entry of `Records`. @param receives how often it has been delivered, this time included; undefined: not known here */
export function recordOf(config: ArnConfig, queue: string, message: QueueMessage, receives?: number): JsonObject {
  const { messageId, body, attributes, sentAt, groupId, deduplicationId, traceHeader, deadOf } = message;
  const md5OfMessageAttributes = md5OfAttributes(attributes);
  return {
    messageId,
    receiptHandle: messageId,
    body,
    attributes: {
      ...(receives !== undefined && { ApproximateReceiveCount: String(receives) }),
      SentTimestamp: String(sentAt),
      SenderId: config.accountId,
      ...(groupId !== undefined && { MessageGroupId: groupId }),
      ...(deduplicationId !== undefined && { MessageDeduplicationId: deduplicationId }),
      ...(traceHeader !== undefined && { AWSTraceHeader: traceHeader }),
      ...(deadOf !== undefined && { DeadLetterQueueSourceArn: queueArnOf(config, deadOf) }),
    },
    messageAttributes: Object.fromEntries(
      Object.entries(attributes).map(([name, { DataType, StringValue, BinaryValue }]) => [
        name,
        {
          ...(StringValue !== undefined && { stringValue: StringValue }),
          ...(BinaryValue !== undefined && { binaryValue: BinaryValue }),
          stringListValues: [],
          binaryListValues: [],
          dataType: DataType,
        },
      ]),
    ),
    md5OfBody: md5OfText(body),
    ...(md5OfMessageAttributes !== undefined && { md5OfMessageAttributes }),
    eventSource: "aws:sqs",
    eventSourceARN: queueArnOf(config, queue),
    awsRegion: config.region,
  };
}
