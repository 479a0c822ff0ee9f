/**
 * Delivers what was published on a topic to one subscriber.
 *
 * D1. Where it leads, and with which secret, is read now: what was changed meanwhile counts, and a subscription that was deleted
 *     hears nothing.
 */
import type { ArnConfig } from "../arn.ts";
import { addressOf } from "../email/address.ts";
import type { SendMail } from "../email/email.ts";
import { derivedUuid } from "../derived-uuid.ts";
import { DEPTH_HEADER, MAX_DEPTH } from "../outbound/call-depth.ts";
import { postWebhook, type PostOut } from "../post-webhook.ts";
import type { FunctionCall, FunctionResult } from "../tasks/functions.ts";
import { functionEvent, notificationBody, type Notification } from "./notification.ts";
import { topicArnOf, type TopicSubscription } from "./topics.ts";

export interface TopicDelivery {
  readonly topic: string;
  readonly subscription: string;
  readonly notification: Notification;
}

type Found = TopicSubscription & { readonly secret?: string };

export interface Subscribers {
  readonly config: ArnConfig;
  now(): number;
  /** With its secret; undefined: it was deleted. */
  findSubscription(topic: string, name: string): Promise<Found | undefined>;
  readonly post: PostOut;
  invoke(functionName: string, payload: string, call: FunctionCall): Promise<FunctionResult>;
  readonly sendMail: SendMail;
  /** Who mails are from; undefined: EMAIL_FROM is not set. */
  readonly mailFrom: string | undefined;
}

/** What a function answers to a topic is not looked at. */
const MAX_ANSWER_BYTES = 65_536;
/** What SNS writes above a mail without a subject. */
const SUBJECT = "AWS Notification Message";

/** Why the subscriber has not taken it; undefined: it has, or is gone. @param attempts from 1 on */
export async function deliverNotification(
  delivery: TopicDelivery,
  attempts: number,
  subscribers: Subscribers,
): Promise<string | undefined> {
  const found = await subscribers.findSubscription(delivery.topic, delivery.subscription);
  if (found === undefined) return undefined;
  const { target } = found;
  if ("url" in target) return callWebhook(target.url, found, delivery.notification, subscribers);
  if ("function" in target) return callFunction(target.function, delivery, attempts, subscribers);
  if ("email" in target) return mail(target.email, delivery, subscribers);
  // It led elsewhere when the message was published.
  return undefined;
}

async function callWebhook(
  url: string,
  { topic, name, secret, rawMessageDelivery }: Found,
  notification: Notification,
  subscribers: Subscribers,
): Promise<string | undefined> {
  const depth = (notification.callDepth ?? 0) + 1;
  if (depth > MAX_DEPTH) return `${MAX_DEPTH} calls by state machines led to each other already`;
  const body = rawMessageDelivery ? notification.message : JSON.stringify(notificationBody(notification));
  // As SNS has it.
  const contentType = "text/plain; charset=UTF-8";
  const headers = {
    "x-amz-sns-message-type": "Notification",
    "x-amz-sns-message-id": notification.messageId,
    "x-amz-sns-topic-arn": notification.topicArn,
    "x-amz-sns-subscription-arn": subscriptionArnOf(subscribers.config, topic, name),
    ...(rawMessageDelivery && { "x-amz-sns-rawdelivery": "true" }),
    [DEPTH_HEADER]: String(depth),
  };
  const message = { id: notification.messageId, at: subscribers.now(), body, contentType };
  try {
    await postWebhook({ url, secret }, message, subscribers.post, async () => headers);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

async function callFunction(
  name: string,
  { topic, subscription, notification }: TopicDelivery,
  attempts: number,
  subscribers: Subscribers,
): Promise<string | undefined> {
  const { messageId, topicArn, traceHeader, callDepth } = notification;
  const payload = JSON.stringify(
    functionEvent(notification, subscriptionArnOf(subscribers.config, topic, subscription)),
  );
  const result = await subscribers.invoke(name, payload, {
    executionArn: topicArn,
    stateName: "",
    retryCount: attempts - 1,
    idempotencyKey: derivedUuid(`${messageId} ${topic} ${subscription}`),
    ...(traceHeader !== undefined && { traceHeader }),
    ...(callDepth !== undefined && { callDepth }),
    maxPayloadBytes: MAX_ANSWER_BYTES,
  });
  return result.ok ? undefined : `the function '${name}' failed: ${JSON.stringify(result.failure)}`;
}

async function mail(
  to: string,
  { notification: { messageId, subject = SUBJECT, message } }: TopicDelivery,
  { sendMail, mailFrom = "" }: Subscribers,
): Promise<string | undefined> {
  const [from, address] = [addressOf(mailFrom), addressOf(to)];
  if (from === undefined || address === undefined) return "EMAIL_FROM is not set";
  const headers = { "X-Stepflare-Message-Id": messageId };
  const answer = await sendMail({ from, to: [address], cc: [], bcc: [], subject, text: message, headers });
  return answer.kind === "sent" ? undefined : `the mail could not be sent: ${answer.message}`;
}

export function subscriptionArnOf(config: ArnConfig, topic: string, subscription: string): string {
  return `${topicArnOf(config, topic)}:${subscription}`;
}
