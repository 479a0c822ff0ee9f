/**
 * How a queue is named: by its URL, its ARN, or its name alone. Region and account are not looked at, as those of functions are not.
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-queue-message-identifiers.html
 */
import type { ArnConfig } from "../arn.ts";

const NAME = /^(?=.{1,80}$)[\w-]+(?:\.fifo)?$/u;
const ARN = /^arn:[\w-]+:sqs:[^:]*:[^:]*:(?<name>[^:]+)$/u;

export function isQueueName(text: string): boolean {
  return NAME.test(text);
}

/** undefined: it names no queue. */
export function queueNameOf(text: string): string | undefined {
  const name = ARN.exec(text)?.groups?.["name"] ?? (URL.canParse(text) ? lastOf(new URL(text)) : text);
  return name !== undefined && isQueueName(name) ? name : undefined;
}

export function queueArnOf({ region, accountId }: ArnConfig, name: string): string {
  return `arn:aws:sqs:${region}:${accountId}:${name}`;
}

export function queueUrlOf({ region, accountId }: ArnConfig, name: string): string {
  return `https://sqs.${region}.amazonaws.com/${accountId}/${name}`;
}

/** First in, first out, on AWS. */
export function isFifo(name: string): boolean {
  return name.endsWith(".fifo");
}

/** Of `https://sqs.us-east-1.amazonaws.com/123456789012/name`, whatever the host is. */
function lastOf({ pathname }: URL): string | undefined {
  return /^\/\d{12}\/(?<name>[^/]+)$/u.exec(pathname)?.groups?.["name"];
}
