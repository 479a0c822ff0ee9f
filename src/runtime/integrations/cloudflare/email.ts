/** `email:send`: an e-mail by a send_email binding. @see https://developers.cloudflare.com/email-routing/email-workers/send-email-workers/ */
import { action, type CloudflareActions } from "./request.ts";

export const email: CloudflareActions = {
  send: action(
    {
      Binding: "text?",
      From: "json",
      To: "json",
      Cc: "json?",
      Bcc: "json?",
      ReplyTo: "json?",
      Subject: "text",
      Text: "text?",
      Html: "text?",
      Headers: "object?",
    },
    async ({ Binding = "EMAIL", From, To, Cc, Bcc, ReplyTo, Subject, Text, Html, Headers }, request) => {
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
      const { messageId } = await request.binding("email", Binding).send(message as unknown as EmailMessageBuilder);
      return { MessageId: messageId };
    },
  ),
};
