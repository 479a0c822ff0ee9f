/** `email:send`: an e-mail by a send_email binding, put together by the platform or by somebody else. @see https://developers.cloudflare.com/email-service/ */
import type { Json } from "../../../asl/json.ts";
import { ParameterFault } from "../parameters.ts";
import { action, type CloudflareActions } from "./request.ts";

export const email: CloudflareActions = {
  send: action(
    {
      Binding: "text",
      From: "json",
      To: "json",
      Cc: "json?",
      Bcc: "json?",
      ReplyTo: "json?",
      Subject: "text?",
      Text: "text?",
      Html: "text?",
      Headers: "object?",
      Raw: "text?",
    },
    async ({ Binding, From, To, Cc, Bcc, ReplyTo, Subject, Text, Html, Headers, Raw }, request) => {
      const binding = request.binding("email", Binding);
      if (Raw !== undefined) {
        // Imported where it is needed: what runs in Node has no such module.
        const { EmailMessage } = await import("cloudflare:email");
        const message = new EmailMessage(addressOf("From", From), addressOf("To", To), Raw);
        return { MessageId: (await binding.send(message)).messageId };
      }
      if (Subject === undefined) throw new ParameterFault("The field 'Subject' is required but was missing");
      const message = {
        from: From,
        to: To,
        subject: Subject,
        ...(Cc !== undefined && { cc: Cc }),
        ...(Bcc !== undefined && { bcc: Bcc }),
        ...(ReplyTo !== undefined && { replyTo: ReplyTo }),
        ...(Text !== undefined && { text: Text }),
        ...(Html !== undefined && { html: Html }),
        ...(Headers !== undefined && { headers: Headers }),
      };
      return { MessageId: (await binding.send(message as unknown as EmailMessageBuilder)).messageId };
    },
  ),
};

function addressOf(field: string, value: Json): string {
  if (typeof value === "string") return value;
  throw new ParameterFault(`The value for the field '${field}' must be a STRING`);
}
