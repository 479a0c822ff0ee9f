/** `queue:send`, `queue:sendBatch`: a queue's producer. At least once. @see https://developers.cloudflare.com/queues/configuration/javascript-apis/ */
import { base64 } from "@scure/base";
import type { Json } from "../../../asl/json.ts";
import { ParameterFault, readParameters, type ParametersOf } from "../parameters.ts";
import { action, type CloudflareActions } from "./request.ts";

const MESSAGE = { MessageBody: "json", ContentType: "text?", DelaySeconds: "number?" } as const;

export const queue: CloudflareActions = {
  send: action({ Queue: "text", ...MESSAGE }, async ({ Queue, ...message }, request) => {
    const { body, ...options } = messageOf(message);
    await request.binding("queue", Queue).send(body, options);
    return {};
  }),

  sendBatch: action(
    { Queue: "text", Messages: "list", DelaySeconds: "number?" },
    async ({ Queue, Messages, DelaySeconds }, request) => {
      const messages = Messages.map((given) => messageOf(readParameters(given, MESSAGE)));
      const producer = request.binding("queue", Queue);
      await producer.sendBatch(messages, { ...(DelaySeconds !== undefined && { delaySeconds: DelaySeconds }) });
      return {};
    },
  ),
};

function messageOf({
  MessageBody,
  ContentType = "json",
  DelaySeconds,
}: ParametersOf<typeof MESSAGE>): MessageSendRequest {
  const delay = DelaySeconds === undefined ? {} : { delaySeconds: DelaySeconds };
  switch (ContentType) {
    case "json":
      return { body: MessageBody, contentType: "json", ...delay };
    case "text":
      return { body: textOf(MessageBody), contentType: "text", ...delay };
    case "bytes":
      return { body: bytesOf(textOf(MessageBody)), contentType: "bytes", ...delay };
    default:
      throw ParameterFault.ofFormat("ContentType");
  }
}

function textOf(body: Json): string {
  if (typeof body === "string") return body;
  throw new ParameterFault("The value for the field 'MessageBody' must be a STRING");
}

function bytesOf(text: string): Uint8Array {
  try {
    return base64.decode(text);
  } catch {
    throw ParameterFault.ofFormat("MessageBody");
  }
}
